//! A Latchkey on this machine: started, asked how it is, signed in to, emptied.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::{LedgerPlace, Stack, day};

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
    /// A company of some 250 people that has lived with Latchkey for six months, and its pages, until it is stopped.
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

/// See [`super::Command::Status`].
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

/// See [`super::Command::Doctor`].
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
