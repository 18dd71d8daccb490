//! Open cases, or closed ones, by instant of opening.

use aws_sdk_dynamodb::types::AttributeValue;
use latchkey_lifecycle::Case;

use crate::{
    Ledger, LedgerError, keys,
    ledger::{Item, read},
    row::Row,
    table::CASES_INDEX,
};

/// Which cases.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shelf {
    /// Not ended yet.
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
        let mut start: Option<Item> = None;
        while all.len() < limit {
            let page = self
                .client
                .query()
                .table_name(&self.table)
                .index_name(CASES_INDEX)
                .key_condition_expression("gsi1pk = :shelf")
                .expression_attribute_values(
                    ":shelf",
                    AttributeValue::S(keys::cases_shelf(shelf == Shelf::Open).to_owned()),
                )
                .scan_index_forward(false)
                .set_exclusive_start_key(start.take())
                .send()
                .await
                .map_err(|e| LedgerError::from_sdk("Query", e))?;
            for item in page.items.unwrap_or_default() {
                all.push(read::<Row<Case>>(&item)?.item);
            }
            match page.last_evaluated_key {
                Some(last) if !last.is_empty() => start = Some(last),
                _ => break,
            }
        }
        all.truncate(limit);
        Ok(all)
    }
}
