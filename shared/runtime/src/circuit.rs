//! Calls to a system go through its circuit.

use std::future::Future;

use latchkey_lifecycle::{Case, Circuit, CircuitEntry, EventKind, SystemId};
use latchkey_systems::Fault;

use crate::{Failure, SystemDeps};

/// Calls a system, unless it has failed so often lately, or asked for so much time, that nobody should. An urgent exit
/// always tries.
///
/// # Errors
/// The ledger's [`Failure`] outside, the system's [`Fault`] inside; [`Fault::Busy`] without a call while the circuit is
/// open.
pub async fn through_circuit<T>(
    deps: &SystemDeps<'_>,
    case: &Case,
    system: &SystemId,
    call: impl Future<Output = Result<T, Fault>>,
) -> Result<Result<T, Fault>, Failure> {
    let now = deps.clock.now();
    let (enter, well) = deps
        .ledger
        .change_circuit(system, |circuit| {
            let well = *circuit == Circuit::default();
            (circuit.enter(now), well)
        })
        .await?;
    if let (CircuitEntry::Wait(until), false) = (enter, case.kind == EventKind::UrgentExit) {
        tracing::info!(case = %case.id, %system, %until, "not called: its circuit is open");
        return Ok(Err(Fault::Busy {
            system: system.to_string(),
            retry_after: Some(until.duration_since(now)),
        }));
    }
    let outcome = call.await;
    let now = deps.clock.now();
    let failed = match &outcome {
        Err(Fault::Busy { retry_after, .. }) => Some(*retry_after),
        Err(Fault::Unreachable { .. }) => Some(None),
        _ => None,
    };
    // A system that was well and answered: nothing to write, nothing to read.
    if well && failed.is_none() {
        return Ok(outcome);
    }
    deps.ledger
        .change_circuit(system, |circuit| match failed {
            Some(asked) => circuit.failed(now, asked),
            None => circuit.answered(),
        })
        .await?;
    Ok(outcome)
}
