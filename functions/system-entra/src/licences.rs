//! Licences: what the company has bought, and who has it
//! (<https://learn.microsoft.com/graph/api/resources/subscribedsku>,
//! <https://learn.microsoft.com/graph/api/user-assignlicense>).

use std::{collections::BTreeSet, sync::Arc};

use latchkey_lifecycle::Entitlement;
use latchkey_systems::{Fault, Faults, Reply, segment};
use serde_json::{Value, json};

use crate::{
    answer::is_gone,
    ask::{Ask, Order},
    entra::Entra,
    user::own_licences,
};

/// A product that the company has licences of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Sku {
    id: String,
    /// Its part number, as in ENTERPRISEPACK.
    part: String,
    used: u64,
    /// Those that can be assigned: valid ones, and those that were not paid in time and still work ("subscribedSku").
    seats: u64,
}

fn sku(item: &Value) -> Option<Sku> {
    let units = &item["prepaidUnits"];
    let number = |value: &Value| value.as_u64().unwrap_or_default();
    Some(Sku {
        id: item["skuId"].as_str()?.to_owned(),
        part: item["skuPartNumber"].as_str()?.to_owned(),
        used: number(&item["consumedUnits"]),
        seats: number(&units["enabled"]) + number(&units["warning"]),
    })
}

/// A product that the company has no more.
fn ended(id: &str) -> Sku {
    Sku {
        id: id.to_owned(),
        part: id.to_owned(),
        used: 0,
        seats: 0,
    }
}

impl Entra {
    pub(crate) fn ask_skus() -> Ask {
        Ask::get("subscribedSkus?$select=skuId,skuPartNumber,consumedUnits,prepaidUnits".to_owned())
    }

    /// The products in an answer; they come on one page.
    pub(crate) fn skus_in(&self, ask: &Ask, answer: Reply) -> Result<Vec<Sku>, Fault> {
        let lines = self.lines(ask, answer)?;
        Ok(lines.items.iter().filter_map(sku).collect())
    }

    async fn read_skus(&self) -> Result<Arc<Vec<Sku>>, Fault> {
        let ask = Self::ask_skus();
        let skus = self.skus_in(&ask, self.ask(&ask).await?)?;
        Ok(self.skus.keep(Arc::new(skus)))
    }

    /// The licences of a user's own. One that the company has no more is called by its id.
    pub(crate) async fn licences_of(&self, user: &Value) -> Result<BTreeSet<Entitlement>, Fault> {
        let mut has = BTreeSet::new();
        if !self.choices.licences {
            return Ok(has);
        }
        // It is asked for, so it is there, and be it empty.
        if !user["licenseAssignmentStates"].is_array() {
            return Err(self.incomplete("it does not show which licences an account has"));
        }
        let mut skus = self.skus.get().unwrap_or_default();
        for id in own_licences(user) {
            if !skus.iter().any(|sku| sku.id == id) {
                // Bought since it was last looked, or ended.
                skus = self.read_skus().await?;
            }
            if !skus.iter().any(|sku| sku.id == id) {
                let mut known = skus.to_vec();
                known.push(ended(id));
                skus = self.skus.keep(Arc::new(known));
            }
            let mut of = skus.iter().filter(|sku| sku.id == id);
            has.extend(of.next().map(|sku| format!("licence:{}", sku.part).into()));
        }
        Ok(has)
    }

    /// The product of a part number, as it was last read.
    async fn product(&self, part: &str) -> Result<Option<Sku>, Fault> {
        let of = |skus: &[Sku]| {
            skus.iter()
                .find(|s| s.part == part || s.id == part)
                .cloned()
        };
        let known = self.skus.get().and_then(|skus| of(&skus));
        match known {
            Some(sku) => Ok(Some(sku)),
            None => Ok(of(&self.read_skus().await?)),
        }
    }

    pub(crate) async fn assign_licence(&self, id: &str, part: &str) -> Result<(), Fault> {
        let Some(sku) = self.product(part).await? else {
            return Err(self.rejected(format!(
                "the company has no licence `{part}`; buy it, or correct its part number in the runbook"
            )));
        };
        let added = json!([{ "skuId": sku.id, "disabledPlans": [] }]);
        let ask = assign(id, added, json!([]));
        let answer = self.ask(&ask).await?;
        if is_gone(&answer) {
            return Err(self.lost());
        }
        if answer.status.as_u16() != 400 {
            return self.means(&ask, answer).map(|_| ());
        }
        // Why stands in the text alone; what the text says can be read.
        let user = Ask::get(format!("users/{}?$select=id,usageLocation", segment(id)));
        let asks = [user.clone(), Self::ask_skus()];
        let mut seen = self.batch(&asks, Order::Any).await?.into_iter();
        let (Some(its), Some(skus)) = (seen.next(), seen.next()) else {
            return self.means(&ask, answer).map(|_| ());
        };
        let skus = Arc::new(self.skus_in(&asks[1], skus)?);
        let skus = self.skus.keep(skus);
        let now = skus.iter().find(|now| now.id == sku.id);
        if let Some(Sku { used, seats, .. }) = now.filter(|now| now.used >= now.seats) {
            return Err(self.rejected(format!(
                "no licence `{part}` is left: {used} of {seats} are used; buy more, or take one from somebody"
            )));
        }
        let its = self.means(&user, its)?.body.unwrap_or_default();
        if its["usageLocation"].is_string() {
            return self.means(&ask, answer).map(|_| ());
        }
        let Some(country) = &self.choices.usage_location else {
            return Err(self.rejected(format!(
                "it gives no licence `{part}` to an account without a country; set the account's usage location there, or \
                 `usage_location` in the runbook"
            )));
        };
        self.set(id, "usageLocation", json!(country)).await?;
        let answer = self.ask(&ask).await?;
        self.means(&ask, answer).map(|_| ())
    }

    pub(crate) async fn remove_licence(&self, id: &str, part: &str) -> Result<(), Fault> {
        let Some(sku) = self.product(part).await? else {
            return Ok(());
        };
        let ask = assign(id, json!([]), json!([sku.id]));
        let answer = self.ask(&ask).await?;
        if is_gone(&answer) {
            return Ok(());
        }
        if answer.status.as_u16() == 400 {
            let path = format!("users/{}?$select=id,licenseAssignmentStates", segment(id));
            let user = Ask::get(path);
            let seen = self.get(&user).await?.body.unwrap_or_default();
            if own_licences(&seen).all(|own| own != sku.id) {
                return Ok(());
            }
        }
        self.means(&ask, answer).map(|_| ())
    }
}

fn assign(id: &str, added: Value, removed: Value) -> Ask {
    let body = json!({ "addLicenses": added, "removeLicenses": removed });
    Ask::post(format!("users/{}/assignLicense", segment(id)), Some(body))
}
