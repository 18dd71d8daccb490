//! Whose account is it: by the employee id, by the account name, and by all where a vendor filters by neither.

use latchkey_lifecycle::EmployeeId;
use latchkey_systems::{Fault, Sought, quoted, theirs};
use serde_json::Value;

use crate::{resource::found, scim::Scim};

impl Scim {
    /// The person's user.
    pub(crate) async fn find(&self, who: &Sought) -> Result<Option<Value>, Fault> {
        let dialect = &self.dialect;
        if dialect.finds_by_id {
            let filter = format!(
                "{} eq {}",
                dialect.id_place().path(),
                quoted(who.employee_id.as_str())
            );
            let by_id = self.with_id(Some(&filter), &who.employee_id).await?;
            return match by_id {
                None => self.with_name(who).await,
                user => Ok(user),
            };
        }
        // The vendor does not filter by the id. One call finds whoever has the name that they should have; whoever has
        // another one is among all.
        let named = self.with_name(who).await;
        match &named {
            Ok(Some(user)) if self.id_of(user).as_ref() == Some(&who.employee_id) => return named,
            Ok(_) | Err(Fault::Taken { .. } | Fault::Conflict { .. }) => {}
            Err(_) => return named,
        }
        match self.with_id(None, &who.employee_id).await? {
            None => named,
            user => Ok(user),
        }
    }

    fn id_of(&self, user: &Value) -> Option<EmployeeId> {
        found(user, &self.dialect)?.account.employee_id
    }

    fn one(&self, users: Vec<Value>, what: &str) -> Result<Option<Value>, Fault> {
        match users.len() {
            0 | 1 => Ok(users.into_iter().next()),
            n => Err(self.conflict(format!("{n} accounts have the {what}"))),
        }
    }

    async fn with_id(&self, filter: Option<&str>, id: &EmployeeId) -> Result<Option<Value>, Fault> {
        let has_id = |user: &Value| self.id_of(user).as_ref() == Some(id);
        let users = self.matching("Users", filter, has_id).await?;
        self.one(users, &format!("employee id {id}"))
    }

    async fn with_name(&self, who: &Sought) -> Result<Option<Value>, Fault> {
        let Some(name) = &who.name else {
            return Ok(None);
        };
        // userName is not caseExact (RFC 7643 section 4.1.1).
        let folded = name.to_lowercase();
        let has_name = |user: &Value| {
            found(user, &self.dialect).is_some_and(|f| f.account.name.to_lowercase() == folded)
        };
        let filter = self.dialect.finds_by_name;
        let filter = filter.map(|attribute| format!("{attribute} eq {}", quoted(name)));
        let users = self.matching("Users", filter.as_deref(), has_name).await?;
        let Some(user) = self.one(users, &format!("account name {name}"))? else {
            return Ok(None);
        };
        // What the filter let through has the name: what is left to ask is whose it is.
        match found(&user, &self.dialect) {
            Some(found) => Ok(theirs(self.http.system(), who, found)?.map(|_| user)),
            None => Ok(None),
        }
    }
}
