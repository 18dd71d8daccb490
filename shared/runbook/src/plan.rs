//! The dated checklist of one case. Pure.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp, tz::TimeZone};
use latchkey_lifecycle::{
    Account, Case, Checkpoints, EventKind, Names, Person, SystemId, Task, TaskId, TaskState,
    TeamId, Unread, Verification, Window, Work,
};

use crate::{
    absence,
    calendar::Calendar,
    deletion,
    grants::{Piece, grant, revoke},
    pattern::{Pattern, text_value},
    renamed,
    runbook::{ByHand, Does, Line, Runbook, Verify},
    undo,
    window::{Edge, Moment},
};

/// What a plan is made from.
#[derive(Debug, Clone, Copy)]
pub struct PlanInput<'a> {
    /// The case; its person is complete.
    pub case: &'a Case,
    /// The present instant (UTC).
    pub now: Timestamp,
    /// What was done, or asked for, in the cases that this one takes back.
    pub touched: &'a [Task],
    /// The systems in which an earlier plan of this case has acted already. A transfer acts there again also where it changes
    /// nothing by now: what it gave and took under the earlier plan counts until then.
    pub acted: &'a BTreeSet<SystemId>,
}

/// Why a case cannot be planned.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PlanProblem {
    /// The person or the day is not complete.
    #[error("its record is incomplete")]
    Incomplete,
    /// A name of the runbook is too long or strange for a task.
    #[error("the runbook's `{0}` cannot name a task")]
    Name(String),
}

/// One planned piece of work, before names and windows are put together.
pub(crate) struct Draft<'l> {
    pub(crate) id: String,
    pub(crate) line: &'l Line,
    pub(crate) piece: Piece,
}

/// What every part of a plan looks at.
pub(crate) struct Scene<'a> {
    pub(crate) runbook: &'a Runbook,
    pub(crate) case: &'a Case,
    pub(crate) person: &'a Person,
    pub(crate) names: Names,
    pub(crate) acted: &'a BTreeSet<SystemId>,
}

impl Scene<'_> {
    /// The account that the person should have in a system, under the name that was given.
    pub(crate) fn desired(&self, person: &Person, system: &SystemId) -> Option<Account> {
        let account = self.runbook.desired(person, system)?;
        Some(self.runbook.with_names(&self.names, system, account))
    }

    /// Whether the person is called otherwise than before the event.
    pub(crate) fn is_renamed(&self) -> bool {
        let before = self.case.before.as_ref();
        before.is_some_and(|before| before.full_name() != self.person.full_name())
    }

    pub(crate) fn account_name(&self, system: &SystemId) -> Option<String> {
        self.runbook.name_in(&self.names, system)
    }

    /// A text with the person's details.
    pub(crate) fn fill(&self, pattern: &Pattern) -> String {
        pattern.fill(|name| match name.strip_prefix("account.") {
            Some(system) => SystemId::new(system)
                .ok()
                .and_then(|system| self.account_name(&system))
                .unwrap_or_default(),
            None if name == "person.work_email" => self.names.email.clone().unwrap_or_default(),
            None => text_value(&self.runbook.company, self.case, self.person, name),
        })
    }

    /// An owner's work with the person's details.
    pub(crate) fn by_hand(&self, by_hand: &ByHand) -> Work {
        Work::Person {
            instructions: self.fill(&by_hand.instructions),
            checklist: by_hand
                .checklist
                .iter()
                .map(|step| self.fill(step))
                .collect(),
            fields: by_hand.fields.clone(),
        }
    }

    pub(crate) fn verification(&self, verify: &Verify) -> Verification {
        match verify {
            Verify::Attested => Verification::Attested,
            Verify::SecondTeam(team) => Verification::SecondTeam { team: team.clone() },
            Verify::Read(system) => Verification::ReadBack {
                system: system.clone(),
                kind: self
                    .runbook
                    .system(system)
                    .map(|s| s.kind.clone())
                    .unwrap_or_default(),
                goal: crate::grants::goal(self, system),
            },
        }
    }
}

