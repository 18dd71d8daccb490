//! One system: what it gives, to whom, and how it is.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use latchkey_ledger::{
    Ledger,
    embedded::{Gate, Passage, open_gated},
};
use latchkey_lifecycle::{
    Account, CaseId, EmployeeId, Entry, Order, PersonDraft, Standing, SystemId, Takes,
};
use latchkey_runbook::Source;
use latchkey_tests::{Rehearsal, acme};

use crate::browser::{Browser, company};

const IT: &str = "ada.king@acme.example";
const FACILITIES: &str = "maria.silva@acme.example";

async fn sweeps(rehearsal: &Rehearsal) {
    let deps = rehearsal.stack.sweep_deps();
    sweep::handle(&deps, &sweep::Request::default())
        .await
        .unwrap();
}

#[tokio::test]
async fn what_a_system_gives_is_counted_by_the_sweep_and_named_by_the_ledger() {
    let mut rehearsal = company().await;
    let case = rehearsal.take_in("hire.json").await;
    let mut it = Browser::of(&rehearsal, IT).await;
    let before = it.get("/systems/directory").await;
    assert!(
        before.text.contains("none has read all of it yet"),
        "{}",
        before.text
    );
    let mut answers = latchkey_tests::Answers::willing();
    rehearsal.play(&mut answers, None).await;
    rehearsal.case(&case).await;
    sweeps(&rehearsal).await;
    let mut it = Browser::of(&rehearsal, IT).await;
    let after = it.get("/systems/directory").await;
    assert!(
        after.text.contains("Counted when all of it was last read"),
        "{}",
        after.text
    );
    assert!(
        after.text.contains("No finding is open here."),
        "{}",
        after.text
    );
    assert!(
        !after.text.contains(" fewer") && !after.text.contains(" more<"),
        "{}",
        after.text
    );
    let links = after
        .text
        .split("href=\"/systems/directory/who?has=")
        .skip(1);
    let mut named = 0;
    for link in links {
        let (has, _) = link.split_once('"').unwrap();
        let who = it.get(&format!("/systems/directory/who?has={has}")).await;
        assert_eq!(who.status, 200, "{has}");
        let zoe = who.text.contains("Zoë Müller");
        named += usize::from(zoe);
        assert!(
            !zoe || who.text.contains("href=\"/people/1042\""),
            "{}",
            who.text
        );
    }
    assert!(named > 0, "{}", after.text);
    for strange in ["", "group:nothing", "%00"] {
        let page = it
            .get(&format!("/systems/directory/who?has={strange}"))
            .await;
        assert_eq!(page.status, 404, "{strange}");
    }
}

#[tokio::test]
async fn a_system_is_shown_to_who_may_see_it() {
    let rehearsal = company().await;
    let mut it = Browser::of(&rehearsal, IT).await;
    assert!(
        it.get("/systems")
            .await
            .text
            .contains("href=\"/systems/chat\"")
    );
    assert_eq!(it.get("/systems/nothing").await.status, 404);
    let mut facilities = Browser::of(&rehearsal, FACILITIES).await;
    let other = facilities.get("/systems/chat").await;
    assert_eq!(other.status, 403);
    assert!(other.text.contains("Who can help"), "{}", other.text);
    let who = "/systems/chat/who?has=group:general";
    assert_eq!(facilities.get(who).await.status, 403);
    // What its team does by hand has a page, too.
    let own = facilities.get("/systems").await;
    let (_, link) = own.text.split_once("href=\"/systems/").unwrap();
    let (id, _) = link.split_once('"').unwrap();
    let page = facilities.get(&format!("/systems/{id}")).await;
    assert!(
        page.status == 200 && page.text.contains("by hand"),
        "{}",
        page.text
    );
}

/// Counts the calls that come to the ledger.
#[derive(Debug, Default)]
struct Counting(AtomicUsize);

impl Gate for Counting {
    fn pass(&self, _: &str) -> Passage {
        self.0.fetch_add(1, Ordering::Relaxed);
        Passage::Answered
    }
}

