//! `latchkey system bind`: secrets that do not say yet where they may go.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use latchkey_address::Address;
use latchkey_aws::StackSecrets;
use latchkey_embedded::{Keys, file};
use latchkey_lifecycle::SystemId;
use latchkey_runbook::Runbook;
use latchkey_runtime::settings_of;
use latchkey_systems::{Bound, Secrets};
use serde_json::{Value, json};

use crate::{
    args::SystemBind,
    outcome::{Problem, print_json},
    place, reach, system,
};

/// Where secrets are kept.
enum Kept {
    Here(Keys),
    OnAws(Arc<dyn StackSecrets>),
}

impl Kept {
    /// What the secret of a system is called there.
    fn name(&self, kind: &str, name: &str) -> String {
        match self {
            Kept::Here(keys) => keys.of_kind(kind, name),
            Kept::OnAws(secrets) => secrets.of_kind(kind, name),
        }
    }

    async fn text(&self, name: &str) -> Result<Option<String>, Problem> {
        Ok(match self {
            Kept::Here(keys) => keys.text_of_system(name)?.0,
            Kept::OnAws(secrets) => secrets.text(name).await?,
        })
    }

    async fn set(&self, name: &str, value: Value) -> Result<(), Problem> {
        match self {
            Kept::Here(keys) => {
                let (_, place) = keys.text_of_system(name)?;
                keys.set(&place, value)?;
            }
            Kept::OnAws(secrets) => {
                secrets.put(name, &value.to_string()).await?;
            }
        }
        Ok(())
    }
}

pub(crate) async fn run(args: &SystemBind, as_json: bool) -> Result<(), Problem> {
    let runbook = system::runbook(args.runbook.as_deref(), &args.place).await?;
    let systems = system::chosen(&runbook, &args.names)?;
    let systems: Vec<SystemId> = systems.into_iter().map(|(id, _)| id).collect();
    let kept = match &args.place.table {
        None => {
            place::mind_root(&args.place.dir);
            Kept::Here(Keys::reading(&args.place.dir.join(file::SECRETS)))
        }
        Some(_) => Kept::OnAws(reach::stack_secrets(&args.stack).await?),
    };
    let mut all = Vec::new();
    let named = |kind: &str, name: &str| kept.name(kind, name);
    for (name, hosts) in hosts(&runbook, &systems, named)? {
        let hosts: Vec<String> = hosts.into_iter().collect();
        let bound = match kept.text(&name).await? {
            None => None,
            Some(text) => Bound::binding(&name, &text, &hosts)?,
        };
        let Some(bound) = bound else { continue };
        if args.write {
            kept.set(&name, bound).await?;
        }
        all.push((name, hosts));
    }
    let told = all.iter();
    if as_json {
        let told: Vec<Value> = told
            .map(|(name, hosts)| json!({ "secret": name, "hosts": hosts, "written": args.write }))
            .collect();
        print_json(&told);
        return Ok(());
    }
    told.for_each(|(name, hosts)| println!("{name}  may go to  {}", hosts.join(", ")));
    println!(
        "{}",
        match (all.is_empty(), args.write) {
            (true, _) => "Every secret that is there says where it may go.",
            (false, true) =>
                "This was written into the secrets. It counts at once; on AWS within five minutes.",
            (false, false) =>
                "Nothing was written. If every host is right, run it again with --write.",
        }
    );
    Ok(())
}

/// The secrets of systems, and the hosts of those systems.
fn hosts(
    runbook: &Runbook,
    systems: &[SystemId],
    named: impl Fn(&str, &str) -> String,
) -> Result<BTreeMap<String, BTreeSet<String>>, Problem> {
    let mut all: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for id in systems {
        let settings = settings_of(runbook, id)?;
        let Some(name) = settings.secret.filter(|_| !settings.address.is_empty()) else {
            continue;
        };
        let address = Address::parse(&settings.address);
        let address = address.map_err(|unfit| {
            Problem::new(format!("the address of {id} cannot be used: {unfit}"))
        })?;
        let hosts = all.entry(named(&settings.kind, &name)).or_default();
        hosts.insert(address.host().to_owned());
    }
    Ok(all)
}

/// The secrets of a runbook's systems that are here and do not say where they may go.
pub(crate) fn unbound(runbook: &Runbook, keys: &Keys) -> Result<Vec<String>, Problem> {
    let systems: Vec<SystemId> = runbook.systems().map(|(id, _)| id.clone()).collect();
    let mut unbound = Vec::new();
    let named = |kind: &str, name: &str| keys.of_kind(kind, name);
    for (name, hosts) in hosts(runbook, &systems, named)? {
        let hosts: Vec<String> = hosts.into_iter().collect();
        let (text, _) = keys.text_of_system(&name)?;
        let text = text.unwrap_or_default();
        if let Ok(Some(_)) = Bound::binding(&name, &text, &hosts) {
            unbound.push(name);
        }
    }
    Ok(unbound)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use std::{fs, path::Path};

    use serde_json::from_slice;

    use super::*;
    use crate::args::{LedgerPlace, Stack};

    fn read(path: &Path) -> Value {
        from_slice(&fs::read(path).unwrap()).unwrap()
    }

    #[tokio::test]
    async fn secrets_are_bound_to_the_hosts_of_their_systems_once_a_person_says_so() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join(file::SECRETS);
        let keys = Keys::open(&path).unwrap();
        keys.set("systems/acme/directory", json!("t0ken")).unwrap();
        let bound = json!({"token": "t", "hosts": ["elsewhere.example"]});
        keys.set("systems/acme/chat", bound.clone()).unwrap();
        let before = read(&path);
        let mut args = SystemBind {
            names: Vec::new(),
            runbook: Some(Path::new(env!("CARGO_MANIFEST_DIR")).join("../../runbooks/acme")),
            write: false,
            place: LedgerPlace {
                dir: directory.path().to_owned(),
                table: None,
            },
            stack: Stack {
                secrets: None,
                loopback: false,
            },
        };
        run(&args, false).await.unwrap();
        assert_eq!(read(&path), before, "shown first");
        let runbook = system::runbook(args.runbook.as_deref(), &args.place).await;
        let runbook = runbook.unwrap();
        assert_eq!(unbound(&runbook, &keys).unwrap(), ["acme/directory"]);
        args.write = true;
        run(&args, false).await.unwrap();
        let written = read(&path);
        let directory = &written["systems/acme/directory"];
        assert_eq!(
            directory,
            &json!({"token": "t0ken", "hosts": ["directory.acme.example"]})
        );
        assert_eq!(
            written["systems/acme/chat"], bound,
            "what is bound stays bound"
        );
        assert!(unbound(&runbook, &keys).unwrap().is_empty());
    }
}
