//! What is held, decided person by person: what somebody fills in is kept between pages, shown once more as a whole,
//! and counts when it is confirmed as it was shown; about many, when a second person confirms the same.

use std::collections::BTreeSet;

use latchkey_ledger::Row;
use latchkey_lifecycle::{
    AuditBody, Brake, CaseId, Choice, Decided, HeldDraft, Look, OneByOne, Themselves, Waiting, What,
};
use latchkey_runtime::Failure;
use serde_json::json;

use super::{NotDecided, carry_on, most_alone};
use crate::{Deps, who_is};

/// Who decides.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decider {
    /// How they are named on record: by name and address.
    pub by: String,
    /// Who they are, under every address that is theirs: a second person is not one of the first's other addresses.
    pub themselves: Themselves,
}

impl Decider {
    /// The address under which what they fill in is kept.
    fn address(&self) -> &str {
        &self.themselves.address
    }
}

/// What became of a decision.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Became {
    /// It counts.
    Counts {
        /// So many go on.
        go_on: usize,
        /// So many are left out.
        leave_out: usize,
        /// Whether it is carried out for all of them; else whoever comes next goes on.
        whole: bool,
    },
    /// It is kept until a second person confirms it.
    Waits,
}

/// What somebody has filled in about what is held now.
///
/// # Errors
/// [`Failure`] when the ledger does not answer.
pub async fn standing_draft(
    deps: &Deps,
    address: &str,
    brake: &Brake,
) -> Result<HeldDraft, Failure> {
    let row = deps.ledger.held_draft(address).await?;
    Ok(standing(deps, brake, row).item)
}

/// A draft as it is shown: without what is not held any more; what was filled in for an earlier flood is forgotten.
fn standing(deps: &Deps, brake: &Brake, mut row: Row<HeldDraft>) -> Row<HeldDraft> {
    let waits = brake.waiting().is_some();
    if row.item.is_old(deps.clock.now()) && !waits {
        row.item = HeldDraft {
            look: row.item.look.take(),
            ..HeldDraft::default()
        };
    }
    row.item.keep(brake.held());
    row
}

/// Whether somebody may change their draft: not while a decision by it waits, or is carried out.
fn may_fill_in(brake: &Brake, who: &Decider) -> Result<(), NotDecided> {
    let mine = |address: &str| who.themselves.have(address);
    if let Some(waiting) = brake.waiting().filter(|waiting| mine(&waiting.address)) {
        return Err(NotDecided::Waits(Box::new(waiting.clone())));
    }
    let each = brake.ruled().and_then(|ruled| ruled.each.as_ref());
    match each.is_some_and(|each| mine(&each.address)) {
        true => Err(NotDecided::UnderWay),
        false => Ok(()),
    }
}

/// Changes somebody's draft. `change` is told what is held, and may be called more than once.
async fn change_draft(
    deps: &Deps,
    who: &Decider,
    change: impl Fn(&mut HeldDraft, &BTreeSet<CaseId>) -> Result<(), NotDecided>,
) -> Result<HeldDraft, NotDecided> {
    loop {
        // The draft first: a decision that is made by it since writes to it, and this is read again.
        let row = deps.ledger.held_draft(who.address()).await?;
        let brake = deps.ledger.brake().await?.item;
        may_fill_in(&brake, who)?;
        let mut row = standing(deps, &brake, row);
        change(&mut row.item, brake.held())?;
        if deps.ledger.put_held_draft(who.address(), &mut row).await? {
            return Ok(row.item);
        }
    }
}

/// Keeps what somebody fills in; `fill` is told what is held, and may be called more than once. Nothing happens by it.
///
/// # Errors
/// [`NotDecided`]: it was not kept.
pub async fn fill_in(
    deps: &Deps,
    who: &Decider,
    fill: impl Fn(&mut HeldDraft, &BTreeSet<CaseId>),
) -> Result<HeldDraft, NotDecided> {
    change_draft(deps, who, |draft, held| {
        fill(draft, held);
        draft.keep(held);
        draft.look = None;
        draft.at = Some(deps.clock.now());
        draft.fits().map_err(|_| NotDecided::TooLong)
    })
    .await
}

/// Shows somebody once more what they filled in, as a whole, and remembers what was shown. `own`: cases that are not
/// theirs to decide about; those stay held.
///
/// # Errors
/// [`NotDecided`] when there is nothing that could count.
pub async fn look_again(
    deps: &Deps,
    who: &Decider,
    own: &BTreeSet<CaseId>,
) -> Result<HeldDraft, NotDecided> {
    change_draft(deps, who, |draft, held| {
        for id in own {
            draft.say(id, Choice::Later, None);
        }
        if draft.decided() == 0 {
            return Err(NotDecided::Nothing);
        }
        if draft.lacks_a_reason() {
            return Err(NotDecided::NoReason);
        }
        draft.look = Some(Look {
            at: deps.clock.now(),
            list: draft.list(held),
        });
        Ok(())
    })
    .await
}

