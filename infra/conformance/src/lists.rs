//! Lists, page by page.

use std::collections::BTreeMap;

use crate::{Company, Person, Stage, person::bring};

/// Every account is listed once, with what it has, wherever a page ends.
pub async fn every_page_is_read_once(company: &dyn Company) {
    let page = company.offers().page;
    let system = company.open(company.port()).expect("opens");
    let mut made = 0;
    // A page that is not full, one that is, and one more.
    for many in [page - 1, page, page + 1, 2 * page] {
        while made < many {
            made += 1;
            let person = Person::new(company, 1_000 + made);
            let stage = if made % 2 == 0 {
                Stage::Given
            } else {
                Stage::Made
            };
            bring(&system, &person, &person.goal(stage))
                .await
                .expect("made");
        }
        let fresh = company.open(company.port()).expect("opens");
        let mut seen: BTreeMap<String, usize> = BTreeMap::new();
        let mut next = None;
        loop {
            let read = fresh.list(next.as_ref()).await.expect("a page");
            assert!(
                read.accounts.len() <= page,
                "{} on a page",
                read.accounts.len()
            );
            for found in read.accounts {
                let has = found.account.entitlements.len();
                let twice = seen.insert(found.account.name.clone(), has);
                assert_eq!(twice, None, "{} is listed twice", found.account.name);
            }
            next = read.next;
            if next.is_none() {
                break;
            }
        }
        for number in 1..=made {
            let person = Person::new(company, 1_000 + number);
            let has = if number % 2 == 0 { 2 } else { 0 };
            assert_eq!(
                seen.get(person.name()),
                Some(&has),
                "{} of {made}",
                person.name()
            );
        }
    }
}
