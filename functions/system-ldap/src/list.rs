//! The list of accounts, page by page (RFC 2696).
//!
//! Where a page begins is known to the server by a cookie, and to OpenLDAP only on the connection that it was given on.
//! So the cookie stays here, with the connection. A page token says the last account that was listed, as eight bytes:
//! when the cookie is lost, because the connection died or another process reads on, the list is read from its
//! beginning, a page at a time, up to that account, and goes on behind it.

use std::sync::Arc;

use latchkey_systems::{
    Fault, Faults, Found, Leafing, Memberships, Page, PageToken, Part, System, Turn,
};

use crate::{
    answers::code,
    calls::{Call, Came, Cookie, Search},
    directory::Directory,
    dn::Dn,
    entry::Entry,
    memberships::memberships_of,
};

/// More pages than this without an account of ours, one after the other, are a list that does not end.
const EMPTY: usize = 10_000;

/// A list that is being read.
pub(crate) struct Reading {
    /// The last account that was listed.
    after: PageToken,
    /// Where the next page begins, by the server.
    cookie: Cookie,
    /// Who is in which group, where accounts do not say it.
    memberships: Option<Arc<Memberships>>,
}

/// A name as eight bytes, the same in every process (FNV-1a, 64 bits).
fn token(dn: &str) -> PageToken {
    let key = Dn::parse(dn).map_or_else(|| dn.to_owned(), |dn| dn.key());
    let hash = key.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    });
    PageToken(format!("{hash:016x}"))
}

impl Directory {
    /// A page of all accounts.
    pub(crate) async fn page(&self, after: Option<&PageToken>) -> Result<Page, Fault> {
        let kept = self.reading.lock().await.take();
        let kept = kept.filter(|kept| Some(&kept.after) == after);
        let memberships = match kept.as_ref().and_then(|kept| kept.memberships.clone()) {
            Some(memberships) => Some(memberships),
            None if self.shape.member_of => None,
            None => Some(Arc::new(self.memberships().await?.into_inner())),
        };
        let going_on = match kept {
            Some(kept) => self.go_on(kept.cookie).await?,
            None => None,
        };
        let (mut came, mut from) = match (going_on, after) {
            (Some(came), _) => (came, 0),
            (None, None) => (self.entries(None).await?, 0),
            (None, Some(after)) => self.behind(after).await?,
        };
        // A page of which nothing is an account, or nothing new, is none: the next one is read at once.
        if came.entries.len() <= from
            && let Some(cookie) = came.next.take()
        {
            came = self.entries(Some(cookie)).await?;
            from = 0;
        }
        let last = came.entries.last().map(|entry| token(&entry.dn));
        let mut accounts = Vec::with_capacity(came.entries.len());
        for entry in came.entries.into_iter().skip(from) {
            accounts.extend(self.listed(&entry, memberships.as_deref()).await?);
        }
        let next = came.next.zip(last).map(|(cookie, after)| Reading {
            after,
            cookie,
            memberships,
        });
        let next_page = next.as_ref().map(|next| next.after.0.clone());
        *self.reading.lock().await = next;
        Ok(Page::every(accounts, next_page))
    }

    async fn listed(
        &self,
        entry: &Entry,
        memberships: Option<&Memberships>,
    ) -> Result<Option<Found>, Fault> {
        let Some(found) = self.shape.found(entry) else {
            return Ok(None);
        };
        let groups = match memberships {
            Some(memberships) => memberships_of(memberships, &entry.dn),
            None => self.groups_of(entry).await?,
        };
        Ok(Some(found.with(groups)))
    }

    /// The page that begins at a cookie; `None` when the server does not know it any more.
    async fn go_on(&self, cookie: Cookie) -> Result<Option<Came>, Fault> {
        let search = self.a_page(Some(cookie));
        let came = match self.link.call(&Call::Search(search)).await {
            Ok(came) => came,
            // With its connection the cookie is gone.
            Err(Fault::Unreachable { .. }) => return Ok(None),
            Err(fault) => return Err(fault),
        };
        match came.answer.rc {
            code::SUCCESS => self.all_here("listing accounts", came).map(Some),
            // How a cookie is refused is not told (RFC 2696 section 3): reading from the beginning tells whether it was
            // that.
            _ => Ok(None),
        }
    }

    /// The page that begins at a cookie, or the first one after it that has an account of ours, or the last.
    async fn entries(&self, mut cookie: Option<Cookie>) -> Result<Came, Fault> {
        for _ in 0..EMPTY {
            let mut came = self.look("listing accounts", self.a_page(cookie)).await?;
            match came.next.take() {
                Some(next) if came.entries.is_empty() => cookie = Some(next),
                next => {
                    came.next = next;
                    return Ok(came);
                }
            }
        }
        let problem = "its list of accounts goes on with pages that are empty, without an end";
        Err(self.incomplete(problem.to_owned()))
    }

    fn a_page(&self, cookie: Option<Cookie>) -> Search {
        let shape = self.shape.clone();
        let keep = move |entry: &Entry| shape.holds(&entry.dn);
        let mut search = self.accounts(self.shape.every_account(), Box::new(keep));
        search.page = Some((self.shape.page, cookie));
        search
    }

    /// The page that has the account a token stands for, and what comes behind it there. Servers list entries in the
    /// order in which they keep them, which does not change while a list is read.
    async fn behind(&self, after: &PageToken) -> Result<(Came, usize), Fault> {
        let mut cookie = None;
        let mut list = Leafing::through(self.name(), "accounts");
        for page in 1.. {
            let mut came = self.entries(cookie).await?;
            let lines: Vec<String> = came.entries.iter().map(|e| e.dn.clone()).collect();
            let place = came
                .entries
                .iter()
                .position(|entry| token(&entry.dn) == *after);
            if let Some(place) = place {
                return Ok((came, place + 1));
            }
            // A cookie may be the same on every page.
            let next = came.next.take();
            match list.turn(&Part::of(lines, next.as_ref().map(|_| page.to_string())))? {
                Turn::To(_) => cookie = next,
                Turn::End(_) => break,
            }
        }
        Err(self.not_yet(
            "the account that its list was read up to is gone; the list has to be read anew",
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_tells_nobodys_name() {
        let one = token("uid=zoe,ou=people,o=x");
        assert_eq!(one, token("UID=Zoe, ou=people, o=x"));
        assert_ne!(one, token("uid=max,ou=people,o=x"));
        assert_eq!(one.0.len(), 16);
        // The same in every process and every release.
        assert_eq!(token("a").0, "af63dc4c8601ec8c");
    }
}
