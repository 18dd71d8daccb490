use super::*;

fn dn(text: &str) -> Dn {
    Dn::parse(text).unwrap_or_else(|| panic!("{text}"))
}

#[test]
fn a_name_is_taken_apart() {
    let name = dn(r"CN=Müller\, Zoë \28Süd\29,OU=Vertrieb,DC=acme,DC=example");
    assert_eq!(name.first(), ("CN", "Müller, Zoë (Süd)"));
    assert_eq!(name.relative(), r"CN=Müller\, Zoë \28Süd\29");
    assert_eq!(name.parent(), "OU=Vertrieb,DC=acme,DC=example");
    assert_eq!(name.domain().text(), "DC=acme,DC=example");
    assert_eq!(name.domain_labels(), ["acme", "example"]);
    assert_eq!(dn("ou=people,o=acme").domain().text(), "o=acme");
    assert_eq!(dn(r"cn=a\C3\A9 ,o=x").first(), ("cn", "aé"));
    assert_eq!(dn(r"cn=a\ ,o=x").first(), ("cn", "a "));
    for none in ["", "zoe", "=x", "cn=a,", r"cn=a\", "cn=a,,o=x", "c n=a"] {
        assert!(Dn::parse(none).is_none(), "{none}");
    }
}

#[test]
fn names_that_mean_the_same_are_the_same() {
    let same = |a: &str, b: &str| dn(a).key() == dn(b).key();
    assert!(same(
        "uid=Zoe, ou=People,dc=acme",
        "UID=zoe,OU=people,DC=ACME"
    ));
    assert!(same(r"cn=a\2Cb,o=x", r"cn=a\,b,o=x"));
    assert!(same("cn=a+uid=b,o=x", "uid=b+cn=a,o=x"));
    assert!(!same(r"cn=a\,ou=b,o=x", "cn=a,ou=b,o=x"));
    assert!(!same("uid=zoe,o=x", "uid=zoe,o=y"));
}

#[test]
fn below_is_below_at_any_depth() {
    let base = dn("ou=people,dc=acme");
    assert!(dn("uid=zoe,ou=Sales,OU=People,dc=acme").is_below(&base));
    assert!(!dn("ou=people,dc=acme").is_below(&base));
    assert!(!dn("uid=zoe,ou=leavers,dc=acme").is_below(&base));
    assert!(!dn(r"uid=zoe\,ou=people,dc=acme").is_below(&base));
    let both = base.common(&dn("ou=leavers,dc=acme"));
    assert_eq!(both.map(|dn| dn.text), Some("dc=acme".to_owned()));
    assert!(base.common(&dn("o=other")).is_none());
}

/// As Active Directory writes a value: what is special behind a backslash.
fn as_active_directory(value: &str) -> String {
    let last = value.chars().count().saturating_sub(1);
    let written = value.chars().enumerate().map(|(at, c)| match c {
        '\n' | '\r' | '\0' => format!("\\{:02X}", u32::from(c)),
        ',' | '+' | '"' | '\\' | '<' | '>' | ';' | '=' => format!("\\{c}"),
        '#' if at == 0 => "\\#".to_owned(),
        ' ' if at == 0 || at == last => "\\ ".to_owned(),
        c => c.to_string(),
    });
    written.collect()
}

/// As OpenLDAP writes it: also what is no ASCII as its bytes.
fn as_openldap(value: &str) -> String {
    let last = value.len().saturating_sub(1);
    let written = value.bytes().enumerate().map(|(at, b)| match b {
        b' ' if at != 0 && at != last => " ".to_owned(),
        b'#' if at != 0 => "#".to_owned(),
        b'=' => "=".to_owned(),
        b if b.is_ascii_alphanumeric() || b".-_()*'&/".contains(&b) => char::from(b).into(),
        b => format!("\\{b:02X}"),
    });
    written.collect()
}

/// As 389 Directory Server writes it: what is special as its byte, what is no ASCII as it is.
fn as_389(value: &str) -> String {
    let last = value.chars().count().saturating_sub(1);
    let written = value.chars().enumerate().map(|(at, c)| match c {
        ' ' if at != 0 && at != last => " ".to_owned(),
        ' ' | ',' | '+' | '"' | '\\' | '<' | '>' | ';' | '=' | '\n' | '\r' | '\0' | '#' => {
            format!("\\{:02x}", u32::from(c))
        }
        c => c.to_string(),
    });
    written.collect()
}

proptest::proptest! {
    /// Whatever a value is made of, and whoever writes it, it is read as what it is, and means the same.
    #[test]
    fn a_name_is_read_however_a_server_writes_it(
        value in "[-a-fA-F0-9xé\u{a0}Ω日 ,+\"\\\\<>;=#()*'&/\n\u{0}]{1,12}",
        other in "[a-f,+\\\\ ]{1,4}",
    ) {
        let mut keys = std::collections::BTreeSet::new();
        for write in [as_active_directory, as_openldap, as_389, |value: &str| dn_escape(value).into_owned()] {
            let text = format!("cn={}+uid={},ou=people,o=x", write(&value), write(&other));
            let name = dn(&text);
            assert_eq!(name.first(), ("cn", value.as_str()), "{text}");
            assert_eq!(name.parent(), "ou=people,o=x", "{text}");
            keys.insert(name.key());
            // Also where nothing comes after it.
            let text = format!("o=x,cn={}", write(&value));
            let name = dn(&text);
            assert_eq!(name.last(1).map(|last| last.first().1.to_owned()), Some(value.clone()), "{text}");
            assert_eq!(dn(&relative("cn", &value)).first(), ("cn", value.as_str()));
        }
        assert_eq!(keys.len(), 1, "{keys:?}");
    }
}

#[test]
fn only_two_digits_are_a_byte() {
    assert_eq!(dn(r"cn=R\+D,o=x").first(), ("cn", "R+D"));
    assert_eq!(dn(r"cn=R\2BD,o=x").first(), ("cn", "R+D"));
    assert_eq!(dn(r"cn= a\2Cb ,o=x").first(), ("cn", "a,b"));
}

#[test]
fn no_name_breaks_out() {
    for name in [
        "*",
        "zoe)(uid=*",
        r"zoe\2a",
        "a\0b",
        "Vertrieb & Größe, (Süd)*",
    ] {
        let filter = has("uid", name);
        let inside = &filter["(uid=".len()..filter.len() - 1];
        assert!(!inside.contains(['(', ')', '*', '\0']), "{filter}");
        assert!(ldap3::parse_filter(&filter).is_ok(), "{filter}");
    }
    for name in [
        "a,dc=b", "a+uid=b", " a ", "#a", r"a\", "a\"b", "a;b", "<a>", "a=b",
    ] {
        let whole = dn(&format!("{},ou=people,dc=acme", relative("uid", name)));
        assert_eq!(whole.first(), ("uid", name));
        assert_eq!(whole.parent(), "ou=people,dc=acme");
    }
}
