//! Lists that show a part.

use std::collections::BTreeSet;

use latchkey_lifecycle::{EntitlementNeeds, KnownAs};
use latchkey_systems::{Accounts, Fault, Sought, System, compare};

use crate::{
    Company, Habit, Person, Proxy, Stage,
    person::{bring, reach},
};

/// The names of all accounts, where the list is read to its end.
async fn all_of(system: &dyn System) -> Result<BTreeSet<String>, Fault> {
    let mut names = BTreeSet::new();
    let mut all = Accounts::of(system);
    while let Some(accounts) = all.next().await? {
        names.extend(accounts.into_iter().map(|found| found.account.name));
    }
    Ok(names)
}

/// A page that comes again, or is empty in the middle: a list is known whole, or is said not to be. Nobody who is there is taken
/// for gone by it, and nothing that somebody has is taken for nothing.
pub async fn a_part_is_never_taken_for_all(company: &dyn Company) {
    let Some(lists) = company.lists() else {
        return;
    };
    let open = |port| company.open(port).expect("opens");
    let many = 2 * company.offers().page + 1;
    let people: Vec<Person> = (1..=many)
        .map(|n| Person::new(company, 3_000 + n))
        .collect();
    for person in &people {
        let made = bring(&open(company.port()), person, &person.goal(Stage::Given)).await;
        made.expect("made");
    }
    let proxy = Proxy::before(company.port()).await.expect("a proxy");
    for habit in [Habit::RepeatsPages(lists), Habit::EmptiesPages(lists)] {
        proxy.has(habit);
        let repeats = matches!(habit, Habit::RepeatsPages(_));
        match all_of(open(proxy.port).as_ref()).await {
            Err(Fault::Incomplete { .. }) => {}
            Ok(all) if !repeats => {
                let missing = people.iter().find(|person| !all.contains(person.name()));
                assert!(missing.is_none(), "a list of all leaves out {missing:?}");
            }
            other => panic!("{habit:?}: {other:?}"),
        }
        for person in [&people[0], &people[many - 1]] {
            let (goal, needs) = (person.goal(Stage::Left), EntitlementNeeds::default());
            let seen = compare(open(proxy.port).as_ref(), &person.sought(), &goal, &needs).await;
            let verified = seen.is_ok_and(|seen| seen.same);
            assert!(!verified, "{habit:?}: {} counts as cut off", person.name());
        }
    }
}

/// An account is found by its own id, without any search; and so is it, that it is gone.
pub async fn an_account_is_asked_for_itself(company: &dyn Company) {
    let open = || company.open(company.port()).expect("opens");
    let person = Person::new(company, 40);
    reach(company, &person, Stage::Given).await;
    let found = open().read(&person.sought()).await.expect("read");
    let found = found.expect("an account");
    let who = Sought {
        known: Some(KnownAs {
            handle: found.handle.clone(),
            name: found.account.name.clone(),
        }),
        ..person.sought()
    };
    let system = open();
    let seen = system
        .look_at(&found.handle, &who)
        .await
        .expect("looked at");
    let seen = seen.whole(system.as_ref()).await.expect("whole");
    let seen = seen.into_inner().expect("an account");
    assert_eq!(
        (seen.handle, seen.account),
        (found.handle.clone(), found.account)
    );
    reach(company, &person, Stage::Left).await;
    if let Err(fault) = bring(&open(), &person, &person.goal(Stage::Gone)).await {
        panic!("gone: {fault}");
    }
    let system = open();
    let seen = system
        .look_at(&found.handle, &who)
        .await
        .expect("looked at");
    let seen = seen.whole(system.as_ref()).await.expect("whole");
    assert_eq!(seen.into_inner(), None, "it is gone");
}
