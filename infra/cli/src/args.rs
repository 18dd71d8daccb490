//! What the command line takes.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use latchkey_lifecycle::EventKind;

/// Hands people their access on time and takes it back, provably.
#[derive(Debug, Parser)]
#[command(name = "latchkey", version, max_term_width = 100, after_help = EXIT_CODES)]
pub(crate) struct Cli {
    /// Print JSON for machines instead of text and tables.
    #[arg(long, global = true)]
    pub(crate) json: bool,
    #[command(subcommand)]
    pub(crate) command: Command,
}

const EXIT_CODES: &str = "\
Exit status:
  0  everything is as it should be
  1  something is not: the text says what and what to do
  2  the command line was not understood
  3  what was asked for does not exist";

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// See the whole job in under two minutes: four events, two real SCIM servers, a compressed clock.
    Demo(Demo),
    /// Run the whole stack on this machine, on the real clock, and keep it running.
    Up(Up),
    /// Say how it is: sweeps, letters, cases, systems, sources, disk; and what needs somebody.
    Status(StatusOf),
    /// Check what Latchkey needs before it may act (runbook, HR, systems, letters, sign-in, sweeps), try what is outside,
    /// and say which of it comes next. Nothing is changed there.
    Doctor(Doctor),
    /// Sign an event and post it to a running Latchkey.
    Send(Send),
    /// Check runbooks: every error at once, each with file, line and column.
    Check(Check),
    /// Show the dated checklist and the e-mails that a person would get.
    Preview(Preview),
    /// Play an event from its confirmation to the end, on a clock that jumps and simulated systems, and see what
    /// happens.
    Rehearse(Rehearse),
    /// Show what an event would do to a person's cases: which tasks stay, move, appear and vanish. Changes nothing.
    Foresee(Foresee),
    /// List cases, the newest first.
    Cases(Cases),
    /// Show one case: its checklist and what happened, in order.
    Case(Case),
    /// The audit trail.
    #[command(subcommand)]
    Audit(AuditCommand),
    /// Let a case that needs an operator go on: it is planned anew, and what is done stays done.
    Redrive(Redrive),
    /// Leave a task out by name, with a reason; the case goes on without it.
    Waive(Waive),
    /// List what the brake holds, or decide about it person by person. Without --count it only shows what would be
    /// decided.
    Brake(Brake),
    /// Move the closed cases of people who have left into an archive file, and keep the heads of their audit trails.
    /// Shows what would be moved; with --archive, moves it.
    Retire(Retire),
    /// Make a link that somebody whom the runbook names signs in to the pages with, once.
    SignIn(SignIn),
    /// Make a runbook the current one, here or in a table on AWS. A wrong runbook never becomes current.
    Publish(Publish),
    /// Compare the systems with the ledger by hand, open findings, and set them right on request.
    Reconcile(Reconcile),
    /// Take over the people who are there already, and adopt or report the access that they have.
    Import(Import),
    /// Take in many events at once (an acquisition, a reorganisation), with a preview and under the brake.
    Mass(Mass),
    /// Write all that a folder knows (ledger, secrets, letters) into one file, while Latchkey runs there or not.
    Backup(crate::backup::Backup),
    /// Make a folder of a backup.
    Restore(crate::backup::Restore),
    /// Write every item of a ledger into a file, to take it to another place.
    Export(crate::moving::Export),
    /// Fill an empty folder or table with an exported ledger. Its cases go on there.
    ImportLedger(crate::moving::ImportLedger),
    /// Systems of the runbook.
    #[command(subcommand)]
    System(SystemCommand),
    /// Sources of HR events.
    #[command(subcommand)]
    Source(SourceCommand),
    /// Print the JSON Schema of runbooks, for editors.
    Schema,
}

#[derive(Debug, Subcommand)]
pub(crate) enum AuditCommand {
    /// Prove that every case and task stands as its audit trail says, and that none is missing. Changes nothing.
    Verify(AuditVerify),
}

#[derive(Debug, Args)]
pub(crate) struct AuditVerify {
    /// Verify what `latchkey retire` wrote into this file, too, against its own trails and against the heads in the
    /// ledger.
    #[arg(long, value_name = "FILE")]
    pub(crate) archive: Vec<PathBuf>,
    /// Who verifies: the ledger keeps by whom and when, and the page of the audit trail shows it. Without it nothing is
    /// written.
    #[arg(long, value_name = "NAME")]
    pub(crate) by: Option<String>,
    #[command(flatten)]
    pub(crate) place: LedgerPlace,
}

