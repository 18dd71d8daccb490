//! The Lambda binaries, built as they are deployed but for the profile: with that of this test, so that what is
//! compiled already is used. `cargo lambda build --release` is what is deployed.

use std::{
    io::{Cursor, Write},
    path::{Path, PathBuf},
    process::Command,
};

/// Every function, by the name of its package and binary.
pub(crate) const FUNCTIONS: [&str; 9] = [
    "intake",
    "plan",
    "ask",
    "mail",
    "verify",
    "close",
    "console",
    "sweep",
    "system-scim",
];

/// Builds the binaries and tells where they are.
pub(crate) fn build() -> PathBuf {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut cargo = Command::new(env!("CARGO"));
    // The whole workspace together with a test, so that features are the same as those of the tests and no crate is
    // compiled twice.
    let bins = FUNCTIONS.iter().flat_map(|function| ["--bin", function]);
    cargo
        .args(["build", "--workspace", "--test", "deployed"])
        .args(bins)
        .current_dir(&root);
    if !cfg!(debug_assertions) {
        cargo.arg("--release");
    }
    assert!(
        cargo.status().unwrap().success(),
        "the functions do not build"
    );
    let exe = std::env::current_exe().unwrap();
    // target/PROFILE/deps/this-test
    exe.parent().unwrap().parent().unwrap().to_owned()
}

/// A function's deployment package: its binary as `bootstrap`, without symbols.
pub(crate) fn package(directory: &Path, function: &str) -> Vec<u8> {
    let stripped = tempfile::NamedTempFile::new().unwrap().into_temp_path();
    let binary = directory.join(function);
    // Without `strip` on this machine the package is only larger.
    let done = Command::new("strip")
        .arg("-o")
        .arg(&stripped)
        .arg(&binary)
        .status();
    let bytes = match done {
        Ok(status) if status.success() => std::fs::read(&stripped).unwrap(),
        _ => std::fs::read(&binary).unwrap(),
    };
    let mut archive = zip::ZipWriter::new(Cursor::new(Vec::new()));
    let options = zip::write::SimpleFileOptions::default().unix_permissions(0o755);
    archive.start_file("bootstrap", options).unwrap();
    archive.write_all(&bytes).unwrap();
    archive.finish().unwrap().into_inner()
}
