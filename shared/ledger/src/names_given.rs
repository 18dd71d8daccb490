//! Names that were given to people. Each has an item of its own, which is written once, before the name is used, and
//! never deleted: so no name is given to a second person, also not when two are hired at the same instant.
//!
//! What one person is called stands in an item of theirs, too, so that a plan reads one item.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use latchkey_lifecycle::{EmployeeId, Names, SystemId};
use serde::{Deserialize, Serialize};

use crate::{
    Ledger, LedgerError, keys,
    ledger::{Committed, read},
    people::employee_of,
    row::Row,
    store::When,
};

/// How many names are written at once: a transaction takes 100 writes, and one is the person's own.
/// Source: DynamoDB API reference, TransactWriteItems.
const CHUNK: usize = 99;

/// Whose a name is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct NameGiven {
    /// The name, in lower case.
    pub name: String,
    /// Whose it is, for ever.
    pub employee_id: EmployeeId,
    /// Since when (UTC).
    pub since: Timestamp,
}

/// What became of names that were to be given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Gave {
    /// They are the person's.
    All,
    /// Some have been given before, or the person's names changed meanwhile: whoever has them is named here. Look
    /// again.
    Not(BTreeMap<String, EmployeeId>),
}

impl Ledger {
    /// What a person is called in the systems. Nothing where the ledger has nothing.
    ///
    /// # Errors
    /// [`LedgerError`] when the table cannot be read.
    pub async fn names_of(&self, employee: &EmployeeId) -> Result<Row<Names>, LedgerError> {
        let found = self.get(&keys::persons_names(employee)).await?;
        Ok(found.unwrap_or_else(|| Row::new(Names::default())))
    }

    /// The work addresses that Latchkey gave to people, in few calls; whoever has none is left out.
    ///
    /// # Errors
    /// [`LedgerError`] when the table cannot be read.
    pub async fn emails_given(
        &self,
        people: &BTreeSet<EmployeeId>,
    ) -> Result<BTreeMap<EmployeeId, String>, LedgerError> {
        let keys = people.iter().map(keys::persons_names).collect();
        let mut all = BTreeMap::new();
        for item in self.get_all(keys).await? {
            let names = read::<Row<Names>>(&item)?.item;
            if let Some(email) = names.email {
                all.insert(employee_of(&item.key.pk)?, email);
            }
        }
        Ok(all)
    }

    /// Gives names to a person: `before` as they were read, `names` as they are to be. Names that are known to be the
    /// person's already stand in `own`.
    ///
    /// # Errors
    /// [`LedgerError`] when the table cannot be written.
    pub async fn give_names(
        &self,
        employee: &EmployeeId,
        before: &Row<Names>,
        names: &Names,
        own: &BTreeSet<String>,
        at: Timestamp,
    ) -> Result<Gave, LedgerError> {
        let new = new_ones(&before.item, names, own);
        let mut row = before.clone();
        row.item = names.clone();
        // A name that is reserved and not used, when this is cut off between two chunks, stays the person's.
        let chunks: Vec<&[String]> = match new.is_empty() {
            true => vec![&[]],
            false => new.chunks(CHUNK).collect(),
        };
        for (n, chunk) in chunks.iter().enumerate() {
            let mut writes = Vec::with_capacity(chunk.len() + 1);
            for name in *chunk {
                let given = NameGiven {
                    name: name.clone(),
                    employee_id: employee.clone(),
                    since: at,
                };
                writes.push(self.put(&keys::name(name), &given, When::Absent, &[])?);
            }
            if n + 1 == chunks.len() {
                let key = keys::persons_names(employee);
                writes.push(self.put_row(&key, &mut row, &[])?);
            }
            if let Committed::No(failed) = self.commit(writes).await? {
                let taken = failed.iter().filter_map(|n| chunk.get(*n));
                return Ok(Gave::Not(self.holders(taken).await?));
            }
        }
        Ok(Gave::All)
    }

    /// What [`Ledger::give_names`] would answer at this moment. Writes nothing.
    ///
    /// # Errors
    /// [`LedgerError`] when the table cannot be read.
    pub async fn could_give_names(
        &self,
        before: &Names,
        names: &Names,
        own: &BTreeSet<String>,
    ) -> Result<Gave, LedgerError> {
        let new = new_ones(before, names, own);
        let holders = self.holders(&new).await?;
        Ok(match new.iter().any(|name| holders.contains_key(name)) {
            true => Gave::Not(holders),
            false => Gave::All,
        })
    }

    /// Whose a name is, an account's or an e-mail address; `None` when it was never given.
    ///
    /// # Errors
    /// [`LedgerError`] when the table cannot be read.
    pub async fn name_given(&self, name: &str) -> Result<Option<NameGiven>, LedgerError> {
        self.get(&keys::name(&name.to_lowercase())).await
    }

    /// Who has these names, and those that differ from them by a number.
    ///
    /// # Errors
    /// [`LedgerError`] when the table cannot be read.
    pub async fn holders(
        &self,
        names: impl IntoIterator<Item = &String>,
    ) -> Result<BTreeMap<String, EmployeeId>, LedgerError> {
        let partitions: BTreeSet<String> = names
            .into_iter()
            .map(|name| keys::name_partition(name))
            .collect();
        let mut holders = BTreeMap::new();
        for partition in partitions {
            let given: Vec<NameGiven> = self.query(&partition, keys::NAME_PREFIX).await?;
            holders.extend(given.into_iter().map(|g| (g.name, g.employee_id)));
        }
        Ok(holders)
    }

    /// Notes what a person's account is called in a system, where it was called so by somebody else than Latchkey. The
    /// name is the person's from now on, unless it has been given to another one.
    ///
    /// # Errors
    /// [`LedgerError`] when the table cannot be read or written.
    pub async fn note_name(
        &self,
        employee: &EmployeeId,
        system: &SystemId,
        name: &str,
        at: Timestamp,
    ) -> Result<(), LedgerError> {
        let mut known = BTreeSet::new();
        loop {
            let row = self.names_of(employee).await?;
            if row.item.accounts.get(system).map(String::as_str) == Some(name) {
                return Ok(());
            }
            let mut names = row.item.clone();
            names.accounts.insert(system.clone(), name.to_owned());
            match self.give_names(employee, &row, &names, &known, at).await? {
                Gave::All => return Ok(()),
                // Somebody else's name is noted all the same: the account is called so.
                Gave::Not(holders) => known.extend(holders.into_keys()),
            }
        }
    }
}

/// The names that would have to be written: the person had none of them before.
fn new_ones(before: &Names, names: &Names, own: &BTreeSet<String>) -> Vec<String> {
    let had = before.all();
    let all = names.all().into_iter();
    all.filter(|name| !had.contains(name) && !own.contains(name))
        .collect()
}
