//! What stands beside a task: why, what happens next, what was.

use jiff::Timestamp;
use latchkey_access::{Action, On};
use latchkey_ledger::LedgerError;
use latchkey_lifecycle::{AuditRecord, Step, Task, Verification, Work};
use latchkey_questions::{facts::team_name, system_name};
use maud::{Markup, html};

use super::Opened;
use crate::{
    Deps,
    glyph::Glyph,
    sign_in::Signed,
    views::{
        case::CaseView,
        history::in_words,
        task::case_path,
        then::{decides, moved},
    },
    when::instant,
};

/// How many records and tasks are shown.
const SHOWN: u16 = 10;

/// The last records of the task's trail, the newest first.
pub(super) async fn history(deps: &Deps, opened: &Opened) -> Result<Vec<AuditRecord>, LedgerError> {
    let task = &opened.row.item.task;
    let ledger = &deps.intake.ledger;
    ledger.last_of_trail(&task.case_id, &task.id, SHOWN).await
}

pub(super) fn beside(
    viewer: &Signed,
    opened: &Opened,
    case: &CaseView,
    records: &[AuditRecord],
    why: &[String],
) -> Markup {
    let task = &opened.row.item.task;
    html! {
        @if !why.is_empty() { section { h2 { "Why" } @for why in why { p { (why) } } } }
        @if !task.state.is_ended() {
            (next(viewer, opened))
            @match opened.case.failed_at {
                Some(at) => (stands_still(viewer, opened, at)),
                None => (otherwise(viewer, opened)),
            }
        }
        @if !records.is_empty() {
            section {
                h2 { "History" }
                ol."events bare" {
                    @for record in records {
                        li {
                            (Glyph::Info)
                            span { (in_words(&record.body, &opened.runbook)) small { (instant(viewer, record.body.at)) (of_trail(viewer, record)) } }
                        }
                    }
                }
                @if viewer.can(Action::SeeAudit, &On::default()) {
                    p.small { a href=(format!("/audit?on={}", case.id)) { "All records of the case, each with its hash" } }
                }
            }
        }
        section { h2 { "The whole case" } p { a href=(case_path(&case.id)) { (case.name) ", " (case.kind.words()) } } }
    }
}

/// A record's place in its trail, for who reads trails.
fn of_trail(viewer: &Signed, record: &AuditRecord) -> Markup {
    let hash: String = record.hash.chars().take(8).collect();
    html! {
        @if viewer.can(Action::SeeAudit, &On::default()) { " · record " (record.seq) " · " code { (hash) } }
    }
}

/// Of a case whose execution failed nothing follows by itself.
fn stands_still(viewer: &Signed, opened: &Opened, at: Timestamp) -> Markup {
    let operations = team_name(&opened.runbook, opened.runbook.operations_team());
    html! {
        section {
            h2 { "The case stands still" }
            p.small {
                "Its execution failed " (instant(viewer, at)) ": nobody is asked or reminded, or told that "
                "something is late. " (operations) " can have it tried again, on the page of the "
                a href=(case_path(&opened.case.id)) { "case" }
                "; after a day Latchkey does by itself."
            }
        }
    }
}

/// What verifies it, and the tasks that wait for it.
fn next(viewer: &Signed, opened: &Opened) -> Markup {
    let task = &opened.row.item.task;
    let behind = task.needed_by.iter();
    let behind = behind.filter_map(|id| opened.tasks.iter().find(|task| task.id == *id));
    let mut behind: Vec<&Task> = behind.filter(|task| !task.state.is_ended()).collect();
    behind.sort_by_key(|task| task.window.opens);
    html! {
        section {
            h2 { "What happens next" }
            ol."events bare" {
                li {
                    (Glyph::Asked)
                    span {
                        b {
                            @match &task.work {
                                Work::System { .. } => "Latchkey does it",
                                Work::Person { .. } => "Somebody says that it is done",
                            }
                        }
                        small { (verified_by(opened)) }
                    }
                }
                @for task in behind.into_iter().take(usize::from(SHOWN)) {
                    li {
                        (Glyph::Planned)
                        span {
                            (task.title)
                            small {
                                (who_does(opened, task)) ", from " (instant(viewer, task.window.opens)) "; needs this"
                            }
                        }
                    }
                }
            }
        }
    }
}

/// What follows with no answer, and when HR moves the day.
fn otherwise(viewer: &Signed, opened: &Opened) -> Markup {
    let row = &opened.row.item;
    let asking = row.asking.as_ref().filter(|asking| !asking.answered);
    let step = asking.map_or(Step::Do, |asking| asking.step);
    let due = asking.map_or(row.task.window.due, |asking| asking.due);
    let own = due == row.task.window.due;
    let asked = asking.is_some() || matches!(row.task.work, Work::Person { .. });
    let was =
        |stage: &str| asking.is_some_and(|asking| asking.sent.iter().any(|sent| sent == stage));
    let team = team_name(&opened.runbook, row.asked_team(step));
    let decides = decides(&opened.runbook, row, step);
    html! {
        @if asked && !was("escalated") {
            section {
                h2 { "No answer" }
                p.small {
                    @if own && !was("reminded") && viewer.now < row.task.checkpoints.remind {
                        (team) " is reminded " (instant(viewer, row.task.checkpoints.remind)) ". "
                    }
                    @if !was("missed") && due < viewer.now { "It is late, and " (team) " is told so. " }
                    @else if !was("missed") {
                        "From " (instant(viewer, due)) " on it is late, and " (team) " is told so. "
                    }
                    "After that " (decides) " decides"
                    @if own && viewer.now < row.task.checkpoints.escalate {
                        ", from " (instant(viewer, row.task.checkpoints.escalate))
                    }
                    "."
                    @if row.task.approval { " Without a yes nothing of it is given." }
                }
            }
        }
        @if let Some(moved) = moved(&opened.runbook, &opened.case, &row.task, viewer.now) {
            section {
                h2 { "If HR moves " (moved.day) }
                p.small {
                    @match moved.stays {
                        true => "The window stays as it is: it does not count from that day.",
                        false => {
                            "The window moves along. With " (moved.day) " a week later it is from "
                            (instant(viewer, moved.a_week_later.opens)) " to " (instant(viewer, moved.a_week_later.due))
                            ". What is done stays done"
                            @if asking.is_some() { ", and " (team) " is told the other day" }
                            "."
                        }
                    }
                }
            }
        }
    }
}

fn verified_by(opened: &Opened) -> String {
    match &opened.row.item.task.verification {
        Verification::Attested => "their word is the proof".to_owned(),
        Verification::SecondTeam { team } => {
            format!("then {} confirms it", team_name(&opened.runbook, team))
        }
        Verification::ReadBack { system, .. } => {
            let name = system_name(&opened.runbook, system);
            format!("then Latchkey reads {name} back")
        }
    }
}

fn who_does(opened: &Opened, task: &Task) -> String {
    match task.work {
        Work::System { .. } => "Latchkey".to_owned(),
        Work::Person { .. } => team_name(&opened.runbook, &task.owner),
    }
}
