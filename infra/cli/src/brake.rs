//! `latchkey brake`: what is held, and a decision about it person by person, by the same code as the page.

use std::{collections::BTreeSet, sync::Arc};

use latchkey_bulk::Nowhere;
use latchkey_decisions::{Became, Decider, Deps, NoSources, Stood};
use latchkey_embedded::{Keys, file};
use latchkey_ledger::Ledger;
use latchkey_lifecycle::{Brake as Held, Case, CaseId, Choice, HeldDraft, Revision, shown::line};
use latchkey_runtime::{Runbooks, WallClock, Workflow};
use serde_json::{Value, json};

use crate::{
    args::Brake,
    outcome::{Problem, print_json},
    place,
    table::{company_zone, instant, table},
    told::{Acts, tell},
};

pub(crate) async fn run(args: &Brake, as_json: bool) -> Result<(), Problem> {
    let ledger = place::ledger(&args.place).await?;
    match args.decides() {
        false => list(&ledger, args, as_json).await,
        true => decide(&ledger, args, as_json).await,
    }
}

async fn list(ledger: &Ledger, args: &Brake, as_json: bool) -> Result<(), Problem> {
    let brake = ledger.brake().await?.item;
    let shown = brake.held().iter().take(args.limit).cloned();
    let mut cases = ledger.cases_by_id(shown).await?;
    cases.sort_by(|a, b| a.id.cmp(&b.id));
    if as_json {
        let each = |case: &Case| {
            json!({
                "case": case.id, "employeeId": case.employee_id, "kind": case.kind.words(), "effective": case.effective,
                "confirmedAt": case.confirmed_at,
            })
        };
        print_json(&json!({
            "held": brake.held().len(), "cases": cases.iter().map(each).collect::<Vec<_>>(),
            "asking": brake.asking(), "waiting": brake.waiting(),
            "toCarryOut": brake.ruled().map_or(0, |ruled| ruled.left()),
        }));
        return Ok(());
    }
    tell_of(&brake);
    if cases.is_empty() {
        println!("The brake holds nothing.");
        return Ok(());
    }
    let zone = company_zone(ledger, &Runbooks::default()).await;
    let stood = latchkey_decisions::stood_among(ledger, &cases).await?;
    let mut rows = table(&["Case", "Employee", "For", "Event", "Effective", "Confirmed"]);
    for case in &cases {
        rows.add_row([
            case.id.to_string(),
            case.employee_id.to_string(),
            line(&latchkey_questions::facts::whom(case)).to_string(),
            case.kind.words().to_owned(),
            day(case, stood.get(&case.id)),
            instant(case.confirmed_at, &zone),
        ]);
    }
    println!("{rows}");
    println!(
        "{} held, {} shown. Nothing happens for them before somebody decides: on the page Held, or with --go-on and --leave-out.",
        brake.held().len(),
        cases.len()
    );
    Ok(())
}

/// The day of a held case, and the one that stood before, which counts where the change is left out.
fn day(case: &Case, stood: Option<&Stood>) -> String {
    let day = case.effective.map(|day| day.to_string());
    let was = stood.and_then(|stood| stood.day);
    let was = was.map(|was| format!("moves from {was}"));
    let parts: Vec<String> = day.into_iter().chain(was).collect();
    parts.join(", ")
}

/// What is under way.
fn tell_of(brake: &Held) {
    if let Some(ruled) = brake.ruled() {
        println!(
            "A decision is being carried out: for {} it is still to be done.",
            ruled.left()
        );
    }
    if let Some(waiting) = brake.waiting() {
        println!(
            "A decision of {} waits for a second person: {} go on, {} left out. It is confirmed on the page Held.",
            line(&waiting.by),
            waiting.go_on,
            waiting.leave_out
        );
    }
}

async fn decide(ledger: &Ledger, args: &Brake, as_json: bool) -> Result<(), Problem> {
    let by = args.by.as_deref().unwrap_or_default().trim();
    if by.is_empty() {
        return Err(Problem::new(
            "say who decides with --by: each case's audit trail names you",
        ));
    }
    let deps = deps(ledger, args).await?;
    let brake = ledger.brake().await?.item;
    let cases = latchkey_decisions::held_among(&deps, brake.held().clone()).await?;
    let (_, runbook) = deps.runbooks.current(ledger).await?;
    let known = latchkey_decisions::who_is(ledger, &runbook, by, deps.clock.now()).await?;
    let who = Decider {
        by: by.to_owned(),
        themselves: known.themselves,
    };
    let own = console::not_theirs(ledger, (by, &who.themselves), &cases).await?;
    let own: BTreeSet<CaseId> = own.into_keys().collect();
    let said = said(args, &cases, &own)?;
    let filled = latchkey_decisions::fill_in(&deps, &who, |draft, _| {
        *draft = HeldDraft {
            reason: args.reason.clone().unwrap_or_default(),
            ..HeldDraft::default()
        };
        said.iter()
            .for_each(|(id, choice)| draft.say(id, *choice, None));
    });
    filled.await?;
    let draft = latchkey_decisions::look_again(&deps, &who, &own).await?;
    alone(&deps, &brake, &draft).await?;
    let go_on = draft.goes_on.len();
    if args.count.is_none() {
        show(&draft, &cases, brake.held().len(), as_json);
        return Err(Problem::new(format!(
            "nothing was decided; say the same with --count {go_on} to let {go_on} go on"
        )));
    }
    let list = draft.look.as_ref().map_or("", |look| look.list.as_str());
    let became = latchkey_decisions::decide_each(&deps, &who, (list, args.count), &own).await?;
    if became == Became::Waits {
        latchkey_decisions::take_back(&deps, &who, &own).await?;
        return Err(two_decide());
    }
    latchkey_decisions::act_on_ruling(deps.looks(), deps.workflow.as_ref()).await?;
    let acts = acts(ledger, args, &draft).await?;
    match as_json {
        true => print_json(
            &json!({ "goOn": go_on, "leftOut": draft.left_out.len(), "acts": acts.word() }),
        ),
        false => println!(
            "Decided: {go_on} go on, {} left out. {acts}",
            draft.left_out.len()
        ),
    }
    Ok(())
}

