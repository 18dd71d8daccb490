//! A company with open cases moves: from a folder to a table on (emulated) AWS, and from there to another folder. What
//! nobody there knows of goes with it, the cases go on, and every audit trail is whole.

use std::{fs, path::Path};

use aws_sdk_dynamodb::config::{BehaviorVersion, Credentials, Region};
use latchkey_ledger::Ledger;
use latchkey_peers::{Moto, REGION};

use crate::{Said, latchkey, said, up, up::Up};

const TABLE: &str = "latchkey-moved";

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

/// A command against the emulated AWS.
fn there(moto: &Moto, arguments: &[&str]) -> Said {
    let output = latchkey(arguments)
        .env(
            "AWS_ENDPOINT_URL",
            format!("http://127.0.0.1:{}", moto.port()),
        )
        .env("AWS_REGION", REGION)
        .env("AWS_ACCESS_KEY_ID", "test")
        .env("AWS_SECRET_ACCESS_KEY", "test")
        .output()
        .unwrap();
    Said {
        status: output.status.code(),
        output: String::from_utf8(output.stdout).unwrap(),
        errors: String::from_utf8(output.stderr).unwrap(),
    }
}

fn done(said: Said) -> String {
    assert_eq!(said.status, Some(0), "{} {}", said.output, said.errors);
    said.output
}

async fn table(moto: &Moto) -> Ledger {
    let config = aws_sdk_dynamodb::Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new(REGION))
        .endpoint_url(format!("http://127.0.0.1:{}", moto.port()))
        .credentials_provider(Credentials::new("test", "test", None, None, "test"))
        .build();
    let ledger = Ledger::new(aws_sdk_dynamodb::Client::from_conf(config), TABLE);
    ledger.create_table().await.unwrap();
    ledger
}

#[tokio::test]
async fn a_company_with_open_cases_moves_to_aws_and_back_and_its_cases_close() {
    let folder = tempfile::tempdir().unwrap();
    let [first, last] = ["first", "last"].map(|name| folder.path().join(name));
    let [out, back] = ["out.jsonl", "back.jsonl"].map(|name| folder.path().join(name));
    fs::create_dir(&first).unwrap();
    let running = Up::of_clinic(&first);
    let ids = ["31", "32", "33"].map(|id| up::hire(&first, id));
    up::until("the sixth question", || {
        (up::links(&first).len() == 6).then_some(())
    })
    .await;
    running.kill();

    done(said(&["export", text(&out), "--dir", text(&first)]));
    let moto = Moto::start().await.unwrap();
    let ledger = table(&moto).await;
    let place = ["--table", TABLE];
    let import = |from: &Path| {
        there(
            &moto,
            &[&["import-ledger", text(from)], &place[..]].concat(),
        )
    };
    done(import(&out));
    let verified = done(there(&moto, &[&["audit", "verify"], &place[..]].concat()));
    assert!(verified.contains("3 cases"), "{verified}");
    // A case goes on where it is now: what is decided there comes back with it.
    let signed = ["--by", "Olga", "--reason", "there is none"];
    done(there(
        &moto,
        &[&["waive", ids[0].as_str(), "desk"], &signed[..], &place].concat(),
    ));

    // Neither the same nor anything else is poured over it.
    let again = import(&out);
    assert!(again.errors.contains("already"), "{}", again.errors);
    done(there(
        &moto,
        &[&["export", text(&back)], &place[..]].concat(),
    ));
    let other = import(&back);
    assert_eq!(other.status, Some(1));
    assert!(other.errors.contains("is not empty"), "{}", other.errors);

    done(said(&["import-ledger", text(&back), "--dir", text(&last)]));
    let full = said(&["import-ledger", text(&back), "--dir", text(&last)]);
    assert!(
        full.errors.contains("has a ledger already"),
        "{}",
        full.errors
    );
    // Secrets go by hand: the links that went out open with them.
    fs::copy(first.join("secrets.json"), last.join("secrets.json")).unwrap();
    let running = Up::start(&last, &[]);
    fs::create_dir_all(last.join("outbox")).unwrap();
    for letter in fs::read_dir(first.join("outbox")).unwrap() {
        let letter = letter.unwrap();
        if !letter.file_name().to_string_lossy().starts_with('.') {
            let name = format!("moved-{}", letter.file_name().to_string_lossy());
            fs::copy(letter.path(), last.join("outbox").join(name)).unwrap();
        }
    }
    up::everybody_answers(&last, &running.address).await;
    let place = ["--dir", text(&last)];
    let moved = up::case(&ids[0], &place);
    let desk = moved["tasks"]
        .as_array()
        .unwrap()
        .iter()
        .find(|task| task["id"] == "desk");
    assert_eq!(desk.unwrap()["state"], "waived");
    for id in &ids {
        assert_eq!(up::case(id, &place)["case"]["state"], "closed", "{id}");
    }
    done(said(&[&["audit", "verify"], &place[..]].concat()));
    let own = [ledger, latchkey_embedded::open_ledger(&last).await.unwrap()];
    let [there, here] = own.each_ref().map(Ledger::id);
    assert_eq!(
        there.await.unwrap(),
        here.await.unwrap(),
        "it is the same ledger"
    );
}

