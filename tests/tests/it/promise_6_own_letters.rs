//! Promise 6, for letters of people's own: who gets them, when, by which link, and once.

use std::sync::Mutex;

use jiff::{SignedDuration, Timestamp, civil::Date};
use latchkey_ledger::{LedgerError, Somebody};
use latchkey_lifecycle::{Absence, AuditBody, CaseId, OwnLetters, OwnSettings, What};
use latchkey_questions::Hand;
use latchkey_runtime::{Envelope, Mail, MailError, NotTaken};
use latchkey_tests::{Answers, Rehearsal, acme};
use serde_json::json;

const TEAM: &str = "it@acme.example";
const ADA: &str = "ada.king@acme.example";
const BEN: &str = "ben.hartmann@acme.example";

/// A mail server of ours.
#[derive(Default)]
struct Server {
    /// As SNS, it knows teams only.
    teams_only: bool,
    /// It takes what goes to this address, and says that it did not.
    forgets: Mutex<Option<&'static str>>,
    taken: Mutex<Vec<Envelope>>,
}

#[async_trait::async_trait]
impl Mail for Server {
    fn reaches_people(&self) -> bool {
        !self.teams_only
    }

    async fn send(&self, envelope: &Envelope) -> Result<(), MailError> {
        self.taken.lock().unwrap().push(envelope.clone());
        match *self.forgets.lock().unwrap() == Some(envelope.to.as_str()) {
            true => Err(MailError {
                team: envelope.team.clone(),
                problem: "connection reset".to_owned(),
                why: NotTaken::Later,
            }),
            false => Ok(()),
        }
    }
}

impl Server {
    /// What an address got so far.
    fn to(&self, address: &str) -> Vec<Envelope> {
        let taken = self.taken.lock().unwrap();
        taken
            .iter()
            .filter(|one| one.to == address)
            .cloned()
            .collect()
    }
}

async fn move_and_send(it: &Rehearsal, server: &Server) {
    it.stack
        .engine
        .run_until_idle(it.stack.handlers.as_ref())
        .await;
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
        .unwrap();
}

/// Until the hire's laptop is to be asked for.
async fn before_the_laptop(it: &mut Rehearsal) -> CaseId {
    let hire = it.take_in("hire.json").await;
    it.play(&mut Answers::none(), Some(it.now())).await;
    let opens = it.task(&hire, "laptop").await.window.opens;
    it.clock.jump_to(opens);
    hire
}

async fn set(it: &Rehearsal, address: &str, change: impl Fn(&mut OwnSettings)) {
    let change = |before: &OwnSettings| {
        let mut after = before.clone();
        after.name = latchkey_questions::facts::name_of(address);
        change(&mut after);
        let record = AuditBody {
            at: Timestamp::UNIX_EPOCH,
            by: after.name.clone(),
            what: What::LettersChosen,
            text: "Set.".to_owned(),
            detail: json!({}),
        };
        Ok::<_, LedgerError>((after, record))
    };
    let ledger = &it.stack.ledger;
    ledger.change_own_settings(address, change).await.unwrap();
}

async fn chooses(it: &Rehearsal, address: &str, letters: OwnLetters) {
    set(it, address, |settings| settings.letters = letters).await;
}

/// The link opens a task for whoever has it: it goes to the team and nowhere else.
#[tokio::test]
async fn whoever_chose_so_gets_their_teams_letters_with_a_page_that_asks_who_they_are() {
    let mut it = Rehearsal::of(&acme()).await;
    before_the_laptop(&mut it).await;
    chooses(&it, ADA, OwnLetters::AtOnce).await;
    let server = Server::default();
    move_and_send(&it, &server).await;
    let (team, ada) = (server.to(TEAM), server.to(ADA));
    assert_eq!((team.len(), ada.len()), (1, 1));
    assert_eq!(server.to(BEN).len(), 0);
    for part in [&ada[0].text, ada[0].html.as_ref().unwrap()] {
        assert!(part.contains("Prepare the laptop"), "{part}");
        assert!(
            part.contains("/cases/") && part.contains("/tasks/laptop"),
            "{part}"
        );
        let links = part
            .split(['"', ' ', '\n'])
            .filter(|word| word.starts_with("http"));
        for link in links {
            assert_eq!(it.stack.links.open_url(link), None, "{link}");
        }
    }
    assert!(team[0].letters[0].brief.is_some());
}

