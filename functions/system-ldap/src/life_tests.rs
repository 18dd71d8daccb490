//! What is sent to Active Directory, by Microsoft's documentation: nobody here has run it against one.

use std::collections::{BTreeMap, HashSet};

use latchkey_lifecycle::EmployeeId;

use super::*;
use crate::shape::tests::shape;

const PEOPLE: (&str, &str) = ("people", "OU=Staff,DC=acme,DC=example");

fn account(active: bool) -> Account {
    Account {
        employee_id: EmployeeId::new("7").ok(),
        name: "zoe".into(),
        active,
        attributes: [
            ("email", "zoe@acme.example"),
            ("familyName", "Okafor"),
            ("title", ""),
        ]
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .into(),
        entitlements: Default::default(),
    }
}

fn made(dialect: &str, settings: &[(&str, &str)], active: bool) -> BTreeMap<String, Vec<String>> {
    let entry = shape(dialect, settings).entry(&account(active), "s3cret");
    let text = |values: HashSet<Vec<u8>>| {
        let mut values: Vec<String> = values
            .into_iter()
            .map(|value| String::from_utf8_lossy(&value).into_owned())
            .collect();
        values.sort();
        values
    };
    entry
        .into_iter()
        .map(|(name, values)| (name, text(values)))
        .collect()
}

#[test]
fn an_account_is_made_enabled_and_with_a_password() {
    let entry = made("active-directory", &[PEOPLE], true);
    assert_eq!(entry["userAccountControl"], ["512"]);
    assert_eq!(entry["sAMAccountName"], ["zoe"]);
    assert_eq!(entry["cn"], ["zoe"]);
    assert_eq!(entry["userPrincipalName"], ["zoe@acme.example"]);
    assert_eq!(entry["employeeID"], ["7"]);
    assert_eq!(entry["sn"], ["Okafor"]);
    assert!(entry["objectClass"].contains(&"user".to_owned()));
    assert_eq!(entry["unicodePwd"].concat().replace('\0', ""), "\"s3cret\"");
    // No attribute may be there without a value.
    assert!(!entry.contains_key("title"));
    assert_eq!(
        made("active-directory", &[PEOPLE], false)["userAccountControl"],
        ["514"]
    );
}

#[test]
fn a_person_has_what_its_class_asks_for_and_no_password() {
    let entry = made("openldap", &[PEOPLE], true);
    assert_eq!(
        (&entry["cn"], &entry["sn"]),
        (&vec!["zoe".to_owned()], &vec!["Okafor".to_owned()])
    );
    assert!(!entry.contains_key("userPassword") && !entry.contains_key("pwdAccountLockedTime"));
    let locked = made("openldap", &[PEOPLE, ("lock", "nsAccountLock=true")], false);
    assert_eq!(locked["nsAccountLock"], ["true"]);
}

#[test]
fn only_the_bit_is_switched_and_only_while_nobody_else_does() {
    let shape = shape("active-directory", &[PEOPLE]);
    let password = Set::To("unicodePwd".into(), Some(password::unicode("p")));
    let locking = |control| shape.locking(control, "p");
    let from_to = |from, to| [Set::remove(UAC, from), Set::add(UAC, to)];
    assert_eq!(locking(512)[1..], from_to("512", "514"));
    assert_eq!(locking(66_048)[1..], from_to("66048", "66050"));
    // Already disabled: the password is replaced all the same.
    assert_eq!(locking(514), [password]);
    assert_eq!(shape.unlocking(66_050), from_to("66050", "66048"));
    assert_eq!(shape.unlocking(512), []);
}
