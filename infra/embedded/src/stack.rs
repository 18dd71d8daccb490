//! The whole stack: ledger, engine, functions, hooks and pages.

use std::{
    net::{Ipv4Addr, SocketAddr},
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use console::{Attachments, InMemory, Provider, ProviderSettings, SignInBy};
use jiff::{SignedDuration, Timestamp};
use latchkey_address::Loopback;
use latchkey_checks::Place;
use latchkey_engine::{Engine, Keep, Machine, Options};
use latchkey_hris::Records;
use latchkey_ledger::{Ledger, LedgerError, embedded};
use latchkey_lifecycle::RunbookVersion;
use latchkey_runbook::{Problem, Source};
use latchkey_runtime::{
    Clock, Failure, KnownSystems, Links, Mail, NoLinkKey, Runbooks, Systems, Workflow,
};
use tokio::net::TcpListener;

use crate::{
    acting::Acting,
    attached::AttachedFolder,
    checks,
    gates::guarded,
    handlers::{Handlers, SUBSTITUTIONS},
    health::{Folder, Health, watched},
    identity,
    keys::{self, Keys, KeysError},
    lock::{FolderLock, LockError},
    machine::{DEFINITION, EmbeddedMachine},
    outbox::{Outbox, OutboxError},
    private,
    repairing::Repairing,
    resume::{self, Resumed, resume_open_cases},
    server::{Limits, Server},
    vitals::{Vitals, counting},
};

/// Files of a local Latchkey.
pub mod file {
    /// The ledger.
    pub const LEDGER: &str = "ledger.sqlite";
    /// Secrets, readable by the owner only.
    pub const SECRETS: &str = "secrets.json";
    /// Letters.
    pub const OUTBOX: &str = "outbox";
    /// Files that people added to tasks.
    pub const ATTACHED: &str = "attached";
    /// Tokens that vendors offer, while an operator awaits them.
    pub const OFFERED: &str = "offered";
    /// Where HR drops CSV files of people.
    pub const DROP: &str = "drop";
    /// Where the running Latchkey listens.
    pub const ADDRESS: &str = "address";
    /// What `latchkey up` is told, where its command line does not say it.
    pub const SETTINGS: &str = "latchkey.yaml";
    /// How commands reach the running Latchkey ([`crate::Control`]).
    pub const CONTROL: &str = "control";
}

/// How long an execution that has ended is remembered. The sweep, which runs each hour, asks how one stands of an open
/// case, and tries one that failed again after a day; of a closed case nobody asks.
const REMEMBERED: SignedDuration = SignedDuration::from_hours(48);

/// How the stack is set up.
pub struct Setup {
    /// The directory for ledger, secrets and outbox.
    pub directory: PathBuf,
    /// Whether the ledger is a file that outlives the process.
    pub persistent: bool,
    /// The present instant, for everything.
    pub clock: Arc<dyn Clock>,
    /// Where to listen; port 0 for any free one.
    pub listen: SocketAddr,
    /// What links begin with, when it is another address than where it listens.
    pub public_url: Option<String>,
    /// An SMTP address to send letters by, too.
    pub smtp: Option<String>,
    /// Whom letters come from.
    pub from: String,
    /// Where randomness begins: jitter, and the tokens of waiting tasks.
    pub seed: u64,
    /// How much of executions' histories is kept.
    pub history: Keep,
    /// Systems that replace those of the runbook's kinds, for rehearsals.
    pub systems: Option<Arc<dyn Systems>>,
    /// Whether systems on this machine may be called in the open.
    pub loopback: Loopback,
    /// The company's sign-in provider; links are made on this machine where there is none.
    pub sign_in: Option<SignInAt>,
}

/// A sign-in provider, as an operator names it. Latchkey's secret there is the secret `sign-in`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignInAt {
    /// Its issuer.
    pub issuer: String,
    /// Latchkey's name there.
    pub client: String,
    /// The claim with the groups; `groups` when left out.
    pub groups_claim: Option<String>,
}

