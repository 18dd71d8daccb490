//! What an earlier version left opens in this one: of each there is a backup of a company with an open case, in
//! `tests/before`.

use std::{fs, path::Path};

use crate::{said, up, up::Up};

fn folder() -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/before")
}

#[tokio::test]
async fn a_backup_of_each_earlier_version_is_restored_and_its_case_goes_on_to_its_end() {
    let backups: Vec<_> = fs::read_dir(folder()).unwrap().flatten().collect();
    assert!(!backups.is_empty());
    for backup in backups {
        let folder = tempfile::tempdir().unwrap();
        let (file, dir) = (backup.path(), folder.path().join("latchkey"));
        let (file, text) = (file.to_str().unwrap(), dir.to_str().unwrap());
        let restored = said(&["restore", file, "--dir", text]);
        assert_eq!(restored.status, Some(0), "{file}: {}", restored.errors);
        let running = Up::start(&dir, &[]);
        let open = up::cases(&["--dir", text]);
        assert_eq!(open.len(), 1, "{file}");
        up::everybody_answers(&dir, &running.address).await;
        let id = open[0]["id"].as_str().unwrap();
        let closed = up::case(id, &["--dir", text]);
        assert_eq!(closed["case"]["state"], "closed", "{file}");
        assert_eq!(closed["auditFaults"], serde_json::json!([]), "{file}");
    }
}

/// Makes the backup of this version, before it is released.
#[tokio::test]
#[ignore = "writes tests/before: run by hand once a version is as it is released"]
async fn this_version_is_kept() {
    let folder = tempfile::tempdir().unwrap();
    let running = Up::of_clinic(folder.path());
    up::hire(folder.path(), "31");
    let asked = || (up::letters(folder.path()).len() == 2).then_some(());
    up::until("two letters", asked).await;
    running.kill();
    let file = self::folder().join(format!("{}.tar", env!("CARGO_PKG_VERSION")));
    let dir = folder.path().to_str().unwrap();
    let kept = said(&["backup", file.to_str().unwrap(), "--dir", dir]);
    assert_eq!(kept.status, Some(0), "{}", kept.errors);
}
