//! The queue of letters: written with what they tell of, sent from here, and what became of each.

use std::collections::BTreeSet;

use jiff::Timestamp;
use latchkey_lifecycle::{About, CaseId, LetterState, QueuedLetter};
use serde::{Deserialize, Serialize};

use crate::{
    Ledger, LedgerError,
    keys::{self, Key},
    ledger::{Committed, read},
    row::Row,
    store::{Query, When, Write},
    table::CASES_INDEX,
    ways_to_records::Chain,
};

/// How the mail went lately, for whoever looks after it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct MailLog {
    /// When a letter was last taken (UTC).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sent_at: Option<Timestamp>,
    /// When one was last not taken (UTC).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub failed_at: Option<Timestamp>,
    /// What the mail server said then.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub problem: Option<String>,
}

impl Ledger {
    /// Writes letters that belong to no other write. One that is there already stays as it is.
    ///
    /// # Errors
    /// [`LedgerError`] when the table cannot be written.
    pub async fn write_letters(&self, letters: &[QueuedLetter]) -> Result<(), LedgerError> {
        for letter in letters {
            let write = self.put_letter(letter)?;
            let _there_already = self.commit(vec![write]).await?;
        }
        Ok(())
    }

    /// The first writes of those letters that are not there yet.
    pub(crate) async fn new_letters(
        &self,
        letters: &[QueuedLetter],
    ) -> Result<Vec<Write>, LedgerError> {
        if letters.is_empty() {
            return Ok(Vec::new());
        }
        let there = self.get_all(letters.iter().map(key_of).collect()).await?;
        let is_new = |letter: &&QueuedLetter| !there.iter().any(|item| item.key == key_of(letter));
        let new = letters.iter().filter(is_new);
        new.map(|letter| self.put_letter(letter)).collect()
    }

    /// The first write of a letter.
    pub(crate) fn put_letter(&self, letter: &QueuedLetter) -> Result<Write, LedgerError> {
        let mut row = Row::new(letter.clone());
        self.put_row(&key_of(letter), &mut row, &index(letter))
    }

    /// Letters that wait, at most so many, each as it stands: those that are tried next first, and what can wait last.
    ///
    /// # Errors
    /// [`LedgerError`] when the table cannot be read.
    pub async fn letters_waiting(
        &self,
        limit: usize,
    ) -> Result<Vec<Row<QueuedLetter>>, LedgerError> {
        let mut waiting: Vec<Key> = Vec::new();
        let mut query = Query {
            index: Some(CASES_INDEX),
            partition: keys::LETTERS_SHELF.to_owned(),
            limit: u16::try_from(limit).ok(),
            ..Query::default()
        };
        while waiting.len() < limit {
            let page = self.store.query(query.clone()).await?;
            waiting.extend(page.items.into_iter().map(|item| item.key));
            match page.next {
                Some(next) => query.from = Some(next),
                None => break,
            }
        }
        waiting.truncate(limit);
        // The index lags behind on AWS: what was just sent must not be sent again.
        let items = self.get_all(waiting).await?;
        let rows: Result<Vec<Row<QueuedLetter>>, LedgerError> = items.iter().map(read).collect();
        let mut rows = rows?;
        rows.retain(|row| row.item.state == LetterState::Waiting);
        rows.sort_by(|a, b| order(&a.item).cmp(&order(&b.item)));
        Ok(rows)
    }

    /// All letters of a case, in the order of their writing.
    ///
    /// # Errors
    /// [`LedgerError`] when the table cannot be read.
    pub async fn letters_of(&self, case: &CaseId) -> Result<Vec<QueuedLetter>, LedgerError> {
        let partition = keys::case_partition(case);
        let rows: Vec<Row<QueuedLetter>> = self.query(&partition, keys::LETTER_PREFIX).await?;
        let mut letters: Vec<QueuedLetter> = rows.into_iter().map(|row| row.item).collect();
        letters.sort_by(|a, b| (a.written_at, &a.id).cmp(&(b.written_at, &b.id)));
        Ok(letters)
    }

    /// Notes what became of a letter that was read a moment ago, and, when it was sent, says so in the trail of its
    /// task. Whether it was still as it was read.
    ///
    /// # Errors
    /// [`LedgerError`] when the table cannot be written.
    pub async fn note_letter(&self, mut row: Row<QueuedLetter>) -> Result<bool, LedgerError> {
        let key = key_of(&row.item);
        let index = index(&row.item);
        let letter = self.put_row(&key, &mut row, &index)?;
        let sent = (row.item.state == LetterState::Sent).then_some(row.item.ended_at);
        let record = sent.flatten().zip(row.item.about.as_ref());
        let Some((at, about)) = record.filter(|(_, about)| about.record.is_some()) else {
            return Ok(self.commit(vec![letter]).await? == Committed::Yes);
        };
        loop {
            let mut writes = vec![letter.clone()];
            writes.extend(self.told(about, at).await?);
            match self.commit(writes).await? {
                Committed::Yes => return Ok(true),
                Committed::No(failed) if failed.contains(&0) => return Ok(false),
                // The task was written to meanwhile.
                Committed::No(_) => {}
            }
        }
    }

