//! `latchkey demo --stay`, as far as it needs no servers: `infra/checks/pages/look.sh` looks at all of it.

use crate::said;

#[test]
fn a_folder_with_a_ledger_is_left_as_it_is() {
    let directory = tempfile::tempdir().unwrap();
    let ledger = directory.path().join("ledger.sqlite");
    std::fs::write(&ledger, "somebody's").unwrap();
    let dir = directory.path().to_str().unwrap();
    let refused = said(&["demo", "--stay", "--dir", dir]);
    assert_eq!(refused.status, Some(1));
    let told = format!("there is a ledger in {dir} already");
    assert!(refused.errors.contains(&told), "{}", refused.errors);
    assert_eq!(std::fs::read_to_string(&ledger).unwrap(), "somebody's");
}

#[test]
fn where_it_listens_is_asked_of_nothing_else() {
    let refused = said(&["demo", "--listen", "127.0.0.1:0"]);
    assert_eq!(refused.status, Some(2), "{}", refused.output);
    assert!(refused.errors.contains("--stay"), "{}", refused.errors);
}

#[test]
fn an_address_that_is_taken_is_said_before_anything_is_made() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let at = taken.local_addr().unwrap().to_string();
    let directory = tempfile::tempdir().unwrap();
    let dir = directory.path().to_str().unwrap();
    let refused = said(&["demo", "--stay", "--dir", dir, "--listen", &at]);
    assert_eq!(refused.status, Some(1), "{}", refused.output);
    let told = format!("cannot listen at {at}");
    assert!(
        refused.errors.contains(&told) && refused.errors.contains("Nothing was begun"),
        "{}",
        refused.errors
    );
    let made: Vec<_> = std::fs::read_dir(directory.path()).unwrap().collect();
    assert!(made.is_empty(), "{made:?}");
}
