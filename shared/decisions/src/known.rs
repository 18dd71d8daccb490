//! All that is known of a human, under every id that a record names as theirs: what HR confirmed, and their cases.
//! Reads, and changes nothing.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{Timestamp, tz::TimeZone};
use latchkey_ledger::{Ledger, PersonRecord, Row};
use latchkey_lifecycle::{Case, CaseId, EmployeeId, EventId};
use latchkey_runtime::Failure;
use latchkey_story::{Heard, OldCase, OldPerson, migrate};

/// All that is known of a human, or of several whose ids are connected by claims.
#[derive(Default)]
pub(crate) struct Known {
    /// The row of each id, where there is one.
    pub(crate) people: BTreeMap<EmployeeId, Option<Row<PersonRecord>>>,
    /// What HR confirmed of them.
    pub(crate) heard: Vec<Heard>,
    /// Their cases, the oldest first.
    pub(crate) cases: Vec<Row<Case>>,
    /// The ids of all cases that they ever had: none of them is given again.
    pub(crate) taken: BTreeSet<CaseId>,
    /// What an earlier release knew of them, put as events: to be kept.
    pub(crate) migrated: Vec<Heard>,
    /// The cases that it had, which do not say yet what they stand on.
    pub(crate) grounded: BTreeSet<CaseId>,
}

impl Known {
    /// Reads all of them, beginning with these ids. `company`: the time zone of work where no event tells another one.
    pub(crate) async fn of(
        ledger: &Ledger,
        ids: impl IntoIterator<Item = EmployeeId>,
        company: &TimeZone,
    ) -> Result<Known, Failure> {
        let mut known = Known::default();
        let mut of_old = Vec::new();
        let mut open: Vec<EmployeeId> = ids.into_iter().collect();
        while let Some(id) = open.pop() {
            if known.people.contains_key(&id) {
                continue;
            }
            let row = ledger.person_row(&id).await?;
            let record = row.as_ref().map(|row| &row.item);
            let kept = record.is_some_and(|record| record.events > 0);
            let (heard, cases) = match &row {
                None => (Vec::new(), Vec::new()),
                Some(_) => (
                    if kept {
                        ledger.heard_of(&id).await?
                    } else {
                        Vec::new()
                    },
                    ledger.each_case_of(&id).await?,
                ),
            };
            open.extend(
                heard
                    .iter()
                    .filter_map(|heard| Some(heard.claim()?.previous)),
            );
            if !record.is_some_and(is_a_placeholder) {
                open.extend(record.iter().flat_map(|record| &record.linked).cloned());
            }
            let retired =
                !cases.is_empty() && cases.iter().all(|row| row.item.retired_at.is_some());
            if row.is_some() && !kept && !retired {
                open.extend(record.and_then(|record| record.became.clone()));
                open.extend(cases.iter().flat_map(|row| ids_before(&row.item)).cloned());
                of_old.push(id.clone());
            }
            known.people.insert(id, row);
            known.heard.extend(heard);
            known.cases.extend(cases);
        }
        let taken = known.cases.iter().map(|row| row.item.id.clone());
        known.taken = taken.collect();
        // A case of a stand-in may have become somebody's since; what is about no person, or was retired, is none of
        // the story's.
        let people = &known.people;
        known.cases.retain(|row| {
            let case = &row.item;
            let theirs = people.contains_key(&case.employee_id);
            theirs && case.unknown_event.is_none() && case.retired_at.is_none()
        });
        let oldest_first = |a: &Row<Case>, b: &Row<Case>| {
            (a.item.opened_at, &a.item.id).cmp(&(b.item.opened_at, &b.item.id))
        };
        known.cases.sort_by(oldest_first);
        known.cases.dedup_by(|a, b| a.item.id == b.item.id);
        if !of_old.is_empty() {
            known.migrate(ledger, &of_old, company).await?;
        }
        // What says nothing of what it stands on is none of the story's.
        known.cases.retain(|row| row.item.grounds.is_some());
        Ok(known)
    }

