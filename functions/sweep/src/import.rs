//! The people who are there already: what they have is read from the systems, and what the matrix gives them too is
//! claimed for them, so that later cases count with it. What differs is reported. No system is changed.

use std::collections::HashMap;

use latchkey_ledger::{KnownPerson, PersonRecord};
use latchkey_lifecycle::{
    Account, CaseId, EmployeeId, Entry, KnownAs, Order, PersonDraft, SystemId, Takes,
};
use latchkey_runbook::Runbook;
use latchkey_runtime::Failure;
use latchkey_systems::{Accounts, Found, System};
use serde::Serialize;
use sha2::{Digest, Sha256};

use crate::{
    Deps,
    hold::hold,
    judge::{Difference, judge},
    pass::{Stop, sought},
};
use latchkey_decisions::Expected;

/// What became of the people's access.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Adoption {
    /// People who are new to the ledger.
    pub new: usize,
    /// People whom the ledger knew already; their records stay as they are.
    pub known: usize,
    /// People who are most likely known under another id, and who that is: nothing was done about them.
    pub alike: Vec<(EmployeeId, String)>,
    /// Addresses that HR names and that are somebody else's in the ledger.
    pub taken: Vec<(EmployeeId, String)>,
    /// Values of people that no role matches.
    pub unmatched: Vec<(EmployeeId, String)>,
    /// Every account and every lack of one, by system and person.
    pub accounts: Vec<Adopted>,
    /// Accounts in each system that are none of these people's.
    pub others: Vec<(SystemId, usize)>,
    /// Systems that could not be read, and what they said. Import again when that is mended.
    pub not_read: Vec<(SystemId, String)>,
}

/// One person and one system.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Adopted {
    /// Which system.
    pub system: SystemId,
    /// Who.
    pub employee_id: EmployeeId,
    /// What was found.
    pub matched: Matched,
    /// What differs from what the runbook says, by kind.
    pub differences: Vec<(latchkey_lifecycle::FindingKind, Vec<String>)>,
}

/// What was found of a person in a system.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Matched {
    /// One account, and it is claimed for them.
    Adopted {
        /// Its name.
        account: String,
    },
    /// One account; nothing is claimed, because nothing is the matrix's or a case does so already.
    Found {
        /// Its name.
        account: String,
    },
    /// No account, where the runbook gives one.
    NotFound,
    /// Several accounts could be theirs: nothing is claimed.
    Several {
        /// Their names.
        accounts: Vec<String>,
    },
}

/// Takes over people and what they have. Running it again changes nothing more. `dry_run` writes nothing.
///
/// # Errors
/// [`Failure`] of the ledger. A system that cannot be read is in the result.
pub async fn adopt(
    deps: &Deps<'_>,
    people: &[PersonDraft],
    dry_run: bool,
) -> Result<Adoption, Failure> {
    let (_, runbook) = deps.runbooks.current(deps.ledger).await?;
    let now = deps.clock.now();
    let mut adoption = Adoption::default();
    let mut alike = deps.ledger.people_alike(people).await?;
    alike.retain(|_, one| one.is_likely());
    let (twice, people): (Vec<&PersonDraft>, Vec<&PersonDraft>) = people
        .iter()
        .filter(|draft| draft.employee_id.is_some())
        .partition(|draft| {
            draft
                .employee_id
                .as_ref()
                .is_some_and(|id| alike.contains_key(id))
        });
    let employee = |draft: &&PersonDraft| draft.employee_id.clone();
    adoption.alike = twice
        .iter()
        .filter_map(employee)
        .filter_map(|id| alike.get(&id).map(|one| (id, one.to_string())))
        .collect();
    let ids: Vec<EmployeeId> = people.iter().filter_map(employee).collect();
    let mut records = deps.ledger.records_of(&ids).await?;
    adoption.known = records.len();
    for (employee, draft) in ids.iter().zip(&people) {
        if records.contains_key(employee) {
            continue;
        }
        adoption.new += 1;
        let record = runbook.in_its_words(PersonDraft::clone(draft));
        let unmatched = runbook.unmatched_values(&record).into_iter();
        adoption
            .unmatched
            .extend(unmatched.map(|one| (employee.clone(), one.to_string())));
        if !dry_run {
            let record = record.clone();
            deps.ledger.import_person(employee, record, now).await?;
        }
        records.insert(employee.clone(), PersonRecord::new(record, now, 1));
    }
    let mut addresses = HashMap::new();
    let automatic = runbook.systems().filter(|(_, s)| s.is_automatic());
    for (id, _) in automatic {
        let adopts = Adopts {
            deps,
            runbook: &runbook,
            people: &ids,
            records: &records,
            dry_run,
        };
        match adopts.adopt_in(id, &mut adoption, &mut addresses).await {
            Ok(()) => {}
            Err(Stop::Fault(fault)) => adoption.not_read.push((id.clone(), fault.to_string())),
            Err(Stop::Failure(failure)) => return Err(failure),
        }
    }
    let at = (!dry_run).then_some(now);
    adoption.taken = hold(deps, &runbook, &people, &addresses, at).await?;
    Ok(adoption)
}

/// Accounts by the person that they could be of, and how many are nobody's.
type Matches = (HashMap<EmployeeId, Vec<Found>>, usize);

