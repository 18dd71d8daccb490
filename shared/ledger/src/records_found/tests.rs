#![allow(clippy::unwrap_used)]

use std::sync::{Arc, Mutex};

use latchkey_lifecycle::{AuditBody, Signer, What};
use serde_json::Value;

use super::*;
use crate::embedded::{self, Gate, Passage};

/// Counts calls.
#[derive(Debug, Default)]
struct Calls(Mutex<Vec<String>>);

impl Gate for Calls {
    fn pass(&self, operation: &str) -> Passage {
        self.0.lock().unwrap().push(operation.to_owned());
        Passage::Answered
    }
}

fn body(second: i64, by: &str, what: What) -> AuditBody {
    AuditBody {
        at: Timestamp::from_second(second).unwrap(),
        by: by.to_owned(),
        what,
        text: format!("At {second}."),
        detail: Value::Null,
    }
}

fn seconds(page: &RecordsPage) -> Vec<i64> {
    let records = page.records.iter();
    records
        .map(|found| found.record.body.at.as_second())
        .collect()
}

#[tokio::test]
async fn records_are_found_by_who_kind_and_day_and_a_page_reads_as_much_whatever_there_is() {
    let calls = Arc::new(Calls::default());
    let ledger = embedded::open_gated(calls.clone()).await.unwrap();
    let ada = "Ada King (Ada.King@acme.example)";
    for second in 0..400 {
        let (by, what) = match second % 4 {
            0 => (ada, What::Downloaded),
            1 => ("sweep", What::LookedThrough),
            2 => ("Bo Lind", What::Done),
            _ => ("ask", What::Asked),
        };
        ledger.note_in_book(body(second, by, what)).await.unwrap();
    }
    calls.0.lock().unwrap().clear();
    let page = async |asked: &RecordsAsked, after: Option<&RecordPlace>| {
        ledger.records_found(asked, 50, after).await.unwrap()
    };
    let all = page(&RecordsAsked::default(), None).await;
    assert_eq!(seconds(&all), (350..400).rev().collect::<Vec<_>>());
    // One query for each kind of act, and one read of all records.
    let made = calls.0.lock().unwrap().len();
    assert_eq!(made, Act::all().count() + 1);
    let next = page(&RecordsAsked::default(), all.next.as_ref()).await;
    assert_eq!(seconds(&next), (300..350).rev().collect::<Vec<_>>());

    let who: BTreeSet<String> = Signer::of(ada).found_by().into_iter().collect();
    let hers = RecordsAsked {
        who: who.clone(),
        ..RecordsAsked::default()
    };
    let found = page(&hers, None).await;
    assert_eq!(found.records.len(), 50);
    assert!(found.records.iter().all(|one| one.record.body.by == ada));
    let rest = page(&hers, found.next.as_ref()).await;
    assert_eq!((rest.records.len(), rest.next), (50, None));

    let day = RecordsAsked {
        act: Some(Act::Said),
        from: Timestamp::from_second(100).ok(),
        until: Timestamp::from_second(120).ok(),
        ..RecordsAsked::default()
    };
    assert_eq!(seconds(&page(&day, None).await), [118, 114, 110, 106, 102]);
    // What does not go together is nowhere.
    let neither = RecordsAsked {
        who,
        act: Some(Act::Told),
        ..RecordsAsked::default()
    };
    let none = page(&neither, None).await;
    assert_eq!((none.records.len(), none.next), (0, None));
    for stray in [
        "",
        "x",
        "1#BOOK#AUDIT#1",
        "00000000000000001#BOOK",
        "BOOK#AUDIT#1",
    ] {
        assert_eq!(RecordPlace::of(stray), None, "{stray}");
    }
}

#[tokio::test]
async fn records_under_several_names_are_one_list_page_by_page() {
    let ledger = embedded::open(None).await.unwrap();
    for second in 0..120 {
        let (by, what) = match second % 4 {
            0 => ("Ada King (ada.king@acme.example)", What::Downloaded),
            1 => ("Ada King", What::Done),
            2 => ("Ada King, by HR system (generic)", What::Noted),
            _ => ("Bo Lind", What::Done),
        };
        ledger.note_in_book(body(second, by, what)).await.unwrap();
    }
    let who = [
        "ada.king@acme.example",
        "ada king",
        "ada king, by hr system (generic)",
    ];
    let mut asked = RecordsAsked {
        who: who.map(str::to_owned).into(),
        ..RecordsAsked::default()
    };
    let all = async |asked: &RecordsAsked, limit: u16| {
        let (mut found, mut after) = (Vec::new(), None);
        loop {
            let page = ledger
                .records_found(asked, limit, after.as_ref())
                .await
                .unwrap();
            assert!(page.records.len() <= usize::from(limit));
            found.extend(seconds(&page));
            after = page.next;
            if after.is_none() {
                return found;
            }
        }
    };
    let hers: Vec<i64> = (0..120).rev().filter(|second| second % 4 != 3).collect();
    for limit in [1, 7, 50, 250] {
        assert_eq!(all(&asked, limit).await, hers, "{limit}");
    }
    asked.act = Some(What::Done.act());
    let done: Vec<i64> = (0..120).rev().filter(|second| second % 4 == 1).collect();
    assert_eq!(all(&asked, 7).await, done);
}
