//! Plays a script with choices, to its end.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp, ToSpan, civil::Date};
use latchkey_ledger::Shelf;
use latchkey_lifecycle::{Answer, CaseId, Step, TaskId, TeamId, Verification, Work};
use latchkey_runbook::{Runbook, Source};
use serde_json::{Value, json};

use crate::{
    Answers, Change, Choice, Form, Manner, Rehearsal, RehearsalError, Report, Script,
    SimulatedSystems, choices::day_begins, form_of, people::soon, tell,
};

/// How a script is played.
#[derive(Debug, Clone, Default)]
pub struct Terms {
    /// The choices, each in words.
    pub choices: Vec<String>,
    /// Where it stops at the latest (UTC); two weeks after the last window when left out.
    pub until: Option<Timestamp>,
    /// Where randomness begins: the jitter of retries.
    pub seed: u64,
}

/// What is left open is watched for so long after the last window and checkpoint.
const AFTERMATH: SignedDuration = SignedDuration::from_hours(14 * 24);
/// So often a team does the same task again before it leaves it to whoever decides, and they leave it out.
const PATIENCE: u32 = 8;
/// HR confirms later changes at nine.
const NINE: SignedDuration = SignedDuration::from_hours(9);

/// Rehearses a runbook: the real handlers and the real workflow definition, from the event to the end.
///
/// # Errors
/// [`RehearsalError`] says what is not understood, or what stands in the way.
pub async fn rehearse(
    runbook: &Source,
    script: &Script,
    terms: &Terms,
) -> Result<Report, RehearsalError> {
    let mut it = Rehearsal::of(runbook, script.begin, terms.seed).await?;
    let (_, checked) = it.stack.runbooks.current(&it.stack.ledger).await?;
    let mut changes: Vec<(i64, Change)> = Vec::new();
    let mut manners: BTreeMap<Option<TeamId>, Manner> = BTreeMap::new();
    let mut twice = false;
    for text in &terms.choices {
        match Choice::parse(text, &checked, script.begin)? {
            Choice::People { who, manner } => {
                manners.insert(who, manner);
            }
            Choice::System {
                system,
                mood,
                from,
                until,
            } => it.systems.trouble(system, mood, from, until),
            Choice::Change { change, day } => changes.push((day, change)),
            Choice::Twice => twice = true,
        }
    }
    changes.sort_by_key(|(day, _)| *day);
    it.know(script.known_people(checked.time_zone())).await?;
    if let Some(employee) = script.comes_again() {
        it.systems.leave(&employee);
    }
    if let Some(employee) = script.comes_back() {
        it.systems.suspend(&employee);
    }
    let mut answers = people(&checked, manners, it.systems.clone());
    let mut cases = vec![it.confirm(script.payload.clone()).await?];
    if twice {
        it.send("msg_1", &script.payload).await?;
    }
    for (day, change) in changes {
        let zone = checked.time_zone();
        let morning = day_begins(script.begin, day, zone).and_then(|d| d.checked_add(NINE).ok());
        let at = morning.unwrap_or(script.begin).max(it.now());
        if terms.until.is_some_and(|until| at > until) {
            break;
        }
        it.play(&mut answers, Some(at)).await?;
        it.clock.jump_to(at);
        let today = at.to_zoned(zone.clone()).date();
        let payload = change_of(&it, &cases[0], change, today).await?;
        let case = it.confirm(payload).await?;
        if !cases.contains(&case) {
            cases.push(case);
        }
    }
    finish(&mut it, &mut answers, &cases, terms.until).await?;
    tell::report(&it, &checked, script, terms, &cases).await
}

/// Lets time pass until everything has ended, or nothing will for long.
async fn finish(
    it: &mut Rehearsal,
    answers: &mut Answers,
    cases: &[CaseId],
    until: Option<Timestamp>,
) -> Result<(), RehearsalError> {
    if let Some(until) = until {
        return it.play(answers, Some(until)).await;
    }
    let mut now = it.now();
    loop {
        // What is due now is planned before the horizon is looked for; a record that HR completes moves it.
        it.play(answers, Some(now)).await?;
        let mut horizon = now;
        for case in cases {
            for task in it.tasks(case).await? {
                let last = task.window.due.max(task.checkpoints.escalate);
                horizon = horizon.max(last.saturating_add(AFTERMATH).unwrap_or(last));
            }
        }
        let open = it.stack.ledger.cases(Shelf::Open, 1).await?;
        if open.is_empty() || horizon <= now {
            return Ok(());
        }
        now = horizon;
    }
}