/// How a stack is set up that touches nothing: all in memory, no files, no socket, no real system.
pub struct Silent {
    /// The present instant, for everything.
    pub clock: Arc<dyn Clock>,
    /// What links begin with.
    pub public_url: String,
    /// Whom letters come from.
    pub from: String,
    /// Where randomness begins: jitter, and the tokens of waiting tasks.
    pub seed: u64,
    /// The systems.
    pub systems: Arc<dyn Systems>,
}

/// Why the stack does not run.
#[derive(Debug, thiserror::Error)]
pub enum StackError {
    /// The directory cannot be used.
    #[error("the directory {path} cannot be used: {problem}")]
    Directory {
        /// Which directory.
        path: PathBuf,
        /// What the machine says.
        problem: std::io::Error,
    },
    /// The ledger's file cannot be used.
    #[error("the file {path} cannot be used: {problem}")]
    File {
        /// Which file.
        path: PathBuf,
        /// What the machine says.
        problem: std::io::Error,
    },
    /// The ledger has nothing in it, and there was one.
    #[error(
        "the ledger {path} is empty, and the secrets beside it are those of ledger {ledger}: something cut it off, or a copy of it came to \
         nothing. Put a backup there (`latchkey restore`), or, to begin anew, delete {path} and take the line `ledger/id` out of the secrets"
    )]
    Emptied {
        /// Which file.
        path: PathBuf,
        /// Whose secrets they are.
        ledger: String,
    },
    /// Another process works in the directory.
    #[error(transparent)]
    Lock(#[from] LockError),
    /// The address is taken or not ours.
    #[error("cannot listen at {address}: {problem}; choose another with --listen")]
    Listen {
        /// Which address.
        address: SocketAddr,
        /// What the machine says.
        problem: std::io::Error,
    },
    /// The secrets file.
    #[error(transparent)]
    Keys(#[from] KeysError),
    /// Links cannot be signed.
    #[error(transparent)]
    Links(#[from] NoLinkKey),
    /// The outbox.
    #[error(transparent)]
    Outbox(#[from] OutboxError),
    /// The ledger.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
    /// A handler.
    #[error(transparent)]
    Failure(#[from] Failure),
    /// TLS cannot be set up.
    #[error("this machine cannot make connections: {0}")]
    Connections(String),
    /// The definition has problems.
    #[error("the workflow's definition has problems:\n{0}")]
    Definition(String),
    /// The runbook has errors; the current one stays.
    #[error("the runbook has {} and was not taken", errors(.0))]
    Runbook(Vec<Problem>),
}

fn errors(problems: &[Problem]) -> String {
    let count = problems.iter().filter(|p| p.is_error()).count();
    if count == 1 {
        "1 error".to_owned()
    } else {
        format!("{count} errors")
    }
}

/// The running stack.
pub struct Stack {
    /// The ledger.
    pub ledger: Ledger,
    /// The engine.
    pub engine: Arc<Engine>,
    /// What the engine calls.
    pub handlers: Arc<Handlers>,
    /// The state machine.
    pub workflow: Arc<dyn Workflow>,
    /// Letters.
    pub outbox: Arc<Outbox>,
    /// Secrets.
    pub keys: Keys,
    /// Checked runbooks.
    pub runbooks: Arc<Runbooks>,
    /// Links to task pages.
    pub links: Arc<Links>,
    /// The present instant.
    pub clock: Arc<dyn Clock>,
    /// What intake stands on.
    pub intake: latchkey_decisions::Deps,
    /// Hooks and pages, to call them without a socket.
    pub pages: axum::Router,
    /// Where hooks and pages are; port 0 when they are nowhere but in [`Stack::pages`].
    pub address: SocketAddr,
    /// What lies beside the ledger and is another one's, in words.
    pub strangers: Vec<String>,
    /// What the process has done since it was started.
    pub vitals: Arc<Vitals>,
    /// What the checks of the installation know of this machine.
    pub place: Arc<Place>,
    /// Where files of tasks are; none where nothing is kept.
    attached: Option<PathBuf>,
    health: Health,
    server: Option<Server>,
    /// Kept for as long as the folder is in use.
    _lock: Option<FolderLock>,
}

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
            guarded(stack.pages.clone(), limits),
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
        let place = Arc::new(Place {
            started: Some(clock.now()),
            ..checks::place(
                (&keys, Arc::clone(&outbox)),
                Arc::clone(&systems),
                (&sign_in, &base),
            )
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

    /// Where a file of a case's task is kept, by the checksum of its bytes; none where nothing is.
    pub fn attached(&self, case: &latchkey_lifecycle::CaseId, sha256: &str) -> Option<PathBuf> {
        let path = self.attached.as_ref()?.join(console::path_of(case, sha256));
        path.exists().then_some(path)
    }

    /// Checks a runbook and makes it the current one. A wrong runbook never becomes current.
    ///
    /// # Errors
    /// [`StackError::Runbook`] with every problem.
    pub async fn publish(
        &self,
        source: &Source,
    ) -> Result<(RunbookVersion, Vec<Problem>), StackError> {
        publish(&self.ledger, source, self.clock.now()).await
    }

    /// Lets every open case go on where it was, as a start does: executions live in the process, and the ledger does
    /// not. Cases in which nothing is to be done yet lie still, and nothing is written for them.
    ///
    /// # Errors
    /// [`StackError`] when ledger or engine fail.
    pub async fn resume(&self) -> Result<Resumed, StackError> {
        self.abandon_turns().await?;
        resume::resume(&self.ledger, &self.engine, self.clock.as_ref()).await
    }

    /// Plans every open case anew and starts its execution, whether there is anything to do or not.
    ///
    /// # Errors
    /// [`StackError`] when ledger or engine fail.
    pub async fn resume_open_cases(&self) -> Result<usize, StackError> {
        self.abandon_turns().await?;
        resume_open_cases(&self.ledger, self.workflow.as_ref(), self.clock.as_ref()).await
    }

    /// Whoever stood at a system's door was in the process that has ended.
    async fn abandon_turns(&self) -> Result<(), StackError> {
        let (_, runbook) = self.runbooks.current(&self.ledger).await?;
        for (system, _) in runbook.systems() {
            let abandoned = self.ledger.change_traffic(system, |t| t.abandon());
            abandoned.await?;
        }
        Ok(())
    }

    /// The listener, for whoever closes it before the stack ends. Dropped, it is gone at once.
    pub fn door(&mut self) -> Option<Server> {
        self.server.take()
    }

    /// Whether the folder is there and the ledger can be read.
    ///
    /// # Errors
    /// What is wrong, in words.
    pub async fn health(&self) -> Result<(), &'static str> {
        self.health.look().await
    }

    pub(crate) fn looked_at(&self) -> Health {
        self.health.clone()
    }

    /// Who takes up what others changed in the ledger.
    pub fn acting(&self) -> Acting {
        Acting::of(self)
    }

    /// What sweep stands on here.
    pub fn sweep_deps(&self) -> sweep::Deps<'_> {
        sweep::Deps {
            ledger: &self.ledger,
            clock: self.clock.as_ref(),
            runbooks: &self.runbooks,
            systems: self.handlers.systems.as_ref(),
            workflow: Some(self.workflow.as_ref()),
            subscriptions: None,
            hr: Some(&self.intake),
            heard: None,
        }
    }

    /// What taking a dropped file in stands on here.
    pub fn drop_deps(&self) -> drop::Deps<'_> {
        drop::Deps {
            intake: &self.intake,
        }
    }

    /// Moves everything that can move at the present instant, until nothing is in flight, and sends the letters that
    /// were written.
    ///
    /// # Errors
    /// The ledger's, when the letters cannot be read.
    pub async fn settle(&self) -> Result<(), Failure> {
        self.engine.run_until_idle(self.handlers.as_ref()).await;
        self.handlers.send_letters(Duration::ZERO).await?;
        Ok(())
    }

    /// Where the address of a running Latchkey is noted, for `latchkey send`.
    pub fn note_address(&self, directory: &Path) -> std::io::Result<()> {
        private::write(
            &directory.join(file::ADDRESS),
            format!("http://{}\n", self.address),
        )
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

/// What lies in the folder and is another ledger's, or another user's, or is not there.
async fn strangers(
    (directory, now): (&Path, Timestamp),
    ledger: &Ledger,
    keys: &Keys,
    had_secrets: bool,
) -> Result<Vec<String>, StackError> {
    let outbox = directory.join(file::OUTBOX);
    let mut strangers = identity::identify(ledger, keys, &outbox, now).await?;
    if !had_secrets {
        strangers.extend(identity::without_secrets(ledger, keys).await?);
    }
    strangers.extend(private::as_root_in(directory));
    Ok(strangers)
}

fn unusable(directory: &Path, problem: std::io::Error) -> StackError {
    StackError::Directory {
        path: directory.to_owned(),
        problem: private::explained(directory, problem),
    }
}

/// Refuses a ledger without a byte where its secrets say that there was one. What is not written back yet lies in its
/// journal.
fn not_emptied(directory: &Path, keys: &Keys) -> Result<(), StackError> {
    let path = directory.join(file::LEDGER);
    let size = |path: &Path| std::fs::metadata(path).ok().map(|about| about.len());
    let journal = size(&directory.join(format!("{}-wal", file::LEDGER)));
    if size(&path) != Some(0) || journal.is_some_and(|bytes| bytes > 0) {
        return Ok(());
    }
    match keys.text(Keys::LEDGER)? {
        Some(ledger) => Err(StackError::Emptied { path, ledger }),
        None => Ok(()),
    }
}

/// Opens the ledger in the directory of a local Latchkey; makes both where they are not there yet.
///
/// # Errors
/// [`StackError`] says what cannot be used.
pub async fn open_ledger(directory: &Path) -> Result<Ledger, StackError> {
    let unusable = |problem| unusable(directory, problem);
    private::folder(directory).map_err(unusable)?;
    let file = directory.join(file::LEDGER);
    // SQLite gives the files that it writes beside this one the same mode.
    private::make(&file).map_err(|problem| StackError::File {
        path: file.clone(),
        problem: private::explained(&file, problem),
    })?;
    Ok(embedded::open(Some(&file)).await?)
}

/// Checks a runbook and makes it the current one in a ledger.
///
/// # Errors
/// [`StackError::Runbook`] with every problem; the current runbook stays.
pub async fn publish(
    ledger: &Ledger,
    source: &Source,
    now: Timestamp,
) -> Result<(RunbookVersion, Vec<Problem>), StackError> {
    let checked = crate::check(source);
    if checked.runbook.is_none() {
        return Err(StackError::Runbook(checked.problems));
    }
    let version = source.version();
    ledger
        .publish_runbook(&version, source.files(), now)
        .await?;
    Ok((version, checked.problems))
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ledger_that_was_emptied_is_not_taken_for_a_new_one() {
        let folder = tempfile::tempdir().unwrap();
        let keys = Keys::open(&folder.path().join(file::SECRETS)).unwrap();
        let ledger = folder.path().join(file::LEDGER);
        not_emptied(folder.path(), &keys).unwrap();
        std::fs::write(&ledger, "").unwrap();
        not_emptied(folder.path(), &keys).unwrap();
        keys.set(Keys::LEDGER, "abc".into()).unwrap();
        let said = not_emptied(folder.path(), &keys).unwrap_err().to_string();
        assert!(
            said.contains("is empty") && said.contains("latchkey restore"),
            "{said}"
        );
        std::fs::write(&ledger, "something").unwrap();
        not_emptied(folder.path(), &keys).unwrap();
    }
}
