//! `latchkey doctor`: what Latchkey needs before it may act, whether it is so, and which of it comes next. The page
//! `/setup` shows the same; what is said only here is where secrets are kept.

use std::{path::Path, sync::Arc, time::Duration};

use jiff::{Timestamp, tz::TimeZone};
use latchkey_address::Loopback;
use latchkey_checks::{Check, Deps, Group, Place, Stands, Verdict, next};
use latchkey_embedded::{Beside, CHECKS, Files, Looking, file, looked, place_of_folder};
use latchkey_ledger::Ledger;
use latchkey_lifecycle::{instant_and_how_far, shown::line};
use latchkey_runtime::{Clock, Runbooks, WallClock};
use serde_json::json;

use crate::{
    args::{Doctor, Stack, Up},
    outcome::{Problem, print_json},
    place, process, reach,
    table::company_zone,
    up::Settings,
};

/// Something could not be looked at.
const NOT_SEEN: u8 = 2;
/// How long a running one may take to look at everything.
const PATIENCE: Duration = Duration::from_secs(90);

pub(crate) async fn run(args: &Doctor, as_json: bool) -> Result<(), Problem> {
    let ledger = place::ledger(&args.place).await;
    let ledger = ledger.map_err(|problem| Problem {
        status: NOT_SEEN,
        ..problem
    })?;
    let asked = Looking {
        letter_to: args.letter_to.clone(),
    };
    let checks = match args.place.table {
        Some(_) => of_table(args, &ledger, &asked).await,
        None => of_folder(args, &ledger, &asked).await,
    };
    let checks = checks.map_err(|problem| Problem {
        status: NOT_SEEN,
        ..problem
    })?;
    if as_json {
        let next = next(&checks).map(|check| &check.id);
        print_json(&json!({ "checks": checks, "next": next }));
    } else {
        let zone = company_zone(&ledger, &Runbooks::default()).await;
        print(&checks, &zone);
        where_secrets_are(args, &ledger, &checks).await;
        if let Some(address) = &args.letter_to {
            println!(
                "A letter to {address} is in the queue; `latchkey status` says when one last left."
            );
        }
    }
    match Verdict::of(&checks) {
        Verdict::Well => Ok(()),
        Verdict::ToDo => Err(Problem::silent()),
        Verdict::NotSeen => Err(Problem {
            status: NOT_SEEN,
            ..Problem::silent()
        }),
    }
}

/// Of a ledger on AWS: this machine calls the systems, with the stack's secrets.
async fn of_table(args: &Doctor, ledger: &Ledger, asked: &Looking) -> Result<Vec<Check>, Problem> {
    let mut place = Place::default();
    if args.stack.secrets.is_some() {
        let systems = reach::systems(&args.place, &args.stack).await?;
        place.systems = Some(Arc::new(systems));
    }
    looked_by_us(ledger, &place, asked).await
}

/// Of a folder: the process that runs there looks; where none does, we do, and say so.
async fn of_folder(args: &Doctor, ledger: &Ledger, asked: &Looking) -> Result<Vec<Check>, Problem> {
    let dir = &args.place.dir;
    let (checks, runs) = match of_process(dir, asked).await? {
        Some(checks) => (checks, true),
        None => {
            place::mind_root(dir);
            let settings = settings(args)?;
            let place = place_beside(dir, &settings, &args.stack)?;
            (looked_by_us(ledger, &place, asked).await?, false)
        }
    };
    let mut all = vec![running(dir, runs)];
    if let Some(slip) = Files::of(dir).slip {
        let check = Check::well("secrets", Group::Running, "The secrets can be read");
        all.push(check.says(format!("{slip}.")).to_do("Mend the file."));
    }
    all.extend(checks);
    Ok(all)
}

/// What `latchkey up` reads in this folder.
fn settings(args: &Doctor) -> Result<Settings, Problem> {
    Settings::of(&Up {
        config: args.config.clone(),
        ..Up::in_folder(&args.place.dir)
    })
}

