//! Whose word a record is: that follows from what it tells, and never from a name that somebody typed.

use super::{AuditBody, What};

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
        /// Where the link went that they had, where they had not signed in: the name is what they typed.
        link: Option<&'a str>,
        /// The source of HR by which their word came: how it came, not who it was.
        through: Option<&'a str>,
    },
}

/// What stands between the name that somebody typed and where the link went that they had.
const BY_LINK: &str = ", by the link sent to ";

/// How whoever had a letter's link signs what keeps one line of it: the name that they typed, and where the link went.
pub fn by_link(name: &str, sent_to: &str) -> String {
    format!("{name}{BY_LINK}{sent_to}")
}

/// Whether only people do what a record tells of.
fn is_of_people(body: &AuditBody) -> bool {
    match &body.what {
        What::Confirmed
        | What::LeftOut
        | What::Decided
        | What::DecisionWaits
        | What::Done
        | What::Declined
        | What::Refused
        | What::Taken
        | What::HandedOver
        | What::PutAside
        | What::QuestionAsked
        | What::QuestionAnswered
        | What::Attached
        | What::Accepted
        | What::RepairAsked
        | What::Downloaded
        | What::LookedAtFile
        | What::TookInFile
        | What::Away
        | What::NotAway
        | What::LettersChosen => true,
        // A record that somebody completed.
        What::Verified => !body.detail["answer"].is_null(),
        _ => body.detail["address"].is_string(),
    }
}

impl<'a> Signer<'a> {
    /// Of a record.
    pub fn of_record(body: &'a AuditBody) -> Signer<'a> {
        let (by, said) = (body.by.trim(), |name: &str| body.detail[name].as_str());
        let of_link = |name, to| Signer::Person {
            name,
            address: None,
            through: None,
            link: Some(to),
        };
        if let Some(to) = said("sentTo") {
            return of_link(by, to);
        }
        if !is_of_people(body) {
            return Signer::of(by);
        }
        if let Some((name, to)) = by.rsplit_once(BY_LINK) {
            return of_link(name, to);
        }
        match (Signer::of(by), said("address")) {
            (Signer::Person { name, through, .. }, Some(address)) => Signer::Person {
                name,
                address: Some(address),
                through,
                link: None,
            },
            (person @ Signer::Person { .. }, None) => person,
            (_, address) => Signer::Person {
                name: by,
                address,
                through: None,
                link: None,
            },
        }
    }

    /// Of a name as it stands there: what people type who look for somebody's records.
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
        let told = told.or_else(|| {
            let mut own = OWN_WORD.iter();
            own.find_map(|(source, behind, _)| Some((by.strip_suffix(behind)?, *source)))
        });
        let (by, through) = told.map_or((by, None), |(who, source)| (who.trim(), Some(source)));
        match within(by) {
            Some((name, address)) if address.contains('@') => Signer::Person {
                name,
                address: Some(address),
                through,
                link: None,
            },
            _ => Signer::Person {
                name: by,
                address: by.contains('@').then_some(by),
                through,
                link: None,
            },
        }
    }

