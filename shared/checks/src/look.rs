//! Tries what is outside: every system, the mail server, the sign-in provider, all at once and none for longer than is
//! waited.

use std::time::Duration;

use futures::{FutureExt, StreamExt, future::BoxFuture, stream};
use jiff::Timestamp;
use latchkey_ledger::{Ledger, LedgerError, OneTried, Tried};
use latchkey_lifecycle::SystemId;
use latchkey_runbook::Runbook;
use latchkey_runtime::{Failure, Systems};
use latchkey_systems::Probe;

use crate::{
    Deps, Outside, SignIn,
    outside::{self, MAIL, SIGN_IN},
};

/// How long one of them has to answer everything that it is asked.
pub const PATIENCE: Duration = Duration::from_secs(10);

/// How many are tried at once: all, in all but the largest runbooks.
const AT_ONCE: usize = 64;

/// Tries everything outside that can be called from here, and keeps what came of it. Nothing is changed there.
///
/// # Errors
/// [`Failure`] when the ledger does not answer. What is outside may answer as it likes.
pub async fn look(deps: Deps<'_>, patience: Duration) -> Result<(), Failure> {
    let runbook = match deps.ledger.current_runbook().await? {
        Some(version) => Some(deps.runbooks.get(deps.ledger, &version).await?),
        None => None,
    };
    let mut looks: Vec<BoxFuture<'_, Result<(), Failure>>> = Vec::new();
    if let (Some(systems), Some(runbook)) = (&deps.place.systems, &runbook) {
        for (id, _) in runbook.systems().filter(|(_, s)| s.is_automatic()) {
            let things = try_system(systems.as_ref(), runbook, id);
            looks.push(keep(deps, outside::system(id), things, patience).boxed());
        }
    }
    if let Some(mail) = deps.place.mail.outside() {
        looks.push(keep(deps, MAIL.to_owned(), mail.try_it(), patience).boxed());
    }
    if let SignIn::Provider { at, .. } = &deps.place.sign_in {
        let at: &dyn Outside = at.as_ref();
        looks.push(keep(deps, SIGN_IN.to_owned(), at.try_it(), patience).boxed());
    }
    let mut looks = stream::iter(looks).buffer_unordered(AT_ONCE);
    let mut failure = None;
    while let Some(looked) = looks.next().await {
        failure = failure.or(looked.err());
    }
    failure.map_or(Ok(()), Err)
}

/// The same for one system. Whether systems can be called from here.
///
/// # Errors
/// [`Failure`] when the ledger does not answer.
pub async fn look_at_system(
    deps: Deps<'_>,
    runbook: &Runbook,
    id: &SystemId,
    patience: Duration,
) -> Result<bool, Failure> {
    let Some(systems) = &deps.place.systems else {
        return Ok(false);
    };
    let things = try_system(systems.as_ref(), runbook, id);
    keep(deps, outside::system(id), things, patience).await?;
    Ok(true)
}

/// Waits for what came of it, and keeps that.
async fn keep(
    deps: Deps<'_>,
    of: String,
    things: impl Future<Output = Vec<OneTried>>,
    patience: Duration,
) -> Result<(), Failure> {
    let things = tokio::time::timeout(patience, things).await;
    let things = things.unwrap_or_else(|_| {
        let seconds = patience.as_secs();
        vec![OneTried {
            what: "answer".to_owned(),
            problem: Some(format!(
                "It did not say all that it was asked within {seconds} seconds. Check address, network and firewall."
            )),
        }]
    });
    let tried = Tried {
        at: deps.now,
        things,
    };
    Ok(deps.ledger.note_tried(&of, &tried).await?)
}

/// Keeps what somebody else tried of a system.
///
/// # Errors
/// [`LedgerError`] when the table cannot be written.
pub async fn keep_probes(
    ledger: &Ledger,
    id: &SystemId,
    probes: &[Probe],
    at: Timestamp,
) -> Result<(), LedgerError> {
    let things = probes.iter().map(in_words).collect();
    let tried = Tried { at, things };
    ledger.note_tried(&outside::system(id), &tried).await
}

fn in_words(probe: &Probe) -> OneTried {
    OneTried {
        what: probe.what.clone(),
        problem: probe.came.as_ref().err().map(ToString::to_string),
    }
}

async fn try_system(systems: &dyn Systems, runbook: &Runbook, id: &SystemId) -> Vec<OneTried> {
    let probes = match systems.open(runbook, id).await {
        Ok(system) => system.probe().await,
        Err(fault) => vec![Probe::failed(
            "open it with its settings and its secret",
            fault,
        )],
    };
    probes.iter().map(in_words).collect()
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use async_trait::async_trait;
    use latchkey_ledger::embedded;
    use latchkey_runtime::Runbooks;

    use super::*;
    use crate::{Mail, Place, SignIn};

    /// Answers after so many seconds.
    struct After(u64);

    #[async_trait]
    impl Outside for After {
        async fn try_it(&self) -> Vec<OneTried> {
            tokio::time::sleep(Duration::from_secs(self.0)).await;
            let what = "answer".to_owned();
            vec![OneTried {
                what,
                problem: None,
            }]
        }
    }

    /// One that hangs is given up, and keeps the others from nothing.
    #[tokio::test(start_paused = true)]
    async fn all_are_tried_at_once_and_none_for_longer_than_is_waited() {
        let ledger = embedded::open_here().await.unwrap();
        let place = Place {
            mail: Mail::Server(Arc::new(After(3600))),
            sign_in: SignIn::Provider {
                host: String::new(),
                back: String::new(),
                at: Arc::new(After(9)),
            },
            ..Place::default()
        };
        let deps = Deps {
            ledger: &ledger,
            runbooks: &Runbooks::default(),
            place: &place,
            now: Timestamp::UNIX_EPOCH,
        };
        let begun = tokio::time::Instant::now();
        look(deps, PATIENCE).await.unwrap();
        assert_eq!(begun.elapsed().as_secs(), PATIENCE.as_secs());
        let of = [MAIL.to_owned(), SIGN_IN.to_owned()];
        let tried = ledger.tried(of).await.unwrap();
        assert_eq!(tried[SIGN_IN].first_problem(), None);
        let (what, problem) = tried[MAIL].first_problem().unwrap();
        assert!(
            what == "answer" && problem.contains("10 seconds"),
            "{problem}"
        );
    }
}
