//! What a team has been asked, by due instant, and what it will be asked, by the instant at which it opens; and what
//! somebody has in hand.

use jiff::Timestamp;
use latchkey_lifecycle::{CaseId, TaskId, TeamId};

use crate::{
    Ledger, LedgerError,
    keys::{self, Key},
    ledger::read,
    row::{Row, TaskRow},
    store::{PageStart, Query},
    table::CASES_INDEX,
};

/// A page of tasks.
#[derive(Debug, Clone)]
pub struct TasksPage {
    /// The tasks, the first due first.
    pub tasks: Vec<TaskRow>,
    /// Where the next page begins; `None` on the last.
    pub next: Option<TasksPlace>,
}

/// Where a page of tasks begins: after this one. Places are in the order of lists, of whichever team.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct TasksPlace(String);

impl TasksPlace {
    /// Where a task stands in the lists; `None` of one that stands in none.
    pub fn of_task(row: &TaskRow) -> Option<TasksPlace> {
        let mut index = row.index().into_iter();
        index.find_map(|(name, value)| (name == "gsi1sk").then_some(TasksPlace(value)))
    }

    /// As a link carries it.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// As a link carried it; `None` for what is no place.
    pub fn of(text: &str) -> Option<TasksPlace> {
        let place = TasksPlace(text.to_owned());
        place.task().map(|_| place)
    }

    fn task(&self) -> Option<(CaseId, TaskId)> {
        let mut parts = self.0.split('#');
        parts.next()?.parse::<Timestamp>().ok()?;
        let (case, task) = (parts.next()?, parts.next()?);
        if parts.next().is_some() {
            return None;
        }
        Some((CaseId::new(case).ok()?, TaskId::new(task).ok()?))
    }

    /// The keys of the item that it is after, whether it is on that shelf or not.
    fn keys(&self, shelf: &str, key: fn(&CaseId, &TaskId) -> Key) -> Option<PageStart> {
        let (case, task) = self.task()?;
        let key = key(&case, &task);
        let keys = [
            ("pk", key.pk),
            ("sk", key.sk),
            ("gsi1pk", shelf.to_owned()),
            ("gsi1sk", self.0.clone()),
        ];
        let keys = keys.map(|(name, value)| (name.to_owned(), value));
        Some(PageStart(keys.into()))
    }
}

/// The place at which a page ended; `None` when it was the last.
fn next(page: Option<PageStart>) -> Option<TasksPlace> {
    let PageStart(mut keys) = page?;
    keys.remove("gsi1sk").map(TasksPlace)
}

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
        from: Option<&TasksPlace>,
    ) -> Result<TasksPage, LedgerError> {
        let partition = keys::tasks_shelf(team, asked);
        let query = Query {
            index: Some(CASES_INDEX),
            from: from.and_then(|place| place.keys(&partition, keys::task)),
            partition,
            limit: Some(limit),
            ..Query::default()
        };
        let page = self.store.query(query).await?;
        let tasks = page.items.iter();
        let tasks = tasks.map(|item| Ok(read::<Row<TaskRow>>(item)?.item));
        Ok(TasksPage {
            tasks: tasks.collect::<Result<_, LedgerError>>()?,
            next: next(page.next),
        })
    }

    /// What somebody has in hand, of whichever team. `address`: in lower case. The index is eventually consistent: what
    /// was taken a moment ago may be missing.
    ///
    /// # Errors
    /// [`LedgerError`] when the table cannot be read.
    pub async fn tasks_in_hand(
        &self,
        address: &str,
        limit: u16,
        from: Option<&TasksPlace>,
    ) -> Result<TasksPage, LedgerError> {
        let partition = keys::hands_shelf(address);
        let query = Query {
            index: Some(CASES_INDEX),
            from: from.and_then(|place| place.keys(&partition, keys::hands)),
            partition,
            limit: Some(limit),
            ..Query::default()
        };
        let page = self.store.query(query).await?;
        let ids = page.items.iter();
        let ids = ids.filter_map(|item| keys::task_in_hand(&item.key));
        let mut tasks = self.tasks_by_id(ids).await?;
        // What was handed over or answered a moment ago may still be found.
        tasks.retain(|row| row.has().is_some_and(|has| has.address == address));
        tasks.sort_by_cached_key(TasksPlace::of_task);
        Ok(TasksPage {
            tasks,
            next: next(page.next),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_comes_back_as_a_link_carries_it_and_nothing_else_is_one() {
        let text = "2026-11-23T07:00:00Z#hire-1042-5f0c2a91#laptop";
        assert_eq!(TasksPlace::of(text).unwrap().as_str(), text);
        for other in [
            "",
            "x#hire-1#laptop",
            "2026-11-23T07:00:00Z#hire-1",
            "2026-11-23T07:00:00Z#hire-1#laptop#more",
            "2026-11-23T07:00:00Z##laptop",
        ] {
            assert_eq!(TasksPlace::of(other), None, "{other}");
        }
    }
}
