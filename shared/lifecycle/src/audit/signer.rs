//! Whose word a record is.

/// The functions of Latchkey that sign records.
const FUNCTIONS: [&str; 10] = [
    "ask", "clock", "close", "intake", "mail", "plan", "restart", "sweep", "verify", "workflow",
];

/// Who signed a record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Signer<'a> {
    /// A function of Latchkey.
    Function(&'a str),
    /// A system that was changed or read, by its id.
    System(&'a str),
    /// A source of HR.
    Source(&'a str),
    /// Somebody: as they signed, and the address that they had signed in with.
    Person {
        /// Their name.
        name: &'a str,
        /// Their work e-mail address, where they had signed in.
        address: Option<&'a str>,
    },
}

impl<'a> Signer<'a> {
    /// Of what stands in a record.
    pub fn of(by: &'a str) -> Signer<'a> {
        let by = by.trim();
        if FUNCTIONS.contains(&by) {
            return Signer::Function(by);
        }
        if let Some(system) = by.strip_prefix("system ") {
            return Signer::System(system);
        }
        let within = |text: &'a str| text.strip_suffix(')')?.rsplit_once(" (");
        match within(by) {
            Some(("HR system", source)) => Signer::Source(source),
            Some((name, address)) if address.contains('@') => Signer::Person {
                name,
                address: Some(address),
            },
            _ => Signer::Person {
                name: by,
                address: by.contains('@').then_some(by),
            },
        }
    }

    /// What somebody's records are found by: the address in lower case, or the name where there is none. Of what
    /// machines sign there is too much to look through: it is found by kind and system.
    pub fn found_by(&self) -> Option<String> {
        match self {
            Signer::Person { name, address } => {
                let words = address.unwrap_or(name).split_whitespace();
                let words: Vec<&str> = words.collect();
                let text = words.join(" ").to_lowercase();
                (!text.is_empty()).then(|| text.chars().take(LETTERS).collect())
            }
            Signer::Function(_) | Signer::System(_) | Signer::Source(_) => None,
        }
    }
}

/// So many letters of a signature count.
const LETTERS: usize = 200;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn people_are_told_from_machines_and_found_by_their_address() {
        for (by, found) in [
            (
                "Ada King (Ada.King@acme.example)",
                Some("ada.king@acme.example"),
            ),
            ("ada.king@acme.example", Some("ada.king@acme.example")),
            ("Jo  Müller (IT)", Some("jo müller (it)")),
            ("verify", None),
            ("system chat", None),
            ("HR system (bamboohr)", None),
            (" ", None),
        ] {
            assert_eq!(Signer::of(by).found_by().as_deref(), found, "{by}");
        }
        assert_eq!(Signer::of("HR system (page)"), Signer::Source("page"));
    }
}
