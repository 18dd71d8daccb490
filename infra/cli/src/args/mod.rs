//! What the command line takes.

mod cases;
mod runbooks;
mod running;
mod systems;

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

pub(crate) use cases::*;
pub(crate) use runbooks::*;
pub(crate) use running::*;
pub(crate) use systems::*;

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

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_command_line_is_well_formed() {
        Cli::command().debug_assert();
    }
}
