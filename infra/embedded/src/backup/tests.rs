use std::{fs, io::Write, os::unix::fs::PermissionsExt};

use latchkey_ledger::{FileTrouble, embedded};
use latchkey_lifecycle::{EmployeeId, PersonDraft};
use tempfile::TempDir;

use super::*;
use crate::{Keys, lock::FolderLock, open_ledger};

fn now() -> Timestamp {
    "2026-11-23T08:00:00Z".parse().unwrap()
}

/// A folder with a ledger of 40 people, secrets, letters and an offered token. The ledger stays open.
async fn company() -> (TempDir, Ledger) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(file::LEDGER);
    let ledger = embedded::open_file_here(&path).await.unwrap();
    ledger.identify(LedgerId::of([7; 16]), now()).await.unwrap();
    for number in 0..40 {
        let id = EmployeeId::new(format!("{number}")).unwrap();
        let draft = PersonDraft::try_from(id.as_str()).unwrap();
        ledger.import_person(&id, draft, now()).await.unwrap();
    }
    let keys = Keys::open(&folder.path().join(file::SECRETS)).unwrap();
    keys.await_offer("gusto", now()).unwrap();
    let outbox = folder.path().join(file::OUTBOX);
    private::folder(&outbox).unwrap();
    private::write(&outbox.join("00001-it.eml"), "To: it").unwrap();
    private::write(&outbox.join("00002-it.eml.new"), "half").unwrap();
    let attached = folder.path().join(file::ATTACHED).join("0123");
    private::folder(&attached).unwrap();
    private::write(&attached.join("abcd"), "a slip").unwrap();
    private::write(&attached.join(".ef01.part"), "a sl").unwrap();
    let settings = folder.path().join(file::SETTINGS);
    private::write(&settings, "listen: 127.0.0.1:8420\n").unwrap();
    (folder, ledger)
}

fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).unwrap().flatten();
    let mut names: Vec<String> = entries
        .map(|entry| entry.file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

#[tokio::test]
async fn what_is_restored_is_what_was_backed_up_while_it_was_in_use() {
    let (folder, ledger) = company().await;
    let (safe, new) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let file = safe.path().join("monday.tar");
    let taken = back_up(folder.path(), &file, now()).await.unwrap();
    assert_eq!(taken.ledger, Some(LedgerId::of([7; 16])));
    assert_eq!((taken.items, taken.files), (81, 7), "{taken:?}");
    assert_eq!(
        names(safe.path()),
        ["monday.tar"],
        "nothing else is left there"
    );
    let mode = fs::metadata(&file).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    let again = back_up(folder.path(), &file, now()).await.unwrap_err();
    assert!(matches!(again, BackupError::Exists(_)), "{again}");

    let restored = restore(&file, new.path(), false, now()).await.unwrap();
    assert_eq!((restored.items, restored.aside), (81, None));
    for name in [
        "secrets.json",
        "offered/gusto.json",
        "outbox/00001-it.eml",
        "attached/0123/abcd",
        "latchkey.yaml",
    ] {
        let [was, is] = [&folder, &new].map(|folder| fs::read(folder.path().join(name)).unwrap());
        assert_eq!(was, is, "{name}");
    }
    assert_eq!(names(&new.path().join("attached/0123")), ["abcd"]);
    let expected = [
        "attached",
        "latchkey.yaml",
        "ledger.sqlite",
        "lock",
        "offered",
        "outbox",
        "secrets.json",
        "secrets.json.last",
    ];
    assert_eq!(names(new.path()), expected);
    // The folder is the test's own; what was put into it is closed.
    fs::set_permissions(new.path(), PermissionsExt::from_mode(0o755)).unwrap();
    assert_eq!(crate::open_to_others(new.path()), [new.path()]);
    let copy = open_ledger(new.path()).await.unwrap();
    let people = [&ledger, &copy].map(|ledger| ledger.people(None, 100));
    let [was, is] = people.map(|people| async { people.await.unwrap().people });
    assert_eq!(was.await, is.await);
    assert_eq!(copy.id().await.unwrap(), taken.ledger);
}

#[tokio::test]
async fn nothing_is_written_over_and_nothing_is_restored_under_somebody_s_feet() {
    let (folder, ledger) = company().await;
    let safe = tempfile::tempdir().unwrap();
    let file = safe.path().join("b.tar");
    let settings = folder.path().join(file::SETTINGS);
    fs::remove_file(&settings).unwrap();
    back_up(folder.path(), &file, now()).await.unwrap();
    let error = restore(&file, folder.path(), false, now())
        .await
        .unwrap_err();
    assert!(matches!(error, BackupError::NotEmpty { .. }), "{error}");
    assert!(error.to_string().contains("--replace"), "{error}");
    {
        let _running = FolderLock::take(folder.path()).unwrap();
        let error = restore(&file, folder.path(), true, now())
            .await
            .unwrap_err();
        assert!(matches!(error, BackupError::Lock(_)), "{error}");
    }
    assert_eq!(ledger.people(None, 100).await.unwrap().people.len(), 40);
    drop(ledger);

    // What an earlier restore left that was killed goes; what was there is put aside, and what is nobody's business
    // stays.
    fs::create_dir(folder.path().join(".restore-x")).unwrap();
    fs::create_dir(folder.path().join("drop")).unwrap();
    private::write(&settings, "log: json").unwrap();
    private::write(&folder.path().join("outbox/00003-late.eml"), "late").unwrap();
    let restored = restore(&file, folder.path(), true, now()).await.unwrap();
    let aside = restored.aside.unwrap();
    assert_eq!(
        aside.file_name().unwrap(),
        "before-restore-20261123T080000Z"
    );
    assert!(aside.join("outbox/00003-late.eml").exists() && aside.join("ledger.sqlite").exists());
    assert!(!folder.path().join("outbox/00003-late.eml").exists());
    assert!(settings.exists(), "the backup has none");
    assert!(folder.path().join("drop").exists() && !folder.path().join(".restore-x").exists());
}

#[tokio::test]
async fn what_was_cut_off_or_changed_is_not_restored() {
    let (folder, _ledger) = company().await;
    let safe = tempfile::tempdir().unwrap();
    let file = safe.path().join("b.tar");
    back_up(folder.path(), &file, now()).await.unwrap();
    let whole = fs::read(&file).unwrap();
    let mut broken: Vec<Vec<u8>> = [0, 700, whole.len() / 2, whole.len() - 2048]
        .map(|length| whole[..length].to_vec())
        .into();
    // A page of the ledger, a letter, and the end itself.
    let letter = whole
        .windows(6)
        .position(|bytes| bytes == b"To: it")
        .unwrap();
    for at in [512 + 3 * 4096 + 100, letter, whole.len() - 2048] {
        let mut changed = whole.clone();
        changed[at] ^= 0x20;
        broken.push(changed);
    }
    for (number, bytes) in broken.into_iter().enumerate() {
        let (path, new) = (safe.path().join("x.tar"), tempfile::tempdir().unwrap());
        fs::write(&path, bytes).unwrap();
        let error = restore(&path, new.path(), false, now()).await.unwrap_err();
        assert!(
            matches!(error, BackupError::NotWhole { .. }),
            "{number}: {error}"
        );
        assert_eq!(names(new.path()), [""; 0], "{number}");
    }
}

#[tokio::test]
async fn a_backup_leads_nowhere_else_and_one_of_a_later_version_is_called_so() {
    let safe = tempfile::tempdir().unwrap();
    let file = safe.path().join("x.tar");
    let write = |name: &str, text: &str| {
        let mut archive = tar::Builder::new(fs::File::create(&file).unwrap());
        let mut header = tar::Header::new_gnu();
        // The library keeps such names from being written; whoever means harm does not use it.
        header.as_gnu_mut().unwrap().name[..name.len()].copy_from_slice(name.as_bytes());
        header.set_size(text.len() as u64);
        header.set_entry_type(tar::EntryType::Regular);
        header.set_cksum();
        archive.append(&header, text.as_bytes()).unwrap();
        archive.into_inner().unwrap().flush().unwrap();
    };
    for name in ["../evil", "/evil", "outbox/../../evil"] {
        write(name, "x");
        let new = safe.path().join("new");
        let error = restore(&file, &new, false, now()).await.unwrap_err();
        assert!(
            error.to_string().contains("no backup has"),
            "{name}: {error}"
        );
        assert!(!new.exists());
    }
    write(
        MANIFEST,
        r#"{"format": 2, "latchkey": "9.0.0", "and": "more"}"#,
    );
    let error = restore(&file, safe.path(), false, now()).await.unwrap_err();
    assert!(error.to_string().contains("Latchkey 9.0.0"), "{error}");
}

#[tokio::test]
async fn of_a_damaged_ledger_there_is_no_backup_that_could_be_taken_for_a_good_one() {
    let (folder, ledger) = company().await;
    drop(ledger);
    let (safe, path) = (
        tempfile::tempdir().unwrap(),
        folder.path().join(file::LEDGER),
    );
    // All of it in the one file.
    drop(embedded::open_file_here(&path).await.unwrap());
    let mut bytes = fs::read(&path).unwrap();
    let pages = bytes.len() / 4096;
    for page in 4..pages {
        bytes[page * 4096..page * 4096 + 64].fill(0xff);
    }
    fs::write(&path, bytes).unwrap();
    for ending in ["-wal", "-shm"] {
        let _ = fs::remove_file(folder.path().join(format!("{}{ending}", file::LEDGER)));
    }
    let file = safe.path().join("b.tar");
    let error = back_up(folder.path(), &file, now()).await.unwrap_err();
    let damaged = matches!(
        &error,
        BackupError::Ledger {
            problem: LedgerError::File {
                trouble: FileTrouble::Damaged,
                ..
            },
            ..
        }
    );
    assert!(damaged, "{error}");
    assert_eq!(names(safe.path()), [""; 0]);
    let nowhere = safe.path().join("nowhere");
    let error = back_up(&nowhere, &file, now()).await.unwrap_err();
    assert!(matches!(error, BackupError::NoLedger(_)), "{error}");
}
