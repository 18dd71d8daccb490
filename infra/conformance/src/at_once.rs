//! Two tasks for one person in one system, carried out at the same moment.

use std::sync::Arc;

use latchkey_lifecycle::Goal;
use latchkey_systems::{Fault, System};

use crate::{
    Company, Person, Stage,
    person::{bring, settled},
};

/// How often a task that lost the race is carried out again, as the workflow does.
const TRIES: usize = 5;

/// Two tasks that are at one account at the same moment make it once and give everything once: it is listed once, and
/// an exit leaves nothing of it.
pub async fn two_at_once_give_everything_once(company: &dyn Company) {
    let open = || company.open(company.port()).expect("opens");
    let person = Person::new(company, 1);
    // It is not there yet; it is there and has nothing; it has something and is to have something else.
    for stage in [Stage::Given, Stage::Made, Stage::Given, Stage::Changed] {
        let goal = person.goal(stage);
        let (one, other) = (open(), open());
        tokio::join!(
            through(&one, &person, &goal),
            through(&other, &person, &goal)
        );
        let seen = settled(company, &person, &goal).await;
        let seen = seen.unwrap_or_else(|fault| panic!("{stage:?}: {fault}"));
        assert!(seen.same, "{stage:?}: {:?}", seen.differences);
        assert_eq!(listed(company, &person).await, 1, "{stage:?}");
    }
    // What was given twice would stay after it was taken once.
    let left = person.goal(Stage::Left);
    through(&open(), &person, &left).await;
    let seen = settled(company, &person, &left).await.expect("read back");
    assert!(seen.same, "{:?}", seen.differences);
}

async fn through(system: &Arc<dyn System>, person: &Person, goal: &Goal) {
    let mut last = None;
    for _ in 0..TRIES {
        match bring(system, person, goal).await {
            Ok(_) => return,
            Err(fault @ (Fault::Several { .. } | Fault::Unauthorized { .. })) => panic!("{fault}"),
            Err(fault) => last = Some(fault),
        }
    }
    panic!("{last:?}");
}

/// How many accounts of the person there are.
async fn listed(company: &dyn Company, person: &Person) -> usize {
    let system = company.open(company.port()).expect("opens");
    let (mut all, mut next) = (0, None);
    loop {
        let page = system.list(next.as_ref()).await.expect("a page");
        let theirs = page.accounts.iter().filter(|found| {
            found.account.name == person.name()
                || found.account.employee_id.as_ref() == Some(&person.id())
        });
        all += theirs.count();
        next = page.next;
        if next.is_none() {
            return all;
        }
    }
}
