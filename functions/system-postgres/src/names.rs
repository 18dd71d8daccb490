//! Names and texts as they stand in statements. What changes roles takes no parameters, so that everything is quoted
//! here (Lexical Structure: Identifiers and Key Words, Constants).

use postgres_protocol::escape;

/// The longest name, in bytes. A longer one would be cut by the server, and then be somebody else's (Identifiers and
/// Key Words).
pub(crate) const LONGEST: usize = 63;

/// Why something cannot be the name of a role.
pub(crate) fn problem(name: &str) -> Option<String> {
    if name.is_empty() {
        Some("a role needs a name".to_owned())
    } else if name.contains('\0') {
        Some("a role's name has no null character".to_owned())
    } else if name.len() > LONGEST {
        Some(format!(
            "`{name}` is longer than the {LONGEST} bytes that a role's name may have"
        ))
    } else {
        None
    }
}

/// A name, quoted.
pub(crate) fn name(name: &str) -> String {
    escape::escape_identifier(name)
}

/// A text, quoted.
pub(crate) fn text(text: &str) -> String {
    escape::escape_literal(text)
}

/// A name in which `*` stands for anything, as a pattern of `LIKE` (Pattern Matching).
pub(crate) fn pattern(name: &str) -> String {
    let mut pattern = String::with_capacity(name.len());
    for c in name.chars() {
        match c {
            '*' => pattern.push('%'),
            '%' | '_' | '\\' => pattern.extend(['\\', c]),
            c => pattern.push(c),
        }
    }
    pattern
}

/// Whether a name is one of those that `ignore` means; the same as the pattern says in the database.
pub(crate) fn fits(ignore: &str, name: &str) -> bool {
    let mut parts = ignore.split('*');
    let Some(mut rest) = name.strip_prefix(parts.next().unwrap_or_default()) else {
        return false;
    };
    let parts: Vec<&str> = parts.collect();
    let Some((last, between)) = parts.split_last() else {
        return rest.is_empty();
    };
    for part in between {
        match rest.find(part) {
            Some(at) => rest = &rest[at + part.len()..],
            None => return false,
        }
    }
    rest.ends_with(last)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_breaks_out_of_its_quotes() {
        assert_eq!(name(r#"a"; DROP ROLE b; --"#), r#""a""; DROP ROLE b; --""#);
        assert_eq!(text("it's"), "'it''s'");
        assert_eq!(text(r"a\'b").trim(), r"E'a\\''b'");
    }

    #[test]
    fn a_name_that_the_server_would_cut_is_none() {
        assert_eq!(problem(&"é".repeat(31)), None);
        assert!(problem(&"é".repeat(32)).is_some());
        assert!(problem("").is_some() && problem("a\0").is_some());
    }

    #[test]
    fn a_star_stands_for_anything() {
        for (ignore, fitting, other) in [
            ("postgres", "postgres", "postgres2"),
            ("rds*", "rds_superuser", "ards"),
            ("*_app", "shop_app", "shop_app2"),
            ("svc*prod*x", "svc.prod.a.x", "svc.prod.a"),
            ("a_b", "a_b", "axb"),
        ] {
            assert!(fits(ignore, fitting), "{ignore} {fitting}");
            assert!(!fits(ignore, other), "{ignore} {other}");
        }
        assert_eq!(pattern(r"rds_*\%"), r"rds\_%\\\%");
    }
}
