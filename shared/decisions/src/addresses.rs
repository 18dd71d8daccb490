//! What HR tells of work addresses that changes who gets into the pages: they know people by nothing else.

use std::collections::BTreeSet;

use latchkey_ledger::{Ledger, PersonRecord};
use latchkey_lifecycle::{Case, EmployeeId, HeardKind};
use latchkey_runbook::Runbook;
use latchkey_runtime::Failure;
use latchkey_story::{Heard, Human, Story};

use crate::{known::Known, notices::Notice};

/// What people are told at once of an event: that an address is in two records, or that whoever leaves has one which
/// the runbook names. `case`: what the event changed, if it did.
pub(crate) async fn notices(
    ledger: &Ledger,
    runbook: &Runbook,
    (known, story): (&Known, &Story<'_>),
    (heard, case): (&Heard, Option<&Case>),
) -> Result<Vec<Notice>, Failure> {
    let Some(human) = story.human_of(heard.id()) else {
        return Ok(Vec::new());
    };
    let leaves = matches!(
        heard.kind,
        HeardKind::Exit | HeardKind::UrgentExit | HeardKind::HireRescinded
    );
    if let Some(case) = case.filter(|case| leaves && case.kind.takes_all()) {
        let named = named(ledger, runbook, human).await?;
        let notice =
            |address| Notice::NamedInRunbook(heard.employee_id.clone(), address, case.id.clone());
        return Ok(named.into_iter().map(notice).collect());
    }
    let tells = heard.kind.joins() || heard.kind == HeardKind::Transfer;
    let told = heard.person.work_email.as_deref();
    let Some(address) = told.filter(|_| tells) else {
        return Ok(Vec::new());
    };
    let row = known.people.get(&heard.employee_id);
    let before = row.and_then(Option::as_ref).map(|row| &row.item);
    if before.is_some_and(|record| has(record, address)) {
        return Ok(Vec::new());
    }
    let others = others_at(ledger, address, human).await?;
    Ok(match others.is_empty() {
        true => Vec::new(),
        false => vec![Notice::AddressOfAnother(
            heard.employee_id.clone(),
            others,
            heard.id(),
        )],
    })
}

/// The addresses of somebody that the runbook names.
async fn named(
    ledger: &Ledger,
    runbook: &Runbook,
    human: &Human<'_>,
) -> Result<BTreeSet<String>, Failure> {
    let told = human.events().map(|event| event.heard);
    let told = told.filter_map(|heard| heard.person.work_email.clone());
    let ids = human.ids().into_iter().cloned().collect();
    let given = ledger.emails_given(&ids).await?.into_values();
    let all = told
        .chain(given)
        .map(|address| address.trim().to_lowercase());
    let named = |address: &String| !runbook.belongs(address, &[]).roles.is_empty();
    Ok(all.filter(named).collect())
}

/// Whoever else has an address.
async fn others_at(
    ledger: &Ledger,
    address: &str,
    human: &Human<'_>,
) -> Result<Vec<EmployeeId>, Failure> {
    let found = ledger.ever_at(address).await?;
    let others: BTreeSet<EmployeeId> = found.into_iter().filter(|id| !human.has(id)).collect();
    let given = ledger.emails_given(&others).await?;
    let ids: Vec<EmployeeId> = others.into_iter().collect();
    let records = ledger.records_of(&ids).await?;
    let is_theirs = |id: &EmployeeId| {
        let told = records.get(id).is_some_and(|record| has(record, address));
        told || given.get(id).is_some_and(|given| is(given, address))
    };
    Ok(ids.into_iter().filter(is_theirs).collect())
}

fn has(record: &PersonRecord, address: &str) -> bool {
    let own = record.record.work_email.as_deref();
    own.is_some_and(|own| is(own, address))
}

fn is(one: &str, other: &str) -> bool {
    one.trim().eq_ignore_ascii_case(other.trim())
}
