//! Systems as a runbook describes them, opened by their kind.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use async_trait::async_trait;
use latchkey_address::{Address, Loopback, Unfit};
use latchkey_lifecycle::SystemId;
use latchkey_runbook::Runbook;
use latchkey_systems::{Fault, Secret, Secrets, Settings, System};

use crate::Systems;

/// How a kind, or one of several, opens a system: settings, secret, and the process's HTTP client.
pub type Opener = fn(&Settings, Option<Secret>, reqwest::Client) -> Result<Arc<dyn System>, Fault>;

/// An opened system, and what it was opened with.
type Opened = (Settings, Secret, Arc<dyn System>);

/// Opens systems, each once for the same settings: an opened system keeps its connections and its token.
pub struct KnownSystems {
    opener: Opener,
    http: reqwest::Client,
    secrets: Arc<dyn Secrets>,
    loopback: Loopback,
    open: Mutex<HashMap<SystemId, Opened>>,
}

impl KnownSystems {
    /// Systems of the opener's kinds, with secrets from the given place.
    ///
    /// # Errors
    /// [`Fault::Unreachable`] when TLS cannot be set up on this machine.
    pub fn new(
        opener: Opener,
        secrets: Arc<dyn Secrets>,
        loopback: Loopback,
    ) -> Result<KnownSystems, Fault> {
        Ok(KnownSystems {
            opener,
            http: latchkey_systems::client()?,
            secrets,
            loopback,
            open: Mutex::default(),
        })
    }
}

impl KnownSystems {
    /// Where the secret of a system is kept, for whoever stores it; `None` for one that is shown none.
    pub fn secret_place(&self, runbook: &Runbook, system: &SystemId) -> Option<String> {
        let known = runbook.system(system)?;
        let name = self.secrets.of_kind(&known.kind, known.secret.as_deref()?);
        Some(self.secrets.place(&name))
    }

    /// Where a system is; `None` for kinds that have no address. Whether it is encrypted, its kind says.
    fn address(&self, settings: &Settings) -> Result<Option<Address>, Fault> {
        if settings.address.is_empty() {
            return Ok(None);
        }
        let address = Address::parse(&settings.address).and_then(|a| a.within(self.loopback));
        address.map(Some).map_err(|unfit: Unfit| Fault::Rejected {
            system: settings.name.clone(),
            problem: format!("its address cannot be used: {unfit}"),
        })
    }
}

#[async_trait]
impl Systems for KnownSystems {
    async fn open(&self, runbook: &Runbook, system: &SystemId) -> Result<Arc<dyn System>, Fault> {
        let settings = settings_of(runbook, system)?;
        let address = self.address(&settings)?;
        let (Some(name), Some(address)) = (&settings.secret, address) else {
            return (self.opener)(&settings, None, self.http.clone());
        };
        // Read each time: a rotated secret, and where it may go, count at once.
        let name = self.secrets.of_kind(&settings.kind, name);
        let secret = self.secrets.get(&name).await;
        let secret = secret.map_err(|e| e.for_system(&settings.name))?;
        let secret = secret.shown_at(&address, self.loopback);
        let secret = secret.map_err(|e| e.for_system(&settings.name))?.clone();
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((known, same, opened)) = open.get(system)
            && (known, same) == (&settings, &secret)
        {
            return Ok(Arc::clone(opened));
        }
        let opened = (self.opener)(&settings, Some(secret.clone()), self.http.clone())?;
        open.insert(system.clone(), (settings, secret, Arc::clone(&opened)));
        Ok(opened)
    }
}

/// How a system of the runbook is reached.
///
/// # Errors
/// [`Fault::Rejected`] when the runbook has no such system.
pub fn settings_of(runbook: &Runbook, system: &SystemId) -> Result<Settings, Fault> {
    let known = runbook.system(system).ok_or_else(|| Fault::Rejected {
        system: system.to_string(),
        problem: "the runbook that the case keeps has no such system".to_owned(),
    })?;
    Ok(Settings {
        id: system.to_string(),
        name: known.name.clone(),
        kind: known.kind.clone(),
        address: known.address.clone().unwrap_or_default(),
        secret: known.secret.clone(),
        dialect: known.dialect.clone(),
        settings: known.settings.clone(),
    })
}

#[cfg(test)]
mod tests;
