//! A Python with moto in it, made when it is not there yet.

use std::{
    fs::{self, File},
    path::PathBuf,
    process::Command,
};

const MOTO: &str = "moto[stepfunctions,sns,awslambda]==5.2.5";

/// The interpreter of `target/venv-moto`.
pub(crate) fn python() -> PathBuf {
    let target = concat!(env!("CARGO_MANIFEST_DIR"), "/../../target");
    let venv = PathBuf::from(target).join("venv-moto");
    fs::create_dir_all(target).unwrap();
    // Tests of several processes may want it at once.
    let lock = File::create(PathBuf::from(target).join("venv-moto.lock")).unwrap();
    lock.lock().unwrap();
    let (ready, python) = (venv.join("ready"), venv.join("bin/python"));
    if fs::read_to_string(&ready).is_ok_and(|made| made == MOTO) {
        return python;
    }
    let run = |command: &mut Command| {
        let status = command.status().unwrap();
        assert!(
            status.success(),
            "{command:?} failed; it needs Python 3.11 and a package index"
        );
    };
    run(Command::new("python3").args(["-m", "venv"]).arg(&venv));
    run(Command::new(&python).args(["-m", "pip", "install", "--quiet", MOTO]));
    fs::write(ready, MOTO).unwrap();
    python
}
