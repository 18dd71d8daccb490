//! What stands where among the secrets: what signs links, what is HR's, and below `systems/` what systems are shown. A
//! runbook says the names of systems' secrets, and must not be able to name any of the others.

use serde_json::Value;

use super::Named;

/// What is below is HR's, or systems', or says whose all of it is.
const BELOW: [&str; 5] = ["hooks/", "records/", "offered/", "ledger/", SYSTEMS];
const SYSTEMS: &str = "systems/";
/// What signs links.
pub(super) const LINKS: &str = "links";
/// What signs the webhook that tells operators when letters do not go out.
pub(super) const ALERTS: &str = "alerts";

/// Latchkey's secret at the sign-in provider.
pub(crate) const SIGN_IN: &str = "sign-in";

/// The place of the secret that a runbook calls so for a system.
pub(super) fn of_system(name: &str) -> String {
    // Written out in a runbook, it is the same place.
    match name.starts_with(SYSTEMS) {
        true => name.to_owned(),
        false => format!("{SYSTEMS}{name}"),
    }
}

/// Moves systems' secrets that stand beside the others, as they all did once. Gives the names of what it moved.
pub(super) fn put_systems_apart(all: &mut Named) -> Vec<String> {
    let is_systems = |name: &str| {
        ![LINKS, ALERTS, SIGN_IN].contains(&name)
            && !BELOW.iter().any(|below| name.starts_with(below))
    };
    let beside: Vec<String> = all
        .keys()
        .filter(|name| is_systems(name))
        .cloned()
        .collect();
    let mut moved = Vec::new();
    for name in beside {
        let place = of_system(&name);
        if all.contains_key(&place) {
            continue;
        }
        let value: Option<Value> = all.remove(&name);
        all.insert(place, value.unwrap_or_default());
        moved.push(name);
    }
    moved
}