/// What somebody confirms: which list they saw, and what they typed.
fn as_shown(
    deps: &Deps,
    look: Option<&Look>,
    (shown, is): (&str, &str),
    (typed, go_on): (Option<usize>, usize),
) -> Result<Look, NotDecided> {
    let look = look.filter(|look| look.list == shown && look.list == is);
    let look = look.ok_or(NotDecided::Changed)?;
    if !look.is_good(deps.clock.now()) {
        return Err(NotDecided::Expired);
    }
    match typed == Some(go_on) {
        true => Ok(look.clone()),
        false => Err(NotDecided::Number(go_on)),
    }
}

/// Decides as it was shown, by its checksum `list`; `typed`: how many go on, as somebody typed it. What is decided is
/// carried out as far as a page's time goes.
///
/// # Errors
/// [`NotDecided`]: nothing was decided.
pub async fn decide_each(
    deps: &Deps,
    who: &Decider,
    (list, typed): (&str, Option<usize>),
    own: &BTreeSet<CaseId>,
) -> Result<Became, NotDecided> {
    let (most, now) = (most_alone(deps).await?, deps.clock.now());
    loop {
        let row = deps.ledger.held_draft(who.address()).await?;
        let mut brake = deps.ledger.brake().await?;
        may_decide(&brake.item)?;
        let mut row = standing(deps, &brake.item, row);
        let draft = &row.item;
        let is = draft.list(brake.item.held());
        let go_on = draft.goes_on.len();
        let look = as_shown(deps, draft.look.as_ref(), (list, &is), (typed, go_on))?;
        if own.iter().any(|id| draft.of(id) != Choice::Later) {
            return Err(NotDecided::Changed);
        }
        let waits = brake.item.takes_two(draft.decided(), most);
        match waits {
            true => brake.item.wait_for_a_second(Some(Waiting {
                by: who.by.clone(),
                address: who.address().to_owned(),
                looked_at: look.at,
                at: now,
                go_on,
                leave_out: draft.left_out.len(),
            })),
            false => {
                let by = (who.by.clone(), None);
                let each = one_by_one(who.address(), &look, now);
                if !brake.item.rule_each(decided(draft, by, each)) {
                    return Err(NotDecided::Nothing);
                }
            }
        }
        row.item.look = None;
        let ledger = &deps.ledger;
        let drafts = &mut [(who.address(), &mut row)];
        if ledger.decide_what_is_held(&mut brake, drafts).await? {
            return match brake.item.waiting() {
                Some(waiting) => {
                    record(
                        deps,
                        &who.by,
                        What::DecisionWaits,
                        waiting,
                        "It waits for a second person.",
                    )
                    .await?;
                    Ok(Became::Waits)
                }
                None => Ok(counts(deps, &brake.item).await),
            };
        }
    }
}

/// Records what becomes of a decision before it counts: in the book, since it may be about thousands.
async fn record(
    deps: &Deps,
    by: &str,
    what: What,
    waiting: &Waiting,
    became: &str,
) -> Result<(), Failure> {
    let (go_on, leave_out) = (waiting.go_on, waiting.leave_out);
    let body = AuditBody {
        at: deps.clock.now(),
        by: by.to_owned(),
        what,
        text: format!(
            "{} decided about what is held: {go_on} to go on, {leave_out} to be left out. {became}",
            waiting.by
        ),
        detail: json!({ "goOn": go_on, "leaveOut": leave_out, "decidedBy": waiting.by, "decidedAt": waiting.at }),
    };
    Ok(deps.ledger.note_in_book(body).await?)
}

/// One decision is made, and carried out, after the other.
fn may_decide(brake: &Brake) -> Result<(), NotDecided> {
    if let Some(waiting) = brake.waiting() {
        return Err(NotDecided::Waits(Box::new(waiting.clone())));
    }
    match brake.ruled() {
        Some(_) => Err(NotDecided::UnderWay),
        None => Ok(()),
    }
}

fn one_by_one(address: &str, look: &Look, now: jiff::Timestamp) -> OneByOne {
    OneByOne {
        address: address.to_owned(),
        list: look.list.clone(),
        looked_at: look.at,
        decided_at: now,
        go_on: 0,
        leave_out: 0,
    }
}

fn decided(draft: &HeldDraft, (by, second): (String, Option<String>), each: OneByOne) -> Decided {
    Decided {
        by,
        second,
        goes_on: draft.goes_on.clone(),
        left_out: draft.left_out.keys().cloned().collect(),
        each,
    }
}

/// Carries out what was just written down. It counts whatever becomes of that: whoever comes next goes on.
async fn counts(deps: &Deps, brake: &Brake) -> Became {
    let each = brake.ruled().and_then(|ruled| ruled.each.as_ref());
    let (go_on, leave_out) = each.map_or((0, 0), |each| (each.go_on, each.leave_out));
    let whole = match Box::pin(carry_on(deps)).await {
        Ok(whole) => whole,
        Err(failure) => {
            tracing::error!(%failure, "what was decided is not carried out yet");
            false
        }
    };
    Became::Counts {
        go_on,
        leave_out,
        whole,
    }
}

