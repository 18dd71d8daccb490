//! What can be wrong with the file of a ledger, each made with a real file, and told apart; and all of its items as
//! they are.

#![allow(clippy::unwrap_used)]

mod sdk;

use std::{fs, path::Path};

use jiff::Timestamp;
use latchkey_ledger::{Attribute, FileTrouble, Ledger, LedgerError, LedgerId, WholeItem, embedded};
use latchkey_lifecycle::{EmployeeId, PersonDraft};
use rusqlite::Connection;

fn now() -> Timestamp {
    "2026-11-23T07:00:00Z".parse().unwrap()
}

async fn hire(ledger: &Ledger, number: u32) -> Result<(), LedgerError> {
    let id = EmployeeId::new(number.to_string()).unwrap();
    let draft = PersonDraft::try_from(id.as_str()).unwrap();
    ledger.import_person(&id, draft, now()).await.map(|_| ())
}

/// A ledger of some people in a file, which nobody has open.
async fn file(folder: &Path) -> std::path::PathBuf {
    let path = folder.join("ledger.sqlite");
    let ledger = embedded::open_file_here(&path).await.unwrap();
    for number in 0..60 {
        hire(&ledger, number).await.unwrap();
    }
    path
}

fn trouble<T: std::fmt::Debug>(result: Result<T, LedgerError>) -> FileTrouble {
    match result.unwrap_err() {
        LedgerError::File { trouble, .. } => trouble,
        other => panic!("{other}"),
    }
}

#[tokio::test]
async fn what_is_no_ledger_and_what_a_later_version_wrote_are_told_apart_and_left_as_they_are() {
    let folder = tempfile::tempdir().unwrap();
    let path = file(folder.path()).await;
    let table = Connection::open(&path).unwrap();
    let later = "update _config set value = '9999' where key = 'schema_version'";
    assert_eq!(table.execute(later, []).unwrap(), 1);
    drop(table);
    assert_eq!(
        trouble(embedded::open(Some(&path)).await),
        FileTrouble::Newer
    );

    let text = "people,and,their,access\n".repeat(1_000);
    fs::write(&path, &text).unwrap();
    assert_eq!(
        trouble(embedded::open(Some(&path)).await),
        FileTrouble::NotALedger
    );
    assert_eq!(fs::read_to_string(&path).unwrap(), text);
    let nowhere = folder.path().join("not/there.sqlite");
    assert_eq!(
        trouble(embedded::open(Some(&nowhere)).await),
        FileTrouble::OutOfReach
    );
}

#[tokio::test]
async fn damaged_pages_are_called_so_by_whoever_meets_them() {
    let folder = tempfile::tempdir().unwrap();
    let path = file(folder.path()).await;
    let mut bytes = fs::read(&path).unwrap();
    // All but the pages that the database reads when it opens.
    let pages = bytes.len() / 4096;
    let roots: Vec<usize> = {
        let table = Connection::open(&path).unwrap();
        let all = "select rootpage from sqlite_master where name like 'latchkey%' or tbl_name like 'latchkey%'";
        let mut all = table.prepare(all).unwrap();
        let roots = all.query_map([], |row| row.get(0)).unwrap();
        roots.flatten().collect()
    };
    assert!(roots.iter().all(|root| *root <= pages));
    for root in roots {
        bytes[(root - 1) * 4096..(root - 1) * 4096 + 64].fill(0xff);
    }
    fs::write(&path, bytes).unwrap();
    let ledger = embedded::open(Some(&path)).await.unwrap();
    assert_eq!(trouble(ledger.people(None, 10).await), FileTrouble::Damaged);
    let error = ledger.people(None, 10).await.unwrap_err().to_string();
    assert!(
        error.contains("latchkey restore") && error.contains("dmesg"),
        "{error}"
    );
}

/// It takes the five seconds that the database waits for whoever is in its way.
#[tokio::test]
async fn a_file_that_another_process_holds_is_held_and_goes_on_when_it_is_let_go() {
    let folder = tempfile::tempdir().unwrap();
    let path = file(folder.path()).await;
    let ledger = embedded::open(Some(&path)).await.unwrap();
    let other = Connection::open(&path).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let held = trouble(hire(&ledger, 100).await);
    assert_eq!(held, FileTrouble::Held);
    assert!(held.may_pass());
    other.execute_batch("ROLLBACK").unwrap();
    hire(&ledger, 100).await.unwrap();
}

