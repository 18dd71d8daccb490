//! People of the suite, and the stages of their life in a system.

use std::{collections::BTreeSet, sync::Arc};

use latchkey_lifecycle::{Account, EmployeeId, Entitlement, EntitlementNeeds, Goal, Managed};
use latchkey_systems::{Comparison, Fault, Outcome, Sought, System, carry_out, compare};

use crate::{Company, Offers};

/// Somebody, by a number.
#[derive(Debug, Clone)]
pub struct Person {
    /// Who it is.
    pub number: usize,
    offers: Offers,
    name: String,
}

/// Where somebody stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// An account with nothing.
    Made,
    /// The first and the second entitlement.
    Given,
    /// The first and the third one, another title and name.
    Changed,
    /// Sign-in is cut for a time.
    Suspended,
    /// As changed.
    Restored,
    /// Cut off, with nothing left.
    Left,
    /// No account.
    Gone,
}

impl Stage {
    /// A whole life.
    pub const LIFE: [Stage; 7] = [
        Stage::Made,
        Stage::Given,
        Stage::Changed,
        Stage::Suspended,
        Stage::Restored,
        Stage::Left,
        Stage::Gone,
    ];
}

impl Person {
    /// The person of a number.
    pub fn new(company: &dyn Company, number: usize) -> Person {
        Person {
            number,
            offers: company.offers(),
            name: company.name(&format!("zoe{number}")),
        }
    }

    /// Their employee id.
    pub fn id(&self) -> EmployeeId {
        EmployeeId::new(format!("7{:04}", self.number)).expect("an id")
    }

    /// Their account name at first.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Their e-mail address.
    pub fn email(&self) -> String {
        format!("zoe{}@conformance.example", self.number)
    }

    /// As they are looked for.
    pub fn sought(&self) -> Sought {
        Sought {
            employee_id: self.id(),
            name: Some(self.name.clone()),
            email: Some(self.email()),
            previous_id: None,
            known: None,
        }
    }

    /// Their account with these of the three entitlements.
    pub fn account(&self, has: &[usize], changed: bool) -> Account {
        let (title, family) = match changed {
            false => ("Trainee", "Łukasiewicz-王"),
            true => ("Leiterin Öffentlichkeit", "Müller & Söhne"),
        };
        let attributes = [
            ("givenName", "Zoë".to_owned()),
            ("familyName", family.to_owned()),
            ("displayName", format!("Zoë {family}")),
            ("email", self.email()),
            ("title", title.to_owned()),
            ("department", "Vertrieb (Süd)".to_owned()),
        ];
        let kept = |(name, _): &(&str, String)| self.offers.attributes.contains(name);
        Account {
            employee_id: self.offers.employee_id.then(|| self.id()),
            name: self.name.clone(),
            active: true,
            attributes: attributes
                .into_iter()
                .filter(kept)
                .map(|(name, value)| (name.to_owned(), value))
                .collect(),
            entitlements: has
                .iter()
                .map(|n| self.offers.entitlements[*n].clone())
                .collect(),
        }
    }

    /// What is wanted of their account at a stage.
    pub fn goal(&self, stage: Stage) -> Goal {
        let managed: BTreeSet<Entitlement> = self.offers.entitlements.iter().cloned().collect();
        let have = |has: &[usize], changed| Goal::Have {
            account: self.account(has, changed),
            managed: Managed::Only(managed.clone()),
            renames: false,
        };
        match stage {
            Stage::Made => have(&[], false),
            Stage::Given => have(&[0, 1], false),
            Stage::Changed | Stage::Restored => have(&[0, 2], true),
            Stage::Suspended => Goal::Suspended,
            Stage::Left => Goal::NoAccess,
            Stage::Gone => Goal::Gone,
        }
    }
}

/// Brings somebody to a stage.
pub(crate) async fn bring(
    system: &Arc<dyn System>,
    person: &Person,
    goal: &Goal,
) -> Result<Outcome, Fault> {
    let needs = EntitlementNeeds::default();
    carry_out(system.as_ref(), &person.sought(), goal, &needs).await
}

/// Looks whether somebody is where they should be. What shows late is looked at a few times, as verification does.
pub(crate) async fn look(
    system: &Arc<dyn System>,
    person: &Person,
    goal: &Goal,
) -> Result<Comparison, Fault> {
    const LOOKS: usize = 5;
    let needs = EntitlementNeeds::default();
    let mut seen = compare(system.as_ref(), &person.sought(), goal, &needs).await?;
    for _ in 1..LOOKS {
        if seen.same {
            break;
        }
        seen = compare(system.as_ref(), &person.sought(), goal, &needs).await?;
    }
    Ok(seen)
}

/// Brings somebody to a stage. What a server that goes on by itself changed meanwhile makes a call fail; it is made
/// again, as the workflow does.
async fn bring_again(
    company: &dyn Company,
    person: &Person,
    goal: &Goal,
) -> Result<Outcome, Fault> {
    const TRIES: usize = 5;
    let tries = if company.goes_on_by_itself() {
        TRIES
    } else {
        1
    };
    let mut brought = bring(&company.open(company.port())?, person, goal).await;
    for _ in 1..tries {
        if brought.is_ok() {
            break;
        }
        brought = bring(&company.open(company.port())?, person, goal).await;
    }
    brought
}

/// Looks as [`look`] does. What a server that goes on by itself has put back meanwhile is carried out again, as the
/// workflow does.
pub(crate) async fn settled(
    company: &dyn Company,
    person: &Person,
    goal: &Goal,
) -> Result<Comparison, Fault> {
    const ROUNDS: usize = 5;
    let open = || company.open(company.port());
    let rounds = if company.goes_on_by_itself() {
        ROUNDS
    } else {
        0
    };
    for _ in 0..rounds {
        let seen = look(&open()?, person, goal).await?;
        if seen.same {
            return Ok(seen);
        }
        bring_again(company, person, goal).await?;
    }
    look(&open()?, person, goal).await
}

/// Brings somebody to a stage, once more, and looks with eyes that have seen nothing yet.
pub(crate) async fn reach(company: &dyn Company, person: &Person, stage: Stage) -> Option<Account> {
    let goal = person.goal(stage);
    let brought = bring_again(company, person, &goal).await;
    if let Err(fault) = brought {
        panic!("{stage:?}: {fault}");
    }
    let again = bring_again(company, person, &goal).await;
    let again = again.unwrap_or_else(|fault| panic!("{stage:?} once more: {fault}"));
    if !company.goes_on_by_itself() {
        assert_eq!(again.changes, [], "{stage:?} once more changes something");
    }
    let seen = settled(company, person, &goal).await;
    let seen = seen.unwrap_or_else(|fault| panic!("{stage:?} read back: {fault}"));
    assert!(
        seen.same,
        "{stage:?} is not reached: {:?}",
        seen.differences
    );
    seen.actual
}
