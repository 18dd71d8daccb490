//! Which ledger it is: what lies beside it (secrets, letters, backups) says the same, so that nobody takes one
//! company's for another's.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{Ledger, LedgerError, keys, store::When};

/// A ledger's id: 32 digits in hexadecimal, made once at random, and kept wherever the ledger goes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct LedgerId(String);

impl LedgerId {
    /// An id of these random bytes.
    pub fn of(random: [u8; 16]) -> LedgerId {
        LedgerId(random.iter().map(|byte| format!("{byte:02x}")).collect())
    }

    /// An id as it was written down; white space around it does not count.
    pub fn written(text: &str) -> LedgerId {
        LedgerId(text.trim().to_owned())
    }

    /// The id as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Display for LedgerId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

#[derive(Debug, Serialize, Deserialize)]
struct Identity {
    id: LedgerId,
    /// When it was made (UTC): with the ledger, or later for one from before ledgers had any.
    made: Timestamp,
}

impl Ledger {
    /// The ledger's id; none in one that nobody has given one yet.
    ///
    /// # Errors
    /// [`LedgerError`] when the table cannot be read.
    pub async fn id(&self) -> Result<Option<LedgerId>, LedgerError> {
        let found: Option<Identity> = self.get(&keys::ledger_id()).await?;
        Ok(found.map(|identity| identity.id))
    }

    /// The ledger's id; where it has none, this new one is its id from now on.
    ///
    /// # Errors
    /// [`LedgerError`] when the table cannot be read or written.
    pub async fn identify(&self, new: LedgerId, now: Timestamp) -> Result<LedgerId, LedgerError> {
        if let Some(id) = self.id().await? {
            return Ok(id);
        }
        let identity = Identity { id: new, made: now };
        let write = self.put(&keys::ledger_id(), &identity, When::Absent, &[])?;
        self.commit(vec![write]).await?;
        // Somebody else may have come first.
        let id = self.id().await?;
        id.ok_or_else(|| LedgerError::Absent {
            what: "id of the ledger".to_owned(),
        })
    }
}
