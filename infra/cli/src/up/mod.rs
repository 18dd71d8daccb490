//! `latchkey up`: the whole stack on the real clock, kept running.

mod alarm;
mod fits;
mod from_file;
mod notify;
mod rhythm;
mod rounds;
mod settings;
mod signals;

use std::{net::SocketAddr, path::Path, pin::pin, sync::Arc, time::Duration};

use jiff::Timestamp;
use latchkey_address::Loopback;
use latchkey_embedded::{
    Control, Counted, DropFolder, Observer, Resumed, Server, Setup, Stack, StackError, file,
    network_file_system, open_to_others,
};
use latchkey_engine::{CutOff, Keep, Wall};
use latchkey_kinds::left_out;
use latchkey_lifecycle::goes_first;
use latchkey_runtime::{WallClock, WithoutAws, log_as_json_with_time, log_in_words};
use tokio::{sync::watch, task::JoinHandle, time::timeout};
use tracing_subscriber::util::SubscriberInitExt;

use crate::{
    args::{LogForm, Up},
    bind, check,
    outcome::Problem,
};
use alarm::Alarm;
pub(crate) use from_file::help;
pub(crate) use settings::Settings;
pub(crate) use signals::Signals;

/// How long what is at work has to come to its end, once everything is to stop: less than the ten seconds after which a
/// container is killed. What takes longer is done again after the next start.
const PATIENCE: Duration = Duration::from_secs(8);

/// What no operator did.
const ENDED: &str = "it ended by itself, which it never should: start it again, and report this with the log's last lines";

pub(crate) async fn run(args: &Up) -> Result<(), Problem> {
    let args = &Settings::of(args)?;
    match args.log {
        LogForm::Text => log_in_words(std::io::stderr).init(),
        LogForm::Json => log_as_json_with_time(std::io::stderr).init(),
    }
    let mut signals = Signals::listen()?;
    let running = tokio::select! {
        biased;
        by = signals.next() => {
            println!("Stopped by {by}, before it was ready; nothing is lost.");
            return Ok(());
        }
        running = Running::start(args) => running?,
    };
    running.until_stopped(args, signals).await?;
    println!("Stopped. `latchkey up` goes on where it was.");
    Ok(())
}

/// Serves and runs the cases of a stack that stands already, until a signal comes. `ready`: what to do once it does.
pub(crate) async fn keep_up<F: Future<Output = Result<(), Problem>>>(
    stack: Stack,
    args: &Settings,
    signals: Signals,
    ready: impl FnOnce(Timestamp) -> F,
) -> Result<(), Problem> {
    let (running, _) = Running::on(stack, args, false).await?;
    ready(running.stack.clock.now()).await?;
    running.until_stopped(args, signals).await
}

/// A `latchkey up` that serves and runs cases.
struct Running {
    stack: Stack,
    folder: DropFolder,
    control: Control,
    alarm: Alarm,
    /// Gone with this.
    _metrics: Option<Server>,
    driver: JoinHandle<CutOff>,
    stop: watch::Sender<bool>,
}

impl Running {
    async fn start(args: &Settings) -> Result<Running, Problem> {
        let stack = Stack::start(Setup {
            directory: args.dir.clone(),
            persistent: true,
            clock: Arc::new(WallClock),
            listen: resolved(&args.listen, "--listen").await?,
            public_url: args.public_url.clone(),
            smtp: args.smtp.clone(),
            from: args.from.clone(),
            seed: getrandom::u64()?,
            // Nobody looks at it, and it takes more memory than all else of a case.
            history: Keep::Off,
            systems: None,
            loopback: Loopback::open(args.loopback),
            sign_in: args.sign_in(),
        })
        .await?;
        runbook(args, &stack).await?;
        within_reach(&stack).await?;
        let (running, resumed) = Running::on(stack, args, true).await?;
        told(args, &running.stack, &running.folder, resumed).await?;
        Ok(running)
    }

