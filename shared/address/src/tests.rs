use super::*;

fn encrypted(text: &str) -> Result<Address, Unfit> {
    Address::of_http(text, Loopback::Encrypted)
}

#[test]
fn systems_anywhere_are_called_encrypted() {
    for (text, host) in [
        ("https://chat.acme.example/scim", "chat.acme.example"),
        ("https://CHAT.acme.example./scim", "chat.acme.example"),
        ("https://10.1.2.3:8443", "10.1.2.3"),
        ("https://[2001:db8::7]/x", "[2001:db8::7]"),
        ("https://localhost:8443", "localhost"),
    ] {
        assert_eq!(encrypted(text).unwrap().host(), host, "{text}");
    }
}

#[test]
fn a_secret_does_not_travel_in_the_open() {
    for text in [
        "http://chat.example",
        "ftp://chat.example",
        "http://127.0.0.1.chat.example",
        "http://10.0.0.7",
    ] {
        assert!(matches!(encrypted(text), Err(Unfit::Open(_))), "{text}");
    }
    assert!(matches!(encrypted("chat"), Err(Unfit::None(_))));
    assert!(matches!(
        encrypted("mailto:it@acme.example"),
        Err(Unfit::NoHost)
    ));
}

#[test]
fn this_machine_is_called_in_the_open_only_where_that_is_allowed() {
    for text in [
        "http://127.0.0.1:8080",
        "http://127.1.2.3",
        "http://2130706433",
        "http://localhost./x",
        "http://hub.localhost",
        "http://[::1]:80",
    ] {
        assert!(
            matches!(encrypted(text), Err(Unfit::OpenLoopback(_))),
            "{text}"
        );
        assert!(Address::of_http(text, Loopback::Open).is_ok(), "{text}");
    }
    let ldap = Address::parse("ldap://127.0.0.1:389").unwrap();
    assert!(ldap.clone().within(Loopback::Encrypted).is_err());
    assert!(ldap.within(Loopback::Open).is_ok());
}

#[test]
fn the_clouds_own_services_are_never_called_however_they_are_written() {
    for host in [
        "169.254.169.254",
        "169.254.169.254.",
        "2852039166",
        "0xa9fea9fe",
        "0251.0376.0251.0376",
        "169.254.170.23",
        "169.254.1.1",
        "[fd00:ec2::254]",
        "[fd00:ec2::23]",
        "[fe80::1]",
        "[::ffff:169.254.169.254]",
        "[64:ff9b::a9fe:a9fe]",
        "[2002:a9fe:a9fe::]",
        "100.100.100.200",
        "192.0.0.192",
        "168.63.129.16",
        "0.0.0.0",
        "0",
        "[::]",
        "255.255.255.255",
        "224.0.0.1",
        "metadata.google.internal",
        "Metadata.Google.Internal.",
        "instance-data",
    ] {
        for scheme in ["https", "http", "ldaps", "ldap", "postgres"] {
            let text = format!("{scheme}://{host}/latest/meta-data");
            for loopback in [Loopback::Encrypted, Loopback::Open] {
                let fault = Address::parse(&text).and_then(|a| a.within(loopback));
                assert!(
                    matches!(fault, Err(Unfit::Forbidden(_))),
                    "{text}: {fault:?}"
                );
            }
        }
    }
}

#[test]
fn a_password_in_an_address_is_refused_and_not_repeated() {
    for text in [
        "https://ann:hunter2@chat.example",
        "https://hunter2@chat.example",
        "https://:hunter2@chat.example",
        "postgres://ann:hunter2@db.example",
    ] {
        let unfit = Address::parse(text).unwrap_err();
        assert_eq!(unfit, Unfit::Credentials);
        assert!(!unfit.to_string().contains("hunter2"));
    }
}

#[test]
fn a_host_is_compared_as_it_is_written_in_addresses() {
    assert_eq!(
        host(" Chat.ACME.example. ").as_deref(),
        Some("chat.acme.example")
    );
    assert_eq!(host("[2001:DB8::7]").as_deref(), Some("[2001:db8::7]"));
    assert_eq!(host("https://chat.example"), None);
    assert_eq!(host(""), None);
}
