//! What one reads of the command line: what Latchkey is, and as much of the output as one wants.

use std::{io::Read, process::Stdio};

use crate::latchkey;

#[test]
fn the_help_begins_with_what_latchkey_is() {
    for short_or_long in ["-h", "--help"] {
        let output = latchkey(&[short_or_long]).output().unwrap();
        let text = String::from_utf8(output.stdout).unwrap();
        assert!(
            text.starts_with("Hands people their access on time and takes it back, provably"),
            "{text}"
        );
    }
}

#[test]
fn whoever_stops_reading_stops_the_output_and_nothing_else() {
    let commands: [&[&str]; 5] = [
        &["preview", "events/generic/hire.json"],
        &["preview", "events/generic/hire.json", "--json"],
        &["schema"],
        &["check", "runbooks/acme", "runbooks/acme"],
        &["rehearse", "runbooks/acme", "events/generic/hire.json"],
    ];
    for arguments in commands {
        let mut command = latchkey(arguments);
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        // Nobody reads from the beginning.
        drop(child.stdout.take());
        let mut said = String::new();
        child
            .stderr
            .take()
            .unwrap()
            .read_to_string(&mut said)
            .unwrap();
        let status = child.wait().unwrap();
        assert!(status.success(), "{arguments:?}: {status} {said}");
        assert!(!said.contains("panicked"), "{said}");
    }
}
