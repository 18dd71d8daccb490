//! The claims on a person's account in one system.

use latchkey_lifecycle::{EmployeeId, Standing, SystemId};

use crate::{Ledger, LedgerError, keys, ledger::read, people_having::held, row::Row};

impl Ledger {
    /// Why the person has what they have in the system. Nothing is claimed where the ledger has nothing.
    ///
    /// # Errors
    /// [`LedgerError`] when the table cannot be read.
    pub async fn standing(
        &self,
        employee: &EmployeeId,
        system: &SystemId,
    ) -> Result<Row<Standing>, LedgerError> {
        let found = self.get(&keys::persons_standing(employee, system)).await?;
        Ok(found.unwrap_or_else(|| Row::new(Standing::default())))
    }

    /// The same in every system in which the ledger has something.
    ///
    /// # Errors
    /// [`LedgerError`] when the table cannot be read.
    pub async fn standings_of(
        &self,
        employee: &EmployeeId,
    ) -> Result<Vec<(SystemId, Standing)>, LedgerError> {
        let partition = keys::person_partition(employee);
        let items = self.items(&partition, keys::STANDING_PREFIX).await?;
        let standings = items.iter().filter_map(|item| {
            let system = item.key.sk.strip_prefix(keys::STANDING_PREFIX)?;
            let system = SystemId::new(system).ok()?;
            Some(read::<Row<Standing>>(item).map(|row| (system, row.item)))
        });
        standings.collect()
    }

    /// Changes the claims, and who has what by them. `enter` runs again when somebody else wrote in between; what
    /// changes nothing is not written.
    ///
    /// # Errors
    /// [`LedgerError`] when the table cannot be read or written.
    pub async fn change_standing(
        &self,
        employee: &EmployeeId,
        system: &SystemId,
        enter: impl Fn(&mut Standing),
    ) -> Result<Standing, LedgerError> {
        let read = self.standing(employee, system).await?;
        let row = self.change_standing_read(employee, system, read, enter);
        Ok(row.await?.item)
    }

    /// The same of claims that were read before; they are read again where somebody else wrote in between.
    ///
    /// # Errors
    /// [`LedgerError`] when the table cannot be read or written.
    pub async fn change_standing_read(
        &self,
        employee: &EmployeeId,
        system: &SystemId,
        mut row: Row<Standing>,
        enter: impl Fn(&mut Standing),
    ) -> Result<Row<Standing>, LedgerError> {
        let key = keys::persons_standing(employee, system);
        loop {
            let before = row.item.clone();
            enter(&mut row.item);
            if row.item == before {
                return Ok(row);
            }
            let mut writes = vec![self.put_row(&key, &mut row, &[])?];
            writes.extend(self.now_has((employee, system), &held(&before), &held(&row.item))?);
            if self.commit_having(writes).await? {
                return Ok(row);
            }
            row = self.standing(employee, system).await?;
        }
    }
}
