//! Promise 6, for letters: steps write them to the ledger, and what is not taken is tried until it is, once.

use std::{
    slice,
    sync::{
        Mutex,
        atomic::{AtomicBool, Ordering},
    },
};

use jiff::SignedDuration;
use latchkey_ledger::Ledger;
use latchkey_lifecycle::{
    About, CaseId, CaseState, Letter, LetterId, LetterState, QueuedLetter, Stage, TaskState,
};
use latchkey_runtime::{Clock, Envelope, Mail, MailError, NotTaken};
use latchkey_tests::{Answers, Rehearsal, acme, form_of, sample};
use serde_json::json;

/// A mail server of ours.
#[derive(Default)]
struct Server {
    down: AtomicBool,
    /// It takes what it is given, and says that it did not.
    forgetful: AtomicBool,
    taken: Mutex<Vec<Envelope>>,
}

#[async_trait::async_trait]
impl Mail for Server {
    async fn send(&self, envelope: &Envelope) -> Result<(), MailError> {
        let not_taken = |problem: &str, why| {
            Err(MailError {
                team: envelope.team.clone(),
                problem: problem.to_owned(),
                why,
            })
        };
        if self.down.load(Ordering::Relaxed) {
            return not_taken("connection refused", NotTaken::Down);
        }
        if envelope.team == "managers" {
            return not_taken("550 no such user", NotTaken::Refused);
        }
        self.taken.lock().unwrap().push(envelope.clone());
        match self.forgetful.load(Ordering::Relaxed) {
            true => not_taken("connection reset", NotTaken::Down),
            false => Ok(()),
        }
    }
}

impl Server {
    fn down() -> Server {
        let server = Server::default();
        server.down.store(true, Ordering::Relaxed);
        server
    }

    fn up(&self) {
        self.down.store(false, Ordering::Relaxed);
        self.forgetful.store(false, Ordering::Relaxed);
    }

    fn taken(&self) -> Vec<Envelope> {
        self.taken.lock().unwrap().clone()
    }
}

/// Executions move, people do nothing, and letters go to this server.
async fn move_and_send(it: &Rehearsal, server: &Server) -> mail::Report {
    it.stack
        .engine
        .run_until_idle(it.stack.handlers.as_ref())
        .await;
    send(it, server).await
}

async fn send(it: &Rehearsal, server: &dyn Mail) -> mail::Report {
    let sweep = it.stack.sweep_deps();
    let deps = mail::Deps {
        ledger: &it.stack.ledger,
        clock: &it.clock,
        runbooks: sweep.runbooks,
        mail: server,
        rest: std::time::Duration::ZERO,
    };
    mail::handle(&deps, &mail::Request::default())
        .await
        .unwrap()
}

/// Until the hire's laptop is asked for.
async fn asked_for_a_laptop(it: &mut Rehearsal) -> latchkey_lifecycle::CaseId {
    let hire = it.take_in("hire.json").await;
    it.play(&mut Answers::none(), Some(it.now())).await;
    let opens = it.task(&hire, "laptop").await.window.opens;
    it.clock.jump_to(opens);
    hire
}

#[tokio::test]
async fn a_question_that_nobody_took_is_asked_once_mail_is_well_and_the_trail_says_so_then() {
    let mut it = Rehearsal::of(&acme()).await;
    let hire = asked_for_a_laptop(&mut it).await;
    let server = Server::down();
    for _ in 0..40 {
        let report = move_and_send(&it, &server).await;
        assert_eq!(
            (report.sent, report.failed <= 1),
            (0, true),
            "one is tried, the others wait"
        );
        it.clock.jump_to(it.now() + SignedDuration::from_mins(1));
    }
    assert!(
        !it.recorded(&hire, Some("laptop"))
            .await
            .contains(&"asked".to_owned())
    );
    let failed = it.stack.ledger.letters_of(&hire).await.unwrap();
    assert!(failed.iter().any(|letter| letter.is_in_trouble()));
    let log = it.stack.ledger.mail_log().await.unwrap();
    assert_eq!(log.problem.as_deref(), Some("connection refused"));
    server.up();
    for _ in 0..20 {
        move_and_send(&it, &server).await;
        it.clock.jump_to(it.now() + SignedDuration::from_mins(1));
    }
    let laptop = |e: &Envelope| e.text.contains("Prepare the laptop");
    assert_eq!(server.taken().iter().filter(|e| laptop(e)).count(), 1);
    let recorded = it.recorded(&hire, Some("laptop")).await;
    assert_eq!(
        recorded.iter().filter(|word| *word == "asked").count(),
        1,
        "{recorded:?}"
    );
}