#[tokio::test]
async fn where_mail_goes_to_teams_only_nobody_is_promised_a_letter_of_their_own() {
    let mut it = Rehearsal::of(&acme()).await;
    before_the_laptop(&mut it).await;
    chooses(&it, ADA, OwnLetters::AtOnce).await;
    let server = Server {
        teams_only: true,
        ..Server::default()
    };
    move_and_send(&it, &server).await;
    assert_eq!((server.to(TEAM).len(), server.to(ADA).len()), (1, 0));
    assert!(
        it.stack
            .ledger
            .letters_waiting(10)
            .await
            .unwrap()
            .is_empty()
    );
}

#[tokio::test]
async fn a_digest_comes_once_a_working_morning_with_what_is_still_open_also_after_a_restart() {
    let mut it = Rehearsal::lasting(&acme()).await;
    let hire = before_the_laptop(&mut it).await;
    chooses(&it, ADA, OwnLetters::Digest).await;
    let server = Server::default();
    move_and_send(&it, &server).await;
    assert_eq!((server.to(TEAM).len(), server.to(ADA).len()), (1, 0));
    let asked = it.now();
    let waiting = it.stack.ledger.letters_waiting(10).await.unwrap();
    let morning = waiting[0].item.next;
    let there = morning.in_tz("Europe/Berlin").unwrap();
    assert_eq!(there.time(), jiff::civil::time(8, 30, 0, 0));
    assert!(morning > asked && morning <= asked + SignedDuration::from_hours(24 * 4));

    it = it.restart().await;
    it.clock.jump_to(morning - SignedDuration::from_secs(1));
    move_and_send(&it, &server).await;
    assert_eq!(server.to(ADA).len(), 0, "before its hour");
    it.clock.jump_to(morning);
    // The server takes it and hangs up, and the process dies.
    *server.forgets.lock().unwrap() = Some(ADA);
    move_and_send(&it, &server).await;
    it = it.restart().await;
    *server.forgets.lock().unwrap() = None;
    for _ in 0..30 {
        it.clock.jump_to(it.now() + SignedDuration::from_mins(1));
        move_and_send(&it, &server).await;
    }
    let ada = server.to(ADA);
    let ids: std::collections::BTreeSet<&String> = ada.iter().map(|one| &one.id).collect();
    assert_eq!(
        (ada.len(), ids.len()),
        (2, 1),
        "twice by one id is once for a reader"
    );
    assert!(
        ada[0].text.starts_with("Good morning Ada King, "),
        "{}",
        ada[0].text
    );
    let of_laptop = ada[1].text.matches("Prepare the laptop").count();
    assert_eq!(of_laptop, 1, "{}", ada[1].text);
    let letters = it.stack.ledger.letters_of(&hire).await.unwrap();
    assert!(
        letters
            .iter()
            .all(|l| l.letter.own.is_none() || l.ended_at.is_some())
    );
}

#[tokio::test]
async fn what_is_urgent_waits_for_no_morning() {
    let mut it = Rehearsal::of(&acme()).await;
    it.seed().await;
    chooses(&it, ADA, OwnLetters::Digest).await;
    it.take_in("urgent-exit.json").await;
    it.play(&mut Answers::none(), Some(it.now())).await;
    let asked = it.letters.iter().filter(|sent| sent.letter.to == ADA);
    let asked: Vec<_> = asked.map(|sent| &sent.letter).collect();
    assert!(!asked.is_empty());
    for letter in asked {
        assert!(
            letter.urgent && letter.subject.starts_with("URGENT: "),
            "{}",
            letter.subject
        );
    }
}

