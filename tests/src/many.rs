//! A company of many automatic systems, in each of which everybody has an account.

use std::{collections::BTreeMap, fmt::Write, sync::Arc};

use async_trait::async_trait;
use latchkey_lifecycle::SystemId;
use latchkey_runbook::{Runbook, Source};
use latchkey_runtime::Systems;
use latchkey_systems::{Fault, System};

/// Its systems.
pub struct Many(BTreeMap<SystemId, Arc<dyn System>>);

impl Many {
    /// So many, each made from its number.
    pub fn new(count: usize, make: impl Fn(usize) -> Arc<dyn System>) -> Many {
        Many((0..count).map(|n| (name(n), make(n))).collect())
    }
}

#[async_trait]
impl Systems for Many {
    async fn open(&self, _: &Runbook, system: &SystemId) -> Result<Arc<dyn System>, Fault> {
        Ok(Arc::clone(&self.0[system]))
    }
}

/// What the system of a number is called.
pub fn name(number: usize) -> SystemId {
    SystemId::new(format!("s{number}")).unwrap()
}

/// Its runbook: a hire, an exit and an urgent exit have one task for each system, all of them open at once.
pub fn many_systems(count: usize) -> Source {
    let mut yaml = String::from(
        "company: Many\ntime_zone: Europe/Berlin\nemail: \"{given}.{family}@many.example\"\nhr: it\noperations: it\n\
         teams:\n  it: {email: it@many.example}\nsystems:\n",
    );
    for n in 0..count {
        let _ = writeln!(
            yaml,
            "  s{n}: {{kind: scim, address: \"https://s{n}.many.example\", secret: x, owner: it}}"
        );
    }
    yaml.push_str("roles:\n  everyone:\n    gets:\n");
    for n in 0..count {
        let _ = writeln!(yaml, "      s{n}: []");
    }
    for (event, does) in [
        ("hire", "grant"),
        ("exit", "revoke"),
        ("urgent_exit", "revoke"),
    ] {
        let _ = writeln!(
            yaml,
            "{event}:\n  a: {{{does}: all, opens: now, due: within 1 hour}}"
        );
    }
    Source::from_files([("runbook.yaml".to_owned(), yaml)].into())
}
