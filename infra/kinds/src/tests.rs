use super::*;

#[test]
fn every_kind_with_a_folder_is_registered_and_the_other_way_round() {
    let mut ours: Vec<&str> = KINDS.iter().map(|(kind, _)| *kind).collect();
    ours.sort_unstable();
    let said: Vec<&str> = latchkey_runbook::kinds()
        .iter()
        .map(|k| k.kind.as_str())
        .collect();
    assert_eq!(ours, said);
}

#[test]
fn a_kind_without_an_adapter_is_named() {
    let settings = Settings {
        kind: "telepathy".into(),
        ..Settings::default()
    };
    let fault = open(&settings, None, latchkey_systems::client().unwrap())
        .err()
        .unwrap();
    assert!(fault.to_string().contains("`telepathy`"), "{fault}");
}
