//! How a running `latchkey up` is: for people, for machines, for Prometheus, and in its log.

use std::path::Path;

use latchkey_embedded::file;
use rustix::process::Signal;
use serde_json::Value;

use crate::{
    said,
    service::{Up, desk, hires},
};

fn json(dir: &Path) -> (Option<i32>, Value) {
    let said = said(&["status", "--json", "--dir", dir.to_str().unwrap()]);
    let status = serde_json::from_str(&said.output);
    (
        said.status,
        status.unwrap_or_else(|_| panic!("{}{}", said.output, said.errors)),
    )
}

/// What needs somebody, but for this machine's disk, which is nobody's of these tests.
fn needs(told: &Value) -> Vec<&str> {
    let all = told["needsSomebody"].as_array().unwrap().iter();
    let all = all.map(|words| words.as_str().unwrap());
    all.filter(|words| !words.contains("left on the disk"))
        .collect()
}

async fn get(url: &str) -> (u16, String) {
    let answer = reqwest::get(url).await.unwrap();
    (answer.status().as_u16(), answer.text().await.unwrap())
}

/// A person's own: nowhere but in the ledger and in letters.
const CANARIES: [&str; 3] = ["Ida", "Holm", "31-7"];

#[tokio::test]
async fn how_it_is_is_told_to_people_machines_and_prometheus() {
    let directory = desk();
    let dir = directory.path();
    let (status, told) = json(dir);
    assert_eq!((status, &told["process"]), (Some(2), &Value::Null));
    let port = latchkey_peers::free_port().unwrap();
    let metrics = format!("127.0.0.1:{port}");
    let _up = Up::start(dir, &["--metrics", &metrics]);
    hires(dir, "31-7");

    let (status, told) = json(dir);
    assert_eq!(needs(&told), [""; 0]);
    let all = told["needsSomebody"].as_array().unwrap().len();
    assert_eq!(status, Some(i32::from(all > 0)), "{told:#}");
    assert_eq!(told["ledger"]["cases"]["open"], 1);
    assert_eq!(told["ledger"]["sources"][0]["source"], "generic");
    assert!(told["files"]["ledger"].as_u64().unwrap() > 0, "{told:#}");
    let words = said(&["status", "--dir", dir.to_str().unwrap()]).output;
    assert_eq!(
        words.contains("Nothing needs an operator."),
        all == 0,
        "{words}"
    );

    let (_, figures) = get(&format!("http://{metrics}/metrics")).await;
    for line in [
        "latchkey_webhooks_total{source=\"generic\",status=\"202\"} 1\n",
        "latchkey_cases{which=\"open\"} 1\n",
        "latchkey_well 1\n",
    ] {
        assert!(figures.contains(line), "{line} is not in\n{figures}");
    }
    for canary in CANARIES {
        assert!(
            !figures.contains(canary) && !told.to_string().contains(canary),
            "{canary}"
        );
    }
    let address = Up::address(dir);
    assert_eq!(
        get(&format!("{address}/healthz")).await,
        (200, "ok\n".to_owned())
    );
    // The figures, and what only commands may ask, are not where hooks and pages are.
    for path in ["metrics", "status"] {
        assert_eq!(get(&format!("{address}/{path}")).await.0, 404, "{path}");
    }
    let control: Value =
        serde_json::from_slice(&std::fs::read(dir.join(file::CONTROL)).unwrap()).unwrap();
    let control = control["address"].as_str().unwrap();
    assert_eq!(get(&format!("{control}/status")).await.0, 401);
}

#[tokio::test]
async fn a_folder_that_vanished_takes_nothing_in_and_says_so() {
    let directory = desk();
    let dir = directory.path();
    let _up = Up::start(dir, &[]);
    let address = Up::address(dir);
    let outbox = dir.join(file::OUTBOX);
    let away = dir.join("away");
    std::fs::rename(&outbox, &away).unwrap();
    let hook = format!("{address}/hooks/generic");
    let answer = reqwest::Client::new()
        .post(&hook)
        .body("{}")
        .send()
        .await
        .unwrap();
    assert_eq!(answer.status(), 503);
    assert_eq!(answer.headers()["retry-after"], "60");
    assert_eq!(get(&format!("{address}/healthz")).await.0, 503);
    let (status, told) = json(dir);
    assert_eq!(status, Some(1));
    let needed = needs(&told)[0];
    assert!(
        needed.contains("the outbox is not there any more"),
        "{needed}"
    );
    std::fs::rename(&away, &outbox).unwrap();
    hires(dir, "31-7");
    assert_eq!(needs(&json(dir).1), [""; 0]);
}

#[tokio::test]
async fn a_log_in_json_has_the_id_of_each_request_and_nothing_of_a_person() {
    let directory = desk();
    let dir = directory.path();
    let up = Up::start(dir, &["--log", "json"]);
    let address = Up::address(dir);
    let hook = format!("{address}/hooks/generic");
    let refused = reqwest::Client::new()
        .post(&hook)
        .body("{}")
        .send()
        .await
        .unwrap();
    let id = refused.headers()["x-request-id"]
        .to_str()
        .unwrap()
        .to_owned();
    let answer: Value = refused.json().await.unwrap();
    assert_eq!(answer["requestId"], id.as_str());
    let page = reqwest::get(format!("{address}/nothing")).await.unwrap();
    assert!(page.headers().contains_key("x-request-id"));
    hires(dir, "31-7");
    up.signal(Signal::TERM);
    let (_, _, errors) = up.ended();
    let lines: Vec<Value> = errors
        .lines()
        .map(|line| serde_json::from_str(line).unwrap_or_else(|_| panic!("{line}")))
        .collect();
    assert!(
        lines.iter().all(|line| line["timestamp"].is_string()),
        "{errors}"
    );
    let of_it = |line: &&Value| line["span"]["request_id"] == id.as_str();
    let refused = lines.iter().find(of_it).unwrap();
    assert_eq!(
        (&refused["level"], &refused["span"]["source"]),
        (&"WARN".into(), &"generic".into())
    );
    for canary in ["Ida", "Holm", "desk.example"] {
        assert!(!errors.contains(canary), "{canary}: {errors}");
    }
}

#[test]
fn a_file_says_what_the_command_line_does_not_and_a_name_is_an_address() {
    let directory = desk();
    let dir = directory.path();
    let file = dir.join("latchkey.yaml");
    std::fs::write(
        &file,
        "public_url: https://latchkey.desk.example\nlog: json\n",
    )
    .unwrap();
    let port = latchkey_peers::free_port().unwrap();
    let listen = format!("localhost:{port}");
    let up = Up::start(dir, &["--listen", &listen]);
    hires(dir, "31-7");
    up.signal(Signal::TERM);
    let (status, output, errors) = up.ended();
    assert_eq!(status.code(), Some(0), "{errors}");
    assert!(output.contains(&format!("127.0.0.1:{port}")), "{output}");
    let first = errors.lines().next().unwrap();
    assert!(serde_json::from_str::<Value>(first).is_ok(), "{first}");

    std::fs::write(&file, "publik_url: x\n").unwrap();
    let wrong = said(&["up", "--dir", dir.to_str().unwrap()]);
    assert_eq!(wrong.status, Some(1));
    let words = "latchkey.yaml:1:1: error: unknown key `publik_url`; did you mean `public_url`?";
    assert!(wrong.errors.contains(words), "{}", wrong.errors);
}
