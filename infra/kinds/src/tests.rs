use super::*;

#[test]
fn every_kind_with_a_folder_is_registered_and_the_other_way_round() {
    let mut ours: Vec<&str> = KINDS.iter().map(|(kind, _)| *kind).collect();
    ours.extend(ON_AWS.iter().filter(|kind| left_out(kind)));
    ours.sort_unstable();
    let said: Vec<&str> = latchkey_runbook::kinds()
        .iter()
        .map(|k| k.kind.as_str())
        .collect();
    assert_eq!(ours, said);
}

fn of_kind(kind: &str) -> Result<Arc<dyn System>, Fault> {
    let settings = Settings {
        kind: kind.into(),
        ..Settings::default()
    };
    open(&settings, None, latchkey_systems::client().unwrap())
}

#[test]
fn a_kind_without_an_adapter_is_named() {
    let fault = of_kind("telepathy").err().unwrap();
    assert!(fault.to_string().contains("`telepathy`"), "{fault}");
}

/// By `cargo test -p latchkey-kinds`; with the whole workspace AWS is there.
#[test]
fn a_build_without_aws_says_how_to_build_one_with_it() {
    for kind in ON_AWS {
        let known = KINDS.iter().any(|(known, _)| *known == kind);
        assert_eq!(known, cfg!(feature = "aws"), "{kind}");
        if !known {
            let fault = of_kind(kind).err().unwrap().to_string();
            let (kind, help) = (format!("`{kind}`"), WithoutAws.to_string());
            assert!(fault.contains(&kind) && fault.contains(&help), "{fault}");
        }
    }
}
