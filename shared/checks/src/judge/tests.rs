#![allow(clippy::unwrap_used)]

use std::sync::Arc;

use async_trait::async_trait;
use latchkey_ledger::{MailLog, OneTried, SweepEnded, SystemRead, SystemSwept};
use latchkey_lifecycle::SystemId;
use latchkey_runbook::{Runbook, Source};

use super::*;
use crate::{Outside, Verdict, next};

struct Silent;

#[async_trait]
impl Outside for Silent {
    async fn try_it(&self) -> Vec<OneTried> {
        Vec::new()
    }
}

fn at(minutes: i64) -> Timestamp {
    let begin: Timestamp = "2026-11-23T07:00:00Z".parse().unwrap();
    begin + SignedDuration::from_mins(minutes)
}

fn current() -> Current {
    let text = "company: Acme\ntime_zone: Europe/Berlin\nhr: people\noperations: people\nbrake: {within: 24 hours, exits: 20, \
                urgent_exits: 5, transfers: 50, confirm: people}\nteams:\n  people: {name: People, email: people@acme.example, members: \
                [ada@acme.example]}\n";
    let source = Source::from_files([("runbook.yaml".to_owned(), text.to_owned())].into());
    let checked = Runbook::check(&source);
    Current {
        version: source.version(),
        runbook: Arc::new(
            checked
                .runbook
                .unwrap_or_else(|| panic!("{:?}", checked.problems)),
        ),
        warnings: Vec::new(),
    }
}

fn tried(minute: i64, problem: Option<&str>) -> Option<Tried> {
    let thing = OneTried {
        what: "end sessions".to_owned(),
        problem: problem.map(str::to_owned),
    };
    Some(Tried {
        at: at(minute),
        things: vec![thing],
    })
}

fn swept(minute: i64, fault: Option<&str>) -> Option<SystemSwept> {
    let read = SystemRead {
        at: at(minute),
        accounts: 1,
        active: 1,
        held: Default::default(),
    };
    Some(SystemSwept {
        ended: at(minute),
        fault: fault.map(str::to_owned),
        read: fault.is_none().then_some(read),
    })
}

fn chat(tried: Option<Tried>, swept: Option<SystemSwept>, refused: bool) -> SystemFacts {
    SystemFacts {
        id: SystemId::new("chat").unwrap(),
        name: "Chat".to_owned(),
        refused,
        swept,
        tried,
    }
}

/// Everything in order.
fn facts() -> (Facts, Place) {
    let facts = Facts {
        current: Some(current()),
        sources: vec![SourceFacts {
            name: "deel".to_owned(),
            secret: SecretIs::There,
            heard: Some(at(0)),
        }],
        by_hand: None,
        systems: vec![chat(tried(1, None), swept(2, None), false)],
        mail: MailLog {
            sent_at: Some(at(3)),
            ..MailLog::default()
        },
        mail_tried: tried(1, None),
        sign_in_tried: tried(1, None),
        sweep: Some(SweepEnded {
            began: at(1),
            ended: at(2),
            failure: None,
        }),
    };
    let place = Place {
        mail: Mail::Server(Arc::new(Silent)),
        sign_in: SignIn::Provider {
            host: "login.acme.example".to_owned(),
            back: "https://latchkey.acme.example/sign-in/back".to_owned(),
            at: Arc::new(Silent),
        },
        ..Place::default()
    };
    (facts, place)
}

fn judged(facts: &Facts, place: &Place) -> Vec<Check> {
    judge(facts, place, at(10))
}

#[test]
fn nothing_is_to_be_done_where_all_is_in_order() {
    let (facts, place) = facts();
    let checks = judged(&facts, &place);
    assert_eq!((Verdict::of(&checks), next(&checks)), (Verdict::Well, None));
}

