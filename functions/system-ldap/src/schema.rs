//! What the entries of a server can have, as it says itself (RFC 4512 section 4.2).

use std::collections::BTreeSet;

use latchkey_systems::Fault;

use crate::{calls::Call, directory::Directory, entry::Entry};

/// Where a server says where its schema is.
const SUBSCHEMA: &str = "subschemaSubentry";
const ATTRIBUTES: &str = "attributeTypes";
const CLASSES: &str = "objectClasses";

/// One definition, word by word: `( 2.5.4.3 NAME ( 'cn' 'commonName' ) SUP name )`.
struct Definition(Vec<String>);

impl Definition {
    fn of(text: &str) -> Definition {
        let spaced = text.replace('(', " ( ").replace(')', " ) ");
        let words = spaced.split_whitespace();
        Definition(
            words
                .map(|word| word.trim_matches('\'').to_owned())
                .collect(),
        )
    }

    /// What stands behind a word: one thing, or several in parentheses.
    fn behind(&self, word: &str) -> Vec<&str> {
        let mut rest = self.0.iter().map(String::as_str);
        let is_it = |found: &str| found == word;
        if !rest.by_ref().any(is_it) {
            return Vec::new();
        }
        match rest.next() {
            Some("(") => rest
                .take_while(|word| *word != ")")
                .filter(|word| *word != "$")
                .collect(),
            other => other.into_iter().collect(),
        }
    }

    fn is_called(&self, name: &str) -> bool {
        let names = self.behind("NAME");
        names.iter().any(|known| known.eq_ignore_ascii_case(name))
    }
}

/// A server's schema.
pub(crate) struct Schema {
    attributes: Vec<Definition>,
    classes: Vec<Definition>,
}

impl Schema {
    fn of(entry: &Entry) -> Schema {
        let all = |name| entry.all(name).iter().map(|text| Definition::of(text));
        Schema {
            attributes: all(ATTRIBUTES).collect(),
            classes: all(CLASSES).collect(),
        }
    }

    /// Whether entries of these classes can have an attribute. What is operational every entry can have.
    pub(crate) fn allows(&self, attribute: &str, classes: &[String]) -> bool {
        let known = self.attributes.iter().find(|a| a.is_called(attribute));
        let Some(known) = known else {
            return false;
        };
        let usage = known.behind("USAGE");
        if usage
            .first()
            .is_some_and(|usage| *usage != "userApplications")
        {
            return true;
        }
        let mut looked = BTreeSet::new();
        let mut classes: Vec<&str> = classes.iter().map(String::as_str).collect();
        while let Some(class) = classes.pop() {
            if class.eq_ignore_ascii_case("extensibleObject") {
                return true;
            }
            let Some(class) = self.classes.iter().find(|c| c.is_called(class)) else {
                continue;
            };
            let may = [class.behind("MUST"), class.behind("MAY")].concat();
            if may.iter().any(|name| known.is_called(name)) {
                return true;
            }
            let above = class.behind("SUP");
            classes.extend(above.into_iter().filter(|above| looked.insert(*above)));
        }
        false
    }
}

impl Directory {
    /// What the server's schema says; `None` where it does not show it.
    pub(crate) async fn schema(&self) -> Result<Option<Schema>, Fault> {
        let mut search = self.entry_at("");
        search.attributes = vec![SUBSCHEMA.to_owned()];
        let root = self.link.call(&Call::Search(search)).await?;
        let place = root
            .entries
            .first()
            .and_then(|entry| entry.first(SUBSCHEMA));
        let mut search = self.entry_at(place.unwrap_or("cn=schema"));
        search.filter = "(objectClass=subschema)".to_owned();
        search.attributes = vec![ATTRIBUTES.to_owned(), CLASSES.to_owned()];
        let came = self.link.call(&Call::Search(search)).await?;
        let schema = came.entries.first().map(Schema::of);
        Ok(schema.filter(|schema| !schema.attributes.is_empty()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_schema_says_what_an_account_can_have() {
        let entry = Entry::new(
            "cn=schema",
            &[
                (
                    "attributeTypes",
                    &[
                        "( 2.16.840.1.113730.3.1.610 NAME 'nsAccountLock' DESC 'Operational (attribute)' USAGE directoryOperation )",
                        "( 2.5.4.12 NAME ( 'title' 'jobTitle' ) SUP name )",
                        "( 2.5.4.20 NAME 'telephoneNumber' USAGE userApplications )",
                        "( 1.2.3 NAME 'badge' )",
                    ],
                ),
                (
                    "objectClasses",
                    &[
                        "( 2.5.6.6 NAME 'person' SUP top STRUCTURAL MUST ( sn $ cn ) MAY ( userPassword $ telephoneNumber ) )",
                        "( 2.5.6.7 NAME 'organizationalPerson' SUP person MAY title )",
                        "( 1.2.4 NAME 'odd' SUP odd )",
                    ],
                ),
            ],
        );
        let schema = Schema::of(&entry);
        let can = |attribute: &str, class: &str| schema.allows(attribute, &[class.to_owned()]);
        assert!(can("NSAccountLock", "top"));
        assert!(can("jobtitle", "OrganizationalPerson"));
        assert!(can("telephoneNumber", "organizationalPerson"));
        assert!(!can("title", "person"));
        assert!(!can("badge", "odd") && can("badge", "extensibleObject"));
        assert!(!can("pwdAccountLockedTime", "extensibleObject"));
    }
}