#[derive(Debug, Subcommand)]
pub(crate) enum SystemCommand {
    /// Try whether Latchkey can do there what it has to: address, credentials and rights. Changes nothing.
    Test(SystemTest),
    /// Show to which hosts secrets would go that do not say so yet, by the addresses in the runbook; with --write,
    /// write it into them. A secret goes only where it says it may.
    Bind(SystemBind),
}

#[derive(Debug, Args)]
pub(crate) struct SystemBind {
    /// The secrets of which systems, by their short names; of all that Latchkey changes by itself when left out.
    #[arg(value_name = "NAME")]
    pub(crate) names: Vec<String>,
    /// The runbook that says where they are; the ledger's current one when left out.
    #[arg(long, value_name = "DIR")]
    pub(crate) runbook: Option<PathBuf>,
    /// Write it, once you have seen that every host is right.
    #[arg(long)]
    pub(crate) write: bool,
    #[command(flatten)]
    pub(crate) place: LedgerPlace,
    #[command(flatten)]
    pub(crate) stack: Stack,
}

#[derive(Debug, Args)]
pub(crate) struct SystemTest {
    /// Which systems, by their short names; all that Latchkey changes by itself when left out.
    #[arg(value_name = "NAME")]
    pub(crate) names: Vec<String>,
    /// The runbook that describes them; the ledger's current one when left out.
    #[arg(long, value_name = "DIR")]
    pub(crate) runbook: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) place: LedgerPlace,
    #[command(flatten)]
    pub(crate) stack: Stack,
}

#[derive(Debug, Subcommand)]
pub(crate) enum SourceCommand {
    /// Show what a payload becomes: which event, of whom, from when, what is missing, or why it is refused. Changes
    /// nothing.
    Test(SourceTest),
    /// Await the secret that a vendor offers before it signs with it (Gusto): for some minutes the first one that is
    /// posted is kept, for you to confirm to the vendor. At all other times none is.
    Offer(SourceOffer),
}

#[derive(Debug, Args)]
pub(crate) struct SourceOffer {
    /// The HR source.
    pub(crate) source: String,
    /// For how long, e.g. 15m; a day at most.
    #[arg(long = "for", default_value = "15m", value_name = "TIME")]
    pub(crate) within: jiff::SignedDuration,
    /// The directory of the local Latchkey.
    #[arg(
        long,
        default_value = ".latchkey",
        value_name = "DIR",
        env = "LATCHKEY_DIR"
    )]
    pub(crate) dir: PathBuf,
    /// The stack on AWS, by its name, instead of a local Latchkey. Needs a build with `--features aws`.
    #[arg(long, value_name = "NAME")]
    pub(crate) stack: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct SourceTest {
    /// The payload, as the vendor sends it (see events/); a CSV file of people for the source `csv`. `-` reads standard
    /// input.
    pub(crate) file: PathBuf,
    /// The HR source; the file's directory name when left out. With `csv` each line is compared with who is known, as a
    /// drop would be; where there is no ledger, with nobody.
    #[arg(long, value_name = "NAME")]
    pub(crate) source: Option<String>,
    #[command(flatten)]
    pub(crate) place: LedgerPlace,
    /// The record behind it as the vendor's API answers it, where the payload only says whose record changed.
    #[arg(long, value_name = "FILE")]
    pub(crate) record: Option<PathBuf>,
    /// The runbook whose source-NAME.yaml describes the source; values that none of its roles matches are told, too.
    /// The ledger's current one says which those are when left out.
    #[arg(long, value_name = "DIR")]
    pub(crate) runbook: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct Demo {
    /// The runbook to load.
    #[arg(long, default_value = "runbooks/acme", value_name = "DIR")]
    pub(crate) runbook: PathBuf,
    /// Where the signed sample webhooks are.
    #[arg(long, default_value = "events/generic", value_name = "DIR")]
    pub(crate) events: PathBuf,
    /// Keep everything that the demo writes here (ledger, outbox); a temporary directory else.
    #[arg(long, visible_alias = "dir", value_name = "DIR")]
    pub(crate) keep: Option<PathBuf>,
    /// A company of two hundred people that has lived with Latchkey for six months, and its pages, until it is stopped.
    #[arg(long)]
    pub(crate) stay: bool,
    /// Where the pages are, with `--stay`.
    #[arg(
        long,
        default_value = "127.0.0.1:8420",
        value_name = "HOST:PORT",
        requires = "stay"
    )]
    pub(crate) listen: String,
    /// Where chance begins, with `--stay`: the same number makes the same company, but for its days.
    #[arg(long, default_value_t = 7, value_name = "NUMBER", requires = "stay")]
    pub(crate) seed: u64,
}

