//! Whose account is whose: by e-mail address, since Slack knows no employee ids.

use latchkey_systems::{Fault, Faults, Found, Sought, theirs};
use serde_json::Value;

use crate::{
    paging::{self, PAGE},
    slack::Slack,
    user::{email, employee_id, found, is_in},
};

/// Nobody has this address, or only somebody deactivated.
const NOBODY: [&str; 2] = ["users_not_found", "user_not_found"];

/// Who has an e-mail address.
pub(crate) enum Seen {
    /// Somebody of this workspace.
    Here(Box<Found>),
    /// Somebody of the organisation who is not in this workspace, or deactivated: their id.
    Outside(String),
    /// Nobody whom Slack would show.
    Nobody,
}

/// The addresses that somebody may have there: the account name that the runbook gives, and the work address.
fn addresses(who: &Sought) -> Vec<&str> {
    let name = who.name.as_deref().filter(|name| name.contains('@'));
    let mut all: Vec<&str> = name.into_iter().collect();
    if let Some(work) = who.email.as_deref()
        && !all.iter().any(|known| known.eq_ignore_ascii_case(work))
    {
        all.push(work);
    }
    all
}

impl Slack {
    /// The person's account, without what it has been given.
    pub(crate) async fn find(&self, who: &Sought) -> Result<Option<Found>, Fault> {
        let mut matches: Vec<Found> = Vec::new();
        for address in addresses(who) {
            if let Seen::Here(found) = self.by_address(address).await?
                && matches.iter().all(|known| known.handle != found.handle)
            {
                matches.push(*found);
            }
        }
        if matches.len() > 1 {
            return Err(self.conflict(format!(
                "employee {} has an account under the account name, and another one under the work e-mail address",
                who.employee_id
            )));
        }
        let Some(mut found) = matches.pop() else {
            return Ok(None);
        };
        self.read_employee_id(&mut found).await?;
        // Found by an address, which is its name.
        let by_address = Sought {
            name: Some(found.account.name.clone()),
            ..who.clone()
        };
        theirs(self.http.system(), &by_address, found)
    }

    async fn read_employee_id(&self, found: &mut Found) -> Result<(), Fault> {
        if let Some(holder) = &self.choices.holder {
            // Neither the address nor the id brings custom fields ("users.profile.get").
            let of = [("user", found.handle.as_str())];
            let profile = self.call("users.profile.get", &of).await?;
            found.account.employee_id = employee_id(&profile["profile"], holder);
        }
        Ok(())
    }

    /// The account with this id, of whoever can sign in ("users.info").
    pub(crate) async fn user(&self, id: &str) -> Result<Option<Found>, Fault> {
        let body = self
            .call_unless("users.info", &[("user", id)], &NOBODY)
            .await?;
        let Some(body) = body else {
            return Ok(None);
        };
        let user = &body["user"];
        if user["id"] != id {
            return Err(self.rejected("users.info is answered with somebody else, or nobody"));
        }
        let found = self.member(user);
        let Some(mut found) = found else {
            return Ok(None);
        };
        self.read_employee_id(&mut found).await?;
        Ok(Some(found))
    }

    /// Who has an e-mail address. Slack keeps addresses in small letters, and does not say whether it asks for them so.
    pub(crate) async fn by_address(&self, address: &str) -> Result<Seen, Fault> {
        let small = address.to_lowercase();
        match self.looked_up(address).await? {
            Seen::Nobody if small != address => self.looked_up(&small).await,
            seen => Ok(seen),
        }
    }

    /// The same, letter by letter ("users.lookupByEmail").
    async fn looked_up(&self, address: &str) -> Result<Seen, Fault> {
        let method = "users.lookupByEmail";
        let body = self
            .call_unless(method, &[("email", address)], &NOBODY)
            .await?;
        let Some(body) = body else {
            return Ok(Seen::Nobody);
        };
        let user = &body["user"];
        let Some(its) = email(user) else {
            return Err(self.rejected(format!(
                "{method} is answered with nobody's e-mail address; check the address in the runbook and the scope \
                 `users:read.email`"
            )));
        };
        if !its.eq_ignore_ascii_case(address) {
            return Ok(Seen::Nobody);
        }
        let Some(found) = found(user, self.choices.holder.as_deref()) else {
            return Err(self.rejected(format!(
                "{method} is answered with something that is no user"
            )));
        };
        Ok(match is_in(user, self.choices.team.as_deref()) {
            true => Seen::Here(Box::new(found)),
            false => Seen::Outside(found.handle),
        })
    }

    /// The id of somebody who was in the workspace and is not any more. Only the list shows them.
    pub(crate) async fn formerly(&self, address: &str) -> Result<Option<String>, Fault> {
        let mut id = None;
        let list = paging::users(self.choices.page.max(PAGE));
        let see = |user: &Value| {
            let its = email(user).is_some_and(|its| its.eq_ignore_ascii_case(address));
            let waits = user["is_invited_user"] == true;
            if its && !waits && !is_in(user, self.choices.team.as_deref()) {
                id = user["id"].as_str().map(str::to_owned);
            }
        };
        let whole = self.each(&list, see).await?;
        Ok(whole.map(|()| id).into_inner())
    }
}

#[cfg(test)]
mod tests {
    use latchkey_lifecycle::EmployeeId;

    use super::*;

    #[test]
    fn an_address_is_asked_for_once() {
        let of = |name: Option<&str>, email: Option<&str>| {
            let who = Sought {
                employee_id: EmployeeId::new("1").unwrap(),
                name: name.map(str::to_owned),
                email: email.map(str::to_owned),
                previous_id: None,
                known: None,
            };
            addresses(&who).join(" ")
        };
        assert_eq!(
            of(Some("Zoe@a.example"), Some("zoe@A.example")),
            "Zoe@a.example"
        );
        assert_eq!(of(Some("zoe"), Some("zoe@a.example")), "zoe@a.example");
        assert_eq!(
            of(Some("z@a.example"), Some("zoe@a.example")),
            "z@a.example zoe@a.example"
        );
        assert_eq!(of(Some("zoe"), None), "");
    }
}
