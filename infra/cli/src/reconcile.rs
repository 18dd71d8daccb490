//! `latchkey reconcile`: a sweep by hand, and repairs.

use jiff::tz::TimeZone;
use latchkey_ledger::{Shelf, Where};
use latchkey_lifecycle::{Finding, FindingId, FindingState, SystemId, shown};
use latchkey_questions::findings::accept as accept_finding;
use latchkey_runtime::{Failure, Runbooks};
use serde_json::{Value, json};
use sweep::{Met, Repaired, Report, Request, advice, in_words};

use crate::{
    args::Reconcile,
    check::count,
    outcome::Problem,
    reach::Reach,
    table::{company_zone, instant},
};

pub(crate) async fn run(args: &Reconcile, as_json: bool) -> Result<(), Problem> {
    let reach = Reach::new(&args.place, &args.stack).await?;
    let by = args.by.as_deref().unwrap_or_default();
    if !args.repair.is_empty() {
        let ids: Result<Vec<FindingId>, _> = args.repair.iter().map(FindingId::new).collect();
        return repair(&reach, &ids?, by, as_json).await;
    }
    if !args.accept.is_empty() {
        let ids: Result<Vec<FindingId>, _> = args.accept.iter().map(FindingId::new).collect();
        let reason = args.reason.as_deref().unwrap_or_default();
        return accept(&reach, &ids?, (by, reason), as_json).await;
    }
    let report = compare(&reach, args, as_json).await?;
    if args.repair_all {
        let ids = repairable(&reach, args.system.as_deref()).await?;
        return repair(&reach, &ids, by, as_json).await;
    }
    let differs = report.systems.iter().any(|s| s.opened + s.kept > 0);
    if differs {
        Err(Problem::silent())
    } else {
        Ok(())
    }
}

async fn compare(reach: &Reach, args: &Reconcile, as_json: bool) -> Result<Report, Problem> {
    let system = args.system.as_ref().map(SystemId::new).transpose()?;
    let request = Request {
        system,
        dry_run: args.dry_run,
        limit_seconds: None,
    };
    // Printed as they are met, so that memory does not grow with them.
    let lines = |met: Met, finding: &Finding| print_json_line(&line(met, finding));
    let zone = company_zone(&reach.ledger, &Runbooks::default()).await;
    let words = |met: Met, finding: &Finding| print_words(met, finding, &zone);
    let mut deps = reach.deps();
    deps.heard = Some(if as_json { &lines } else { &words });
    let report = sweep::handle(&deps, &request).await;
    let report = report.map_err(|failure| match failure {
        Failure::Rejected(text) => Problem::absent(text),
        other => Problem::new(other),
    })?;
    if as_json {
        print_json_line(&json!({ "report": report, "dryRun": args.dry_run }));
    } else {
        print_report(&report, args.dry_run);
    }
    Ok(report)
}

/// The open findings that a machine can set right. Only what was compared is asked for.
async fn repairable(reach: &Reach, system: Option<&str>) -> Result<Vec<FindingId>, Problem> {
    let system = system.map(SystemId::new).transpose()?;
    let place = match &system {
        None => Where::Everywhere,
        one => Where::In(one.as_ref()),
    };
    let mut ids = Vec::new();
    let mut from = None;
    loop {
        let page = reach.ledger.findings(Shelf::Open, place, from).await?;
        let can = page
            .findings
            .into_iter()
            .filter(|f| f.state == FindingState::Open && f.seen.kind.is_repairable());
        ids.extend(can.map(|finding| finding.id));
        match page.next {
            Some(next) => from = Some(next),
            None => return Ok(ids),
        }
    }
}

async fn repair(reach: &Reach, ids: &[FindingId], by: &str, as_json: bool) -> Result<(), Problem> {
    let mut failed = 0;
    for id in ids {
        let done = sweep::repair(&reach.deps(), id, by).await;
        match (&done, as_json) {
            (Ok(Repaired { changes, .. }), true) => {
                print_json_line(&json!({ "repaired": id, "changes": changes }));
            }
            (Ok(Repaired { finding, changes }), false) => {
                println!("Repaired {id}: {}", shown::line(&in_words(finding)));
                match changes.as_slice() {
                    [] => println!("  The difference was gone already."),
                    changes => println!("  Done: {}.", changes.join(", ")),
                }
            }
            (Err(problem), true) => {
                print_json_line(&json!({ "finding": id, "problem": problem.to_string() }));
            }
            (Err(problem), false) => println!("Not repaired {id}: {problem}"),
        }
        failed += usize::from(done.is_err());
    }
    if failed == 0 {
        return Ok(());
    }
    Err(Problem::new(format!(
        "{} of {} could not be repaired; the reasons stand above",
        failed,
        count(ids.len(), "finding")
    )))
}

/// Accepts findings, one after the other, until one cannot be.
async fn accept(
    reach: &Reach,
    ids: &[FindingId],
    (by, reason): (&str, &str),
    as_json: bool,
) -> Result<(), Problem> {
    for id in ids {
        let deps = reach.deps();
        let accepted = accept_finding(deps.ledger, id, (by, reason), deps.clock.now()).await;
        let finding = accepted.map_err(|e| Problem::new(e.to_string()))?;
        if as_json {
            print_json_line(&json!({ "accepted": id, "finding": finding }));
        } else {
            println!("Accepted {id}: {}", shown::line(&in_words(&finding)));
            println!("  Nobody is told of it any more, until what differs changes.");
        }
    }
    Ok(())
}

fn line(met: Met, finding: &Finding) -> Value {
    json!({ "met": met, "finding": finding, "text": in_words(finding), "advice": advice(finding.seen.kind) })
}

fn print_json_line(value: &Value) {
    println!("{}", shown::json(&value.to_string()));
}

fn print_words(met: Met, finding: &Finding, zone: &TimeZone) {
    let word = match met {
        Met::Opened => "NEW   ",
        Met::Changed => "CHANGED",
        Met::Kept => "STILL ",
        Met::Accepted => "ACCEPTED",
        Met::Closed => "GONE  ",
    };
    println!("{word} {}  {}", finding.id, shown::line(&in_words(finding)));
    if let Some(accepted) = &finding.accepted {
        println!(
            "        by {}: {}",
            shown::line(&accepted.by),
            shown::line(&accepted.reason)
        );
    } else if met != Met::Closed {
        println!(
            "        {}, due {}. {}",
            finding.owner,
            instant(finding.window.due, zone),
            advice(finding.seen.kind)
        );
    }
}

fn print_report(report: &Report, dry_run: bool) {
    let systems = report.systems.iter().map(|swept| (swept, "people"));
    let trails = report.trails.iter().map(|swept| (swept, "audit trail"));
    let readers = report
        .readers
        .iter()
        .map(|swept| (swept, "whom letters reach"));
    for (swept, what) in systems.chain(trails).chain(readers) {
        let name = match &swept.system {
            Some(system) => format!("{system}: {}", count(swept.accounts, "account")),
            None => what.to_owned(),
        };
        let state = match &swept.fault {
            Some(fault) => format!(", not read to the end ({fault})"),
            None => String::new(),
        };
        let accepted = match swept.accepted {
            0 => String::new(),
            n => format!(", {n} accepted"),
        };
        println!(
            "{name}{state}: {} new, {} as before{accepted}, {} gone",
            swept.opened, swept.kept, swept.closed
        );
    }
    if dry_run {
        println!("A dry run: nothing was written, nobody was told.");
    }
}
