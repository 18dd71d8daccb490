//! Entries as a server answers them (RFC 4511 section 4.5.2).

use ldap3::asn1::{PL, StructureTag};

use crate::dn::Dn;

/// SearchResultEntry.
pub(crate) const ENTRY: u64 = 4;
/// SearchResultReference.
const REFERENCE: u64 = 19;

/// An entry. Values that are no text are kept apart.
#[derive(Clone, Default)]
pub(crate) struct Entry {
    pub(crate) dn: String,
    attributes: Vec<(String, Vec<String>)>,
    /// Values that are no text, as far as they can be shown, with their attributes.
    odd: Vec<(String, String)>,
}

fn text(tag: StructureTag) -> Option<String> {
    match tag.payload {
        PL::P(bytes) => String::from_utf8(bytes).ok(),
        PL::C(_) => None,
    }
}

fn inside(tag: StructureTag) -> Option<Vec<StructureTag>> {
    match tag.payload {
        PL::C(tags) => Some(tags),
        PL::P(_) => None,
    }
}

/// The addresses of a reference to other servers (RFC 4511 section 4.5.3); `None` for what is none.
pub(crate) fn references(tag: &StructureTag) -> Option<Vec<String>> {
    let addresses = (tag.id == REFERENCE).then(|| inside(tag.clone()))?;
    let addresses = addresses.into_iter().flatten().filter_map(text);
    Some(addresses.collect())
}

impl Entry {
    /// An entry from what came; `None` when it is none. The crate's own reader panics on what does not fit.
    pub(crate) fn of(tag: StructureTag) -> Option<Entry> {
        if tag.id != ENTRY {
            return None;
        }
        let mut tags = inside(tag)?.into_iter();
        let dn = text(tags.next()?)?;
        let (mut attributes, mut odd) = (Vec::new(), Vec::new());
        for attribute in inside(tags.next()?)? {
            let mut parts = inside(attribute)?.into_iter();
            let name = text(parts.next()?)?;
            let values = inside(parts.next()?)?;
            let mut texts = Vec::with_capacity(values.len());
            for value in values {
                match value.payload {
                    PL::P(bytes) => match String::from_utf8(bytes) {
                        Ok(text) => texts.push(text),
                        Err(error) => {
                            let shown = String::from_utf8_lossy(error.as_bytes()).into_owned();
                            odd.push((name.clone(), shown));
                        }
                    },
                    PL::C(_) => odd.push((name.clone(), String::new())),
                }
            }
            attributes.push((name, texts));
        }
        Some(Entry {
            dn,
            attributes,
            odd,
        })
    }

    /// A value of an attribute, or of a part of it, that is no distinguished name, as far as it can be shown. An empty
    /// text is one, of nobody (RFC 4514 section 2.1): some put it into groups that must not be empty.
    pub(crate) fn odd_name(&self, attribute: &str) -> Option<&str> {
        let is_it = |known: &str| {
            let (name, _) = known.split_once(';').unwrap_or((known, ""));
            name.eq_ignore_ascii_case(attribute)
        };
        let odd = self.odd.iter().find(|(known, _)| is_it(known));
        let attributes = self.attributes.iter().filter(|(known, _)| is_it(known));
        let mut names = attributes.flat_map(|(_, values)| values);
        let unread = names.find(|name| !name.trim().is_empty() && Dn::parse(name).is_none());
        odd.map(|(_, shown)| shown).or(unread).map(String::as_str)
    }

    /// The values of an attribute. Names are compared without case (RFC 4512 section 2.5).
    pub(crate) fn all(&self, name: &str) -> &[String] {
        let found = self
            .attributes
            .iter()
            .find(|(known, _)| known.eq_ignore_ascii_case(name));
        found.map_or(&[], |(_, values)| values)
    }

    /// The first value of an attribute that is not empty.
    pub(crate) fn first(&self, name: &str) -> Option<&str> {
        let mut values = self.all(name).iter().map(String::as_str);
        values.find(|value| !value.is_empty())
    }

