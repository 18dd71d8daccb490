//! What people have open, what an operator decides about it, and what was written down.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::LedgerPlace;

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
