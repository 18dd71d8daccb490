//! What Latchkey has to be able to do in Okta, tried without changing anything.

use latchkey_systems::{Call, Fault, Probe};
use reqwest::Method;
use serde_json::json;

use crate::{answer::is_gone, okta::Okta, paging::query};

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
            let read = self.part(path, query([("limit", "1")])).await;
            let stop = read.is_err();
            probes.push(Probe::of(what, read.map(|_| ())));
            if stop {
                return probes;
            }
        }
        let mut change = self.post(format!("users/{NO_USER}"), &[]);
        change.body = Some(("application/json", json!({ "profile": {} })));
        probes.push(self.changes("change users", change).await);
        let suspend = self.post(format!("users/{NO_USER}/lifecycle/suspend"), &[]);
        probes.push(self.changes("suspend users", suspend).await);
        let sessions = format!("users/{NO_USER}/sessions");
        let end = Call::new(Method::DELETE, sessions);
        probes.push(self.changes("end sessions", end).await);
        let member = format!("groups/{NO_GROUP}/users/{NO_USER}");
        let join = Call::new(Method::DELETE, member);
        let what = "change the members of groups";
        probes.push(self.changes(what, join).await);
        if self.choices.apps {
            let assignment = format!("apps/{NO_APP}/users/{NO_USER}");
            let unassign = Call::new(Method::DELETE, assignment);
            probes.push(self.changes("assign apps", unassign).await);
        }
        if self.choices.roles {
            let role = format!("users/{NO_USER}/roles/{NO_GROUP}");
            let unassign = Call::new(Method::DELETE, role);
            probes.push(self.changes("assign administrator roles", unassign).await);
        }
        probes
    }

    /// That nobody has such an id may be said in many ways; what counts is that it may be asked.
    async fn changes(&self, what: &str, call: Call) -> Probe {
        let came = match self.ask(&call).await {
            Ok(answer) if is_gone(&answer) => Ok(()),
            Ok(answer) => match self.means(&call, answer) {
                Ok(_) | Err(Fault::Rejected { .. } | Fault::Conflict { .. }) => Ok(()),
                Err(fault) => Err(fault),
            },
            Err(fault) => Err(fault),
        };
        Probe::of(what, came)
    }
}
