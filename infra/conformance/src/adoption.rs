//! Accounts that are there already: adopted when they are the person's, left alone when they are not.

use latchkey_lifecycle::Account;
use latchkey_systems::Fault;

use crate::{
    Company, Person, Stage,
    person::{bring, reach},
};

/// Somebody's account of old is taken over as it is, by employee id, or by its name where it has none; what they have
/// beside the runbook stays.
pub async fn accounts_that_are_there_already_are_adopted(company: &dyn Company) {
    let offers = company.offers();
    let by_name = Person::new(company, 10);
    let bare = Account {
        employee_id: None,
        ..by_name.account(&[2], true)
    };
    company.make(&bare).await;
    let actual = reach(company, &by_name, Stage::Given)
        .await
        .expect("an account");
    assert_eq!(actual, by_name.account(&[0, 1], false));
    if !offers.employee_id {
        return;
    }
    let by_id = Person::new(company, 11);
    let other_name = Account {
        name: company.name("somethingelse"),
        ..by_id.account(&[0], false)
    };
    company.make(&other_name).await;
    let actual = reach(company, &by_id, Stage::Given)
        .await
        .expect("an account");
    // It keeps the name that it has.
    let wanted = Account {
        name: other_name.name,
        ..by_id.account(&[0, 1], false)
    };
    assert_eq!(actual, wanted);
}

/// An account that says it is another employee's is theirs, and two that match are for a person to look at.
pub async fn nobody_is_taken_for_another(company: &dyn Company) {
    let offers = company.offers();
    if !offers.employee_id {
        return;
    }
    let open = || company.open(company.port()).expect("opens");
    let holder = Person::new(company, 20);
    reach(company, &holder, Stage::Given).await;
    let stranger = Person::new(company, 21);
    let mut sought = stranger.sought();
    sought.name = Some(holder.name().to_owned());
    match open().read(&sought).await {
        Err(Fault::Taken { holder: whose, .. }) => assert_eq!(whose, Some(holder.id())),
        other => panic!("another's account name: {other:?}"),
    }
    // Who is to have none is not held up by that.
    sought.name = Some(stranger.name().to_owned());
    assert_eq!(open().read(&sought).await.expect("read"), None);
    let twice = Person::new(company, 22);
    for name in ["twicea", "twiceb"] {
        let account = Account {
            name: company.name(name),
            attributes: [].into(),
            ..twice.account(&[], false)
        };
        company.make(&account).await;
    }
    let both = async || match open().read(&twice.sought()).await {
        Err(Fault::Several { accounts, .. }) if accounts.len() == 2 => accounts,
        two => panic!("two accounts: {two:?}"),
    };
    assert!(both().await.iter().all(|found| found.account.active));
    let given = bring(&open(), &twice, &twice.goal(Stage::Given)).await;
    assert!(
        matches!(given, Err(Fault::Several { .. })),
        "two accounts: {given:?}"
    );
    // Either may be theirs, so neither goes on; which it is, a person says.
    let cut = bring(&open(), &twice, &twice.goal(Stage::Left)).await;
    assert!(
        matches!(cut, Err(Fault::Conflict { .. })),
        "two accounts: {cut:?}"
    );
    match offers.suspends {
        true => assert!(both().await.iter().all(|found| !found.account.active)),
        // Suspending removes them.
        false => assert_eq!(open().read(&twice.sought()).await.expect("read"), None),
    }
}
