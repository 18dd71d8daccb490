//! Who has what, read once for a whole list of accounts: to ask for what each one has would be a call each.

use std::{
    collections::BTreeSet,
    hash::{DefaultHasher, Hash, Hasher},
    sync::Arc,
};

use latchkey_lifecycle::Entitlement;

use crate::{Fault, Found, Kept, Page, PageToken, Part, Whole};

/// Who has what: twelve bytes for each membership, however long ids are.
#[derive(Debug, Default)]
pub struct Memberships {
    given: Vec<Entitlement>,
    /// A member's id as eight bytes, and the entitlement's place; sorted once everything is in.
    members: Vec<(u64, u32)>,
}

fn short(member: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    member.hash(&mut hasher);
    hasher.finish()
}

impl Memberships {
    /// The place of an entitlement, for [`Memberships::add`].
    pub fn place(&mut self, entitlement: Entitlement) -> u32 {
        let place = u32::try_from(self.given.len()).unwrap_or(u32::MAX);
        self.given.push(entitlement);
        place
    }

    /// A member has what stands at a place. An id is written the same way each time.
    pub fn add(&mut self, member: &str, place: u32) {
        self.members.push((short(member), place));
    }

    /// A member has it no more.
    pub fn remove(&mut self, member: &str, place: u32) {
        let gone = (short(member), place);
        self.members.retain(|membership| *membership != gone);
    }

    /// Nobody has what stands at a place any more.
    pub fn clear(&mut self, place: u32) {
        self.members.retain(|(_, at)| *at != place);
    }

    /// Everything is in, because every list was read to its end: from now on it can be asked.
    pub fn complete(mut self, lists: Whole) -> Whole<Memberships> {
        self.members.sort_unstable();
        self.members.shrink_to_fit();
        lists.map(|()| self)
    }

    /// What a member has.
    pub fn of(&self, member: &str) -> BTreeSet<Entitlement> {
        let id = short(member);
        let from = self.members.partition_point(|(known, _)| *known < id);
        self.members[from..]
            .iter()
            .take_while(|(known, _)| *known == id)
            .filter_map(|(_, place)| self.given.get(*place as usize).cloned())
            .collect()
    }
}

/// The memberships of the list that is being read.
#[derive(Debug, Default)]
pub struct KeptMemberships(Kept<Arc<Memberships>>);

impl KeptMemberships {
    /// Those that are kept; read anew where a list begins, and where none are kept.
    ///
    /// # Errors
    /// The [`Fault`] of reading them.
    pub async fn or_read(
        &self,
        anew: bool,
        read: impl Future<Output = Result<Whole<Memberships>, Fault>>,
    ) -> Result<Arc<Memberships>, Fault> {
        match self.0.get().filter(|_| !anew) {
            Some(kept) => Ok(kept),
            None => Ok(self.0.keep(Arc::new(read.await?.into_inner()))),
        }
    }

    /// A page of accounts with what each of them has, by its handle; `part` is the page as the system answered it.
    ///
    /// # Errors
    /// The [`Fault`] of reading who has what.
    pub async fn page(
        &self,
        at: Option<&PageToken>,
        accounts: Vec<Found>,
        part: Part,
        read: impl Future<Output = Result<Whole<Memberships>, Fault>>,
    ) -> Result<Page, Fault> {
        let all = self.or_read(at.is_none(), read).await?;
        let accounts = accounts.into_iter().map(|found| {
            let held = all.of(&found.handle);
            found.with(held)
        });
        let accounts = accounts.collect();
        if part.next().is_none() {
            self.forget();
        }
        Ok(Page::new(accounts, part))
    }

    /// Forgets them where a list ends.
    pub fn forget(&self) {
        self.0.forget();
    }
}
