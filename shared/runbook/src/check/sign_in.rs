//! Who signs in to the pages.

use std::collections::BTreeMap;

use latchkey_lifecycle::TeamId;

use super::{Check, company::is_address};
use crate::{
    runbook::{BrakeRule, Team},
    signed_in::{GROUP, Members, SignIn},
    yaml::At,
};

impl Check<'_> {
    pub(super) fn sign_in(&mut self, brake: Option<&BrakeRule>) -> SignIn {
        let confirms = brake.map(|brake| brake.confirm.clone());
        let Some(written) = &self.document.sign_in else {
            return SignIn {
                security: confirms,
                ..SignIn::default()
            };
        };
        let security = written.security.as_ref();
        let security: Option<TeamId> =
            security.and_then(|name| self.team(name, "`security` of `sign_in`"));
        SignIn {
            security: security.or(confirms),
            auditors: self.members(&written.auditors, "`auditors` of `sign_in`"),
            publishers: self.members(&written.publishers, "`publishers` of `sign_in`"),
        }
    }

    /// Above the brake's `two_people_above` two people of one team decide: it has to have two.
    pub(super) fn two_decide(&mut self, teams: &BTreeMap<TeamId, Team>, sign_in: &SignIn) {
        let brake = self.document.brake.as_ref();
        let Some(most) = brake.and_then(|brake| brake.two_people_above.as_ref()) else {
            return;
        };
        let decides = sign_in.security.as_ref();
        let members = decides.and_then(|team| teams.get(team)).map(|t| &t.members);
        let enough = members.is_none_or(|m| m.addresses.len() > 1 || !m.groups.is_empty());
        if let (false, Some(team)) = (enough, decides) {
            let message = format!(
                "above {} two people decide about what is held (`two_people_above`), and `{team}` has not two `members` who \
                 sign in: nobody could confirm",
                most.value
            );
            self.warning(most.place, message);
        }
    }

    pub(super) fn members(&mut self, written: &[At<String>], context: &str) -> Members {
        let mut members = Members::default();
        for one in written {
            let name = one.value.trim();
            let new = match name.strip_prefix(GROUP) {
                Some(group) if !group.trim().is_empty() => {
                    members.groups.insert(group.trim().to_owned())
                }
                None if is_address(name) => members.addresses.insert(name.to_lowercase()),
                _ => {
                    let message = format!(
                        "`{name}` in {context} is neither an e-mail address nor `group:` with the name of a group: nobody \
                         signs in by it"
                    );
                    self.error(one.place, message);
                    continue;
                }
            };
            if !new {
                let message = format!("`{name}` stands in {context} twice");
                self.warning(one.place, message);
            }
        }
        members
    }
}
