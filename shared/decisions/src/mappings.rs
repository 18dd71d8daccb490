//! Sources that a runbook's files describe, read once for each runbook version: a version never changes.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
};

use latchkey_hris::{MapProblem, MapSource};
use latchkey_ledger::{Ledger, LedgerError};
use latchkey_lifecycle::RunbookVersion;

/// The mappings of the current runbook that this process has read.
#[derive(Debug, Default)]
pub struct Mappings(Mutex<Read>);

/// Those of one version, by source; `None` where no file describes it.
#[derive(Debug, Default)]
struct Read {
    version: Option<RunbookVersion>,
    sources: BTreeMap<String, Option<Arc<MapSource>>>,
}

/// So many names are remembered: anybody can ask for one that there is not.
const MOST: usize = 64;

/// Why a mapping cannot be used.
#[derive(Debug, thiserror::Error)]
pub(crate) enum MappingError {
    /// The ledger.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
    /// Its mistakes.
    #[error("the mapping is wrong")]
    Wrong(Vec<MapProblem>),
}

impl Mappings {
    /// The source of a name that the current runbook describes; `None` when it does not.
    pub(crate) async fn of(
        &self,
        ledger: &Ledger,
        name: &str,
    ) -> Result<Option<Arc<MapSource>>, MappingError> {
        let Some(version) = ledger.current_runbook().await? else {
            return Ok(None);
        };
        if let Some(known) = self.known(&version, name) {
            return Ok(known);
        }
        let files = ledger.runbook_files(&version).await?;
        let source = MapSource::among(&files, name).transpose();
        let source = source.map_err(MappingError::Wrong)?.map(Arc::new);
        self.keep(version, name, &source);
        Ok(source)
    }

    fn known(&self, version: &RunbookVersion, name: &str) -> Option<Option<Arc<MapSource>>> {
        let read = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let sources = &read.sources;
        (read.version.as_ref() == Some(version)).then(|| sources.get(name).cloned())?
    }

    fn keep(&self, version: RunbookVersion, name: &str, source: &Option<Arc<MapSource>>) {
        let mut read = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if read.version.as_ref() != Some(&version) || read.sources.len() >= MOST {
            read.sources.clear();
            read.version = Some(version);
        }
        read.sources.insert(name.to_owned(), source.clone());
    }
}
