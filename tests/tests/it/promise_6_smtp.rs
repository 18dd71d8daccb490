//! Promise 6, on a mail server that nobody here wrote: what it takes, refuses, puts off, and takes without saying so.

use std::{collections::BTreeSet, sync::Arc};

use latchkey_embedded::Outbox;
use latchkey_lifecycle::Letter;
use latchkey_peers::MailServer;
use latchkey_runtime::{Envelope, Mail, NotTaken, WallClock};

fn envelope(id: &str, to: &str) -> Envelope {
    let letter = Letter::new(
        "it",
        to,
        "Laptop – Zoë",
        "Hello IT – please do this:\n\n  https://latchkey.example/tasks/abc=def\n",
    );
    Envelope {
        id: id.to_owned(),
        team: letter.team.clone(),
        to: letter.to.clone(),
        subject: letter.subject.clone(),
        text: letter.text.clone(),
        html: None,
        urgent: false,
        written_at: "2026-11-29T04:46:43Z".parse().unwrap(),
        letters: vec![letter],
    }
}

fn outbox(port: u16) -> Outbox {
    let smtp = format!("smtp://127.0.0.1:{port}");
    let from = "Latchkey <latchkey@acme.example>";
    Outbox::open(None, Some(&smtp), from, Arc::new(WallClock)).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mail_server_takes_refuses_puts_off_and_forgets() {
    let server = MailServer::start().await.unwrap();
    let outbox = outbox(server.port());
    assert_eq!(outbox.problems().await, Vec::<String>::new());
    outbox
        .send(&envelope("a1", "it@acme.example"))
        .await
        .unwrap();
    let refused = outbox
        .send(&envelope("a2", "nobody@acme.example"))
        .await
        .unwrap_err();
    assert_eq!(refused.why, NotTaken::Refused);
    assert!(refused.problem.contains("no such user here"), "{refused}");
    let later = outbox
        .send(&envelope("a3", "later@acme.example"))
        .await
        .unwrap_err();
    assert_eq!(later.why, NotTaken::Later);
    assert!(later.problem.contains("greylisted"), "{later}");
    for _ in 0..3 {
        let lost = outbox
            .send(&envelope("a4", "lost@acme.example"))
            .await
            .unwrap_err();
        assert_eq!(lost.why, NotTaken::Down);
    }
    outbox
        .send(&envelope("a5", "it@acme.example"))
        .await
        .unwrap();
    let taken = server.taken().unwrap();
    let id = |mail: &String| {
        let line = mail
            .lines()
            .find(|line| line.to_lowercase().starts_with("message-id:"));
        line.unwrap_or_default().to_owned()
    };
    let ids: BTreeSet<String> = taken.iter().map(id).collect();
    // Three copies of one letter are one for whoever reads them.
    assert_eq!((taken.len(), ids.len()), (5, 3), "{taken:#?}");
    let port = server.port();
    drop(server);
    let down = outbox
        .send(&envelope("a6", "it@acme.example"))
        .await
        .unwrap_err();
    assert_eq!(down.why, NotTaken::Down);
    assert!(down.problem.to_lowercase().contains("connect"), "{down}");
    let problems = outbox.problems().await;
    assert!(problems[0].starts_with("the mail server: "), "{problems:?}");
    let again = MailServer::start_at(port).await.unwrap();
    outbox
        .send(&envelope("a6", "it@acme.example"))
        .await
        .unwrap();
    assert_eq!(again.taken().unwrap().len(), 1);
}

/// Both parts, as a library reads them that nobody here wrote.
#[tokio::test(flavor = "multi_thread")]
async fn a_letter_with_html_is_read_by_another_librarys_eyes_as_it_was_written() {
    let server = MailServer::start().await.unwrap();
    let mut letter = envelope("b1", "it@acme.example");
    letter.subject = "URGENT: Laptop – Zoë".to_owned();
    letter.urgent = true;
    let html = format!(
        "<p>Bitte – für Zoë &amp; alle.</p>\n<p>{}</p>\n",
        "x".repeat(1200)
    );
    letter.html = Some(html.clone());
    outbox(server.port()).send(&letter).await.unwrap();
    let read: serde_json::Value = serde_json::from_str(&server.read().unwrap()).unwrap();
    let mail = &read[0];
    assert_eq!(mail["defects"], serde_json::json!([]));
    assert_eq!(mail["type"], "multipart/alternative");
    // The last one is what a program shows that can show both (RFC 2046, section 5.1.4).
    assert_eq!(mail["preferred"], "text/html");
    let part = |n: usize| {
        let text = mail["parts"][n][1].as_str().unwrap();
        (
            mail["parts"][n][0].as_str().unwrap(),
            text.replace("\r\n", "\n"),
        )
    };
    assert_eq!(part(0).0, "text/plain");
    assert_eq!(part(0).1.trim_end(), letter.text.trim_end());
    assert_eq!(part(1).0, "text/html");
    assert_eq!(part(1).1.trim_end(), html.trim_end());
    let header = |name: &str| {
        mail["headers"][name]
            .as_str()
            .unwrap_or_default()
            .to_owned()
    };
    assert_eq!(header("subject"), letter.subject);
    assert_eq!(header("importance"), "high");
    assert_eq!(header("x-priority"), "1");
    assert_eq!(header("auto-submitted"), "auto-generated");
}
