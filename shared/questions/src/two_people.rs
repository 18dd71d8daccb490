//! Nobody confirms their own work, and nobody decides about their own case (promise 11), as far as names and addresses
//! tell.

use latchkey_ledger::TaskRow;
use latchkey_lifecycle::{Answer, Case, Evidence, Step, TaskId, Themselves};
use latchkey_runbook::Runbook;
use latchkey_runtime::Question;

use crate::{
    facts::{asked_team, team_name},
    letters::address_of,
    signature::is_same,
};

/// Why an answer is not this person's to give; `None` when it is. `signer`: who they are, when they had signed in.
pub(crate) fn refusal(
    runbook: &Runbook,
    case: &Case,
    row: &TaskRow,
    question: &Question,
    answer: &Answer,
    signer: Option<&Themselves>,
) -> Option<String> {
    if matches!(answer, Answer::Declined { .. }) {
        return None;
    }
    let by = signed(answer);
    let (task, step) = (&row.task, question.step);
    let waived = matches!(answer, Answer::Waived { .. });
    if let (Step::Confirm, Some(Answer::Done(evidence))) = (step, &task.answer)
        && !waived
        && did_it(evidence, by, signer)
    {
        let did = &evidence.by;
        let team = team_name(runbook, asked_team(row, step));
        return Some(format!(
            "{did} did this, so somebody else has to confirm it: ask another person of {team}."
        ));
    }
    let decides = waived || step == Step::Confirm || (step == Step::Do && task.approval);
    // That somebody's own access is taken back is nobody's own word.
    if !decides && !runbook.takes_back(case.kind, &task.id) {
        return None;
    }
    own_case(runbook, row, question, (answer, signer), [case])
}

/// Whether somebody is who did it, by name or by address: one of the two may have signed a letter's page with either.
fn did_it(evidence: &Evidence, by: &str, signer: Option<&Themselves>) -> bool {
    let did = [Some(evidence.by.as_str()), evidence.address.as_deref()];
    let own = signer.into_iter().flat_map(Themselves::addresses);
    let confirms: Vec<&str> = own.chain([by]).collect();
    did.into_iter()
        .flatten()
        .any(|one| confirms.iter().any(|by| is_same(by, one)))
}

/// Whether an answer is of whoever has this name and signed in so: nobody decides about what they said themselves, for
/// somebody else.
pub fn answered_it(answer: &Answer, name: &str, signer: &Themselves) -> bool {
    match answer {
        Answer::Done(evidence) => did_it(evidence, name, Some(signer)),
        Answer::Declined { by, .. } | Answer::Waived { by, .. } => {
            let mut own = signer.addresses();
            is_same(by, name) || own.any(|own| is_same(by, own))
        }
    }
}

/// Why whoever signs may not decide about all of these cases: one of them is their own. `None` when none is. An answer
/// comes with who gave it, when they had signed in.
pub fn own_case<'a>(
    runbook: &Runbook,
    row: &TaskRow,
    question: &Question,
    (answer, signer): (&Answer, Option<&Themselves>),
    cases: impl IntoIterator<Item = &'a Case>,
) -> Option<String> {
    let by = signed(answer);
    let asked = asked_team(row, question.step);
    let team = team_name(runbook, asked);
    let address = match question.may_waive {
        true => runbook.escalation(asked).email.clone(),
        false => address_of(runbook, asked),
    };
    // What is held is decided by its confirmers: an operator can leave out one task, and not all that is held.
    let held = question.task == TaskId::confirm_what_is_held();
    let (others, operator) = match held {
        true => (
            format!("somebody else of {team}, or their escalation contact"),
            "",
        ),
        false => (
            format!("somebody else of {team}"),
            ", or an operator (`latchkey waive`)",
        ),
    };
    cases.into_iter().find_map(|case| {
        let signed_in = signer.is_some_and(|signer| is_of(case, signer));
        if signed_in || names(case).iter().any(|name| is_same(by, name)) {
            return Some(format!(
                "{by} is somebody whom this is about, and nobody decides about their own case: ask {others}{operator}."
            ));
        }
        let sent_to = signer.is_none().then_some(address.trim());
        let own = addresses(case).any(|own| sent_to.is_some_and(|to| own.trim().eq_ignore_ascii_case(to)));
        own.then(|| {
            format!(
                "This link was sent to {address}, the address of somebody whom this is about, and nobody decides about their own \
                 case: ask the escalation contact of {team}{operator}."
            )
        })
    })
}

/// Whether a case is about whoever has this name and is this.
pub fn is_about(case: &Case, name: &str, them: &Themselves) -> bool {
    let by_name = names(case).iter().any(|own| is_same(name, own));
    by_name || is_of(case, them)
}

fn is_of(case: &Case, them: &Themselves) -> bool {
    them.are(&case.employee_id) || addresses(case).any(|own| them.have(own))
}

/// The name under an answer.
fn signed(answer: &Answer) -> &str {
    match answer {
        Answer::Done(evidence) => &evidence.by,
        Answer::Declined { by, .. } | Answer::Waived { by, .. } => by,
    }
}

/// What the person of a case may sign with.
fn names(case: &Case) -> Vec<String> {
    let mut all: Vec<String> = addresses(case).map(str::to_owned).collect();
    all.push(case.employee_id.to_string());
    for person in [&case.person, &case.before].into_iter().flatten() {
        all.push(person.called());
        all.push(person.full_name());
        all.push(format!("{} {}", person.given_name, person.family_name));
    }
    all
}

fn addresses(case: &Case) -> impl Iterator<Item = &str> {
    let people = [&case.person, &case.before].into_iter().flatten();
    let own = people.flat_map(|p| [&p.work_email, &p.personal_email]);
    let given = case.names.as_ref().and_then(|names| names.email.as_deref());
    own.filter_map(|email| email.as_deref()).chain(given)
}
