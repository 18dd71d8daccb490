//! `latchkey send FILE`: signs an event and posts it.

use std::{fs, path::Path};

use jiff::Timestamp;
use latchkey_embedded::{Keys, file};
use latchkey_hris::{CSV, MapSource, Outgoing, Refusal, Source, SourceSecret, source};
use serde_json::Value;

use crate::{
    args::{LedgerPlace, Send},
    outcome::{Problem, no_file, print_json, read, read_bytes},
    place,
    source::{among, in_runbook, near},
};

pub(crate) async fn run(args: &Send, json: bool) -> Result<(), Problem> {
    let name = match &args.source {
        Some(name) => name.clone(),
        // Of a file that is not there no folder says anything.
        None if !args.file.exists() => return Err(no_file(&args.file)),
        None => directory_name(&args.file)?,
    };
    if name == CSV {
        return put(args, &read_bytes(&args.file)?);
    }
    let body = read(&args.file)?;
    let described;
    let source: &dyn Source = match source(&name) {
        Ok(source) => source,
        Err(refusal) => {
            described = described_in(args, &name, refusal).await?;
            &described
        }
    };
    let to = match &args.to {
        Some(to) => to.trim_end_matches('/').to_owned(),
        None => running(&args.dir)?,
    };
    let secret = secret(&args.dir, &name)?;
    let id = args.id.clone().map_or_else(new_id, Ok)?;
    let (status, answer) =
        post(&to, source, &secret, &id, Timestamp::now(), body.as_bytes()).await?;
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

/// The source that a runbook describes: the one that is named, or else the current one of the ledger.
async fn described_in(args: &Send, name: &str, refusal: Refusal) -> Result<MapSource, Problem> {
    if let Some(directory) = &args.runbook {
        return in_runbook(directory, name, refusal);
    }
    let place = LedgerPlace {
        dir: args.dir.clone(),
        table: None,
    };
    let help = "give the runbook with --runbook when its source-NAME.yaml describes it";
    let Ok(ledger) = place::ledger(&place).await else {
        return Err(Problem::absent(format!("{refusal}{}; {help}", near(name))));
    };
    let Some(version) = ledger.current_runbook().await? else {
        return Err(Problem::absent(format!("{refusal}{}; {help}", near(name))));
    };
    let files = ledger.runbook_files(&version).await?;
    among(&files, Path::new("the current runbook"), name, refusal)
}

/// Puts a file of people where a running Latchkey looks for them.
fn put(args: &Send, bytes: &[u8]) -> Result<(), Problem> {
    if args.to.is_some() {
        return Err(Problem::new(
            "a file of people is no webhook: on AWS, put it in the bucket that the stack's output DropBucketName names",
        ));
    }
    running(&args.dir)?;
    place::mind_root(&args.dir);
    let folder = args.dir.join(file::DROP);
    let name = args.file.file_name().unwrap_or_default().to_string_lossy();
    // A name of its own: one that waits there is not written over, and none is seen before it is whole.
    let stem = name.strip_suffix(".csv").unwrap_or(&name);
    let to = folder.join(format!("{stem}-{}.csv", Timestamp::now().as_millisecond()));
    let part = to.with_extension("part");
    fs::create_dir_all(&folder)?;
    fs::write(&part, bytes)?;
    fs::rename(&part, &to)?;
    println!(
        "Dropped as {}. It is taken in within seconds, and moved to {} or, with what is wrong in a text beside it, to {}.",
        to.display(),
        folder.join("taken").display(),
        folder.join("refused").display()
    );
    Ok(())
}

/// Signs a payload as its source does, and posts it. Gives the status and the JSON answer.
pub(crate) async fn post(
    to: &str,
    source: &dyn Source,
    secret: &SourceSecret,
    id: &str,
    sent_at: Timestamp,
    body: &[u8],
) -> Result<(u16, Value), Problem> {
    let headers = source.sign(secret, &Outgoing { id, sent_at, body })?;
    let url = format!("{to}/hooks/{}", source.name());
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
        Problem::new(format!(
            "{} is in no folder that says of which HR source it is: name the source with --source, e.g. --source generic",
            path.display()
        ))
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
    let keys = Keys::reading(&dir.join(file::SECRETS));
    let name = format!("hooks/{source}");
    let text = keys.text(&name)?.ok_or_else(|| {
        let slip = keys.slip().map(|slip| format!(": {slip}"));
        Problem::absent(format!(
            "{} has no secret `{name}` to sign with{}",
            keys.path().display(),
            slip.unwrap_or_default()
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

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use std::{net::SocketAddr, path::PathBuf, sync::Arc};

    use latchkey_embedded::{Setup, Stack};
    use latchkey_engine::Keep;
    use latchkey_ledger::Shelf;
    use latchkey_runbook::Source as Runbook;
    use latchkey_runtime::WallClock;
    use serde_json::json;

    use super::*;

    fn repository(path: &str) -> PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("../..")
            .join(path)
    }

    async fn latchkey(dir: &Path) -> Stack {
        let stack = Stack::start(Setup {
            directory: dir.to_owned(),
            persistent: true,
            clock: Arc::new(WallClock),
            listen: SocketAddr::from(([127, 0, 0, 1], 0)),
            public_url: None,
            smtp: None,
            from: "Latchkey <latchkey@acme.example>".into(),
            seed: 7,
            history: Keep::Off,
            systems: None,
            loopback: latchkey_address::Loopback::Encrypted,
            sign_in: None,
        });
        let stack = stack.await.unwrap();
        stack.note_address(dir).unwrap();
        stack
    }

    fn send(dir: &Path, file: PathBuf, source: &str, runbook: Option<PathBuf>) -> Send {
        Send {
            file,
            source: Some(source.to_owned()),
            runbook,
            to: None,
            dir: dir.to_owned(),
            id: None,
        }
    }

    #[tokio::test]
    async fn a_payload_of_a_source_that_the_runbook_describes_is_signed_as_it_says() {
        let directory = tempfile::tempdir().unwrap();
        let dir = directory.path();
        let stack = latchkey(dir).await;
        let mut files = Runbook::read_dir(&repository("runbooks/acme"))
            .unwrap()
            .files()
            .clone();
        let mapping = fs::read_to_string(repository("events/map/source-papaya.yaml")).unwrap();
        // Whatever the sender says of the time is long ago here.
        let mapping = mapping.replace("at: confirmed ", "# at: confirmed");
        files.insert("source-papaya.yaml".into(), mapping);
        let acme = send(dir, repository("events/map/joined.json"), "papaya", None);
        stack
            .publish(&Runbook::read_dir(&repository("runbooks/acme")).unwrap())
            .await
            .unwrap();
        let unknown = run(&acme, false).await.unwrap_err();
        assert!(
            unknown.text.contains("source-papaya.yaml"),
            "{}",
            unknown.text
        );
        stack.publish(&Runbook::from_files(files)).await.unwrap();
        stack.keys.set("hooks/papaya", json!("a secret")).unwrap();
        run(&acme, false).await.unwrap();
        let cases = stack.ledger.cases(Shelf::Open, 10).await.unwrap();
        assert_eq!(cases.len(), 1);
        // By the runbook's directory it is the same source.
        let beside = send(
            dir,
            repository("events/map/joined.json"),
            "papaya",
            Some(repository("events/map")),
        );
        assert!(run(&beside, false).await.is_ok());
    }

    #[tokio::test]
    async fn a_file_of_people_is_put_where_a_running_latchkey_looks() {
        let directory = tempfile::tempdir().unwrap();
        let dir = directory.path();
        let file = repository("events/csv/people.csv");
        let csv = send(dir, file.clone(), CSV, None);
        assert!(
            run(&csv, false)
                .await
                .unwrap_err()
                .text
                .contains("no Latchkey runs")
        );
        let stack = latchkey(dir).await;
        run(&csv, false).await.unwrap();
        let dropped = fs::read_dir(dir.join(file::DROP))
            .unwrap()
            .next()
            .unwrap()
            .unwrap()
            .path();
        assert_eq!(fs::read(dropped).unwrap(), fs::read(file).unwrap());
        let away = Send {
            to: Some("https://latchkey.example".into()),
            ..csv
        };
        assert!(
            run(&away, false)
                .await
                .unwrap_err()
                .text
                .contains("DropBucketName")
        );
        drop(stack);
    }
}
