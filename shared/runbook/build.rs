//! Collects what a runbook may say of each kind of system, `kinds/NAME.yaml`, so that a new kind is a file and no list
//! here.

use std::{env, error::Error, fs, path::Path};

fn main() -> Result<(), Box<dyn Error>> {
    let kinds = Path::new(&env::var("CARGO_MANIFEST_DIR")?).join("kinds");
    println!("cargo::rerun-if-changed=kinds");
    let mut files = Vec::new();
    for entry in fs::read_dir(&kinds)? {
        files.push(fs::read_to_string(entry?.path())?);
    }
    files.sort();
    let out = Path::new(&env::var("OUT_DIR")?).join("kinds.rs");
    fs::write(out, format!("&{files:#?}"))?;
    Ok(())
}
