//! The whole stack: ledger, engine, functions, hooks and pages.

mod error;
mod folder;
mod setup;
mod start;

use std::{
    net::SocketAddr,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use jiff::Timestamp;
use latchkey_checks::Place;
use latchkey_engine::Engine;
use latchkey_ledger::Ledger;
use latchkey_lifecycle::RunbookVersion;
use latchkey_runbook::{Problem, Source};
use latchkey_runtime::{Clock, Failure, Links, Runbooks, Workflow};

pub use error::StackError;
pub use folder::{file, open_ledger};
pub use setup::{Setup, SignInAt, Silent};
pub(crate) use start::sign_in;

use crate::{
    acting::Acting,
    gates::Knows,
    handlers::Handlers,
    health::Health,
    keys::Keys,
    lock::FolderLock,
    outbox::Outbox,
    private,
    resume::{self, Resumed, resume_open_cases},
    server::Server,
    vitals::Vitals,
};

/// The running stack.
pub struct Stack {
    /// The ledger.
    pub ledger: Ledger,
    /// The engine.
    pub engine: Arc<Engine>,
    /// What the engine calls.
    pub handlers: Arc<Handlers>,
    /// The state machine.
    pub workflow: Arc<dyn Workflow>,
    /// Letters.
    pub outbox: Arc<Outbox>,
    /// Secrets.
    pub keys: Keys,
    /// Checked runbooks.
    pub runbooks: Arc<Runbooks>,
    /// Links to task pages.
    pub links: Arc<Links>,
    /// The present instant.
    pub clock: Arc<dyn Clock>,
    /// What intake stands on.
    pub intake: latchkey_decisions::Deps,
    /// Hooks and pages, to call them without a socket.
    pub pages: axum::Router,
    /// Whom they know, before a body is read.
    knows: Knows,
    /// Where hooks and pages are; port 0 when they are nowhere but in [`Stack::pages`].
    pub address: SocketAddr,
    /// What lies beside the ledger and is another one's, in words.
    pub strangers: Vec<String>,
    /// What the process has done since it was started.
    pub vitals: Arc<Vitals>,
    /// What the checks of the installation know of this machine.
    pub place: Arc<Place>,
    /// Where files of tasks are; none where nothing is kept.
    attached: Option<PathBuf>,
    health: Health,
    server: Option<Server>,
    /// Kept for as long as the folder is in use.
    _lock: Option<FolderLock>,
}

impl Stack {
    /// Where a file of a case's task is kept, by the checksum of its bytes; none where nothing is.
    pub fn attached(&self, case: &latchkey_lifecycle::CaseId, sha256: &str) -> Option<PathBuf> {
        let path = self.attached.as_ref()?.join(console::path_of(case, sha256));
        path.exists().then_some(path)
    }

    /// Checks a runbook and makes it the current one. A wrong runbook never becomes current.
    ///
    /// # Errors
    /// [`StackError::Runbook`] with every problem.
    pub async fn publish(
        &self,
        source: &Source,
    ) -> Result<(RunbookVersion, Vec<Problem>), StackError> {
        publish(&self.ledger, source, self.clock.now()).await
    }

    /// Lets every open case go on where it was, as a start does: executions live in the process, and the ledger does
    /// not. Cases in which nothing is to be done yet lie still, and nothing is written for them.
    ///
    /// # Errors
    /// [`StackError`] when ledger or engine fail.
    pub async fn resume(&self) -> Result<Resumed, StackError> {
        self.abandon_turns().await?;
        resume::resume(&self.ledger, &self.engine, self.clock.as_ref()).await
    }

    /// Plans every open case anew and starts its execution, whether there is anything to do or not.
    ///
    /// # Errors
    /// [`StackError`] when ledger or engine fail.
    pub async fn resume_open_cases(&self) -> Result<usize, StackError> {
        self.abandon_turns().await?;
        resume_open_cases(&self.ledger, self.workflow.as_ref(), self.clock.as_ref()).await
    }

    /// Whoever stood at a system's door was in the process that has ended.
    async fn abandon_turns(&self) -> Result<(), StackError> {
        let (_, runbook) = self.runbooks.current(&self.ledger).await?;
        for (system, _) in runbook.systems() {
            let abandoned = self.ledger.change_traffic(system, |t| t.abandon());
            abandoned.await?;
        }
        Ok(())
    }

    /// The listener, for whoever closes it before the stack ends. Dropped, it is gone at once.
    pub fn door(&mut self) -> Option<Server> {
        self.server.take()
    }

    /// Whether the folder is there and the ledger can be read.
    ///
    /// # Errors
    /// What is wrong, in words.
    pub async fn health(&self) -> Result<(), &'static str> {
        self.health.look().await
    }

    pub(crate) fn looked_at(&self) -> Health {
        self.health.clone()
    }

    /// Who takes up what others changed in the ledger.
    pub fn acting(&self) -> Acting {
        Acting::of(self)
    }

    /// What sweep stands on here.
    pub fn sweep_deps(&self) -> sweep::Deps<'_> {
        sweep::Deps {
            ledger: &self.ledger,
            clock: self.clock.as_ref(),
            runbooks: &self.runbooks,
            systems: self.handlers.systems.as_ref(),
            workflow: Some(self.workflow.as_ref()),
            subscriptions: None,
            hr: Some(&self.intake),
            pages: Some(self.links.base()),
            heard: None,
        }
    }

    /// What taking a dropped file in stands on here.
    pub fn drop_deps(&self) -> drop::Deps<'_> {
        drop::Deps {
            intake: &self.intake,
        }
    }

    /// Moves everything that can move at the present instant, until nothing is in flight, and sends the letters that
    /// were written.
    ///
    /// # Errors
    /// The ledger's, when the letters cannot be read.
    pub async fn settle(&self) -> Result<(), Failure> {
        self.engine.run_until_idle(self.handlers.as_ref()).await;
        self.handlers.send_letters(Duration::ZERO).await?;
        Ok(())
    }

    /// Where the address of a running Latchkey is noted, for `latchkey send`.
    pub fn note_address(&self, directory: &Path) -> std::io::Result<()> {
        private::write(
            &directory.join(file::ADDRESS),
            format!("http://{}\n", self.address),
        )
    }
}

/// Checks a runbook and makes it the current one in a ledger.
///
/// # Errors
/// [`StackError::Runbook`] with every problem; the current runbook stays.
pub async fn publish(
    ledger: &Ledger,
    source: &Source,
    now: Timestamp,
) -> Result<(RunbookVersion, Vec<Problem>), StackError> {
    let checked = crate::check(source);
    if checked.runbook.is_none() {
        return Err(StackError::Runbook(checked.problems));
    }
    let version = source.version();
    ledger
        .publish_runbook(&version, source.files(), now)
        .await?;
    Ok((version, checked.problems))
}