    /// The writes that put the record of a letter into the trail of its task. Of a task that has ended nothing more is
    /// said: its case may be closed over the trail as it is.
    async fn told(&self, about: &About, at: Timestamp) -> Result<Vec<Write>, LedgerError> {
        let (Some(task), Some(record)) = (&about.task, &about.record) else {
            return Ok(Vec::new());
        };
        let found = self.find_task(&about.case, task).await?;
        let Some(mut row) = found.filter(|row| !row.item.task.state.is_ended()) else {
            return Ok(Vec::new());
        };
        let mut body = record.clone();
        body.at = at;
        let record = row.chain(body);
        let mut writes = Vec::new();
        self.put_record(Chain::Task(&row.item.task), &record, &mut writes)?;
        self.put_task(&mut row, &mut writes)?;
        Ok(writes)
    }

    /// How the mail went lately.
    ///
    /// # Errors
    /// [`LedgerError`] when the table cannot be read.
    pub async fn mail_log(&self) -> Result<MailLog, LedgerError> {
        let row: Option<Row<MailLog>> = self.get(&keys::mail_log()).await?;
        Ok(row.map(|row| row.item).unwrap_or_default())
    }

    /// Notes how the mail went.
    ///
    /// # Errors
    /// [`LedgerError`] when the table cannot be written.
    pub async fn note_mail(&self, log: &MailLog) -> Result<(), LedgerError> {
        let write = self.put(&keys::mail_log(), &Row::new(log.clone()), When::Always, &[])?;
        self.commit(vec![write]).await?;
        Ok(())
    }
}

/// Letters written with a change, without those that turned out to be there already.
pub(crate) fn without(letters: &mut Vec<&QueuedLetter>, first: usize, failed: &[usize]) {
    let failed: BTreeSet<usize> = failed.iter().filter_map(|n| n.checked_sub(first)).collect();
    let mut nth = 0;
    letters.retain(|_| {
        nth += 1;
        !failed.contains(&(nth - 1))
    });
}

/// What can wait comes last; else first come, first served, and what was tried in vain when it is its turn.
fn order(letter: &QueuedLetter) -> (u8, Timestamp, Timestamp, &str) {
    let QueuedLetter {
        next,
        written_at,
        id,
        ..
    } = letter;
    (letter.class(), *next, *written_at, id.as_str())
}

fn key_of(letter: &QueuedLetter) -> Key {
    let case = letter.about.as_ref().map(|about| &about.case);
    keys::letter(case, &letter.id)
}

fn index(letter: &QueuedLetter) -> Vec<(&'static str, String)> {
    match letter.state {
        LetterState::Waiting => vec![
            ("gsi1pk", keys::LETTERS_SHELF.to_owned()),
            ("gsi1sk", keys::letter_place(letter)),
        ],
        LetterState::Sent | LetterState::GivenUp | LetterState::NotNeeded => Vec::new(),
    }
}

#[cfg(all(test, feature = "embedded"))]
mod tests {
    use jiff::SignedDuration;
    use latchkey_lifecycle::{Letter, LetterId, TaskId};

    use super::*;
    use crate::embedded;

    /// Thousands of hires that closed before it keep no question waiting.
    #[tokio::test]
    async fn a_question_goes_before_what_only_says_that_something_ended() {
        let ledger = embedded::open(None).await.unwrap();
        let at = |n: u32| Timestamp::UNIX_EPOCH + SignedDuration::from_secs(n.into());
        let letter = |n: u32, task: Option<&str>| {
            let about = About {
                case: CaseId::new(format!("hire-{n}-0")).unwrap(),
                task: task.map(|task| TaskId::new(task).unwrap()),
                question: task.map(|_| 1),
                record: None,
            };
            let letter = Letter::new("it", "it@acme.example", format!("Letter {n}"), "Hello");
            QueuedLetter::new(LetterId::of(&[&n]), letter, Some(about), at(n))
        };
        let ended: Vec<QueuedLetter> = (0..30).map(|n| letter(n, None)).collect();
        ledger.write_letters(&ended).await.unwrap();
        ledger
            .write_letters(&[letter(99, Some("laptop"))])
            .await
            .unwrap();
        let first = ledger.letters_waiting(3).await.unwrap();
        let subjects: Vec<&str> = first
            .iter()
            .map(|row| row.item.letter.subject.as_str())
            .collect();
        assert_eq!(subjects, ["Letter 99", "Letter 0", "Letter 1"]);
    }
}