#[tokio::test]
async fn a_letter_whose_answer_was_lost_has_the_same_message_id() {
    let mut it = Rehearsal::of(&acme()).await;
    asked_for_a_laptop(&mut it).await;
    let server = Server::default();
    server.forgetful.store(true, Ordering::Relaxed);
    move_and_send(&it, &server).await;
    server.up();
    it.clock.jump_to(it.now() + SignedDuration::from_mins(1));
    move_and_send(&it, &server).await;
    let taken = server.taken();
    let twice = taken.iter().filter(|e| e.id == taken[0].id).count();
    assert_eq!(twice, 2);
    // It says how far an instant is as of each sending, not as of the first.
    let again = &taken.iter().rfind(|e| e.id == taken[0].id).unwrap();
    for (part, later) in [
        (&taken[0].text, &again.text),
        (
            taken[0].html.as_ref().unwrap(),
            again.html.as_ref().unwrap(),
        ),
    ] {
        assert!(
            part.contains("(now)") && later.contains("(a minute ago)"),
            "{later}"
        );
    }
}

/// Whether a server took what it hung up on is not known: what was in it comes in nothing else, whatever waits by then.
#[tokio::test]
async fn what_was_in_an_e_mail_whose_answer_was_lost_comes_in_no_other_one() {
    let mut it = Rehearsal::of(&acme()).await;
    let hires = hired(&it, 0..3).await;
    it.play(&mut Answers::none(), Some(it.now())).await;
    let opens = it.task(&hires[0], "laptop").await.window.opens;
    it.clock.jump_to(opens);
    let server = Server::default();
    server.forgetful.store(true, Ordering::Relaxed);
    move_and_send(&it, &server).await;
    let first = server.taken();
    hired(&it, 3..6).await;
    server.up();
    for _ in 0..20 {
        it.clock.jump_to(it.now() + SignedDuration::from_mins(1));
        move_and_send(&it, &server).await;
    }
    // Of those with one id a reader sees one.
    let mut seen = std::collections::BTreeMap::new();
    for envelope in server.taken() {
        let before = seen.insert(envelope.id.clone(), envelope.clone());
        let asks = |envelope: &Envelope| -> Vec<String> {
            let briefs = envelope.letters.iter().filter_map(|l| l.brief.as_ref());
            briefs.map(|brief| brief.link.clone()).collect()
        };
        assert!(
            before.is_none_or(|before| asks(&before) == asks(&envelope)),
            "more under one id"
        );
    }
    assert!(seen.contains_key(&first[0].id));
    let links = seen.values().flat_map(|envelope| &envelope.letters);
    let links = links.filter_map(|letter| Some(letter.brief.as_ref()?.link.clone()));
    let links: Vec<String> = links.collect();
    let once: std::collections::BTreeSet<&String> = links.iter().collect();
    assert!(links.len() >= 6);
    assert_eq!(once.len(), links.len(), "{links:#?}");
}

/// A mail server at which, when the first e-mail comes, somebody is asked something.
struct Meanwhile<'a> {
    server: Server,
    ledger: &'a Ledger,
    question: QueuedLetter,
}

#[async_trait::async_trait]
impl Mail for Meanwhile<'_> {
    async fn send(&self, envelope: &Envelope) -> Result<(), MailError> {
        let asked = self.ledger.write_letters(slice::from_ref(&self.question));
        asked.await.unwrap();
        self.server.send(envelope).await
    }
}

#[tokio::test]
async fn a_question_does_not_wait_for_hundreds_of_letters_that_are_being_sent() {
    let it = Rehearsal::of(&acme()).await;
    let letter = |id: &str, about: Option<About>| {
        let letter = Letter::new("it", "it@acme.example", id, "Hello");
        QueuedLetter::new(LetterId::of(&[&id]), letter, about, it.now())
    };
    let about = |n: u32| About {
        case: CaseId::new(format!("hire-{n}-0")).unwrap(),
        task: None,
        question: None,
        record: None,
    };
    let ended: Vec<QueuedLetter> = (0..50)
        .map(|n| letter(&format!("ended {n}"), Some(about(n))))
        .collect();
    it.stack.ledger.write_letters(&ended).await.unwrap();
    let mail = Meanwhile {
        server: Server::default(),
        ledger: &it.stack.ledger,
        question: letter("a question", None),
    };
    let report = send(&it, &mail).await;
    let taken = mail.server.taken();
    let nth = taken.iter().position(|e| e.subject == "a question");
    assert!(nth.is_some_and(|nth| nth <= 10), "{nth:?}");
    assert_eq!((report.sent, taken.len()), (51, 51));
    let log = it.stack.ledger.mail_log().await.unwrap();
    assert_eq!(log.sent_at, Some(it.now()));
}

