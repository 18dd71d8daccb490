//! Whom somebody looks for, among those whom they may see.

use latchkey_access::{Action, Reach};
use latchkey_decisions::today;
use latchkey_ledger::{FoundPlace, PersonRecord};
use latchkey_lifecycle::{EmployeeId, spelling};
use latchkey_runtime::Failure;

use crate::{
    Deps,
    sign_in::Signed,
    views::person::{name_of, on},
};

/// How many people a page shows.
pub(crate) const SHOWN: u16 = 50;
/// Of so many who ever reported to somebody those who still do are shown.
const REPORTS: u16 = 200;

/// A person, and what the ledger has of them.
pub(crate) type Known = (EmployeeId, PersonRecord);

/// Who was found.
pub(crate) struct Found {
    /// Those whose id, address or account name it is, and then those who are called so.
    pub(crate) people: Vec<Known>,
    /// How many of them it names exactly.
    pub(crate) exact: usize,
    /// Where the next page begins.
    pub(crate) next: Option<String>,
}

/// Looks for people; all whom they may see where nothing is looked for.
pub(crate) async fn people(
    deps: &Deps,
    viewer: &Signed,
    text: &str,
    after: &str,
) -> Result<Found, Failure> {
    let text = text.trim();
    if viewer.actor.reach(Action::SeePeople) != Reach::Everything {
        return reports(deps, viewer, text, after).await;
    }
    let ledger = &deps.intake.ledger;
    let after = Some(after).filter(|after| !after.is_empty());
    let mut people = match after {
        None if !text.is_empty() => ledger.people_called(text).await?,
        _ => Vec::new(),
    };
    let exact = people.len();
    let left = usize::from(SHOWN).saturating_sub(exact).max(1);
    let left = u16::try_from(left).unwrap_or(SHOWN);
    let page = ledger.people_named(text, left, after.map(FoundPlace::of));
    let page = page.await?;
    let others = page.people.into_iter();
    let others = others.filter(|(id, _)| people.iter().all(|(known, _)| known != id));
    let others: Vec<Known> = others.collect();
    people.extend(others);
    people.retain(|(_, known)| viewer.can(Action::SeePeople, &on(Some(&known.record))));
    of_today(viewer, &mut people);
    Ok(Found {
        people,
        exact,
        next: page.next.map(|place| place.as_str().to_owned()),
    })
}

/// What is shown of people is what they are today: a change that is to come is none yet.
fn of_today(viewer: &Signed, people: &mut [Known]) {
    for (_, known) in people {
        let day = today(&known.record, &viewer.runbook, viewer.now);
        known.record = known.on(day).clone();
    }
}

/// The same among those who report to them: few enough to be looked through here.
async fn reports(deps: &Deps, viewer: &Signed, text: &str, after: &str) -> Result<Found, Failure> {
    let reports = deps
        .intake
        .ledger
        .reports_of(&viewer.actor.address, REPORTS);
    let mut reports = reports.await?;
    reports.retain(|(_, known)| viewer.can(Action::SeePeople, &on(Some(&known.record))));
    of_today(viewer, &mut reports);
    let named = |(id, known): &Known| {
        let name = spelling::bare(&name_of(id, &known.record));
        let address = known.record.work_email.as_deref().unwrap_or_default();
        let words = text.split_whitespace().map(spelling::bare);
        let mut words = words.filter(|word| !word.is_empty()).peekable();
        let any = text.is_empty() || words.peek().is_some();
        any && words.all(|word| name.contains(&word) || spelling::bare(address).contains(&word))
    };
    let is_it = |(id, known): &Known| {
        let address = known.record.work_email.as_deref();
        id.as_str() == text || address.is_some_and(|address| address.eq_ignore_ascii_case(text))
    };
    let place = |(id, known): &Known| {
        let family = known.record.family_name.as_deref().unwrap_or_default();
        (spelling::bare(family), name_of(id, &known.record))
    };
    let (mut people, mut others): (Vec<Known>, Vec<Known>) = reports.into_iter().partition(is_it);
    others.retain(named);
    others.sort_by_key(place);
    let exact = people.len();
    people.extend(others);
    let from: usize = after.parse().unwrap_or_default();
    let to = from.saturating_add(usize::from(SHOWN));
    let next = (people.len() > to).then(|| to.to_string());
    let people = people.into_iter().skip(from).take(usize::from(SHOWN));
    Ok(Found {
        people: people.collect(),
        exact,
        next,
    })
}
