//! What the brake held goes on, or is left out, by a named person's word (promise 8): all of it at once, or person by
//! person.

mod carry_out;
mod one_by_one;
mod stood;

use jiff::SignedDuration;
use latchkey_lifecycle::{Case, CaseId, CaseState, HeldDraft, Ruling, Waiting};
use latchkey_runtime::{Failure, Workflow};

use crate::{Deps, Looks};

pub use carry_out::{act_on_ruling, act_until};
pub use one_by_one::{
    Became, Decider, confirm, decide_each, fill_in, look_again, look_at_waiting, standing_draft,
    take_back,
};
pub use stood::{Stood, stood, stood_among};

/// So long whoever sends an event waits for what was decided before to be carried out; the rest is for who comes next.
const A_WHILE: SignedDuration = SignedDuration::from_secs(2);
/// So long whoever decides waits for it.
const ON_A_PAGE: SignedDuration = SignedDuration::from_secs(8);

/// Why nothing was decided.
#[derive(Debug, thiserror::Error)]
pub enum NotDecided {
    /// Nothing is said about anybody.
    #[error("nothing is said about anybody: say of somebody that they go on, or are left out")]
    Nothing,
    /// Somebody would be left out without a reason.
    #[error("say why those are left out that have no reason of their own: HR reads it")]
    NoReason,
    /// There is more text than the ledger keeps in one piece.
    #[error("the reasons are too long together: say one reason for all of them")]
    TooLong,
    /// It is another list than was shown.
    #[error(
        "the list is another one than you saw: somebody else decided meanwhile, or more is held, or less"
    )]
    Changed,
    /// The second look is too old.
    #[error("more than 10 minutes have passed since it was shown to you")]
    Expired,
    /// The number that was typed is not how many go on.
    #[error("{0} go on, and another number was typed")]
    Number(usize),
    /// An earlier decision is being carried out.
    #[error("an earlier decision is being carried out")]
    UnderWay,
    /// A decision waits for a second person.
    #[error(
        "a decision of {} waits for a second person: confirm it, or take it back first", .0.by
    )]
    Waits(Box<Waiting>),
    /// So many are decided about by two people only.
    #[error(
        "of so many ({0}) two people decide by the runbook (`two_people_above`): sign in, and decide on the page Held (/held)"
    )]
    TakesTwo(usize),
    /// Whoever confirms is who decided.
    #[error("you decided this yourself: a second person of the team confirms it")]
    SamePerson,
    /// It is about whoever decides.
    #[error(
        "you are one of those whom it is about, or reported one of them: somebody else of the team confirms it"
    )]
    Own,
    /// Ledger or state machine did not answer.
    #[error(transparent)]
    Failure(#[from] Failure),
}

impl From<latchkey_ledger::LedgerError> for NotDecided {
    fn from(error: latchkey_ledger::LedgerError) -> NotDecided {
        NotDecided::Failure(error.into())
    }
}

/// The cases that wait for a ruling, as they are now.
///
/// # Errors
/// [`Failure`] when the ledger does not answer.
pub async fn held_cases(deps: &Deps) -> Result<Vec<Case>, Failure> {
    let held = deps.ledger.brake().await?.item.held().clone();
    held_among(deps, held).await
}

/// Those of these cases that are held, in their order.
///
/// # Errors
/// [`Failure`] when the ledger does not answer.
pub async fn held_among(
    deps: &Deps,
    ids: impl IntoIterator<Item = CaseId>,
) -> Result<Vec<Case>, Failure> {
    let mut cases = deps.ledger.cases_by_id(ids).await?;
    cases.retain(|case| case.state == CaseState::Held);
    cases.sort_by(|a, b| a.id.cmp(&b.id));
    Ok(cases)
}

/// The checksum of what is held, as a page shows it as a whole: whoever decides about all of it says by that what they
/// saw.
pub fn list_of_held(held: &[Case]) -> String {
    HeldDraft::default().list(held.iter().map(|case| &case.id))
}

/// About how many one person alone decides, by the runbook that counts now; `None` for as many as there are.
pub(crate) async fn most_alone(deps: &Deps) -> Result<Option<usize>, Failure> {
    let (_, runbook) = deps.runbooks.current(&deps.ledger).await?;
    Ok(runbook.brake().and_then(|rule| rule.two_people_above))
}

/// Takes a ruling down for everything that is held, and carries it out. Returns whether there was anything that the
/// question is about: by another word it may be decided already. `shown`: the checksum of what whoever decides saw
/// ([`list_of_held`]).
///
/// # Errors
/// [`NotDecided::Changed`] where it is another list by now. [`NotDecided::TakesTwo`] where the runbook wants two people for so many. [`NotDecided::Failure`] when ledger or state
/// machine do not answer: what was taken down is carried out by whoever comes next, which is the same again, the next
/// event, or the sweep.
pub async fn rule(
    deps: &Deps,
    asked: &CaseId,
    (ruling, shown): (&Ruling, &str),
) -> Result<bool, NotDecided> {
    let most = most_alone(deps).await?;
    loop {
        let free = Box::pin(carry_on(deps)).await?;
        let mut row = deps.ledger.brake().await?;
        if row.item.asking() != Some(asked) {
            return Ok(false);
        }
        if !free {
            return Err(NotDecided::UnderWay);
        }
        let held = row.item.held().len();
        if row.item.takes_two(held, most) {
            return Err(NotDecided::TakesTwo(held));
        }
        // Whom nobody saw, nobody meant: what came since the page was shown is not decided with it.
        let held = held_among(deps, row.item.held().clone()).await?;
        if list_of_held(&held) != shown {
            return Err(NotDecided::Changed);
        }
        if row.item.rule(ruling.clone()) && deps.ledger.put_brake(&mut row).await? {
            Box::pin(carry_on(deps)).await?;
            return Ok(true);
        }
    }
}

/// Carries out what was decided for as long as somebody waits before a page. Whether that was all of it.
///
/// # Errors
/// [`Failure`] when ledger or state machine do not answer. Whoever comes next goes on.
pub async fn carry_on(deps: &Deps) -> Result<bool, Failure> {
    for_so_long(deps.looks(), deps.workflow.as_ref(), ON_A_PAGE).await
}

/// The same, for whoever sends something else.
pub(crate) async fn a_while(looks: Looks<'_>, workflow: &dyn Workflow) -> Result<(), Failure> {
    for_so_long(looks, workflow, A_WHILE).await?;
    Ok(())
}

async fn for_so_long(
    looks: Looks<'_>,
    workflow: &dyn Workflow,
    time: SignedDuration,
) -> Result<bool, Failure> {
    let now = looks.clock.now();
    let until = now.saturating_add(time).unwrap_or(now);
    Box::pin(act_until(looks, workflow, until)).await
}
