//! Every account of a system, page by page, to the end.

use crate::{Fault, Found, Leafing, PageToken, System, Turn, Whole};

/// Reads the list of a system's accounts. One that comes on two pages, because the list moved meanwhile, comes twice.
pub struct Accounts<'s> {
    system: &'s dyn System,
    list: Leafing,
    at: Option<PageToken>,
    end: Option<Whole>,
}

impl<'s> Accounts<'s> {
    /// At the beginning of the list.
    pub fn of(system: &'s dyn System) -> Accounts<'s> {
        Accounts {
            system,
            list: Leafing::through(system.name(), "accounts"),
            at: None,
            end: None,
        }
    }

    /// The accounts of the next page; `None` when the list was read to its end. After a fault that passes it may be
    /// called again.
    ///
    /// # Errors
    /// [`Fault::Incomplete`] when the list does not show all that it has, and what keeps it from being read.
    pub async fn next(&mut self) -> Result<Option<Vec<Found>>, Fault> {
        if self.end.is_some() {
            return Ok(None);
        }
        let page = self.system.list(self.at.as_ref()).await?;
        match self.list.turn(&page.part)? {
            Turn::To(next) => self.at = Some(PageToken(next)),
            Turn::End(whole) => self.end = Some(whole),
        }
        Ok(Some(page.accounts))
    }
}