#[tokio::test]
async fn a_full_disk_is_what_the_database_calls_so() {
    let folder = tempfile::tempdir().unwrap();
    let path = file(folder.path()).await;
    let table = Connection::open(&path).unwrap();
    let pages: u32 = table
        .query_row("PRAGMA page_count", [], |row| row.get(0))
        .unwrap();
    table.pragma_update(None, "max_page_count", pages).unwrap();
    let error = table
        .execute_batch("create table more as select * from latchkey")
        .unwrap_err();
    let full = FileTrouble::of(&error.to_string());
    assert_eq!(full, Some(FileTrouble::Full), "{error}");
    assert_eq!(FileTrouble::of("UNIQUE constraint failed"), None);
}

async fn a_ledger_has_one_id_and_keeps_it(ledger: Ledger) {
    assert_eq!(ledger.id().await.unwrap(), None);
    let [one, other] = [[1; 16], [0xab; 16]].map(LedgerId::of);
    assert_eq!(ledger.identify(one.clone(), now()).await.unwrap(), one);
    assert_eq!(ledger.identify(other.clone(), now()).await.unwrap(), one);
    assert_eq!(ledger.id().await.unwrap(), Some(one));
    assert_eq!(
        LedgerId::written(" abababababababababababababababab\n"),
        other
    );
}

/// All items, page by page.
async fn all(ledger: &Ledger) -> Vec<WholeItem> {
    let (mut all, mut from) = (Vec::new(), None);
    loop {
        let page = ledger.every_item(from).await.unwrap();
        all.extend(page.items);
        match page.next {
            Some(next) => from = Some(next),
            None => break,
        }
    }
    all.sort_by_key(|item| serde_json::to_string(item).unwrap());
    all
}

async fn every_item_comes_along_with_what_nobody_here_knows(ledger: Ledger) {
    for number in 0..7 {
        hire(&ledger, number).await.unwrap();
    }
    // More than a page of an answer (1 MB), and more than a batch.
    let large = |n: u32| {
        let attributes = [
            ("pk", Attribute::S(format!("LETTERS#{n}"))),
            ("sk", Attribute::S("LETTER".into())),
            ("body", Attribute::S("x".repeat(100_000))),
            ("expires", Attribute::N("1764054000".into())),
        ];
        let attributes = attributes.map(|(name, value)| (name.to_owned(), value));
        WholeItem(attributes.into())
    };
    for n in 0..30 {
        let left = ledger.put_items(vec![large(n)]).await.unwrap();
        assert_eq!(left, []);
    }
    let here = all(&ledger).await;
    assert_eq!(here.len(), 44);
    assert_eq!(here.iter().filter(|item| item.is_indexed()).count(), 7);
    assert!(here.contains(&large(7)), "it comes as it was written");
    let there = embedded::open_here().await.unwrap();
    for items in here.chunks(latchkey_ledger::WRITTEN_AT_ONCE) {
        there.put_items(items.to_vec()).await.unwrap();
    }
    assert_eq!(all(&there).await, here);
    assert_eq!(there.people(None, 10).await.unwrap().people.len(), 7);
    let asked = vec![here[0].clone(), large(99)];
    assert_eq!(there.not_there(asked).await.unwrap(), [large(99)]);
}

macro_rules! each_way {
    ($($test:ident,)*) => {
        mod behind_the_sdk {
            $(#[tokio::test]
            async fn $test() {
                super::$test(super::sdk::open().await).await;
            })*
        }
        mod in_a_thread {
            $(#[tokio::test]
            async fn $test() {
                super::$test(super::embedded::open(None).await.unwrap()).await;
            })*
        }
        mod straight {
            $(#[tokio::test]
            async fn $test() {
                super::$test(super::embedded::open_here().await.unwrap()).await;
            })*
        }
    };
}

each_way! {
    a_ledger_has_one_id_and_keeps_it,
    every_item_comes_along_with_what_nobody_here_knows,
}
