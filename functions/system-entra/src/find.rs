//! Whose account is whose, and what it has.
//!
//! Who has an employee id is asked of an index, which shows changes late; a user by id or account name is shown as it
//! is (<https://learn.microsoft.com/graph/aad-advanced-queries>). So the index only says where to look. Both are asked
//! in one call, together with what the user of that name is a member of: for most people that is all there is to ask.

use std::sync::Arc;

use latchkey_lifecycle::EmployeeId;
use latchkey_systems::{Fault, Faults, Found, Reply, Sight, Sought, Whole, segment, theirs};
use serde_json::Value;

use crate::{
    answer::is_gone,
    ask::{Ask, Order, literal},
    entra::Entra,
    user::{found, given, is_hidden},
};

/// More accounts than this are not looked at one by one: two are for a person to look at already.
const CANDIDATES: usize = 5;

/// A user as it is now, and the first page of what it is a member of.
struct Seen {
    found: Found,
    user: Value,
    member_of: (Ask, Reply),
}

impl Entra {
    /// The person's account.
    pub(crate) async fn find(&self, who: &Sought) -> Result<Sight, Fault> {
        let by_id = self.with_employee_id(&who.employee_id);
        let name = who.name.as_deref().filter(|name| is_account_name(name));
        let mut asks = vec![by_id.clone()];
        asks.extend(name.into_iter().flat_map(|name| self.about(name)));
        let skus = (self.choices.licences && self.skus.get().is_none()).then(Self::ask_skus);
        asks.extend(skus.clone());
        let mut answers = self.batch(&asks, Order::Any).await?;
        if let Some(ask) = skus
            && let Some(answer) = answers.pop()
        {
            self.skus.keep(Arc::new(self.skus_in(&ask, answer)?));
        }
        let has_it = |found: &Found| found.is_of(&who.employee_id);
        let mut answers = answers.into_iter();
        let mut candidates = Vec::new();
        let answer = answers
            .next()
            .ok_or_else(|| self.odd("fewer answers than were asked for"))?;
        let see = |user: &Value| {
            candidates.extend(found(user).filter(has_it).map(|found| found.handle));
        };
        let nobody = self.each_after(&by_id, answer, see).await?;
        let named = match (name, answers.next(), answers.next()) {
            (Some(name), Some(user), Some(members)) => {
                self.seen(self.about(name), user, members)?
            }
            _ => None,
        };
        candidates.retain(|id| named.as_ref().is_none_or(|seen| seen.found.handle != *id));
        candidates.sort_unstable();
        candidates.dedup();
        let mut matches = self.users_at(&candidates).await?;
        matches.retain(|seen| has_it(&seen.found));
        let (is_it, named) = match named {
            Some(seen) if has_it(&seen.found) => (Some(seen), None),
            named => (None, named),
        };
        matches.extend(is_it);
        match (matches.len(), named) {
            (0, Some(seen)) => match theirs(self.http.system(), who, seen.found.clone())? {
                Some(_) => self.sight(seen).await,
                None => Ok(Sight::Nobody(nobody)),
            },
            (0 | 1, _) => match matches.pop() {
                Some(seen) => self.sight(seen).await,
                None => Ok(Sight::Nobody(nobody)),
            },
            _ => Err(self.several(
                &who.employee_id,
                matches.into_iter().map(|seen| seen.found).collect(),
            )),
        }
    }

    /// `eq` needs no other consistency level than the usual one, which is the fresher.
    fn with_employee_id(&self, id: &EmployeeId) -> Ask {
        let (id, properties) = (literal(id.as_str()), self.properties());
        Ask::get(format!(
            "users?$filter=employeeId%20eq%20{id}&$select={properties}"
        ))
    }

    /// A user, by id or account name, and what it is a member of.
    fn about(&self, id: &str) -> [Ask; 2] {
        let (id, properties) = (segment(id), self.properties());
        [
            Ask::get(format!("users/{id}?$select={properties}")),
            Ask::get(format!("users/{id}/memberOf?$top=999")),
        ]
    }

    /// Users by id as they are now, all in one call. Who went away meanwhile is left out.
    async fn users_at(&self, ids: &[String]) -> Result<Vec<Seen>, Fault> {
        let ids = &ids[..ids.len().min(CANDIDATES)];
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        let asks: Vec<Ask> = ids.iter().flat_map(|id| self.about(id)).collect();
        let mut answers = self.batch(&asks, Order::Any).await?.into_iter();
        let mut seen = Vec::new();
        for id in ids {
            if let (Some(user), Some(members)) = (answers.next(), answers.next()) {
                seen.extend(self.seen(self.about(id), user, members)?);
            }
        }
        Ok(seen)
    }

    fn seen(
        &self,
        [about, members]: [Ask; 2],
        user: Reply,
        member_of: Reply,
    ) -> Result<Option<Seen>, Fault> {
        if is_gone(&user) {
            return Ok(None);
        }
        let user = self.means(&about, user)?.body.unwrap_or_default();
        let found = found(&user).ok_or_else(|| self.odd("something that is no user"))?;
        Ok(Some(Seen {
            found,
            user,
            member_of: (members, member_of),
        }))
    }

    /// The account with this id, as it is now.
    pub(crate) async fn at(&self, id: &str) -> Result<Sight, Fault> {
        match self.users_at(&[id.to_owned()]).await?.pop() {
            Some(seen) if seen.found.handle == id => self.sight(seen).await,
            Some(_) => Err(self.odd("another user than the one who was asked for")),
            None => Ok(Sight::Nobody(Whole::asked_for_itself(()))),
        }
    }

    /// The account with what it has.
    async fn sight(&self, seen: Seen) -> Result<Sight, Fault> {
        let Seen {
            found,
            user,
            member_of: (ask, answer),
        } = seen;
        if is_gone(&answer) {
            return Err(self.lost());
        }
        let mut has = self.licences_of(&user).await?;
        let mut hidden = false;
        let see = |item: &Value| {
            hidden |= is_hidden(item, self.choices.roles);
            if let Some((entitlement, id)) = given(item)
                && (entitlement.kind() != "role" || self.choices.roles)
            {
                // Whoever is to lose it again need not ask for its id.
                self.known.meet(&entitlement, id);
                has.insert(entitlement);
            }
        };
        let whole = self.each_after(&ask, answer, see).await?;
        if hidden {
            return Err(self.unauthorized(
                "it tells that the account is a member of something, and not of what",
            ));
        }
        Ok(Sight::Whole(whole.map(|()| found.with(has))))
    }
}

/// Whether a user may be called so: `alias@domain`. What is none would be another address.
fn is_account_name(name: &str) -> bool {
    let is_odd = |c: char| c.is_control() || c.is_whitespace() || "/\\?%".contains(c);
    name.contains('@') && !name.starts_with('$') && !name.contains(is_odd)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_account_name_is_not_looked_for() {
        for name in ["zoe@acme.example", "o'neil_x.com#EXT#@acme.example"] {
            assert!(is_account_name(name), "{name}");
        }
        for name in [
            "", "zoe", "delta", "$count@x", "a/b@x", "a b@x", "a?@x", "..",
        ] {
            assert!(!is_account_name(name), "{name}");
        }
    }
}
