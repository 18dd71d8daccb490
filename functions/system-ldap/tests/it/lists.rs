//! Lists whose place is lost.

use std::collections::BTreeSet;

use latchkey_conformance::{Cut, Wire};
use latchkey_peers::Members;
use latchkey_systems::{Fault, Page};

use crate::{
    by_hand::{Directory, Of, PAGE},
    leaving::account,
};

async fn filled(directory: &Directory) -> BTreeSet<String> {
    let names: BTreeSet<String> = (0..3 * PAGE).map(|n| format!("p{n}")).collect();
    for name in &names {
        let mut account = account(name, &["vpn"]);
        account.employee_id = None;
        directory.make(&account).await;
    }
    names
}

fn note(page: &Page, seen: &mut BTreeSet<String>) {
    for found in &page.accounts {
        let name = &found.account.name;
        assert_eq!(found.account.entitlements, ["vpn".into()].into(), "{name}");
        assert!(seen.insert(name.clone()), "{name} is listed twice");
    }
}

#[tokio::test]
async fn a_list_goes_on_in_another_process() {
    for members in [Members::Plain, Members::Tracked] {
        let directory = Directory::start(members).await.unwrap();
        let names = filled(&directory).await;
        let mut seen = BTreeSet::new();
        let mut next = None;
        loop {
            // A system that knows nothing, each time.
            let page = directory.open().list(next.as_ref()).await.unwrap();
            note(&page, &mut seen);
            next = page.next;
            if next.is_none() {
                break;
            }
        }
        assert_eq!(seen, names);
    }
}

#[tokio::test]
async fn a_list_goes_on_when_the_connection_dies() {
    // A cookie means nothing on another connection, and not every server says so.
    for of in [Of::OpenLdap, Of::Ds389] {
        let directory = Directory::of(of, Members::Tracked).await.unwrap();
        goes_on(&directory).await;
    }
}

async fn goes_on(directory: &Directory) {
    let names = filled(directory).await;
    let wire = Wire::to(directory.server.port()).await.unwrap();
    let system = directory.open_at(wire.port).unwrap();
    let mut seen = BTreeSet::new();
    let mut next = None;
    loop {
        let page = system.list(next.as_ref()).await.unwrap();
        note(&page, &mut seen);
        next = page.next;
        if next.is_none() {
            break;
        }
        wire.cut(1, Cut::Before);
    }
    assert_eq!(seen, names);
}

#[tokio::test]
async fn two_lists_are_read_at_once() {
    let directory = Directory::start(Members::Tracked).await.unwrap();
    let names = filled(&directory).await;
    let system = directory.open();
    let (mut one, mut other) = (BTreeSet::new(), BTreeSet::new());
    let (mut of_one, mut of_other) = (None, None);
    loop {
        let page = system.list(of_one.as_ref()).await.unwrap();
        note(&page, &mut one);
        of_one = page.next;
        let page = system.list(of_other.as_ref()).await.unwrap();
        note(&page, &mut other);
        of_other = page.next;
        if of_one.is_none() {
            break;
        }
    }
    assert_eq!((one, other), (names.clone(), names));
}

#[tokio::test]
async fn a_place_that_is_gone_is_not_guessed() {
    let directory = Directory::start(Members::Plain).await.unwrap();
    filled(&directory).await;
    let page = directory.open().list(None).await.unwrap();
    let last = page.accounts.last().unwrap().handle.clone();
    let mut admin = directory.admin().await;
    admin.delete(&last).await.unwrap().success().unwrap();
    let fault = directory.open().list(page.next.as_ref()).await.unwrap_err();
    assert!(matches!(fault, Fault::NotYet { .. }), "{fault}");
}
