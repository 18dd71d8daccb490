//! `latchkey redrive CASE`: a case that needs an operator goes on.

use jiff::Timestamp;
use latchkey_ledger::LedgerError;
use latchkey_lifecycle::{AuditBody, Case, CaseId, CaseState};
use latchkey_runtime::Failure;
use serde_json::json;

use crate::{
    args::Redrive,
    outcome::{Problem, print_json},
    place,
};

pub(crate) async fn run(args: &Redrive, as_json: bool) -> Result<(), Problem> {
    let ledger = place::ledger(&args.place).await?;
    let id = CaseId::new(args.id.clone())?;
    let by = args.by.trim();
    if by.is_empty() {
        return Err(Problem::new(
            "say who redrives it with --by: the audit trail names you",
        ));
    }
    if ledger.find_case(&id).await?.is_none() {
        return Err(Problem::absent(format!(
            "there is no case {id}; latchkey cases lists them"
        )));
    }
    let now = Timestamp::now();
    let row = ledger
        .change_case::<Redriven>(&id, |case: &mut Case| {
            if case.state.is_ended() {
                return Err(Redriven::Ended(case.state));
            }
            case.plan_anew();
            Ok(Some(vec![AuditBody {
                at: now,
                by: by.to_owned(),
                what: "redriven".into(),
                text: format!("{by} had it planned anew as revision {}.", case.revision),
                detail: json!({ "revision": case.revision }),
            }]))
        })
        .await
        .map_err(|error| match error {
            Redriven::Ended(state) => {
                Problem::new(format!("case {id} is {state}: nothing is left to do"))
            }
            Redriven::Ledger(error) => Problem::new(Failure::from(error)),
        })?;
    if as_json {
        print_json(&json!({ "case": id, "revision": row.item.revision }));
    } else {
        println!(
            "Case {id} is planned anew as revision {}. What is done stays done; the rest begins with the next sweep, \
             within minutes on one machine and within the hour on AWS.",
            row.item.revision
        );
    }
    Ok(())
}

/// Why a case is not redriven.
#[derive(Debug)]
enum Redriven {
    Ended(CaseState),
    Ledger(LedgerError),
}

impl From<LedgerError> for Redriven {
    fn from(error: LedgerError) -> Redriven {
        Redriven::Ledger(error)
    }
}