    /// The same on a stack that has its runbook. `resumes`: whether its open cases have no executions yet.
    async fn on(
        stack: Stack,
        args: &Settings,
        resumes: bool,
    ) -> Result<(Running, Resumed), Problem> {
        let alarm = Alarm::new(args, &stack.keys)?;
        let (stop, mut stops) = watch::channel(false);
        // The first open case goes on while the last is still looked up: who is killed again and again gets on all the
        // same.
        let steps = Counted::new(Arc::clone(&stack.handlers) as _, Arc::clone(&stack.vitals));
        let wall = Wall::new(Arc::clone(&stack.engine), Arc::new(steps)).putting_first(goes_first);
        let stopped = async move { drop(stops.wait_for(|stops| *stops).await) };
        let driver = tokio::spawn(wall.run_until(stopped, PATIENCE));
        let resumed = match resumes {
            true => stack.resume().await?,
            false => Resumed::default(),
        };
        stack.note_address(&args.dir)?;
        let observer = Observer::new(&stack, args.dir.clone(), args.sweep_every);
        let metrics = metrics(args, &observer).await?;
        let _first = stack.place.sweep_every.set(args.sweep_every);
        let for_commands = observer.for_commands().merge(stack.checks_for_commands());
        let control = Control::open(&args.dir, stack.acting(), for_commands).await?;
        let folder = DropFolder::open(&args.dir.join(file::DROP))?;
        let running = Running {
            stack,
            folder,
            control,
            alarm,
            _metrics: metrics,
            driver,
            stop,
        };
        Ok((running, resumed))
    }

    /// Goes on until a signal comes. Then nothing new is begun, what is at work comes to its end or is named, and the
    /// ledger is one file again. Another signal ends it where it stands.
    async fn until_stopped(self, args: &Settings, mut signals: Signals) -> Result<(), Problem> {
        let Running {
            mut stack,
            folder,
            control,
            alarm,
            _metrics,
            mut driver,
            stop,
        } = self;
        let door = stack.door();
        let (stack, acting) = (&stack, stack.acting());
        let stops = || stop.subscribe();
        let rounds = async {
            tokio::join!(
                rounds::sweeps(stack, args.sweep_every, stops()),
                rounds::send_letters(stack, alarm, stops()),
                rounds::drops(stack, folder, stops()),
                rounds::old_letters(stack, args, stops()),
                rounds::clock(stack, &acting, stops()),
                rounds::rulings(stack, stops()),
                rounds::watchdog(stack, notify::watchdog(), stops()),
            );
        };
        let mut rounds = pin!(rounds);
        notify::tell(notify::READY);
        let by = tokio::select! {
            by = signals.next() => by,
            () = &mut rounds => return Err(Problem::new(ENDED)),
            ended = &mut driver => {
                ended?;
                return Err(Problem::new(ENDED));
            }
        };
        println!(
            "Stopping ({by}): what is at work is finished first, for {} seconds at most. Again: at once.",
            PATIENCE.as_secs()
        );
        notify::tell(notify::STOPPING);
        let _ = stop.send(true);
        let end = async {
            let door = async {
                if let Some(door) = door {
                    door.close().await;
                }
            };
            tokio::join!(door, control.close(), rounds, driver).3
        };
        tokio::select! {
            ended = timeout(PATIENCE + Duration::from_secs(1), end) => tell_cut_off(ended.ok()),
            by = signals.next() => {
                let text = format!("stopped at once ({by}); what was at work is done again after the next start");
                return Err(Problem::new(text));
            }
        }
        let _ = std::fs::remove_file(args.dir.join(file::ADDRESS));
        write_back(&args.dir);
        Ok(())
    }
}

/// Tells figures where it was asked for.
async fn metrics(args: &Settings, observer: &Observer) -> Result<Option<Server>, Problem> {
    let Some(at) = &args.metrics else {
        return Ok(None);
    };
    let address = resolved(at, "--metrics").await?;
    let listener = tokio::net::TcpListener::bind(address).await;
    let listener = listener.map_err(|e| {
        Problem::new(format!(
            "cannot tell figures at {at}: {e}; choose another with --metrics"
        ))
    })?;
    println!(
        "Figures for Prometheus at http://{}/metrics",
        listener.local_addr()?
    );
    Ok(Some(observer.serve_metrics(listener)))
}

/// The address that a host and a port stand for; of several the first one of IPv4, as everything else here expects.
pub(crate) async fn resolved(at: &str, option: &str) -> Result<SocketAddr, Problem> {
    let unfit = |why: String| {
        Problem::new(format!(
            "cannot listen at {at}: {why}; say a host and a port with {option}, e.g. 127.0.0.1:8420"
        ))
    };
    let found = tokio::net::lookup_host(at).await;
    let found: Vec<SocketAddr> = found.map_err(|e| unfit(e.to_string()))?.collect();
    let first = found
        .iter()
        .find(|address| address.is_ipv4())
        .or(found.first());
    first
        .copied()
        .ok_or_else(|| unfit("there is no such host".to_owned()))
}

