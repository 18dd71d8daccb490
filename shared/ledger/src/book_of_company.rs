//! The book: an audit trail of what is about no case, task or finding. Who downloaded records, who had a file of people
//! looked at and taken in, when all trails were verified.

use jiff::Timestamp;
use latchkey_lifecycle::{
    AuditBody, AuditRecord, Audited, ChainFault, GENESIS, Mark, TrailFault, TrailOf, TrailProblem,
    What, verify_chain_after,
};
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::{
    Ledger, LedgerError, keys,
    ledger::{Committed, read},
    row::Row,
    store::{PageStart, Query, When, Write},
    ways_to_records::Chain,
};

/// How often a record is tried while others write into the book: of many at once one comes through each time.
const TRIES: usize = 100;

/// What the book itself is: all of it stands in its records.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Book {
    /// Whether its end is noted apart from it, too ([`EndOfBook`]). Not by earlier releases.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    noted: bool,
}

/// Where the book ends, as the company notes it apart from the book.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct EndOfBook {
    /// So many records it has.
    records: u64,
    /// The hash of the last one.
    hash: String,
}

impl Audited for Book {
    fn mark(&self) -> Mark {
        Mark {
            state: "open".to_owned(),
            digest: String::new(),
        }
    }
}

/// That all trails were verified.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct LookedThrough {
    /// When the last of them was (UTC).
    pub at: Timestamp,
    /// By whom: `sweep`, or as whoever ran `latchkey audit verify` signed.
    pub by: String,
    /// How many places did not fit.
    pub faults: usize,
}

impl LookedThrough {
    /// As the book tells it.
    fn record(&self) -> AuditBody {
        let text = match self.faults {
            0 => "All trails were verified, and everything stands as they say.".to_owned(),
            1 => "All trails were verified; one place does not fit.".to_owned(),
            n => format!("All trails were verified; {n} places do not fit."),
        };
        AuditBody {
            at: self.at,
            by: self.by.clone(),
            what: What::LookedThrough,
            text,
            detail: json!({ "faults": self.faults }),
        }
    }
}

impl Ledger {
    /// Writes a record into the book.
    ///
    /// # Errors
    /// [`LedgerError`] when the table cannot be written.
    pub async fn note_in_book(&self, body: AuditBody) -> Result<(), LedgerError> {
        self.note_with(body, None).await
    }

    async fn note_with(&self, body: AuditBody, also: Option<Write>) -> Result<(), LedgerError> {
        let key = keys::book();
        for _ in 0..TRIES {
            let found: Option<Row<Book>> = self.get(&key).await?;
            let mut row = match found {
                Some(row) => row,
                None => self.goes_on_from_note().await?,
            };
            row.item.noted = true;
            let record = row.chain(body.clone());
            let mut writes = vec![self.put_row(&key, &mut row, &[])?];
            let end = EndOfBook {
                records: row.audit_seq,
                hash: row.audit_hash,
            };
            writes.push(self.put(&keys::end_of_book(), &end, When::Always, &[])?);
            self.put_record(Chain::Book, &record, &mut writes)?;
            writes.extend(also.clone());
            match self.commit(writes).await {
                Ok(Committed::Yes) => return Ok(()),
                // Somebody else writes into it at the same moment.
                Ok(Committed::No(_)) | Err(LedgerError::Busy(_)) => {}
                Err(error) => return Err(error),
            }
        }
        Err(LedgerError::Busy("the book is being written to".to_owned()))
    }

    /// A book that is not there yet. Where its head was taken away it goes on behind what is noted of it: it can be
    /// written into, and looks whole again only where no record of it is gone.
    async fn goes_on_from_note(&self) -> Result<Row<Book>, LedgerError> {
        let mut row = Row::new(Book::default());
        let end: Option<EndOfBook> = self.get(&keys::end_of_book()).await?;
        if let Some(end) = end {
            (row.audit_seq, row.audit_hash) = (end.records, end.hash);
        }
        Ok(row)
    }

