//! What people are called in the systems: one name after the other until one is free. Pure: who has which name is the
//! caller's to know.

use std::{collections::BTreeSet, iter::once};

use latchkey_lifecycle::{
    Account, Case, Names, Person, SystemId,
    spelling::{is_separator, plain_id, tidy},
};
use sha2::{Digest, Sha256};

use crate::{
    pattern::{Pattern, account_value},
    reserved::is_reserved,
    runbook::{Runbook, System},
};

/// The longest account name, and the longest part of an address before the @, in bytes.
/// Source: RFC 5321 section 4.5.3.1.1.
pub(crate) const LONGEST: usize = 64;

/// How often a number is put behind a name before it is given up.
const NUMBERS: u32 = 100_000;

/// What names are chosen for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Choice {
    /// The person gets access: every name has to be there, and be free.
    Give,
    /// The person leaves, and accounts are looked for: only what they would have been given first, when it is nobody
    /// else's.
    Find,
}

impl Choice {
    /// What the names of a case are for.
    pub fn of(case: &Case) -> Choice {
        match case.kind.takes_all() {
            true => Choice::Find,
            false => Choice::Give,
        }
    }
}

impl Runbook {
    /// The person's names: those that were given stay, what is missing is chosen. `is_taken` says of a name in lower
    /// case whether it is another person's.
    ///
    /// A name belongs to one person in all systems, so that one number does for all of them. Where the runbook says
    /// `rename: follow`, a person whose name changed gets a new account name.
    pub fn choose_names(
        &self,
        person: &Person,
        given: &Names,
        choice: Choice,
        is_taken: impl Fn(&str) -> bool,
    ) -> Names {
        let full_name = person.full_name().trim().to_owned();
        let before = given.person.as_deref().unwrap_or(&full_name);
        let renamed = choice == Choice::Give && before != full_name;
        let is_free = |name: &String| !is_taken(&name.to_lowercase());
        let mut names = given.clone();
        names.email = self.choose_email(person, given, choice, is_free);
        let email = names.email.clone().unwrap_or_default();
        for (id, system) in &self.systems {
            let stays = given.accounts.contains_key(id) && !(renamed && system.renames);
            if stays || system.account_names.is_empty() {
                continue;
            }
            let patterns = self.account_patterns(system);
            let fits = |name: &String| is_free(name) && !given.is_refused(id, name);
            if let Some(name) = patterns.names(person, &email, choice).find(fits) {
                names.accounts.insert(id.clone(), name);
            }
        }
        if choice == Choice::Give && !full_name.is_empty() {
            names.person = Some(full_name);
        }
        names
    }

    /// HR's address, unless it is somebody else's; else the one that was given; else the first one that is free.
    fn choose_email(
        &self,
        person: &Person,
        given: &Names,
        choice: Choice,
        is_free: impl Fn(&String) -> bool,
    ) -> Option<String> {
        let of_hr = person.work_email.clone().filter(|e| !e.trim().is_empty());
        if let Some(address) = of_hr.filter(|address| is_free(address)) {
            return Some(address);
        }
        let patterns = self.email_patterns();
        let first_free = || patterns.names(person, "", choice).find(|n| is_free(n));
        given.email.clone().or_else(first_free)
    }

    pub(crate) fn email_patterns(&self) -> Patterns<'_> {
        Patterns {
            all: &self.emails,
            longest: None,
            reserved: &self.reserved_names,
        }
    }

    pub(crate) fn account_patterns<'a>(&'a self, system: &'a System) -> Patterns<'a> {
        Patterns {
            all: &system.account_names,
            longest: system.longest_name,
            reserved: &self.reserved_names,
        }
    }

    /// The names that the person gets when all of them are free.
    pub fn first_names(&self, person: &Person) -> Names {
        self.choose_names(person, &Names::default(), Choice::Give, |_| false)
    }

    /// The names of a case: as they were given, or, before it is planned, as they would be if all are free.
    pub fn names_of(&self, case: &Case) -> Names {
        match (&case.names, &case.person) {
            (Some(names), _) => names.clone(),
            (None, Some(person)) => {
                self.choose_names(person, &Names::default(), Choice::of(case), |_| false)
            }
            (None, None) => Names::default(),
        }
    }

    /// The name of the account in a system; `None` when no name was given: then it is only found by the employee id.
    pub fn name_in(&self, names: &Names, system: &SystemId) -> Option<String> {
        let own = names.accounts.get(system).cloned();
        let by_email = || {
            let known = self.systems.get(system)?;
            names.email.clone().filter(|_| known.is_named_by_email())
        };
        own.or_else(by_email)
    }

    /// The account with the names that were given.
    pub fn with_names(&self, names: &Names, system: &SystemId, mut account: Account) -> Account {
        if let Some(name) = self.name_in(names, system) {
            account.name = name;
        }
        let keeps = |known: &System| known.keeps.attributes.contains("email");
        if let Some(email) = &names.email
            && self.systems.get(system).is_some_and(keeps)
        {
            account.attributes.insert("email".to_owned(), email.clone());
        }
        account
    }
}

impl System {
    pub(crate) fn is_named_by_email(&self) -> bool {
        self.account_names.is_empty()
    }