/// Everything that is missing on the first day, in the order in which it is done.
#[test]
fn one_thing_comes_after_the_other() {
    let place = Place::default();
    let mut facts = Facts {
        current: None,
        sources: Vec::new(),
        by_hand: None,
        systems: Vec::new(),
        mail: MailLog::default(),
        mail_tried: None,
        sign_in_tried: None,
        sweep: None,
    };
    let comes = |facts: &Facts, place: &Place| {
        let checks = judged(facts, place);
        next(&checks)
            .map(|check| check.id.clone())
            .unwrap_or_default()
    };
    assert_eq!(comes(&facts, &place), "runbook");
    facts.current = Some(current());
    facts.systems = vec![chat(None, None, false)];
    assert_eq!(comes(&facts, &place), "source");
    facts.by_hand = Some(at(0));
    assert_eq!(comes(&facts, &place), "system/chat");
    facts.systems = vec![chat(tried(1, Some("No.")), None, false)];
    assert_eq!(comes(&facts, &place), "system/chat");
    facts.systems = vec![chat(tried(1, None), None, false)];
    assert_eq!(comes(&facts, &place), "mail");
    facts.mail.sent_at = Some(at(2));
    // How people sign in is not seen, and a sweep comes by itself.
    assert_eq!(comes(&facts, &place), "");
    assert_eq!(Verdict::of(&judged(&facts, &place)), Verdict::NotSeen);
}

#[test]
fn what_a_test_found_is_said_and_what_a_later_sweep_could_not_read() {
    let (mut facts, place) = facts();
    for (system, stands, words) in [
        (chat(None, None, false), Stands::ToDo, "never called"),
        (
            chat(None, swept(2, None), false),
            Stands::Known,
            "was not tested",
        ),
        (
            chat(None, swept(2, None), true),
            Stands::ToDo,
            "does not accept our credentials",
        ),
        (
            chat(tried(1, Some("No.")), swept(2, None), false),
            Stands::ToDo,
            "cannot end sessions. No.",
        ),
        (
            chat(tried(1, None), swept(2, Some("Unreachable")), false),
            Stands::ToDo,
            "(Unreachable)",
        ),
        (
            chat(tried(3, None), swept(2, Some("Unreachable")), false),
            Stands::Well,
            "all that was tried",
        ),
    ] {
        facts.systems = vec![system];
        let checks = judged(&facts, &place);
        let check = checks
            .iter()
            .find(|check| check.id == "system/chat")
            .unwrap();
        assert_eq!(check.stands, stands, "{check:?}");
        assert!(check.said.contains(words), "{check:?}");
    }
}

#[test]
fn a_sweep_that_does_not_come_is_told() {
    let (facts, mut place) = facts();
    let sweep = |place: &Place, minutes| {
        let checks = judge(&facts, place, at(minutes));
        let check = checks.iter().find(|check| check.id == "sweep").unwrap();
        check.stands
    };
    assert_eq!(sweep(&place, 2 + 135), Stands::Well);
    assert_eq!(sweep(&place, 2 + 136), Stands::ToDo);
    // It was started a moment ago: the first one comes.
    place.started = Some(at(1000));
    assert_eq!(sweep(&place, 1010), Stands::Well);
    place.sweep_every.set(0).unwrap();
    assert_eq!(sweep(&place, 1010), Stands::ToDo);
}

#[test]
fn letters_that_are_refused_or_nobody_gets_are_told() {
    let (mut facts, mut place) = facts();
    let mail = |facts: &Facts, place: &Place| {
        let checks = judged(facts, place);
        let check = checks.into_iter().find(|check| check.id == "mail");
        check.unwrap()
    };
    assert_eq!(mail(&facts, &place).stands, Stands::Well);
    facts.mail.failed_at = Some(at(4));
    facts.mail.problem = Some("554 no".to_owned());
    let refused = mail(&facts, &place);
    assert!(
        refused.stands == Stands::ToDo && refused.said.contains("554 no"),
        "{refused:?}"
    );
    place.mail = Mail::Folder(Arc::new(Silent));
    assert!(mail(&facts, &place).said.contains("nobody gets them"));
}

#[test]
fn a_source_without_its_secret_is_told_without_where_secrets_are() {
    let (mut facts, place) = facts();
    facts.sources[0].secret = SecretIs::Missing;
    let checks = judged(&facts, &place);
    let next = next(&checks).unwrap();
    assert_eq!(next.id, "source/deel");
    assert!(!format!("{next:?}").contains(".json"));
}
