//! `latchkey demo --stay`: a company that has lived with Latchkey for six months, and its pages, until it is stopped. The
//! months pass on a clock that jumps, on simulated systems; then two SCIM servers that nobody here wrote have what these
//! had, and the clock is the real one.

use std::{
    path::{Path, PathBuf},
    sync::{
        Arc, OnceLock,
        atomic::{AtomicBool, Ordering},
    },
    time::Instant,
};

use async_trait::async_trait;
use jiff::Timestamp;
use latchkey_address::Loopback;
use latchkey_embedded::{JumpClock, Setup, Stack, file};
use latchkey_engine::Keep;
use latchkey_ledger::{Shelf, Where};
use latchkey_lifecycle::{FindingState, SystemId};
use latchkey_rehearsal::{
    Rehearsal, SimulatedSystems,
    lived_in::{self, Terms},
};
use latchkey_runbook::{Runbook, Source};
use latchkey_runtime::{Clock, KnownSystems, Systems, log_in_words};
use latchkey_systems::{Fault, System};
use serde_json::json;
use tracing_subscriber::util::SubscriberInitExt;

use super::{
    company::{Company, groups},
    screen::Screen,
};
use crate::{
    args::Demo,
    outcome::{Problem, print_json, read},
    up::{Settings, Signals, keep_up, resolved},
};

/// For whom there is a link: what they are, and the work address.
const SIGN_IN: [(&str, &str); 6] = [
    ("HR", "ines.albrecht@acme.example"),
    ("IT", "ada.king@acme.example"),
    ("an auditor", "eva.lind@acme.example"),
    ("Security", "chidi.eze@acme.example"),
    ("a manager", "tom.keller@acme.example"),
    ("an approver", "sara.lehto@acme.example"),
];

pub(super) async fn run(args: &Demo, json: bool) -> Result<(), Problem> {
    let mut signals = Signals::listen()?;
    can_listen(&args.listen).await?;
    let temporary = tempfile::tempdir()?;
    let directory = match &args.keep {
        Some(directory) => empty(directory)?,
        None => temporary.path().to_owned(),
    };
    let began = Instant::now();
    let made = tokio::select! {
        biased;
        by = signals.next() => {
            println!("Stopped by {by}, before it was ready.");
            return Ok(());
        }
        made = make(args, &directory, json) => made?,
    };
    log_in_words(std::io::stderr).init();
    let Made {
        stack,
        company,
        settings,
    } = made;
    let (base, ledger) = (format!("http://{}", stack.address), stack.ledger.clone());
    let (_, runbook) = stack.runbooks.current(&ledger).await?;
    let told = Told::of(&stack, began).await?;
    let at = directory.as_path();
    let ready = |now| async move {
        let mut links = Vec::new();
        for (role, address) in SIGN_IN {
            let link = console::sign_in_link(&ledger, &runbook, now, (&base, address)).await;
            links.push((
                role,
                address,
                link.map_err(|e| Problem::new(e.to_string()))?,
            ));
        }
        told.show(&base, &links, (at, args.keep.is_some()), json);
        Ok(())
    };
    keep_up(stack, &settings, signals, ready).await?;
    drop(company);
    match args.keep {
        Some(_) => println!(
            "Stopped. `latchkey up --dir {} --loopback` goes on where it was.",
            directory.display()
        ),
        None => println!("Stopped, and gone."),
    }
    Ok(())
}

/// Whether the pages can be had there: said before months pass and a ledger is written.
async fn can_listen(listen: &str) -> Result<(), Problem> {
    let settings = Settings::usual(PathBuf::new(), listen.to_owned());
    let address = resolved(&settings.listen, "--listen").await?;
    let tried = tokio::net::TcpListener::bind(address).await;
    tried.map(drop).map_err(|problem| {
        Problem::new(format!(
            "cannot listen at {address}: {problem}. Nothing was begun. Another Latchkey may run there: stop it, or choose another \
             address with --listen, e.g. --listen 127.0.0.1:8421"
        ))
    })
}

/// A folder that has no ledger in it yet.
fn empty(directory: &Path) -> Result<PathBuf, Problem> {
    if directory.join(file::LEDGER).exists() {
        let at = directory.display();
        return Err(Problem::new(format!(
            "there is a ledger in {at} already: name another folder, or go on with that one by `latchkey up --dir {at}`"
        )));
    }
    Ok(directory.to_owned())
}

/// A company, and what it lives in.
struct Made {
    stack: Stack,
    company: Company,
    settings: Settings,
}

