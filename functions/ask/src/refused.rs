//! A system that does not accept our credentials is told of once, to the team that operates Latchkey.

use latchkey_lifecycle::{Case, Letter, LetterId, QueuedLetter, SystemId, Task, shown};
use latchkey_questions::{Deps, address_of};
use latchkey_runbook::Runbook;
use latchkey_runtime::Failure;

/// Tells it, if this task is the one to tell it.
pub(crate) async fn tell(deps: &Deps<'_>, case: &Case, task: &Task) -> Result<(), Failure> {
    let Some(system) = task.system() else {
        return Ok(());
    };
    let caller = format!("{}/{}", case.id, task.id);
    let tells = deps
        .ledger
        .change_traffic(system, |traffic| traffic.tells_refusal(&caller))
        .await?;
    if !tells {
        return Ok(());
    }
    let runbook = deps.runbooks.get(deps.ledger, &case.runbook).await?;
    let now = deps.clock.now();
    let id = LetterId::of(&[&"refused", system, &caller, &task.revision]);
    let letter = QueuedLetter::new(id, letter(&runbook, system, task), None, now);
    deps.ledger.write_letters(&[letter]).await?;
    Ok(())
}

fn letter(runbook: &Runbook, system: &SystemId, task: &Task) -> Letter {
    let team = runbook.operations_team();
    let settings = runbook.system(system);
    let name = settings.map_or(system.as_str(), |s| &s.name);
    let secret = settings.and_then(|s| s.secret.as_deref());
    let secret = secret.map_or_else(|| "secret for it".to_owned(), |s| format!("secret {s}"));
    let trouble = shown::line(task.trouble.as_deref().unwrap_or_default());
    Letter::new(
        team.to_string(),
        address_of(runbook, team),
        format!("Latchkey cannot sign in to {name}"),
        format!(
            "{trouble}\n\n\
             Until this is mended, everything to be done there goes to its owner, team {owner}, to be done by hand.\n\n\
             1. Store a valid {secret}. Latchkey reads it anew; nothing has to be \
             restarted.\n\
             2. Have what failed done by Latchkey after all: latchkey redrive --system {system} --by \"YOUR NAME\"\n\n\
             This letter is sent once, until signing in works again.\n",
            owner = task.owner,
        ),
    )
}
