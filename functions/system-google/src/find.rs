//! Whose account is whose.
//!
//! A search knows the employee id, and shows changes late: after an hour as a rule, after a day and a half at worst
//! (<https://developers.google.com/workspace/admin/directory/v1/guides/search-users>). A user by its address or id is shown as it is.
//! So a search only says where else to look.

use std::collections::BTreeSet;

use latchkey_lifecycle::EmployeeId;
use latchkey_systems::{Call, Fault, Found, Sought, segment, theirs};
use reqwest::Method;
use serde_json::Value;

use crate::{
    answer::{is_gone, reason},
    google::Google,
    paging::query,
    user::{FIELDS, is_reached_at},
};

/// More accounts than this are not looked at one by one: two are for a person to look at already.
const CANDIDATES: usize = 5;

/// What is at an address.
enum At {
    User(Value),
    Nobody,
    /// Google does not say: so it is with an account that was made a moment ago, and with another company's.
    Hidden,
}

impl Google {
    /// The person's user, and the user as an account without groups and licences.
    pub(crate) async fn find(&self, who: &Sought) -> Result<Option<Found>, Fault> {
        let name = who.name.as_deref().unwrap_or_default();
        let named = self.at(name).await?;
        let mut ids = self.ids_of(&who.employee_id).await?;
        let has_it = |found: &Found| found.account.employee_id.as_ref() == Some(&who.employee_id);
        let named_id = match &named {
            At::User(user) => user["id"].as_str(),
            _ => None,
        };
        let mut matches = Vec::new();
        if let At::User(user) = &named {
            matches.extend(self.found(user).filter(has_it));
        }
        ids.retain(|id| named_id != Some(id.as_str()));
        for id in ids.iter().take(CANDIDATES) {
            let user = self.user(id).await?;
            let found = user.and_then(|user| self.found(&user));
            matches.extend(found.filter(has_it));
        }
        match matches.len() {
            1 => return Ok(matches.pop()),
            0 => {}
            n => {
                let id = &who.employee_id;
                return Err(self
                    .directory
                    .conflict(format!("{n} accounts have the employee id {id}")));
            }
        }
        match named {
            At::Nobody => Ok(None),
            // The list was shown, so it is not for want of rights.
            At::Hidden => Err(self.directory.not_yet(
                "the account may have been made a moment ago, or the address is not the company's",
            )),
            At::User(user) => self.judged(who, name, &user),
        }
    }

    /// Whether a user with the address that was asked for, and not the employee id, is the person. An alias is the same address.
    fn judged(&self, who: &Sought, name: &str, user: &Value) -> Result<Option<Found>, Fault> {
        let found = self.found(user).ok_or_else(|| {
            self.directory.rejected(
                "it answers with something that is no user; check the address in the runbook"
                    .to_owned(),
            )
        })?;
        let mut seen = found.clone();
        if is_reached_at(user, name) {
            name.clone_into(&mut seen.account.name);
        }
        let email = who
            .email
            .as_ref()
            .filter(|email| is_reached_at(user, email));
        let email = email.unwrap_or(&found.account.name).clone();
        seen.account.attributes.insert("email".to_owned(), email);
        let is_theirs = theirs(self.directory.http.system(), who, seen)?.is_some();
        Ok(is_theirs.then_some(found))
    }

    /// The users whom a search knows under an employee id.
    async fn ids_of(&self, id: &EmployeeId) -> Result<BTreeSet<String>, Fault> {
        let mut ids = BTreeSet::new();
        let asked = query([
            ("customer", self.choices.customer.as_str()),
            ("query", &format!("externalId={}", searched(id.as_str()))),
            ("maxResults", "100"),
            ("fields", "nextPageToken,users(id,primaryEmail,externalIds)"),
        ]);
        self.directory
            .each("users", asked, "users", |user| {
                let found = self.found(user);
                let found = found.filter(|f| f.account.employee_id.as_ref() == Some(id));
                ids.extend(found.map(|found| found.handle));
            })
            .await?;
        Ok(ids)
    }

    async fn at(&self, address: &str) -> Result<At, Fault> {
        // What has no @ could be somebody's id.
        if !address.contains('@') {
            return Ok(At::Nobody);
        }
        let call = get_user(address);
        let answer = self.directory.ask(&call).await?;
        if is_gone(&answer) {
            return Ok(At::Nobody);
        }
        if answer.status.as_u16() == 403 && reason(&answer) == "forbidden" {
            return Ok(At::Hidden);
        }
        let answer = self.directory.means(&call, answer)?;
        Ok(At::User(answer.body.unwrap_or_default()))
    }

    /// A user as it is now, as Google says it.
    pub(crate) async fn user(&self, key: &str) -> Result<Option<Value>, Fault> {
        let answer = self.directory.call_if_there(&get_user(key)).await?;
        Ok(answer.map(|answer| answer.body.unwrap_or_default()))
    }
}

fn get_user(key: &str) -> Call {
    let mut call = Call::new(Method::GET, format!("users/{}", segment(key)));
    call.query = query([("fields", FIELDS)]);
    call
}

/// A value within a search: in quotes where it is more than one word, and none can break out.
fn searched(value: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    match value.chars().all(plain) {
        true => value.to_owned(),
        false => format!("'{}'", value.replace('\\', "\\\\").replace('\'', "\\'")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_cannot_break_out_of_a_search() {
        assert_eq!(searched("1042"), "1042");
        assert_eq!(searched("o'brien isAdmin=true"), r"'o\'brien isAdmin=true'");
        assert_eq!(searched(r"a\' b"), r"'a\\\' b'");
    }
}
