//! Who acted: one person, under whatever they are known as. Records are signed with an address, with a name, or with
//! either and the HR system by which it came.

use std::collections::{BTreeMap, BTreeSet};

use latchkey_ledger::{Ledger, PersonRecord};
use latchkey_lifecycle::{EmployeeId, PersonDraft, Signer, all_found_by};
use latchkey_runbook::Runbook;
use latchkey_runtime::Failure;

use crate::{sign_in::name_of as name_spelled, views::person::name_of};

/// So many who are called so are looked at.
const ALIKE: u16 = 30;
/// So many addresses, and names, of one person are looked for.
const MOST: usize = 3;

/// Somebody who acted.
#[derive(Debug, Default)]
pub(super) struct OnePerson {
    /// Their names, and work addresses in lower case, as far as they are known.
    names: BTreeSet<String>,
    addresses: BTreeSet<String>,
    /// Others of the same name, by their addresses: what is signed with the name alone may be theirs.
    pub(super) others: BTreeSet<String>,
}

/// Whom HR's records and the runbook know by a name: the addresses of each, by what tells people apart.
type Known = BTreeMap<String, (BTreeSet<String>, BTreeSet<String>)>;

fn lower(text: &str) -> String {
    let words: Vec<&str> = text.split_whitespace().collect();
    words.join(" ").to_lowercase()
}

impl OnePerson {
    /// Whoever is meant by a name, an address, or both as records are signed; `None` for what is no person.
    ///
    /// # Errors
    /// [`Failure`] when the ledger does not answer.
    pub(super) async fn of(
        ledger: &Ledger,
        runbook: &Runbook,
        text: &str,
    ) -> Result<Option<OnePerson>, Failure> {
        let Signer::Person { name, address, .. } = Signer::of(text) else {
            return Ok(None);
        };
        let mut one = OnePerson::default();
        let mut known = Known::new();
        match address {
            Some(address) => {
                one.addresses.insert(lower(address));
                one.names.extend((name != address).then(|| name.to_owned()));
                let people = at(ledger, &lower(address)).await?;
                add(ledger, &mut known, people).await?;
                add_named(&mut known, runbook, |one| *one == lower(address));
                one.take(&known);
            }
            None => {
                one.names.insert(name.to_owned());
                let known = called(ledger, runbook, name).await?;
                match known.len() {
                    0 | 1 => one.take(&known),
                    _ => one.others = addresses(&known),
                }
                return Ok(Some(one));
            }
        }
        // A name that others have, too, says nothing of who it was.
        for name in one.names.clone() {
            let mut others = addresses(&called(ledger, runbook, &name).await?);
            others.retain(|address| !one.addresses.contains(address));
            if !others.is_empty() {
                one.names.remove(&name);
                one.others.extend(others);
            }
        }
        Ok(Some(one))
    }

    fn take(&mut self, known: &Known) {
        for (names, addresses) in known.values() {
            let heard: BTreeSet<String> = self.names.iter().map(|name| lower(name)).collect();
            let new = names.iter().filter(|name| !heard.contains(&lower(name)));
            self.names.extend(new.cloned());
            self.addresses.extend(addresses.iter().cloned());
        }
    }

    /// All that is looked for.
    pub(super) fn found_by(&self) -> BTreeSet<String> {
        let known = self.known_as();
        let all = known.iter().flat_map(|who| all_found_by(who));
        all.collect()
    }

    /// Names first, then addresses.
    pub(super) fn known_as(&self) -> Vec<&str> {
        let names = self.names.iter().take(MOST);
        let all = names.chain(self.addresses.iter().take(MOST));
        all.map(String::as_str).collect()
    }

    /// In a line: `Ada King, ada.king@acme.example`.
    pub(super) fn in_words(&self) -> String {
        self.known_as().join(", ")
    }
}

fn addresses(known: &Known) -> BTreeSet<String> {
    let each = known.values().flat_map(|(_, addresses)| addresses);
    each.cloned().collect()
}

/// Whom HR's records know by a work address, of the present or of before.
async fn at(ledger: &Ledger, address: &str) -> Result<Vec<(EmployeeId, PersonRecord)>, Failure> {
    let people = ledger.people_called(address).await?;
    if !people.is_empty() {
        return Ok(people);
    }
    let mut people = ledger.people_named(address, ALIKE, None).await?.people;
    let has = |record: &PersonDraft| {
        record
            .work_email
            .as_ref()
            .is_some_and(|one| lower(one) == address)
    };
    people.retain(|(_, record)| has(&record.record));
    Ok(people)
}

/// Whom HR's records and the runbook know by exactly this name.
async fn called(ledger: &Ledger, runbook: &Runbook, name: &str) -> Result<Known, Failure> {
    let mut known = Known::new();
    let mut people = ledger.people_named(name, ALIKE, None).await?.people;
    people.retain(|(id, record)| lower(&name_of(id, &record.record)) == lower(name));
    add(ledger, &mut known, people).await?;
    // Somebody whom HR's records know by an address is called as they say.
    let mut members = Known::new();
    add_named(&mut members, runbook, |one| {
        lower(&name_spelled(one)) == lower(name)
    });
    for (address, member) in members {
        let by_hr = at(ledger, &address).await?;
        if by_hr.is_empty() && !addresses(&known).contains(&address) {
            known.insert(address, member);
        }
    }
    Ok(known)
}

/// People of HR's records, with every address that is known of each.
async fn add(
    ledger: &Ledger,
    known: &mut Known,
    people: Vec<(EmployeeId, PersonRecord)>,
) -> Result<(), Failure> {
    let ids: BTreeSet<EmployeeId> = people.iter().map(|(id, _)| id.clone()).collect();
    let given = ledger.emails_given(&ids).await?;
    for (id, record) in people {
        let record: &PersonDraft = &record.record;
        let addresses = [record.work_email.as_ref(), given.get(&id)];
        let addresses = addresses.into_iter().flatten().map(|one| lower(one));
        let names = Some(name_of(&id, record)).filter(|name| *name != id.as_str());
        let one = (names.into_iter().collect(), addresses.collect());
        known.insert(id.to_string(), one);
    }
    Ok(())
}

/// Whom the runbook names by an address, as the pages call them where HR's records do not know them.
fn add_named(known: &mut Known, runbook: &Runbook, is: impl Fn(&&str) -> bool) {
    if !known.is_empty() {
        return;
    }
    for address in runbook.named_addresses().into_iter().filter(is) {
        let one = ([name_spelled(address)].into(), [address.to_owned()].into());
        known.insert(address.to_owned(), one);
    }
}
