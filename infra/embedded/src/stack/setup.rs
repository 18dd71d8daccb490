//! What a stack is set up from.

use std::{net::SocketAddr, path::PathBuf, sync::Arc};

use latchkey_address::Loopback;
use latchkey_engine::Keep;
use latchkey_runtime::{Clock, Systems};

/// How the stack is set up.
pub struct Setup {
    /// The directory for ledger, secrets and outbox.
    pub directory: PathBuf,
    /// Whether the ledger is a file that outlives the process.
    pub persistent: bool,
    /// The present instant, for everything.
    pub clock: Arc<dyn Clock>,
    /// Where to listen; port 0 for any free one.
    pub listen: SocketAddr,
    /// What links begin with, when it is another address than where it listens.
    pub public_url: Option<String>,
    /// An SMTP address to send letters by, too.
    pub smtp: Option<String>,
    /// Whom letters come from.
    pub from: String,
    /// Where randomness begins: jitter, and the tokens of waiting tasks.
    pub seed: u64,
    /// How much of executions' histories is kept.
    pub history: Keep,
    /// Systems that replace those of the runbook's kinds, for rehearsals.
    pub systems: Option<Arc<dyn Systems>>,
    /// Whether systems on this machine may be called in the open.
    pub loopback: Loopback,
    /// The company's sign-in provider; links are made on this machine where there is none.
    pub sign_in: Option<SignInAt>,
}

/// A sign-in provider, as an operator names it. Latchkey's secret there is the secret `sign-in`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignInAt {
    /// Its issuer.
    pub issuer: String,
    /// Latchkey's name there.
    pub client: String,
    /// The claim with the groups; `groups` when left out.
    pub groups_claim: Option<String>,
}

/// How a stack is set up that touches nothing: all in memory, no files, no socket, no real system.
pub struct Silent {
    /// The present instant, for everything.
    pub clock: Arc<dyn Clock>,
    /// What links begin with.
    pub public_url: String,
    /// Whom letters come from.
    pub from: String,
    /// Where randomness begins: jitter, and the tokens of waiting tasks.
    pub seed: u64,
    /// The systems.
    pub systems: Arc<dyn Systems>,
}
