//! Habits of servers in the field. What does not speak HTTP has its own tests for its own.

use jiff::SignedDuration;
use latchkey_systems::Fault;

use crate::{
    Company, Habit, Person, Proxy, Stage,
    person::{bring, reach},
};

/// Who is asked to come later is told so, with the time.
pub async fn a_throttled_call_says_when(company: &dyn Company) {
    if !company.offers().http {
        return;
    }
    let proxy = Proxy::before(company.port()).await.expect("a proxy");
    let person = Person::new(company, 30);
    reach(company, &person, Stage::Given).await;
    let system = company.open(proxy.port).expect("opens");
    system.read(&person.sought()).await.expect("read");
    proxy.has(Habit::Throttles(7));
    let fault = system.read(&person.sought()).await;
    let wait = match fault {
        Err(Fault::Busy { retry_after, .. }) => retry_after,
        other => panic!("throttled: {other:?}"),
    };
    assert_eq!(wait, Some(SignedDuration::from_secs(7)));
    let goal = person.goal(Stage::Left);
    let left = bring(&system, &person, &goal).await;
    assert!(matches!(left, Err(Fault::Busy { .. })), "{left:?}");
    proxy.has(Habit::None);
    bring(&system, &person, &goal).await.expect("cut off");
}

/// More than was asked for, or a page that is none: nobody is taken for another, and nothing is taken for done.
pub async fn odd_answers_fool_nobody(company: &dyn Company) {
    if !company.offers().http {
        return;
    }
    let proxy = Proxy::before(company.port()).await.expect("a proxy");
    let (there, not_there) = (Person::new(company, 31), Person::new(company, 32));
    reach(company, &there, Stage::Given).await;
    reach(company, &Person::new(company, 33), Stage::Given).await;
    let open = || company.open(proxy.port).expect("opens");
    proxy.has(Habit::IgnoresQueries);
    for person in [&there, &not_there] {
        match open().read(&person.sought()).await {
            Ok(Some(found)) => assert_eq!(
                (found.account.name.as_str(), person.number),
                (there.name(), there.number)
            ),
            Ok(None) => assert_eq!(person.number, not_there.number),
            Err(fault) => assert!(!fault.to_string().is_empty()),
        }
    }
    for status in [200, 404, 500, 502] {
        proxy.has(Habit::Html(status));
        let seen = open().read(&there.sought()).await;
        match (status, seen) {
            (_, Err(_)) => {}
            // Where it is asked by its address, 404 is what it says when it is not there.
            (404, Ok(None)) => {}
            (_, seen) => panic!("HTML with {status}: {seen:?}"),
        }
    }
}
