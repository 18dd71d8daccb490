//! Runbook versions, and which one is current. A version never changes; cases keep theirs.

use std::collections::BTreeMap;

use jiff::Timestamp;
use latchkey_lifecycle::{RunbookVersion, TrailFault, TrailOf, TrailProblem};
use serde::{Deserialize, Serialize};

use crate::{Ledger, LedgerError, keys, store::When};

#[derive(Debug, Serialize, Deserialize)]
struct File {
    name: String,
    text: String,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Current {
    runbook: RunbookVersion,
    since: Timestamp,
}

impl Ledger {
    /// Stores a version's files and makes it the current one. The caller has checked it.
    ///
    /// # Errors
    /// [`LedgerError`] when the table cannot be written; a file over DynamoDB's item limit (400 KB) is
    /// refused.
    pub async fn publish_runbook(
        &self,
        version: &RunbookVersion,
        files: &BTreeMap<String, String>,
        now: Timestamp,
    ) -> Result<(), LedgerError> {
        for (name, text) in files {
            let file = File {
                name: name.clone(),
                text: text.clone(),
            };
            let key = keys::runbook_file(version, name);
            self.commit(vec![self.put(&key, &file, When::Always, &[])?])
                .await?;
        }
        let current = Current {
            runbook: version.clone(),
            since: now,
        };
        self.commit(vec![self.put(
            &keys::current_runbook(),
            &current,
            When::Always,
            &[],
        )?])
        .await?;
        Ok(())
    }

    /// The version that new cases begin with.
    ///
    /// # Errors
    /// [`LedgerError`] when the table cannot be read.
    pub async fn current_runbook(&self) -> Result<Option<RunbookVersion>, LedgerError> {
        let current: Option<Current> = self.get(&keys::current_runbook()).await?;
        Ok(current.map(|c| c.runbook))
    }

    /// The files of a version, by name.
    ///
    /// # Errors
    /// [`LedgerError::Absent`] when there is no such version.
    pub async fn runbook_files(
        &self,
        version: &RunbookVersion,
    ) -> Result<BTreeMap<String, String>, LedgerError> {
        let files: Vec<File> = self
            .query(&keys::runbook_partition(version), keys::FILE_PREFIX)
            .await?;
        if files.is_empty() {
            return Err(LedgerError::Absent {
                what: format!("runbook version {version}"),
            });
        }
        Ok(files.into_iter().map(|f| (f.name, f.text)).collect())
    }

    /// Whether a version that a case keeps has the files that it is named after.
    ///
    /// # Errors
    /// [`LedgerError`] when the table cannot be read.
    pub(crate) async fn verify_runbook(
        &self,
        version: &RunbookVersion,
    ) -> Result<Option<TrailFault>, LedgerError> {
        let problem = match self.runbook_files(version).await {
            Ok(files) if RunbookVersion::of_files(&files) == *version => return Ok(None),
            Ok(_) => TrailProblem::OtherFiles,
            Err(LedgerError::Absent { .. }) => TrailProblem::Missing("a case".to_owned()),
            Err(LedgerError::Unreadable { problem, .. }) => TrailProblem::Unreadable(problem),
            Err(e) => return Err(e),
        };
        let of = TrailOf::Runbook(version.clone());
        Ok(Some(TrailFault { of, problem }))
    }
}
