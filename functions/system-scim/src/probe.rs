//! What Latchkey has to be able to do in a SCIM system, tried without changing anything.

use std::collections::BTreeSet;

use latchkey_systems::{Fault, Probe, Whole};
use reqwest::Method;
use serde_json::{Value, json};

use crate::{
    dialect::{MemberChange, Membership, UserChange},
    groups::member,
    place::{ACTIVE, GROUP, USER},
    resource,
    scim::Scim,
    users::{operation, patch_op},
};

/// An id that nobody has: what is changed there is not there (404), unless changing is not allowed at all.
const NOBODY: &str = "00000000-0000-4000-8000-000000000000";

impl Scim {
    pub(crate) async fn try_all(&self) -> Vec<Probe> {
        let mut probes = Vec::new();
        let users = match self.try_users().await {
            Ok(users) => users,
            Err(fault) => return vec![Probe::failed("read all users", fault)],
        };
        probes.push(Probe::of("read all users", Ok(())));
        let groups = match self.try_groups().await {
            Ok(groups) => groups,
            Err(fault) => {
                probes.push(Probe::failed("read all groups", fault));
                return probes;
            }
        };
        probes.push(Probe::of("read all groups", Ok(())));
        if self.dialect.membership != Membership::FilterAlone {
            let told = self.prove_all_members(&users, groups).await;
            probes.push(Probe::of("tell who is in which group", told));
        }
        let active = resource::active(&self.dialect, false);
        let user = match self.dialect.users {
            UserChange::Whole => (
                Method::PUT,
                json!({ "schemas": [USER], "userName": NOBODY }),
            ),
            form => (
                Method::PATCH,
                patch_op(&operation(form, &ACTIVE, Some(active))),
            ),
        };
        probes.push(self.changes("change users", "Users", user).await);
        let group = match self.dialect.members {
            MemberChange::Whole => (
                Method::PUT,
                json!({ "schemas": [GROUP], "displayName": NOBODY }),
            ),
            form => (Method::PATCH, patch_op(&member(form, NOBODY, true))),
        };
        let what = "change the members of groups";
        probes.push(self.changes(what, "Groups", group).await);
        probes.extend(self.keeps());
        probes
    }

    /// The ids of all users.
    async fn try_users(&self) -> Result<BTreeSet<String>, Fault> {
        let users = self.matching("Users", None, |_| true).await?.whole()?;
        let ids = users.get().iter().filter_map(|user| user["id"].as_str());
        Ok(ids.map(str::to_owned).collect())
    }

    async fn try_groups(&self) -> Result<Whole<Vec<Value>>, Fault> {
        self.matching("Groups", None, |_| true).await?.whole()
    }

    /// Whether the vendor keeps what the runbook wants kept; nothing is said where it does.
    fn keeps(&self) -> Option<Probe> {
        let wanted: Vec<&str> = match self.attributes.as_slice() {
            [] => self.dialect.keeps.to_vec(),
            some => some.iter().map(String::as_str).collect(),
        };
        let fault = wanted
            .into_iter()
            .find_map(|attribute| self.fits_attribute(attribute).err())?;
        Some(Probe::failed("keep a person's attributes", fault))
    }

    async fn changes(&self, what: &str, path: &str, (method, body): (Method, Value)) -> Probe {
        let mut call = self.call(method, format!("{path}/{NOBODY}"));
        call.body = Some((self.dialect.media, body));
        // Some look at the id before, some after they looked at the body.
        call.expected = &[400, 404];
        Probe::of_trying(what, self.http.call(&call).await)
    }
}
