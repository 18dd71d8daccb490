//! How a stack is put together: on this machine's files and sockets, or on nothing.

use std::{
    net::{Ipv4Addr, SocketAddr},
    path::PathBuf,
    sync::Arc,
};

use console::{Attachments, InMemory, Provider, ProviderSettings, SignInBy};
use jiff::SignedDuration;
use latchkey_checks::Place;
use latchkey_engine::{Engine, Keep, Machine, Options};
use latchkey_hris::Records;
use latchkey_ledger::{Ledger, embedded};
use latchkey_runtime::{Clock, KnownSystems, Links, Mail, NoLinkKey, Runbooks, Systems, Workflow};
use tokio::net::TcpListener;

use super::{
    Setup, SignInAt, Silent, Stack, StackError, file,
    folder::{not_emptied, open_ledger, strangers, unusable},
};
use crate::{
    attached::AttachedFolder,
    checks,
    gates::{guarded, known_to},
    handlers::{Handlers, SUBSTITUTIONS},
    health::{Folder, Health, watched},
    keys::{self, Keys},
    lock::FolderLock,
    machine::{DEFINITION, EmbeddedMachine},
    outbox::Outbox,
    private,
    repairing::Repairing,
    server::{Limits, Server},
    vitals::{Vitals, counting},
};

/// How long an execution that has ended is remembered. The sweep, which runs each hour, asks how one stands of an open
/// case, and tries one that failed again after a day; of a closed case nobody asks.
const REMEMBERED: SignedDuration = SignedDuration::from_hours(48);

/// What sets findings right at once: it reaches the systems as the handlers do.
fn repairs(handlers: &Handlers) -> Arc<dyn console::Repairs> {
    Arc::new(Repairing {
        ledger: handlers.ledger.clone(),
        clock: Arc::clone(&handlers.clock),
        runbooks: Arc::clone(&handlers.runbooks),
        systems: Arc::clone(&handlers.systems),
    })
}

/// Where files of tasks are kept: in a folder, or in memory for as long as the process lives.
fn attachments(folder: Option<&PathBuf>) -> Arc<dyn Attachments> {
    match folder {
        Some(folder) => Arc::new(AttachedFolder::at(folder.clone())),
        None => Arc::new(InMemory::default()),
    }
}

/// What differs between one stack and another.
struct Parts {
    sign_in: SignInBy,
    /// Where files of tasks are; none where nothing is kept.
    attached: Option<PathBuf>,
    ledger: Ledger,
    keys: Keys,
    outbox: Outbox,
    base: String,
    clock: Arc<dyn Clock>,
    systems: Arc<dyn Systems>,
    engine: Arc<Engine>,
    records: Arc<dyn Records>,
    folder: Option<Arc<Folder>>,
}

impl Stack {
    /// Sets everything up and serves hooks and pages. Executions move when a driver moves the engine.
    ///
    /// # Errors
    /// [`StackError`] says what cannot be used.
    pub async fn start(setup: Setup) -> Result<Stack, StackError> {
        let directory = &setup.directory;
        let unusable = |problem| unusable(directory, problem);
        private::folder(directory).map_err(unusable)?;
        let taken = setup.persistent.then(|| FolderLock::take(directory));
        let mut lock = taken.transpose()?;
        let secrets = directory.join(file::SECRETS);
        let had_secrets = secrets.exists();
        let keys = Keys::open(&secrets)?;
        let ledger = match setup.persistent {
            true => {
                not_emptied(directory, &keys)?;
                open_ledger(directory).await?
            }
            false => embedded::open(None).await?,
        };
        let outbox = Outbox::open(
            Some(&directory.join(file::OUTBOX)),
            setup.smtp.as_deref(),
            &setup.from,
            Arc::clone(&setup.clock),
        )?;
        let folder = match setup.persistent {
            true => Some(Arc::new(Folder::open(directory).map_err(unusable)?)),
            false => None,
        };
        let no_address = |problem| StackError::Listen {
            address: setup.listen,
            problem,
        };
        let strangers = match setup.persistent {
            true => {
                let at = (directory.as_path(), setup.clock.now());
                strangers(at, &ledger, &keys, had_secrets).await?
            }
            false => Vec::new(),
        };
        let listener = TcpListener::bind(setup.listen).await.map_err(no_address)?;
        let address = listener.local_addr().map_err(no_address)?;
        if let Some(lock) = &mut lock {
            lock.note_address(address)?;
        }
        let base = setup
            .public_url
            .clone()
            .unwrap_or_else(|| format!("http://{address}"));
        let systems = match &setup.systems {
            Some(systems) => Arc::clone(systems),
            None => {
                let secrets = Arc::new(keys.clone());
                let known = KnownSystems::new(latchkey_kinds::open, secrets, setup.loopback)
                    .map_err(|e| StackError::Connections(e.to_string()))?;
                Arc::new(known)
            }
        };
        let records = latchkey_decisions::HttpRecords::new(Arc::new(keys.clone()))
            .map_err(|e| StackError::Connections(e.to_string()))?;
        let sign_in = sign_in(setup.sign_in.as_ref(), &base, &keys)?;
        let mut stack = Stack::assemble(Parts {
            ledger,
            sign_in,
            attached: Some(directory.join(file::ATTACHED)),
            outbox,
            base,
            clock: Arc::clone(&setup.clock),
            systems,
            engine: engine(&setup.clock, setup.seed, setup.history)?,
            records: Arc::new(records),
            folder,
            keys,
        })?;
        (stack.address, stack.strangers, stack._lock) = (address, strangers, lock);
        let limits = Limits::of_this_machine();
        // Also who is turned away is counted.
        let routes = counting(
            guarded(stack.pages.clone(), limits, Arc::clone(&stack.knows)),
            Arc::clone(&stack.vitals),
        );
        stack.server = Some(Server::of(listener, routes, limits));
        Ok(stack)
    }