    /// A part of many values, and where the next part begins; `None` after the last
    /// (MS-ADTS 3.1.1.3.1.3.3, range retrieval: `memberOf;range=0-1499`, `memberOf;range=1500-*`).
    pub(crate) fn part(&self, name: &str) -> Option<(&[String], Option<usize>)> {
        self.attributes.iter().find_map(|(known, values)| {
            let (attribute, range) = known.split_once(';')?;
            let range = range.to_ascii_lowercase();
            let (_, last) = range.strip_prefix("range=")?.split_once('-')?;
            if !attribute.eq_ignore_ascii_case(name) {
                return None;
            }
            let next = last.parse::<usize>().ok().map(|last| last + 1);
            Some((values.as_slice(), next))
        })
    }

    #[cfg(test)]
    pub(crate) fn new(dn: &str, attributes: &[(&str, &[&str])]) -> Entry {
        let owned = |values: &[&str]| values.iter().map(|value| (*value).to_owned()).collect();
        let attributes = attributes.iter();
        Entry {
            dn: dn.to_owned(),
            attributes: attributes
                .map(|(name, values)| ((*name).to_owned(), owned(values)))
                .collect(),
            odd: Vec::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ldap3::asn1::TagClass;

    fn tag(id: u64, payload: PL) -> StructureTag {
        StructureTag {
            class: TagClass::Universal,
            id,
            payload,
        }
    }

    fn octets(text: &str) -> StructureTag {
        tag(4, PL::P(text.as_bytes().to_vec()))
    }

    #[test]
    fn what_does_not_fit_is_no_entry() {
        let attribute = |values| tag(16, PL::C(vec![octets("uid"), tag(17, values)]));
        let whole = |dn, attribute| tag(ENTRY, PL::C(vec![dn, tag(16, PL::C(vec![attribute]))]));
        let values = || PL::C(vec![octets("zoe"), tag(4, PL::P(vec![0xff]))]);
        let entry = Entry::of(whole(octets("uid=zoe"), attribute(values()))).expect("an entry");
        assert_eq!(entry.all("UID"), ["zoe"]);
        assert_eq!(entry.odd_name("UID"), Some("\u{fffd}"));
        for odd in [
            tag(5, PL::C(vec![])),
            tag(ENTRY, PL::P(vec![1])),
            tag(ENTRY, PL::C(vec![])),
            tag(ENTRY, PL::C(vec![octets("uid=zoe")])),
            whole(tag(4, PL::P(vec![0xff])), attribute(values())),
            whole(octets("uid=zoe"), attribute(PL::P(vec![1]))),
            whole(octets("uid=zoe"), octets("uid")),
        ] {
            assert!(Entry::of(odd.clone()).is_none(), "{odd:?}");
        }
    }

    #[test]
    fn what_is_no_name_is_told_from_what_is_nobodys() {
        let odd = |attribute: &str, values: &[&str]| {
            let entry = Entry::new("cn=a", &[(attribute, values)]);
            entry.odd_name("member").map(str::to_owned)
        };
        assert_eq!(odd("Member", &["uid=zoe,o=x", ""]), None);
        assert_eq!(odd("Member", &["uid=zoe,o=x", "zoe"]), Some("zoe".into()));
        assert_eq!(odd("member;range=0-0", &["zoe"]), Some("zoe".into()));
        assert_eq!(odd("memberOf", &["zoe"]), None);
    }

    #[test]
    fn a_part_of_many_values_says_where_the_next_begins() {
        let part = |name: &str| {
            let entry = Entry::new("cn=a", &[(name, &["cn=g"])]);
            entry
                .part("memberOf")
                .map(|(values, next)| (values.len(), next))
        };
        assert_eq!(part("memberOf;range=0-1499"), Some((1, Some(1500))));
        assert_eq!(part("memberof;Range=1500-*"), Some((1, None)));
        assert_eq!(part("memberOf"), None);
        assert_eq!(part("member;range=0-1499"), None);
    }
}
