//! Who has what, read once for a whole list of users. To ask for each user's groups would be a call each, and Okta allows some
//! hundred in a minute; to ask each group for its members is a call for 200 memberships.

use latchkey_lifecycle::Entitlement;
use latchkey_systems::{Fault, Memberships, segment};

use crate::{entitlements::group, okta::Okta, paging::query};

impl Okta {
    /// Reads what everybody has.
    pub(crate) async fn read_memberships(&self) -> Result<Memberships, Fault> {
        let mut all = Memberships::default();
        let mut groups = Vec::new();
        let own = query([("filter", r#"type eq "OKTA_GROUP""#), ("limit", "200")]);
        self.each("groups", own, |item| {
            groups.extend(group(item).map(|(entitlement, id)| (entitlement, id.to_owned())));
        })
        .await?;
        for (entitlement, id) in groups {
            let place = all.place(entitlement);
            let path = format!("groups/{}/users", segment(&id));
            self.each(&path, query([("limit", "200")]), |user| {
                if let Some(user) = user["id"].as_str() {
                    all.add(user, place);
                }
            })
            .await?;
        }
        if self.choices.apps {
            self.read_apps(&mut all).await?;
        }
        if self.choices.roles {
            self.read_roles(&mut all).await?;
        }
        Ok(all.complete())
    }

    async fn read_apps(&self, all: &mut Memberships) -> Result<(), Fault> {
        let mut apps = Vec::new();
        self.each("apps", query([("limit", "200")]), |item| {
            if let (Some(label), Some(id)) = (item["label"].as_str(), item["id"].as_str()) {
                apps.push((Entitlement::from(format!("app:{label}")), id.to_owned()));
            }
        })
        .await?;
        for (entitlement, id) in apps {
            let place = all.place(entitlement);
            let path = format!("apps/{}/users", segment(&id));
            self.each(&path, query([("limit", "500")]), |of| {
                if let (Some(user), "USER") =
                    (of["id"].as_str(), of["scope"].as_str().unwrap_or_default())
                {
                    all.add(user, place);
                }
            })
            .await?;
        }
        Ok(())
    }

    /// Few people have one, so those are asked one by one.
    async fn read_roles(&self, all: &mut Memberships) -> Result<(), Fault> {
        let holders = self
            .all("iam/assignees/users", query([("limit", "100")]))
            .await?;
        for user in holders.iter().filter_map(|holder| holder["id"].as_str()) {
            for (entitlement, _) in self.roles(user).await? {
                let place = all.place(entitlement);
                all.add(user, place);
            }
        }
        Ok(())
    }
}