fn place_beside(dir: &Path, settings: &Settings, stack: &Stack) -> Result<Place, Problem> {
    let sign_in = settings.sign_in();
    let listens = format!("http://{}", settings.listen);
    let beside = Beside {
        address: settings.public_url.clone().unwrap_or(listens),
        smtp: settings.smtp.as_deref(),
        from: &settings.from,
        sign_in: sign_in.as_ref(),
        loopback: Loopback::open(settings.loopback || stack.loopback),
        sweep_every: settings.sweep_every,
    };
    let clock: Arc<dyn Clock> = Arc::new(WallClock);
    Ok(place_of_folder(dir, &beside, clock)?)
}

async fn looked_by_us(
    ledger: &Ledger,
    place: &Place,
    asked: &Looking,
) -> Result<Vec<Check>, Problem> {
    let deps = Deps {
        ledger,
        runbooks: &Runbooks::default(),
        place,
        now: Timestamp::now(),
    };
    Ok(looked(deps, asked).await?)
}

/// What the process that runs in the folder finds; `None` when there is none.
async fn of_process(dir: &Path, asked: &Looking) -> Result<Option<Vec<Check>>, Problem> {
    process::ask(dir, "what it finds", PATIENCE, |client, at| {
        client.post(format!("{at}{CHECKS}")).json(asked)
    })
    .await
}

fn running(dir: &Path, runs: bool) -> Check {
    let check = Check::well("running", Group::Running, "Latchkey runs");
    let dir = dir.display();
    match runs {
        true => check.says(format!("In {dir}.")),
        false => check
            .says(format!(
                "None runs in {dir}: nothing is taken in, asked or carried out. What follows was tried by this command."
            ))
            .to_do("Start it.")
            .command(format!("latchkey up --dir {dir}")),
    }
}

fn print(checks: &[Check], zone: &TimeZone) {
    let now = Timestamp::now();
    let mut group = None;
    for check in checks {
        if group != Some(check.group) {
            println!("{}", check.group.words());
            group = Some(check.group);
        }
        let mark = match check.stands {
            Stands::Well => "yes ",
            Stands::Known => "look",
            Stands::Comes => "soon",
            Stands::ToDo => "NO  ",
            Stands::NotSeen => "?   ",
        };
        let seen = check.seen.map(|at| instant_and_how_far(at, zone, now));
        let seen = seen.map(|at| format!(" (seen {at})")).unwrap_or_default();
        println!(
            "  {mark}  {}: {}{seen}",
            line(&check.title),
            line(&check.said)
        );
    }
    match next(checks) {
        None if Verdict::of(checks) == Verdict::NotSeen => {
            println!("Nothing is to be done, as far as it can be seen from here.")
        }
        None => println!("Nothing is to be done."),
        Some(check) => {
            println!("Next: {}", line(&check.title));
            for words in check.to_do.iter().chain(&check.command) {
                println!("  {}", line(words));
            }
        }
    }
}

/// Where the secrets are kept of systems that do not let Latchkey do what it has to: only whoever runs this is told.
async fn where_secrets_are(args: &Doctor, ledger: &Ledger, checks: &[Check]) {
    let Ok((_, runbook)) = Runbooks::default().current(ledger).await else {
        return;
    };
    let on_aws_without = args.place.table.is_some() && args.stack.secrets.is_none();
    if on_aws_without {
        return;
    }
    let Ok(systems) = reach::systems(&args.place, &args.stack).await else {
        return;
    };
    let to_do = checks.iter().filter(|check| check.stands == Stands::ToDo);
    for check in to_do {
        let id = check.id.strip_prefix("system/");
        let Some((id, _)) = id.and_then(|id| runbook.systems().find(|(one, _)| one.as_str() == id))
        else {
            continue;
        };
        if let Some(place) = systems.secret_place(&runbook, id) {
            println!("The secret of {id}: {place}");
        }
    }
    let local = args.place.table.is_none();
    if local
        && checks
            .iter()
            .any(|check| check.id.starts_with("source/") && check.stands == Stands::ToDo)
    {
        let path = args.place.dir.join(file::SECRETS);
        println!("The secrets of sources, `hooks/SOURCE`: {}", path.display());
    }
}
