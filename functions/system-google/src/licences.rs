//! Licences, by product and SKU, of users by their address (Enterprise License Manager API). There is no question for
//! all the licences of one user, so each that the runbook may give is asked for.

use std::collections::BTreeSet;

use latchkey_lifecycle::Entitlement;
use latchkey_systems::{Call, Fault, Faults, Reply, segment};
use reqwest::Method;
use serde_json::json;

use crate::{
    answer::is_gone,
    choices::{Sku, sku},
    google::Google,
};

/// The entitlement of a licence.
pub(crate) fn licence(of: &Sku) -> Entitlement {
    Entitlement::from(format!("licence:{}/{}", of.product, of.sku))
}

/// Where a licence's users are.
pub(crate) fn path(of: &Sku) -> String {
    let (product, sku) = (segment(&of.product), segment(&of.sku));
    format!("product/{product}/sku/{sku}")
}

/// What asks whether somebody has a licence.
fn get_licence(address: &str, of: &Sku) -> Call {
    Call::get(format!("{}/user/{}", path(of), segment(address)))
}

impl Google {
    pub(crate) async fn licences_of(&self, address: &str) -> Result<BTreeSet<Entitlement>, Fault> {
        let all = &self.choices.licences;
        let calls: Vec<Call> = all.iter().map(|of| get_licence(address, of)).collect();
        let answers = self.licensing.ask_together(&calls).await?;
        let mut held = BTreeSet::new();
        for ((of, call), known) in all.iter().zip(&calls).zip(answers) {
            if self.is_licensed(known, call).await? {
                held.insert(licence(of));
            }
        }
        Ok(held)
    }

    async fn is_licensed(&self, known: Option<Reply>, call: &Call) -> Result<bool, Fault> {
        let answer = self.licensing.ask_unless(known, call).await?;
        Ok(self.licensing.if_there(call, answer)?.is_some())
    }

    fn licence_named(&self, entitlement: &Entitlement) -> Result<Sku, Fault> {
        let named = sku(entitlement.name());
        named
            .filter(|of| self.choices.licences.contains(of))
            .ok_or_else(|| {
                self.rejected(format!(
                    "it cannot give or take `{entitlement}`: its setting `licences` does not have it"
                ))
            })
    }

    pub(crate) async fn give_licence(
        &self,
        address: &str,
        entitlement: &Entitlement,
    ) -> Result<(), Fault> {
        let of = self.licence_named(entitlement)?;
        let body = json!({ "userId": address });
        let call = Call::new(Method::POST, format!("{}/user", path(&of))).with(body);
        let answer = self.licensing.ask(&call).await?;
        if is_gone(&answer) {
            let problem = "its licences do not know the account, which was made a moment ago";
            return Err(self.not_yet(problem));
        }
        // Refused where they have it already, too.
        let refused = matches!(answer.status.as_u16(), 400 | 409 | 412);
        match self.licensing.means(&call, answer) {
            Ok(_) => Ok(()),
            Err(_) if refused && self.is_licensed(None, &get_licence(address, &of)).await? => {
                Ok(())
            }
            Err(Fault::Rejected { system, problem }) => Err(system.rejected(format!(
                "{problem}; there may be no licence left, or the person has another one of the same product, of which nobody \
                 can have two"
            ))),
            Err(fault) => Err(fault),
        }
    }

    pub(crate) async fn take_licence(
        &self,
        address: &str,
        entitlement: &Entitlement,
    ) -> Result<(), Fault> {
        let of = self.licence_named(entitlement)?;
        let path = format!("{}/user/{}", path(&of), segment(address));
        self.licensing
            .call_if_there(&Call::delete(path))
            .await
            .map(|_| ())
    }
}