async fn matches(
    system: &dyn System,
    names: &HashMap<String, Vec<EmployeeId>>,
    records: &HashMap<EmployeeId, PersonRecord>,
) -> Result<Matches, Stop> {
    let mut matches: HashMap<EmployeeId, Vec<Found>> = HashMap::new();
    let mut others = 0;
    let mut all = Accounts::of(system);
    while let Some(accounts) = all.next().await? {
        for found in accounts {
            let owners: Vec<EmployeeId> = match &found.account.employee_id {
                Some(id) if records.contains_key(id) => vec![id.clone()],
                Some(_) => Vec::new(),
                None => {
                    let name = found.account.name.to_lowercase();
                    names.get(&name).cloned().unwrap_or_default()
                }
            };
            if owners.is_empty() {
                others += 1;
            }
            for owner in owners {
                let theirs = matches.entry(owner).or_default();
                if theirs.iter().all(|known| known.handle != found.handle) {
                    theirs.push(found.clone());
                }
            }
        }
    }
    Ok((matches, others))
}

/// People whose access is adopted.
struct Adopts<'a> {
    deps: &'a Deps<'a>,
    runbook: &'a Runbook,
    people: &'a [EmployeeId],
    records: &'a HashMap<EmployeeId, PersonRecord>,
    dry_run: bool,
}

impl Adopts<'_> {
    /// Adopts what they have in one system; `addresses` gets the e-mail addresses of their accounts.
    async fn adopt_in(
        &self,
        id: &SystemId,
        adoption: &mut Adoption,
        addresses: &mut HashMap<EmployeeId, String>,
    ) -> Result<(), Stop> {
        let Adopts {
            deps,
            runbook,
            people,
            records,
            dry_run,
        } = *self;
        let now = deps.clock.now();
        let system = deps.systems.open(runbook, id).await?;
        let mut known = deps.ledger.known_in(id, people).await?;
        let mut names: HashMap<String, Vec<EmployeeId>> = HashMap::new();
        for (employee, person) in &mut known {
            person.record = records.get(employee).cloned();
            let expected = Expected::of(runbook, id, person, now);
            let name = sought(runbook, id, employee, person, &expected).name;
            if let Some(name) = name {
                names
                    .entry(name.to_lowercase())
                    .or_default()
                    .push(employee.clone());
            }
        }
        let (mut matches, others) = matches(system.as_ref(), &names, records).await?;
        adoption.others.push((id.clone(), others));
        for employee in people {
            let person = known.remove(employee).unwrap_or_default();
            let found = matches.remove(employee).unwrap_or_default();
            // One name that two people would have is nobody's before HR tells them apart.
            let shared = |f: &Found| {
                let name = f.account.name.to_lowercase();
                f.account.employee_id.is_none() && names.get(&name).is_some_and(|p| p.len() > 1)
            };
            let expected = Expected::of(runbook, id, &person, now);
            let actual = found.first().map(|f| &f.account);
            let mut differences = judge(&expected, actual);
            let matched = match found.as_slice() {
                [] if differences.is_empty() => continue,
                [] => Matched::NotFound,
                [one] if !shared(one) => {
                    let account = one.account.name.clone();
                    if let Some(address) = one.account.attributes.get("email") {
                        addresses
                            .entry(employee.clone())
                            .or_insert_with(|| address.clone());
                    }
                    if !dry_run {
                        deps.ledger.note_name(employee, id, &account, now).await?;
                    }
                    match claim(runbook, id, &person, &expected, &one.account) {
                        Some((order, claimed)) if person.standing.is_empty() => {
                            if !dry_run {
                                enter(deps, employee, id, order, claimed, one).await?;
                            }
                            Matched::Adopted { account }
                        }
                        _ => Matched::Found { account },
                    }
                }
                several => {
                    differences.clear();
                    Matched::Several {
                        accounts: several.iter().map(|f| f.account.name.clone()).collect(),
                    }
                }
            };
            adoption.accounts.push(Adopted {
                system: id.clone(),
                employee_id: employee.clone(),
                matched,
                differences: differences.into_iter().map(named).collect(),
            });
        }
        Ok(())
    }
}

fn named(difference: Difference) -> (latchkey_lifecycle::FindingKind, Vec<String>) {
    let names = difference.entitlements.iter().map(ToString::to_string);
    (difference.kind, names.collect())
}

/// What is claimed for somebody who was there before: what the matrix gives them. Of what a team decides on for each
/// person, that which they have. What they lack of the rest stays claimed, so that sweeps go on finding it missing.
fn claim(
    runbook: &Runbook,
    system: &SystemId,
    known: &KnownPerson,
    expected: &Expected,
    actual: &Account,
) -> Option<(Order, Account)> {
    let Expected::Account {
        account, decided, ..
    } = expected
    else {
        return None;
    };
    let record = known.record.as_ref()?;
    let first_day = record.record.start_date?;
    runbook.system(system)?;
    let mut claimed = account.clone();
    claimed.name.clone_from(&actual.name);
    let held = decided.iter().filter(|e| actual.entitlements.contains(*e));
    claimed.entitlements.extend(held.cloned());
    Some((Order::of_old(first_day, record.as_of), claimed))
}

async fn enter(
    deps: &Deps<'_>,
    employee: &EmployeeId,
    system: &SystemId,
    order: Order,
    account: Account,
    found: &Found,
) -> Result<(), Failure> {
    let digest = hex::encode(Sha256::digest(employee.as_str()));
    let case = CaseId::new(format!("import-{}", &digest[..16]))
        .map_err(|e| Failure::Broken(e.to_string()))?;
    deps.ledger
        .change_standing(employee, system, |standing| {
            standing.see(KnownAs {
                handle: found.handle.clone(),
                name: found.account.name.clone(),
            });
            // A case that began meanwhile knows better.
            if standing.is_empty() {
                let entry = Entry {
                    case: &case,
                    order,
                    instead_of: &[],
                };
                standing.enter(entry, Some(account.clone()), Takes::Nothing);
            }
        })
        .await?;
    Ok(())
}