    /// The name alone of somebody who signed; what machines sign as it is.
    pub fn name_in(by: &'a str) -> &'a str {
        match Signer::of(by) {
            Signer::Person { name, .. } => name,
            _ => by,
        }
    }

    /// As it is shown to people, also where an earlier release wrote it: a human's own word is not said to be the HR
    /// system's.
    pub fn in_words(by: &str) -> String {
        let Signer::Person {
            name,
            address,
            through: Some(source),
            ..
        } = Signer::of(by)
        else {
            return by.to_owned();
        };
        let who = match address.filter(|address| *address != name) {
            Some(address) => format!("{name} ({address})"),
            None => name.to_owned(),
        };
        match own_word(source) {
            Some(how) => format!("{how} by {who}"),
            None => by.to_owned(),
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
            ..
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

/// What stands between who it was and the HR system by which it came.
const THROUGH: &str = ", by HR system";

/// The sources that are no HR system: somebody said it themselves. What stands behind who it was, and how that is said
/// before them.
const OWN_WORD: [(&str, &str, &str); 3] = [
    ("page", ", by hand", "reported by hand"),
    ("console", ", by hand in a task", "completed by hand"),
    ("csv", ", from a file", "from a file,"),
];

/// How the word of a source is signed: by whoever confirmed it, where somebody is named. What somebody typed here, or took
/// in from a file, is theirs, and no HR system's.
pub fn told_by(source: &str, confirmed_by: Option<&str>) -> String {
    let own = OWN_WORD.iter().find(|(own, ..)| *own == source);
    match (confirmed_by, own) {
        (Some(name), Some((_, behind, _))) => format!("{name}{behind}"),
        (Some(name), None) => format!("{name}{THROUGH} ({source})"),
        (None, _) => format!("HR system ({source})"),
    }
}

/// How somebody's own word came: `reported by hand`; nothing for an HR system's.
fn own_word(source: &str) -> Option<&'static str> {
    let own = OWN_WORD.iter().find(|(own, ..)| *own == source);
    own.map(|(.., how)| *how)
}

/// How somebody's word came, behind their name: `reported by hand`, `by HR system (workday)`.
pub fn came_by(source: &str) -> String {
    match own_word(source) {
        Some(how) => how.trim_end_matches(',').to_owned(),
        None => format!("by HR system ({source})"),
    }
}

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
    use serde_json::json;

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
    fn what_a_human_said_is_theirs_and_no_hr_systems() {
        let jo = "Jo Müller (jo@acme.example)";
        for (source, signed, shown) in [
            (
                "page",
                "Jo Müller (jo@acme.example), by hand",
                format!("reported by hand by {jo}"),
            ),
            (
                "csv",
                "Jo Müller (jo@acme.example), from a file",
                format!("from a file, by {jo}"),
            ),
            (
                "console",
                "Jo Müller (jo@acme.example), by hand in a task",
                format!("completed by hand by {jo}"),
            ),
            (
                "workday",
                "Jo Müller (jo@acme.example), by HR system (workday)",
                format!("{jo}, by HR system (workday)"),
            ),
        ] {
            let by = told_by(source, Some(jo));
            assert_eq!(by, signed);
            // Also what an earlier release wrote, and both are found as hers.
            for by in [by, format!("{jo}, by HR system ({source})")] {
                assert_eq!(Signer::in_words(&by), shown);
                let found = Signer::of(&by).found_by();
                assert_eq!(found.as_deref(), Some("jo@acme.example"), "{by}");
            }
        }
        for by in ["HR system (workday)", "verify", "Jo Müller", jo] {
            assert_eq!(Signer::in_words(by), by);
        }
        assert_eq!(told_by("csv", None), "HR system (csv)");
    }

    #[test]
    fn nobody_signs_as_one_of_ours_by_the_name_that_they_type() {
        let record = |by: &str, what: What, detail: serde_json::Value| AuditBody {
            at: jiff::Timestamp::UNIX_EPOCH,
            by: by.to_owned(),
            what,
            text: String::new(),
            detail,
        };
        let to = json!({ "sentTo": "it@acme.example" });
        for by in [
            "verify",
            "system chat",
            "HR system (bamboohr)",
            "Ada (ada@acme.example)",
        ] {
            for what in [What::Done, What::Waived, What::Verified, What::Refused] {
                let body = record(by, what, to.clone());
                let person = Signer::Person {
                    name: by,
                    address: None,
                    through: None,
                    link: Some("it@acme.example"),
                };
                assert_eq!(Signer::of_record(&body), person);
            }
            // Of what keeps one line of them.
            let signed = by_link(by, "it@acme.example");
            let ruled = record(&signed, What::Confirmed, serde_json::Value::Null);
            let Signer::Person { name, link, .. } = Signer::of_record(&ruled) else {
                panic!("{by} signs as one of ours")
            };
            assert_eq!((name, link), (by, Some("it@acme.example")));
        }
        let completed = record("verify", What::Verified, json!({ "answer": {} }));
        assert!(matches!(
            Signer::of_record(&completed),
            Signer::Person { .. }
        ));
        let read_back = record("verify", What::Verified, json!({ "how": "read back" }));
        assert_eq!(Signer::of_record(&read_back), Signer::Function("verify"));
        let done = json!({ "address": "ada@acme.example" });
        let done = record("Ada King", What::Done, done);
        let Signer::Person { address, .. } = Signer::of_record(&done) else {
            panic!("nobody")
        };
        assert_eq!(address, Some("ada@acme.example"));
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
