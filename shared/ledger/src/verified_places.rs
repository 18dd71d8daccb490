//! Whether everything stands where it is looked for: a look at the table itself, item by item, and not at its indexes.
//! What was taken out of its index is found by nobody otherwise, by no page, sweep or audit.

use std::collections::BTreeSet;

use latchkey_lifecycle::{
    Case, CaseId, CaseState, Finding, TrailFault, TrailOf, TrailProblem, shown::without_values,
};

use crate::{
    Ledger, LedgerError,
    change_case::case_index,
    every_item::{ItemsToken, WholeItem},
    finding_by_id, keys,
    row::Row,
};

/// A part of the table that was looked at.
#[derive(Debug, Default)]
pub struct PlacesPage {
    /// What does not fit.
    pub faults: Vec<TrailFault>,
    /// Where the look goes on; `None` when all of it was looked at.
    pub next: Option<ItemsToken>,
}

impl Ledger {
    /// Looks at one part of the whole table: each case and each finding has to stand where its own words put it. Of one
    /// that does not, the trail is verified too, since what goes through the indexes has not met it. It reads all of the
    /// table, which no function of the stack may do.
    ///
    /// # Errors
    /// [`LedgerError`] when the table cannot be read.
    pub async fn verify_places(&self, from: Option<ItemsToken>) -> Result<PlacesPage, LedgerError> {
        let items = self.every_item(from).await?;
        let mut faults = Vec::new();
        for item in &items.items {
            let key = item.key();
            if let Some(case) = keys::case_of(&key.pk).filter(|id| keys::case(id) == key) {
                let row = item.body::<Row<Case>>();
                let index = row.map(|row| case_index(&row.item));
                let fault = misplaced(item, index);
                let of = TrailOf::Case(case.clone());
                if let Some(problem) = fault {
                    faults.push(TrailFault { of, problem });
                    faults.extend(self.verify_case(&case, "the table").await?);
                }
            }
            if let Some(finding) = keys::finding_of(&key.pk).filter(|id| keys::finding(id) == key) {
                let row = item.body::<Row<Finding>>();
                let index = row.map(|row| finding_by_id::index(&row.item).to_vec());
                let fault = misplaced(item, index);
                let of = TrailOf::Finding(finding.clone());
                if let Some(problem) = fault {
                    faults.push(TrailFault { of, problem });
                    faults.extend(self.verify_finding(&finding).await?);
                }
            }
        }
        Ok(PlacesPage {
            faults,
            next: items.next,
        })
    }

    /// Those of some cases that are held, and that nobody can decide about: what the brake holds does not name them.
    pub(crate) async fn held_by_nothing(
        &self,
        held: BTreeSet<CaseId>,
    ) -> Result<Vec<TrailFault>, LedgerError> {
        if held.is_empty() {
            return Ok(Vec::new());
        }
        let brake = self.brake().await?.item;
        let named = |id: &CaseId| {
            let ruled = brake.ruled();
            brake.held().contains(id)
                || ruled
                    .is_some_and(|ruled| ruled.cases.contains(id) || ruled.left_out.contains(id))
        };
        let unnamed: Vec<CaseId> = held.into_iter().filter(|id| !named(id)).collect();
        // Decided about since they were read, they are held no more.
        let still = self.cases_by_id(unnamed).await?;
        let still = still
            .into_iter()
            .filter(|case| case.state == CaseState::Held);
        let faults = still.map(|case| TrailFault {
            of: TrailOf::Case(case.id),
            problem: TrailProblem::HeldByNothing,
        });
        Ok(faults.collect())
    }
}

/// What is wrong with where an item stands, by where its own words put it.
fn misplaced(
    item: &WholeItem,
    index: Result<Vec<(&'static str, String)>, serde_json::Error>,
) -> Option<TrailProblem> {
    match index {
        Ok(index) => {
            // In which list; an earlier release may have put it at another place of the same one.
            let mut lists = index.iter().filter(|(name, _)| *name == "gsi1pk");
            let stands = lists.all(|(name, list)| item.text(name) == list);
            (!stands).then_some(TrailProblem::Misplaced)
        }
        Err(e) => Some(TrailProblem::Unreadable(without_values(&e.to_string()))),
    }
}
