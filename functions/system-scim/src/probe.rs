//! What Latchkey has to be able to do in a SCIM system, tried without changing anything.

use latchkey_systems::{Fault, Probe};
use reqwest::Method;
use serde_json::{Value, json};

use crate::{
    dialect::{MemberChange, UserChange},
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
        for (what, path) in [("read users", "Users"), ("read groups", "Groups")] {
            let read = self.page(path, None, None, 1).await;
            let stop = read.is_err();
            probes.push(Probe::of(what, read.map(|_| ())));
            if stop {
                return probes;
            }
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

    /// Whether the vendor keeps what the runbook wants kept; nothing is said where it does.
    fn keeps(&self) -> Option<Probe> {
        let wanted: Vec<&str> = match self.attributes.as_slice() {
            [] => self.dialect.keeps.to_vec(),
            some => some.iter().map(String::as_str).collect(),
        };
        let fault = wanted
            .into_iter()
            .find_map(|attribute| self.fits_attribute(attribute).err())?;
        Some(Probe::of("keep a person's attributes", Err(fault)))
    }

    async fn changes(&self, what: &str, path: &str, (method, body): (Method, Value)) -> Probe {
        let mut call = self.call(method, format!("{path}/{NOBODY}"));
        call.body = Some((self.dialect.media, body));
        // Some look at the id before, some after they looked at the body.
        call.expected = &[400, 404];
        let came = self.http.call(&call).await.map(|_| ());
        Probe::of(what, came.or_else(not_there))
    }
}

/// That nobody has such an id may be said in many ways; what counts is that it may be asked.
fn not_there(fault: Fault) -> Result<(), Fault> {
    match fault {
        Fault::Rejected { .. } | Fault::Conflict { .. } => Ok(()),
        other => Err(other),
    }
}
