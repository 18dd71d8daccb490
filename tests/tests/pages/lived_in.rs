//! A company that has lived with Latchkey for months: every link leads somewhere, and no page asks more of the ledger
//! because there is more in it.

use std::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    io::Write,
    process::{Command, Stdio},
};

use latchkey_ledger::{Shelf, Where};
use latchkey_lifecycle::{CaseState, FindingState, TaskState};
use latchkey_tests::{
    Rehearsal,
    filled::fill,
    visitor::{Asked, Visitor, kind_of, links, pages},
};

/// Somebody of each role: HR, an operator, an auditor, Security, a manager, and two teams' members.
const ROLES: [&str; 7] = [
    "ines.albrecht@acme.example",
    "ada.king@acme.example",
    "eva.lind@acme.example",
    "chidi.eze@acme.example",
    "tom.keller@acme.example",
    "maria.silva@acme.example",
    "yuki.mori@acme.example",
];
/// So many pages of one kind are looked at by each.
const OF_A_KIND: usize = 25;
/// Bytes over the wire, gzip, of docs/PAGES.md.
const WEIGHT: usize = 12 * 1024;
/// No page asks more of the ledger.
const MOST: Asked = Asked {
    calls: 120,
    items: 1500,
    units: 1500,
};

async fn company() -> Rehearsal {
    Rehearsal::lived_in(90, 60).await
}

/// Bytes of a page over the wire.
fn weight(text: &str) -> usize {
    let mut gzip = Command::new("gzip");
    let gzip = gzip.arg("-c").stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut gzip = gzip.spawn().unwrap();
    gzip.stdin
        .take()
        .unwrap()
        .write_all(text.as_bytes())
        .unwrap();
    gzip.wait_with_output().unwrap().stdout.len()
}

/// Follows every link from the first page. Gives the heaviest page and the most that was asked, of each kind.
async fn crawl(it: &Rehearsal, address: &str) -> BTreeMap<String, (usize, String)> {
    let visitor = Visitor::of(&it.stack, address).await;
    let mut known: BTreeSet<String> = ["/".to_owned()].into();
    let mut of_a_kind: BTreeMap<String, usize> = BTreeMap::new();
    let mut heaviest: BTreeMap<String, (usize, String)> = BTreeMap::new();
    let mut coming: VecDeque<(String, String)> =
        [("/".to_owned(), "the address".to_owned())].into();
    while let Some((path, from)) = coming.pop_front() {
        let kind = kind_of(&path);
        let count = of_a_kind.entry(kind.clone()).or_default();
        *count += 1;
        if *count > OF_A_KIND {
            continue;
        }
        let seen = visitor.get(&path).await;
        let status = seen.status.as_u16();
        assert!(
            status < 400,
            "{address}: {path} of {from} answers {status}: {}",
            seen.text
        );
        let asked = seen.asked;
        let bounded =
            asked.calls <= MOST.calls && asked.items <= MOST.items && asked.units <= MOST.units;
        assert!(bounded, "{address}: {path} asks {asked:?}");
        let more = seen.to.into_iter().chain(links(&seen.text));
        for link in more {
            if known.insert(link.clone()) {
                coming.push_back((link, path.clone()));
            }
        }
        let best = heaviest.entry(kind).or_default();
        if best.1.len() < seen.text.len() {
            *best = (0, seen.text);
        }
    }
    for (kind, (bytes, text)) in &mut heaviest {
        *bytes = weight(text);
        let file = kind.ends_with(".css") || kind.ends_with(".js");
        assert!(
            file || *bytes <= WEIGHT,
            "{address}: {kind} weighs {bytes} bytes"
        );
    }
    heaviest
}

#[tokio::test]
async fn every_link_leads_somewhere_for_each_role_and_no_page_is_heavy() {
    let it = company().await;
    for address in ROLES {
        let pages = crawl(&it, address).await;
        for (kind, (bytes, _)) in &pages {
            println!("{address} {kind} {bytes}");
        }
        assert!(pages.len() >= 5, "{address} finds {:?}", pages.keys());
    }
}

#[tokio::test]
async fn a_company_that_has_lived_shows_every_state() {
    let it = company().await;
    let ledger = &it.stack.ledger;
    let open = ledger.cases(Shelf::Open, usize::MAX).await.unwrap();
    let closed = ledger.cases(Shelf::Closed, usize::MAX).await.unwrap();
    let is = |state: CaseState| open.iter().any(|case| case.state == state);
    assert!(is(CaseState::Held) && is(CaseState::Incomplete) && is(CaseState::Open));
    assert!(
        open.iter().any(|case| case.failed_at.is_some()),
        "one stands still"
    );
    assert!(
        closed
            .iter()
            .any(|case| case.state == CaseState::Superseded)
    );
    assert!(closed.iter().any(|case| case.state == CaseState::Closed));
    assert!((25..=50).contains(&open.len()), "{}", open.len());
    let mut states = BTreeSet::new();
    for case in &open {
        for row in ledger.tasks(&case.id).await.unwrap() {
            let row = row.item;
            let asking = row.asking.as_ref().filter(|asking| !asking.answered);
            let sent = |name: &str| asking.is_some_and(|a| a.sent.iter().any(|sent| sent == name));
            states.insert(match row.task.state {
                _ if row.task.trouble.is_some() => "trouble",
                TaskState::Declined => "declined",
                _ if sent("escalated") => "escalated",
                _ if asking.is_some_and(|asking| asking.due < it.now()) => "late",
                TaskState::Asked if row.in_hand.is_some() => "in hand",
                TaskState::Asked => "asked",
                TaskState::Verified => "verified",
                _ => "other",
            });
        }
    }
    for wanted in [
        "trouble",
        "declined",
        "escalated",
        "late",
        "in hand",
        "asked",
        "verified",
    ] {
        assert!(states.contains(wanted), "{wanted} is not among {states:?}");
    }
    let findings = ledger
        .findings(Shelf::Open, Where::Everywhere, None)
        .await
        .unwrap();
    let count = |state| {
        findings
            .findings
            .iter()
            .filter(|one| one.state == state)
            .count()
    };
    assert!(
        count(FindingState::Open) >= 3 && count(FindingState::Accepted) >= 2,
        "{findings:#?}"
    );
}

#[tokio::test]
async fn a_page_asks_no_more_of_the_ledger_where_four_times_as_much_is_in_it() {
    let mut asked = Vec::new();
    // Lists are full in both.
    for cases in [800, 3200] {
        let (it, [open, _]) = fill(cases).await;
        let visitor = Visitor::of(&it.stack, "ada.king@acme.example").await;
        let mut each = Vec::new();
        for path in pages(&visitor, &[open]).await {
            let seen = visitor.get(&path).await;
            // The board is of urgent exits: from another case's it leads back to the case.
            assert!(
                seen.status.is_success() || seen.status.is_redirection(),
                "{path} answers {}: {}",
                seen.status,
                seen.text
            );
            each.push((kind_of(&path), seen.asked.calls, seen.asked.items));
        }
        asked.push(each);
    }
    assert_eq!(asked[0], asked[1]);
}
