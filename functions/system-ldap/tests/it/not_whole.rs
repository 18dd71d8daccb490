//! A server that shows a part: what is not shown, or cannot be read, is not taken for nothing.

use latchkey_systems::{Accounts, Fault, PageToken};

use crate::misbehaving::{BIND, OK, Says, message, part, serve, who};

#[tokio::test]
async fn a_list_that_does_not_end_is_known_to_be_none() {
    // Empty pages for ever.
    let says = |operation, _| match operation {
        BIND => OK,
        _ => Says::Page(None),
    };
    let (system, _) = serve("active-directory", says).await;
    let fault = system.list(None).await.unwrap_err();
    assert_eq!(fault.name(), "Incomplete", "{fault}");
    assert!(fault.to_string().contains("without an end"), "{fault}");
    // The same page for ever, for who reads the list on and for who looks for the place where it was left.
    let says = |operation, _| match operation {
        BIND => OK,
        _ => Says::Page(Some("ann")),
    };
    let (system, _) = serve("active-directory", says).await;
    let mut all = Accounts::of(system.as_ref());
    assert_eq!(all.next().await.unwrap().unwrap().len(), 1);
    let fault = all.next().await.unwrap_err();
    assert_eq!(fault.name(), "Incomplete", "{fault}");
    let (system, _) = serve("active-directory", says).await;
    let left = PageToken("0123456789abcdef".to_owned());
    let fault = system.list(Some(&left)).await.unwrap_err();
    assert_eq!(fault.name(), "Incomplete", "{fault}");
}

#[tokio::test]
async fn what_is_on_another_server_is_not_taken_for_nothing() {
    for (address, is_whole) in [
        ("ldap://b.example/ou=people,dc=acme??sub", false),
        ("ldap://b.example", false),
        ("ldap://b.example/DC=ForestDnsZones,DC=acme", true),
    ] {
        let says = move |operation, _| match operation {
            BIND => OK,
            _ => Says::Reference(address),
        };
        let (system, _) = serve("active-directory", says).await;
        let seen = [
            system.read(&who()).await.map(|_| ()),
            system.list(None).await.map(|_| ()),
        ];
        for seen in seen {
            let name = seen.as_ref().map_err(Fault::name);
            let wanted = if is_whole { Ok(&()) } else { Err("Incomplete") };
            assert_eq!(name, wanted, "{address}");
        }
    }
}

#[tokio::test]
async fn an_entry_that_cannot_be_read_is_not_left_out() {
    // An entry whose name is no text, and success.
    let says = |operation, _| match operation {
        BIND => OK,
        _ => {
            let entry = part(0x64, &[part(0x04, &[0xff]), part(0x30, b"")].concat());
            let success = [part(0x0a, &[0]), part(0x04, b""), part(0x04, b"")].concat();
            let of = |id: u8| {
                [
                    message(&[id], entry.clone()),
                    message(&[id], part(0x65, &success)),
                ]
            };
            // The second and the third message on a connection.
            Says::Bytes([of(2), of(3)].concat().concat())
        }
    };
    let (system, _) = serve("active-directory", says).await;
    let fault = system.read(&who()).await.unwrap_err();
    assert!(matches!(fault, Fault::Unreachable { .. }), "{fault}");
    assert!(fault.to_string().contains("no LDAP"), "{fault}");
}

#[tokio::test]
async fn groups_that_do_not_come_after_the_first_are_not_taken_for_none() {
    let account = |attribute: &'static str| {
        let attributes = vec![
            ("sAMAccountName", "ann".to_owned()),
            ("employeeID", "1".to_owned()),
            (attribute, "CN=vpn,DC=acme".to_owned()),
        ];
        Says::Entries(vec![("CN=ann,OU=people,DC=acme".to_owned(), attributes)])
    };
    for further in ["memberOf", "memberOf;range=0-0"] {
        let says = move |operation, nth| match (operation, nth) {
            (BIND, _) => OK,
            (_, 1) => account("memberOf;range=0-0"),
            _ => account(further),
        };
        let (system, _) = serve("active-directory", says).await;
        let fault = system.read(&who()).await.unwrap_err();
        assert_eq!(fault.name(), "Incomplete", "{further}: {fault}");
    }
}

/// The person, a group that has somebody else, and what is odd.
type Odd = (&'static str, Vec<(&'static str, String)>);

#[tokio::test]
async fn a_name_that_cannot_be_read_may_hide_a_membership() {
    let person: fn(&'static str) -> Odd = |group| {
        let attributes = [
            ("uid", "ann"),
            ("sAMAccountName", "ann"),
            ("employeeNumber", "1"),
            ("employeeID", "1"),
            ("memberOf", group),
        ];
        let owned = attributes.map(|(name, value)| (name, value.to_owned()));
        ("uid=ann,ou=people,dc=acme", owned.into())
    };
    let group: fn(&'static str, &'static str) -> Odd =
        |dn, member| (dn, vec![("member", member.to_owned())]);
    const VPN: &str = "cn=vpn,dc=acme";
    for (dialect, person, group, named) in [
        ("openldap", person(VPN), group(VPN, "ann"), Some(VPN)),
        (
            "openldap",
            person(VPN),
            group("vpn", "uid=x,dc=acme"),
            Some("`vpn`"),
        ),
        ("openldap", person(VPN), group(VPN, ""), None),
        (
            "active-directory",
            person("vpn"),
            group(VPN, ""),
            Some("uid=ann"),
        ),
        ("active-directory", person(VPN), group(VPN, ""), None),
    ] {
        // Accounts are asked for first where they say their groups, and where somebody is looked up.
        let says = move |is_list: bool| {
            let (person, group) = (person.clone(), group.clone());
            let of = |(dn, attributes): Odd| Says::Entries(vec![(dn.to_owned(), attributes)]);
            let people_first = !is_list || dialect == "active-directory";
            move |operation, nth| match (operation, nth) {
                (BIND, _) => OK,
                (_, 1) if people_first => of(person.clone()),
                (_, 2) if !people_first => of(person.clone()),
                _ => of(group.clone()),
            }
        };
        let (system, _) = serve(dialect, says(false)).await;
        let read = system.read(&who()).await.map(|_| ());
        let (system, _) = serve(dialect, says(true)).await;
        let list = system.list(None).await.map(|_| ());
        for seen in [read, list] {
            match (named, seen) {
                (None, seen) => seen.unwrap(),
                (Some(named), Err(fault)) => {
                    assert_eq!(fault.name(), "Incomplete", "{fault}");
                    assert!(fault.to_string().contains(named), "{fault}");
                }
                (Some(named), Ok(())) => panic!("{dialect}: {named} is left out"),
            }
        }
    }
}

#[tokio::test]
async fn an_account_whose_name_cannot_be_read_may_be_the_one_that_is_looked_for() {
    let says = |operation, _| match operation {
        BIND => OK,
        _ => Says::Entries(vec![(
            "ann of people".to_owned(),
            vec![("sAMAccountName", "ann".to_owned())],
        )]),
    };
    let (system, _) = serve("active-directory", says).await;
    let read = system.read(&who()).await.map(|_| ());
    for seen in [read, system.list(None).await.map(|_| ())] {
        let fault = seen.unwrap_err();
        assert_eq!(fault.name(), "Incomplete", "{fault}");
        assert!(fault.to_string().contains("ann of people"), "{fault}");
    }
}
