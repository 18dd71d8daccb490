//! `latchkey demo`, the README's first command: people answer in their pages, and the SCIM servers agree in the end.

use std::process::Command;

#[test]
fn the_demo_comes_to_its_end_and_the_servers_agree() {
    let demo = Command::new(env!("CARGO_BIN_EXE_latchkey"))
        .arg("demo")
        .current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."))
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&demo.stdout);
    let problem = String::from_utf8_lossy(&demo.stderr);
    assert!(demo.status.success(), "{text}\n{problem}");
    assert!(text.contains("25 days passed"), "{text}");
}
