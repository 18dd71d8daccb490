//! People, and what is wanted of their accounts.

use std::{collections::BTreeMap, sync::Arc};

use latchkey_lifecycle::{Account, EmployeeId, EntitlementNeeds, Goal, Managed};
use latchkey_systems::{
    Comparison, Fault, Found, Outcome, Secret, Settings, Sought, System, carry_out, client, compare,
};
use serde_json::{Value, json};

use crate::organisation::{ORG, Org, Shared, TOKEN, serve};

pub(crate) fn open(port: u16, settings: Value, secret: Secret) -> Result<Arc<dyn System>, Fault> {
    let mut all: BTreeMap<String, Value> = serde_json::from_value(settings).unwrap();
    all.entry("organization".into()).or_insert(json!(ORG));
    let settings = Settings {
        name: "GitHub".into(),
        address: format!("http://127.0.0.1:{port}"),
        settings: all,
        ..Settings::default()
    };
    system_github::open(&settings, Some(secret), client().unwrap())
}

pub(crate) fn token(token: &str) -> Secret {
    let token = token.to_owned();
    Secret::Bearer { token }
}

/// An organisation, and the system that reaches it.
pub(crate) async fn start(org: Org, settings: Value) -> (Arc<dyn System>, Shared) {
    let (port, org) = serve(org).await;
    (open(port, settings, token(TOKEN)).unwrap(), org)
}

pub(crate) fn who(name: &str) -> Sought {
    Sought {
        employee_id: EmployeeId::new("1042").unwrap(),
        name: Some(name.to_owned()),
        email: None,
        previous_id: None,
        known: None,
    }
}

pub(crate) fn account(name: &str, has: &[&str]) -> Account {
    Account {
        employee_id: None,
        name: name.to_owned(),
        active: true,
        attributes: [].into(),
        entitlements: has.iter().map(|e| (*e).into()).collect(),
    }
}

pub(crate) fn have(name: &str, has: &[&str]) -> Goal {
    Goal::Have {
        account: account(name, has),
        managed: Managed::All,
        renames: false,
    }
}

pub(crate) async fn bring(
    system: &Arc<dyn System>,
    name: &str,
    goal: &Goal,
) -> Result<Outcome, Fault> {
    let needs = EntitlementNeeds::default();
    carry_out(system.as_ref(), &who(name), goal, &needs).await
}

pub(crate) async fn look(system: &Arc<dyn System>, name: &str, goal: &Goal) -> Comparison {
    let needs = EntitlementNeeds::default();
    compare(system.as_ref(), &who(name), goal, &needs)
        .await
        .unwrap()
}

/// Everybody, page by page.
pub(crate) async fn everybody(system: &Arc<dyn System>) -> Vec<Found> {
    let (mut all, mut next) = (Vec::new(), None);
    loop {
        let page = system.list(next.as_ref()).await.unwrap();
        all.extend(page.accounts);
        next = page.next;
        if next.is_none() {
            return all;
        }
    }
}
