//! What was asked of HR about a task, and what HR answered: it stands with the task, whoever takes it over.

use jiff::Timestamp;
use latchkey_lifecycle::{AuditBody, CaseId, QueuedLetter, TaskId, TeamId};
use serde::{Deserialize, Serialize};

use crate::{
    Ledger, LedgerError, Row, Somebody, TaskRow, keys,
    ledger::{Committed, read},
    store::Query,
    table::CASES_INDEX,
    ways_to_records::Chain,
};

/// One thing that was said.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Said {
    /// Who.
    pub by: Somebody,
    /// When (UTC).
    pub at: Timestamp,
    /// What.
    pub text: String,
    /// Whether it is an answer; else it asks.
    pub answers: bool,
}

/// Questions about a task and their answers, in order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Talk {
    /// The case.
    pub case: CaseId,
    /// The task.
    pub task: TaskId,
    /// The team that is asked.
    pub team: TeamId,
    /// What was said.
    pub said: Vec<Said>,
}

impl Talk {
    /// Whether something was asked since the last answer.
    pub fn is_open(&self) -> bool {
        self.said.last().is_some_and(|last| !last.answers)
    }

    /// Where the pages find it, while somebody waits for an answer.
    fn index(&self) -> Vec<(&'static str, String)> {
        let Some(last) = self.said.last().filter(|last| !last.answers) else {
            return Vec::new();
        };
        vec![
            ("gsi1pk", keys::talks_shelf(&self.team)),
            ("gsi1sk", keys::task_place(last.at, &self.case, &self.task)),
        ]
    }
}

impl Ledger {
    /// What was said about a task; nothing where nobody asked.
    ///
    /// # Errors
    /// [`LedgerError`] when the table cannot be read.
    pub async fn talk(
        &self,
        case: &CaseId,
        task: &TaskId,
    ) -> Result<Option<Row<Talk>>, LedgerError> {
        self.get(&keys::talk(case, task)).await
    }

    /// Adds what was said, with its record in the task's trail and its letters, where neither talk nor task was written
    /// since they were read; whether it did.
    ///
    /// # Errors
    /// [`LedgerError`] when the table cannot be written.
    pub async fn say(
        &self,
        mut row: Row<TaskRow>,
        mut talk: Row<Talk>,
        record: AuditBody,
        letters: &[QueuedLetter],
    ) -> Result<bool, LedgerError> {
        let (case, task) = (talk.item.case.clone(), talk.item.task.clone());
        let index = talk.item.index();
        let record = row.chain(record);
        let mut writes = Vec::new();
        self.put_record(Chain::Task(&row.item.task), &record, &mut writes)?;
        self.put_task(&mut row, &mut writes)?;
        writes.push(match talk.version {
            0 => self.put_first(&keys::talk(&case, &task), &mut talk, &index)?,
            _ => self.put_row(&keys::talk(&case, &task), &mut talk, &index)?,
        });
        for letter in letters {
            writes.push(self.put_letter(letter)?);
        }
        Ok(self.commit(writes).await? == Committed::Yes)
    }

    /// What a team was asked and has not answered, the first that was asked first; at most `limit`. The index is
    /// eventually consistent: what was asked a moment ago may be missing.
    ///
    /// # Errors
    /// [`LedgerError`] when the table cannot be read.
    pub async fn talks_of_team(&self, team: &TeamId, limit: u16) -> Result<Vec<Talk>, LedgerError> {
        let query = Query {
            index: Some(CASES_INDEX),
            partition: keys::talks_shelf(team),
            limit: Some(limit),
            ..Query::default()
        };
        let page = self.store.query(query).await?;
        let rows: Vec<Row<Talk>> = page.items.iter().map(read).collect::<Result<_, _>>()?;
        Ok(rows.into_iter().map(|row| row.item).collect())
    }
}
