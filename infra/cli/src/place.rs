//! The ledger that a command looks into.

use latchkey_embedded::file;
use latchkey_ledger::{Ledger, embedded};

use crate::{args::Place, outcome::Problem};

pub(crate) async fn ledger(place: &Place) -> Result<Ledger, Problem> {
    if let Some(table) = &place.table {
        let config = latchkey_runtime::aws::config().await;
        return Ok(latchkey_runtime::aws::ledger_at(&config, table));
    }
    let path = place.dir.join(file::LEDGER);
    if !path.exists() {
        return Err(Problem::absent(format!(
            "there is no ledger in {}; start one with `latchkey up`, or name its directory with --dir",
            place.dir.display()
        )));
    }
    Ok(embedded::open(Some(&path)).await?)
}