/// Of what somebody has in hand, and who is away, reminders go to whoever stands in.
#[tokio::test]
async fn a_stand_in_is_reminded_of_what_somebody_has_in_hand_and_the_trail_says_so() {
    let mut it = Rehearsal::of(&acme()).await;
    let hire = before_the_laptop(&mut it).await;
    let server = Server::default();
    move_and_send(&it, &server).await;
    let letters = server.to(TEAM).into_iter().flat_map(|one| one.letters);
    let mut links = letters.filter_map(|letter| Some(letter.brief?.link));
    let link = links.find(|link| link.contains("/laptop/")).unwrap();
    let asked = it.stack.links.open_url(&link).unwrap();
    let ada = Somebody {
        name: "Ada King".to_owned(),
        address: ADA.to_owned(),
    };
    let take = Hand::Take {
        seen: String::new(),
    };
    let sweep = it.stack.sweep_deps();
    let deps = latchkey_questions::Deps {
        ledger: &it.stack.ledger,
        clock: &it.clock,
        runbooks: sweep.runbooks,
        workflow: sweep.workflow.unwrap(),
        links: &it.stack.links,
    };
    latchkey_questions::in_hand(&deps, &asked, &ada, &take)
        .await
        .unwrap();
    let day = |text: &str| -> Date { text.parse().unwrap() };
    set(&it, ADA, |settings| {
        settings.absences.push(Absence {
            from: day("2026-11-01"),
            until: day("2026-12-31"),
            stand_in: Some(BEN.to_owned()),
        });
    })
    .await;
    let remind = it.task(&hire, "laptop").await.checkpoints.remind;
    it.clock.jump_to(remind + SignedDuration::from_secs(5));
    move_and_send(&it, &server).await;
    let ben = server.to(BEN);
    let reminded = ben.iter().find(|one| one.subject.starts_with("Reminder: "));
    let reminded = reminded.unwrap_or_else(|| panic!("{ben:#?}"));
    assert!(
        reminded.subject.ends_with("(for Ada King)"),
        "{}",
        reminded.subject
    );
    let away = "Ada King is away until Thu 31 Dec 2026, and you stand in.";
    assert!(reminded.text.contains(away), "{}", reminded.text);
    assert!(
        it.everything(&hire)
            .await
            .contains("Told Ben Hartmann, who stands in for Ada King")
    );
    assert!(
        server
            .to(TEAM)
            .iter()
            .any(|one| one.subject.starts_with("Reminder: "))
    );
}

/// A letter as it goes out, in both parts, with links that are the same each time.
#[tokio::test]
async fn a_letter_reads_as_drawn_in_text_and_html() {
    let mut it = Rehearsal::of(&acme()).await;
    before_the_laptop(&mut it).await;
    chooses(&it, ADA, OwnLetters::AtOnce).await;
    let server = Server::default();
    move_and_send(&it, &server).await;
    for (name, address) in [("team", TEAM), ("own", ADA)] {
        let mut sent = server.to(address).into_iter();
        let sent = sent
            .find(|one| one.subject.contains("Prepare the laptop"))
            .unwrap();
        let links = sent
            .letters
            .iter()
            .filter_map(|letter| letter.brief.as_ref());
        let links: Vec<String> = links.map(|brief| brief.link.clone()).collect();
        let plain = |text: &str| {
            let all = links.iter().enumerate();
            all.fold(text.to_owned(), |text, (n, link)| {
                text.replace(link.as_str(), &format!("LINK-{n}"))
            })
        };
        insta::assert_snapshot!(
            format!("{name}_text"),
            plain(&format!("{}\n\n{}", sent.subject, sent.text))
        );
        insta::assert_snapshot!(format!("{name}_html"), plain(sent.html.as_ref().unwrap()));
    }
}
