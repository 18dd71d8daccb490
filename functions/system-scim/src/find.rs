//! Whose account is it: by the employee id, by the account name, and by all where a vendor filters by neither.

use latchkey_lifecycle::EmployeeId;
use latchkey_systems::{Fault, Faults, Found, Sight, Sought, System, Whole, quoted, theirs};
use serde_json::Value;

use crate::{paging::Matches, resource::found, scim::Scim};

/// What a search shows.
pub(crate) enum Seen {
    User(Value),
    /// See [`Sight::Unsure`].
    Unsure(Vec<Found>, Fault),
    Nobody(Whole),
}

impl Scim {
    /// The person's user.
    pub(crate) async fn find(&self, who: &Sought) -> Result<Seen, Fault> {
        let (dialect, id) = (&self.dialect, &who.employee_id);
        let (by_id, named) = if dialect.finds_by_id {
            let filter = format!("{} eq {}", dialect.id_place().path(), quoted(id.as_str()));
            let by_id = self.with_id(Some(&filter), id).await?;
            if !by_id.found.is_empty() {
                return Ok(self.one(by_id, id));
            }
            (by_id, self.with_name(who).await)
        } else {
            // The vendor does not filter by the id. One call finds whoever has the name that they should have; whoever
            // has another one is among all.
            let named = self.with_name(who).await;
            match &named {
                Ok(Seen::User(user)) if self.id_of(user).as_ref() == Some(id) => return named,
                Ok(_)
                | Err(Fault::Taken { .. } | Fault::Conflict { .. } | Fault::Incomplete { .. }) => {}
                Err(_) => return named,
            }
            let by_id = self.with_id(None, id).await?;
            if !by_id.found.is_empty() {
                return Ok(self.one(by_id, id));
            }
            (by_id, named)
        };
        // Nobody was shown who has the id. Only where everybody was shown is that known.
        match (by_id.all, named) {
            (Ok(_), named) => named,
            (Err(why), Ok(Seen::User(user))) => Ok(Seen::Unsure(self.accounts(&[user]), why)),
            (Err(why), Ok(Seen::Unsure(all, _))) => Ok(Seen::Unsure(all, why)),
            (Err(why), Ok(Seen::Nobody(_)) | Err(_)) => Err(why),
        }
    }

    fn id_of(&self, user: &Value) -> Option<EmployeeId> {
        found(user, &self.dialect)?.account.employee_id
    }

    fn accounts(&self, users: &[Value]) -> Vec<Found> {
        let found = users.iter().filter_map(|user| found(user, &self.dialect));
        found.collect()
    }

    /// The one user who was found, where it is known that there are no others.
    fn one(&self, matches: Matches, id: &EmployeeId) -> Seen {
        let Matches { mut found, all } = matches;
        if found.len() > 1 {
            let accounts = self.accounts(&found);
            let why = self.several(id, accounts.clone());
            return Seen::Unsure(accounts, why);
        }
        match (found.pop(), all) {
            (Some(user), Ok(_)) => Seen::User(user),
            (None, Ok(whole)) => Seen::Nobody(whole),
            (user, Err(why)) => Seen::Unsure(self.accounts(user.as_slice()), why),
        }
    }

    async fn with_id(&self, filter: Option<&str>, id: &EmployeeId) -> Result<Matches, Fault> {
        let has_id = |user: &Value| self.id_of(user).as_ref() == Some(id);
        self.matching("Users", filter, has_id).await
    }

    async fn with_name(&self, who: &Sought) -> Result<Seen, Fault> {
        let Some(name) = &who.name else {
            return Ok(Seen::Nobody(Whole::asked_for_itself(())));
        };
        // userName is not caseExact (RFC 7643 section 4.1.1).
        let folded = name.to_lowercase();
        let has_name = |user: &Value| {
            found(user, &self.dialect).is_some_and(|f| f.account.name.to_lowercase() == folded)
        };
        let filter = self.dialect.finds_by_name;
        let filter = filter.map(|attribute| format!("{attribute} eq {}", quoted(name)));
        let matches = self.matching("Users", filter.as_deref(), has_name).await?;
        if matches.found.len() > 1 {
            let many = matches.found.len();
            return Err(self.conflict(format!("{many} accounts have the account name {name}")));
        }
        let Some(user) = matches.found.first().cloned() else {
            return matches.all.map(Seen::Nobody);
        };
        // What the filter let through has the name, and a name is one user's: what is left to ask is whose it is.
        let Some(found) = found(&user, &self.dialect) else {
            return matches.all.map(Seen::Nobody);
        };
        match theirs(self.name(), who, found)? {
            Some(_) => Ok(Seen::User(user)),
            None => Ok(Seen::Nobody(Whole::asked_for_itself(()))),
        }
    }

    /// The user with this id, asked for itself.
    pub(crate) async fn user(&self, id: &str) -> Result<Whole<Option<Value>>, Fault> {
        let user = self.resource("Users", id).await?;
        let other = |user: &Value| user["id"] != id || found(user, &self.dialect).is_none();
        if user.as_ref().is_some_and(other) {
            return Err(self.odd("something that is not the user who was asked for"));
        }
        Ok(Whole::asked_for_itself(user))
    }

    /// What a user of this resource is, as far as it takes to cut its sign-in.
    pub(crate) async fn sight(&self, user: &Value) -> Result<Sight, Fault> {
        let Some(seen) = found(user, &self.dialect) else {
            return Err(self.incomplete("it has a user without a name"));
        };
        let seen = seen.with(self.own_groups(user).await?);
        Ok(match self.carries_groups(user) {
            true => Sight::Whole(Whole::in_one_answer(seen)),
            false => Sight::Part(seen),
        })
    }
}
