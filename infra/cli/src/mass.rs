//! `latchkey mass FILE`: many events at once, foreseen and then taken in under a named person.

use std::{path::Path, sync::Arc, time::Duration};

use indicatif::{ProgressBar, ProgressStyle};
use latchkey_bulk::{
    Door, Foresight, Here, Hook, MassFile, Mistake, Nowhere, TakenIn, foresee, in_words, take_in,
};
use latchkey_decisions::{Looks, NoSources};
use latchkey_embedded::{Keys, file};
use latchkey_hris::text_of;
use latchkey_ledger::Ledger;
use latchkey_runtime::{Runbooks, WallClock};
use serde_json::json;

use crate::{
    args::Mass,
    check::count,
    outcome::{Problem, print_json, read_bytes},
    place, send,
};

pub(crate) async fn run(args: &Mass, as_json: bool) -> Result<(), Problem> {
    let events = events(args, as_json)?;
    let ledger = place::ledger(&args.place).await?;
    let runbooks = Arc::new(Runbooks::default());
    let looks = Looks {
        ledger: &ledger,
        clock: &WallClock,
        runbooks: &runbooks,
    };
    let bar = bar(events.lines.len(), "foreseen");
    let foreseen = foresee(looks, &events, &|| bar.inc(1)).await?;
    bar.finish_and_clear();
    if !as_json {
        let (_, runbook) = runbooks.current(&ledger).await?;
        println!("{}", in_words(&foreseen, &runbook));
    }
    let strangers = foreseen.unknown();
    if args.dry_run {
        if as_json {
            print_json(&json!({ "foreseen": foreseen, "takenIn": null }));
        } else {
            println!("A dry run: nothing was changed.{}", next(args, strangers));
        }
        // The same that taking it in would say.
        return match strangers > 0 && !args.allow_unknown {
            true => Err(Problem::silent()),
            false => Ok(()),
        };
    }
    if strangers > 0 && !args.allow_unknown {
        return Err(Problem::new(format!(
            "nothing was taken in: Latchkey does not know {} of the file, or knows them under another id. Correct the ids, `latchkey \
             import` who is not known, or say --allow-unknown",
            count(strangers, "employee")
        )));
    }
    // The command line insists on it.
    let by = args.by.as_deref().unwrap_or_default().trim();
    if by.is_empty() {
        return Err(Problem::new(
            "say who takes this in with --by \"Your Name\": the audit trail names you",
        ));
    }
    let (door, runs) = door(args, &ledger, &runbooks).await?;
    let bar = self::bar(events.lines.len(), "taken in");
    let taken = take_in(door.as_ref(), &WallClock, &events, by, &|| bar.inc(1)).await;
    bar.finish_and_clear();
    let taken = taken.map_err(Problem::new)?;
    let held = ledger.brake().await?.item.held().len();
    if as_json {
        print_json(&json!({ "foreseen": foreseen, "takenIn": taken, "held": held }));
        return Ok(());
    }
    println!("{}", told(&foreseen, &taken, held, runs));
    Ok(())
}

fn events(args: &Mass, as_json: bool) -> Result<MassFile, Problem> {
    let bytes = read_bytes(&args.file)?;
    let text = text_of(&bytes).map_err(|mistake| vec![mistake]);
    let events = text.and_then(|text| latchkey_bulk::events(&text, args.id.as_deref()));
    events.map_err(|mistakes| refused(&args.file, &mistakes, "taken in", as_json))
}

/// Tells every mistake of a file of which nothing is done.
pub(crate) fn refused(file: &Path, mistakes: &[Mistake], done: &str, as_json: bool) -> Problem {
    let file = file.display();
    if as_json {
        print_json(&json!({ "file": file.to_string(), "mistakes": mistakes }));
    } else {
        for m in mistakes {
            eprintln!("{file}:{}:{}: {}", m.line, m.column, m.text);
        }
    }
    Problem::new(format!(
        "{} in {file}; nothing was {done}",
        count(mistakes.len(), "mistake")
    ))
}

