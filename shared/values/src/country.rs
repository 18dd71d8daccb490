//! Country names and codes, as HR systems show them, to the codes that runbooks use.

use std::{collections::HashMap, sync::LazyLock};

use unicode_normalization::{UnicodeNormalization, char::is_combining_mark};

static CODES: LazyLock<HashMap<String, &'static str>> = LazyLock::new(|| {
    lines()
        .flat_map(|line| {
            let code = line.split('\t').next().unwrap_or_default();
            line.split('\t').map(move |name| (folded(name), code))
        })
        .collect()
});

fn lines() -> impl Iterator<Item = &'static str> {
    let all = include_str!("countries.tsv").lines();
    all.filter(|line| !line.starts_with('#'))
}

/// The ISO 3166-1 alpha-2 code of a country, upper case, from its English name or one of its codes; `None` when it
/// is not known: a person fills it in rather than that a guess grants something.
pub fn country_code(name: &str) -> Option<String> {
    CODES.get(&folded(name)).map(|code| (*code).to_owned())
}

/// Every country's code, upper case.
pub fn country_codes() -> impl Iterator<Item = &'static str> {
    lines().filter_map(|line| line.split('\t').next())
}

/// Every name of a country that is read, without its codes.
pub fn country_names() -> impl Iterator<Item = &'static str> {
    lines().flat_map(|line| line.split('\t').skip(2))
}

/// A name without case, marks, punctuation, and `the` before it.
fn folded(name: &str) -> String {
    let plain = name.nfkd().filter(|c| !is_combining_mark(*c));
    let mut out = String::with_capacity(name.len());
    for c in plain {
        match c {
            '&' => out.push_str(" and "),
            c if c.is_alphanumeric() => out.extend(c.to_lowercase()),
            c if crate::is_blank(c.encode_utf8(&mut [0; 4])) && !c.is_whitespace() => {}
            _ => out.push(' '),
        }
    }
    let words: Vec<&str> = out.split_whitespace().collect();
    let words = words.strip_prefix(&["the"]).unwrap_or(&words);
    words.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_codes_become_codes() {
        for (name, code) in [
            ("United Kingdom", "GB"),
            ("UK", "GB"),
            ("gbr", "GB"),
            ("united states", "US"),
            ("The United States of America", "US"),
            ("U.S.A.", "US"),
            ("Germany", "DE"),
            ("de", "DE"),
            ("DEU", "DE"),
            ("\u{a0}Czechia\u{200b} ", "CZ"),
            ("Côte d'Ivoire", "CI"),
            ("Cote d\u{2019}Ivoire", "CI"),
            ("Tu\u{308}rkiye", "TR"),
            ("Trinidad & Tobago", "TT"),
            ("Kosovo", "XK"),
        ] {
            assert_eq!(country_code(name).as_deref(), Some(code), "{name}");
        }
        for nothing in ["Atlantis", "", "XX", "ZZZ"] {
            assert_eq!(country_code(nothing), None, "{nothing}");
        }
    }

    #[test]
    fn every_line_is_two_codes_and_names_and_no_name_is_of_two_countries() {
        let mut seen: HashMap<String, &str> = HashMap::new();
        for line in lines() {
            let fields: Vec<&str> = line.split('\t').collect();
            let upper =
                |text: &str, n| text.len() == n && text.bytes().all(|b| b.is_ascii_uppercase());
            assert!(upper(fields[0], 2) && upper(fields[1], 3), "{line}");
            assert!(
                fields.len() > 2 && fields.iter().all(|name| !name.is_empty()),
                "{line}"
            );
            for name in &fields {
                let before = seen.insert(folded(name), fields[0]);
                assert!(before.is_none_or(|code| code == fields[0]), "{name}");
            }
        }
    }
}