/// The webhook of a later change.
async fn change_of(
    it: &Rehearsal,
    first: &CaseId,
    change: Change,
    today: Date,
) -> Result<Value, RehearsalError> {
    let case = it.case(first).await?;
    let moved = |days: i64| {
        let from = case.effective.unwrap_or(today);
        from.checked_add(days.days()).unwrap_or(from)
    };
    let (event_type, day) = match change {
        Change::MovesBy(days) => ("person.date_moved", Some(moved(days))),
        Change::MovesTo(day) => ("person.date_moved", Some(day)),
        Change::Rescinded => ("person.hire_rescinded", None),
        Change::Withdrawn => ("person.exit_withdrawn", None),
        Change::Exit(day) => {
            let fortnight = today.checked_add(14.days()).unwrap_or(today);
            ("person.exiting", Some(day.unwrap_or(fortnight)))
        }
        Change::UrgentExit => ("person.exit.urgent", None),
        Change::Leave(day) => ("person.leave_started", Some(day.unwrap_or(today))),
        Change::Return(day) => ("person.leave_ended", Some(day.unwrap_or(today))),
    };
    let mut data = json!({ "employee_id": case.employee_id });
    if let Some(day) = day {
        data["effective_date"] = json!(day);
    }
    Ok(json!({ "type": event_type, "data": data }))
}

/// People who do what they are asked, but for those of whom something else was chosen.
fn people(
    runbook: &Runbook,
    manners: BTreeMap<Option<TeamId>, Manner>,
    systems: SimulatedSystems,
) -> Answers {
    let names: BTreeMap<String, String> = runbook
        .teams()
        .map(|(id, team)| (id.to_string(), team.name.clone()))
        .collect();
    let mut answered: BTreeMap<(CaseId, TaskId, u32), bool> = BTreeMap::new();
    let mut asked_for: BTreeMap<(CaseId, TaskId), u32> = BTreeMap::new();
    Answers::timed(move |sent, question, task, due| {
        let team = TeamId::new(sent.letter.team.clone()).ok();
        let manner = manners.get(&team).or_else(|| manners.get(&None)).copied();
        // One letter of a question is answered once; the escalation contact has a say of their own.
        let key = (
            question.case.clone(),
            question.task.clone(),
            question.serial,
        );
        let escalated = question.may_waive;
        if answered
            .get(&key)
            .is_some_and(|by_them| *by_them || !escalated)
        {
            return Vec::new();
        }
        // A backup is told that it was missed; it is the owner's to do, or the escalation contact's to decide.
        let asked = match (&task.verification, question.step) {
            (Verification::SecondTeam { team }, Step::Confirm) => team,
            _ => &task.owner,
        };
        if !escalated && team.as_ref() != Some(asked) {
            return Vec::new();
        }
        // Nobody goes on for ever with what comes back each time.
        let times = asked_for.entry((question.case.clone(), question.task.clone()));
        let times = times.or_default();
        *times += 1;
        if *times > PATIENCE && !escalated {
            return Vec::new();
        }
        let (answer, at) = match manner {
            Some(Manner::Silent) => return Vec::new(),
            Some(Manner::Declines) if !escalated => ("declined", reply(sent.at, due)),
            Some(Manner::Late(by)) => ("done", due.saturating_add(by).unwrap_or(due)),
            _ => ("done", reply(sent.at, due)),
        };
        let (answer, at) = match mended(&systems, task, question.step, at) {
            Mended::At(at) if *times > PATIENCE => ("waived", at),
            Mended::At(at) => (answer, at),
            // Who decides does not wait for what does not come back.
            Mended::Never if escalated => ("waived", reply(sent.at, due)),
            Mended::Never => return Vec::new(),
        };
        answered.insert(key, escalated);
        let who = names.get(&sent.letter.team);
        let by = who.map_or_else(|| sent.letter.to.clone(), |n| format!("Somebody in {n}"));
        // Nobody confirms their own work: where one contact decides for both teams, it is another person there.
        let by = match &task.answer {
            Some(Answer::Done(did)) if question.step == Step::Confirm && did.by == by => {
                format!("Somebody else than {by}")
            }
            _ => by,
        };
        let form = signed(form_of(task, answer), &by, answer);
        let mut all = vec![(at.max(sent.at), form.clone())];
        if manner == Some(Manner::Twice) {
            let again = at.saturating_add(SignedDuration::from_mins(5));
            all.push((again.unwrap_or(at), form));
        }
        all
    })
}

/// Willing people answer within half an hour; what is late already gets no quicker answer for it.
fn reply(asked: Timestamp, due: Timestamp) -> Timestamp {
    if asked < due {
        return soon(asked, due);
    }
    let half_an_hour = SignedDuration::from_mins(30);
    asked.saturating_add(half_an_hour).unwrap_or(asked)
}

fn signed(mut form: Form, by: &str, answer: &str) -> Form {
    for (name, value) in &mut form {
        match name.as_str() {
            "by" => by.clone_into(value),
            "reason" if answer == "waived" => "The system does not come back".clone_into(value),
            "reason" => "Not for us to do".clone_into(value),
            _ => {}
        }
    }
    form
}

enum Mended {
    At(Timestamp),
    Never,
}

/// When a system's owner can say that it is mended: not before it is.
fn mended(
    systems: &SimulatedSystems,
    task: &latchkey_lifecycle::Task,
    step: Step,
    at: Timestamp,
) -> Mended {
    let (Step::Mend, Work::System { system, .. }) = (step, &task.work) else {
        return Mended::At(at);
    };
    match systems.in_trouble(system) {
        None => Mended::At(at),
        Some(Some(until)) => Mended::At(at.max(until)),
        Some(None) => Mended::Never,
    }
}