    /// Whether accounts are renamed when a person's name changes.
    pub fn renames(&self) -> bool {
        self.renames
    }
}

/// Patterns that are tried one after the other.
pub(crate) struct Patterns<'a> {
    all: &'a [Pattern],
    /// How long a name may be, with what comes from the @ on; without a limit only what comes before it has one.
    longest: Option<usize>,
    reserved: &'a BTreeSet<String>,
}

impl<'a> Patterns<'a> {
    /// What a person may be called, the best first.
    fn names(
        self,
        person: &Person,
        email: &str,
        choice: Choice,
    ) -> impl Iterator<Item = String> + use<'a> {
        let Patterns {
            all,
            longest,
            reserved,
        } = self;
        let mut firsts: Vec<Shape> = Vec::new();
        for pattern in all {
            let filled = match choice {
                Choice::Find => pattern.fill_whole(|name| account_value(person, email, name)),
                Choice::Give => known_parts(pattern, person, email),
            };
            firsts.extend(filled.and_then(|text| Shape::of(&text, longest)));
        }
        if choice == Choice::Find {
            firsts.truncate(1);
        } else if firsts.is_empty() {
            firsts.extend(all.first().map(|pattern| by_id(pattern, person, longest)));
        }
        let numbered = firsts.first().cloned().filter(|_| choice == Choice::Give);
        let numbered = numbered
            .into_iter()
            .flat_map(|first| (2..NUMBERS).map_while(move |n| first.numbered(n)));
        let allowed =
            |shape: &Shape| !is_reserved(&shape.local) && !reserved.contains(&shape.local);
        firsts
            .into_iter()
            .chain(numbered)
            .filter(allowed)
            .map(|shape| shape.text())
    }

    /// The first of them when everything that it is made from is known.
    pub(crate) fn first(self, person: &Person, email: &str) -> Option<String> {
        self.names(person, email, Choice::Find).next()
    }

    /// What somebody is called of whom nothing but the employee id is known.
    pub(crate) fn by_id(&self, person: &Person) -> Option<String> {
        let first = self.all.first()?;
        Some(by_id(first, person, self.longest).text())
    }
}

/// A pattern with what is known: somebody with one name only is called by that.
fn known_parts(pattern: &Pattern, person: &Person, email: &str) -> Option<String> {
    let value = |name: &str| account_value(person, email, name);
    let values: Vec<(&str, String)> = pattern.names().map(|n| (n, value(n))).collect();
    let lacks_email = values.iter().any(|(n, v)| *n == "email" && v.is_empty());
    let any = values.is_empty() || values.iter().any(|(_, v)| !v.is_empty());
    (any && !lacks_email).then(|| pattern.fill_or_empty(value))
}

/// Nothing of the name can be written: the employee id has to do, or, where that cannot be written, its digest.
fn by_id(pattern: &Pattern, person: &Person, longest: Option<usize>) -> Shape {
    let id = person.employee_id.as_str();
    let domain = pattern.domain();
    let digest = || {
        let digits: String = Sha256::digest(id)
            .iter()
            .take(4)
            .map(|b| format!("{b:02x}"))
            .collect();
        let room = room(&domain, longest);
        Shape {
            local: format!("u{digits}").chars().take(room).collect(),
            domain: domain.clone(),
            room,
        }
    };
    Shape::of(&format!("{}{domain}", plain_id(id)), longest).unwrap_or_else(digest)
}

/// How long what comes before the @ may be.
pub(crate) fn room(domain: &str, longest: Option<usize>) -> usize {
    let left = longest.map_or(LONGEST, |longest| longest.saturating_sub(domain.len()));
    left.min(LONGEST)
}

/// A name in two parts: what may be cut and numbered, and what comes from the @ on.
#[derive(Debug, Clone)]
struct Shape {
    local: String,
    domain: String,
    /// How long the first part may be.
    room: usize,
}

impl Shape {
    /// `None` when nothing is left of it.
    fn of(text: &str, longest: Option<usize>) -> Option<Shape> {
        let (local, domain) = match text.split_once('@') {
            Some((local, domain)) => (local, format!("@{}", domain.to_ascii_lowercase())),
            None => (text, String::new()),
        };
        let room = room(&domain, longest);
        let local = tidy(local, room);
        (!local.is_empty()).then_some(Shape {
            local,
            domain,
            room,
        })
    }

    /// `None` when there is no room for the number.
    fn numbered(&self, n: u32) -> Option<Shape> {
        let before = |end: &str| {
            let kept = self.room.saturating_sub(end.len());
            let start: String = self.local.chars().take(kept).collect();
            start.trim_end_matches(is_separator).to_owned()
        };
        let mut end = n.to_string();
        let mut start = before(&end);
        // A number that ends in another number could be somebody else's.
        if start.ends_with(|c: char| c.is_ascii_digit()) {
            end = format!("-{n}");
            start = before(&end);
        }
        (!start.is_empty()).then(|| Shape {
            local: once(start.as_str()).chain(once(end.as_str())).collect(),
            ..self.clone()
        })
    }

    fn text(&self) -> String {
        format!("{}{}", self.local, self.domain)
    }
}
