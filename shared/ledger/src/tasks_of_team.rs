//! What a team has been asked, by due instant, and what it will be asked, by the instant at which it opens.

use latchkey_lifecycle::TeamId;

use crate::{
    Ledger, LedgerError, keys,
    ledger::read,
    row::{Row, TaskRow},
    store::{PageStart, Query},
    table::CASES_INDEX,
};

/// A page of tasks.
#[derive(Debug, Clone)]
pub struct TasksPage {
    /// The tasks, the first due first.
    pub tasks: Vec<Row<TaskRow>>,
    /// Where the next page begins; `None` on the last.
    pub next: Option<TasksPlace>,
}

/// Where a page of tasks begins.
#[derive(Debug, Clone)]
pub struct TasksPlace(PageStart);

impl Ledger {
    /// What a team has been asked and has not answered; of what it has not been asked yet, what people do. At most
    /// `limit` of them. The index is eventually consistent: what was asked a moment ago may be missing.
    ///
    /// # Errors
    /// [`LedgerError`] when the table cannot be read.
    pub async fn tasks_of_team(
        &self,
        team: &TeamId,
        asked: bool,
        limit: u16,
        from: Option<TasksPlace>,
    ) -> Result<TasksPage, LedgerError> {
        let query = Query {
            index: Some(CASES_INDEX),
            partition: keys::tasks_shelf(team, asked),
            limit: Some(limit),
            from: from.map(|TasksPlace(place)| place),
            ..Query::default()
        };
        let page = self.store.query(query).await?;
        let tasks = page.items.iter().map(read);
        Ok(TasksPage {
            tasks: tasks.collect::<Result<_, LedgerError>>()?,
            next: page.next.map(TasksPlace),
        })
    }
}
