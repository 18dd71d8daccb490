//! The life of an account, with nothing in its way.

use latchkey_lifecycle::Goal;

use crate::{
    Company, Cut, Person, Stage, Wire,
    person::{bring, look, reach},
};

/// Absent → made → given → changed → suspended → restored → cut off → deleted, every step twice and read back afresh.
pub async fn a_whole_life_every_step_twice(company: &dyn Company) {
    let offers = company.offers();
    let person = Person::new(company, 1);
    for stage in Stage::LIFE {
        let actual = reach(company, &person, stage).await;
        let Goal::Have { account, .. } = person.goal(stage) else {
            let works = actual.is_some_and(|account| account.active);
            assert!(!works, "{stage:?}: sign-in works");
            if let Some(uses) = company.can_use(person.name()).await {
                assert!(!uses, "{stage:?}: the server lets them in");
            }
            continue;
        };
        let actual = actual.unwrap_or_else(|| panic!("{stage:?}: no account"));
        assert_eq!(actual, account, "{stage:?}");
        if let Some(uses) = company.can_use(person.name()).await {
            assert!(uses, "{stage:?}: the server does not let them in");
        }
    }
    // Somebody who is not there cannot be cut off, and that is as good.
    assert_eq!(reach(company, &person, Stage::Left).await, None);
    if offers.renames {
        let person = Person::new(company, 2);
        reach(company, &person, Stage::Given).await;
        let mut account = person.account(&[0, 1], false);
        account.name = company.name("zoe2renamed");
        let goal = Goal::Have {
            managed: person.goal(Stage::Given).managed().clone(),
            account,
            renames: true,
        };
        let system = company.open(company.port()).expect("opens");
        let outcome = bring(&system, &person, &goal).await.expect("renamed");
        assert_eq!(outcome.changes.len(), 1, "{:?}", outcome.changes);
        let fresh = company.open(company.port()).expect("opens");
        assert!(look(&fresh, &person, &goal).await.expect("read").same);
    }
}

/// What somebody does past Latchkey is seen, and mended.
pub async fn changes_by_hand_are_seen_and_mended(company: &dyn Company) {
    let [first, second, third] = company.offers().entitlements;
    let person = Person::new(company, 3);
    let goal = person.goal(Stage::Given);
    reach(company, &person, Stage::Given).await;
    let mended = async |what: &str| {
        let system = company.open(company.port()).expect("opens");
        let seen = look_once(&system, &person, &goal).await;
        assert!(!seen, "{what} is not seen");
        reach(company, &person, Stage::Given).await;
    };
    company.entitle(person.name(), &first, false).await;
    mended("what was taken").await;
    company.entitle(person.name(), &third, true).await;
    mended("what was given").await;
    company.entitle(person.name(), &second, false).await;
    company.entitle(person.name(), &third, true).await;
    mended("what was exchanged").await;
    if company.offers().suspends {
        company.set_active(person.name(), false).await;
        mended("who was cut off").await;
        reach(company, &person, Stage::Left).await;
        company.set_active(person.name(), true).await;
        let left = person.goal(Stage::Left);
        let system = company.open(company.port()).expect("opens");
        let seen = look_once(&system, &person, &left).await;
        assert!(!seen, "who was let in again is not seen");
        reach(company, &person, Stage::Left).await;
    }
}

async fn look_once(
    system: &std::sync::Arc<dyn latchkey_systems::System>,
    person: &Person,
    goal: &Goal,
) -> bool {
    look(system, person, goal).await.expect("read").same
}

/// An account is read with as few calls as the server allows, and so is an exit: sign-in and sessions are cut first,
/// before anybody asks what there is to take.
pub async fn few_calls(company: &dyn Company) {
    let offers = company.offers();
    let wire = Wire::to(company.port()).await.expect("a wire");
    let system = company.open(wire.port).expect("opens");
    // The first time it may have to sign in, and to look up what does not change.
    let known = async |number| {
        let person = Person::new(company, number);
        reach(company, &person, Stage::Made).await;
        let first = &offers.entitlements[0];
        company.entitle(person.name(), first, true).await;
        system.read(&person.sought()).await.expect("read");
        wire.reset();
        person
    };
    let person = known(4).await;
    system.read(&person.sought()).await.expect("read");
    let calls = wire.calls();
    assert!(
        calls <= offers.calls_to_read,
        "{calls} calls to read an account"
    );
    wire.reset();
    let outcome = bring(&system, &person, &person.goal(Stage::Suspended)).await;
    outcome.expect("suspended");
    let calls = wire.calls();
    assert!(calls <= offers.calls_to_cut, "{calls} calls to cut sign-in");
    let person = known(5).await;
    let outcome = bring(&system, &person, &person.goal(Stage::Left)).await;
    let changes = outcome.expect("cut off").changes;
    let calls = wire.calls();
    assert!(
        calls <= offers.calls_to_exit,
        "{calls} calls for an exit: {changes:?}"
    );
    // An exit that comes no further than those calls has cut sign-in.
    let person = known(6).await;
    wire.cut(offers.calls_to_cut + 1, Cut::Before);
    let _ = bring(&system, &person, &person.goal(Stage::Left)).await;
    if let Some(uses) = company.can_use(person.name()).await {
        assert!(!uses, "somebody can go on after an exit's first calls");
    }
}
