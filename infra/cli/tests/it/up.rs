//! A running `latchkey up`, whose cases are people's tasks only: it needs no system.

use std::{
    collections::BTreeSet,
    io::{BufRead, BufReader},
    path::{Path, PathBuf},
    process::{Child, Stdio},
    time::Duration,
};

use serde_json::{Value, json};

use crate::{latchkey, said};

/// Everything is asked of somebody, at once.
const CLINIC: &str = r#"
company: Clinic
time_zone: Europe/Berlin
email: "{given}.{family}@clinic.example"
hr: hr
operations: it
teams:
  hr: {name: Human Resources, email: hr@clinic.example}
  it: {name: IT, email: it@clinic.example}
hire:
  badge: {title: Make the badge, owner: it, instructions: Make it., opens: now, due: within 8 hours}
  desk: {title: Find a desk, owner: hr, instructions: Find one., opens: now, due: within 8 hours}
"#;

/// A running `latchkey up`. It is killed when this is dropped.
pub(crate) struct Up {
    child: Child,
    pub(crate) address: String,
}

impl Up {
    /// Starts it in a folder, at any free port, and waits until it says that it listens.
    pub(crate) fn start(dir: &Path, more: &[&str]) -> Up {
        let log = std::fs::OpenOptions::new()
            .create(true)
            .append(true)
            .open(dir.join("log"));
        let dir = dir.to_str().unwrap();
        let arguments = [
            "up",
            "--dir",
            dir,
            "--listen",
            "127.0.0.1:0",
            "--sweep-every",
            "0",
        ];
        let mut command = latchkey(&[&arguments, more].concat());
        command.stdin(Stdio::null()).stdout(Stdio::piped());
        command.stderr(log.unwrap());
        let mut child = command.spawn().unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let mut told = lines.by_ref().map(Result::unwrap);
        let address =
            told.find_map(|line| line.strip_prefix("Latchkey listens at ").map(str::to_owned));
        // What it says later is read, too, so that it never waits for its reader.
        std::thread::spawn(move || lines.for_each(drop));
        Up {
            child,
            address: address.expect("it ended by itself"),
        }
    }

    /// The same with the clinic's runbook.
    pub(crate) fn of_clinic(dir: &Path) -> Up {
        let runbook = dir.join("runbook");
        std::fs::create_dir_all(&runbook).unwrap();
        std::fs::write(runbook.join("runbook.yaml"), CLINIC).unwrap();
        Up::start(dir, &["--runbook", runbook.to_str().unwrap()])
    }

    pub(crate) fn process(&self) -> u32 {
        self.child.id()
    }

    /// SIGKILL: nothing is written, closed or said any more.
    pub(crate) fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

impl Drop for Up {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// HR confirms a hire at the Latchkey that runs in a folder. Gives the case.
pub(crate) fn hire(dir: &Path, id: &str) -> String {
    let event = json!({ "type": "person.hired", "timestamp": "2026-11-23T08:00:00Z", "data": {
        "employee_id": id, "effective_date": "2026-12-07", "person": {
            "given_name": "Ida", "family_name": "Holm", "department": "Ward", "title": "Nurse",
            "employment_type": "employee", "country": "DE",
        },
    }});
    let file = dir.join(format!("hire-{id}.json"));
    std::fs::write(&file, event.to_string()).unwrap();
    let (file, dir) = (file.to_str().unwrap(), dir.to_str().unwrap());
    let sent = said(&["send", file, "--source", "generic", "--dir", dir, "--json"]);
    assert_eq!(sent.status, Some(0), "{} {}", sent.output, sent.errors);
    let open = cases(&["--dir", dir]);
    let own = open
        .into_iter()
        .find(|case| case["id"].as_str().unwrap().contains(id));
    own.unwrap()["id"].as_str().unwrap().to_owned()
}

/// The open cases of a place.
pub(crate) fn cases(place: &[&str]) -> Vec<Value> {
    let shown = said(&[&["cases", "--json"], place].concat());
    assert_eq!(shown.status, Some(0), "{}", shown.errors);
    serde_json::from_str(&shown.output).unwrap()
}

/// A case, as `latchkey case` shows it.
pub(crate) fn case(id: &str, place: &[&str]) -> Value {
    let shown = said(&[&["case", id, "--json"], place].concat());
    assert_eq!(shown.status, Some(0), "{}", shown.errors);
    serde_json::from_str(&shown.output).unwrap()
}

/// More looks than anything takes here.
const LOOKS: usize = 2_000;

/// Looks again and again until something is there.
pub(crate) async fn until<T>(what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    let mut pause = tokio::time::interval(Duration::from_millis(50));
    for _ in 0..LOOKS {
        pause.tick().await;
        if let Some(found) = look() {
            return found;
        }
    }
    panic!("{what} does not come")
}

/// The letters in a folder.
pub(crate) fn letters(dir: &Path) -> Vec<String> {
    let files = std::fs::read_dir(dir.join("outbox")).into_iter().flatten();
    let mut paths: Vec<PathBuf> = files.map(|file| file.unwrap().path()).collect();
    paths.retain(|path| path.extension().is_some_and(|ending| ending == "eml"));
    paths.sort();
    // Quoted-printable (RFC 2045 section 6.7), as far as a link has it.
    let text = |path| {
        std::fs::read_to_string(path)
            .unwrap()
            .replace("=\r\n", "")
            .replace("=3D", "=")
    };
    paths.iter().map(text).collect()
}

/// The links to tasks in a folder's letters, each once: a letter that asks a team several things has several.
pub(crate) fn links(dir: &Path) -> BTreeSet<String> {
    let letters = letters(dir);
    let lines = letters.iter().flat_map(|letter| letter.lines());
    lines
        .map(str::trim)
        .filter(|line| line.starts_with("http") && line.contains("/tasks/"))
        .map(str::to_owned)
        .collect()
}

/// Everybody who was asked in a folder answers at this Latchkey, until no case is open.
pub(crate) async fn everybody_answers(dir: &Path, address: &str) {
    let client = reqwest::Client::new();
    for _ in 0..LOOKS {
        for link in links(dir) {
            // Whoever moved has another address; the rest of the link is the same.
            let path = link.find("/tasks/").unwrap();
            let form = [("answer", "done"), ("by", "Somebody")];
            let answer = client
                .post(format!("{address}{}", &link[path..]))
                .form(&form);
            let status = answer.send().await.unwrap().status().as_u16();
            assert!(matches!(status, 200 | 410), "{link} answers {status}");
        }
        if cases(&["--dir", dir.to_str().unwrap()]).is_empty() {
            return;
        }
    }
    panic!("a case stays open");
}