    /// What an earlier release knew of these ids, as events; and what its cases stand on.
    async fn migrate(
        &mut self,
        ledger: &Ledger,
        ids: &[EmployeeId],
        company: &TimeZone,
    ) -> Result<(), Failure> {
        let mut decided: BTreeMap<CaseId, Timestamp> = BTreeMap::new();
        for row in &self.cases {
            let of_old = row.item.grounds.is_none() && ids.contains(&row.item.employee_id);
            if of_old && let Some(at) = first_decided(ledger, &row.item.id).await? {
                decided.insert(row.item.id.clone(), at);
            }
        }
        let person = |id: &EmployeeId| {
            let (id, row) = self.people.get_key_value(id)?;
            let record = &row.as_ref()?.item;
            let cases = self.cases.iter().map(|row| &row.item);
            let cases = cases.filter(|case| case.employee_id == *id && case.grounds.is_none());
            Some(OldPerson {
                employee_id: id,
                record: &record.record,
                as_of: record.as_of,
                origin: record.origin.as_ref(),
                became: record.became.as_ref(),
                cases: cases
                    .map(|case| OldCase {
                        case,
                        decided: decided.get(&case.id).copied(),
                    })
                    .collect(),
            })
        };
        let people: Vec<OldPerson<'_>> = ids.iter().filter_map(person).collect();
        let migrated = migrate(&people, company);
        for (id, case) in &migrated.cases {
            if let Some(row) = self.cases.iter_mut().find(|row| row.item.id == *id) {
                row.item.grounds = Some(case.grounds());
                self.grounded.insert(id.clone());
            }
        }
        self.heard.extend(migrated.heard.iter().cloned());
        self.migrated = migrated.heard;
        Ok(())
    }

    /// What counts: not what somebody left out by name while it was held.
    pub(crate) fn told(&self) -> impl Iterator<Item = &Heard> {
        let grounds = self
            .cases
            .iter()
            .filter_map(|row| row.item.grounds.as_ref());
        let left_out = grounds.filter(|grounds| grounds.left_out);
        let left_out: BTreeSet<EventId> = left_out
            .flat_map(|grounds| &grounds.events)
            .chain(self.cases.iter().flat_map(|row| &row.item.changes_left_out))
            .copied()
            .collect();
        self.heard
            .iter()
            .filter(move |heard| left_out.is_empty() || !left_out.contains(&heard.id()))
    }

    /// A case of a stand-in is theirs from now on, and stands on the event that says who they are.
    pub(crate) async fn take_over(
        &mut self,
        ledger: &Ledger,
        case: &CaseId,
        event: EventId,
        company: &TimeZone,
    ) -> Result<(), Failure> {
        let employee = ledger.case(case).await?.item.employee_id;
        let stand_in = Box::pin(Known::of(ledger, [employee], company)).await?;
        let mut rows = stand_in.cases.into_iter();
        let Some(mut row) = rows.find(|row| row.item.id == *case) else {
            return Ok(());
        };
        if let Some(grounds) = &mut row.item.grounds {
            grounds.events = vec![event];
        }
        self.cases.retain(|other| other.item.id != row.item.id);
        self.cases.push(row);
        Ok(())
    }

    /// How many events of an id are kept, with the new one.
    pub(crate) fn events_of(&self, id: &EmployeeId) -> u32 {
        let mine = self.heard.iter().filter(|heard| heard.employee_id == *id);
        u32::try_from(mine.count()).unwrap_or(u32::MAX)
    }
}

/// How many ids may name one as their previous one before it is none: `0`, or `none`, is in every record of some HR
/// systems.
const MOST_NAMED: usize = 8;

/// Whether a row is of no person, and of no id that somebody had.
pub(crate) fn is_a_placeholder(record: &PersonRecord) -> bool {
    record.events == 0 && record.linked.len() >= MOST_NAMED
}

/// The ids that a case of an earlier release names as its person's.
fn ids_before(case: &Case) -> impl Iterator<Item = &EmployeeId> {
    let before = case.before.as_ref().map(|before| &before.employee_id);
    let named = case
        .person
        .as_ref()
        .and_then(|person| person.previous_id.as_ref());
    before.into_iter().chain(named)
}

/// When HR says that what a case was taken in for was decided: later events raised what the case itself says.
async fn first_decided(ledger: &Ledger, case: &CaseId) -> Result<Option<Timestamp>, Failure> {
    let trails = ledger.audit_trail(case).await?;
    let own = trails.iter().find(|trail| trail.task.is_none());
    let told = own.and_then(|trail| trail.records.first()?.body.detail["occurredAt"].as_str());
    Ok(told.and_then(|at| at.parse().ok()))
}