    /// What is wrong with the book before any of its records is looked at: it was there, by what stands apart from it, and
    /// its head is not, or another one is. `seq` and `last`: the head, as it is now.
    fn not_as_noted(
        (seq, last): (u64, &str),
        head: Option<&Row<Book>>,
        (end, looked): (Option<&EndOfBook>, bool),
    ) -> Option<TrailProblem> {
        let noted = end.map_or(u64::from(looked), |end| end.records);
        let other = end.is_some_and(|end| end.records == seq && end.hash != last);
        let note_gone = end.is_none() && head.is_some_and(|row| row.item.noted);
        (noted > seq || other || note_gone).then_some(TrailProblem::BookCut {
            noted: noted.max(seq),
        })
    }

    /// Notes that all trails were verified, with a record of it in the book.
    ///
    /// # Errors
    /// [`LedgerError`] when the table cannot be written.
    pub async fn note_looked_through(&self, looked: &LookedThrough) -> Result<(), LedgerError> {
        let write = self.put(&keys::verified(), looked, When::Always, &[])?;
        self.note_with(looked.record(), Some(write)).await
    }

    /// When all trails were last verified, if they ever were.
    ///
    /// # Errors
    /// [`LedgerError`] when the table cannot be read.
    pub async fn looked_through(&self) -> Result<Option<LookedThrough>, LedgerError> {
        self.get(&keys::verified()).await
    }

    /// Verifies a page of the book, after the record of this position and hash. Gives what does not fit, and the last
    /// record that was read; none once the book has come to its end.
    pub(crate) async fn verify_book(
        &self,
        (after, hash): (u64, &str),
        limit: u16,
    ) -> Result<(Option<TrailFault>, Option<(u64, String)>), LedgerError> {
        let from = keys::book_audit(after);
        let from = [("pk", from.pk), ("sk", from.sk)].map(|(name, key)| (name.to_owned(), key));
        let query = Query {
            partition: keys::BOOK.to_owned(),
            prefix: Some(keys::AUDIT_PREFIX.to_owned()),
            limit: Some(limit),
            from: (after > 0).then(|| PageStart(from.into())),
            ..Query::default()
        };
        // What is noted first, then its head: what is written meanwhile comes after both, and is the next round's.
        let end: Option<EndOfBook> = self.get(&keys::end_of_book()).await?;
        let looked = self.looked_through().await?.is_some();
        let head: Option<Row<Book>> = self.get(&keys::book()).await?;
        let page = self.store.query(query).await?;
        let records: Result<Vec<AuditRecord>, LedgerError> = page.items.iter().map(read).collect();
        let fault = |problem| {
            let of = TrailOf::Book;
            Ok((Some(TrailFault { of, problem }), None))
        };
        let mut records = match records {
            Ok(records) => records,
            Err(LedgerError::Unreadable { problem, .. }) => {
                return fault(TrailProblem::Unreadable(problem));
            }
            Err(error) => return Err(error),
        };
        let (seq, last) = head.as_ref().map_or((0, GENESIS.to_owned()), |row| {
            (row.audit_seq, row.audit_hash.clone())
        });
        if let Some(cut) = Self::not_as_noted((seq, &last), head.as_ref(), (end.as_ref(), looked)) {
            return fault(cut);
        }
        if head.is_none() && !records.is_empty() {
            return fault(TrailProblem::RecordsOnly);
        }
        records.retain(|record| record.seq <= seq);
        let here = records.last();
        let here = here.map_or((after, hash.to_owned()), |last| {
            (last.seq, last.hash.clone())
        });
        if let Err(problem) = verify_chain_after((after, hash), &records, here.0, &here.1) {
            return fault(problem.into());
        }
        if page.next.is_some() && here.0 < seq {
            return Ok((None, Some(here)));
        }
        match here == (seq, last) {
            true => Ok((None, None)),
            false => fault(TrailProblem::Chain(ChainFault::Length {
                found: here.0,
                expected: seq,
            })),
        }
    }
}

#[cfg(all(test, feature = "embedded"))]
#[allow(clippy::unwrap_used)]
mod tests {
    use serde_json::Value;

    use super::*;
    use crate::embedded;

    fn body(n: i64) -> AuditBody {
        AuditBody {
            at: Timestamp::from_second(n).unwrap(),
            by: "Miriam Roth (miriam.roth@acme.example)".to_owned(),
            what: What::Downloaded,
            text: format!("Downloaded {n} lines."),
            detail: Value::Null,
        }
    }

