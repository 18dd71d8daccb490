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
        /// The source of HR by which their word came: how it came, not who it was.
        through: Option<&'a str>,
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
        if let Some(("HR system", source)) = within(by) {
            return Signer::Source(source);
        }
        let told = within(by).and_then(|(who, source)| Some((who.strip_suffix(THROUGH)?, source)));
        let (by, through) = told.map_or((by, None), |(who, source)| (who.trim(), Some(source)));
        match within(by) {
            Some((name, address)) if address.contains('@') => Signer::Person {
                name,
                address: Some(address),
                through,
            },
            _ => Signer::Person {
                name: by,
                address: by.contains('@').then_some(by),
                through,
            },
        }
    }

    /// What somebody's records are found by: the address in lower case, or the name where there is none. Of what
    /// machines sign there is too much to look through: it is found by kind and system.
    pub fn found_by(&self) -> Option<String> {
        match self {
            Signer::Person { name, address, .. } => found_as(address.unwrap_or(name)),
            Signer::Function(_) | Signer::System(_) | Signer::Source(_) => None,
        }
    }

    /// What earlier releases found the same records by: how somebody's word had come stood behind who it was.
    pub fn once_found_by(&self) -> Option<String> {
        let Signer::Person {
            name,
            address,
            through,
        } = self
        else {
            return None;
        };
        let signed = match address.filter(|address| address != name) {
            Some(address) => format!("{name} ({address})"),
            None => (*name).to_owned(),
        };
        found_as(&format!("{signed}{THROUGH} ({})", (*through)?))
    }
}

/// What stands between who it was and the source by which it came.
const THROUGH: &str = ", by HR system";

/// The sources by which the word of somebody named has come.
const SOURCES: [&str; 5] = ["console", "csv", "generic", "page", "workday"];

/// All that somebody's records are found by, those of earlier releases, too: of an address or a name, as
/// [`Signer::found_by`] says it.
pub fn all_found_by(who: &str) -> impl Iterator<Item = String> {
    let once = SOURCES
        .iter()
        .filter_map(move |source| found_as(&format!("{who}{THROUGH} ({source})")));
    found_as(who).into_iter().chain(once)
}

fn found_as(text: &str) -> Option<String> {
    let words: Vec<&str> = text.split_whitespace().collect();
    let text = words.join(" ").to_lowercase();
    (!text.is_empty()).then(|| text.chars().take(LETTERS).collect())
}

/// So many letters of a signature count.
const LETTERS: usize = 200;

#[cfg(test)]
#[allow(clippy::unwrap_used)]
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
            ("Jo Müller, by HR system (generic)", Some("jo müller")),
            (
                "jo@acme.example, by HR system (page)",
                Some("jo@acme.example"),
            ),
            (
                "Jo (jo@acme.example), by HR system (csv)",
                Some("jo@acme.example"),
            ),
            ("verify", None),
            ("system chat", None),
            ("HR system (bamboohr)", None),
            (" ", None),
        ] {
            assert_eq!(Signer::of(by).found_by().as_deref(), found, "{by}");
        }
        assert_eq!(Signer::of("HR system (page)"), Signer::Source("page"));
    }

    #[test]
    fn what_an_earlier_release_found_somebody_by_is_among_what_is_asked() {
        for by in [
            "Jo  Müller, by HR system (generic)",
            "Jo@acme.example, by HR system (page)",
        ] {
            let signer = Signer::of(by);
            let asked: Vec<String> = all_found_by(&signer.found_by().unwrap()).collect();
            assert!(
                asked.contains(&signer.once_found_by().unwrap()),
                "{asked:?}"
            );
            assert!(asked.contains(&signer.found_by().unwrap()));
        }
        assert_eq!(Signer::of("Jo Müller").once_found_by(), None);
    }
}
