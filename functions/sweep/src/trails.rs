//! The audit trails: each sweep verifies a part of them and goes on where the one before ended (promise 9).

use std::collections::{BTreeMap, BTreeSet};

use latchkey_ledger::{AuditRound, LookedThrough, Shelf, Where};
use latchkey_lifecycle::{Finding, FindingKind, Seen, TrailFault, TrailOf};
use latchkey_runtime::Failure;

use crate::{
    Sweep, Swept,
    record::{Concern, Tally},
};

/// People whose cases are verified between two looks at the time.
const PEOPLE: u16 = 25;
/// How often in one sweep: so 100 people with all of their cases, or 1,000 items of an index. 3,000 people are through
/// within two days of hourly sweeps, and a sweep of theirs reads about a thousand cases.
const PAGES: usize = 4;

impl Sweep<'_> {
    /// Looks again at what did not fit, then verifies the next part.
    ///
    /// # Errors
    /// [`Failure`] of the ledger or of mail.
    pub(crate) async fn trails(&self) -> Result<Swept, Failure> {
        let ledger = self.deps.ledger;
        let operations = self.runbook.operations_team().clone();
        let mut tally = Tally::about(Concern::Trails, operations);
        let mut faulty = self.look_again(&mut tally).await?;
        let mut row = ledger.audit_round().await?;
        for _ in 0..PAGES {
            if self.deps.clock.now() >= self.until {
                break;
            }
            let page = ledger.audit_page(&row.item, PEOPLE).await?;
            let mut found: BTreeMap<String, Vec<String>> = BTreeMap::new();
            for fault in page.faults {
                let told = found.entry(place(&fault)).or_default();
                told.push(fault.to_string());
            }
            for (place, faults) in found {
                faulty.insert(place.clone());
                self.note(&mut tally, seen(place), Some(faults.join("; ")))
                    .await?;
            }
            row.item = page.next.unwrap_or_default();
            if row.item == AuditRound::default() {
                self.looked_through(faulty.len()).await?;
                break;
            }
        }
        if !self.dry_run {
            // Two sweeps at once: the other one's place is as good.
            let _theirs = ledger.put_audit_round(&mut row).await?;
        }
        self.close_the_rest(&mut tally, true).await?;
        self.tell(&tally).await?;
        Ok(tally.swept)
    }

    /// Notes that a round has come to its end.
    async fn looked_through(&self, faults: usize) -> Result<(), Failure> {
        if self.dry_run {
            return Ok(());
        }
        let looked = LookedThrough {
            at: self.deps.clock.now(),
            by: "sweep".to_owned(),
            faults,
        };
        Ok(self.deps.ledger.note_looked_through(&looked).await?)
    }

    /// What did not fit in an earlier sweep is kept as long as it does not. Gives the places of which that is so.
    async fn look_again(&self, tally: &mut Tally) -> Result<BTreeSet<String>, Failure> {
        let mut from = None;
        let mut open: Vec<Finding> = Vec::new();
        loop {
            let page = self
                .deps
                .ledger
                .findings(Shelf::Open, Where::In(None), from)
                .await?;
            open.extend(
                page.findings
                    .into_iter()
                    .filter(|f| f.seen.kind == FindingKind::Tampered),
            );
            match page.next {
                Some(next) => from = Some(next),
                None => break,
            }
        }
        let mut faulty = BTreeSet::new();
        for finding in open {
            let place = finding.seen.handle.clone().unwrap_or_default();
            if !self.deps.ledger.audit_again(&place).await?.is_empty() {
                faulty.insert(place);
                self.note(tally, finding.seen, finding.problem).await?;
            }
        }
        Ok(faulty)
    }
}

/// The partition of the ledger that a fault is in: one finding for each case.
fn place(fault: &TrailFault) -> String {
    match &fault.of {
        TrailOf::Case(case) | TrailOf::Task(case, _) => TrailOf::Case(case.clone()).to_string(),
        of @ (TrailOf::Finding(_)
        | TrailOf::Runbook(_)
        | TrailOf::Heard(_)
        | TrailOf::Book
        | TrailOf::Own(_)) => of.to_string(),
    }
}

fn seen(place: String) -> Seen {
    Seen {
        kind: FindingKind::Tampered,
        system: None,
        employee_id: None,
        account: None,
        handle: Some(place),
        entitlements: Default::default(),
    }
}
