//! Whose account is whose.
//!
//! A search knows every attribute, and shows late what has changed; a user by its id or login is shown as it is
//! (reference, "List all users" and "Retrieve a user"). So a search only says where to look, and who was made a moment
//! ago is found by login.

use latchkey_lifecycle::EmployeeId;
use latchkey_systems::{
    Call, Fault, Faults, Found, Sight, Sought, Whole, query, quoted, segment, theirs,
};
use serde_json::Value;

use crate::okta::Okta;

/// More accounts than this are not looked at one by one: two are for a person to look at already.
const CANDIDATES: usize = 5;

impl Okta {
    /// The person's account, without what it has been given.
    pub(crate) async fn find(&self, who: &Sought) -> Result<Sight, Fault> {
        let nobody = match self.by_employee_id(&who.employee_id).await?.there() {
            Ok(found) => return Ok(Sight::Part(found.into_inner())),
            Err(nobody) => nobody,
        };
        let name = who.name.as_deref().unwrap_or_default();
        let found = match self.by_login(name).await? {
            Some(found) => theirs(self.http.system(), who, found)?,
            None => None,
        };
        Ok(Sight::part_of(found, nobody))
    }

    async fn by_employee_id(&self, id: &EmployeeId) -> Result<Whole<Option<Found>>, Fault> {
        let search = format!("profile.{} eq {}", self.choices.holder, quoted(id.as_str()));
        let has_it = |found: &Found| found.is_of(id);
        let mut candidates = Vec::new();
        let see = |user: &Value| {
            if let Some(found) = self.found(user).filter(has_it) {
                candidates.push(found.handle);
            }
        };
        let whole = self
            .each("users", query([("search", &search)]), see)
            .await?;
        // Pages may move while they are read, and show somebody twice.
        candidates.sort_unstable();
        candidates.dedup();
        let mut matches = Vec::new();
        for handle in candidates.iter().take(CANDIDATES) {
            matches.extend(self.user(handle).await?.filter(has_it));
        }
        match matches.len() {
            0 | 1 => Ok(whole.map(|()| matches.pop())),
            _ => Err(self.several(id, matches)),
        }
    }

    /// The user who signs in with a name. Okta also shows users whose login only begins like it, or has other accents.
    async fn by_login(&self, name: &str) -> Result<Option<Found>, Fault> {
        let folded = name.to_lowercase();
        let is_it = |found: &Found| found.account.name.to_lowercase() == folded;
        match name {
            "" => Ok(None),
            // `me` is whoever owns the token, and a login with a slash cannot be part of a path ("Retrieve a user");
            // dots alone would be another path.
            "me" | "." | ".." => self.by_filter(name, is_it).await,
            _ if name.contains('/') => self.by_filter(name, is_it).await,
            _ => Ok(self.user(name).await?.filter(is_it)),
        }
    }

    async fn by_filter(
        &self,
        name: &str,
        is_it: impl Fn(&Found) -> bool,
    ) -> Result<Option<Found>, Fault> {
        let filter = format!("profile.login eq {}", quoted(name));
        let users = self.all("users", query([("filter", &filter)])).await?;
        let users = users.into_inner();
        Ok(users.iter().filter_map(|user| self.found(user)).find(is_it))
    }

    /// A user as it is now, by id or login.
    pub(crate) async fn user(&self, id: &str) -> Result<Option<Found>, Fault> {
        let Some(user) = self.raw_user(id).await? else {
            return Ok(None);
        };
        let found = self.found(&user);
        found
            .map(Some)
            .ok_or_else(|| self.odd("something that is no user"))
    }

    /// The same, as Okta says it.
    pub(crate) async fn raw_user(&self, id: &str) -> Result<Option<Value>, Fault> {
        let call = Call::get(format!("users/{}", segment(id)));
        let answer = self.call_if_there(&call).await?;
        Ok(answer.map(|answer| answer.body.unwrap_or_default()))
    }
}