/// The tasks of a case, sorted by when they open. Each has the case's current revision.
///
/// A window that has passed already stays as it is, so that it shows as late; a task never opens earlier than
/// its window says.
///
/// # Errors
/// [`PlanProblem`].
pub fn plan(runbook: &Runbook, input: &PlanInput<'_>) -> Result<Vec<Task>, PlanProblem> {
    let case = input.case;
    let person = case.person.as_ref().ok_or(PlanProblem::Incomplete)?;
    let effective = case.effective.ok_or(PlanProblem::Incomplete)?;
    let zone = zone_of(runbook, person);
    let moment = Moment {
        effective,
        confirmed: case.confirmed_at,
        zone: &zone,
        country: &person.country,
        calendar: &runbook.calendar,
    };
    let scene = Scene {
        runbook,
        case,
        person,
        names: runbook.names_of(case),
        acted: input.acted,
    };
    let mut drafts = Vec::new();
    // Who starts only later is given what is theirs by the hire, which goes on.
    let not_here_yet = case.kind == EventKind::ExitWithdrawn && person.start_date > effective;
    let mut undoing = undo::lines(runbook, case.kind);
    undoing.extend(absence::lines(runbook, case.kind));
    let people = undo::line_of_people();
    let lines = match undoing.as_slice() {
        [] => runbook.lines(case.kind),
        undoing => {
            if case.kind != EventKind::Return {
                undo::undone(&scene, &people, input.touched, &mut drafts);
            }
            undoing
        }
    };
    // Another name or another manager is nothing to hand over.
    let same_work = case
        .before
        .as_ref()
        .is_some_and(|was| was.works_like(person));
    // Access is taken also where it is not known whether a line is meant for the person.
    let meant = |line: &Line| match line.does {
        Does::Revoke(_) if case.kind.takes_all() => line.only.could_fit(person),
        _ => line.only.fits(person),
    };
    let given = |line: &&Line| meant(line) && !not_here_yet;
    for line in lines.iter().filter(given) {
        match &line.does {
            Does::Work { .. } if same_work && case.kind == EventKind::Transfer => {}
            Does::Grant(systems) => grant(&scene, line, systems, &mut drafts),
            Does::Revoke(systems) => revoke(&scene, line, systems, &mut drafts),
            Does::Suspend(systems) => absence::suspend(&scene, line, systems, &mut drafts),
            Does::Restore(systems) => absence::restore(&scene, line, systems, &mut drafts),
            Does::Delete(systems) => deletion::delete(&scene, line, systems, &mut drafts),
            Does::Work {
                title,
                owner,
                by_hand,
            } => drafts.push(Draft {
                id: line.id.clone(),
                line,
                piece: Piece {
                    title: scene.fill(title),
                    why: None,
                    owner: owner.clone(),
                    work: scene.by_hand(by_hand),
                    verification: scene.verification(&by_hand.verify),
                    approval: false,
                    access: BTreeSet::new(),
                    needs: Vec::new(),
                },
            }),
        }
    }
    renamed::wrong_address(&scene, &people, &mut drafts);
    // A line's name stands for all the tasks that came of it; not for approvals: who needs one is left out when it
    // is declined.
    let mut made: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    let mut ids = BTreeSet::new();
    for draft in &drafts {
        let of_line = made.entry(&draft.line.id).or_default();
        if !draft.piece.approval {
            of_line.push(draft.id.clone());
        }
        ids.insert(draft.id.clone());
    }
    let mut tasks = Vec::with_capacity(drafts.len());
    for draft in &drafts {
        tasks.push(task(&scene, &moment, draft, &made, &ids)?);
    }
    tasks.sort_by(|a, b| (a.window.opens, &a.id).cmp(&(b.window.opens, &b.id)));
    Ok(tasks)
}

fn zone_of(runbook: &Runbook, person: &Person) -> TimeZone {
    let own = person
        .time_zone
        .as_deref()
        .and_then(|name| TimeZone::get(name).ok());
    own.unwrap_or_else(|| runbook.zone.clone())
}