    async fn faults(ledger: &Ledger) -> Option<String> {
        let mut at = (0, GENESIS.to_owned());
        loop {
            let page = ledger.verify_book((at.0, &at.1), 2).await.unwrap();
            match page {
                (Some(fault), _) => return Some(fault.to_string()),
                (None, Some(next)) => at = next,
                (None, None) => return None,
            }
        }
    }

    async fn take(ledger: &Ledger, sk: &str) {
        embedded::by_hand(ledger, ("BOOK", sk), |_| None)
            .await
            .unwrap();
    }

    #[tokio::test]
    async fn a_book_whose_end_or_all_of_it_was_taken_away_is_named_and_stays_so() {
        for sks in [
            &["BOOK", "AUDIT#00000003"][..],
            &["BOOK"],
            &["BOOK", "1", "2", "3"],
        ] {
            let ledger = embedded::open(None).await.unwrap();
            for n in 0..3 {
                ledger.note_in_book(body(n)).await.unwrap();
            }
            assert_eq!(faults(&ledger).await, None);
            for sk in sks {
                let record = format!("AUDIT#0000000{sk}");
                take(&ledger, if sk.len() == 1 { &record } else { sk }).await;
            }
            let named = async || {
                let found = faults(&ledger).await;
                found.is_some_and(|found| found.starts_with("book of the company: "))
            };
            assert!(named().await, "{sks:?}");
            // It can be written into all the same; with a new head it is whole only where no record of it is gone.
            ledger.note_in_book(body(9)).await.unwrap();
            assert_eq!(named().await, sks.len() > 1, "{sks:?}");
        }
    }

    #[tokio::test]
    async fn a_book_of_an_earlier_release_is_named_by_its_records_or_by_when_all_was_verified() {
        let ledger = embedded::open(None).await.unwrap();
        let looked = LookedThrough {
            at: Timestamp::UNIX_EPOCH,
            by: "sweep".to_owned(),
            faults: 0,
        };
        ledger.note_looked_through(&looked).await.unwrap();
        let note = ("TRAIL#book", "END");
        embedded::by_hand(&ledger, note, |_| None).await.unwrap();
        let older = |mut row: Value| {
            row["item"].as_object_mut().unwrap().remove("noted");
            Some(row)
        };
        // Without its note it was cut, but where an earlier release wrote it and noted nothing.
        assert!(faults(&ledger).await.is_some());
        embedded::by_hand(&ledger, ("BOOK", "BOOK"), older)
            .await
            .unwrap();
        assert_eq!(faults(&ledger).await, None);
        take(&ledger, "BOOK").await;
        assert!(faults(&ledger).await.is_some());
        take(&ledger, "AUDIT#00000001").await;
        assert!(faults(&ledger).await.unwrap().contains("it had 1 records"));
    }

    #[tokio::test]
    async fn many_write_into_the_book_at_once() {
        let ledger = embedded::open(None).await.unwrap();
        let mut all = tokio::task::JoinSet::new();
        for n in 0..50 {
            let ledger = ledger.clone();
            all.spawn(async move { ledger.note_in_book(body(n)).await });
        }
        for noted in all.join_all().await {
            noted.unwrap();
        }
        assert_eq!(faults(&ledger).await, None);
        assert!(
            ledger
                .verify_book((0, GENESIS), 100)
                .await
                .unwrap()
                .0
                .is_none()
        );
    }

    #[tokio::test]
    async fn the_book_is_whole_until_a_record_is_changed_or_taken_away() {
        let ledger = embedded::open(None).await.unwrap();
        assert_eq!(faults(&ledger).await, None);
        for n in 0..5 {
            ledger.note_in_book(body(n)).await.unwrap();
        }
        assert_eq!(faults(&ledger).await, None);
        let change = |mut record: Value| {
            record["text"] = "Downloaded nothing.".into();
            Some(record)
        };
        embedded::by_hand(&ledger, ("BOOK", "AUDIT#00000004"), change)
            .await
            .unwrap();
        assert!(
            faults(&ledger)
                .await
                .unwrap()
                .contains("record 4 was changed")
        );
        for sk in ["AUDIT#00000005", "AUDIT#00000004"] {
            embedded::by_hand(&ledger, ("BOOK", sk), |_| None)
                .await
                .unwrap();
        }
        assert!(
            faults(&ledger)
                .await
                .unwrap()
                .contains("3 records where its head says 5")
        );
    }
}
