//! Who somebody is by HR's records: every employee id and address that is theirs, and whether they have left. What asks
//! whether something is about whoever looks asks here. Reads, and changes nothing.

use std::collections::BTreeSet;

use jiff::{Timestamp, civil::Date};
use latchkey_ledger::Ledger;
use latchkey_lifecycle::{EmployeeId, HeardKind, Themselves};
use latchkey_runbook::Runbook;
use latchkey_runtime::Failure;
use latchkey_story::{Human, Story};

use crate::{Employment, Whole, employment, today};

/// Whose a work e-mail address is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct WhoIs {
    /// Everybody whom whoever has it is.
    pub themselves: Themselves,
    /// Nobody whose address it is or was works here now, and somebody has left: had a last day, was cut off, or was
    /// called off before the first day. Who begins only later lets nobody in who has left; whoever works here does.
    pub has_left: bool,
}

/// Where somebody stands on a day. In this order one counts before the others.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Stands {
    Unsaid,
    Left,
    Here,
}

/// Reads it for an address, as of an instant.
///
/// # Errors
/// [`Failure`] when the ledger does not answer.
pub async fn who_is(
    ledger: &Ledger,
    runbook: &Runbook,
    address: &str,
    now: Timestamp,
) -> Result<WhoIs, Failure> {
    let company = runbook.time_zone();
    let mut themselves = Themselves::at(address);
    let mut stands = Stands::Unsaid;
    for id in ledger.ever_at(address).await? {
        if themselves.are(&id) {
            continue;
        }
        let whole = Whole::of(ledger, &id, company).await?;
        let given = ledger.emails_given(&[id.clone()].into()).await?;
        let mut own = told(&whole, &[id.clone()].into());
        own.extend(given.into_values());
        // It was found by its letters alone.
        if !own.iter().any(|own| Themselves::at(own).have(address)) {
            continue;
        }
        let story = whole.story(company);
        let ids = one_human(&whole, &story, &id);
        let given = ledger.emails_given(&ids).await?.into_values();
        for address in told(&whole, &ids).into_iter().chain(given) {
            themselves.add(&address);
        }
        let record = whole.record(&id).map(|record| record.record.clone());
        let day = today(&record.unwrap_or_default(), runbook, now);
        stands = stands.max(of_one(&whole, &story, &ids, day));
        themselves.people.extend(ids);
    }
    Ok(WhoIs {
        themselves,
        has_left: stands == Stands::Left,
    })
}

/// The work addresses that HR told of some ids.
fn told(whole: &Whole, ids: &BTreeSet<EmployeeId>) -> BTreeSet<String> {
    let heard = whole.heard().iter();
    let heard = heard.filter(|heard| ids.contains(&heard.employee_id));
    let heard = heard.filter_map(|heard| heard.person.work_email.clone());
    let records = ids.iter().filter_map(|id| whole.record(id));
    let records = records.filter_map(|record| record.record.work_email.clone());
    heard.chain(records).collect()
}

/// The ids of one human, with those that a record names as theirs, as long as HR has not said that they are not.
fn one_human(whole: &Whole, story: &Story<'_>, id: &EmployeeId) -> BTreeSet<EmployeeId> {
    let heard = whole.heard();
    let identities = heard.iter().filter(|h| h.kind == HeardKind::Identity);
    let refused: Vec<_> = identities
        .filter(|heard| heard.same == Some(false))
        .filter_map(|heard| heard.claim())
        .collect();
    let claims = heard.iter().filter_map(|heard| heard.claim());
    let claims: Vec<_> = claims.filter(|claim| !refused.contains(claim)).collect();
    let mut ids = BTreeSet::new();
    let mut open = vec![id.clone()];
    while let Some(id) = open.pop() {
        if ids.contains(&id) {
            continue;
        }
        let human = story.human(&id).into_iter().flat_map(|human| human.ids());
        open.extend(human.cloned());
        for claim in &claims {
            if claim.employee == id {
                open.push(claim.previous.clone());
            } else if claim.previous == id {
                open.push(claim.employee.clone());
            }
        }
        ids.insert(id);
    }
    ids
}

/// Where a human stands under all their ids. While HR is asked whether two ids are one, being cut off under one of them
/// counts for both.
fn of_one(whole: &Whole, story: &Story<'_>, ids: &BTreeSet<EmployeeId>, day: Date) -> Stands {
    let mut stands = Stands::Unsaid;
    for id in ids {
        let Some(human) = story.human(id) else {
            // What an earlier release knew, after its cases were put away.
            let record = whole.record(id);
            let over = record.is_some_and(|r| employment(&r.record, day) == Employment::After);
            stands = stands.max(if over { Stands::Left } else { Stands::Unsaid });
            continue;
        };
        let here = human.works_on(day).is_some();
        if human.was_cut_off() && !here {
            return Stands::Left;
        }
        stands = stands.max(match here {
            true => Stands::Here,
            false if has_left(human, day) => Stands::Left,
            false => Stands::Unsaid,
        });
    }
    stands
}

/// Of somebody who does not work here on a day: whether they did, or were to and are not.
fn has_left(human: &Human<'_>, day: Date) -> bool {
    let worked = human
        .at_work()
        .any(|work| work.end.is_some_and(|end| end <= day));
    // Also of whom nobody told a hire.
    let ids = human.ids();
    let over = ids
        .iter()
        .any(|id| human.latest(id).last_day.is_some_and(|last| last < day));
    let called_off = human.at_work().next().is_none() && human.was_called_off();
    worked || over || called_off
}
