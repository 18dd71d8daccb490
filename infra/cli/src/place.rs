//! The ledger that a command looks into.

use aws_config::BehaviorVersion;
use latchkey_embedded::file;
use latchkey_ledger::{Ledger, embedded};

use crate::{args::Place, outcome::Problem};

pub(crate) async fn ledger(place: &Place) -> Result<Ledger, Problem> {
    if let Some(table) = &place.table {
        let config = aws_config::load_defaults(BehaviorVersion::latest()).await;
        return Ok(Ledger::new(aws_sdk_dynamodb::Client::new(&config), table));
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
