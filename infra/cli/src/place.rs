//! The ledger that a command looks into.

use std::path::Path;

use latchkey_aws::aws;
use latchkey_embedded::{as_root_in, file};
use latchkey_ledger::{Ledger, embedded};

use crate::{args::LedgerPlace, outcome::Problem};

pub(crate) async fn ledger(place: &LedgerPlace) -> Result<Ledger, Problem> {
    ledger_if_any(place).await?.ok_or_else(|| no_ledger(place))
}

/// Where a ledger has to be there is none.
pub(crate) fn no_ledger(place: &LedgerPlace) -> Problem {
    Problem::absent(format!(
        "there is no ledger in {}; start one with `latchkey up`, or name its directory with --dir",
        place.dir.display()
    ))
}

/// Tells whoever is about to write as `root` in a folder of somebody else what follows.
pub(crate) fn mind_root(dir: &Path) {
    if let Some(warning) = as_root_in(dir) {
        eprintln!("WARNING: {warning}.");
    }
}

/// For commands that do without one: none where no Latchkey was started on this machine.
pub(crate) async fn ledger_if_any(place: &LedgerPlace) -> Result<Option<Ledger>, Problem> {
    if let Some(table) = &place.table {
        return Ok(Some(aws().await?.ledger(table)));
    }
    let path = place.dir.join(file::LEDGER);
    // What cannot be looked at is there all the same.
    if matches!(path.try_exists(), Ok(false)) {
        return Ok(None);
    }
    Ok(Some(embedded::open(Some(&path)).await?))
}
