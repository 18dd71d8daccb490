//! Who has what, read once for a whole list of people: a call for every 999 members of each channel, and one for all
//! user groups. To ask for each person's channels would be a call each, and Slack allows some fifty in a minute.

use latchkey_systems::{Fault, Memberships, Whole};
use serde_json::Value;

use crate::{channels::channel, paging, slack::Slack, usergroups::members};

impl Slack {
    /// Reads what everybody has.
    pub(crate) async fn read_memberships(&self) -> Result<Whole<Memberships>, Fault> {
        let mut all = Memberships::default();
        let mut channels = Vec::new();
        let see = |item: &Value| {
            let seen = channel(item).filter(|(given, _)| self.choices.sees(given.name()));
            channels.extend(seen);
        };
        let mut whole = self.each(&paging::channels(None), see).await?;
        for (entitlement, channel) in channels {
            let place = all.place(entitlement);
            // Archived or deleted meanwhile, or the app was taken out of it.
            let fine = ["channel_not_found", "not_in_channel"];
            let list = paging::members(&channel.id);
            let see = |member: &Value| {
                if let Some(member) = member.as_str() {
                    all.add(member, place);
                }
            };
            whole = whole.and(self.each_unless(&list, &fine, see).await?);
        }
        if self.choices.usergroups {
            for (entitlement, group) in self.usergroups().await? {
                let place = all.place(entitlement);
                for member in members(&group) {
                    all.add(member, place);
                }
            }
        }
        Ok(all.complete(whole))
    }
}
