//! The dated checklist of one case. Pure.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use latchkey_lifecycle::{
    Account, Answer, Case, Entitlement, EventKind, LeftOut, Names, Person, SystemId, Task, TaskId,
    TaskState, TeamId, Verification, Withheld, Work,
};

use crate::{
    absence,
    dates::dates,
    deletion,
    gates::Gates,
    grants::{Piece, grant},
    needs::{Made, leave_out_behind, needs, not_there},
    pattern::{Pattern, text_value},
    renamed,
    runbook::{ByHand, Does, Line, Runbook, Verify},
    take_back::revoke,
    undo,
    window::Moment,
};

/// What earlier cases of a person were to give and did not, by system and entitlement.
pub type Withholdings = BTreeMap<(SystemId, Entitlement), Withheld>;

/// What a plan is made from.
#[derive(Debug, Clone, Copy)]
pub struct PlanInput<'a> {
    /// The case; its person is complete.
    pub case: &'a Case,
    /// The present instant (UTC).
    pub now: Timestamp,
    /// What was done, or asked for, in the cases that this one takes back.
    pub touched: &'a [Task],
    /// The systems in which an earlier plan of this case has acted already. A transfer acts there again also where it
    /// changes nothing by now: what it gave and took under the earlier plan counts until then.
    pub acted: &'a BTreeSet<SystemId>,
    /// What earlier cases of the person did not give: what needs it is not given either.
    pub withheld: &'a Withholdings,
    /// The approvals of this case that were decided under an earlier plan: what one of them said no to is not given,
    /// nor what needs it.
    pub decided: &'a [Task],
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
    /// The system in which its line does it.
    pub(crate) system: Option<SystemId>,
    pub(crate) piece: Piece,
}

/// What every part of a plan looks at.
pub(crate) struct Scene<'a> {
    pub(crate) runbook: &'a Runbook,
    pub(crate) case: &'a Case,
    pub(crate) person: &'a Person,
    pub(crate) names: Names,
    pub(crate) acted: &'a BTreeSet<SystemId>,
    pub(crate) withheld: &'a Withholdings,
    pub(crate) decided: &'a [Task],
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
    let zone = runbook.zone_of(person.time_zone.as_deref());
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
        withheld: input.withheld,
        decided: input.decided,
    };
    let own = undo_and_absence(runbook, case.kind);
    let back = given_back_until_the_new_day(runbook, case);
    let lines = match own.as_slice() {
        [] => runbook.lines(case.kind),
        own => own,
    };
    let people = undo::line_of_people();
    let mut drafts = Vec::new();
    if !own.is_empty() && case.kind != EventKind::Return {
        undo::undone(&scene, &people, input.touched, &mut drafts);
    }
    // Who starts only later is given what is theirs by the hire, which goes on.
    let gives_back = matches!(case.kind, EventKind::ExitWithdrawn | EventKind::Return);
    let not_here_yet = gives_back && person.start_date > effective;
    // Access is taken also where it is not known whether a line is meant for the person.
    let meant = |line: &Line| match line.does {
        Does::Revoke(_) if case.kind.takes_all() => line.only.could_fit(person),
        _ => line.only.fits(person),
    };
    let lines: Vec<&Line> = back
        .iter()
        .chain(lines)
        .filter(|line| meant(line) && !not_here_yet)
        .collect();
    let gates = Gates::of(&scene, lines.iter().copied());
    for line in lines {
        draft(&scene, &gates, line, &mut drafts);
    }
    renamed::wrong_address(&scene, &people, &mut drafts);
    tell_apart(&scene, &mut drafts);
    let made = Made::of(&drafts);
    let mut tasks = Vec::with_capacity(drafts.len());
    for draft in &drafts {
        tasks.push(task(&scene, &moment, draft, &made, input.now)?);
    }
    leave_out_behind(&mut tasks, input.now);
    tasks.sort_by(|a, b| (a.window.opens, &a.id).cmp(&(b.window.opens, &b.id)));
    Ok(tasks)
}

impl Runbook {
    /// Whether a task of a case of this kind takes access from somebody.
    pub fn takes_back(&self, kind: EventKind, task: &TaskId) -> bool {
        let own = undo_and_absence(self, kind);
        let takes = |line: &Line| {
            let of_line = task.as_str().strip_prefix(line.id.as_str());
            of_line.is_some_and(|rest| rest.starts_with('.'))
                && matches!(
                    line.does,
                    Does::Revoke(_) | Does::Suspend(_) | Does::Delete(_)
                )
        };
        kind.takes_all() || own.iter().chain(self.lines(kind)).any(takes)
    }
}

