//! `latchkey`: the command line.

// First: its macros print for all of them.
#[macro_use]
mod print;

mod args;
mod audit;
mod backup;
mod bind;
mod brake;
mod case;
mod cases;
mod check;
mod demo;
mod doctor;
mod dropped;
mod foresee;
mod import;
mod mass;
mod moving;
mod offer;
mod outcome;
mod place;
mod preview;
mod process;
mod reach;
mod reconcile;
mod redrive;
mod rehearse;
mod retire;
mod send;
mod sign_in;
mod source;
mod status;
mod system;
mod table;
mod told;
mod up;
mod waive;

use std::process::ExitCode;

use clap::Parser;

use args::{AuditCommand, Cli, Command, SourceCommand, SystemCommand};
use outcome::Problem;

/// The whole stack in one process allocates much on several threads: a fifth less CPU than with glibc's.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let cli = Cli::parse();
    let runtime = match tokio::runtime::Runtime::new() {
        Ok(runtime) => runtime,
        Err(problem) => {
            eprintln!("latchkey: this machine has no threads for it: {problem}");
            return ExitCode::FAILURE;
        }
    };
    let result = runtime.block_on(run(&cli));
    // Nothing that is still waited for, such as an answer of a name server, keeps the process.
    runtime.shutdown_background();
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(problem) => {
            if !problem.text.is_empty() {
                eprintln!("latchkey: {}", problem.text);
            }
            ExitCode::from(problem.status)
        }
    }
}

#[expect(clippy::cognitive_complexity, reason = "a line for each command")]
async fn run(cli: &Cli) -> Result<(), Problem> {
    match &cli.command {
        Command::Demo(args) => demo::run(args, cli.json).await,
        Command::Up(args) => up::run(args).await,
        Command::Status(args) => status::run(args, cli.json).await,
        Command::Doctor(args) => doctor::run(args, cli.json).await,
        Command::Send(args) => send::run(args, cli.json).await,
        Command::Check(args) => check::run(args, cli.json),
        Command::Preview(args) => preview::run(args, cli.json),
        Command::Rehearse(args) => rehearse::run(args, cli.json).await,
        Command::Foresee(args) => foresee::run(args, cli.json).await,
        Command::Cases(args) => cases::run(args, cli.json).await,
        Command::Case(args) => case::run(args, cli.json).await,
        Command::Audit(AuditCommand::Verify(args)) => audit::verify(args, cli.json).await,
        Command::Redrive(args) => redrive::run(args, cli.json).await,
        Command::SignIn(args) => sign_in::run(args, cli.json).await,
        Command::Waive(args) => waive::run(args, cli.json).await,
        Command::Brake(args) => brake::run(args, cli.json).await,
        Command::Retire(args) => retire::run(args, cli.json).await,
        Command::Publish(args) => check::publish(args, cli.json).await,
        Command::Reconcile(args) => reconcile::run(args, cli.json).await,
        Command::Import(args) => import::run(args, cli.json).await,
        Command::Mass(args) => mass::run(args, cli.json).await,
        Command::Backup(args) => backup::take(args, cli.json).await,
        Command::Restore(args) => backup::bring_back(args, cli.json).await,
        Command::Export(args) => moving::export(args, cli.json).await,
        Command::ImportLedger(args) => moving::import(args, cli.json).await,
        Command::System(SystemCommand::Test(args)) => system::test(args, cli.json).await,
        Command::System(SystemCommand::Bind(args)) => bind::run(args, cli.json).await,
        Command::Source(SourceCommand::Offer(args)) => {
            offer::run(args, jiff::Timestamp::now(), cli.json).await
        }
        Command::Source(SourceCommand::Test(args)) => source::test(args, cli.json).await,
        Command::Schema => {
            outcome::print_json(&latchkey_runbook::json_schema());
            Ok(())
        }
    }
}