fn task(
    scene: &Scene<'_>,
    moment: &Moment<'_>,
    draft: &Draft<'_>,
    made: &BTreeMap<&str, Vec<String>>,
    ids: &BTreeSet<String>,
) -> Result<Task, PlanProblem> {
    let name = |id: &str| TaskId::new(id).map_err(|_| PlanProblem::Name(id.to_owned()));
    let Draft { id, line, piece } = draft;
    let (window, checkpoints) = dates(line, moment, piece.approval);
    let from_line = line
        .needs
        .iter()
        .flat_map(|need| match made.get(need.as_str()) {
            Some(all) => all.clone(),
            None => ids.get(need).cloned().into_iter().collect(),
        });
    let mut needs: Vec<TaskId> = Vec::new();
    // An approval waits for nothing: whoever decides should have the time.
    let from_line = from_line.filter(|_| !piece.approval);
    for need in from_line.chain(piece.needs.iter().filter(|n| ids.contains(*n)).cloned()) {
        let need = name(&need)?;
        if need.as_str() != id && !needs.contains(&need) {
            needs.push(need);
        }
    }
    Ok(Task {
        id: name(id)?,
        case_id: scene.case.id.clone(),
        revision: scene.case.revision,
        title: piece.title.clone(),
        why: piece.why.clone(),
        owner: piece.owner.clone(),
        work: piece.work.clone(),
        window,
        checkpoints,
        needs,
        needed_by: Vec::new(),
        verification: piece.verification.clone(),
        approval: piece.approval,
        access: piece.access.clone(),
        state: TaskState::Planned,
        ended_at: None,
        answer: None,
        trouble: None,
    })
}

/// The window and the checkpoints of a line.
fn dates(line: &Line, moment: &Moment<'_>, at_once: bool) -> (Window, Checkpoints) {
    let opens = line.opens.resolve(moment, Edge::Opens);
    let due = line.due.resolve(moment, Edge::Due).max(opens);
    let opens = if at_once {
        moment.confirmed.min(opens)
    } else {
        opens
    };
    let length = due.duration_since(opens);
    let remind = match line.remind {
        Some(phrase) => phrase.resolve(moment, Edge::Opens),
        None => default_reminder(opens, due, moment.calendar, moment),
    };
    let escalate = match line.escalate {
        Some(phrase) => phrase.resolve(moment, Edge::Due),
        None => default_escalation(due, length, moment),
    };
    let checkpoints = Checkpoints {
        remind: remind.clamp(opens, due),
        escalate: escalate.max(due),
    };
    (Window { opens, due }, checkpoints)
}

/// The start of the working day before it is due; half-way in a window that is shorter than that.
fn default_reminder(
    opens: Timestamp,
    due: Timestamp,
    calendar: &Calendar,
    moment: &Moment<'_>,
) -> Timestamp {
    let day = due.to_zoned(moment.zone.clone()).date();
    let before = calendar.working_days_from(day, -1, moment.country);
    let morning = crate::calendar::instant(before, calendar.opens(), moment.zone);
    if morning > opens {
        return morning;
    }
    let half = due.duration_since(opens) / 2;
    opens.saturating_add(half).unwrap_or(due)
}

/// A working day after it was due; for a window of less than a day, as long again as the window.
fn default_escalation(due: Timestamp, length: SignedDuration, moment: &Moment<'_>) -> Timestamp {
    if length < SignedDuration::from_hours(24) {
        let again = length.max(SignedDuration::from_mins(5));
        return due.saturating_add(again).unwrap_or(Timestamp::MAX);
    }
    let local = due.to_zoned(moment.zone.clone());
    let next = moment
        .calendar
        .working_days_from(local.date(), 1, moment.country);
    crate::calendar::instant(next, local.time(), moment.zone)
}

/// HR's task to complete a record: the fields are those of a person, so that the answer can be taken over as it
/// is. Due within a working day.
pub fn incomplete_task(runbook: &Runbook, case: &Case) -> Task {
    let opens = case.opened_at;
    let zone = &runbook.zone;
    let day = opens.to_zoned(zone.clone()).date();
    let next = runbook.calendar.working_days_from(day, 1, "");
    let due = crate::calendar::instant(next, runbook.calendar.closes(), zone);
    let window = Window { opens, due };
    let half = due.duration_since(opens) / 2;
    let moment = Moment {
        effective: day,
        confirmed: opens,
        zone,
        country: "",
        calendar: &runbook.calendar,
    };
    Task {
        id: TaskId::complete_the_record(),
        case_id: case.id.clone(),
        revision: case.revision,
        title: format!("Complete the record of employee {}", case.employee_id),
        why: Some(format!(
            "The HR system confirmed a {}, and its record lacks: {}.",
            case.kind.words(),
            case.missing.join(", ")
        )),
        owner: runbook.hr.clone(),
        work: Work::Person {
            instructions: format!(
                "The HR system confirmed a {} for employee {} without everything that is needed to carry it out. \
                 Fill in what is missing here, and correct it in the HR system, too. Nothing is lost: the case goes \
                 on by itself as soon as the record is complete.{}",
                case.kind.words(),
                case.employee_id,
                not_read(case)
            ),
            checklist: Vec::new(),
            fields: case.missing.iter().map(|m| missing_field(m)).collect(),
        },
        window,
        checkpoints: Checkpoints {
            remind: opens.saturating_add(half).unwrap_or(due),
            escalate: default_escalation(due, SignedDuration::from_hours(24), &moment),
        },
        needs: Vec::new(),
        needed_by: Vec::new(),
        verification: Verification::Attested,
        approval: false,
        access: BTreeSet::new(),
        state: TaskState::Planned,
        ended_at: None,
        answer: None,
        trouble: None,
    }
}

