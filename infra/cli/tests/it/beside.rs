//! What lies beside a ledger and is not its own, or is not there: `latchkey up` says so.

use std::fs;

use crate::{
    said,
    up::{self, Up},
};

#[tokio::test]
async fn a_ledger_with_open_cases_and_without_its_secrets_says_that_links_do_not_open() {
    let folder = tempfile::tempdir().unwrap();
    let [first, second] = ["first", "second"].map(|name| folder.path().join(name));
    for dir in [&first, &second] {
        fs::create_dir_all(dir).unwrap();
    }
    let running = Up::of_clinic(&first);
    up::hire(&first, "41");
    running.kill();
    let log = |dir: &std::path::Path| fs::read_to_string(dir.join("log")).unwrap();
    assert!(
        !log(&first).contains("WARNING: there was no"),
        "{}",
        log(&first)
    );

    let out = folder.path().join("out");
    let [out, dir] = [&out, &second].map(|path| path.to_str().unwrap());
    let exported = said(&["export", out, "--dir", first.to_str().unwrap()]);
    assert_eq!(exported.status, Some(0), "{}", exported.errors);
    let imported = said(&["import-ledger", out, "--dir", dir]);
    assert!(
        imported.output.contains("Put its secrets.json there"),
        "{}",
        imported.output
    );
    let running = Up::start(&second, &[]);
    let told = up::until("the warning", || {
        let log = log(&second);
        log.contains("redrive --open").then_some(log)
    })
    .await;
    assert!(
        told.contains("secrets.json, so that new secrets were made"),
        "{told}"
    );
    assert!(told.contains("has 1 open case:"), "{told}");
    running.kill();
}
