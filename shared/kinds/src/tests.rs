use super::*;

#[test]
fn the_runbook_knows_the_kinds_of_this_build() {
    let mut ours: Vec<&str> = KINDS.iter().map(|(kind, _)| *kind).collect();
    ours.push(latchkey_runbook::PERSON);
    assert_eq!(ours, latchkey_runbook::KINDS);
}

#[test]
fn a_kind_without_an_adapter_is_named() {
    let settings = Settings {
        kind: "ldap".into(),
        ..Settings::default()
    };
    let fault = open(&settings, None, latchkey_systems::client().unwrap())
        .err()
        .unwrap();
    assert!(fault.to_string().contains("`ldap`"), "{fault}");
}
