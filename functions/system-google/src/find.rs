//! Whose account is whose.
//!
//! A search knows the employee id, and shows changes late: after an hour as a rule, after a day and a half at worst
//! (<https://developers.google.com/workspace/admin/directory/v1/guides/search-users>). A user by its address or id is
//! shown as it is. So a search only says where else to look.

use std::collections::BTreeSet;

use latchkey_lifecycle::EmployeeId;
use latchkey_systems::{
    Call, Fault, Faults, Found, Reply, Sought, System, Whole, query, segment, theirs,
};
use serde_json::Value;

use crate::{
    answer::{is_gone, reason},
    google::Google,
    known::Known,
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
    /// The person's account without groups and licences, and what else is known of it by then.
    pub(crate) async fn find(&self, who: &Sought) -> Result<Whole<Option<(Found, Known)>>, Fault> {
        let name = who.name.as_deref().unwrap_or_default();
        // What has no @ could be somebody's id.
        let address = Some(name).filter(|name| name.contains('@'));
        let mut calls = vec![self.search(&who.employee_id)];
        calls.extend(address.into_iter().flat_map(|key| self.questions(key)));
        let mut answers = self.directory.ask_together(&calls).await?.into_iter();
        let searched = answers.next().flatten();
        let mut known = self.known(name, &mut answers);
        let named = match address {
            Some(address) => self.at(known.user.take(), address).await?,
            None => At::Nobody,
        };
        let mut ids = BTreeSet::new();
        let searched = self.ids_of(searched, &who.employee_id).await?;
        let searched = searched.map(|all| ids = all);
        let has_it = |found: &Found| found.is_of(&who.employee_id);
        let named_id = match &named {
            At::User(user) => user["id"].as_str(),
            _ => None,
        };
        let mut matches = Vec::new();
        if let At::User(user) = &named {
            matches.extend(self.found(user).filter(has_it).map(|found| (found, None)));
        }
        ids.retain(|id| named_id != Some(id.as_str()));
        for mut known in self.look(ids).await? {
            let call = get_user(&known.key);
            let answer = self.directory.ask_unless(known.user.take(), &call).await?;
            let user = self.directory.if_there(&call, answer)?;
            let user = user.map(|user| self.a_user(user)).transpose()?;
            let found = user.and_then(|user| self.found(&user));
            matches.extend(found.filter(has_it).map(|found| (found, Some(known))));
        }
        let one = match (matches.len(), named) {
            (1, _) => matches.pop(),
            (0, At::Nobody) => None,
            // The list was shown, so it is not for want of rights.
            (0, At::Hidden) => {
                return Err(self.not_yet(
                    "the account may have been made a moment ago, or the address is not the company's",
                ));
            }
            (0, At::User(user)) => {
                let found = self.judged(who, name, &user)?;
                found.map(|found| (found, None))
            }
            _ => {
                return Err(self.several(
                    &who.employee_id,
                    matches.into_iter().map(|(found, _)| found).collect(),
                ));
            }
        };
        let one = one.map(|(found, its)| {
            let known = its.unwrap_or_else(|| known.of(&found));
            (found, known)
        });
        Ok(searched.map(|()| one))
    }

    /// The user with this id, as it is now.
    pub(crate) async fn user_at(&self, id: &str) -> Result<Option<Found>, Fault> {
        let found = self.user(id).await?.and_then(|user| self.found(&user));
        Ok(found.filter(|found| found.handle == id))
    }

    /// What is to be known of the users that a search names.
    async fn look(&self, ids: BTreeSet<String>) -> Result<Vec<Known>, Fault> {
        let ids: Vec<String> = ids.into_iter().take(CANDIDATES).collect();
        let calls: Vec<Call> = ids.iter().flat_map(|id| self.questions(id)).collect();
        let mut answers = self.directory.ask_together(&calls).await?.into_iter();
        Ok(ids.iter().map(|id| self.known(id, &mut answers)).collect())
    }

    /// Whether a user with the address that was asked for, and not the employee id, is the person. An alias is the same
    /// address.
    fn judged(&self, who: &Sought, name: &str, user: &Value) -> Result<Option<Found>, Fault> {
        let found = self
            .found(user)
            .ok_or_else(|| self.odd("something that is no user"))?;
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
        let is_theirs = theirs(self.name(), who, seen)?.is_some();
        Ok(is_theirs.then_some(found))
    }

    /// What searches for the users with an employee id.
    fn search(&self, id: &EmployeeId) -> Call {
        let asked = query([
            ("customer", self.choices.customer.as_str()),
            ("query", &format!("externalId={}", searched(id.as_str()))),
            ("maxResults", "100"),
            ("fields", "nextPageToken,users(id,primaryEmail,externalIds)"),
        ]);
        Call::get("users").asking(asked)
    }

    /// The users whom a search knows under an employee id; its first page may be known.
    async fn ids_of(
        &self,
        known: Option<Reply>,
        id: &EmployeeId,
    ) -> Result<Whole<BTreeSet<String>>, Fault> {
        let mut ids = BTreeSet::new();
        let see = |user: &Value| {
            let found = self.found(user);
            ids.extend(
                found
                    .filter(|found| found.is_of(id))
                    .map(|found| found.handle),
            );
        };
        let search = self.search(id);
        let list = self
            .directory
            .each_after(known, search, "users", see)
            .await?;
        let list = list.ok_or_else(|| {
            self.rejected("it has no list of users; check the address in the runbook")
        })?;
        Ok(list.map(|()| ids))
    }

    /// What is at an address, which may be known.
    async fn at(&self, known: Option<Reply>, address: &str) -> Result<At, Fault> {
        let call = get_user(address);
        let answer = self.directory.ask_unless(known, &call).await?;
        if is_gone(&answer) {
            return Ok(At::Nobody);
        }
        if answer.status.as_u16() == 403 && reason(&answer) == "forbidden" {
            return Ok(At::Hidden);
        }
        let answer = self.directory.means(&call, answer)?;
        Ok(At::User(self.a_user(answer)?))
    }

    /// An answer that has to be a user: what is none is no word about who is there.
    fn a_user(&self, answer: Reply) -> Result<Value, Fault> {
        let user = answer.body.filter(|user| user["primaryEmail"].is_string());
        user.ok_or_else(|| self.odd("something that is no user"))
    }

    /// A user as it is now, as Google says it.
    pub(crate) async fn user(&self, key: &str) -> Result<Option<Value>, Fault> {
        let answer = self.directory.call_if_there(&get_user(key)).await?;
        answer.map(|answer| self.a_user(answer)).transpose()
    }
}

/// What asks for a user, by address or id.
pub(crate) fn get_user(key: &str) -> Call {
    Call::get(format!("users/{}", segment(key))).asking(query([("fields", FIELDS)]))
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
