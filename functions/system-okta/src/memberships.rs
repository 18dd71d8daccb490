//! Who has what, read once for a whole list of users. To ask for each user's groups would be a call each, and Okta
//! allows some hundred in a minute; to ask each group for its members is a call for 200 memberships.

use latchkey_lifecycle::Entitlement;
use latchkey_systems::{Fault, Memberships, Whole, query, segment};
use serde_json::Value;

use crate::{entitlements::group, okta::Okta};

impl Okta {
    /// Reads what everybody has.
    pub(crate) async fn read_memberships(&self) -> Result<Whole<Memberships>, Fault> {
        let mut all = Memberships::default();
        let mut groups = Vec::new();
        let own = query([("filter", r#"type eq "OKTA_GROUP""#), ("limit", "200")]);
        let see = |item: &Value| {
            groups.extend(group(item).map(|(entitlement, id)| (entitlement, id.to_owned())));
        };
        let mut whole = self.each("groups", own, see).await?;
        for (entitlement, id) in groups {
            let place = all.place(entitlement);
            let path = format!("groups/{}/users", segment(&id));
            let see = |user: &Value| {
                if let Some(user) = user["id"].as_str() {
                    all.add(user, place);
                }
            };
            whole = whole.and(self.each(&path, query([("limit", "200")]), see).await?);
        }
        if self.choices.apps {
            whole = whole.and(self.read_apps(&mut all).await?);
        }
        if self.choices.roles {
            whole = whole.and(self.read_roles(&mut all).await?);
        }
        Ok(all.complete(whole))
    }

    async fn read_apps(&self, all: &mut Memberships) -> Result<Whole, Fault> {
        let mut apps = Vec::new();
        let see = |item: &Value| {
            if let (Some(label), Some(id)) = (item["label"].as_str(), item["id"].as_str()) {
                apps.push((Entitlement::from(format!("app:{label}")), id.to_owned()));
            }
        };
        let mut whole = self.each("apps", query([("limit", "200")]), see).await?;
        for (entitlement, id) in apps {
            let place = all.place(entitlement);
            let path = format!("apps/{}/users", segment(&id));
            let see = |of: &Value| {
                if let (Some(user), "USER") =
                    (of["id"].as_str(), of["scope"].as_str().unwrap_or_default())
                {
                    all.add(user, place);
                }
            };
            whole = whole.and(self.each(&path, query([("limit", "500")]), see).await?);
        }
        Ok(whole)
    }

    /// Few people have one, so those are asked one by one.
    async fn read_roles(&self, all: &mut Memberships) -> Result<Whole, Fault> {
        let holders = self
            .all("iam/assignees/users", query([("limit", "100")]))
            .await?;
        let mut whole = holders.as_ref().map(|_| ());
        for user in holders
            .get()
            .iter()
            .filter_map(|holder| holder["id"].as_str())
        {
            let mut roles = Vec::new();
            whole = whole.and(self.roles(user).await?.map(|all| roles = all));
            for (entitlement, _) in roles {
                let place = all.place(entitlement);
                all.add(user, place);
            }
        }
        Ok(whole)
    }
}
