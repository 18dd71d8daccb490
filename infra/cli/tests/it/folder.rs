//! One process works in a folder; what keeps it from working there is told in words, each with what is to be done.

use std::{fs, os::unix::fs::PermissionsExt, os::unix::process::CommandExt, path::Path};

use crate::{Said, latchkey, said, up, up::Up};

fn dir(folder: &Path) -> &str {
    folder.to_str().unwrap()
}

#[tokio::test]
async fn the_second_up_on_a_folder_hears_who_has_it_and_a_killed_one_leaves_no_lock() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    let first = Up::of_clinic(path);
    let second = said(&["up", "--dir", dir(path), "--listen", "127.0.0.1:0"]);
    assert_eq!(second.status, Some(1), "{}", second.output);
    let process = format!("process {}", first.process());
    for told in [
        process.as_str(),
        ", since ",
        first.address.as_str(),
        "--dir",
    ] {
        assert!(second.errors.contains(told), "{told}: {}", second.errors);
    }
    // The case goes on, as do the commands that only work on the ledger.
    let case = up::hire(path, "31");
    let signed = [
        "--by",
        "Olga",
        "--reason",
        "there is none",
        "--dir",
        dir(path),
    ];
    let waived = said(&[&["waive", case.as_str(), "desk"], &signed[..]].concat());
    assert_eq!(waived.status, Some(0), "{}", waived.errors);
    let published = said(&["publish", dir(&path.join("runbook")), "--dir", dir(path)]);
    assert_eq!(published.status, Some(0), "{}", published.errors);
    for command in ["export", "restore"] {
        let backup = path.join("b.tar");
        if command == "restore" {
            let taken = said(&["backup", dir(&backup), "--dir", dir(path)]);
            assert_eq!(taken.status, Some(0), "{}", taken.errors);
        }
        let mut arguments = vec![command, dir(&backup), "--dir", dir(path)];
        arguments.extend((command == "restore").then_some("--replace"));
        let refused = said(&arguments);
        assert_eq!(refused.status, Some(1), "{}", refused.output);
        assert!(
            refused.errors.contains(&process),
            "{command}: {}",
            refused.errors
        );
    }
    first.kill();
    let again = Up::start(path, &[]);
    again.kill();
}

/// Runs a command as a user who owns nothing here, where the test may choose so; else as its own. None where that user
/// may not even run it.
fn as_nobody(arguments: &[&str]) -> Option<Said> {
    let mut command = latchkey(arguments);
    if rustix::process::geteuid().is_root() {
        command.uid(65_534).gid(65_534);
    }
    let output = command.output().ok()?;
    Some(Said {
        status: output.status.code(),
        output: String::from_utf8(output.stdout).unwrap(),
        errors: String::from_utf8(output.stderr).unwrap(),
    })
}

fn set_mode(path: &Path, mode: u32) {
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}

#[tokio::test]
async fn a_folder_that_is_somebody_else_s_and_a_file_that_may_not_be_written_are_told_apart() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("latchkey");
    crate::kept::closed(&path).await;
    let ledger = path.join("ledger.sqlite");
    set_mode(folder.path(), 0o755);

    set_mode(&path, 0o000);
    for command in [&["cases"][..], &["up", "--listen", "127.0.0.1:0"]] {
        let Some(refused) = as_nobody(&[command, &["--dir", dir(&path)]].concat()) else {
            return eprintln!("not tried: nobody else may run the program where it is");
        };
        assert_eq!(refused.status, Some(1), "{}", refused.output);
        let told = ["belongs to", "this user's own"];
        let told = told.iter().any(|told| refused.errors.contains(told));
        assert!(told, "{command:?}: {}", refused.errors);
    }
    set_mode(&path, 0o555);
    set_mode(&ledger, 0o444);
    let read = as_nobody(&["cases", "--dir", dir(&path)]).unwrap();
    assert_eq!(read.status, Some(1), "{}", read.output);
    let told = ["can be read and not written", "mounted"];
    assert!(
        told.iter().all(|told| read.errors.contains(told)),
        "{}",
        read.errors
    );
    set_mode(&path, 0o700);
}

#[tokio::test]
async fn a_disk_without_space_is_called_so_and_takes_the_work_when_there_is_some_again() {
    let folder = tempfile::tempdir().unwrap();
    let (path, script) = (folder.path().join("latchkey"), folder.path().join("fill"));
    crate::kept::closed(&path).await;
    // A disk of 4 MiB of its own, in a namespace of its own, which goes with its process.
    let steps = [
        "set -e",
        r#"mkdir "$1/disk"; mount -t tmpfs -o size=4m none "$1/disk"; dir="$1/disk/latchkey""#,
        r#"cp -r "$1/latchkey" "$dir""#,
        r#""$2" up --dir "$dir" --listen 127.0.0.1:0 > "$1/log" & up=$!"#,
        r#"until grep -q listens "$1/log"; do kill -0 $up; done"#,
        r#"cat /dev/zero > "$1/disk/fill" 2> "$1/full" || true"#,
        r#"if "$2" publish "$3" --dir "$dir"; then exit 9; fi"#,
        r#"rm "$1/disk/fill"; "$2" publish "$3" --dir "$dir"; kill -9 $up"#,
    ];
    fs::write(&script, steps.join("\n")).unwrap();
    let latchkey = env!("CARGO_BIN_EXE_latchkey");
    let runbook = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../runbooks/acme");
    let done = std::process::Command::new("unshare")
        .args(["--user", "--map-root-user", "--mount", "sh", dir(&script)])
        .args([dir(folder.path()), latchkey, dir(&runbook)])
        .output();
    let done = match done {
        Ok(done) if !String::from_utf8_lossy(&done.stderr).contains("unshare:") => done,
        // Not every machine gives a test a disk of its own.
        _ => return eprintln!("not tried: this machine gives no namespaces to its users"),
    };
    let errors = String::from_utf8(done.stderr).unwrap();
    assert_eq!(done.status.code(), Some(0), "{errors}");
    assert!(errors.contains("its disk is full. Make space"), "{errors}");
}
