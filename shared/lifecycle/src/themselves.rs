//! All that somebody is by HR's records, for whoever asks whether something is about them.

use std::collections::BTreeSet;

use crate::EmployeeId;

/// Somebody who signed in, under every address and employee id that is theirs. HR may give them another address or
/// another id on any day, and what is under the one before is about them all the same.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Themselves {
    /// The work e-mail address that they signed in with, in lower case.
    pub address: String,
    /// Other addresses that are or were theirs, in lower case.
    pub others: BTreeSet<String>,
    /// Their employee ids.
    pub people: BTreeSet<EmployeeId>,
}

impl Themselves {
    /// Somebody of whom nothing but the address is known.
    pub fn at(address: &str) -> Themselves {
        Themselves {
            address: plain(address),
            ..Themselves::default()
        }
    }

    /// Every address that is or was theirs.
    pub fn addresses(&self) -> impl Iterator<Item = &str> {
        let all = std::iter::once(&self.address).chain(&self.others);
        all.map(String::as_str)
            .filter(|address| !address.is_empty())
    }

    /// Whether an address is or was theirs.
    pub fn have(&self, address: &str) -> bool {
        let address = plain(address);
        self.addresses().any(|own| own == address)
    }

    /// Whether an employee id is theirs.
    pub fn are(&self, employee: &EmployeeId) -> bool {
        self.people.contains(employee)
    }

    /// Another address of theirs.
    pub fn add(&mut self, address: &str) {
        self.others.insert(plain(address));
    }
}

fn plain(address: &str) -> String {
    address.trim().to_lowercase()
}
