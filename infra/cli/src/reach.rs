//! The systems and ledger of a place, for commands that do a function's work by hand.

use std::sync::Arc;

use latchkey_address::Loopback;
use latchkey_aws::{StackSecrets, aws};
use latchkey_embedded::{Keys, file};
use latchkey_ledger::Ledger;
use latchkey_runtime::{KnownSystems, Runbooks, WallClock};
use latchkey_systems::Secrets;

use crate::{
    args::{LedgerPlace, Stack},
    outcome::Problem,
    place,
};

/// What a command stands on. No state machine is within its reach: cases are restarted by what runs them.
pub(crate) struct Reach {
    pub(crate) ledger: Ledger,
    runbooks: Runbooks,
    systems: KnownSystems,
}

/// The systems of a place, with the secrets that are kept there. Needs no ledger.
pub(crate) async fn systems(place: &LedgerPlace, stack: &Stack) -> Result<KnownSystems, Problem> {
    let secrets: Arc<dyn Secrets> = match &place.table {
        None => {
            let keys = Keys::reading(&place.dir.join(file::SECRETS));
            if let Some(slip) = keys.slip() {
                eprintln!("WARNING: {slip}.");
            }
            Arc::new(keys)
        }
        Some(_) => stack_secrets(stack).await?,
    };
    let loopback = Loopback::open(stack.loopback);
    Ok(KnownSystems::new(latchkey_kinds::open, secrets, loopback)?)
}

/// The secrets of a stack's systems.
pub(crate) async fn stack_secrets(stack: &Stack) -> Result<Arc<dyn StackSecrets>, Problem> {
    let prefix = stack.secrets.as_ref().ok_or_else(|| {
        Problem::new(
            "say where the systems' secrets are with --secrets, e.g. --secrets latchkey/systems/",
        )
    })?;
    Ok(aws().await?.secrets(prefix))
}

impl Reach {
    pub(crate) async fn new(place: &LedgerPlace, stack: &Stack) -> Result<Reach, Problem> {
        let ledger = place::ledger(place).await?;
        Ok(Reach {
            ledger,
            runbooks: Runbooks::default(),
            systems: systems(place, stack).await?,
        })
    }

    pub(crate) fn deps(&self) -> sweep::Deps<'_> {
        sweep::Deps {
            ledger: &self.ledger,
            clock: &WallClock,
            runbooks: &self.runbooks,
            systems: &self.systems,
            workflow: None,
            subscriptions: None,
            hr: None,
            pages: None,
            heard: None,
        }
    }
}