/// People of these numbers are hired, all with the same tasks.
async fn hired(it: &Rehearsal, numbers: std::ops::Range<u32>) -> Vec<latchkey_lifecycle::CaseId> {
    let mut hires = Vec::new();
    for n in numbers {
        let mut payload = sample("hire.json");
        payload["data"]["employee_id"] = json!(format!("77{n}"));
        payload["data"]["person"]["given_name"] = json!(format!("Zoe{n}"));
        payload["data"]["person"]["work_email"] = json!(format!("zoe{n}@acme.example"));
        hires.push(it.confirm(payload).await.unwrap());
    }
    hires
}

#[tokio::test]
async fn what_a_team_is_asked_at_one_instant_is_one_letter_and_each_link_opens() {
    let mut it = Rehearsal::of(&acme()).await;
    let hires = hired(&it, 0..6).await;
    it.play(&mut Answers::none(), Some(it.now())).await;
    let opens = it.task(&hires[0], "laptop").await.window.opens;
    it.clock.jump_to(opens);
    let server = Server::default();
    move_and_send(&it, &server).await;
    let taken = server.taken();
    let of_it: Vec<&Envelope> = taken
        .iter()
        .filter(|e| e.text.contains("Prepare the laptop"))
        .collect();
    assert_eq!(of_it.len(), 1, "{of_it:#?}");
    assert!(of_it[0].letters.len() >= 6);
    for letter in &of_it[0].letters {
        let brief = letter.brief.as_ref().unwrap();
        assert_eq!(brief.stage, Stage::Asked);
        assert!(of_it[0].text.contains(&brief.link));
        assert!(it.stack.links.open_url(&brief.link).is_some());
    }
}

#[tokio::test]
async fn what_was_answered_before_it_could_be_asked_is_not_asked() {
    let mut it = Rehearsal::of(&acme()).await;
    let hire = asked_for_a_laptop(&mut it).await;
    let server = Server::down();
    move_and_send(&it, &server).await;
    // Somebody has the link all the same: a colleague who read over a shoulder, or a page.
    let letters = it.stack.ledger.letters_of(&hire).await.unwrap();
    let link = letters
        .iter()
        .filter(|l| {
            l.about
                .as_ref()
                .and_then(|a| a.task.as_ref())
                .is_some_and(|t| t.as_str() == "laptop")
        })
        .find_map(|l| l.letter.brief.as_ref())
        .unwrap()
        .link
        .clone();
    let question = it.stack.links.open_url(&link).unwrap();
    let task = it.task(&hire, "laptop").await;
    assert_eq!(
        it.page(&question, Some(&form_of(&task, "done"))).await.0,
        200
    );
    it.stack
        .engine
        .run_until_idle(it.stack.handlers.as_ref())
        .await;
    assert_eq!(it.task(&hire, "laptop").await.state, TaskState::Verified);
    server.up();
    it.clock.jump_to(it.now() + SignedDuration::from_hours(1));
    let report = send(&it, &server).await;
    assert_eq!(report.not_needed, 1);
    assert!(
        server
            .taken()
            .iter()
            .all(|e| !e.text.contains("Prepare the laptop"))
    );
    let letters = it.stack.ledger.letters_of(&hire).await.unwrap();
    assert!(
        letters
            .iter()
            .all(|l| l.state == LetterState::Waiting || l.letter.text.is_empty())
    );
}

#[tokio::test]
async fn a_refused_address_holds_nothing_up_and_is_told_once() {
    let mut it = Rehearsal::of(&acme()).await;
    let hire = it.take_in("hire.json").await;
    let server = Server::default();
    let mut last = it.now();
    while it.case(&hire).await.state != CaseState::Closed {
        it.play(&mut Answers::willing(), Some(it.later(12))).await;
        last = it.now();
    }
    // As it was before the summary was written.
    let ledger = &it.stack.ledger;
    ledger
        .change_case::<latchkey_ledger::LedgerError>(&hire, |case| {
            case.summary_sent = false;
            case.revision = case.revision.next();
            Ok(Some(Vec::new()))
        })
        .await
        .unwrap();
    let sweep = it.stack.sweep_deps();
    let deps = close::Deps {
        ledger,
        clock: &it.clock,
        runbooks: sweep.runbooks,
        workflow: sweep.workflow.unwrap(),
    };
    let revision = it.case(&hire).await.revision;
    for _ in 0..5 {
        let request = json!({ "caseId": hire, "revision": revision });
        close::handle(&deps, &serde_json::from_value(request).unwrap())
            .await
            .unwrap();
    }
    for _ in 0..120 {
        send(&it, &server).await;
        it.clock.jump_to(it.now() + SignedDuration::from_mins(1));
    }
    assert!(it.clock.now() > last);
    let subjects: Vec<String> = server.taken().iter().map(|e| e.subject.clone()).collect();
    let about = |word: &str| subjects.iter().filter(|s| s.contains(word)).count();
    assert_eq!(
        (about("Closed: hire"), about("cannot be reached")),
        (1, 1),
        "{subjects:?}"
    );
}
