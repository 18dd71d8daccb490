//! What needs somebody. Pure.

use jiff::{SignedDuration, Timestamp};
use latchkey_lifecycle::{SystemId, how_long};

use super::{Condition, Files, Findings, Letters, Process, Status, Troubled};

/// A sweep that is late by less is only slow.
const SLACK: SignedDuration = SignedDuration::from_mins(15);
/// A letter that waits for longer is not only paced.
const WAITS: SignedDuration = SignedDuration::from_hours(1);
/// Less room than that on the disk is little.
const LITTLE_ROOM: u64 = 500_000_000;

/// A sentence for each thing that needs somebody.
pub(super) fn of(status: &Status, now: Timestamp) -> Vec<String> {
    let mut all = Vec::new();
    if let Some(process) = &status.process {
        process_in_words(process, &status.ledger, now, &mut all);
    }
    if let Some(files) = &status.files {
        all.extend(room_in_words(files));
        all.extend(
            files
                .slip
                .as_ref()
                .map(|slip| format!("Mend the secrets: {slip}.")),
        );
    }
    let ledger = &status.ledger;
    if ledger.cases.standing_still > 0 {
        let which: Vec<&str> = ledger.cases.which.iter().map(|id| id.as_str()).collect();
        all.push(format!(
            "{} still: {}. `latchkey case ID` says why; `latchkey redrive --all --by NAME` lets all of them go on.",
            match ledger.cases.standing_still {
                1 => "1 case stands".to_owned(),
                n => format!("{n} cases stand"),
            },
            which.join(", "),
        ));
    }
    if ledger.cases.held > 0 {
        all.push(format!(
            "{} held by the brake: whoever the runbook names under `brake` decides, by the link in their letter. `latchkey cases` lists \
             them.",
            match ledger.cases.held {
                1 => "1 case is".to_owned(),
                n => format!("{n} cases are"),
            }
        ));
    }
    for system in &ledger.refusing {
        all.push(format!(
            "{system} does not accept our credentials: store a valid secret, then `latchkey redrive --system {system} --by NAME`."
        ));
    }
    let refused = |one: &&Troubled| ledger.refusing.contains(&one.system);
    for one in ledger.troubled.iter().filter(|one| !refused(one)) {
        all.push(format!(
            "{}: {} When that is mended: latchkey system test {}",
            one.system, one.said, one.system
        ));
    }
    all.extend(findings_in_words(&ledger.findings, now));
    if let Some(letters) = &ledger.letters {
        all.extend(letters_in_words(letters, now));
    }
    all
}

fn findings_in_words(findings: &Findings, now: Timestamp) -> Option<String> {
    let late = how_long(now.duration_since(findings.since?));
    Some(format!(
        "{} overdue, the longest for {late}: the page Findings or `latchkey reconcile --dry-run` says what to do.",
        match findings.overdue {
            1 => "1 finding is".to_owned(),
            n => format!("{n} findings are"),
        }
    ))
}

fn process_in_words(process: &Process, ledger: &Condition, now: Timestamp, all: &mut Vec<String>) {
    if let Some(unwell) = &process.unwell {
        all.push(format!(
            "It is not well: {unwell}. Mend that, then start `latchkey up` again."
        ));
    }
    let Some(last) = &process.last_sweep else {
        all.extend(overdue(process, process.started, now));
        return;
    };
    all.extend(overdue(process, last.ended, now));
    if let Some(failure) = &last.failure {
        all.push(format!(
            "The last sweep failed ({failure}); its log says where. It is tried again with the next one."
        ));
    }
    let told = |system: &SystemId| ledger.troubled.iter().any(|one| one.system == *system);
    for system in last.not_read.iter().filter(|system| !told(system)) {
        all.push(format!(
            "{system} could not be read by the last sweep: its finding says why."
        ));
    }
}

/// Whether no sweep came to its end for too long since an instant.
fn overdue(process: &Process, since: Timestamp, now: Timestamp) -> Option<String> {
    let every = SignedDuration::from_mins(i64::from(process.sweep_every));
    let passed = now.duration_since(since);
    let late = passed > every.saturating_mul(2).saturating_add(SLACK);
    (process.sweep_every > 0 && late).then(|| {
        format!(
            "No sweep came to its end for {}: start `latchkey up` again, and look at its log.",
            how_long(passed)
        )
    })
}

fn room_in_words(files: &Files) -> Option<String> {
    let (free, disk) = (files.free?, files.disk?);
    let little = free < LITTLE_ROOM.min(disk / 10);
    // What is written back into the ledger takes as much room again while it is.
    let needed = free < files.journal.saturating_mul(2);
    (little || needed).then(|| {
        format!(
            "{} MB are left on the disk of the folder: make room before nothing can be taken in any more.",
            free / 1_000_000
        )
    })
}

fn letters_in_words(letters: &Letters, now: Timestamp) -> Option<String> {
    let waits = now.duration_since(letters.oldest?);
    let said = letters.problem.as_deref().unwrap_or_default();
    (waits > WAITS).then(|| {
        let said = match said {
            "" => String::new(),
            said => format!(" The mail server said: {said}"),
        };
        format!(
            "{} not out, the oldest for {}.{said}",
            match letters.waiting {
                1 => "1 letter is".to_owned(),
                n => format!("{n} letters are"),
            },
            how_long(waits),
        )
    })
}

