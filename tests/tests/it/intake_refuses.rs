//! What is not signed, not recent, not ours, too long or not readable is refused, logged, and changes nothing.

use jiff::SignedDuration;
use latchkey_hris::{MAX_BODY_BYTES, Outgoing, SourceSecret, source};
use latchkey_ledger::Shelf;
use latchkey_tests::{Rehearsal, acme, sample};
use serde_json::{Value, json};
use tracing::Level;
use tracing_subscriber::{filter::Targets, fmt::format::FmtSpan};

use crate::log::Log;

struct Posted<'a> {
    source: &'a str,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
}

impl Posted<'_> {
    /// A rightly signed hire, sent some seconds ago.
    fn right(it: &Rehearsal, body: &[u8], age: i64) -> Posted<'static> {
        Posted::called(it, "msg_1", body, age)
    }

    /// The same under another id.
    fn called(it: &Rehearsal, id: &str, body: &[u8], age: i64) -> Posted<'static> {
        let secret = SourceSecret::new(it.stack.keys.text("hooks/generic").unwrap().unwrap());
        let sent_at = it
            .now()
            .checked_sub(SignedDuration::from_secs(age))
            .unwrap();
        let outgoing = Outgoing { id, sent_at, body };
        let signed = source("generic").unwrap().sign(&secret, &outgoing).unwrap();
        let headers = signed
            .iter()
            .map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned()));
        Posted {
            source: "generic",
            headers: headers.collect(),
            body: body.to_vec(),
        }
    }

    fn without(mut self, name: &str) -> Self {
        self.headers.retain(|(n, _)| n != name);
        self
    }

    fn with(mut self, name: &str, value: &str) -> Self {
        self = self.without(name);
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    async fn send(self, it: &Rehearsal) -> (u16, Value) {
        let url = format!("http://{}/hooks/{}", it.stack.address, self.source);
        let mut call = reqwest::Client::new().post(url).body(self.body);
        for (name, value) in self.headers {
            call = call.header(name, value);
        }
        let answer = call.send().await.unwrap();
        let status = answer.status().as_u16();
        (status, answer.json().await.unwrap())
    }
}

#[allow(clippy::too_many_lines, reason = "a table")]
#[tokio::test]
async fn every_wrong_delivery_gets_its_answer_and_a_line_in_the_log_and_changes_nothing() {
    let it = Rehearsal::of(&acme()).await;
    let log = Log::default();
    let told = Targets::new().with_default(Level::INFO);
    let _listening = log.listen(told, FmtSpan::NONE);

    let hire = sample("hire.json").to_string();
    let right = |body: &str, age| Posted::right(&it, body.as_bytes(), age);
    let forged = right(&hire, 0).headers[2].1.replace("v1,", "v1,AA");
    let changed = Posted {
        body: hire.replace("1042", "1043").into_bytes(),
        ..right(&hire, 0)
    };
    let elsewhere = |source| Posted {
        source,
        ..right(&hire, 0)
    };
    let long = format!("{{\"type\": \"{}\"}}", "x".repeat(MAX_BODY_BYTES));
    let cases: Vec<(&str, Posted<'_>, u16)> = vec![
        (
            "no signature",
            right(&hire, 0).without("webhook-signature"),
            401,
        ),
        ("no id", right(&hire, 0).without("webhook-id"), 401),
        ("no time", right(&hire, 0).without("webhook-timestamp"), 401),
        (
            "forged",
            right(&hire, 0).with("webhook-signature", &forged),
            401,
        ),
        ("another body", changed, 401),
        (
            "another id",
            right(&hire, 0).with("webhook-id", "msg_2"),
            401,
        ),
        ("stale", right(&hire, 301), 401),
        ("from the future", right(&hire, -301), 401),
        ("too long", right(&long, 0), 413),
        (
            "a form",
            right(&hire, 0).with("content-type", "application/x-www-form-urlencoded"),
            415,
        ),
        (
            "what a browser may send to anybody",
            right(&hire, 0).with("content-type", "text/plain"),
            415,
        ),
        (
            "from a page in a browser",
            right(&hire, 0).with("origin", "https://evil.example"),
            403,
        ),
        (
            "from a page without a name",
            right(&hire, 0).with("origin", "null"),
            403,
        ),
        ("not JSON", right("hire Ann", 0), 400),
        (
            "an id that is too long to be kept",
            Posted::called(&it, &"i".repeat(3000), hire.as_bytes(), 0),
            400,
        ),
        (
            "not an event",
            right("{\"type\": \"person.promoted\", \"data\": {}}", 0),
            422,
        ),
        (
            "an id that only looks like another",
            right(&hire.replace("1042", "10\u{43e}42"), 0),
            422,
        ),
        (
            "no employee",
            right("{\"type\": \"person.hired\", \"data\": {}}", 0),
            422,
        ),
        ("no such source", elsewhere("workday2000"), 404),
        ("a source without a secret", elsewhere("bamboohr"), 404),
    ];
    for (what, posted, expected) in cases {
        let before = log.lines().len();
        let (status, answer) = posted.send(&it).await;
        assert_eq!(status, expected, "{what}: {answer}");
        assert!(
            answer["error"].as_str().is_some_and(|e| e.len() > 10),
            "{what}: {answer}"
        );
        let id = answer["requestId"].as_str().unwrap();
        let lines = log.lines().split_off(before);
        let refused = lines
            .iter()
            .find(|l| l["span"]["request_id"] == id)
            .unwrap_or_else(|| panic!("{what}: no line with {id} in {lines:?}"));
        assert_eq!(
            (&refused["level"], &refused["fields"]["status"]),
            (&"WARN".into(), &expected.into()),
            "{what}"
        );
        let text = refused.to_string();
        assert!(
            !text.contains("Müller") && !text.contains("v1,"),
            "{what}: {text}"
        );
    }
    assert_eq!(it.stack.engine.running(), 0);
    assert_eq!(it.stack.ledger.cases(Shelf::Open, 10).await.unwrap(), []);
    // The same event, rightly sent, is taken in: nothing of the above stands in its way.
    let (status, answer) = right(&hire, 299).send(&it).await;
    assert_eq!(status, 202, "{answer}");
    assert_eq!(it.stack.engine.running(), 1);
}

/// What stands in a secret's place and is none must not be what a stranger signs with.
#[tokio::test]
async fn a_source_whose_secret_is_no_text_takes_nothing_in() {
    let it = Rehearsal::of(&acme()).await;
    let hire = sample("hire.json").to_string();
    for (kept, expected) in [
        (json!(null), 404),
        (json!({}), 500),
        (json!(7), 500),
        (json!("null"), 500),
        (json!("whsec_AA=="), 500),
    ] {
        let posted = Posted::right(&it, hire.as_bytes(), 0);
        let before = it.stack.keys.text("hooks/generic").unwrap().unwrap();
        it.stack.keys.set("hooks/generic", kept.clone()).unwrap();
        let (status, answer) = posted.send(&it).await;
        assert_eq!(status, expected, "{kept}: {answer}");
        let whole = json!(before);
        it.stack.keys.set("hooks/generic", whole).unwrap();
    }
    assert_eq!(it.stack.engine.running(), 0);
}
