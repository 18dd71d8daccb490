//! Collects what each kind of system says about itself, `functions/system-NAME/kind.yaml`, so that a new kind is a folder
//! and no list here.

use std::{env, error::Error, fs, path::Path};

fn main() -> Result<(), Box<dyn Error>> {
    let functions = Path::new(&env::var("CARGO_MANIFEST_DIR")?).join("../../functions");
    // Where a kind is registered; the folder itself changes with every line of every function.
    println!("cargo::rerun-if-changed=../kinds/Cargo.toml");
    let mut files = Vec::new();
    for entry in fs::read_dir(&functions)? {
        let file = entry?.path().join("kind.yaml");
        if file.exists() {
            println!("cargo::rerun-if-changed={}", file.display());
            files.push(fs::read_to_string(&file)?);
        }
    }
    files.sort();
    let out = Path::new(&env::var("OUT_DIR")?).join("kinds.rs");
    fs::write(out, format!("&{files:#?}"))?;
    Ok(())
}
