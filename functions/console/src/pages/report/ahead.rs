//! What would happen by a report: the case that it is about and its tasks, and what else is known of the person.

use std::sync::Arc;

use jiff::civil::Date;
use latchkey_decisions::Foreseen;
use latchkey_lifecycle::{
    Alike, Case, CaseId, CaseState, EmployeeId, EventKind, Fate, Person, Task, spelling,
};
use latchkey_runbook::Runbook;
use latchkey_runtime::Failure;

use super::read::Report;
use crate::{Deps, sign_in::Signed};

/// So many people are looked at for one who has the same name.
const CALLED_SO: u16 = 5;

/// What would happen.
pub(super) struct Ahead {
    pub(super) foreseen: Foreseen,
    /// What becomes of the tasks of the case that it is about.
    pub(super) tasks: Vec<(Task, Fate)>,
    /// The runbook of that case.
    pub(super) runbook: Arc<Runbook>,
    /// Their cases, as they are now.
    pub(super) now: Vec<Case>,
    /// Whether it says anew how the person is reached, which counts at once whatever becomes of a case.
    pub(super) reaches_anew: bool,
    /// Somebody who is known by nearly the same number.
    pub(super) alike: Option<Alike>,
    /// Who has the same name under another number, of whoever is to start.
    pub(super) namesakes: Vec<EmployeeId>,
}

/// Works it out. Writes nothing.
pub(super) async fn ahead(deps: &Deps, viewer: &Signed, report: &Report) -> Result<Ahead, Failure> {
    let (intake, now) = (&deps.intake, viewer.now);
    let foreseen = Box::pin(latchkey_decisions::foresee(intake.looks(), &report.event)).await?;
    let (ledger, runbooks) = (&intake.ledger, &intake.runbooks);
    let own = foreseen.touched().next();
    let own = own.filter(|(case, _)| foreseen.case.as_ref().is_some_and(|of| of.id == case.id));
    let (mut tasks, runbook) = match own {
        Some((case, begins)) => (
            latchkey_checklist::foresee(ledger, runbooks, case, begins, now).await?,
            runbooks.get(ledger, &case.runbook).await?,
        ),
        None => (Vec::new(), viewer.runbook.clone()),
    };
    let cases = ledger.each_case_of(&report.employee).await?;
    let mut alike = ledger.people_alike([&report.event.person]).await?;
    tasks.sort_by(|(a, _), (b, _)| (a.window.due, &a.title).cmp(&(b.window.due, &b.title)));
    Ok(Ahead {
        namesakes: namesakes(deps, report).await?,
        reaches_anew: report.reaches_anew(),
        now: cases.into_iter().map(|row| row.item).collect(),
        alike: alike.remove(&report.employee),
        foreseen,
        tasks,
        runbook,
    })
}

/// Who has the same name under another number: as a rule it is somebody else, and now and then the same person twice.
async fn namesakes(deps: &Deps, report: &Report) -> Result<Vec<EmployeeId>, Failure> {
    let name = report.event.person.full_name();
    if report.event.kind != EventKind::Hire || name.is_empty() {
        return Ok(Vec::new());
    }
    let found = deps.intake.ledger.people_named(&name, CALLED_SO, None);
    let others = found.await?.people.into_iter();
    let same = others.filter(|(id, known)| {
        let called = known.record.full_name();
        *id != report.employee && spelling::bare(&called) == spelling::bare(&name)
    });
    Ok(same.map(|(id, _)| id).collect())
}

impl Ahead {
    /// Other open cases of the person, which go on.
    pub(super) fn beside(&self) -> impl Iterator<Item = &Case> {
        let touched = |case: &Case| self.foreseen.touched().any(|(of, _)| of.id == case.id);
        let open = self.now.iter().filter(|case| !case.state.is_ended());
        open.filter(move |case| !touched(case))
    }

    /// A case as it is now.
    pub(super) fn as_it_is(&self, id: &CaseId) -> Option<&Case> {
        self.now.iter().find(|case| case.id == *id)
    }

    /// The day that a case has now, and the one that it would have, where it would move.
    pub(super) fn moves(&self, case: &Case) -> Option<(Date, Date)> {
        let days = self.as_it_is(&case.id)?.effective.zip(case.effective);
        days.filter(|(now, then)| now != then)
    }

    /// Whether nothing would be otherwise: it is known already, or it is a change into what somebody is.
    pub(super) fn is_nothing(&self) -> bool {
        let alone = self.foreseen.others.is_empty() && self.foreseen.begins && !self.reaches_anew;
        !self.foreseen.news || (alone && self.foreseen.case.as_ref().is_some_and(changes_nothing))
    }

    /// Whether the last word about a leave is that they are on one, or go.
    pub(super) fn is_on_leave(&self) -> bool {
        let counts = |case: &&Case| {
            let of_leave = matches!(case.kind, EventKind::Leave | EventKind::Return);
            of_leave && case.state != CaseState::Superseded && case.asks().is_empty()
        };
        let last = self.now.iter().filter(counts);
        let last = last.max_by_key(|case| case.confirmed_at);
        last.is_some_and(|case| case.kind == EventKind::Leave)
    }
}

/// Whether a case changes somebody into what they are.
fn changes_nothing(case: &Case) -> bool {
    let (EventKind::Transfer, Some(before), Some(after)) = (case.kind, &case.before, &case.person)
    else {
        return false;
    };
    let on_those_days = Person {
        start_date: before.start_date,
        last_day: before.last_day,
        ..after.clone()
    };
    on_those_days == *before
}