/// Where a ledger is.
#[derive(Debug, Clone, Args)]
pub(crate) struct LedgerPlace {
    /// The directory of a local Latchkey: ledger, outbox, secrets.
    #[arg(
        long,
        default_value = ".latchkey",
        value_name = "DIR",
        env = "LATCHKEY_DIR"
    )]
    pub(crate) dir: PathBuf,
    /// Look in this DynamoDB table instead, with the AWS credentials of the environment. Needs a build with `--features aws`.
    #[arg(long, value_name = "NAME")]
    pub(crate) table: Option<String>,
}

#[derive(Debug, Clone, Args)]
#[command(after_long_help = crate::up::help())]
pub(crate) struct Up {
    /// The directory to keep ledger, outbox and secrets in; .latchkey when left out.
    #[arg(long, value_name = "DIR", env = "LATCHKEY_DIR")]
    pub(crate) dir: Option<PathBuf>,
    /// A file that says the same as the command line; latchkey.yaml in the folder when left out and there is one.
    #[arg(long, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    /// The runbook to load; the ledger's current one when left out.
    #[arg(long, value_name = "DIR")]
    pub(crate) runbook: Option<PathBuf>,
    /// Where to listen; 127.0.0.1:8420 when left out.
    #[arg(long, value_name = "HOST:PORT")]
    pub(crate) listen: Option<String>,
    /// The address that links in e-mails begin with, when it is another one than `--listen`.
    #[arg(long, value_name = "URL")]
    pub(crate) public_url: Option<String>,
    /// The issuer of the company's sign-in provider (OpenID Connect), as it calls itself. Latchkey's secret there is the
    /// secret `sign-in`. Without, `latchkey sign-in` makes links.
    #[arg(long, value_name = "URL", requires = "sign_in_client")]
    pub(crate) sign_in_issuer: Option<String>,
    /// Latchkey's client id there.
    #[arg(long, value_name = "ID")]
    pub(crate) sign_in_client: Option<String>,
    /// The claim of its tokens that names groups; `groups` when left out.
    #[arg(long, value_name = "CLAIM")]
    pub(crate) sign_in_groups: Option<String>,
    /// Send e-mails by this server too, e.g. smtps://user:password@mail.example:465. Others on this machine can read a
    /// command line: a password belongs into the file, or into the environment.
    #[arg(
        long,
        value_name = "URL",
        env = "LATCHKEY_SMTP",
        hide_env_values = true
    )]
    pub(crate) smtp: Option<String>,
    /// Whom e-mails come from; Latchkey <latchkey@localhost.localdomain> when left out.
    #[arg(long, value_name = "ADDRESS")]
    pub(crate) from: Option<String>,
    /// A command that is run when letters do not go out: it reads what it is about from its input.
    #[arg(long, value_name = "COMMAND")]
    pub(crate) alert_command: Option<String>,
    /// An address that is posted to then, signed with the secret `alerts` (Standard Webhooks).
    #[arg(long, value_name = "URL")]
    pub(crate) alert_webhook: Option<String>,
    /// Call systems on this machine (127.0.0.1, localhost) without encryption, too: for trying out.
    #[arg(long, env = "LATCHKEY_LOOPBACK")]
    pub(crate) loopback: bool,
    /// Minutes between sweeps, which compare the systems with the ledger; 0 for never, 60 when left out.
    #[arg(long, value_name = "MINUTES")]
    pub(crate) sweep_every: Option<u32>,
    /// Tell figures there in Prometheus' text form, at /metrics, to whoever asks; nowhere when left out.
    #[arg(long, value_name = "HOST:PORT")]
    pub(crate) metrics: Option<String>,
    /// How the log is written; text when left out.
    #[arg(long, value_enum, value_name = "FORM")]
    pub(crate) log: Option<LogForm>,
    /// Delete letters in the outbox after so many days: they tell of people. They are kept when this is left out.
    #[arg(long, value_name = "DAYS", value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) keep_letters: Option<u32>,
}

