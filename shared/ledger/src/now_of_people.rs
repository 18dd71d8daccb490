//! What goes on with the people of a page, and what they have, in few reads.

use std::collections::{HashMap, HashSet};

use latchkey_lifecycle::{Case, EmployeeId, SystemId};

use crate::{KnownAccount, Ledger, LedgerError, Shelf, keys, ledger::read, people::employee_of};

impl Ledger {
    /// The open cases of these people. Most companies have few enough of them for one page of the index; where there
    /// are more, each person is asked for.
    ///
    /// # Errors
    /// [`LedgerError`] when the table cannot be read.
    pub async fn open_cases_of(
        &self,
        people: &[EmployeeId],
    ) -> Result<HashMap<EmployeeId, Vec<Case>>, LedgerError> {
        let page = self.cases_page(Shelf::Open, None).await?;
        let cases = match page.next {
            None => page.cases,
            Some(_) => {
                let mut ids = Vec::new();
                for employee in people {
                    ids.extend(self.cases_of(employee).await?.into_iter().map(|(id, _)| id));
                }
                self.cases_by_id(ids).await?
            }
        };
        let wanted: HashSet<&EmployeeId> = people.iter().collect();
        let mut open: HashMap<EmployeeId, Vec<Case>> = HashMap::new();
        for case in cases {
            if wanted.contains(&case.employee_id) && !case.state.is_ended() {
                open.entry(case.employee_id.clone()).or_default().push(case);
            }
        }
        Ok(open)
    }

    /// What was last read of these people's accounts in these systems.
    ///
    /// # Errors
    /// [`LedgerError`] when the table cannot be read.
    pub async fn accounts_in(
        &self,
        systems: &[SystemId],
        people: &[EmployeeId],
    ) -> Result<HashMap<EmployeeId, Vec<KnownAccount>>, LedgerError> {
        let keys = people.iter().flat_map(|employee| {
            let of = systems.iter();
            of.map(move |system| keys::persons_account(employee, system))
        });
        let mut accounts: HashMap<EmployeeId, Vec<KnownAccount>> = HashMap::new();
        for item in self.get_all(keys.collect()).await? {
            let employee = employee_of(&item.key.pk)?;
            accounts.entry(employee).or_default().push(read(&item)?);
        }
        Ok(accounts)
    }
}
