//! A real `latchkey up`, started as systemd starts it: it says when it is ready, and is told to stop by signals.

use std::{
    io::Read as _,
    os::unix::net::UnixDatagram,
    path::Path,
    process::{Child, ExitStatus, Stdio},
    time::Duration,
};

use latchkey_embedded::file;
use rustix::process::{Pid, Signal, kill_process};
use serde_json::{Value, json};

use crate::{latchkey, said};

/// Longer than any machine takes: whoever waits so long waits for something that does not come.
const FOR_EVER: Duration = Duration::from_secs(60);

/// The process. It is killed when this is dropped.
pub(crate) struct Up {
    child: Child,
    hears: UnixDatagram,
}

impl Up {
    /// Starts it in a folder, and waits until it is ready.
    pub(crate) fn start(dir: &Path, more: &[&str]) -> Up {
        let socket = dir.join("notify");
        let _ = std::fs::remove_file(&socket);
        let hears = UnixDatagram::bind(&socket).unwrap();
        hears.set_read_timeout(Some(FOR_EVER)).unwrap();
        // A sweep would do what is to be done at once, later.
        let mut arguments = vec!["up", "--sweep-every", "0", "--dir", dir.to_str().unwrap()];
        if !more.contains(&"--listen") {
            arguments.extend(["--listen", "127.0.0.1:0"]);
        }
        let child = latchkey(&arguments)
            .args(more)
            .env("NOTIFY_SOCKET", &socket)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut up = Up { child, hears };
        let mut heard = [0; 64];
        if up.hears.recv(&mut heard).is_err() {
            let _ = up.child.kill();
            let (status, output, errors) = up.ended();
            panic!("it is not ready: {status}\n{output}\n{errors}");
        }
        assert!(heard.starts_with(b"READY=1"));
        up
    }

    /// The next thing that it tells systemd.
    pub(crate) fn heard(&self) -> String {
        let mut bytes = [0; 64];
        let length = self.hears.recv(&mut bytes).unwrap();
        String::from_utf8_lossy(&bytes[..length]).into_owned()
    }

    /// Where it listens.
    pub(crate) fn address(dir: &Path) -> String {
        let text = std::fs::read_to_string(dir.join(file::ADDRESS)).unwrap();
        text.trim().to_owned()
    }

    pub(crate) fn signal(&self, signal: Signal) {
        let pid = Pid::from_child(&self.child);
        kill_process(pid, signal).unwrap();
    }

    /// How it ended, and what it said.
    pub(crate) fn ended(mut self) -> (ExitStatus, String, String) {
        let (mut output, mut errors) = (String::new(), String::new());
        let (stdout, stderr) = (self.child.stdout.take(), self.child.stderr.take());
        let errors_of = std::thread::spawn(move || {
            stderr.unwrap().read_to_string(&mut errors).unwrap();
            errors
        });
        stdout.unwrap().read_to_string(&mut output).unwrap();
        let errors = errors_of.join().unwrap();
        (self.child.wait().unwrap(), output, errors)
    }
}

impl Drop for Up {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A company in which everything may begin at once, and everything is asked of HR.
const DESK: &str = r#"
company: Desk
time_zone: Etc/UTC
email: "{given}.{family}@desk.example"
hr: hr
operations: hr
teams:
  hr: {name: Human Resources, email: hr@desk.example}
systems:
  door: {name: Door, kind: person, owner: hr, entitlements: {key: {}}}
roles:
  everyone: {match: {}, gets: {door: [key]}}
hire:
  accounts: {grant: all, opens: now, due: within 8 hours}
  training: {title: Train them, owner: hr, instructions: Train., opens: now, due: within 8 hours}
  tour: {title: Show them around, owner: hr, instructions: Show., needs: [training], opens: now, due: within 8 hours}
exit:
  all: {revoke: all, opens: now, due: within 8 hours}
urgent_exit:
  all: {revoke: all, opens: now, due: within 1 hour}
"#;

/// A folder whose current runbook is that of the desk.
pub(crate) fn desk() -> tempfile::TempDir {
    let directory = tempfile::tempdir().unwrap();
    let runbook = directory.path().join("runbook");
    std::fs::create_dir(&runbook).unwrap();
    std::fs::write(runbook.join("runbook.yaml"), DESK).unwrap();
    let dir = directory.path().to_str().unwrap();
    let published = said(&["publish", runbook.to_str().unwrap(), "--dir", dir]);
    assert_eq!(published.status, Some(0), "{}", published.errors);
    directory
}

/// HR tells the Latchkey that runs there of a hire; gives the case.
pub(crate) fn hires(dir: &Path, employee: &str) -> String {
    let now = jiff::Timestamp::now();
    let day = now.to_zoned(jiff::tz::TimeZone::UTC).date();
    let hire = json!({ "type": "person.hired", "timestamp": now, "data": {
        "employee_id": employee, "effective_date": day, "person": {
            "given_name": "Ida", "family_name": "Holm", "department": "Desk", "title": "Clerk",
            "employment_type": "employee", "country": "US", "start_date": day,
        },
    }});
    let file = dir.join("hire.json");
    std::fs::write(&file, hire.to_string()).unwrap();
    let (file, dir) = (file.to_str().unwrap(), dir.to_str().unwrap());
    let sent = said(&["send", file, "--source", "generic", "--dir", dir, "--json"]);
    assert_eq!(sent.status, Some(0), "{}{}", sent.output, sent.errors);
    let answer: Value = serde_json::from_str(&sent.output).unwrap();
    answer["case"].as_str().unwrap().to_owned()
}

/// More looks than any machine needs.
const LOOKS: usize = 2000;

/// Looks at a case until it is as it should be, which it comes to by itself.
pub(crate) fn until(dir: &Path, case: &str, is_so: impl Fn(&Value) -> bool) -> Value {
    let mut last = Value::Null;
    for _ in 0..LOOKS {
        let shown = said(&["case", case, "--dir", dir.to_str().unwrap(), "--json"]);
        let shown: Value = serde_json::from_str(&shown.output).unwrap_or_default();
        if is_so(&shown) {
            return shown;
        }
        last = shown;
    }
    panic!("it does not come to it: {last:#}");
}

/// How a task of a case stands.
pub(crate) fn state<'a>(case: &'a Value, task: &str) -> &'a str {
    let tasks = case["tasks"].as_array().into_iter().flatten();
    let found = tasks.into_iter().find(|one| one["id"] == task);
    found.map_or("", |task| task["state"].as_str().unwrap())
}

/// The letters that went out with this subject, as files.
pub(crate) fn letters(dir: &Path, subject: &str) -> Vec<String> {
    let files = std::fs::read_dir(dir.join(file::OUTBOX)).unwrap();
    let texts = files.map(|file| std::fs::read_to_string(file.unwrap().path()).unwrap());
    // Quoted-printable (RFC 2045 section 6.7), as far as a link has it.
    let texts = texts.map(|text| text.replace("=\r\n", "").replace("=3D", "="));
    texts.filter(|text| text.contains(subject)).collect()
}

/// The link of a task in a letter, which may bring several: the first one after the task is named.
pub(crate) fn link<'a>(letter: &'a str, task: &str) -> &'a str {
    let lines = letter.lines().map(str::trim);
    let mut lines = lines.skip_while(|line| !line.contains(task));
    lines.find(|line| line.contains("/tasks/")).unwrap()
}