/// A day as the command line takes it.
fn day(text: &str) -> Result<jiff::civil::Date, String> {
    text.parse()
        .map_err(|_| "write a day as year, month and day, e.g. 2026-12-18".to_owned())
}

/// An instant as the command line takes it.
fn instant(text: &str) -> Result<jiff::Timestamp, String> {
    text.parse().map_err(|_| {
        "write an instant with its distance from UTC, e.g. 2026-12-18T08:00:00Z or 2026-12-18T09:00:00+01:00".to_owned()
    })
}

/// See [`Command::Status`].
#[derive(Debug, Args)]
#[command(after_help = STATUS_CODES)]
pub(crate) struct StatusOf {
    #[command(flatten)]
    pub(crate) place: LedgerPlace,
}

const STATUS_CODES: &str = "\
Exit status:
  0  all is well
  1  something needs somebody: the text says what, and what to do
  2  no Latchkey runs there (or the command line was not understood)
  3  there is no ledger there";

/// See [`Command::Doctor`].
#[derive(Debug, Args)]
#[command(after_help = DOCTOR_CODES)]
pub(crate) struct Doctor {
    /// Send a letter to this address, too, to see whether it arrives.
    #[arg(long, value_name = "ADDRESS")]
    pub(crate) letter_to: Option<String>,
    /// The file that `latchkey up` is told things by, where none runs; latchkey.yaml in the folder when left out.
    #[arg(long, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) place: LedgerPlace,
    #[command(flatten)]
    pub(crate) stack: Stack,
}

const DOCTOR_CODES: &str = "\
Exit status:
  0  all of it is in order
  1  something is to be done: the text says what comes next
  2  nothing is to be done as far as could be seen, and not all could be (or the command line was not understood)";

impl Up {
    /// What `latchkey up` is told by nothing but its folder.
    pub(crate) fn in_folder(dir: &std::path::Path) -> Up {
        Up {
            dir: Some(dir.to_owned()),
            config: None,
            runbook: None,
            listen: None,
            public_url: None,
            sign_in_issuer: None,
            sign_in_client: None,
            sign_in_groups: None,
            smtp: std::env::var("LATCHKEY_SMTP").ok(),
            from: None,
            alert_command: None,
            alert_webhook: None,
            loopback: false,
            sweep_every: None,
            metrics: None,
            log: None,
            keep_letters: None,
        }
    }
}

/// How a log is written.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum LogForm {
    /// Lines that people read.
    #[default]
    Text,
    /// A JSON object a line.
    Json,
}