#[tokio::test]
async fn what_was_cut_off_goes_on_and_writes_over_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let (first, out) = (folder.path().join("first"), folder.path().join("out.jsonl"));
    crate::kept::closed(&first).await;
    done(said(&["export", text(&out), "--dir", text(&first)]));
    let moto = Moto::start().await.unwrap();
    let ledger = table(&moto).await;
    // As a command leaves it that was killed: begun, with one item, which has gone on since.
    let lines = fs::read_to_string(&out).unwrap();
    let foot: serde_json::Value = serde_json::from_str(lines.lines().last().unwrap()).unwrap();
    let began = latchkey_ledger::Arrival {
        checksum: foot["end"]["sha256"].as_str().unwrap().to_owned(),
        items: foot["end"]["items"].as_u64().unwrap(),
        began: jiff::Timestamp::UNIX_EPOCH,
        done: None,
    };
    ledger.note_arrival(&began).await.unwrap();
    let line = lines.lines().nth(1).unwrap();
    let line: serde_json::Value = serde_json::from_str(line).unwrap();
    let mut item: latchkey_ledger::WholeItem =
        serde_json::from_value(line["Item"].clone()).unwrap();
    let own = latchkey_ledger::Attribute::N("7".to_owned());
    item.0.insert("since".to_owned(), own.clone());
    ledger.put_items(vec![item.clone()]).await.unwrap();

    let told = done(there(
        &moto,
        &["import-ledger", text(&out), "--table", TABLE],
    ));
    assert!(told.contains("has written to it meanwhile"), "{told}");
    let mut items = ledger.every_item(None).await.unwrap().items;
    assert_eq!(items.len() as u64, began.items + 1);
    items.retain(|it| *it == item);
    assert_eq!(items.len(), 1, "it was written over");
}

#[tokio::test]
async fn a_file_that_was_cut_off_or_changed_is_not_imported() {
    let folder = tempfile::tempdir().unwrap();
    let (first, out) = (folder.path().join("first"), folder.path().join("out.jsonl"));
    crate::kept::closed(&first).await;
    done(said(&["export", text(&out), "--dir", text(&first)]));
    let whole = fs::read_to_string(&out).unwrap();
    let lines: Vec<&str> = whole.lines().collect();
    let without = |n: usize| [&lines[..n], &lines[n + 1..]].concat().join("\n");
    let broken = [
        (lines[..lines.len() - 1].join("\n"), "its end is missing"),
        (without(1), "not as it was written"),
        (
            whole.replacen("Clinic", "Klinik", 1),
            "not as it was written",
        ),
        (
            whole.replacen("\"format\":1", "\"format\":2", 1),
            "import it with that version",
        ),
        (
            whole.replacen("ledger export", "shopping list", 1),
            "no exported ledger",
        ),
        (String::new(), "no line of an exported ledger"),
    ];
    for (number, (text_of, told)) in broken.into_iter().enumerate() {
        let (file, dir) = (folder.path().join("x.jsonl"), folder.path().join("new"));
        fs::write(&file, text_of).unwrap();
        let refused = said(&["import-ledger", text(&file), "--dir", text(&dir)]);
        assert_eq!(refused.status, Some(1), "{number}: {}", refused.output);
        assert!(
            refused.errors.contains(told),
            "{number}: {}",
            refused.errors
        );
        assert!(!dir.join("ledger.sqlite").exists(), "{number}");
    }
}
