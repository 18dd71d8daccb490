use std::{fs, sync::Barrier, thread};

use latchkey_address::{Address, Loopback};
use latchkey_systems::Secrets;
use serde_json::{Value, json};

use super::*;

fn read(path: &Path) -> Value {
    serde_json::from_slice(&fs::read(path).unwrap()).unwrap()
}

fn folder() -> (tempfile::TempDir, PathBuf) {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("secrets.json");
    (directory, path)
}

fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).unwrap().flatten();
    let mut names: Vec<String> = entries
        .map(|entry| entry.file_name().to_string_lossy().into_owned())
        .collect();
    names.sort();
    names
}

#[test]
fn what_is_missing_is_made_once_and_kept() {
    let (_directory, path) = folder();
    let first = Keys::open(&path).unwrap().text("links").unwrap().unwrap();
    let keys = Keys::open(&path).unwrap();
    assert_eq!(keys.text("links").unwrap().unwrap(), first);
    let generic = keys.text("hooks/generic").unwrap().unwrap();
    assert!(generic.starts_with("whsec_"));
    keys.set("systems/directory", json!({"token": "t"}))
        .unwrap();
    let directory = keys.text("systems/directory").unwrap().unwrap();
    assert_eq!(directory, r#"{"token":"t"}"#);
    assert_eq!(keys.text("nothing").unwrap(), None);
}

#[tokio::test]
async fn what_is_no_text_is_no_signing_secret_and_null_is_none_at_all() {
    let (_directory, path) = folder();
    let odd = json!({"links": null, "hooks/generic": null, "hooks/deel": {}, "hooks/merge": 7, "hooks/bamboohr": "b", "systems/chat": null});
    fs::write(&path, odd.to_string()).unwrap();
    let keys = Keys::open(&path).unwrap();
    assert!(keys.secret("generic").await.unwrap().is_none());
    let secret = keys.secret("bamboohr").await.unwrap().unwrap();
    assert_eq!(secret.expose(), "b");
    for name in ["deel", "merge"] {
        let error = keys.secret(name).await.unwrap_err().to_string();
        assert!(
            error.contains(&format!("`hooks/{name}`")) && error.contains("no text"),
            "{error}"
        );
    }
    assert!(matches!(
        keys.get("chat").await,
        Err(SecretError::Absent { .. })
    ));
    // Everybody knows `null`: a key of links is made in its place.
    assert!(keys.text("links").unwrap().unwrap().len() > 40);
    assert_eq!(read(&path)["hooks/generic"], json!(null));
}

#[cfg(unix)]
#[test]
fn nobody_else_may_read_what_is_written() {
    use std::os::unix::fs::PermissionsExt;
    let (directory, path) = folder();
    let keys = Keys::open(&path).unwrap();
    keys.await_offer("gusto", Timestamp::MAX).unwrap();
    let offered = directory.path().join("offered");
    let files = [directory.path(), &offered].map(|folder| fs::read_dir(folder).unwrap().flatten());
    for file in files
        .into_iter()
        .flatten()
        .filter(|file| file.path().is_file())
    {
        let mode = file.metadata().unwrap().permissions().mode() & 0o777;
        assert_eq!(mode, 0o600, "{}", file.path().display());
    }
}

/// What is not a system's is not shown to one, whatever a runbook calls its secret.
#[tokio::test]
async fn a_runbook_cannot_have_the_key_of_links_or_a_source_s_secret_sent_to_a_system() {
    let (_directory, path) = folder();
    let own = json!({"token": "t", "hosts": ["chat.example"]});
    let old = json!({
        "links": {"token": "l", "hosts": ["evil.example"]}, "hooks/generic": "whsec_g", "records/merge": "{}",
        "offered/gusto": "o", "acme/chat": own,
    });
    fs::write(&path, old.to_string()).unwrap();
    for keys in [Keys::reading(&path), Keys::open(&path).unwrap()] {
        for name in [
            "links",
            "hooks/generic",
            "records/merge",
            "offered/gusto",
            "../links",
            "/links",
            "",
        ] {
            let error = keys.get(name).await.unwrap_err();
            assert!(
                matches!(error, SecretError::Absent { .. }),
                "{name}: {error}"
            );
            let folder = path.parent().unwrap().to_str().unwrap();
            assert!(!error.to_string().contains(folder), "{error}");
            let place = latchkey_systems::Secrets::place(&keys, name);
            assert!(
                place.contains("`systems/") && place.contains(folder),
                "{place}"
            );
        }
        let chat = keys.get("acme/chat").await.unwrap();
        let at = Address::parse("https://chat.example").unwrap();
        assert!(chat.shown_at(&at, Loopback::Encrypted).is_ok());
    }
}

#[test]
fn systems_secrets_of_a_file_from_before_are_put_apart_once_and_nothing_is_lost() {
    let (_directory, path) = folder();
    let old = json!({
        "links": "l", "alerts": "a", "hooks/generic": "g", "hooks/bamboohr": "b", "records/bamboohr": {"address": "a"},
        "acme/chat": {"token": "t"}, "directory": "bare", "systems/vault": "v",
    });
    fs::write(&path, old.to_string()).unwrap();
    Keys::open(&path).unwrap();
    let new = json!({
        "links": "l", "alerts": "a", "hooks/generic": "g", "hooks/bamboohr": "b", "records/bamboohr": {"address": "a"},
        "systems/acme/chat": {"token": "t"}, "systems/directory": "bare", "systems/vault": "v",
    });
    assert_eq!(read(&path), new);
    let keys = Keys::open(&path).unwrap();
    assert_eq!(read(&path), new);
    // Written by an old habit, beside one that stands where it belongs: this one counts, and nothing is thrown away.
    let mut both = new.clone();
    both["directory"] = json!("older");
    fs::write(&path, both.to_string()).unwrap();
    Keys::open(&path).unwrap();
    assert_eq!(read(&path), both);
    assert_eq!(keys.text_of_system("directory").unwrap().0.unwrap(), "bare");
    assert_eq!(
        keys.text_of_system("systems/vault").unwrap().0.unwrap(),
        "v"
    );
}

#[test]
fn of_many_changes_at_once_none_is_lost_and_a_reader_always_sees_a_whole_file() {
    const WRITERS: usize = 16;
    let (directory, path) = folder();
    Keys::open(&path).unwrap();
    let begin = Barrier::new(WRITERS);
    thread::scope(|scope| {
        for writer in 0..WRITERS {
            let (begin, path) = (&begin, &path);
            scope.spawn(move || {
                // Each has it open for itself, as processes have.
                let keys = Keys::open(path).unwrap();
                begin.wait();
                for round in 0..8 {
                    let name = format!("systems/{writer}-{round}");
                    keys.set(&name, json!("x".repeat(100 * writer))).unwrap();
                    let all = read(path);
                    assert!(all[name].is_string());
                }
            });
        }
    });
    assert_eq!(read(&path).as_object().unwrap().len(), 3 + WRITERS * 8);
    let left = ["secrets.json", "secrets.json.last", "secrets.json.lock"];
    assert_eq!(names(directory.path()), left, "nothing half-written stays");
}

#[test]
fn a_file_that_a_hand_broke_stops_nothing_and_is_not_written_over() {
    let (_directory, path) = folder();
    let running = Keys::open(&path).unwrap();
    running.set("hooks/bamboohr", json!("hunter2")).unwrap();
    let broken = r#"{"links": "x", "hooks/bamboohr": "hunter2" "hooks/generic": "g"}"#;
    fs::write(&path, broken).unwrap();
    let started = Keys::open(&path).unwrap();
    for keys in [&running, &started] {
        let secret = keys.text("hooks/bamboohr").unwrap();
        assert_eq!(secret.as_deref(), Some("hunter2"));
        let error = keys.set("hooks/deel", json!("d")).unwrap_err().to_string();
        assert!(
            error.contains("line 1") && error.contains("secrets.json.last"),
            "{error}"
        );
        assert!(!error.contains("hunter2"), "{error}");
    }
    assert_eq!(fs::read_to_string(&path).unwrap(), broken);
    // Mended by hand, it counts again at once.
    fs::write(
        &path,
        broken.replace("\" \"hooks/generic", "\", \"hooks/generic"),
    )
    .unwrap();
    assert_eq!(running.text("hooks/generic").unwrap().as_deref(), Some("g"));
    // Without a copy from before it is said where it is wrong.
    let (_other, other) = folder();
    fs::write(&other, r#"["hunter2"]"#).unwrap();
    let error = Keys::open(&other).unwrap_err().to_string();
    assert!(
        error.contains("JSON object") && !error.contains("hunter2"),
        "{error}"
    );
}

#[tokio::test]
async fn a_secret_that_is_missed_while_the_file_cannot_be_read_is_said_to_be_behind_the_slip() {
    use latchkey_systems::Secrets as _;
    let (_directory, path) = folder();
    Keys::open(&path)
        .unwrap()
        .set("hooks/deel", json!("d"))
        .unwrap();
    assert_eq!(Keys::reading(&path).slip(), None);
    fs::write(&path, "{\"links\": \"x\"\n \"systems/chat\": \"hunter2\"}").unwrap();
    let keys = Keys::reading(&path);
    let said = keys.get("chat").await.unwrap_err().to_string();
    assert!(
        said.contains("line 2, column 2") && said.contains("what stood there before counts"),
        "{said}"
    );
    assert!(
        !said.contains("there is no secret") && !said.contains("hunter2"),
        "{said}"
    );
    // It goes to the system's owner and onto pages.
    assert!(
        !said.contains(path.parent().unwrap().to_str().unwrap()),
        "{said}"
    );
    let files = crate::status::Files::of(path.parent().unwrap());
    assert_eq!(files.slip, keys.slip());
}

#[test]
fn a_token_that_nobody_awaits_writes_nothing() {
    let (directory, path) = folder();
    let keys = Keys::open(&path).unwrap();
    let (now, token) = (Timestamp::now(), SourceSecret::new("token"));
    let before = (names(directory.path()), fs::read(&path).unwrap());
    let offered = keys.take("gusto", &token, now).unwrap();
    assert_eq!(offered, Offered::NotAwaited);
    assert_eq!((names(directory.path()), fs::read(&path).unwrap()), before);
    // Nor after its time, nor another one than the first.
    let file = keys.await_offer("gusto", now).unwrap();
    let (awaited, folder) = (fs::read(&file).unwrap(), names(file.parent().unwrap()));
    assert_eq!(
        keys.take("gusto", &token, now).unwrap(),
        Offered::NotAwaited
    );
    assert_eq!(fs::read(&file).unwrap(), awaited);
    assert_eq!(names(file.parent().unwrap()), folder);
}

#[test]
fn of_many_tokens_at_once_one_is_kept_and_the_secrets_are_left_alone() {
    const POSTS: usize = 32;
    let (_directory, path) = folder();
    let keys = Keys::open(&path).unwrap();
    let secrets = fs::read(&path).unwrap();
    let now = Timestamp::now();
    let soon = now
        .checked_add(jiff::SignedDuration::from_mins(15))
        .unwrap();
    let file = keys.await_offer("gusto", soon).unwrap();
    let begin = Barrier::new(POSTS);
    let offered: Vec<Offered> = thread::scope(|scope| {
        let posts: Vec<_> = (0..POSTS)
            .map(|post| {
                let (begin, keys) = (&begin, &keys);
                scope.spawn(move || {
                    let token = SourceSecret::new(format!("token-{post}"));
                    begin.wait();
                    keys.take("gusto", &token, now).unwrap()
                })
            })
            .collect();
        posts.into_iter().map(|post| post.join().unwrap()).collect()
    });
    let kept: Vec<usize> = (0..POSTS)
        .filter(|post| offered[*post] == Offered::Kept)
        .collect();
    assert_eq!(kept.len(), 1, "{offered:?}");
    let token = keys.offer("gusto").unwrap().unwrap().token.unwrap();
    assert_eq!(token, format!("token-{}", kept[0]));
    assert_eq!(read(&file)["token"], token);
    assert_eq!(fs::read(&path).unwrap(), secrets);
    // Another window is another chance.
    keys.await_offer("gusto", soon).unwrap();
    assert_eq!(keys.offer("gusto").unwrap().unwrap().token, None);
}