#[derive(Debug, Args)]
pub(crate) struct Send {
    /// The payload, as the source documents it (see events/); a CSV file of people for the source `csv`.
    pub(crate) file: PathBuf,
    /// The HR source; the file's directory name when left out.
    #[arg(long, value_name = "NAME")]
    pub(crate) source: Option<String>,
    /// The runbook whose source-NAME.yaml describes the source; the ledger's current one when left out.
    #[arg(long, value_name = "DIR")]
    pub(crate) runbook: Option<PathBuf>,
    /// Where Latchkey listens; the address of the running `latchkey up` when left out.
    #[arg(long, value_name = "URL")]
    pub(crate) to: Option<String>,
    /// The directory of the local Latchkey, for its address and the source's secret.
    #[arg(
        long,
        default_value = ".latchkey",
        value_name = "DIR",
        env = "LATCHKEY_DIR"
    )]
    pub(crate) dir: PathBuf,
    /// The delivery's id; a new one when left out. The same id twice is the same delivery.
    #[arg(long, value_name = "ID")]
    pub(crate) id: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct Check {
    /// Runbook directories, or YAML files in them.
    #[arg(default_value = "runbooks/acme", value_name = "DIR")]
    pub(crate) runbooks: Vec<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct Preview {
    /// A JSON file: a person, or a webhook of the source `generic`. `-` reads standard input.
    pub(crate) person: PathBuf,
    /// The runbook.
    #[arg(long, default_value = "runbooks/acme", value_name = "DIR")]
    pub(crate) runbook: PathBuf,
    /// What happens to the person; what the webhook says, or a hire, when left out.
    #[arg(long, value_enum)]
    pub(crate) kind: Option<Kind>,
    /// The person's first day of the new state (2026-12-07); start date or last day when left out.
    #[arg(long, value_name = "DAY", value_parser = day)]
    pub(crate) effective: Option<jiff::civil::Date>,
    /// When HR confirms it (2026-11-23T08:00:00Z); now when left out.
    #[arg(long, value_name = "INSTANT", value_parser = instant)]
    pub(crate) at: Option<jiff::Timestamp>,
    /// The person before a transfer, as a JSON file.
    #[arg(long, value_name = "FILE")]
    pub(crate) before: Option<PathBuf>,
    /// Show the e-mails too.
    #[arg(long)]
    pub(crate) emails: bool,
}

#[derive(Debug, Args)]
#[command(after_long_help = crate::rehearse::help())]
pub(crate) struct Rehearse {
    /// The runbook.
    #[arg(value_name = "RUNBOOK")]
    pub(crate) runbook: PathBuf,
    /// A webhook of the source `generic` as a JSON file, or what happens to the person of --person: hire, transfer,
    /// exit, urgent-exit, rehire, leave, return.
    #[arg(value_name = "EVENT")]
    pub(crate) event: String,
    /// To whom: a JSON file with a person, or with several and which one, e.g. events/generic/people.json#1021.
    #[arg(long, value_name = "FILE#ID")]
    pub(crate) person: Option<String>,
    /// The first day of the new state, or the last day (2026-12-07).
    #[arg(long, value_name = "DAY", value_parser = day)]
    pub(crate) on: Option<jiff::civil::Date>,
    /// When HR confirms it (2026-11-23T08:00:00Z); what the webhook says, or two weeks before the day, when left out.
    #[arg(long, value_name = "INSTANT", value_parser = instant)]
    pub(crate) confirmed: Option<jiff::Timestamp>,
    /// What is different afterwards, for a transfer, e.g. --set department=Finance --set title=Controller.
    #[arg(long, value_name = "NAME=VALUE")]
    pub(crate) set: Vec<String>,
    /// People whom HR and the systems know already; people.json beside the webhook when left out.
    #[arg(long, value_name = "FILE")]
    pub(crate) people: Option<PathBuf>,
    /// A choice in words, e.g. "it does not answer"; may be repeated. --help lists what is understood.
    #[arg(long = "if", value_name = "CHOICE")]
    pub(crate) choices: Vec<String>,
    /// Write a page with a chart to this file.
    #[arg(long, value_name = "FILE")]
    pub(crate) html: Option<PathBuf>,
    /// Stop at the end of this day at the latest; two weeks after the last window when left out.
    #[arg(long, value_name = "DAY", value_parser = day)]
    pub(crate) until: Option<jiff::civil::Date>,
    /// Where randomness begins: the jitter of retries.
    #[arg(long, default_value_t = 7, value_name = "N")]
    pub(crate) seed: u64,
}

#[derive(Debug, Args)]
pub(crate) struct Foresee {
    /// A webhook of the source `generic` (see events/generic). `-` reads standard input.
    pub(crate) event: PathBuf,
    #[command(flatten)]
    pub(crate) place: LedgerPlace,
}

/// What happens to a person.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Kind {
    Hire,
    Transfer,
    Exit,
    UrgentExit,
    Rehire,
    Leave,
    Return,
}

impl From<Kind> for EventKind {
    fn from(kind: Kind) -> EventKind {
        match kind {
            Kind::Hire => EventKind::Hire,
            Kind::Transfer => EventKind::Transfer,
            Kind::Exit => EventKind::Exit,
            Kind::UrgentExit => EventKind::UrgentExit,
            Kind::Rehire => EventKind::Rehire,
            Kind::Leave => EventKind::Leave,
            Kind::Return => EventKind::Return,
        }
    }
}

#[derive(Debug, Args)]
pub(crate) struct Cases {
    #[command(flatten)]
    pub(crate) place: LedgerPlace,
    /// Closed cases instead of open ones.
    #[arg(long)]
    pub(crate) closed: bool,
    /// At most so many.
    #[arg(long, default_value_t = 50, value_name = "N")]
    pub(crate) limit: usize,
}

#[derive(Debug, Args)]
pub(crate) struct Case {
    /// The case id, e.g. hire-1042-5f0c2a91.
    pub(crate) id: String,
    #[command(flatten)]
    pub(crate) place: LedgerPlace,
}