/// Nobody signs in here, so what takes two people is decided on the pages.
async fn alone(deps: &Deps, brake: &Held, draft: &HeldDraft) -> Result<(), Problem> {
    let (_, runbook) = deps.runbooks.current(&deps.ledger).await?;
    let most = runbook.brake().and_then(|rule| rule.two_people_above);
    match brake.takes_two(draft.decided(), most) {
        true => Err(two_decide()),
        false => Ok(()),
    }
}

fn two_decide() -> Problem {
    Problem::new(
        "of so many two people decide by the runbook (`two_people_above`), each signed in: on the page Held",
    )
}

async fn deps(ledger: &Ledger, args: &Brake) -> Result<Deps, Problem> {
    let workflow: Arc<dyn Workflow> = match (&args.place.table, &args.machine) {
        (Some(_), Some(arn)) => latchkey_aws::aws().await?.machine(arn),
        _ => Arc::new(Nowhere),
    };
    Ok(Deps {
        ledger: ledger.clone(),
        clock: Arc::new(WallClock),
        runbooks: Arc::new(Runbooks::default()),
        workflow,
        // No webhook is taken in here.
        secrets: match args.place.table {
            Some(_) => Arc::new(NoSources),
            None => Arc::new(Keys::reading(&args.place.dir.join(file::SECRETS))),
        },
        records: Arc::new(NoSources),
        mappings: Arc::default(),
    })
}

/// What is said of each, by case or by employee id.
fn said(
    args: &Brake,
    cases: &[Case],
    own: &BTreeSet<CaseId>,
) -> Result<Vec<(CaseId, Choice)>, Problem> {
    let mut said = Vec::new();
    let all = match args.all.as_deref() {
        Some("go-on") => Some(Choice::GoesOn),
        Some("leave-out") => Some(Choice::LeftOut),
        _ => None,
    };
    let everybody = cases.iter().filter(|case| !own.contains(&case.id));
    said.extend(
        all.into_iter()
            .flat_map(|choice| everybody.clone().map(move |case| (case.id.clone(), choice))),
    );
    for (ids, choice) in [
        (&args.go_on, Choice::GoesOn),
        (&args.leave_out, Choice::LeftOut),
        (&args.later, Choice::Later),
    ] {
        for id in ids {
            let is = |case: &&Case| case.id.as_str() == id || case.employee_id.as_str() == id;
            let mut named = cases.iter().filter(is).peekable();
            if named.peek().is_none() {
                return Err(Problem::absent(format!(
                    "the brake holds nothing of {id}; latchkey brake lists what it holds"
                )));
            }
            for case in named {
                if own.contains(&case.id) && choice != Choice::Later {
                    return Err(Problem::new(format!(
                        "{} is about whoever decides, or was reported by them: somebody else decides",
                        case.id
                    )));
                }
                said.push((case.id.clone(), choice));
            }
        }
    }
    Ok(said)
}

/// What would be decided.
fn show(draft: &HeldDraft, cases: &[Case], held: usize, as_json: bool) {
    let decided = cases
        .iter()
        .filter(|case| draft.of(&case.id) != Choice::Later);
    if as_json {
        let each = |case: &Case| -> Value {
            let goes_on = draft.of(&case.id) == Choice::GoesOn;
            json!({ "case": case.id, "employeeId": case.employee_id, "goesOn": goes_on })
        };
        print_json(&decided.map(each).collect::<Vec<_>>());
        return;
    }
    for case in decided {
        let whom = latchkey_questions::facts::whom(case);
        let (whom, kind) = (line(&whom).to_string(), case.kind.words());
        match draft.of(&case.id) {
            Choice::GoesOn => println!("  goes on   {} {whom}, {kind}", case.id),
            _ => println!(
                "  left out  {} {whom}, {kind}: {}",
                case.id,
                line(draft.reason_of(&case.id))
            ),
        }
    }
    println!(
        "{} would go on, {} be left out, {} stay held.",
        draft.goes_on.len(),
        draft.left_out.len(),
        held.saturating_sub(draft.decided())
    );
}

/// Tells whoever runs the cases of those that were decided, and of the one that asks from now on.
async fn acts(ledger: &Ledger, args: &Brake, draft: &HeldDraft) -> Result<Acts, Problem> {
    if args.place.table.is_some() && args.machine.is_some() {
        return Ok(Acts::Now);
    }
    let asking = ledger.brake().await?.item.asking().cloned();
    let decided = draft.goes_on.iter().chain(draft.left_out.keys());
    let ids: BTreeSet<CaseId> = decided.cloned().chain(asking).collect();
    let cases = ledger.cases_by_id(ids).await?;
    let changed = cases.into_iter().map(|case| (case.id, case.revision));
    let changed: Vec<(CaseId, Revision)> = changed.collect();
    Ok(tell(&args.place, args.machine.as_deref(), &changed).await)
}

impl Brake {
    /// Whether something is decided, or only listed.
    fn decides(&self) -> bool {
        let nobody = self.go_on.is_empty() && self.leave_out.is_empty();
        !nobody || self.all.is_some()
    }
}
