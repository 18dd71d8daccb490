//! Open or closed findings, by system, page by page.

use latchkey_lifecycle::{Finding, SystemId};

use crate::{
    Ledger, LedgerError, Shelf, keys,
    ledger::read,
    row::Row,
    store::{PageStart, Query},
    table::CASES_INDEX,
};

/// Which findings.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Where<'a> {
    /// Those of every system, and of none.
    Everywhere,
    /// Those of one system; with `None`, those that are about no single system.
    In(Option<&'a SystemId>),
}

/// A page of findings.
#[derive(Debug)]
pub struct FindingsPage {
    /// The findings, the longest open first within a system.
    pub findings: Vec<Finding>,
    /// Where the next page begins; `None` on the last.
    pub next: Option<FindingsToken>,
}

/// Where a page of findings begins.
#[derive(Debug, Clone)]
pub struct FindingsToken(PageStart);

impl Ledger {
    /// A page of findings. The index is eventually consistent: one that was opened a moment ago may be missing.
    ///
    /// # Errors
    /// [`LedgerError`] when the table cannot be read.
    pub async fn findings(
        &self,
        shelf: Shelf,
        place: Where<'_>,
        from: Option<FindingsToken>,
    ) -> Result<FindingsPage, LedgerError> {
        let query = Query {
            index: Some(CASES_INDEX),
            partition: keys::findings_shelf(shelf == Shelf::Open).to_owned(),
            prefix: match place {
                Where::Everywhere => None,
                Where::In(system) => Some(keys::finding_place(system)),
            },
            from: from.map(|token| token.0),
            ..Query::default()
        };
        let page = self.store.query(query).await?;
        let findings = page
            .items
            .iter()
            .map(|item| Ok(read::<Row<Finding>>(item)?.item))
            .collect::<Result<_, LedgerError>>()?;
        Ok(FindingsPage {
            findings,
            next: page.next.map(FindingsToken),
        })
    }
}
