//! The command line as people use it: its process, its output, its exit status.

#![allow(clippy::unwrap_used)]

#[cfg(unix)]
mod at_once;
mod before;
mod beside;
mod brake;
mod demo;
#[cfg(unix)]
mod doctor;
mod folder;
mod instants;
mod kept;
mod moving;
mod older_ledger;
mod previewed;
mod reading;
mod retire;
mod running;
#[cfg(unix)]
mod service;
mod source_test;
#[cfg(unix)]
mod status;
mod stay;
#[cfg(unix)]
mod stopping;
mod up;
mod waive;

use std::{path::Path, process::Command};

/// The command, in the repository's own folder; in another time zone than anybody's of these tests, which none may
/// show.
fn latchkey(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_latchkey"));
    command
        .args(arguments)
        .env("TZ", "Asia/Tokyo")
        .current_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("../.."));
    command
}

/// What the command said.
struct Said {
    status: Option<i32>,
    output: String,
    errors: String,
}

fn said(arguments: &[&str]) -> Said {
    let output = latchkey(arguments).output().unwrap();
    Said {
        status: output.status.code(),
        output: String::from_utf8(output.stdout).unwrap(),
        errors: String::from_utf8(output.stderr).unwrap(),
    }
}
