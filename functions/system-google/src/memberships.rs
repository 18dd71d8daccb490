//! Who has what, read once for a whole list of users. To ask for each user's groups would be a call each; to ask each
//! group for its members is a call for 200 memberships.

use latchkey_systems::{Fault, Faults, Memberships, Whole, query, segment};
use serde_json::Value;

use crate::{
    google::Google,
    licences::{licence, path},
    paging::if_there,
};

impl Google {
    /// Reads what everybody has.
    pub(crate) async fn read_memberships(&self) -> Result<Whole<Memberships>, Fault> {
        let mut all = Memberships::default();
        let mut groups = Vec::new();
        let asked = query([
            ("customer", self.choices.customer.as_str()),
            ("maxResults", "200"),
            ("fields", "nextPageToken,groups(id,email)"),
        ]);
        let see = |item: &Value| {
            let id = item["id"].as_str().map(str::to_owned);
            groups.extend(self.group(item).zip(id));
        };
        let list = self.directory.each("groups", asked, "groups", see).await?;
        // A company has a list of groups, and be it empty.
        let mut whole = list.ok_or_else(|| {
            self.rejected("it has no list of groups; check the address in the runbook")
        })?;
        for (entitlement, id) in groups {
            let place = all.place(entitlement);
            let asked = query([
                ("maxResults", "200"),
                ("fields", "nextPageToken,members(id,type)"),
            ]);
            let see = |member: &Value| {
                if let Some(id) = member["id"].as_str().filter(|_| member["type"] == "USER") {
                    all.add(id, place);
                }
            };
            let path = format!("groups/{}/members", segment(&id));
            let list = self.directory.each(&path, asked, "members", see).await?;
            whole = whole.and(if_there(list));
        }
        for of in &self.choices.licences {
            let place = all.place(licence(of));
            let asked = query([
                ("customerId", self.choices.customer.as_str()),
                ("maxResults", "1000"),
            ]);
            let see = |given: &Value| {
                if let Some(address) = given["userId"].as_str() {
                    all.add(address, place);
                }
            };
            let path = format!("{}/users", path(of));
            let list = self.licensing.each(&path, asked, "items", see).await?;
            whole = whole.and(if_there(list));
        }
        Ok(all.complete(whole))
    }
}
