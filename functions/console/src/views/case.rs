//! A case, as lists and pages show it.

use jiff::civil::Date;
use latchkey_access::On;
use latchkey_ledger::TaskRow;
use latchkey_lifecycle::{Case, CaseId, EmployeeId, EventKind, Signer, Step, TeamId};
use latchkey_questions::facts::day_is;
use maud::{Markup, html};

use crate::{sign_in::Signed, when::day};

/// A case.
#[derive(Debug, Clone)]
pub(crate) struct CaseView {
    pub(crate) id: CaseId,
    pub(crate) kind: EventKind,
    /// What is carried out: `urgent exit`, or that HR is asked something.
    pub(crate) words: &'static str,
    pub(crate) employee: EmployeeId,
    /// The person's name, or the id where none is known.
    pub(crate) name: String,
    /// Title and place: `Accountant, Berlin`.
    pub(crate) what: String,
    /// What happens and when: `hire, first day Mon 7 Dec 2026`.
    pub(crate) event: String,
    /// The event's day.
    pub(crate) day: Option<Date>,
    /// Its execution failed: nobody is asked before it is tried again.
    pub(crate) stands_still: bool,
}

impl CaseView {
    pub(crate) fn of(case: &Case) -> CaseView {
        let person = case.person.as_ref().or(case.before.as_ref());
        let what = person.map(|person| {
            let place = person.location.clone().unwrap_or_default();
            let parts = [person.title.clone(), place];
            let parts = parts.into_iter().filter(|part| !part.trim().is_empty());
            parts.collect::<Vec<_>>().join(", ")
        });
        CaseView {
            id: case.id.clone(),
            kind: case.kind,
            words: case.words(),
            employee: case.employee_id.clone(),
            name: case.name().unwrap_or_else(|| case.employee_id.to_string()),
            what: what.unwrap_or_default(),
            event: latchkey_questions::facts::event(case),
            day: case.effective,
            stands_still: case.failed_at.is_some() && !case.state.is_ended(),
        }
    }

    /// What happens and when, as pages write days: `hire, first day Mon 7 Dec`.
    pub(crate) fn happens(&self, viewer: &Signed) -> Markup {
        let asks = self.words != self.kind.words();
        html! {
            (self.words)
            @if let Some(of) = self.day {
                @if asks { ", for " } @else { ", " (day_is(self.kind)) " " }
                (day(viewer, of))
            }
        }
    }
}

/// Whether somebody left it out by name while the brake held it. An earlier release kept only that.
pub(crate) fn is_left_out(case: &Case) -> bool {
    let grounds = case.grounds.as_ref();
    case.left_out.is_some() || grounds.is_some_and(|grounds| grounds.left_out)
}

/// Who left a case out while the brake held it, and why: `Left out by Chidi Eze: works on until Friday`.
pub(crate) fn left_out(case: &Case) -> Option<String> {
    let Some(said) = &case.left_out else {
        return is_left_out(case).then(|| "Left out by name; the timeline says who".to_owned());
    };
    let by = Signer::name_in(&said.by);
    Some(match said.reason.trim() {
        "" => format!("Left out by {by}"),
        reason => format!("Left out by {by}: {reason}"),
    })
}

/// The kind of a case, at the beginning of a sentence: `Urgent exit`.
pub(crate) fn kind(case: &CaseView) -> String {
    capital(case.words)
}

/// With a capital letter.
pub(crate) fn capital(text: &str) -> String {
    let mut letters = text.chars();
    let first = letters.next().map(|first| first.to_ascii_uppercase());
    first.into_iter().chain(letters).collect()
}

/// What a case is about, for who may see it: the teams with a task in it, the person, and the person's manager.
pub(crate) fn on(case: &Case, teams: impl IntoIterator<Item = TeamId>) -> On {
    let person = case.person.as_ref().or(case.before.as_ref());
    let work = case.names.as_ref().and_then(|names| names.email.clone());
    On {
        teams: teams.into_iter().collect(),
        person: person.and_then(|person| person.work_email.clone()).or(work),
        people: [case.employee_id.clone()].into(),
        manager: person.and_then(|person| person.manager_email.clone()),
    }
}

/// A text about a case without the private addresses of its person.
pub(crate) fn without_private(case: &Case, text: &str) -> String {
    let people = [&case.person, &case.before].into_iter().flatten();
    let private = people.filter_map(|person| person.personal_email.as_deref());
    private
        .filter(|address| !address.trim().is_empty())
        .fold(text.to_owned(), |text, address| {
            text.replace(address, "a private address")
        })
}

/// The teams with a part in a case: those that do its tasks, and those that confirm them.
pub(crate) fn teams_of<'r>(rows: impl IntoIterator<Item = &'r TaskRow>) -> Vec<TeamId> {
    let teams = rows
        .into_iter()
        .flat_map(|row| [row.asked_team(Step::Do), row.asked_team(Step::Confirm)]);
    let mut teams: Vec<TeamId> = teams.cloned().collect();
    teams.sort();
    teams.dedup();
    teams
}