    /// The same, without files, sockets and real systems.
    ///
    /// # Errors
    /// [`StackError`] says what cannot be used.
    pub async fn silent(setup: Silent) -> Result<Stack, StackError> {
        Stack::assemble(Parts {
            ledger: embedded::open_here().await?,
            keys: Keys::in_memory(),
            sign_in: SignInBy::Nothing,
            attached: None,
            outbox: Outbox::open(None, None, &setup.from, Arc::clone(&setup.clock))?,
            base: setup.public_url,
            systems: setup.systems,
            engine: engine(&setup.clock, setup.seed, Keep::Off)?,
            records: Arc::new(latchkey_decisions::NoSources),
            folder: None,
            clock: setup.clock,
        })
    }

    fn assemble(parts: Parts) -> Result<Stack, StackError> {
        let Parts {
            ledger,
            keys,
            sign_in,
            attached,
            outbox,
            base,
            clock,
            systems,
            engine,
            records,
            folder,
        } = parts;
        let vitals = Arc::new(Vitals::new(Arc::clone(&clock)));
        let outbox = Arc::new(outbox);
        let key = keys.text("links")?.ok_or(NoLinkKey)?;
        let runbooks = Arc::new(Runbooks::default());
        let workflow: Arc<dyn Workflow> = Arc::new(EmbeddedMachine(Arc::clone(&engine)));
        let mailed = (&keys, Arc::clone(&outbox));
        let place = checks::place(mailed, Arc::clone(&systems), (&sign_in, &base));
        let place = Arc::new(Place {
            started: Some(clock.now()),
            ..place
        });
        let links = Arc::new(Links::new(base, key)?);
        let handlers = Arc::new(Handlers {
            ledger: ledger.clone(),
            clock: Arc::clone(&clock),
            runbooks: Arc::clone(&runbooks),
            mail: Arc::clone(&outbox) as Arc<dyn Mail>,
            links: Arc::clone(&links),
            systems,
            workflow: Arc::clone(&workflow),
        });
        let intake = latchkey_decisions::Deps {
            ledger: ledger.clone(),
            clock: Arc::clone(&clock),
            runbooks: Arc::clone(&runbooks),
            workflow: Arc::clone(&workflow),
            secrets: Arc::new(keys.clone()) as Arc<dyn latchkey_decisions::SourceSecrets>,
            records,
            mappings: Arc::default(),
        };
        let console = console::Deps {
            intake: intake.clone(),
            links: Arc::clone(&links),
            sign_in,
            repairs: Some(repairs(&handlers)),
            place: Arc::clone(&place),
            attachments: attachments(attached.as_ref()),
        };
        let health = Health {
            ledger: ledger.clone(),
            folder,
        };
        let knows = known_to(console.clone());
        let pages = intake::router(intake.clone()).merge(console::router(console));
        let pages = watched(pages, health.clone());
        Ok(Stack {
            ledger,
            engine,
            handlers,
            workflow,
            outbox,
            keys,
            runbooks,
            links,
            clock,
            intake,
            pages,
            knows,
            vitals,
            place,
            health,
            attached,
            address: SocketAddr::from((Ipv4Addr::UNSPECIFIED, 0)),
            strangers: Vec::new(),
            server: None,
            _lock: None,
        })
    }
}

/// How people sign in, by what an operator said.
pub(crate) fn sign_in(
    at: Option<&SignInAt>,
    base: &str,
    keys: &Keys,
) -> Result<SignInBy, StackError> {
    let Some(at) = at else {
        return Ok(SignInBy::Links);
    };
    let provider = Provider::new(ProviderSettings {
        issuer: at.issuer.clone(),
        client_id: at.client.clone(),
        client_secret: keys.text(keys::SIGN_IN)?,
        pages_at: base.to_owned(),
        groups_claim: at.groups_claim.clone(),
    });
    let provider = provider.map_err(|e| StackError::Connections(e.to_string()))?;
    Ok(SignInBy::Provider(Arc::new(provider)))
}

fn engine(clock: &Arc<dyn Clock>, seed: u64, keep: Keep) -> Result<Arc<Engine>, StackError> {
    let machine = Machine::parse_with(DEFINITION, &SUBSTITUTIONS).map_err(|problems| {
        let lines: Vec<String> = problems.iter().map(ToString::to_string).collect();
        StackError::Definition(lines.join("\n"))
    })?;
    let clock = Arc::clone(clock);
    let now = Arc::new(move || clock.now());
    let engine = Engine::new(machine, now, Options { seed, keep });
    // Whoever keeps whole histories wants to look at them.
    Ok(Arc::new(match keep {
        Keep::Full => engine,
        Keep::Compact | Keep::Off => engine.forgetting(REMEMBERED),
    }))
}