/// What the HR system sent and nobody could read: the field, where it stands, and how it is written.
fn not_read(case: &Case) -> String {
    let sentence = |one: &Unread| {
        format!(
            "\n\nThe {} that the HR system sent (`{}`) cannot be used: it has to be {}.",
            one.field, one.place, one.wanted
        )
    };
    case.unread.iter().map(sentence).collect()
}

/// The confirmers' task about everything that the brake holds; the page lists it. Due within an hour.
pub fn held_task(runbook: &Runbook, case: &Case) -> Task {
    let hour = SignedDuration::from_hours(1);
    let opens = case.opened_at;
    let later = |t: Timestamp, d| t.saturating_add(d).unwrap_or(Timestamp::MAX);
    let window = Window {
        opens,
        due: later(opens, hour),
    };
    let brake = runbook.brake.as_ref();
    let many = match brake {
        Some(brake) => format!(
            "More exits, or transfers that take access away, were confirmed within {} hours than the runbook lets pass \
             (`brake`).",
            brake.within.as_hours()
        ),
        None => "More exits were confirmed at once than the runbook lets pass.".to_owned(),
    };
    Task {
        id: TaskId::confirm_what_is_held(),
        title: match case.kind {
            EventKind::Transfer => "Confirm the transfers that are held".to_owned(),
            _ => "Confirm the exits that are held".to_owned(),
        },
        why: Some(many.clone()),
        owner: brake.map_or_else(|| runbook.operations.clone(), |b| b.confirm.clone()),
        work: Work::Person {
            instructions: format!(
                "{many} Nothing of what is held is carried out until you have decided about it. Ask HR whether they \
                 are meant, then confirm all of them here. If they are a mistake, decline with a reason; the \
                 escalation contact can then leave them out. An urgent exit for a single person can still be sent."
            ),
            checklist: vec!["HR says that these are meant".to_owned()],
            fields: Vec::new(),
        },
        window,
        checkpoints: Checkpoints {
            remind: later(opens, hour / 2),
            escalate: later(opens, hour * 2),
        },
        ..incomplete_task(runbook, case)
    }
}

/// A missing part of a record as a field: its name is that of `PersonDraft::set`.
fn missing_field(label: &str) -> latchkey_lifecycle::Field {
    use latchkey_lifecycle::FieldKind;
    let mut name = String::new();
    for (n, word) in label.split(' ').enumerate() {
        let mut letters = word.chars();
        match (n, letters.next()) {
            (0, _) | (_, None) => name.push_str(word),
            (_, Some(first)) => {
                name.extend(first.to_uppercase());
                name.push_str(letters.as_str());
            }
        }
    }
    let kind = match name.as_str() {
        "startDate" | "lastDay" | "effectiveDate" => FieldKind::Date,
        _ => FieldKind::Text,
    };
    let name_of = label;
    let mut label = label.to_owned();
    if let Some(first) = label.get_mut(0..1) {
        first.make_ascii_uppercase();
    }
    latchkey_lifecycle::Field {
        name,
        label,
        kind,
        // Somebody may have one name only.
        required: !matches!(name_of, "given name" | "family name"),
    }
}

/// The owner of a system, for tasks that nobody else is named for.
pub(crate) fn owner_of(runbook: &Runbook, system: &SystemId) -> TeamId {
    runbook
        .system(system)
        .map_or_else(|| runbook.operations.clone(), |s| s.owner.clone())
}
