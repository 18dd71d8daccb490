//! Open cases, or closed ones, by instant of opening.

use latchkey_lifecycle::Case;

use crate::{
    Ledger, LedgerError, keys,
    ledger::read,
    row::Row,
    store::{Place, Query},
    table::CASES_INDEX,
};

/// Which cases.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shelf {
    /// Not ended yet, or closed a moment ago: somebody has still to hear of it.
    Open,
    /// Closed or superseded.
    Closed,
}

/// A page of cases.
#[derive(Debug, Clone)]
pub struct CasesPage {
    /// The cases, the newest first.
    pub cases: Vec<Case>,
    /// Where the next page begins; `None` on the last.
    pub next: Option<CasesPlace>,
}

/// Where a page of cases begins.
#[derive(Debug, Clone)]
pub struct CasesPlace(Place);

impl Ledger {
    /// All cases of a shelf, the newest first, at most `limit` of them.
    ///
    /// The index is read eventually consistent; a case that was written a moment ago may be missing.
    ///
    /// # Errors
    /// [`LedgerError`] when the table cannot be read.
    pub async fn cases(&self, shelf: Shelf, limit: usize) -> Result<Vec<Case>, LedgerError> {
        let mut all: Vec<Case> = Vec::new();
        let mut from = None;
        while all.len() < limit {
            let page = self.cases_page(shelf, from).await?;
            all.extend(page.cases);
            match page.next {
                Some(next) => from = Some(next),
                None => break,
            }
        }
        all.truncate(limit);
        Ok(all)
    }

    /// A page of the cases of a shelf, the newest first: for whoever goes through all of them and keeps none.
    ///
    /// # Errors
    /// [`LedgerError`] when the table cannot be read.
    pub async fn cases_page(
        &self,
        shelf: Shelf,
        from: Option<CasesPlace>,
    ) -> Result<CasesPage, LedgerError> {
        let query = Query {
            index: Some(CASES_INDEX),
            partition: keys::cases_shelf(shelf == Shelf::Open).to_owned(),
            backwards: true,
            from: from.map(|CasesPlace(place)| place),
            ..Query::default()
        };
        let page = self.store.query(query).await?;
        let cases = page.items.iter();
        let cases = cases.map(|item| Ok(read::<Row<Case>>(item)?.item));
        Ok(CasesPage {
            cases: cases.collect::<Result<_, LedgerError>>()?,
            next: page.next.map(CasesPlace),
        })
    }
}