/// Names what did not come to its end. `None`: not even the wait for it did.
fn tell_cut_off(ended: Option<Result<CutOff, tokio::task::JoinError>>) {
    match ended {
        Some(Ok(cut_off)) => {
            for step in cut_off {
                tracing::warn!(step, "cut off; it is done again after the next start");
            }
        }
        Some(Err(problem)) => tracing::error!(%problem, "running cases ended by itself"),
        None => tracing::warn!("a request or a round was cut off; the next start goes on with it"),
    }
}

/// The journal is written into the ledger, which is one file from then on.
fn write_back(dir: &Path) {
    match latchkey_ledger::write_back(&dir.join(file::LEDGER)) {
        Ok(true) => {}
        Ok(false) => tracing::info!(
            "somebody else reads the ledger: its journal stays beside it until the next start"
        ),
        Err(problem) => {
            tracing::warn!(%problem, "the ledger's journal was not written back; the next start does it")
        }
    }
}

/// What whoever started it should know.
async fn told(
    args: &Settings,
    stack: &Stack,
    folder: &DropFolder,
    resumed: Resumed,
) -> Result<(), Problem> {
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
    println!(
        "  Open cases:    {} going on, {} waiting for their day or an answer",
        resumed.go_on, resumed.lie_still
    );
    println!(
        "Try: latchkey send events/generic/hire.json --dir {}",
        args.dir.display()
    );
    warn(args, stack).await;
    println!("Stop with Ctrl-C; nothing is lost.");
    Ok(())
}

/// How many files that others may read are named.
const NAMED: usize = 5;

/// What an operator should know of who can reach this Latchkey.
async fn warn(args: &Settings, stack: &Stack) {
    let say = |warning: String| match args.log {
        LogForm::Text => eprintln!("WARNING: {warning}"),
        LogForm::Json => tracing::warn!("{warning}"),
    };
    args.warning.clone().into_iter().for_each(say);
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
        say(format!(
            "others on this machine may read the ledger, the letters or the secrets:\n{}{more}\nClose it to them: chmod -R go-rwx {}",
            named.join("\n"),
            args.dir.display()
        ));
    }
    stack.strangers.iter().cloned().for_each(say);
    let unsent = stack.outbox.problems().await;
    let unsent = unsent
        .iter()
        .map(|problem| format!("letters will not go out: {problem}"));
    unsent.for_each(say);
    if let Some(kind) = network_file_system(&args.dir) {
        say(format!(
            "{} is on {kind}. The ledger's database and its lock are made for a disk of this machine: on another one a second machine may \
             write at the same time and damage it. Move the folder to a disk of this machine.",
            args.dir.display()
        ));
    }
    if !stack.address.ip().is_loopback() {
        say(format!(
            "{} has no TLS: webhooks and the links of letters can be read on the way. Let it listen at 127.0.0.1, put a server with TLS \
             before it, and name that one with --public-url.",
            stack.address
        ));
    }
}

/// Tells the problems of the runbook that is loaded, as lines of the log where programs read them.
fn tell_problems(args: &Settings, directory: &Path, problems: &[latchkey_runbook::Problem]) {
    match args.log {
        LogForm::Text => check::show(directory, problems),
        LogForm::Json => {
            for problem in problems {
                tracing::warn!(%problem, "the runbook");
            }
        }
    }
}

async fn runbook(args: &Settings, stack: &Stack) -> Result<(), Problem> {
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
            tell_problems(args, directory, &warnings);
            println!(
                "Runbook {} (version {version}) is current.",
                directory.display()
            );
            Ok(())
        }
        Err(StackError::Runbook(problems)) => {
            tell_problems(args, directory, &problems);
            Err(Problem::new(format!(
                "{} has errors and was not taken; mend them, or start without --runbook to go on with the current one",
                directory.display()
            )))
        }
        Err(other) => Err(other.into()),
    }
}

/// Whether this build reaches the systems of the runbook. Without that, each of their tasks would fail on its day.
async fn within_reach(stack: &Stack) -> Result<(), Problem> {
    let (_, runbook) = stack.runbooks.current(&stack.ledger).await?;
    let systems = runbook.systems();
    let beyond = systems.filter(|(_, system)| left_out(&system.kind));
    let beyond: Vec<String> = beyond
        .map(|(id, system)| format!("{id} ({})", system.kind))
        .collect();
    if beyond.is_empty() {
        return Ok(());
    }
    Err(Problem::new(format!(
        "these systems of the runbook are reached by AWS: {}; and {WithoutAws}",
        beyond.join(", ")
    )))
}
