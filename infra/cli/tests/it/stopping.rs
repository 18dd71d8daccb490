//! `latchkey up` is stopped: nothing is lost, nobody is asked twice, and the ledger is one file.

use std::{io::Write as _, net::TcpStream, path::Path};

use latchkey_embedded::file;
use rustix::process::Signal;

use crate::service::{Up, desk, hires, letters, link, state, until};

fn journal(dir: &Path) -> u64 {
    let journal = dir.join(format!("{}-wal", file::LEDGER));
    std::fs::metadata(journal).map_or(0, |about| about.len())
}

/// Whether these tests were started to outlive their terminal, and what they start does, too.
/// Source: proc_pid_status(5), `SigIgn`.
fn outlives_its_terminal() -> bool {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    let mask = mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok());
    mask.is_some_and(|mask| mask & 1 == 1)
}

#[tokio::test]
async fn every_signal_stops_it_in_good_order_and_nobody_is_asked_twice() {
    let directory = desk();
    let dir = directory.path();
    let mut up = Up::start(dir, &[]);
    let case = hires(dir, "31");
    until(dir, &case, |case| state(case, "training") == "asked");
    // A start writes nothing for a case that waits, so this is so before the first one only.
    assert!(journal(dir) > 0, "there is something to write back");
    for signal in [Signal::TERM, Signal::INT, Signal::HUP] {
        if signal == Signal::HUP && outlives_its_terminal() {
            continue;
        }
        up.signal(signal);
        assert_eq!(up.heard(), "STOPPING=1");
        let (status, output, errors) = up.ended();
        assert_eq!(status.code(), Some(0), "{output}{errors}");
        assert!(
            output.contains("Stopped. `latchkey up` goes on"),
            "{output}"
        );
        assert_eq!(journal(dir), 0);
        for gone in [file::ADDRESS, file::CONTROL] {
            assert!(!dir.join(gone).exists(), "{gone}");
        }
        up = Up::start(dir, &[]);
    }
    // The link is good, and what waited for it goes on. The letter goes out after the question is in the ledger, so
    // each start may have been stopped before it.
    until(dir, &case, |_| !letters(dir, "Train them").is_empty());
    let asked = letters(dir, "Train them");
    let form = [("answer", "done"), ("by", "Somebody of HR")];
    let (_, path) = link(&asked[0], "Train them").split_once("/tasks/").unwrap();
    let now = format!("{}/tasks/{path}", Up::address(dir));
    let answer = reqwest::Client::new().post(now).form(&form).send().await;
    assert_eq!(answer.unwrap().status(), 200);
    until(dir, &case, |case| state(case, "tour") == "asked");
    assert_eq!(letters(dir, "Train them").len(), 1);
}

#[test]
fn a_second_signal_stops_it_at_once() {
    let directory = desk();
    let dir = directory.path();
    let up = Up::start(dir, &[]);
    // A request that does not come to its end is at work.
    let address = Up::address(dir);
    let host = address.strip_prefix("http://").unwrap();
    let mut slow = TcpStream::connect(host).unwrap();
    let head = "POST /hooks/generic HTTP/1.1\r\nhost: a\r\ncontent-length: 9\r\n\r\n1234";
    slow.write_all(head.as_bytes()).unwrap();
    // Once another one is answered, it has arrived.
    hires(dir, "31");
    up.signal(Signal::TERM);
    assert_eq!(up.heard(), "STOPPING=1");
    up.signal(Signal::TERM);
    let (status, output, errors) = up.ended();
    assert_eq!(status.code(), Some(1), "{output}{errors}");
    assert!(errors.contains("stopped at once (SIGTERM)"), "{errors}");
}
