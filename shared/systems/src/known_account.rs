//! The account of a person, by all that is known: a search by their ids and their name, and the account that was theirs
//! when Latchkey last saw it, asked for itself. A search that shows nobody is no proof that there is nobody.

use latchkey_lifecycle::KnownAs;

use crate::{Fault, Faults, Found, Sight, Sought, System, Whole};

/// The person's account, all of it: under their id, under the one that the HR system knew them by before, or where it
/// was last seen.
///
/// # Errors
/// See [`System::look_up`].
pub async fn find(system: &dyn System, who: &Sought) -> Result<Option<Found>, Fault> {
    let seen = look_for(system, who).await?;
    seen.whole(system).await.map(Whole::into_inner)
}

/// The same, as far as it takes to cut its sign-in.
pub(crate) async fn look_for(system: &dyn System, who: &Sought) -> Result<Sight, Fault> {
    let searched = match under_either_id(system, who).await {
        // A list moves while others work in the system: what did not show everybody a moment ago is looked at once
        // more.
        Err(Fault::Incomplete { .. }) => under_either_id(system, who).await,
        searched => searched,
    };
    let Some(known) = &who.known else {
        return searched;
    };
    let is_known = |found: &Found| found.handle == known.handle;
    let may_be_missed = match &searched {
        Ok(Sight::Unsure(all, _)) => !all.iter().any(is_known),
        Ok(seen) => !seen.found().is_some_and(is_known),
        Err(fault) => matches!(fault, Fault::Taken { .. } | Fault::Incomplete { .. }),
    };
    if !may_be_missed {
        return searched;
    }
    let itself = system.look_at(&known.handle, who).await?;
    with(system.name(), who, known, searched, itself)
}

/// Under their id, or else under the one that the HR system knew them by before.
async fn under_either_id(system: &dyn System, who: &Sought) -> Result<Sight, Fault> {
    let seen = system.look_up(who).await;
    let Some(previous) = &who.previous_id else {
        return seen;
    };
    let look_again = match &seen {
        Ok(Sight::Nobody(_)) => true,
        Err(Fault::Taken { holder, .. }) => holder.as_ref() == Some(previous),
        _ => false,
    };
    if !look_again {
        return seen;
    }
    let before = Sought {
        employee_id: previous.clone(),
        previous_id: None,
        ..who.clone()
    };
    system.look_up(&before).await
}

/// Why an account that was theirs is theirs still, or is not.
enum Still {
    /// It has their employee id.
    ById,
    /// It has no employee id, and the name under which it was known, or that they should have.
    ByName,
    /// It has no employee id, and another name.
    Unclear,
    /// It is another employee's by now.
    No,
}

impl Still {
    fn of(found: &Found, who: &Sought, known: &KnownAs) -> Still {
        let account = &found.account;
        let name = account.name.to_lowercase();
        let names = [Some(&known.name), who.name.as_ref()];
        match &account.employee_id {
            Some(id) if *id == who.employee_id || Some(id) == who.previous_id.as_ref() => {
                Still::ById
            }
            Some(_) => Still::No,
            None if names
                .into_iter()
                .flatten()
                .any(|n| n.to_lowercase() == name) =>
            {
                Still::ByName
            }
            None => Still::Unclear,
        }
    }
}

