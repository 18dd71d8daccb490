//! Country names, as HR systems show them, to the codes that runbooks use.

use std::{collections::HashMap, sync::LazyLock};

static CODES: LazyLock<HashMap<String, &'static str>> = LazyLock::new(|| {
    include_str!("countries.tsv")
        .lines()
        .filter(|line| !line.starts_with('#'))
        .filter_map(|line| line.split_once('\t'))
        .flat_map(|(code, name)| [(name.to_lowercase(), code), (code.to_lowercase(), code)])
        .collect()
});

/// The ISO 3166-1 alpha-2 code of a country, upper case, from its English name or its code; `None` when it
/// is not known: a person fills it in rather than that a guess grants something.
pub(crate) fn country_code(name: &str) -> Option<String> {
    CODES
        .get(&name.trim().to_lowercase())
        .map(|code| (*code).to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_codes_become_codes() {
        for (name, code) in [
            ("United Kingdom", "GB"),
            ("united states", "US"),
            ("Germany", "DE"),
            ("de", "DE"),
            (" Czechia ", "CZ"),
            ("Côte d'Ivoire", "CI"),
        ] {
            assert_eq!(country_code(name).as_deref(), Some(code), "{name}");
        }
        assert_eq!(country_code("Atlantis"), None);
        assert_eq!(country_code(""), None);
    }

    #[test]
    fn every_line_is_a_code_and_a_name() {
        for line in include_str!("countries.tsv")
            .lines()
            .filter(|l| !l.starts_with('#'))
        {
            let (code, name) = line.split_once('\t').unwrap();
            assert!(
                code.len() == 2 && code.bytes().all(|b| b.is_ascii_uppercase()),
                "{line}"
            );
            assert!(!name.is_empty());
        }
    }
}
