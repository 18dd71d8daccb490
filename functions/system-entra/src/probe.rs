//! What Latchkey has to be able to do in Microsoft Entra, tried without changing anything.

use latchkey_systems::{Fault, Probe};
use serde_json::json;

use crate::{answer::is_gone, ask::Ask, entra::Entra};

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
            let read = match self.ask(&ask).await {
                Ok(answer) => self.part(&ask, answer).map(|_| ()),
                Err(fault) => Err(fault),
            };
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
            probes.push(Probe::of(what, self.may(&ask).await));
        }
        probes
    }

    /// That nobody has such an id may be said in many ways; what counts is that it may be asked.
    async fn may(&self, ask: &Ask) -> Result<(), Fault> {
        let answer = self.ask(ask).await?;
        if is_gone(&answer) {
            return Ok(());
        }
        match self.means(ask, answer) {
            Ok(_) | Err(Fault::Rejected { .. } | Fault::Conflict { .. }) => Ok(()),
            Err(fault) => Err(fault),
        }
    }
}
