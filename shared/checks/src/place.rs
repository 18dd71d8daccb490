//! What only the place knows in which Latchkey runs: a machine, a function of a stack, a command beside them.

use std::sync::{Arc, OnceLock};

use async_trait::async_trait;
use jiff::Timestamp;
use latchkey_decisions::SourceSecrets;
use latchkey_ledger::OneTried;
use latchkey_runtime::Systems;

/// Something outside that is tried as a whole.
#[async_trait]
pub trait Outside: Send + Sync {
    /// Tries it, and changes nothing. Whoever calls it waits no longer than they want to.
    async fn try_it(&self) -> Vec<OneTried>;
}

/// How letters leave.
#[derive(Clone, Default)]
pub enum Mail {
    /// It is not known here.
    #[default]
    NotSeen,
    /// They are written into a folder of the machine, and nobody gets them.
    Folder(Arc<dyn Outside>),
    /// A mail server takes them.
    Server(Arc<dyn Outside>),
}

impl Mail {
    /// What is tried of it.
    pub(crate) fn outside(&self) -> Option<&dyn Outside> {
        match self {
            Mail::NotSeen => None,
            Mail::Folder(outside) | Mail::Server(outside) => Some(outside.as_ref()),
        }
    }
}

/// How people sign in.
#[derive(Clone, Default)]
pub enum SignIn {
    /// It is not known here.
    #[default]
    NotSeen,
    /// Not at all.
    Nothing,
    /// By links that are made on the machine.
    Links,
    /// By the company's provider.
    Provider {
        /// Its host.
        host: String,
        /// Where it sends browsers back to: to be entered there.
        back: String,
        /// What is tried of it.
        at: Arc<dyn Outside>,
    },
}

/// What only the place knows. What it does not know is left out; the default knows nothing.
#[derive(Clone, Default)]
pub struct Place {
    /// How systems are reached; `None` where they cannot be called from.
    pub systems: Option<Arc<dyn Systems>>,
    /// What sources sign with; `None` where that cannot be read.
    pub secrets: Option<Arc<dyn SourceSecrets>>,
    /// How letters leave.
    pub mail: Mail,
    /// How people sign in.
    pub sign_in: SignIn,
    /// Scheme, host and port that HR posts to.
    pub address: Option<String>,
    /// Since when it runs (UTC).
    pub started: Option<Timestamp>,
    /// Minutes between sweeps, 0 for never, where whoever started it says so.
    pub sweep_every: Arc<OnceLock<u32>>,
}

impl std::fmt::Debug for Place {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Place")
    }
}