/// Whether what takes the events in also runs their cases.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Runs {
    AtOnce,
    Later,
}

/// A Latchkey that runs, by its hook; else the ledger itself.
async fn door(
    args: &Mass,
    ledger: &Ledger,
    runbooks: &Arc<Runbooks>,
) -> Result<(Box<dyn Door>, Runs), Problem> {
    let dir = &args.place.dir;
    let secret = || send::secret(dir, "generic");
    if let Some(to) = &args.to {
        return Ok((Box::new(Hook::new(to, secret()?)), Runs::AtOnce));
    }
    if args.place.table.is_some() {
        return Err(Problem::new(
            "the events of a stack on AWS go in by its API: name its address with --to, and keep the secret \
             `hooks/generic` in the secrets.json of --dir",
        ));
    }
    if let Some(to) = running(dir).await {
        return Ok((Box::new(Hook::new(&to, secret()?)), Runs::AtOnce));
    }
    place::mind_root(dir);
    let keys = Keys::open(&dir.join(file::SECRETS))?;
    let here = Here {
        secret: secret()?,
        intake: latchkey_decisions::Deps {
            ledger: ledger.clone(),
            clock: Arc::new(WallClock),
            runbooks: Arc::clone(runbooks),
            workflow: Arc::new(Nowhere),
            secrets: Arc::new(keys),
            records: Arc::new(NoSources),
            mappings: Arc::default(),
        },
    };
    Ok((Box::new(here), Runs::Later))
}

/// The address of the Latchkey that runs in a directory. One that was killed leaves its address behind.
async fn running(dir: &Path) -> Option<String> {
    let address = send::running(dir).ok()?;
    let client = reqwest::Client::builder()
        .timeout(Duration::from_secs(5))
        .build();
    let alive = client.ok()?.get(&address).send().await.is_ok();
    alive.then_some(address)
}

fn bar(lines: usize, what: &'static str) -> ProgressBar {
    let style = ProgressStyle::with_template("[{bar:40}] {pos}/{len} {msg}, {eta} to go")
        .unwrap_or_else(|_| ProgressStyle::default_bar());
    let bar = ProgressBar::new(lines as u64).with_style(style.progress_chars("=> "));
    bar.set_message(what);
    bar
}

fn next(args: &Mass, strangers: usize) -> String {
    let file = args.file.display();
    match strangers {
        _ if strangers == 0 || args.allow_unknown => format!(
            " Take it in with: latchkey mass {file} --by \"Your Name\"{}",
            if args.allow_unknown {
                " --allow-unknown"
            } else {
                ""
            }
        ),
        n => format!(
            " {} would keep the file out: correct the ids, `latchkey import` them, or say --allow-unknown.",
            count(n, "unknown employee")
        ),
    }
}

fn told(foreseen: &Foresight, taken: &TakenIn, held: usize, runs: Runs) -> String {
    let mut text = format!(
        "{} taken in, {} known before.",
        count(taken.taken_in, "event"),
        taken.again
    );
    if held > 0 {
        let confirms = foreseen.confirms.as_ref();
        let team = confirms.map_or("a confirmer".to_owned(), |team| format!("the team {team}"));
        text.push_str(&format!(
            " {} HELD by the brake until {team} confirms: nothing of them acts before.",
            match held {
                1 => "1 case is".to_owned(),
                n => format!("{n} cases are"),
            }
        ));
    }
    let unlike: Vec<&(u64, String)> = taken.unlike(foreseen).collect();
    if !unlike.is_empty() {
        text.push_str(&format!(
            " Of {} nothing came, and something was foreseen:",
            count(unlike.len(), "line")
        ));
        for (line, note) in unlike {
            text.push_str(&format!("\n  line {line}: {note}"));
        }
        text.push('\n');
    }
    text.push_str(match runs {
        Runs::AtOnce => " Look at them with: latchkey cases",
        Runs::Later => " No Latchkey runs here: the cases begin with the next `latchkey up`.",
    });
    text
}
