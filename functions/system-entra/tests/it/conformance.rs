//! What every kind has to pass, against a directory that does what Microsoft documents. A filter shows changes a call
//! late.

use std::sync::Arc;

use async_trait::async_trait;
use latchkey_conformance::{Company, JsonPages, Lists, Next, Offers, Total};
use latchkey_lifecycle::{Account, Entitlement};
use latchkey_systems::{Fault, System};
use serde_json::{Value, json};

use crate::tenant::{self, Shared, Tenant, group, guid, lock, role, serve, sku};

const GROUP: &str = "Vertrieb & Größe's #1+";
const PAGE: usize = 5;

struct Directory {
    port: u16,
    tenant: Shared,
    delta: bool,
}

impl Directory {
    async fn start(delta: bool) -> Result<Directory, Fault> {
        let (port, tenant) = serve(Tenant {
            groups: vec![group(1, GROUP), group(2, "vpn")],
            roles: vec![role(3, "Helpdesk Administrator")],
            skus: vec![sku(5, "ENTERPRISEPACK", 0, 1_000)],
            ..Tenant::default()
        })
        .await;
        Ok(Directory {
            port,
            tenant,
            delta,
        })
    }
}

#[async_trait]
impl Company for Directory {
    fn port(&self) -> u16 {
        self.port
    }

    fn offers(&self) -> Offers {
        Offers {
            entitlements: [
                format!("group:{GROUP}").into(),
                "licence:ENTERPRISEPACK".into(),
                "role:Helpdesk Administrator".into(),
            ],
            attributes: [
                "givenName",
                "familyName",
                "displayName",
                "email",
                "title",
                "department",
            ]
            .into(),
            employee_id: true,
            renames: true,
            suspends: true,
            http: true,
            // A batch: whose the employee id is, the user of that name, and what it is a member of.
            calls_to_read: 1,
            // That, and sessions together with sign-in.
            calls_to_cut: 2,
            // And the group.
            calls_to_exit: 3,
            page: PAGE,
        }
    }

    fn open(&self, port: u16) -> Result<Arc<dyn System>, Fault> {
        let settings = json!({
            "page": PAGE, "licences": true, "roles": true, "usage_location": "de", "delta": self.delta,
        });
        tenant::open(port, settings)
    }

    fn name(&self, plain: &str) -> String {
        format!("{plain}@conformance.example")
    }

    fn lists(&self) -> Lists {
        Lists::Json(JsonPages {
            lines: &["/value"],
            next: Next::At("/@odata.nextLink"),
            total: Total::Untold(
                "Microsoft Graph, Paging: @odata.count comes only where it is asked for, and as of a moment ago",
            ),
        })
    }

    async fn make(&self, account: &Account) {
        {
            let mut tenant = lock(&self.tenant);
            let id = tenant.id();
            let text = |name: &str| {
                account
                    .attributes
                    .get(name)
                    .map_or(Value::Null, |v| json!(v))
            };
            tenant.users.push(json!({
                "id": id, "userPrincipalName": account.name, "accountEnabled": account.active, "userType": "Member",
                "employeeId": account.employee_id.as_ref().map(|id| id.as_str()), "givenName": text("givenName"),
                "surname": text("familyName"), "displayName": text("displayName"), "mail": text("email"),
                "jobTitle": text("title"), "department": text("department"), "usageLocation": null,
                "licenseAssignmentStates": [],
            }));
        }
        for entitlement in &account.entitlements {
            self.entitle(&account.name, entitlement, true).await;
        }
        lock(&self.tenant).settle();
    }

    async fn set_active(&self, name: &str, active: bool) {
        let mut tenant = lock(&self.tenant);
        let user = tenant.user(name).unwrap();
        user["accountEnabled"] = json!(active);
        tenant.settle();
    }

    async fn entitle(&self, name: &str, entitlement: &Entitlement, has: bool) {
        let mut tenant = lock(&self.tenant);
        if entitlement.kind() == "licence" {
            let user = tenant.user(name).unwrap();
            let state = json!({"skuId": guid(5), "assignedByGroup": null, "disabledPlans": [], "state": "Active"});
            user["licenseAssignmentStates"] = if has { json!([state]) } else { json!([]) };
            return;
        }
        let all = tenant.groups.iter().chain(&tenant.roles);
        let mut of = all.filter(|of| of["displayName"] == entitlement.name());
        let of = of.next().unwrap()["id"].as_str().unwrap().to_owned();
        let id = tenant.user(name).unwrap()["id"]
            .as_str()
            .unwrap()
            .to_owned();
        match has {
            true => tenant.members.insert((of, id)),
            false => tenant.members.remove(&(of, id)),
        };
    }

    async fn can_use(&self, name: &str) -> Option<bool> {
        let mut tenant = lock(&self.tenant);
        let Some(user) = tenant.user(name) else {
            return Some(false);
        };
        let works = user["accountEnabled"] == true;
        let id = user["id"].as_str().unwrap().to_owned();
        Some(works || tenant.sessions.contains(&id))
    }
}

latchkey_conformance::suite!(Directory::start(false));

mod listed_by_delta {
    use super::*;

    latchkey_conformance::suite!(Directory::start(true));
}