async fn make(args: &Demo, directory: &Path, json: bool) -> Result<Made, Problem> {
    let screen = Screen::new(json);
    screen.say("Starting two SCIM servers that nobody here wrote (the first time: making their Python environment)");
    let company = Company::start(&args.runbook).await?;
    let source = lived_in::with_a_small_brake(company.source());
    let checked = runbook_of(&source)?;
    let terms = Terms {
        people: 200,
        days: 183,
        seed: args.seed,
        until: Timestamp::now(),
        known: serde_json::from_str(&read(&args.events.join("people.json"))?)?,
    };
    let clock = TwoClocks {
        jumps: JumpClock::at(terms.begin()),
        real: Arc::default(),
    };
    let systems = TwoKinds {
        simulated: SimulatedSystems::of(&checked, clock.jumps.clone()),
        real: Arc::default(),
    };
    let settings = Settings::usual(directory.to_owned(), args.listen.clone());
    let stack = Stack::start(Setup {
        directory: directory.to_owned(),
        persistent: true,
        clock: Arc::new(clock.clone()),
        listen: resolved(&settings.listen, "--listen").await?,
        public_url: None,
        smtp: None,
        from: settings.from.clone(),
        seed: args.seed,
        history: Keep::Off,
        systems: Some(Arc::new(systems.clone())),
        loopback: Loopback::Open,
        sign_in: None,
    })
    .await?;
    company.hand_over_keys(&stack)?;
    stack.publish(&source).await?;
    screen.say("Six months pass …");
    let mut stage = Rehearsal::on(stack, clock.jumps.clone(), systems.simulated.clone());
    let lived = lived_in::live(&mut stage, &terms).await?;
    let stack = stage.stack;
    screen.say("… and the SCIM servers have the accounts from now on");
    for (system, account) in lived_in::accounts_of_nobody() {
        if let Some(simulated) = systems.simulated.find(system) {
            simulated.put(&account.name.clone(), account);
        }
    }
    for server in company.servers() {
        if let Some(simulated) = systems.simulated.find(server.system.as_str()) {
            server
                .fill(simulated, groups(&checked, &server.system))
                .await?;
        }
    }
    let known = KnownSystems::new(
        latchkey_kinds::open,
        Arc::new(stack.keys.clone()),
        Loopback::Open,
    );
    let known = known.map_err(|e| Problem::new(e.to_string()))?;
    let _ = systems.real.set(known);
    lived_in::look_once_more(&stack, &lived).await?;
    clock.real.store(true, Ordering::Release);
    // The months were not this process's.
    stack.vitals.start_anew();
    Ok(Made {
        stack,
        company,
        settings,
    })
}

fn runbook_of(source: &Source) -> Result<Runbook, Problem> {
    let checked = Runbook::check(source);
    checked.runbook.ok_or_else(|| {
        let problems: Vec<String> = checked.problems.iter().map(ToString::to_string).collect();
        Problem::new(problems.join("\n"))
    })
}

/// The clock that jumps, and then the machine's.
#[derive(Clone)]
struct TwoClocks {
    jumps: JumpClock,
    real: Arc<AtomicBool>,
}

impl Clock for TwoClocks {
    fn now(&self) -> Timestamp {
        match self.real.load(Ordering::Acquire) {
            // What was told last is not told again of an earlier instant.
            true => Timestamp::now().max(self.jumps.now()),
            false => self.jumps.now(),
        }
    }
}

/// Simulated systems, and then those of the runbook's kinds.
#[derive(Clone)]
struct TwoKinds {
    simulated: SimulatedSystems,
    real: Arc<OnceLock<KnownSystems>>,
}

#[async_trait]
impl Systems for TwoKinds {
    async fn open(&self, runbook: &Runbook, system: &SystemId) -> Result<Arc<dyn System>, Fault> {
        match self.real.get() {
            Some(real) => real.open(runbook, system).await,
            None => self.simulated.open(runbook, system).await,
        }
    }
}

/// What there is to look at.
struct Told {
    people: usize,
    open: usize,
    closed: usize,
    findings: usize,
    accepted: usize,
    seconds: f64,
}

impl Told {
    async fn of(stack: &Stack, began: Instant) -> Result<Told, Problem> {
        let ledger = &stack.ledger;
        let findings = ledger
            .findings(Shelf::Open, Where::Everywhere, None)
            .await?
            .findings;
        let accepted = findings
            .iter()
            .filter(|one| one.state == FindingState::Accepted);
        let accepted = accepted.count();
        let mut people = 0;
        let mut after = None;
        loop {
            let page = ledger.people(after.as_ref(), u16::MAX).await?;
            people += page.people.len();
            after = page.next;
            if after.is_none() {
                break;
            }
        }
        Ok(Told {
            people,
            open: ledger.cases(Shelf::Open, usize::MAX).await?.len(),
            closed: ledger.cases(Shelf::Closed, usize::MAX).await?.len(),
            findings: findings.len() - accepted,
            accepted,
            seconds: began.elapsed().as_secs_f64(),
        })
    }

    fn show(
        &self,
        base: &str,
        links: &[(&str, &str, String)],
        (directory, kept): (&Path, bool),
        json: bool,
    ) {
        let dir = directory.display().to_string();
        if json {
            let links = links.iter().map(
                |(role, address, link)| json!({ "role": role, "address": address, "link": link }),
            );
            print_json(&json!({
                "address": base, "signIn": links.collect::<Vec<_>>(), "dir": dir, "people": self.people,
                "openCases": self.open, "closedCases": self.closed, "findings": self.findings,
                "accepted": self.accepted, "seconds": self.seconds,
            }));
            return;
        }
        println!(
            "Made in {:.1} s: {} people, {} open cases, {} closed ones, {} open findings and {} accepted.\n",
            self.seconds, self.people, self.open, self.closed, self.findings, self.accepted
        );
        println!("The pages are at {base}. Sign in as");
        for (role, address, link) in links {
            let (role, name) = (
                format!("{role},"),
                address.split('@').next().unwrap_or_default(),
            );
            println!("  {role:<12} {name:<15} {link}");
        }
        println!(
            "Each link is good once, for {} minutes. Another one: latchkey sign-in ADDRESS --dir {dir}",
            console::LINK_GOOD_FOR.as_mins()
        );
        match kept {
            true => println!("All of it is kept in {dir}; its two SCIM servers end with this."),
            false => {
                println!("All of it is in {dir}, and gone when this ends; --dir DIR keeps it.")
            }
        }
        println!("Stop with Ctrl-C.");
    }
}
