//! The pages over a large ledger: what each asks of it, and how much of a core's time it takes.
//!
//! `cargo bench -p latchkey-tests --bench pages` for 50,000 cases with four tasks each; add `-- 2000` for another
//! number. Half of the cases are open. The ledger is on no disk, so that only the work is measured.

#![allow(clippy::unwrap_used, missing_docs)]

use std::time::{Duration, Instant};

use latchkey_tests::{
    filled::fill,
    visitor::{Asked, Visitor, pages},
};

/// As the command line has it.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const CASES: u64 = 50_000;
/// So often each page is looked at.
const TIMES: usize = 60;
/// Wanted: nineteen of twenty within this.
const WANTED: Duration = Duration::from_millis(50);

const OPERATOR: &str = "ada.king@acme.example";

fn main() {
    let words = std::env::args().skip(1);
    let cases = words
        .filter_map(|word| word.parse().ok())
        .next()
        .unwrap_or(CASES);
    // One thread does all of it, so that its time is the page's.
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    runtime.unwrap().block_on(measure(cases));
}

async fn measure(cases: u64) {
    let began = Instant::now();
    let (it, [open, closed]) = fill(cases).await;
    println!(
        "{cases} cases with {} tasks, filled in {:.0?}",
        cases * 4,
        began.elapsed()
    );
    let visitor = Visitor::of(&it.stack, OPERATOR).await;
    let paths = pages(&visitor, &[open, closed]).await;
    println!(
        "| page | calls | items | read units | median | p95 |\n| --- | ---: | ---: | ---: | ---: | ---: |"
    );
    let mut worst = Duration::ZERO;
    for path in paths {
        let (asked, median, p95) = look(&visitor, &path).await;
        worst = worst.max(p95);
        let Asked {
            calls,
            items,
            units,
        } = asked;
        println!("| `{path}` | {calls} | {items} | {units} | {median:.1?} | {p95:.1?} |");
    }
    println!("the worst p95 is {worst:.1?}; wanted {WANTED:?}");
}

async fn look(visitor: &Visitor, path: &str) -> (Asked, Duration, Duration) {
    let mut took = Vec::new();
    let mut asked = Asked::default();
    for _ in 0..TIMES {
        let began = Instant::now();
        let seen = visitor.get(path).await;
        took.push(began.elapsed());
        assert!(seen.status.is_success(), "{path} answers {}", seen.status);
        asked = asked.max(seen.asked);
    }
    took.sort();
    (asked, took[TIMES / 2], took[TIMES * 95 / 100])
}
