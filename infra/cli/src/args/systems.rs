//! What Latchkey is connected to: systems, HR sources, and who has what there.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::{LedgerPlace, Stack};

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
