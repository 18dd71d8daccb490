//! Groups, by their addresses. Who is a member, a manager or an owner has the group; who is given it becomes a member.

use std::collections::BTreeSet;

use latchkey_lifecycle::Entitlement;
use latchkey_systems::{Call, Fault, Faults, Reply, Whole, query, segment};
use reqwest::Method;
use serde_json::{Value, json};

use crate::{
    answer::{is_duplicate, is_gone, message},
    google::Google,
};

/// What asks for the groups of a user, by address or id.
pub(crate) fn list_groups(key: &str) -> Call {
    let asked = query([
        ("userKey", key),
        ("maxResults", "200"),
        ("fields", "nextPageToken,groups(email)"),
    ]);
    Call::get("groups").asking(asked)
}

impl Google {
    /// The entitlement of a group as Google lists it; `None` for one that nobody changes by hand.
    pub(crate) fn group(&self, item: &Value) -> Option<Entitlement> {
        let address = item["email"].as_str()?;
        let fixed = &self.choices.fixed_groups;
        let is_fixed = fixed.contains(&address.to_lowercase());
        (!is_fixed).then(|| Entitlement::from(format!("group:{address}")))
    }

    /// The groups that a user is a member of, not by another group; the first page may be known.
    pub(crate) async fn groups_of(
        &self,
        known: Option<Reply>,
        key: &str,
    ) -> Result<Whole<BTreeSet<Entitlement>>, Fault> {
        let mut held = BTreeSet::new();
        let see = |item: &Value| held.extend(self.group(item));
        let list = self
            .directory
            .each_after(known, list_groups(key), "groups", see)
            .await?;
        match list {
            Some(whole) => Ok(whole.map(|()| held)),
            None => Err(self.unknown_to_groups()),
        }
    }

    fn unknown_to_groups(&self) -> Fault {
        self.not_yet("its groups do not know the account, which was made a moment ago")
    }

    /// The address of a group that can be given by hand.
    fn address_of<'a>(&self, entitlement: &'a Entitlement) -> Result<&'a str, Fault> {
        let address = entitlement.name();
        let problem = if !address.contains('@') {
            "a group is named by its address, e.g. group:sales@acme.example"
        } else if address.chars().any(char::is_uppercase) {
            "Google writes addresses in lower case; write it so in the runbook"
        } else if self
            .choices
            .fixed_groups
            .iter()
            .any(|fixed| fixed == address)
        {
            "it stands among the groups that nobody changes by hand (setting `fixed_groups`)"
        } else {
            return Ok(address);
        };
        let problem = format!("it cannot give or take `{entitlement}`: {problem}");
        Err(self.rejected(problem))
    }

    pub(crate) async fn join(&self, id: &str, entitlement: &Entitlement) -> Result<(), Fault> {
        let address = self.address_of(entitlement)?;
        let path = format!("groups/{}/members", segment(address));
        let body = json!({"id": id, "role": "MEMBER"});
        let call = Call::new(Method::POST, path).with(body);
        let answer = self.directory.ask(&call).await?;
        if is_duplicate(&answer) {
            return Ok(());
        }
        if is_gone(&answer) {
            return Err(match message(&answer).contains("groupKey") {
                true => self.rejected(format!(
                    "it has no group `{address}`; make it there, or correct its address in the runbook"
                )),
                false => self.unknown_to_groups(),
            });
        }
        self.directory.means(&call, answer).map(|_| ())
    }

    /// What is to be taken from a group that is not there any more is taken.
    pub(crate) async fn leave(&self, id: &str, entitlement: &Entitlement) -> Result<(), Fault> {
        let address = segment(self.address_of(entitlement)?);
        let call = Call::delete(format!("groups/{address}/members/{}", segment(id)));
        let answer = self.directory.ask(&call).await?;
        // Said of who is no member, too.
        let no_member = answer.status.as_u16() == 400 && message(&answer).contains("memberKey");
        if is_gone(&answer) || no_member {
            return Ok(());
        }
        let refused = answer.status.as_u16() == 412;
        match self.directory.means(&call, answer) {
            Err(Fault::Rejected { system, problem }) if refused => Err(system.rejected(format!(
                "{problem}; where its members come from a query (a dynamic group), name it in the setting `fixed_groups`"
            ))),
            other => other.map(|_| ()),
        }
    }
}
