//! Channels: <https://docs.slack.dev/reference/methods/conversations.invite>,
//! <https://docs.slack.dev/reference/methods/conversations.kick>.

use std::collections::BTreeMap;

use latchkey_lifecycle::Entitlement;
use latchkey_systems::{Fault, Faults};
use serde_json::Value;

use crate::{
    paging,
    slack::{Slack, Venue},
};

/// The token's owner is not in the channel, or (when somebody is taken out) the person is not.
const NOT_IN: &str = "not_in_channel";
const GONE: &str = "channel_not_found";

/// A channel as an entitlement; `None` for what is no channel, is archived, or has everybody in it.
pub(crate) fn channel(item: &Value) -> Option<(Entitlement, Venue)> {
    let other = ["is_im", "is_mpim", "is_archived", "is_general"];
    if other.iter().any(|what| item[*what] == true) {
        return None;
    }
    let entitlement = Entitlement::from(format!("channel:{}", item["name"].as_str()?));
    let place = Venue {
        id: item["id"].as_str()?.to_owned(),
        private: item["is_private"] == true,
    };
    Some((entitlement, place))
}

impl Slack {
    /// The channel of a name. The whole list is read for it, since Slack has no search for channels.
    pub(crate) async fn channel_of(&self, entitlement: &Entitlement) -> Result<Venue, Fault> {
        if let Some(place) = self.places.of(entitlement) {
            return Ok(place);
        }
        let (mut all, mut general) = (BTreeMap::<_, Vec<Venue>>::new(), false);
        let see = |item: &Value| {
            general |= item["is_general"] == true && item["name"] == entitlement.name();
            if let Some((named, place)) = channel(item) {
                all.entry(named).or_default().push(place);
            }
        };
        let _whole = self.each(&paging::channels(None), see).await?;
        let matches = all.get(entitlement).cloned().unwrap_or_default();
        for (named, places) in all {
            if let [place] = places.as_slice() {
                self.places.know(&named, place.clone());
            }
        }
        let name = entitlement.name();
        match matches.as_slice() {
            [one] => Ok(one.clone()),
            [] if general => Err(self.rejected(format!(
                "everybody is in the channel `{name}`, so nobody is put into it or taken out; take it out of the runbook"
            ))),
            [] => Err(self.rejected(format!(
                "the app sees no channel `{name}`; make it there, correct its name in the runbook (without #), or, when it is \
                 private, put the app into it"
            ))),
            more => Err(self.conflict(format!("{} channels are called `{name}`", more.len()))),
        }
    }

    pub(crate) async fn invite_to_channel(
        &self,
        id: &str,
        entitlement: &Entitlement,
    ) -> Result<(), Fault> {
        let mut last = None;
        for _ in 0..2 {
            let place = self.channel_of(entitlement).await?;
            let invite = [("channel", place.id.as_str()), ("users", id)];
            let method = "conversations.invite";
            let Err(refused) = self.ask(method, &invite).await? else {
                return Ok(());
            };
            match refused.code.as_str() {
                "already_in_channel" => return Ok(()),
                NOT_IN => {
                    self.join(entitlement, &place).await?;
                    let fine = ["already_in_channel"];
                    return self.call_unless(method, &invite, &fine).await.map(|_| ());
                }
                // The known id is of one that was made anew since.
                GONE => self.places.forget(entitlement),
                _ => return Err(refused.fault),
            }
            last = Some(refused.fault);
        }
        Err(last.unwrap_or_else(|| self.rejected("the channel goes away")))
    }

    pub(crate) async fn take_from_channel(
        &self,
        id: &str,
        entitlement: &Entitlement,
    ) -> Result<(), Fault> {
        for _ in 0..2 {
            let place = match self.channel_of(entitlement).await {
                Err(Fault::Rejected { .. }) => return Ok(()),
                other => other?,
            };
            let kick = [("channel", place.id.as_str()), ("user", id)];
            let method = "conversations.kick";
            let Err(refused) = self.ask(method, &kick).await? else {
                return Ok(());
            };
            match refused.code.as_str() {
                "user_not_in_channel" | "user_not_found" | "is_archived" => return Ok(()),
                NOT_IN => {
                    if !self.held(id).await?.get().contains(entitlement) {
                        return Ok(());
                    }
                    self.join(entitlement, &place).await?;
                    let fine = ["user_not_in_channel", "user_not_found"];
                    return self.call_unless(method, &kick, &fine).await.map(|_| ());
                }
                GONE => self.places.forget(entitlement),
                _ => return Err(refused.fault),
            }
        }
        Ok(())
    }

    /// Only a member of a channel changes its members. Into a public one the app goes by itself.
    async fn join(&self, entitlement: &Entitlement, place: &Venue) -> Result<(), Fault> {
        if place.private {
            return Err(self.rejected(format!(
                "the app is not in the private channel `{name}`: somebody in it has to put it in there, with /invite",
                name = entitlement.name()
            )));
        }
        let join = [("channel", place.id.as_str())];
        self.call("conversations.join", &join).await.map(|_| ())
    }

    /// The id of the channel into which people are invited.
    pub(crate) async fn landing(&self) -> Result<String, Fault> {
        if let Some(name) = &self.choices.invite_to {
            let channel = Entitlement::from(format!("channel:{name}"));
            return self.channel_of(&channel).await.map(|place| place.id);
        }
        let mut general = None;
        let see = |item: &Value| {
            if item["is_general"] == true {
                general = item["id"].as_str().map(str::to_owned);
            }
        };
        let _whole = self.each(&paging::channels(None), see).await?;
        general.ok_or_else(|| {
            self.rejected(
                "it shows no general channel to invite people into; name a channel in the setting `invite_to`",
            )
        })
    }
}
