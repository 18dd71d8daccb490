//! A runbook, and events tried on it.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use latchkey_lifecycle::EventKind;

use super::{LedgerPlace, day, instant};

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
pub(crate) struct Publish {
    /// The runbook.
    pub(crate) runbook: PathBuf,
    #[command(flatten)]
    pub(crate) place: LedgerPlace,
}
