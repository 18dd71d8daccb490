//! `latchkey system test`: can Latchkey do in a system what it has to?

use std::{path::Path, sync::Arc};

use jiff::Timestamp;
use latchkey_checks::keep_probes;
use latchkey_lifecycle::SystemId;
use latchkey_runbook::Runbook;
use latchkey_runtime::{Runbooks, Systems};
use latchkey_systems::{Fault, Probe};
use serde_json::{Value, json};

use crate::{
    args::{LedgerPlace, SystemTest},
    check::{show, source},
    outcome::{Problem, print_json},
    place, reach,
};

pub(crate) async fn test(args: &SystemTest, as_json: bool) -> Result<(), Problem> {
    let systems = reach::systems(&args.place, &args.stack).await?;
    let runbook = runbook(args.runbook.as_deref(), &args.place).await?;
    // What comes of the runbook that counts is shown on the pages.
    let ledger = match args.runbook {
        None => Some(place::ledger(&args.place).await?),
        Some(_) => None,
    };
    let mut all = Vec::new();
    let mut well = true;
    for (id, kind) in chosen(&runbook, &args.names)? {
        let probes = match systems.open(&runbook, &id).await {
            Ok(system) => system.probe().await,
            Err(fault) => {
                let what = "open it with its settings and its secret";
                vec![Probe::failed(what, fault)]
            }
        };
        if let Some(ledger) = &ledger {
            keep_probes(ledger, &id, &probes, Timestamp::now()).await?;
        }
        well &= probes.iter().all(|probe| probe.came.is_ok());
        if as_json {
            let probes: Vec<Value> = probes.iter().map(told).collect();
            all.push(json!({ "system": id, "kind": kind, "tried": probes }));
            continue;
        }
        println!("{id} ({kind})");
        for probe in &probes {
            match &probe.came {
                Ok(()) => println!("  yes  {}", probe.what),
                Err(fault) => println!("  NO   {}: {fault}", probe.what),
            }
        }
        let refused = |probe: &Probe| matches!(probe.came, Err(Fault::Unauthorized { .. }));
        if let Some(place) = systems
            .secret_place(&runbook, &id)
            .filter(|_| probes.iter().any(refused))
        {
            println!("       Its secret: {place}");
        }
    }
    if as_json {
        print_json(&all);
    }
    if well { Ok(()) } else { Err(Problem::silent()) }
}

/// The runbook in a directory, or the ledger's current one.
pub(crate) async fn runbook(
    directory: Option<&Path>,
    place: &LedgerPlace,
) -> Result<Arc<Runbook>, Problem> {
    let Some(directory) = directory else {
        let ledger = place::ledger(place).await?;
        return Ok(Runbooks::default().current(&ledger).await?.1);
    };
    let source = source(directory)?;
    let checked = Runbook::check(&source);
    show(directory, &checked.problems);
    let wrong = || Problem::new("nothing was tried: the runbook has errors");
    Ok(Arc::new(checked.runbook.ok_or_else(wrong)?))
}

fn told(probe: &Probe) -> Value {
    let fault = probe.came.as_ref().err();
    json!({
        "what": probe.what,
        "can": fault.is_none(),
        "fault": fault.map(Fault::name),
        "problem": fault.map(ToString::to_string),
    })
}

/// The systems that are named, or all that Latchkey changes by itself.
pub(crate) fn chosen(
    runbook: &Runbook,
    names: &[String],
) -> Result<Vec<(SystemId, String)>, Problem> {
    let automatic = runbook
        .systems()
        .filter(|(_, system)| system.is_automatic());
    let all: Vec<_> = automatic
        .map(|(id, system)| (id.clone(), system.kind.clone()))
        .collect();
    for name in names {
        if !all.iter().any(|(id, _)| id.as_str() == name) {
            let known: Vec<&str> = all.iter().map(|(id, _)| id.as_str()).collect();
            return Err(Problem::absent(format!(
                "Latchkey changes no system `{name}` by itself in this runbook; there are: {}",
                known.join(", ")
            )));
        }
    }
    let wanted = |id: &SystemId| names.is_empty() || names.iter().any(|name| name == id.as_str());
    Ok(all.into_iter().filter(|(id, _)| wanted(id)).collect())
}
