//! Giving and taking: groups and directory roles here, licences in their own place.

use latchkey_lifecycle::Entitlement;
use latchkey_systems::{Fault, Faults, segment};
use serde_json::json;

use crate::{
    answer::{is_gone, stands_so},
    ask::Ask,
    entra::Entra,
};

impl Entra {
    pub(crate) async fn grant(&self, id: &str, entitlement: &Entitlement) -> Result<(), Fault> {
        self.offers(entitlement)?;
        if entitlement.kind() == "licence" {
            return self.assign_licence(id, entitlement.name()).await;
        }
        for _ in 0..2 {
            let of = segment(&self.one_that_gives(entitlement).await?);
            let member = format!("{}/directoryObjects/{}", self.address, segment(id));
            let path = format!("{}/{of}/members/$ref", collection(entitlement));
            let join = Ask::post(path, Some(json!({ "@odata.id": member })));
            let answer = self.ask(&join).await?;
            if stands_so(&answer) {
                return Ok(());
            }
            if !is_gone(&answer) {
                return self.means(&join, answer).map(|_| ());
            }
            // Who was made a moment ago is not shown everywhere yet.
            if self.misses_the_account(id).await? {
                return Err(self.lost());
            }
            if !self.was_made_anew(entitlement).await? {
                return Err(self.not_yet(format!(
                    "its {} `{}` is not shown everywhere",
                    entitlement.kind(),
                    entitlement.name()
                )));
            }
        }
        Err(self.rejected(format!(
            "its {} `{}` goes away while it is being given",
            entitlement.kind(),
            entitlement.name()
        )))
    }

    /// Whether the known group is there no more, and another one has its name.
    async fn was_made_anew(&self, entitlement: &Entitlement) -> Result<bool, Fault> {
        let before = self.known.of(entitlement).unwrap_or_default();
        self.known.forget(entitlement);
        let now = self.one_that_gives(entitlement).await?;
        Ok(!before.ids.contains(&now))
    }

    /// What is to be taken from something that is not there any more is taken. Without `/$ref` the account itself would
    /// be deleted ("Remove member").
    pub(crate) async fn revoke(&self, id: &str, entitlement: &Entitlement) -> Result<(), Fault> {
        self.offers(entitlement)?;
        if entitlement.kind() == "licence" {
            return self.remove_licence(id, entitlement.name()).await;
        }
        for of in self.those_that_give(entitlement).await? {
            let (of, id) = (segment(&of), segment(id));
            let path = format!("{}/{of}/members/{id}/$ref", collection(entitlement));
            let leave = Ask::delete(path);
            let answer = self.ask(&leave).await?;
            if !is_gone(&answer) && !stands_so(&answer) {
                self.means(&leave, answer)?;
            }
        }
        Ok(())
    }

    /// Whether the runbook lets us give and take this.
    fn offers(&self, entitlement: &Entitlement) -> Result<(), Fault> {
        let missing = match entitlement.kind() {
            "group" => return Ok(()),
            "licence" if self.choices.licences => return Ok(()),
            "role" if self.choices.roles => return Ok(()),
            kind @ ("licence" | "role") => {
                format!("its setting `{kind}s` is not true in the runbook")
            }
            _ => "Microsoft Entra has the kinds group, licence and role".to_owned(),
        };
        Err(self.rejected(format!("it cannot give or take `{entitlement}`: {missing}")))
    }
}

fn collection(entitlement: &Entitlement) -> &'static str {
    match entitlement.kind() {
        "role" => "directoryRoles",
        _ => "groups",
    }
}