/// The decision that waits, as it is now, and who made it.
async fn waiting_of(
    deps: &Deps,
    brake: &Brake,
    who: &Decider,
) -> Result<(Waiting, Row<HeldDraft>, String), NotDecided> {
    let waiting = brake.waiting().ok_or(NotDecided::Changed)?.clone();
    if who.themselves.have(&waiting.address) {
        return Err(NotDecided::SamePerson);
    }
    if has_left(deps, &waiting.address).await? {
        let became = "Whoever decided has left since: it does not count.";
        no_longer(deps, "Latchkey", &waiting, became).await?;
        return Err(NotDecided::Changed);
    }
    let mut row = deps.ledger.held_draft(&waiting.address).await?;
    row.item.keep(brake.held());
    let about: BTreeSet<&CaseId> = row
        .item
        .goes_on
        .iter()
        .chain(row.item.left_out.keys())
        .collect();
    let list = row.item.list(about);
    Ok((waiting, row, list))
}

/// Shows a second person the decision that waits for one, and remembers what was shown. Of what was decided, only what
/// is still held counts. Gives the decision, and the look.
///
/// # Errors
/// [`NotDecided`] when none waits, or it is their own.
pub async fn look_at_waiting(
    deps: &Deps,
    who: &Decider,
) -> Result<(Waiting, HeldDraft, Look), NotDecided> {
    loop {
        let mut own = deps.ledger.held_draft(who.address()).await?;
        let brake = deps.ledger.brake().await?.item;
        let (waiting, first, list) = waiting_of(deps, &brake, who).await?;
        let look = Look {
            at: deps.clock.now(),
            list,
        };
        own.item.look = Some(look.clone());
        if deps.ledger.put_held_draft(who.address(), &mut own).await? {
            return Ok((waiting, first.item, look));
        }
    }
}

/// A second person confirms the decision that waits, as it was shown to them. `own`: cases that they may not decide
/// about.
///
/// # Errors
/// [`NotDecided`]: it still waits.
pub async fn confirm(
    deps: &Deps,
    who: &Decider,
    (list, typed): (&str, Option<usize>),
    own: &BTreeSet<CaseId>,
) -> Result<Became, NotDecided> {
    let now = deps.clock.now();
    loop {
        let mut second = deps.ledger.held_draft(who.address()).await?;
        let mut brake = deps.ledger.brake().await?;
        let (waiting, mut first, is) = waiting_of(deps, &brake.item, who).await?;
        if brake.item.ruled().is_some() {
            return Err(NotDecided::UnderWay);
        }
        let go_on = first.item.goes_on.len();
        let look = second.item.look.as_ref();
        as_shown(deps, look, (list, &is), (typed, go_on))?;
        if own.iter().any(|id| first.item.of(id) != Choice::Later) {
            return Err(NotDecided::Own);
        }
        let shown = Look {
            at: waiting.looked_at,
            list: is,
        };
        let each = one_by_one(&waiting.address, &shown, now);
        let by = (waiting.by, Some(who.by.clone()));
        if !brake.item.rule_each(decided(&first.item, by, each)) {
            return Err(NotDecided::Changed);
        }
        second.item.look = None;
        let drafts = &mut [
            (waiting.address.as_str(), &mut first),
            (who.address(), &mut second),
        ];
        let ledger = &deps.ledger;
        if ledger.decide_what_is_held(&mut brake, drafts).await? {
            return Ok(counts(deps, &brake.item).await);
        }
    }
}

/// Whether somebody has left since: an account that somebody else took over is why one is cut off.
async fn has_left(deps: &Deps, address: &str) -> Result<bool, Failure> {
    let (_, runbook) = deps.runbooks.current(&deps.ledger).await?;
    let known = who_is(&deps.ledger, &runbook, address, deps.clock.now()).await?;
    Ok(known.has_left)
}

/// Takes back a decision that waits for a second person: who made it can change it, and anybody can decide anew; not
/// who may not decide about all of it, `own`. Whether there was one.
///
/// # Errors
/// [`NotDecided`]: it still waits.
pub async fn take_back(
    deps: &Deps,
    who: &Decider,
    own: &BTreeSet<CaseId>,
) -> Result<bool, NotDecided> {
    let brake = deps.ledger.brake().await?.item;
    let Some(waiting) = brake.waiting().cloned() else {
        return Ok(false);
    };
    if !who.themselves.have(&waiting.address) {
        let draft = deps.ledger.held_draft(&waiting.address).await?.item;
        if own.iter().any(|id| draft.of(id) != Choice::Later) {
            return Err(NotDecided::Own);
        }
    }
    Ok(no_longer(deps, &who.by, &waiting, "It was taken back.").await?)
}

/// Lets a decision wait no longer, and records who did. Whether it still waited.
async fn no_longer(
    deps: &Deps,
    by: &str,
    waiting: &Waiting,
    became: &str,
) -> Result<bool, Failure> {
    loop {
        let mut row = deps.ledger.brake().await?;
        if row.item.waiting() != Some(waiting) {
            return Ok(false);
        }
        row.item.wait_for_a_second(None);
        if deps.ledger.put_brake(&mut row).await? {
            record(deps, by, What::DecisionTakenBack, waiting, became).await?;
            return Ok(true);
        }
    }
}
