//! A runbook's files as they are found.

use std::{fs, path::PathBuf};

use latchkey_runbook::{Runbook, Source};

use crate::acme::source;

/// A directory of its own with Acme's runbook under another name.
fn directory(name: &str, main: &str) -> PathBuf {
    let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
    let _ = fs::remove_dir_all(&path);
    fs::create_dir_all(&path).unwrap();
    for (file, text) in source().files() {
        let file = if file == "runbook.yaml" { main } else { file };
        fs::write(path.join(file), text).unwrap();
    }
    path
}

#[test]
fn the_main_file_may_have_the_other_ending() {
    let path = directory("yml", "runbook.yml");
    let read = Source::read(&path).unwrap();
    assert_eq!(read.files(), source().files());
    assert_eq!(read.version(), source().version());
    assert_eq!(read.called("runbook.yaml"), "runbook.yml");
    assert_eq!(read.called("matrix.csv"), "matrix.csv");
    fs::write(path.join("runbook.yaml"), "company: x").unwrap();
    let both = Runbook::check(&Source::read(&path).unwrap());
    let said: Vec<String> = both.problems.iter().map(ToString::to_string).collect();
    assert!(said.contains(
        &"runbook.yml:1:1: warning: runbook.yaml is read, and not this file: keep one of the two".to_owned()
    ));
}

#[test]
fn one_file_of_any_name_is_read_with_what_stands_beside_it() {
    let path = directory("one", "new-york.yaml");
    fs::write(path.join("runbook.yaml"), "company: x").unwrap();
    let read = Source::read(&path.join("new-york.yaml")).unwrap();
    assert_eq!(read.files(), source().files());
    assert_eq!(read.called("runbook.yaml"), "new-york.yaml");
    let missing = Source::read(&path.join("paris.yaml")).unwrap_err();
    assert!(missing.to_string().contains("paris.yaml"), "{missing}");
}

#[test]
fn problems_stand_in_the_main_file_as_it_is_called() {
    let path = directory("called", "runbook.yml");
    let wrong =
        "company: Acme\nroles: {everyone: {gets: {directory: [everyone]}}}\nmatrix: none.csv\n";
    for (main, read) in [
        ("runbook.yml", path.clone()),
        ("paris.yaml", path.join("paris.yaml")),
    ] {
        fs::write(path.join(main), wrong).unwrap();
        let checked = Runbook::check(&Source::read(&read).unwrap());
        assert!(checked.runbook.is_none());
        for problem in &checked.problems {
            assert_eq!(problem.file, main, "{problem}");
            assert!(!problem.message.contains("runbook.yaml"), "{problem}");
        }
        fs::remove_file(path.join(main)).unwrap();
    }
}

#[test]
fn a_file_in_another_encoding_is_refused_with_what_to_do() {
    let path = directory("encoded", "runbook.yaml");
    let main = path.join("runbook.yaml");
    fs::write(&main, b"company: Small\nhr: B\xfcro\n").unwrap();
    let said = Source::read(&path).unwrap_err().to_string();
    assert!(
        said.ends_with("line 2 has a letter in another encoding than UTF-8: save the file as UTF-8 in your editor"),
        "{said}"
    );
    fs::write(&main, b"\xff\xfec\0o\0").unwrap();
    for read in [Source::read(&path), Source::read(&main)] {
        let said = read.unwrap_err().to_string();
        assert!(
            said.contains("this is UTF-16: save the file as UTF-8"),
            "{said}"
        );
    }
}
