//! Checked runbook versions, read from the ledger once each: a version never changes.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
};

use latchkey_ledger::Ledger;
use latchkey_lifecycle::RunbookVersion;
use latchkey_runbook::{Runbook, Source};

use crate::Failure;

/// The runbook versions that this process has read.
#[derive(Debug, Default)]
pub struct Runbooks {
    read: Mutex<HashMap<RunbookVersion, Arc<Runbook>>>,
}

impl Runbooks {
    /// The runbook of a version.
    ///
    /// # Errors
    /// [`Failure::Broken`] when the ledger does not have it or it is not understood; `Busy` when the ledger does not
    /// answer now.
    pub async fn get(
        &self,
        ledger: &Ledger,
        version: &RunbookVersion,
    ) -> Result<Arc<Runbook>, Failure> {
        if let Some(known) = self.known(version) {
            return Ok(known);
        }
        let files = ledger.runbook_files(version).await?;
        let checked = Runbook::published(&Source::from_files(files));
        let runbook = checked.runbook.ok_or_else(|| {
            let first = checked.problems.iter().find(|p| p.is_error());
            let first = first.map(ToString::to_string).unwrap_or_default();
            Failure::Broken(format!(
                "runbook version {version} is not understood: {first}"
            ))
        })?;
        let runbook = Arc::new(runbook);
        self.keep(version, &runbook);
        Ok(runbook)
    }

    /// A version that this process has checked itself is not checked again.
    pub fn keep(&self, version: &RunbookVersion, runbook: &Arc<Runbook>) {
        if let Ok(mut read) = self.read.lock() {
            read.insert(version.clone(), Arc::clone(runbook));
        }
    }

    /// The runbook that new cases begin with.
    ///
    /// # Errors
    /// [`Failure::Broken`] when none was ever published.
    pub async fn current(
        &self,
        ledger: &Ledger,
    ) -> Result<(RunbookVersion, Arc<Runbook>), Failure> {
        let none = || Failure::Broken("no runbook has been published yet".to_owned());
        let version = ledger.current_runbook().await?.ok_or_else(none)?;
        let runbook = self.get(ledger, &version).await?;
        Ok((version, runbook))
    }

    fn known(&self, version: &RunbookVersion) -> Option<Arc<Runbook>> {
        self.read.lock().ok()?.get(version).cloned()
    }
}
