//! Open or closed findings, by system, page by page.

use aws_sdk_dynamodb::types::AttributeValue;
use latchkey_lifecycle::{Finding, SystemId};

use crate::{
    Ledger, LedgerError, Shelf, keys,
    ledger::{Item, read},
    row::Row,
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
pub struct FindingsToken(Item);

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
        let text = |value: &str| AttributeValue::S(value.to_owned());
        let query = self
            .client
            .query()
            .table_name(&self.table)
            .index_name(CASES_INDEX)
            .expression_attribute_values(":shelf", text(keys::findings_shelf(shelf == Shelf::Open)))
            .set_exclusive_start_key(from.map(|token| token.0));
        let query = match place {
            Where::Everywhere => query.key_condition_expression("gsi1pk = :shelf"),
            Where::In(system) => query
                .key_condition_expression("gsi1pk = :shelf AND begins_with(gsi1sk, :place)")
                .expression_attribute_values(":place", text(&keys::finding_place(system))),
        };
        let page = query
            .send()
            .await
            .map_err(|e| LedgerError::from_sdk("Query", e))?;
        let rows = page.items.unwrap_or_default();
        let findings = rows
            .iter()
            .map(|item| Ok(read::<Row<Finding>>(item)?.item))
            .collect::<Result<_, LedgerError>>()?;
        let next = page.last_evaluated_key.filter(|last| !last.is_empty());
        Ok(FindingsPage {
            findings,
            next: next.map(FindingsToken),
        })
    }
}