/// What a search showed, and the account that was asked for itself.
fn with(
    system: &str,
    who: &Sought,
    known: &KnownAs,
    searched: Result<Sight, Fault>,
    itself: Sight,
) -> Result<Sight, Fault> {
    let Some(found) = itself.found().cloned() else {
        return searched;
    };
    let id = &who.employee_id;
    match (searched, Still::of(&found, who, known)) {
        (Ok(Sight::Nobody(_)), Still::ById | Still::ByName)
        | (Err(Fault::Taken { .. }), Still::ById) => Ok(itself),
        (Ok(Sight::Nobody(_)), Still::Unclear) => Err(system.conflict(format!(
            "the account {} was employee {id}'s when Latchkey last saw it, and has another name and no employee id now; record the \
             employee id there when it is theirs",
            found.account.name
        ))),
        (Err(why @ Fault::Incomplete { .. }), Still::ById | Still::ByName) => {
            Ok(Sight::Unsure(vec![found], why))
        }
        (Ok(Sight::Unsure(mut all, why)), Still::ById) => {
            all.push(found);
            Ok(Sight::Unsure(all, why))
        }
        (Ok(seen), Still::ById) => match seen.found() {
            Some(other) if other.handle != found.handle => {
                let accounts = vec![other.clone(), found];
                let why = system.several(id, accounts.clone());
                Ok(Sight::Unsure(accounts, why))
            }
            _ => Ok(seen),
        },
        (searched, _) => searched,
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use async_trait::async_trait;
    use latchkey_lifecycle::{Account, Change, EmployeeId};

    use super::*;
    use crate::{Page, PageToken};

    /// A search that shows this, each time the next; and the account `h1`.
    struct Shown {
        searches: Mutex<Vec<Result<Sight, Fault>>>,
        itself: Option<Found>,
    }

    fn found(handle: &str, id: Option<&str>, name: &str) -> Found {
        Found {
            handle: handle.into(),
            version: None,
            account: Account {
                employee_id: id.map(|id| EmployeeId::new(id).unwrap()),
                name: name.into(),
                active: true,
                attributes: [].into(),
                entitlements: [].into(),
            },
        }
    }

    fn nobody() -> Result<Sight, Fault> {
        Ok(Sight::Nobody(Whole::asked_for_itself(())))
    }

    fn incomplete() -> Fault {
        Fault::Incomplete {
            system: "shown".into(),
            problem: "it shows 20 of 60 users".into(),
        }
    }

    fn taken() -> Fault {
        Fault::Taken {
            system: "shown".into(),
            name: "ann".into(),
            holder: EmployeeId::new("7").ok(),
        }
    }

    #[async_trait]
    impl System for Shown {
        fn name(&self) -> &str {
            "shown"
        }
        async fn look_up(&self, _: &Sought) -> Result<Sight, Fault> {
            self.searches
                .lock()
                .unwrap()
                .pop()
                .expect("one search less")
        }
        async fn look_at(&self, handle: &str, _: &Sought) -> Result<Sight, Fault> {
            assert_eq!(handle, "h1");
            Ok(Whole::asked_for_itself(self.itself.clone()).into())
        }
        async fn complete(&self, found: Found) -> Result<Whole<Found>, Fault> {
            Ok(Whole::in_one_answer(found))
        }
        async fn list(&self, _: Option<&PageToken>) -> Result<Page, Fault> {
            panic!("nobody asks for it")
        }
        async fn apply(&self, _: Option<&Found>, _: &Change) -> Result<Option<Found>, Fault> {
            panic!("nobody asks for it")
        }
    }

    /// What is seen of Ann, whose account `h1` was called `ann`, in words.
    async fn seen<const N: usize>(
        searches: [Result<Sight, Fault>; N],
        itself: Option<Found>,
    ) -> String {
        let system = Shown {
            searches: Mutex::new(searches.into_iter().rev().collect()),
            itself,
        };
        let who = Sought {
            employee_id: EmployeeId::new("1").unwrap(),
            name: Some("ann.lee".into()),
            email: None,
            previous_id: None,
            known: Some(KnownAs {
                handle: "h1".into(),
                name: "ann".into(),
            }),
        };
        let handles = |all: &[Found]| {
            let all: Vec<&str> = all.iter().map(|found| found.handle.as_str()).collect();
            all.join("+")
        };
        match look_for(&system, &who).await {
            Ok(Sight::Nobody(_)) => "nobody".into(),
            Ok(Sight::Unsure(all, why)) => format!("{} {}", handles(&all), why.name()),
            Ok(one) => one.found().unwrap().handle.clone(),
            Err(fault) => fault.name().into(),
        }
    }

    #[tokio::test]
    async fn whoever_a_search_does_not_show_is_asked_for_itself() {
        let theirs = || Some(found("h1", Some("1"), "renamed"));
        assert_eq!(seen([nobody()], theirs()).await, "h1");
        assert_eq!(seen([nobody()], None).await, "nobody");
        assert_eq!(seen([Err(taken())], theirs()).await, "h1");
        assert_eq!(seen([Err(taken())], None).await, "Conflict");
        // Known under its name, or under the one that they should have.
        for name in ["ANN", "ann.lee"] {
            assert_eq!(seen([nobody()], Some(found("h1", None, name))).await, "h1");
        }
        // Nobody knows whose it is now; or somebody does.
        let unclear = Some(found("h1", None, "eve"));
        assert_eq!(seen([nobody()], unclear).await, "Conflict");
        let others = Some(found("h1", Some("2"), "ann"));
        assert_eq!(seen([nobody()], others).await, "nobody");
    }

    #[tokio::test]
    async fn a_search_that_was_not_whole_is_made_once_more_and_then_shows_what_is_theirs() {
        let theirs = || Some(found("h1", Some("1"), "ann"));
        let moved = || [Err(incomplete()), nobody()];
        assert_eq!(seen(moved(), None).await, "nobody");
        let short = || [Err(incomplete()), Err(incomplete())];
        assert_eq!(seen(short(), None).await, "Incomplete");
        assert_eq!(seen(short(), theirs()).await, "h1 Incomplete");
        let others = Some(found("h1", Some("2"), "ann"));
        assert_eq!(seen(short(), others).await, "Incomplete");
    }

    #[tokio::test]
    async fn two_accounts_of_one_person_are_both_seen() {
        let part = |handle: &str| Ok(Sight::Part(found(handle, Some("1"), "ann")));
        let theirs = || Some(found("h1", Some("1"), "ann"));
        assert_eq!(seen([part("h1")], None).await, "h1");
        assert_eq!(seen([part("h2")], None).await, "h2");
        assert_eq!(seen([part("h2")], theirs()).await, "h2+h1 Conflict");
        // Somebody took the id from the one that is known.
        let nobodys = Some(found("h1", None, "ann"));
        assert_eq!(seen([part("h2")], nobodys).await, "h2");
        let unsure = || {
            let one = vec![found("h2", Some("1"), "ann")];
            Ok(Sight::Unsure(one, incomplete()))
        };
        assert_eq!(seen([unsure()], theirs()).await, "h2+h1 Incomplete");
    }
}
