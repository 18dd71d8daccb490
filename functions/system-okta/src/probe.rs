//! What Latchkey has to be able to do in Okta, tried without changing anything.

use latchkey_systems::{Call, Probe, query};
use serde_json::json;

use crate::okta::Okta;

/// Ids of Okta's form that nobody has: what is changed there is not there, unless changing is not allowed at all.
const NO_USER: &str = "00u00000000000000000";
const NO_GROUP: &str = "00g00000000000000000";
const NO_APP: &str = "0oa00000000000000000";

impl Okta {
    pub(crate) async fn try_all(&self) -> Vec<Probe> {
        let mut probes = Vec::new();
        let reads = [
            ("read users", "users", true),
            ("read groups", "groups", true),
            ("read apps", "apps", self.choices.apps),
            (
                "read administrator roles",
                "iam/assignees/users",
                self.choices.roles,
            ),
        ];
        for (what, path, _) in reads.into_iter().filter(|(_, _, wanted)| *wanted) {
            let read = self.page(path, query([("limit", "1")])).await;
            let stop = read.is_err();
            probes.push(Probe::of(what, read));
            if stop {
                return probes;
            }
        }
        let change = self.post(format!("users/{NO_USER}"));
        let change = change.with(json!({ "profile": {} }));
        probes.push(self.changes("change users", change).await);
        let suspend = self.post(format!("users/{NO_USER}/lifecycle/suspend"));
        probes.push(self.changes("suspend users", suspend).await);
        let end = Call::delete(format!("users/{NO_USER}/sessions"));
        probes.push(self.changes("end sessions", end).await);
        let join = Call::delete(format!("groups/{NO_GROUP}/users/{NO_USER}"));
        let what = "change the members of groups";
        probes.push(self.changes(what, join).await);
        if self.choices.apps {
            let unassign = Call::delete(format!("apps/{NO_APP}/users/{NO_USER}"));
            probes.push(self.changes("assign apps", unassign).await);
        }
        if self.choices.roles {
            let unassign = Call::delete(format!("users/{NO_USER}/roles/{NO_GROUP}"));
            probes.push(self.changes("assign administrator roles", unassign).await);
        }
        probes
    }

    async fn changes(&self, what: &str, call: Call) -> Probe {
        Probe::of_trying(what, self.call(&call).await)
    }
}