#[cfg(test)]
mod tests {
    use latchkey_lifecycle::CaseId;

    use super::*;
    use crate::{status::Cases, vitals::LastSweep};

    fn at(minutes: i64) -> Timestamp {
        let begin: Timestamp = "2026-11-23T07:00:00Z".parse().unwrap();
        begin + SignedDuration::from_mins(minutes)
    }

    fn process(last_sweep: Option<LastSweep>) -> Process {
        Process {
            version: "1".to_owned(),
            started: at(0),
            up_seconds: 0,
            unwell: None,
            executions: 0,
            sweep_every: 60,
            last_sweep,
        }
    }

    fn sweep(ended: i64) -> LastSweep {
        LastSweep {
            began: at(ended - 1),
            ended: at(ended),
            failure: None,
            opened: 0,
            kept: 0,
            restarted: 0,
            not_read: Vec::new(),
        }
    }

    fn told(process: Option<Process>, ledger: Condition, now: i64) -> Vec<String> {
        Status::of(process, None, ledger, at(now)).needs_somebody
    }

    #[test]
    fn nothing_is_said_while_all_is_well() {
        let none = Condition::default;
        assert!(told(Some(process(None)), none(), 135).is_empty());
        assert!(told(Some(process(Some(sweep(60)))), none(), 195).is_empty());
        let never = Process {
            sweep_every: 0,
            ..process(None)
        };
        assert!(told(Some(never), none(), 100_000).is_empty());
    }

    #[test]
    fn a_sweep_that_does_not_come_or_fails_is_said() {
        let none = Condition::default;
        let words = "No sweep came to its end for";
        assert!(told(Some(process(None)), none(), 136)[0].starts_with(words));
        assert!(told(Some(process(Some(sweep(60)))), none(), 196)[0].starts_with(words));
        let failed = LastSweep {
            failure: Some("Busy".to_owned()),
            not_read: vec![SystemId::new("chat").unwrap()],
            ..sweep(60)
        };
        let said = told(Some(process(Some(failed))), none(), 61);
        assert!(
            said[0].contains("(Busy)") && said[1].contains("chat"),
            "{said:?}"
        );
    }

    #[test]
    fn what_stands_still_is_refused_or_does_not_go_out_is_said_with_what_to_do() {
        let ledger = Condition {
            cases: Cases {
                open: 9,
                standing_still: 2,
                which: vec![
                    CaseId::new("hire-1-0").unwrap(),
                    CaseId::new("exit-2-0").unwrap(),
                ],
                ..Cases::default()
            },
            refusing: vec![SystemId::new("chat").unwrap()],
            letters: Some(Letters {
                waiting: 3,
                oldest: Some(at(0)),
                problem: Some("554 no".to_owned()),
                ..Letters::default()
            }),
            ..Condition::default()
        };
        let said = told(None, ledger.clone(), 61);
        assert_eq!(
            said,
            [
                "2 cases stand still: hire-1-0, exit-2-0. `latchkey case ID` says why; `latchkey redrive --all --by NAME` lets all of \
                 them go on.",
                "chat does not accept our credentials: store a valid secret, then `latchkey redrive --system chat --by NAME`.",
                "3 letters are not out, the oldest for an hour and a minute. The mail server said: 554 no",
            ]
        );
        assert_eq!(told(None, ledger, 60).len(), 2, "it may only be paced");
    }

    #[test]
    fn what_a_try_met_and_what_is_overdue_is_said_once() {
        let chat = SystemId::new("chat").unwrap();
        let ledger = Condition {
            troubled: vec![Troubled {
                system: chat.clone(),
                said: "Latchkey cannot open it. There is no secret acme/chat.".to_owned(),
                at: at(0),
            }],
            findings: Findings {
                open: 3,
                overdue: 1,
                since: Some(at(0)),
            },
            ..Condition::default()
        };
        let unread = LastSweep {
            not_read: vec![chat],
            ..sweep(60)
        };
        assert_eq!(
            told(Some(process(Some(unread))), ledger, 120),
            [
                "chat: Latchkey cannot open it. There is no secret acme/chat. When that is mended: latchkey system test chat",
                "1 finding is overdue, the longest for 2 hours: the page Findings or `latchkey reconcile --dry-run` says what to do.",
            ]
        );
    }

    #[test]
    fn secrets_that_cannot_be_read_are_said() {
        let files = Files {
            slip: Some("secrets.json is no JSON (line 2, column 2)".to_owned()),
            ..Files::default()
        };
        let said = Status::of(None, Some(files), Condition::default(), at(0)).needs_somebody;
        assert_eq!(
            said,
            ["Mend the secrets: secrets.json is no JSON (line 2, column 2)."]
        );
    }

    #[test]
    fn a_disk_that_fills_is_said_before_it_is_full() {
        let files = |free, disk, journal| Files {
            journal,
            free: Some(free),
            disk: Some(disk),
            ..Files::default()
        };
        let gb = 1_000_000_000;
        assert_eq!(room_in_words(&files(gb, 100 * gb, 0)), None);
        assert!(room_in_words(&files(gb / 4, 100 * gb, 0)).is_some());
        assert_eq!(
            room_in_words(&files(gb / 4, 2 * gb, 0)),
            None,
            "a small disk"
        );
        assert!(room_in_words(&files(gb, 100 * gb, gb)).is_some());
        assert_eq!(room_in_words(&Files::default()), None);
    }
}
