//! docs/RUNNING.md: each block of commands that begins with ```` ```sh tried ```` is run as it stands there, in order,
//! beside the `latchkey up` of the unit that stands there, too; of its folders each test run has its own.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use crate::{up, up::Up};

/// The folders that the document names.
const FOLDERS: [&str; 3] = [
    "/etc/latchkey",
    "/var/lib/latchkey",
    "/var/backups/latchkey",
];
/// Blocks before the first start, blocks while it runs, blocks while it does not.
const KINDS: [&str; 3] = ["sh tried before", "sh tried", "sh tried stopped"];

fn document() -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/RUNNING.md");
    fs::read_to_string(path).unwrap()
}

/// The blocks of code: what stands behind their first marks, and their text.
fn blocks(document: &str) -> Vec<(String, String)> {
    let mut blocks: Vec<(String, String)> = Vec::new();
    let mut open = false;
    for line in document.lines() {
        match line.trim_start().strip_prefix("```") {
            Some(kind) if !open => blocks.push((kind.to_owned(), String::new())),
            Some(_) => {}
            None if open => {
                let (_, text) = blocks.last_mut().unwrap();
                text.push_str(line);
                text.push('\n');
                continue;
            }
            None => continue,
        }
        open = !open;
    }
    blocks
}

struct Machine(tempfile::TempDir);

impl Machine {
    fn new() -> Machine {
        let machine = Machine(tempfile::tempdir().unwrap());
        for folder in FOLDERS {
            fs::create_dir_all(machine.place(folder)).unwrap();
        }
        let runbook = machine.place("/etc/latchkey/runbook");
        let acme = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../runbooks/acme");
        fs::create_dir(&runbook).unwrap();
        for file in fs::read_dir(acme).unwrap() {
            let file = file.unwrap();
            fs::copy(file.path(), runbook.join(file.file_name())).unwrap();
        }
        machine
    }

    /// Where a path of the document is here.
    fn place(&self, path: &str) -> PathBuf {
        self.0.path().join(path.trim_start_matches('/'))
    }

    fn here(&self, text: &str) -> String {
        FOLDERS.iter().fold(text.to_owned(), |text, folder| {
            text.replace(folder, self.place(folder).to_str().unwrap())
        })
    }

    fn run(&self, block: &str) {
        let program = Path::new(env!("CARGO_BIN_EXE_latchkey"));
        let path = std::env::var("PATH").unwrap();
        let path = format!("{}:{path}", program.parent().unwrap().display());
        let script = self.here(block);
        let output = Command::new("bash")
            .args(["-euo", "pipefail", "-c", &script])
            .env("PATH", path)
            .current_dir(self.0.path())
            .output()
            .unwrap();
        let errors = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{script}\n{errors}");
    }
}

#[tokio::test]
async fn the_commands_of_the_document_do_what_it_says() {
    let document = document();
    let blocks = blocks(&document);
    let machine = Machine::new();
    let mut run: BTreeMap<&str, usize> = BTreeMap::new();
    let mut all = |kind: &'static str| {
        for (_, text) in blocks.iter().filter(|(is, _)| is == kind) {
            machine.run(text);
            *run.entry(kind).or_default() += 1;
        }
    };
    let dir = machine.place("/var/lib/latchkey");
    all(KINDS[0]);
    let up = Up::start(&dir, &[]);
    up::hire(&dir, "4711");
    all(KINDS[1]);
    up.kill();
    all(KINDS[2]);
    assert_eq!(run.len(), KINDS.len(), "blocks of each kind: {run:?}");
    let unknown = blocks.iter().filter(|(is, _)| is.contains("tried"));
    let unknown: Vec<_> = unknown
        .filter(|(is, _)| !KINDS.contains(&is.as_str()))
        .collect();
    assert!(unknown.is_empty(), "{unknown:?}");
}

/// What is not tried is at least understood: systemd reads the unit as it stands there.
#[test]
fn systemd_understands_the_unit() {
    let document = document();
    let unit = blocks(&document)
        .into_iter()
        .find(|(_, text)| text.starts_with("[Unit]"));
    let (_, unit) = unit.expect("the document has a unit");
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("latchkey.service");
    let unit = unit.replace("/usr/local/bin/latchkey", env!("CARGO_BIN_EXE_latchkey"));
    fs::write(&file, unit).unwrap();
    let verified = Command::new("systemd-analyze")
        .arg("verify")
        .arg(&file)
        .output();
    let Ok(verified) = verified else {
        return eprintln!("not tried: this machine has no systemd-analyze");
    };
    let told = String::from_utf8_lossy(&verified.stderr);
    let told: Vec<&str> = told
        .lines()
        .filter(|line| line.contains("latchkey.service"))
        .collect();
    assert!(told.is_empty(), "{}", told.join("\n"));
}
