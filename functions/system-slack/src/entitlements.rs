//! Channels and user groups of one person.

use std::collections::BTreeSet;

use latchkey_lifecycle::Entitlement;
use latchkey_systems::{Fault, Faults, Whole};
use serde_json::Value;

use crate::{channels::channel, paging, slack::Slack, usergroups::has};

impl Slack {
    /// What somebody has been given, read afresh.
    pub(crate) async fn held(&self, id: &str) -> Result<Whole<BTreeSet<Entitlement>>, Fault> {
        let mut held = BTreeSet::new();
        let see = |item: &Value| {
            let given = channel(item).filter(|(given, _)| self.choices.sees(given.name()));
            if let Some((entitlement, place)) = given {
                // Whoever is to lose it again need not ask for its id.
                self.places.know(&entitlement, place);
                held.insert(entitlement);
            }
        };
        let whole = self.each(&paging::channels(Some(id)), see).await?;
        if self.choices.usergroups {
            for (entitlement, group) in self.usergroups().await? {
                if has(&group, id) {
                    held.insert(entitlement);
                }
            }
        }
        Ok(whole.map(|()| held))
    }

    pub(crate) async fn grant(&self, id: &str, entitlement: &Entitlement) -> Result<(), Fault> {
        self.offers(entitlement)?;
        match entitlement.kind() {
            "channel" => self.invite_to_channel(id, entitlement).await,
            _ => self.set_member(id, entitlement, true).await,
        }
    }

    /// What is to be taken from something that is not there any more is taken.
    pub(crate) async fn revoke(&self, id: &str, entitlement: &Entitlement) -> Result<(), Fault> {
        self.offers(entitlement)?;
        match entitlement.kind() {
            "channel" => self.take_from_channel(id, entitlement).await,
            _ => self.set_member(id, entitlement, false).await,
        }
    }

    /// Whether the runbook lets us give and take this.
    fn offers(&self, entitlement: &Entitlement) -> Result<(), Fault> {
        let missing = match entitlement.kind() {
            "channel" if self.choices.sees(entitlement.name()) => return Ok(()),
            "usergroup" if self.choices.usergroups => return Ok(()),
            "channel" => "its setting `channels` in the runbook leaves it out",
            "usergroup" => "its setting `usergroups` is not true in the runbook",
            _ => "Slack has the kinds channel and usergroup",
        };
        Err(self.rejected(format!("it cannot give or take `{entitlement}`: {missing}")))
    }
}