/// Lines of what is undone, and of a leave of which the runbook says nothing.
fn undo_and_absence(runbook: &Runbook, kind: EventKind) -> Vec<Line> {
    let mut lines = undo::lines(runbook, kind);
    lines.extend(absence::lines(runbook, kind));
    lines
}

/// An exit that moved to a later day after it was carried out gives back what it took, until that day.
fn given_back_until_the_new_day(runbook: &Runbook, case: &Case) -> Vec<Line> {
    match case.kind == EventKind::Exit && case.redone_from.is_some() {
        true => undo::lines(runbook, EventKind::ExitWithdrawn),
        false => Vec::new(),
    }
}

fn draft<'l>(scene: &Scene<'_>, gates: &Gates, line: &'l Line, drafts: &mut Vec<Draft<'l>>) {
    // Another name or another manager is nothing to hand over.
    let before = scene.case.before.as_ref();
    let same_work = before.is_some_and(|was| was.works_like(scene.person));
    match &line.does {
        Does::Work { .. } if same_work && scene.case.kind == EventKind::Transfer => {}
        Does::Grant(systems) => grant(scene, gates, line, systems, drafts),
        Does::Revoke(systems) => revoke(scene, line, systems, drafts),
        Does::Suspend(systems) => absence::suspend(scene, line, systems, drafts),
        Does::Restore(systems) => absence::restore(scene, line, systems, drafts),
        Does::Delete(systems) => deletion::delete(scene, line, systems, drafts),
        Does::Work {
            title,
            owner,
            by_hand,
        } => drafts.push(Draft {
            id: line.id.clone(),
            line,
            system: None,
            piece: Piece::new(
                scene.fill(title),
                owner.clone(),
                scene.by_hand(by_hand),
                scene.verification(&by_hand.verify),
            ),
        }),
    }
}

/// Two tasks are never called the same: an approval is told apart by its team, anything else by its line.
fn tell_apart(scene: &Scene<'_>, drafts: &mut [Draft<'_>]) {
    let mut called: BTreeMap<String, usize> = BTreeMap::new();
    for draft in drafts.iter() {
        *called.entry(draft.piece.title.clone()).or_default() += 1;
    }
    for draft in drafts {
        if called
            .get(&draft.piece.title)
            .is_none_or(|count| *count < 2)
        {
            continue;
        }
        let team = scene.runbook.team(&draft.piece.owner);
        let which = match team.filter(|_| draft.piece.approval) {
            Some(team) => team.name.clone(),
            None => draft.line.id.replace(['-', '_'], " "),
        };
        draft.piece.title = format!("{} ({which})", draft.piece.title);
    }
}

fn task(
    scene: &Scene<'_>,
    moment: &Moment<'_>,
    draft: &Draft<'_>,
    made: &Made<'_>,
    now: Timestamp,
) -> Result<Task, PlanProblem> {
    let name = |id: &str| TaskId::new(id).map_err(|_| PlanProblem::Name(id.to_owned()));
    let Draft { id, piece, .. } = draft;
    let (window, checkpoints) = dates(draft.line, moment, piece.approval);
    let (needs, gates) = needs(draft, made);
    let left_out = piece.left_out.clone().or_else(|| not_there(draft, made));
    let state = match left_out {
        Some(_) => TaskState::Waived,
        None => TaskState::Planned,
    };
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
        needs: needs.iter().map(|id| name(id)).collect::<Result<_, _>>()?,
        gates: gates.iter().map(|id| name(id)).collect::<Result<_, _>>()?,
        needed_by: Vec::new(),
        verification: piece.verification.clone(),
        approval: piece.approval,
        access: piece.access.clone(),
        gives_in: piece.gives_in.clone(),
        state,
        ended_at: left_out.as_ref().map(|_| now),
        left_out: left_out.as_ref().map(|_| LeftOut::NotThere),
        answer: left_out.map(|(by, reason)| Answer::Waived { by, reason }),
        trouble: None,
    })
}

/// The owner of a system, for tasks that nobody else is named for.
pub(crate) fn owner_of(runbook: &Runbook, system: &SystemId) -> TeamId {
    runbook
        .system(system)
        .map_or_else(|| runbook.operations.clone(), |s| s.owner.clone())
}
