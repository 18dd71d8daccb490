//! A mapping from its file: every mistake at once, each with its place.

use std::collections::BTreeMap;

use latchkey_lifecycle::EventKind;
use latchkey_yaml::{Node, Place, Value};

use super::{MapProblem, Mapping, Part, Proof, path::Path};
use crate::vendors::generic::PERSON;

const TOP: [&str; 10] = [
    "signed", "id", "each", "event", "events", "at", "employee", "day", "reason", "person",
];

/// The kinds of events, as a mapping writes them. `nothing` is known and concerns nobody's access.
const KINDS: [(&str, Option<EventKind>); 11] = [
    ("hire", Some(EventKind::Hire)),
    ("transfer", Some(EventKind::Transfer)),
    ("exit", Some(EventKind::Exit)),
    ("urgent exit", Some(EventKind::UrgentExit)),
    ("date moved", Some(EventKind::DateMoved)),
    ("hire rescinded", Some(EventKind::HireRescinded)),
    ("exit withdrawn", Some(EventKind::ExitWithdrawn)),
    ("rehire", Some(EventKind::Rehire)),
    ("leave", Some(EventKind::Leave)),
    ("return", Some(EventKind::Return)),
    ("nothing", None),
];

struct Reader<'a> {
    file: &'a str,
    problems: Vec<MapProblem>,
}

pub(super) fn read(file: &str, text: &str) -> Result<Mapping, Vec<MapProblem>> {
    let mut reader = Reader {
        file,
        problems: Vec::new(),
    };
    let mapping = match latchkey_yaml::read(text) {
        Ok(root) => {
            for doubt in latchkey_yaml::doubts(&root) {
                reader.wrong(doubt.place, doubt.message);
            }
            reader.mapping(&root)
        }
        Err(trouble) => {
            reader.wrong(trouble.place, trouble.message);
            None
        }
    };
    match mapping {
        Some(mapping) if reader.problems.is_empty() => Ok(mapping),
        _ => {
            reader.problems.sort_by_key(|one| (one.line, one.column));
            Err(reader.problems)
        }
    }
}

