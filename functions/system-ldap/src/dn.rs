//! Distinguished names and filters: taken apart, compared, and put together so that no name can break out (RFC 4514,
//! RFC 4515).

pub(crate) use ldap3::{dn_escape, ldap_escape};

/// A distinguished name, taken apart.
#[derive(Debug, Clone)]
pub(crate) struct Dn {
    text: String,
    parts: Vec<Part>,
}

#[derive(Debug, Clone)]
struct Part {
    /// Attributes and values; more than one in names such as `cn=a+uid=b`.
    values: Vec<(String, String)>,
    /// Where it begins and ends in the text.
    begins: usize,
    ends: usize,
}

impl Part {
    /// The same for names that mean the same: attribute types and the values of those that name entries are compared
    /// without case, and with inner spaces as one (RFC 4518 section 2.6.1).
    fn key(&self) -> String {
        let folded = |text: &str| {
            let words: Vec<&str> = text.split_whitespace().collect();
            words.join(" ").to_lowercase()
        };
        let mut all: Vec<String> = self
            .values
            .iter()
            .map(|(name, value)| format!("{}={}", folded(name), dn_escape(folded(value))))
            .collect();
        all.sort();
        all.join("+")
    }
}

impl Dn {
    /// Takes a name apart. `None` when it is none, or the empty one.
    pub(crate) fn parse(text: &str) -> Option<Dn> {
        // A space at its end may be escaped, and so part of it.
        let text = text.trim_start();
        let mut parts = Vec::new();
        let mut begins = 0;
        while begins < text.len() {
            let mut values = Vec::new();
            let mut at = begins;
            let ends = loop {
                let (value, end) = one_value(text, at)?;
                values.push(value);
                match text.as_bytes().get(end) {
                    Some(b'+') => at = end + 1,
                    _ => break end,
                }
            };
            parts.push(Part {
                values,
                begins,
                ends,
            });
            // A comma at the end has nothing after it.
            if text
                .get(ends + 1..)
                .is_some_and(|rest| rest.trim_start().is_empty())
            {
                return None;
            }
            begins = ends + 1;
        }
        if parts.is_empty() {
            return None;
        }
        Some(Dn {
            text: text.to_owned(),
            parts,
        })
    }

    /// As it was written.
    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    /// The same for names that mean the same.
    pub(crate) fn key(&self) -> String {
        let keys: Vec<String> = self.parts.iter().map(Part::key).collect();
        keys.join(",")
    }

    /// The attribute and the value that it begins with.
    pub(crate) fn first(&self) -> (&str, &str) {
        let first = self.parts.first().and_then(|part| part.values.first());
        first.map_or(("", ""), |(name, value)| (name.as_str(), value.as_str()))
    }

    /// Its first part as it is written, e.g. `uid=zoe`.
    pub(crate) fn relative(&self) -> &str {
        let end = self.parts.first().map_or(0, |part| part.ends);
        &self.text[..end]
    }

    /// Where it is: the name without its first part. Empty at the top.
    pub(crate) fn parent(&self) -> &str {
        let begin = self.parts.get(1).map(|part| part.begins);
        begin.map_or("", |begin| &self.text[begin..])
    }

    /// Whether it is below another, at any depth.
    pub(crate) fn is_below(&self, base: &Dn) -> bool {
        self.parts.len() > base.parts.len() && self.shared(base) == base.parts.len()
    }

    /// How many parts both have in common, counted from the top.
    fn shared(&self, other: &Dn) -> usize {
        let (mine, theirs) = (self.parts.iter().rev(), other.parts.iter().rev());
        mine.zip(theirs)
            .take_while(|(a, b)| a.key() == b.key())
            .count()
    }

    /// The last so many parts.
    fn last(&self, parts: usize) -> Option<Dn> {
        let begin = self.parts.get(self.parts.len().checked_sub(parts)?)?;
        Dn::parse(&self.text[begin.begins..])
    }

    /// What both are below, or are themselves; `None` when they have nothing in common.
    pub(crate) fn common(&self, other: &Dn) -> Option<Dn> {
        self.last(self.shared(other))
    }

    /// Its domain: the parts `dc=…` that it ends with (RFC 2247), or else its last part.
    pub(crate) fn domain(&self) -> Dn {
        let parts = self.domain_labels().len().max(1);
        self.last(parts).unwrap_or_else(|| self.clone())
    }

    /// The labels of its domain, e.g. `acme`, `example`.
    pub(crate) fn domain_labels(&self) -> Vec<&str> {
        let is_label = |part: &&Part| matches!(part.values.as_slice(), [(name, _)] if name.eq_ignore_ascii_case("dc"));
        let mut labels: Vec<&str> = self
            .parts
            .iter()
            .rev()
            .take_while(is_label)
            .filter_map(|part| part.values.first())
            .map(|(_, value)| value.as_str())
            .collect();
        labels.reverse();
        labels
    }
}

/// One `attribute=value` from a place on, and where it ends.
fn one_value(text: &str, from: usize) -> Option<((String, String), usize)> {
    let rest = text.get(from..)?;
    let equals = rest.find('=')?;
    let name = rest[..equals].trim();
    let named = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '.';
    if name.is_empty() || !name.chars().all(named) {
        return None;
    }
    let bytes = rest.as_bytes();
    let (mut value, mut at) = (Vec::new(), equals + 1);
    while bytes.get(at) == Some(&b' ') {
        at += 1;
    }
    // Up to where what was escaped reaches: spaces there are the value's own.
    let mut kept = 0;
    while let Some(byte) = bytes.get(at) {
        match byte {
            b',' | b'+' | b';' => break,
            b'\\' => {
                let next = *bytes.get(at + 1)?;
                let pair = bytes.get(at + 1..at + 3).and_then(two_digits);
                value.push(pair.unwrap_or(next));
                at += if pair.is_some() { 3 } else { 2 };
                kept = value.len();
            }
            byte => {
                value.push(*byte);
                at += 1;
            }
        }
    }
    while value.len() > kept && value.last() == Some(&b' ') {
        value.pop();
    }
    let value = String::from_utf8(value).ok()?;
    Some(((name.to_owned(), value), from + at))
}

/// The byte that two hexadecimal digits stand for. Nothing else is a pair: in `\+D` a plus stands before a D.
fn two_digits(pair: &[u8]) -> Option<u8> {
    let mut digits = pair.iter().map(|digit| char::from(*digit).to_digit(16));
    let byte = digits.try_fold(0, |byte, digit| Some(byte * 16 + digit?))?;
    u8::try_from(byte).ok()
}

/// A relative name of one attribute.
pub(crate) fn relative(name: &str, value: &str) -> String {
    format!("{name}={}", dn_escape(value))
}

/// A filter: the attribute has the value.
pub(crate) fn has(name: &str, value: &str) -> String {
    format!("({name}={})", ldap_escape(value))
}

/// A filter: the attribute is there.
pub(crate) fn is_there(name: &str) -> String {
    format!("({name}=*)")
}

/// A filter: all of these.
pub(crate) fn all(filters: &[String]) -> String {
    match filters {
        [one] => one.clone(),
        more => format!("(&{})", more.concat()),
    }
}

/// A filter: any of these.
pub(crate) fn any(filters: &[String]) -> String {
    match filters {
        [one] => one.clone(),
        more => format!("(|{})", more.concat()),
    }
}

#[cfg(test)]
#[path = "dn_tests.rs"]
mod tests;