/// So many people who have something in the chat.
async fn people(ledger: &Ledger, group: &str, all: usize) {
    let chat = SystemId::new("chat").unwrap();
    let begin = latchkey_tests::BEGIN.parse().unwrap();
    for n in 0..all {
        let employee = EmployeeId::new(format!("{n:05}")).unwrap();
        let record = PersonDraft {
            given_name: Some("Ana".to_owned()),
            family_name: Some(format!("Number {n}")),
            ..PersonDraft::default()
        };
        ledger
            .import_person(&employee, record, begin)
            .await
            .unwrap();
        let account = Account {
            employee_id: Some(employee.clone()),
            name: format!("ana.{n}"),
            active: true,
            attributes: Default::default(),
            entitlements: [group.into()].into(),
        };
        let enter = |standing: &mut Standing| {
            let entry = Entry {
                case: &CaseId::new(format!("hire-{n}")).unwrap(),
                order: Order::of_old(jiff::civil::date(2026, 11, 2), begin),
                instead_of: &[],
            };
            standing.enter(entry, Some(account.clone()), Takes::Nothing);
        };
        let changed = ledger.change_standing(&employee, &chat, enter).await;
        changed.unwrap();
    }
}

/// A console on a ledger whose calls are counted; the address of its pages.
async fn counted(rehearsal: &Rehearsal, all: usize) -> (Arc<Counting>, String, Ledger) {
    let counting = Arc::new(Counting::default());
    let ledger = open_gated(Arc::clone(&counting) as Arc<dyn Gate>)
        .await
        .unwrap();
    let runbook: Source = acme();
    let begin = latchkey_tests::BEGIN.parse().unwrap();
    ledger
        .publish_runbook(&runbook.version(), runbook.files(), begin)
        .await
        .unwrap();
    let checked = latchkey_runbook::Runbook::check(&runbook).runbook.unwrap();
    let chat = SystemId::new("chat").unwrap();
    let group = checked.entitlements(&chat).pop_first().unwrap().to_string();
    people(&ledger, &group, all).await;
    let deps = console::Deps {
        intake: latchkey_decisions::Deps {
            ledger: ledger.clone(),
            ..rehearsal.stack.intake.clone()
        },
        links: Arc::clone(&rehearsal.stack.links),
        sign_in: console::SignInBy::Links,
        place: Arc::clone(&rehearsal.stack.place),
        attachments: Arc::new(console::InMemory::default()),
        repairs: None,
    };
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let at = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, console::router(deps)).await });
    (counting, at, ledger)
}

/// Whatever the size of the company, a page asks the ledger as often.
#[tokio::test]
async fn a_page_of_a_system_reads_as_much_of_a_large_company_as_of_a_small_one() {
    let rehearsal = company().await;
    let mut asked = Vec::new();
    for all in [3, 120] {
        let (counting, at, ledger) = counted(&rehearsal, all).await;
        let (_, runbook) = rehearsal.stack.runbooks.current(&ledger).await.unwrap();
        let now = rehearsal.stack.clock.now();
        let link = console::sign_in_link(&ledger, &runbook, now, ("", IT))
            .await
            .unwrap();
        let mut it = Browser::at(at);
        assert_eq!(it.post(&link, &[]).await.status, 303);
        let chat = SystemId::new("chat").unwrap();
        let group = runbook.entitlements(&chat).pop_first().unwrap();
        let who = format!("/systems/chat/who?has={group}");
        let mut calls = Vec::new();
        for path in ["/systems/chat", &who, "/systems", "/setup"] {
            it.get(path).await;
            counting.0.store(0, Ordering::Relaxed);
            let page = it.get(path).await;
            assert_eq!(page.status, 200, "{}", page.text);
            calls.push(counting.0.load(Ordering::Relaxed));
        }
        let list = it.get(&who).await.text;
        assert_eq!(list.matches("data-row").count(), all.min(50));
        assert_eq!(list.contains("rel=\"next\""), all > 50, "{list}");
        asked.push(calls);
    }
    assert_eq!(asked[0], asked[1]);
    // Who is signed in takes some of them; the page itself a handful.
    assert!(asked[0].iter().all(|calls| *calls <= 45), "{asked:?}");
    assert!(asked[0][..2].iter().all(|calls| *calls <= 16), "{asked:?}");
}