/// How a stack on AWS is reached, for commands that call systems. Its functions have these in their environment.
#[derive(Debug, Clone, Args)]
pub(crate) struct Stack {
    /// With --table: what stands before the names of the systems' secrets, e.g. latchkey/systems/.
    #[arg(long, value_name = "PREFIX", env = "LATCHKEY_SECRETS_PREFIX")]
    pub(crate) secrets: Option<String>,
    /// Call systems on this machine (127.0.0.1, localhost) without encryption, too: for trying out.
    #[arg(long, env = "LATCHKEY_LOOPBACK")]
    pub(crate) loopback: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Reconcile {
    #[command(flatten)]
    pub(crate) place: LedgerPlace,
    #[command(flatten)]
    pub(crate) stack: Stack,
    /// Write nothing and send nothing: only show what differs.
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// Only this system.
    #[arg(long, value_name = "NAME")]
    pub(crate) system: Option<String>,
    /// Set this finding right.
    #[arg(long, value_name = "FINDING", requires = "by", conflicts_with_all = ["dry_run", "system"])]
    pub(crate) repair: Vec<String>,
    /// Let this finding stay as it is: it is told no more, and opened again when what differs changes.
    #[arg(
        long,
        value_name = "FINDING",
        requires_all = ["by", "reason"],
        conflicts_with_all = ["dry_run", "system", "repair", "repair_all"]
    )]
    pub(crate) accept: Vec<String>,
    /// Why it may stay as it is; it stands in the audit trail.
    #[arg(long, value_name = "TEXT", requires = "accept")]
    pub(crate) reason: Option<String>,
    /// Compare, then set everything right that a machine can.
    #[arg(long, requires = "by", conflicts_with_all = ["dry_run", "repair"])]
    pub(crate) repair_all: bool,
    /// Who asks for the repair or accepts; it stands in the audit trail.
    #[arg(long, value_name = "NAME")]
    pub(crate) by: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct Import {
    /// A CSV file. Its columns are a person's fields: employeeId, givenName, familyName, department, title,
    /// employmentType, country and startDate have to be there.
    pub(crate) file: PathBuf,
    #[command(flatten)]
    pub(crate) place: LedgerPlace,
    #[command(flatten)]
    pub(crate) stack: Stack,
    /// Write nothing: only show what would be adopted and what differs.
    #[arg(long)]
    pub(crate) dry_run: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Mass {
    /// A CSV file, one event a line: the columns `event` and `employeeId`, `effectiveDate` and `reason`, and the
    /// person's fields that change. `-` reads standard input.
    pub(crate) file: PathBuf,
    #[command(flatten)]
    pub(crate) place: LedgerPlace,
    /// Change nothing: only show what would become of each person, and what that comes to.
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// Who takes the events in; the audit trail names them.
    #[arg(long, value_name = "NAME", required_unless_present = "dry_run")]
    pub(crate) by: Option<String>,
    /// Take events of people in whom Latchkey does not know, or knows under an id that differs by noughts; without it
    /// they keep the file out.
    #[arg(long)]
    pub(crate) allow_unknown: bool,
    /// What the run is called. The same line under the same name is taken in once; the file's contents name it when
    /// left out.
    #[arg(long, value_name = "ID")]
    pub(crate) id: Option<String>,
    /// Where Latchkey listens; the one that runs in --dir when left out, or else its ledger itself.
    #[arg(long, value_name = "URL")]
    pub(crate) to: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct Retire {
    /// People whose cases were all closed before this day (UTC), e.g. 2026-05-31.
    #[arg(long, value_name = "DAY", value_parser = day)]
    pub(crate) closed_before: jiff::civil::Date,
    /// Where the cases go: JSON lines, one for each item of the table, added to what is there.
    #[arg(long, value_name = "FILE", requires = "by")]
    pub(crate) archive: Option<PathBuf>,
    /// Who does it: the audit trail names you.
    #[arg(long, value_name = "NAME")]
    pub(crate) by: Option<String>,
    #[command(flatten)]
    pub(crate) place: LedgerPlace,
}

#[derive(Debug, Args)]
#[command(group = clap::ArgGroup::new("which").required(true))]
pub(crate) struct Redrive {
    /// The case id, e.g. hire-1042-5f0c2a91. Whoever has a question of it that stands is asked again, by another
    /// letter.
    #[arg(group = "which")]
    pub(crate) id: Option<String>,
    /// All open cases with a task in trouble in this system, e.g. after its secret was renewed.
    #[arg(long, value_name = "SYSTEM", group = "which")]
    pub(crate) system: Option<String>,
    /// All open cases that stand still.
    #[arg(long, group = "which")]
    pub(crate) all: bool,
    /// All open cases, and whoever has a question that stands is asked again: when the links in letters lead nowhere
    /// any more.
    #[arg(long, group = "which")]
    pub(crate) open: bool,
    /// Who does it: the audit trail names you.
    #[arg(long, value_name = "NAME")]
    pub(crate) by: String,
    /// With --table: the ARN of the state machine (`arn:…:stateMachine:STACK:live`), so that it acts at once; the next
    /// sweep starts it without.
    #[arg(long, value_name = "ARN", env = "LATCHKEY_STATE_MACHINE_ARN")]
    pub(crate) machine: Option<String>,
    #[command(flatten)]
    pub(crate) place: LedgerPlace,
}

#[derive(Debug, Args)]
pub(crate) struct Waive {
    /// The case id.
    pub(crate) case: String,
    /// The task's id, as `latchkey case` lists it.
    pub(crate) task: String,
    /// Who decides so: the audit trail names you.
    #[arg(long, value_name = "NAME")]
    pub(crate) by: String,
    /// Why: the audit trail and the closing summary keep it.
    #[arg(long, value_name = "TEXT")]
    pub(crate) reason: String,
    /// Leave out what needs the task, too, without being asked.
    #[arg(long)]
    pub(crate) yes: bool,
    /// With --table: the ARN of the state machine (`arn:…:stateMachine:STACK:live`), so that it acts at once; the next
    /// sweep starts it without.
    #[arg(long, value_name = "ARN", env = "LATCHKEY_STATE_MACHINE_ARN")]
    pub(crate) machine: Option<String>,
    #[command(flatten)]
    pub(crate) place: LedgerPlace,
}

#[derive(Debug, Args)]
pub(crate) struct Brake {
    /// Somebody who goes on, by employee id or case id. Whom nothing is said of stays held.
    #[arg(long, value_name = "ID", num_args = 1.., requires = "by")]
    pub(crate) go_on: Vec<String>,
    /// Somebody who is left out: nothing happens, and HR reports it again if it was meant.
    #[arg(long, value_name = "ID", num_args = 1.., requires_all = ["by", "reason"])]
    pub(crate) leave_out: Vec<String>,
    /// Somebody who stays held, whatever is said of all.
    #[arg(long, value_name = "ID", num_args = 1.., requires = "all")]
    pub(crate) later: Vec<String>,
    /// What is said of everybody who is held and not named.
    #[arg(long, value_name = "WHAT", value_parser = ["go-on", "leave-out"], requires = "by")]
    pub(crate) all: Option<String>,
    /// Why those are left out; it stands in each case's audit trail.
    #[arg(long, value_name = "TEXT")]
    pub(crate) reason: Option<String>,
    /// Who decides: each case's audit trail names you. Best your work e-mail address: nobody decides about themselves.
    #[arg(long, value_name = "ADDRESS")]
    pub(crate) by: Option<String>,
    /// How many go on: so that a list of two is not taken for a list of twenty. Without it nothing is decided.
    #[arg(long, value_name = "NUMBER", requires = "by")]
    pub(crate) count: Option<usize>,
    /// How many are listed.
    #[arg(long, value_name = "NUMBER", default_value_t = 50)]
    pub(crate) limit: usize,
    /// With --table: the ARN of the state machine (`arn:…:stateMachine:STACK:live`), so that it acts at once; the next
    /// sweep starts it without.
    #[arg(long, value_name = "ARN", env = "LATCHKEY_STATE_MACHINE_ARN")]
    pub(crate) machine: Option<String>,
    #[command(flatten)]
    pub(crate) place: LedgerPlace,
}

#[derive(Debug, Args)]
pub(crate) struct SignIn {
    /// The work e-mail address, as it stands under `members` of a team, or under `sign_in`.
    pub(crate) address: String,
    /// Where the pages are, with the scheme; where the `latchkey up` of this folder listens when left out.
    #[arg(long, value_name = "URL")]
    pub(crate) at: Option<String>,
    /// The folder of the ledger.
    #[arg(
        long,
        value_name = "DIR",
        default_value = ".latchkey",
        env = "LATCHKEY_DIR"
    )]
    pub(crate) dir: PathBuf,
}

#[derive(Debug, Args)]
pub(crate) struct Publish {
    /// The runbook.
    pub(crate) runbook: PathBuf,
    #[command(flatten)]
    pub(crate) place: LedgerPlace,
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_command_line_is_well_formed() {
        Cli::command().debug_assert();
    }
}
