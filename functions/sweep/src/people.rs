//! The ledger's people, page by page: who lacks an account, and who left without an exit.

use futures::{StreamExt, TryStreamExt, stream};
use latchkey_lifecycle::{EmployeeId, FindingKind, PersonDraft, Seen};
use latchkey_runtime::Failure;

use crate::{
    Sweep, Swept,
    covered::has_exit,
    judge::judge,
    pass::{Candidate, Kept, Scene, Stop, account_of, folded, sought},
    record::{Tally, short},
};
use latchkey_decisions::{Employment, Expected, employment, today};

/// People that are looked at at once.
const PAGE: u16 = 200;
/// Questions to the ledger that are on their way at once.
const AT_ONCE: usize = 8;

impl Sweep<'_> {
    /// Those whose id was on no account: their account has no id and is known by its name, or there is none.
    pub(crate) async fn people_without_account(
        &self,
        scene: &Scene<'_>,
        kept: &mut Kept,
        tally: &mut Tally,
    ) -> Result<(), Stop> {
        let ledger = self.deps.ledger;
        let mut after: Option<EmployeeId> = None;
        loop {
            let page = ledger.people(after.as_ref(), PAGE).await?;
            let without: Vec<&EmployeeId> = page
                .people
                .iter()
                .map(|(employee, _)| employee)
                .filter(|employee| !kept.owned.contains_key(&short(employee.as_str())))
                .collect();
            let known = ledger.known_in(scene.id, without).await?;
            let now = self.deps.clock.now();
            let mut candidates = Vec::new();
            for (employee, person) in &known {
                let expected = Expected::of(&self.runbook, scene.id, person, now);
                let who = sought(&self.runbook, scene.id, employee, person, &expected);
                let by_name = who.name.as_deref().map(folded);
                let found = by_name.and_then(|name| kept.unowned.remove(&name));
                let actual = found.as_ref().map(account_of);
                tally.expects(&expected, actual);
                let differences = judge(&expected, actual);
                if !differences.is_empty() {
                    candidates.push(Candidate {
                        employee: employee.clone(),
                        account: found.map(|f| (f.account.name, f.handle)),
                        differences,
                    });
                }
            }
            self.settle(scene, candidates, tally).await?;
            match page.next {
                Some(next) => after = Some(next),
                None => return Ok(()),
            }
        }
    }

    /// People whose last day has passed and for whom no exit was confirmed.
    ///
    /// # Errors
    /// [`Failure`] of the ledger or of mail.
    pub(crate) async fn leavers(&self) -> Result<Swept, Failure> {
        let ledger = self.deps.ledger;
        let mut tally = Tally::of(None);
        let mut after: Option<EmployeeId> = None;
        loop {
            let page = ledger.people(after.as_ref(), PAGE).await?;
            let now = self.deps.clock.now();
            let has_left = |record: &PersonDraft| {
                employment(record, today(record, &self.runbook, now)) == Employment::After
            };
            let questions: Vec<_> = page
                .people
                .into_iter()
                .filter(|(_, known)| has_left(&known.record) && known.goes_on_as.is_none())
                .filter_map(|(employee, known)| {
                    let ids = known.linked.into_iter().chain([employee.clone()]);
                    Some((employee, ids.collect::<Vec<_>>(), known.record.last_day?))
                })
                .map(|(employee, ids, last_day)| async move {
                    // Under whichever of their ids it was confirmed.
                    let mut exit = false;
                    for id in &ids {
                        exit = exit || has_exit(ledger, id, last_day).await?;
                    }
                    Ok::<_, Failure>((!exit).then_some(employee))
                })
                .collect();
            let left: Vec<Option<EmployeeId>> = stream::iter(questions)
                .buffer_unordered(AT_ONCE)
                .try_collect()
                .await?;
            for employee in left.into_iter().flatten() {
                let seen = Seen {
                    kind: FindingKind::LeftWithoutCase,
                    system: None,
                    employee_id: Some(employee),
                    account: None,
                    handle: None,
                    entitlements: Default::default(),
                };
                self.note(&mut tally, seen, None).await?;
            }
            match page.next {
                Some(next) => after = Some(next),
                None => break,
            }
        }
        self.close_the_rest(&mut tally, true).await?;
        self.tell(&tally).await?;
        Ok(tally.swept)
    }
}
