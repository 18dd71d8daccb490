//! `latchkey up`: the whole stack on the real clock, kept running.

use std::{sync::Arc, time::Duration};

use drop::Outcome;
use latchkey_address::Loopback;
use latchkey_embedded::{DropFolder, Setup, Stack, StackError, file, open_to_others};
use latchkey_engine::{Keep, Wall};
use latchkey_runtime::{WallClock, log_in_words};
use tracing_subscriber::util::SubscriberInitExt;

use crate::{args::Up, bind, check, outcome::Problem};

pub(crate) async fn run(args: &Up) -> Result<(), Problem> {
    log_in_words(std::io::stderr).init();
    let stack = Stack::start(Setup {
        directory: args.dir.clone(),
        persistent: true,
        clock: Arc::new(WallClock),
        listen: args.listen,
        public_url: args.public_url.clone(),
        smtp: args.smtp.clone(),
        from: args.from.clone(),
        seed: getrandom::u64()?,
        history: Keep::Compact,
        systems: None,
        loopback: Loopback::open(args.loopback),
    })
    .await?;
    runbook(args, &stack).await?;
    // The first open case goes on while the last is still looked up: who is killed again and again gets on all the same.
    let wall = Wall::new(Arc::clone(&stack.engine), Arc::clone(&stack.handlers) as _);
    let driver = tokio::spawn(wall.run());
    let resumed = stack.resume_open_cases().await?;
    stack.note_address(&args.dir)?;
    let folder = DropFolder::open(&args.dir.join(file::DROP))?;
    println!("Latchkey listens at http://{}", stack.address);
    println!(
        "  HR webhooks:   POST http://{}/hooks/SOURCE",
        stack.address
    );
    println!("  HR's files:    {} (CSV)", folder.path().display());
    println!("  E-mails:       {}", args.dir.join(file::OUTBOX).display());
    println!("  Secrets:       {}", stack.keys.path().display());
    let (_, current) = stack.runbooks.current(&stack.ledger).await?;
    let unbound = bind::unbound(&current, &stack.keys)?;
    if !unbound.is_empty() {
        println!(
            "  These secrets do not say where they may go, so they go nowhere: {}. See `latchkey system bind`",
            unbound.join(", ")
        );
    }
    println!("  Open cases:    {resumed} planned anew and going on");
    println!(
        "Try: latchkey send events/generic/hire.json --dir {}",
        args.dir.display()
    );
    warn(args, &stack);
    println!("Stop with Ctrl-C; nothing is lost.");
    tokio::select! {
        ended = driver => ended?,
        () = sweeps(&stack, args.sweep_every) => {}
        () = drops(&stack, folder) => {}
        stopped = tokio::signal::ctrl_c() => stopped?,
    }
    println!("Stopped. `latchkey up` goes on where it was.");
    let _ = std::fs::remove_file(args.dir.join(file::ADDRESS));
    Ok(())
}

/// How many files that others may read are named.
const NAMED: usize = 5;

/// What an operator should know of who can reach this Latchkey.
fn warn(args: &Up, stack: &Stack) {
    let open = open_to_others(&args.dir);
    if !open.is_empty() {
        let named: Vec<String> = open
            .iter()
            .take(NAMED)
            .map(|path| format!("  {}", path.display()))
            .collect();
        let more = match open.len().saturating_sub(NAMED) {
            0 => String::new(),
            n => format!("\n  and {n} more"),
        };
        eprintln!(
            "WARNING: others on this machine may read the ledger, the letters or the secrets:\n{}{more}\nClose it to them: chmod -R \
             go-rwx {}",
            named.join("\n"),
            args.dir.display()
        );
    }
    if !stack.address.ip().is_loopback() {
        eprintln!(
            "WARNING: {} has no TLS: webhooks and the links of letters can be read on the way. Let it listen at 127.0.0.1, put a \
             server with TLS before it, and name that one with --public-url.",
            stack.address
        );
    }
}

/// When the first sweep after a start begins, at the latest.
const FIRST_SWEEP: Duration = Duration::from_secs(5 * 60);

/// Sweeps on a timer, for as long as the process runs. What fails is tried again the next time.
async fn sweeps(stack: &Stack, minutes: u32) {
    if minutes == 0 {
        return std::future::pending().await;
    }
    let period = Duration::from_secs(60 * u64::from(minutes));
    // What a start brings with it settles first.
    let begin = tokio::time::Instant::now() + period.min(FIRST_SWEEP);
    let mut timer = tokio::time::interval_at(begin, period);
    timer.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        timer.tick().await;
        let done = sweep::handle(&stack.sweep_deps(), &sweep::Request::default()).await;
        if let Err(failure) = done {
            tracing::error!(error = failure.name(), %failure, "the sweep failed");
        }
    }
}

/// How often the folder of dropped files is looked at.
const LOOK: Duration = Duration::from_secs(5);

/// Takes in what HR drops, for as long as the process runs. What fails is tried again at the next look.
async fn drops(stack: &Stack, mut folder: DropFolder) {
    let mut timer = tokio::time::interval(LOOK);
    timer.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        timer.tick().await;
        match folder.look(&stack.drop_deps(), stack.clock.now()).await {
            Err(problem) => tracing::error!(%problem, "the folder of dropped files cannot be used"),
            Ok(files) => {
                for (name, outcome) in files {
                    match outcome {
                        Ok(Outcome::Taken(taken)) => tracing::info!(
                            name,
                            rows = taken.rows,
                            people = taken.people,
                            changed = taken.changed,
                            same = taken.same,
                            events = taken.cases.len(),
                            to_look_at = taken.to_look_at(),
                            "a dropped file was taken in"
                        ),
                        Ok(Outcome::Refused(mistakes)) => tracing::warn!(
                            name,
                            mistakes = mistakes.len(),
                            "a dropped file was refused; the text beside it says why"
                        ),
                        Err(problem) => {
                            tracing::error!(name, %problem, "a dropped file was not taken in")
                        }
                    }
                }
            }
        }
    }
}

async fn runbook(args: &Up, stack: &Stack) -> Result<(), Problem> {
    let Some(directory) = &args.runbook else {
        if stack.ledger.current_runbook().await?.is_some() {
            return Ok(());
        }
        return Err(Problem::new(
            "this Latchkey has no runbook yet: name one with --runbook, e.g. --runbook runbooks/acme",
        ));
    };
    let source = check::source(directory)?;
    match stack.publish(&source).await {
        Ok((version, warnings)) => {
            check::show(directory, &warnings);
            println!(
                "Runbook {} (version {version}) is current.",
                directory.display()
            );
            Ok(())
        }
        Err(StackError::Runbook(problems)) => {
            check::show(directory, &problems);
            Err(Problem::new(format!(
                "{} has errors and was not taken; mend them, or start without --runbook to go on with the current one",
                directory.display()
            )))
        }
        Err(other) => Err(other.into()),
    }
}
