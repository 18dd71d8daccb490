//! Simulation: real handlers, the real workflow definition and the embedded ledger on a virtual clock, with systems
//! that fail, steps that are cut off anywhere, webhooks in any order and people who answer or do not. The same seed is
//! the same run.

mod dice;
mod directed;
mod ending;
mod fate;
mod field;
mod flood;
mod hr;
mod judge;
mod life;
mod people;
mod right;
mod sabotage;
mod script;
mod shrink;
mod steps;
mod stories;
mod unreliable;
mod upkeep;
mod world;

pub use directed::directed;
pub use ending::End;
pub use sabotage::Sabotage;
pub use script::{Certain, Detail, Fault, Happening, Life, Script};
pub use shrink::shrink;
pub use steps::{Met, Way, play};
pub use stories::{STORIES, Story};
pub use world::{Outcome, World, compact};

/// People in one run.
pub const PEOPLE: usize = 12;

/// Runs a script to its end.
pub fn run(script: Script, told: bool) -> Outcome {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .build()
        .unwrap();
    runtime.block_on(async { World::new(script, told).await.live().await })
}

/// Every way that the workflow offers.
pub fn transitions() -> std::collections::BTreeSet<latchkey_engine::Transition> {
    world::machine().transitions()
}

/// The command that runs a seed again.
pub fn command(seed: u64) -> String {
    format!("cargo run --release -p latchkey-tests --bin simulate -- --seed {seed} --shrink")
}

/// What a person needs who looks at a failing seed: the command that runs it again, the smallest script found that
/// still fails, and what happens in it.
pub fn explain(seed: u64, people: usize) -> String {
    let again = command(seed);
    let Some(script) = shrink(Script::of(seed, people)) else {
        return format!("again: {again} (this time no promise was broken)");
    };
    let outcome = run(script.clone(), true);
    format!(
        "again: {again}\nthe smallest script that still fails: {script:#?}\n{}\n{}",
        outcome.timeline.join("\n"),
        outcome.broken.join("\n")
    )
}
