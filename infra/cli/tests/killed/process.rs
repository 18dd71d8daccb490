//! The real command line, as a process.

use std::{
    fs::{File, OpenOptions},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
};

use serde_json::Value;

pub(crate) const LATCHKEY: &str = env!("CARGO_BIN_EXE_latchkey");
/// Lines of the log that are shown when something is wrong.
const SHOWN: usize = 60;

/// A running `latchkey up`. It is killed when this is dropped.
pub(crate) struct Up {
    child: Child,
    log: PathBuf,
}

impl Up {
    /// Starts it on `latchkey` and `runbook` below a directory; all lives write one log there.
    pub(crate) fn start(directory: &Path, port: u16) -> Up {
        let log = directory.join("log");
        let open = || -> File {
            let mut options = OpenOptions::new();
            options.create(true).append(true).open(&log).unwrap()
        };
        let child = Command::new(LATCHKEY)
            .arg("up")
            .arg("--dir")
            .arg(directory.join("latchkey"))
            .arg("--runbook")
            .arg(directory.join("runbook"))
            .args(["--listen", &format!("127.0.0.1:{port}")])
            // A sweep would restart what was forgotten: here it must not be needed.
            .args(["--sweep-every", "0"])
            .arg("--loopback")
            .stdin(Stdio::null())
            .stdout(open())
            .stderr(open())
            .spawn()
            .unwrap();
        Up { child, log }
    }

    /// SIGKILL: nothing is written, closed or said any more.
    pub(crate) fn kill(&mut self) {
        self.must_run();
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// It does not end by itself.
    pub(crate) fn must_run(&mut self) {
        if let Some(status) = self.child.try_wait().unwrap() {
            let text = std::fs::read_to_string(&self.log).unwrap();
            let lines: Vec<&str> = text.lines().collect();
            let tail = lines[lines.len().saturating_sub(SHOWN)..].join("\n");
            panic!("`latchkey up` ended by itself with {status}:\n{tail}");
        }
    }
}

impl Drop for Up {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Asks as an operator does, beside the running process.
pub(crate) fn no_case_is_open(dir: &Path) -> bool {
    let mut command = Command::new(LATCHKEY);
    command.args(["cases", "--json", "--limit", "1", "--dir"]);
    let output = command.arg(dir).output().unwrap();
    let problem = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{problem}");
    let open: Vec<Value> = serde_json::from_slice(&output.stdout).unwrap();
    open.is_empty()
}