impl Reader<'_> {
    fn wrong(&mut self, place: Place, message: impl Into<String>) {
        self.problems.push(MapProblem {
            file: self.file.to_owned(),
            line: place.line,
            column: place.column,
            message: message.into(),
        });
    }

    /// The named values of a node; names that are not known are said.
    fn fields<'n>(
        &mut self,
        node: &'n Node,
        what: &str,
        known: &[&str],
    ) -> BTreeMap<&'n str, &'n Node> {
        let Value::Map(all) = &node.value else {
            self.wrong(
                node.place,
                format!("{what} has to be named values, as `name: value`"),
            );
            return BTreeMap::new();
        };
        let mut fields = BTreeMap::new();
        for (key, value) in all {
            let name = key.name.as_str();
            if !known.contains(&name) {
                let known = known.join(", ");
                self.wrong(
                    key.place,
                    format!("`{name}` is not known in {what}; there are: {known}"),
                );
            } else if fields.insert(name, value).is_some() {
                self.wrong(key.place, format!("`{name}` stands twice"));
            }
        }
        fields
    }

    fn text<'n>(&mut self, node: &'n Node, what: &str) -> Option<&'n str> {
        match &node.value {
            Value::Scalar(scalar) if !scalar.text.trim().is_empty() => Some(scalar.text.trim()),
            other => {
                let help = other.as_unquoted_braces().map_or_else(String::new, |text| {
                    format!("; a text that begins with `{{` needs quotes: \"{text}\"")
                });
                self.wrong(node.place, format!("`{what}` has to be a text{help}"));
                None
            }
        }
    }

    fn path(&mut self, node: &Node, what: &str) -> Option<Path> {
        let text = self.text(node, what)?;
        match Path::parse(text) {
            Ok(path) => Some(path),
            Err(problem) => {
                let help = "write it as `data.worker.id` or `list[0].name`";
                self.wrong(
                    node.place,
                    format!("`{what}` is no path: {problem}; {help}"),
                );
                None
            }
        }
    }

    fn mapping(&mut self, root: &Node) -> Option<Mapping> {
        let fields = self.fields(root, "a source", &TOP);
        let mut path = |name: &str| match fields.get(name) {
            Some(node) => self.path(node, name),
            None => None,
        };
        let (each, event, at) = (path("each"), path("event"), path("at"));
        let (employee, day, reason) = (path("employee"), path("day"), path("reason"));
        for name in ["signed", "event", "events", "employee"] {
            if !fields.contains_key(name) {
                self.wrong(root.place, format!("`{name}` is missing"));
            }
        }
        if !fields.contains_key("id") && !fields.contains_key("at") {
            let why = "the same event twice could not be told from a repeated delivery";
            self.wrong(
                root.place,
                format!("`id` or `at` has to be there: without both, {why}"),
            );
        }
        let id = fields.get("id").and_then(|node| self.id(node));
        let proof = fields.get("signed").and_then(|node| self.proof(node));
        let events = fields.get("events").map(|node| self.events(node));
        let person = fields.get("person").map(|node| self.person(node));
        Some(Mapping {
            proof: proof?,
            id,
            each,
            event: event?,
            events: events?,
            at,
            employee: employee?,
            day,
            reason,
            person: person.unwrap_or_default(),
        })
    }

    fn id(&mut self, node: &Node) -> Option<Part> {
        let text = self.text(node, "id")?;
        match text.strip_prefix("header ") {
            Some(name) => Some(Part::Header(self.header(node.place, name)?)),
            None => Some(Part::Path(self.path(node, "id")?)),
        }
    }

    fn header(&mut self, place: Place, name: &str) -> Option<&'static str> {
        let name = name.trim().to_ascii_lowercase();
        if name.is_empty() || http::HeaderName::from_bytes(name.as_bytes()).is_err() {
            self.wrong(place, "this is no name of a header");
            return None;
        }
        Some(super::intern(&name))
    }

    fn proof(&mut self, node: &Node) -> Option<Proof> {
        let known = ["by", "header", "as", "prefix", "over", "time"];
        let fields = self.fields(node, "`signed`", &known);
        let Some(by) = fields.get("by") else {
            self.wrong(
                node.place,
                "`by` is missing: hmac-sha256, hmac-sha512, token or password",
            );
            return None;
        };
        let sha512 = match self.text(by, "by")? {
            "token" => return Some(Proof::Token),
            "password" => return Some(Proof::Password),
            "hmac-sha256" => false,
            "hmac-sha512" => true,
            _ => {
                let message = "`by` has to be hmac-sha256, hmac-sha512, token or password";
                self.wrong(by.place, message);
                return None;
            }
        };
        let header = match fields.get("header") {
            Some(node) => {
                let name = self.text(node, "header")?;
                self.header(node.place, name)
            }
            None => {
                self.wrong(
                    node.place,
                    "`header` is missing: the one that carries the signature",
                );
                None
            }
        };
        let encoding = match fields.get("as") {
            None => "hex",
            Some(node) => match self.text(node, "as")? {
                "hex" => "hex",
                "base64" => "base64",
                "base64url" => "base64url",
                _ => {
                    self.wrong(node.place, "`as` has to be hex, base64 or base64url");
                    return None;
                }
            },
        };
        let time = match fields.get("time") {
            None => None,
            Some(node) => {
                let name = self.text(node, "time")?;
                Some(self.header(node.place, name)?)
            }
        };
        let over = match fields.get("over") {
            None => vec![Part::Body],
            Some(node) => self.over(node)?,
        };
        // A time that is not signed can be written anew by whoever sends the delivery again.
        if let (Some(time), Some(node)) = (time, fields.get("time"))
            && !over
                .iter()
                .any(|part| matches!(part, Part::Header(name) if *name == time))
        {
            self.wrong(
                node.place,
                format!("`over` does not cover the header `{time}`, so it proves no time"),
            );
        }
        let prefix = match fields.get("prefix") {
            None => String::new(),
            Some(node) => self.text(node, "prefix")?.to_owned(),
        };
        Some(Proof::Hmac {
            sha512,
            header: header?,
            encoding,
            prefix,
            over,
            time,
        })
    }

    /// `{x-timestamp}.{body}`: headers in braces, and what stands between.
    fn over(&mut self, node: &Node) -> Option<Vec<Part>> {
        let mut rest = self.text(node, "over")?;
        let mut parts = Vec::new();
        while let Some((before, after)) = rest.split_once('{') {
            if !before.is_empty() {
                parts.push(Part::Literal(before.to_owned()));
            }
            let Some((name, after)) = after.split_once('}') else {
                self.wrong(node.place, "`{` has no `}` after it");
                return None;
            };
            parts.push(match name {
                "body" => Part::Body,
                name => Part::Header(self.header(node.place, name)?),
            });
            rest = after;
        }
        if !rest.is_empty() {
            parts.push(Part::Literal(rest.to_owned()));
        }
        if !parts.iter().any(|part| matches!(part, Part::Body)) {
            self.wrong(
                node.place,
                "`over` has to have `{body}`: else anybody can change it",
            );
            return None;
        }
        Some(parts)
    }

    fn events(&mut self, node: &Node) -> BTreeMap<String, Option<EventKind>> {
        let mut events = BTreeMap::new();
        let Value::Map(all) = &node.value else {
            self.wrong(
                node.place,
                "`events` has to be named values, as `employee.hired: hire`",
            );
            return events;
        };
        for (key, value) in all {
            let name = &key.name;
            let Some(word) = self.text(value, name) else {
                continue;
            };
            let word = word.replace('_', " ");
            match KINDS.into_iter().find(|(known, _)| *known == word) {
                Some((_, kind)) => {
                    if events.insert(name.clone(), kind).is_some() {
                        self.wrong(key.place, format!("`{name}` stands twice"));
                    }
                }
                None => {
                    let known = KINDS.map(|(known, _)| known).join(", ");
                    self.wrong(
                        value.place,
                        format!("there is no such kind of event; there are: {known}"),
                    );
                }
            }
        }
        if events.values().all(Option::is_none) && self.problems.is_empty() {
            self.wrong(node.place, "no event becomes anything");
        }
        events
    }

    fn person(&mut self, node: &Node) -> BTreeMap<&'static str, Path> {
        let known = PERSON.map(|(_, name)| name);
        let fields = self.fields(node, "`person`", &known);
        let mut person = BTreeMap::new();
        for (field, name) in PERSON {
            if let Some(path) = fields.get(name).and_then(|node| self.path(node, name)) {
                person.insert(field, path);
            }
        }
        person
    }
}
