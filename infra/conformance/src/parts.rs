//! Lists that show a part.

use std::collections::BTreeSet;

use latchkey_lifecycle::{EntitlementNeeds, KnownAs};
use latchkey_systems::{Accounts, Fault, Sought, System, compare};

use crate::{
    Company, Person, Stage,
    broken_off::broken_off,
    front::Front,
    person::{bring, reach},
};

/// The names of all accounts, where the list is read to its end.
pub(crate) async fn all_of(system: &dyn System) -> Result<BTreeSet<String>, Fault> {
    let mut names = BTreeSet::new();
    let mut all = Accounts::of(system);
    while let Some(accounts) = all.next().await? {
        names.extend(accounts.into_iter().map(|found| found.account.name));
    }
    Ok(names)
}

/// Whether somebody counts as being at a stage.
pub(crate) async fn is_verified(system: &dyn System, person: &Person, stage: Stage) -> bool {
    let (goal, needs) = (person.goal(stage), EntitlementNeeds::default());
    let seen = compare(system, &person.sought(), &goal, &needs).await;
    seen.is_ok_and(|seen| seen.same)
}

/// A part of a list, however it is shown, or an answer that breaks off: a list is known whole, or is said not to be.
/// Nobody who is there is taken for gone by it, and nothing that somebody has is taken for nothing.
pub async fn a_part_is_never_taken_for_all(company: &dyn Company) {
    let open = |port| company.open(port).expect("opens");
    let many = 2 * company.offers().page + 1;
    let people: Vec<Person> = (1..=many)
        .map(|n| Person::new(company, 3_000 + n))
        .collect();
    for person in &people {
        let made = bring(&open(company.port()), person, &person.goal(Stage::Given)).await;
        made.expect("made");
    }
    broken_off(company, &people).await;
    let lists = company.lists();
    let front = Front::before(company.port(), lists).await;
    let Some(front) = front.expect("a proxy") else {
        return;
    };
    for shows in lists.parts() {
        front.shows(shows);
        let read = all_of(open(front.port()).as_ref()).await;
        assert!(front.spoiled() > 0, "{shows:?}: nothing was spoiled");
        match read {
            Err(Fault::Incomplete { .. }) => {}
            Ok(all) if shows.may_be_whole() => {
                let missing = people.iter().find(|person| !all.contains(person.name()));
                let missing = missing.map(Person::name);
                assert_eq!(
                    missing, None,
                    "{shows:?}: a list of all leaves out somebody"
                );
            }
            other => panic!("{shows:?}: {other:?}"),
        }
        for person in [&people[0], &people[many - 1]] {
            let seen = is_verified(open(front.port()).as_ref(), person, Stage::Left).await;
            assert!(!seen, "{shows:?}: {} counts as cut off", person.name());
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
