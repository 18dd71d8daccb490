//! Open cases, or closed ones, by instant of opening.

use latchkey_lifecycle::Case;

use crate::{Ledger, LedgerError, keys, ledger::read, row::Row, store::Query, table::CASES_INDEX};

/// Which cases.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shelf {
    /// Not ended yet, or closed a moment ago: somebody has still to hear of it.
    Open,
    /// Closed or superseded.
    Closed,
}

impl Ledger {
    /// All cases of a shelf, the newest first, at most `limit` of them.
    ///
    /// The index is read eventually consistent; a case that was written a moment ago may be missing.
    ///
    /// # Errors
    /// [`LedgerError`] when the table cannot be read.
    pub async fn cases(&self, shelf: Shelf, limit: usize) -> Result<Vec<Case>, LedgerError> {
        let mut all: Vec<Case> = Vec::new();
        let mut query = Query {
            index: Some(CASES_INDEX),
            partition: keys::cases_shelf(shelf == Shelf::Open).to_owned(),
            backwards: true,
            ..Query::default()
        };
        while all.len() < limit {
            let page = self.store.query(query.clone()).await?;
            for item in &page.items {
                all.push(read::<Row<Case>>(item)?.item);
            }
            match page.next {
                Some(next) => query.from = Some(next),
                None => break,
            }
        }
        all.truncate(limit);
        Ok(all)
    }
}
