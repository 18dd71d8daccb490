//! `latchkey send FILE`: signs an event and posts it.

use std::path::Path;

use jiff::Timestamp;
use latchkey_embedded::{Keys, file};
use latchkey_hris::{Outgoing, SourceSecret, source};
use serde_json::Value;

use crate::{
    args::Send,
    outcome::{Problem, print_json, read},
};

pub(crate) async fn run(args: &Send, json: bool) -> Result<(), Problem> {
    let body = read(&args.file)?;
    let name = match &args.source {
        Some(name) => name.clone(),
        None => directory_name(&args.file)?,
    };
    let to = match &args.to {
        Some(to) => to.trim_end_matches('/').to_owned(),
        None => running(&args.dir)?,
    };
    let secret = secret(&args.dir, &name)?;
    let id = args.id.clone().map_or_else(new_id, Ok)?;
    let (status, answer) =
        post(&to, &name, &secret, &id, Timestamp::now(), body.as_bytes()).await?;
    if json {
        print_json(&answer);
    } else {
        let text = |key: &str| answer.get(key).and_then(Value::as_str).map(str::to_owned);
        let said = text("error")
            .or(text("note"))
            .unwrap_or_else(|| "Taken in.".to_owned());
        println!("{status}: {said}");
        if let Some(case) = text("case") {
            println!("Case {case}");
        }
    }
    if (200..300).contains(&status) {
        Ok(())
    } else {
        Err(Problem::silent())
    }
}

/// Signs a payload as its source does, and posts it. Gives the status and the JSON answer.
pub(crate) async fn post(
    to: &str,
    source_name: &str,
    secret: &SourceSecret,
    id: &str,
    sent_at: Timestamp,
    body: &[u8],
) -> Result<(u16, Value), Problem> {
    let headers = source(source_name)?.sign(secret, &Outgoing { id, sent_at, body })?;
    let url = format!("{to}/hooks/{source_name}");
    let answer = reqwest::Client::new()
        .post(&url)
        .headers(headers)
        .body(body.to_vec())
        .send()
        .await
        .map_err(|e| {
            Problem::new(format!(
                "{url} does not answer: {}; is `latchkey up` running?",
                e.without_url()
            ))
        })?;
    let status = answer.status().as_u16();
    let json = answer.json().await.unwrap_or(Value::Null);
    Ok((status, json))
}

pub(crate) fn directory_name(path: &Path) -> Result<String, Problem> {
    let parent = path
        .parent()
        .and_then(Path::file_name)
        .and_then(|n| n.to_str());
    parent.map(str::to_owned).ok_or_else(|| {
        Problem::new("the file's directory does not name the HR source; name it with --source")
    })
}

pub(crate) fn running(dir: &Path) -> Result<String, Problem> {
    let path = dir.join(file::ADDRESS);
    let text = std::fs::read_to_string(&path).map_err(|_| {
        Problem::absent(format!(
            "no Latchkey runs in {}: start it with `latchkey up`, or give its address with --to",
            dir.display()
        ))
    })?;
    Ok(text.trim().to_owned())
}

pub(crate) fn secret(dir: &Path, source: &str) -> Result<SourceSecret, Problem> {
    let keys = Keys::open(&dir.join(file::SECRETS))?;
    let name = format!("hooks/{source}");
    let text = keys.text(&name)?.ok_or_else(|| {
        Problem::absent(format!(
            "{} has no secret `{name}` to sign with",
            keys.path().display()
        ))
    })?;
    Ok(SourceSecret::new(text))
}

fn new_id() -> Result<String, Problem> {
    let mut bytes = [0_u8; 12];
    getrandom::fill(&mut bytes)?;
    Ok(bytes
        .iter()
        .fold("msg_".to_owned(), |id, byte| format!("{id}{byte:02x}")))
}
