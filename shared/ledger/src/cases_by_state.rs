//! Open cases by instant of opening, or closed ones by instant of closing.

use jiff::Timestamp;
use latchkey_lifecycle::{Case, CaseId};

use crate::{
    Ledger, LedgerError,
    change_case::place_on_shelf,
    keys,
    ledger::read,
    row::Row,
    store::{PageStart, Query},
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

/// Where a page of cases begins: after this one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CasesPlace(String);

impl CasesPlace {
    /// The place after a case.
    pub fn after(case: &Case) -> CasesPlace {
        CasesPlace(place_on_shelf(case))
    }

    /// As a link carries it.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// As a link carried it; `None` for what is no place.
    pub fn of(text: &str) -> Option<CasesPlace> {
        let place = CasesPlace(text.to_owned());
        let (opened, _) = text.split_once('#')?;
        opened.parse::<Timestamp>().ok()?;
        place.case().map(|_| place)
    }

    fn case(&self) -> Option<CaseId> {
        let (_, case) = self.0.split_once('#')?;
        CaseId::new(case).ok()
    }

    /// The keys of the case that it is after, whether it is still on that shelf or not.
    fn keys(&self, shelf: Shelf) -> Option<PageStart> {
        let key = keys::case(&self.case()?);
        let shelf = keys::cases_shelf(shelf == Shelf::Open).to_owned();
        let keys = [
            ("pk", key.pk),
            ("sk", key.sk),
            ("gsi1pk", shelf),
            ("gsi1sk", self.0.clone()),
        ];
        Some(PageStart(
            keys.map(|(name, value)| (name.to_owned(), value)).into(),
        ))
    }
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
        self.some_cases(shelf, None, from).await
    }

    /// The same, with at most so many cases on it.
    ///
    /// # Errors
    /// [`LedgerError`] when the table cannot be read.
    pub async fn some_cases(
        &self,
        shelf: Shelf,
        limit: Option<u16>,
        from: Option<CasesPlace>,
    ) -> Result<CasesPage, LedgerError> {
        let query = Query {
            index: Some(CASES_INDEX),
            partition: keys::cases_shelf(shelf == Shelf::Open).to_owned(),
            backwards: true,
            limit,
            from: from.and_then(|place| place.keys(shelf)),
            ..Query::default()
        };
        let page = self.store.query(query).await?;
        let cases = page.items.iter();
        let cases = cases.map(|item| Ok(read::<Row<Case>>(item)?.item));
        Ok(CasesPage {
            cases: cases.collect::<Result<_, LedgerError>>()?,
            next: page
                .next
                .and_then(|PageStart(keys)| keys.get("gsi1sk").cloned())
                .map(CasesPlace),
        })
    }
}

#[cfg(all(test, feature = "embedded"))]
mod tests {
    use super::*;

    #[test]
    fn a_place_comes_back_as_a_link_carries_it_and_nothing_else_is_one() {
        let text = "2026-11-23T07:00:00.5Z#hire-1042-5f0c2a91";
        assert_eq!(CasesPlace::of(text).unwrap().as_str(), text);
        for other in [
            "",
            "x",
            "x#hire-1",
            "2026-11-23T07:00:00Z",
            "2026-11-23T07:00:00Z#",
        ] {
            assert_eq!(CasesPlace::of(other), None, "{other}");
        }
    }
}
