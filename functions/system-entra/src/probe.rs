//! What Latchkey has to be able to do in Microsoft Entra, tried without changing anything.

use latchkey_systems::Probe;
use serde_json::json;

use crate::{ask::Ask, entra::Entra};

/// An id of Microsoft's form that nobody has: what is changed there is not there, unless changing is not allowed at
/// all.
const NOBODY: &str = "00000000-0000-4000-8000-000000000000";

impl Entra {
    pub(crate) async fn try_all(&self) -> Vec<Probe> {
        let mut probes = Vec::new();
        let (licences, roles) = (self.choices.licences, self.choices.roles);
        let reads = [
            ("read users", "users?$top=1&$select=id,employeeId", true),
            (
                "read groups and their members",
                "groups?$top=1&$select=id",
                true,
            ),
            ("read licences", "subscribedSkus?$select=skuId", licences),
            ("read directory roles", "directoryRoles?$select=id", roles),
        ];
        for (what, path, _) in reads.into_iter().filter(|(_, _, wanted)| *wanted) {
            let ask = Ask::get(path.to_owned());
            let answer = self.ask(&ask).await;
            let read = answer.and_then(|answer| self.lines(&ask, answer));
            let stop = read.is_err();
            probes.push(Probe::of(what, read));
            if stop {
                return probes;
            }
        }
        let user = format!("users/{NOBODY}");
        let none = json!({ "addLicenses": [], "removeLicenses": [] });
        let member = |of: &str| Ask::delete(format!("{of}/{NOBODY}/members/{NOBODY}/$ref"));
        let changes = [
            (
                "change users",
                Ask::patch(user.clone(), json!({ "jobTitle": null })),
                true,
            ),
            (
                "cut off users",
                Ask::patch(user.clone(), json!({ "accountEnabled": false })),
                true,
            ),
            (
                "end sessions",
                Ask::post(format!("{user}/revokeSignInSessions"), None),
                true,
            ),
            ("change the members of groups", member("groups"), true),
            (
                "assign licences",
                Ask::post(format!("{user}/assignLicense"), Some(none)),
                licences,
            ),
            ("assign directory roles", member("directoryRoles"), roles),
        ];
        for (what, ask, _) in changes.into_iter().filter(|(_, _, wanted)| *wanted) {
            probes.push(Probe::of_trying(what, self.get(&ask).await));
        }
        probes
    }
}
