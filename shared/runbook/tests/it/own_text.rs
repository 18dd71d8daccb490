//! What stands in a runbook is what is meant, whatever YAML would make of it.

use latchkey_lifecycle::{Entitlement, Person, SystemId};
use latchkey_runbook::{Runbook, Source};

use crate::acme::person;

fn small(roles: &str) -> Runbook {
    let text = format!(
        "company: Small\ntime_zone: UTC\nhr: on\noperations: on\nteams: {{on: {{email: it@small.example}}}}\n\
         systems: {{s: {{kind: person, owner: on}}}}\nroles:\n{roles}\n\
         exit: {{x: {{revoke: all, opens: now, due: within 1 hour}}}}\n\
         urgent_exit: {{x: {{revoke: all, opens: now, due: within 1 hour}}}}\n"
    );
    let files = [("runbook.yaml".to_owned(), text)];
    let checked = Runbook::check(&Source::from_files(files.into()));
    assert!(checked.runbook.is_some(), "{:#?}", checked.problems);
    checked.runbook.unwrap()
}

fn who(country: &str, level: &str) -> Person {
    Person {
        level: Some(level.to_owned()),
        ..person("Sales", "Any", country, "UTC")
    }
}

#[test]
fn norway_is_a_country() {
    let nordic = small("  nordic: {match: {country: [NO, SE]}, gets: {s: [fjord]}}");
    assert_eq!(nordic.roles_of(&who("NO", "1")), ["nordic"]);
    assert_eq!(nordic.roles_of(&who("SE", "1")), ["nordic"]);
    assert_eq!(nordic.roles_of(&who("DE", "1")), [""; 0]);
    let alone = small("  no: {match: {country: NO}, gets: {s: [fjord]}}");
    assert_eq!(alone.roles_of(&who("NO", "1")), ["no"]);
}

#[test]
fn every_scalar_keeps_its_own_text_as_a_value_and_as_an_entitlement() {
    for text in [
        "NO",
        "no",
        "Yes",
        "on",
        "off",
        "y",
        "1.10",
        "1.0",
        "007",
        "0x1F",
        "0o17",
        "1e3",
        "12:30",
        "1_000",
        "+1",
        ".5",
        "null",
        "~",
        "true",
        "2026-12-31",
        "1042",
        "-1",
        ".inf",
    ] {
        let runbook = small(&format!(
            "  a: {{match: {{level: {text}}}, gets: {{s: [{text}]}}}}"
        ));
        let who = who("DE", text);
        assert_eq!(runbook.roles_of(&who), ["a"], "{text}");
        let account = runbook.desired(&who, &SystemId::new("s").unwrap()).unwrap();
        let given = [Entitlement::from(text)];
        assert!(
            account.entitlements.iter().eq(&given),
            "{text}: {account:?}"
        );
        // In a list, too.
        let listed = small(&format!("  a: {{match: {{level: [x, {text}]}}}}"));
        assert_eq!(listed.roles_of(&who), ["a"], "{text}");
    }
}

#[test]
fn where_true_or_false_or_a_number_is_wanted_it_is_read_as_people_write_it() {
    let acme = crate::acme::source().files()["runbook.yaml"].clone();
    for (from, to) in [
        ("required: true", "required: yes"),
        ("required: false", "required: No"),
    ] {
        let mut files = crate::acme::source().files().clone();
        files.insert("runbook.yaml".to_owned(), acme.replace(from, to));
        let checked = Runbook::check(&Source::from_files(files));
        assert_eq!(
            checked.problems,
            Runbook::check(&crate::acme::source()).problems,
            "{to}"
        );
    }
}
