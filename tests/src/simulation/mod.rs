//! Simulation: real handlers, the real workflow definition and the embedded ledger on a virtual clock, with systems that fail,
//! steps that are cut off anywhere, webhooks in any order and people who answer or do not. The same seed is the same run.

mod dice;
mod fate;
mod field;
mod judge;
mod life;
mod shrink;
mod steps;
mod stories;
mod world;

pub use life::{Fault, Happening, Life, Script};
pub use shrink::shrink;
pub use steps::{End, Met, Way, play};
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
