//! `GET /findings`, and a finding that is accepted by `POST /findings/{finding}/accept`, or repaired
//! (`repair`).

mod repair;

pub(crate) use repair::repair;

use std::collections::{BTreeMap, BTreeSet};

use axum::{
    Form,
    extract::{Path, Query, State},
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use latchkey_access::{Action, On, Refused, may};
use latchkey_ledger::{LedgerError, Shelf, Where};
use latchkey_lifecycle::{EmployeeId, Finding, FindingId, FindingState};
use latchkey_questions::{
    TEXT_LENGTH,
    facts::team_name,
    findings::{NotAccepted, accept, advice_of_page, named, names_in, not_repairable},
};
use latchkey_runtime::Failure;
use maud::{Markup, html};
use serde::Deserialize;

use crate::{
    Deps,
    frame::page_with,
    glyph::Glyph,
    router::no_such_page,
    sign_in::{By, Signed, out_of_order},
    when::{far, instant},
};

/// How many are shown.
const SHOWN: usize = 50;

/// Which findings.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct Choice {
    #[serde(default)]
    shelf: String,
}

/// Whose a finding is, for who may see it.
fn on(finding: &Finding) -> On {
    On::teams([finding.owner.clone()])
}

/// The same, with whom each is about, for who may do something about it. Nobody does about themselves.
async fn about(
    deps: &Deps,
    viewer: &Signed,
    findings: &[Finding],
) -> Result<BTreeMap<FindingId, On>, LedgerError> {
    let ledger = &deps.intake.ledger;
    let people = findings.iter().filter_map(|f| f.seen.employee_id.clone());
    // Each once: several findings may be about one person.
    let people: BTreeSet<EmployeeId> = people.collect();
    let people: Vec<EmployeeId> = people.into_iter().collect();
    let records = ledger.records_of(&people).await?;
    let mut all = BTreeMap::new();
    for finding in findings {
        let employee = finding.seen.employee_id.as_ref();
        let record = employee.and_then(|id| records.get(id));
        let told = record.and_then(|record| record.record.work_email.clone());
        let person = match (told, employee) {
            (Some(told), _) => Some(told),
            // What Latchkey itself gave them, or would.
            (None, Some(id)) => {
                let given = ledger.names_of(id).await?.item.email;
                let person = record.and_then(|record| record.record.clone().complete().ok());
                given.or_else(|| viewer.runbook.email_of(&person?))
            }
            (None, None) => None,
        };
        let on = On {
            person,
            people: employee.into_iter().cloned().collect(),
            ..on(finding)
        };
        all.insert(finding.id.clone(), on);
    }
    Ok(all)
}

/// The finding of an address, for somebody who may set it right or accept it.
///
/// # Errors
/// The page that says why not.
async fn found(deps: &Deps, viewer: &Signed, id: String) -> Result<Finding, Response> {
    let Ok(id) = FindingId::new(id) else {
        return Err(no_such_page());
    };
    let out_of_order = |error: LedgerError| out_of_order(&Failure::from(error));
    let row = deps.intake.ledger.find_finding(&id).await;
    let finding = row.map_err(out_of_order)?.ok_or_else(no_such_page)?.item;
    let mut about = about(deps, viewer, std::slice::from_ref(&finding))
        .await
        .map_err(out_of_order)?;
    let on = about.remove(&id).unwrap_or_else(|| on(&finding));
    viewer.may(Action::RepairFinding, &on)?;
    Ok(finding)
}

pub(crate) async fn show(
    State(deps): State<Deps>,
    By(viewer): By,
    Query(choice): Query<Choice>,
) -> Response {
    list(
        &deps,
        &viewer,
        choice.shelf == "closed",
        None,
        StatusCode::OK,
    )
    .await
}

async fn list(
    deps: &Deps,
    viewer: &Signed,
    closed: bool,
    problem: Option<&str>,
    status: StatusCode,
) -> Response {
    let shelf = if closed { Shelf::Closed } else { Shelf::Open };
    match deps
        .intake
        .ledger
        .findings(shelf, Where::Everywhere, None)
        .await
    {
        Ok(found) => {
            let more = found.next.is_some() || found.findings.len() > SHOWN;
            let may_see = |finding: &Finding| viewer.can(Action::SeeFindings, &on(finding));
            let mut findings: Vec<Finding> = found.findings.into_iter().filter(may_see).collect();
            findings.sort_by_key(|finding| (!finding.seen.kind.is_urgent(), finding.window.due));
            findings.truncate(SHOWN);
            let about = match about(deps, viewer, &findings).await {
                Ok(about) => about,
                Err(error) => return out_of_order(&Failure::from(error)),
            };
            let names = match names_in(&deps.intake.ledger, &findings).await {
                Ok(names) => names,
                Err(error) => return out_of_order(&Failure::from(error)),
            };
            let shown = Shown {
                findings,
                about,
                names,
            };
            let content = content(viewer, &shown, (closed, more), problem);
            page_with(status, viewer, "/findings", "Findings", &content)
        }
        Err(error) => out_of_order(&Failure::from(error)),
    }
}

/// What is shown.
struct Shown {
    findings: Vec<Finding>,
    /// Whose each is, and whom it is about.
    about: BTreeMap<FindingId, On>,
    /// How those are called whom they are about.
    names: BTreeMap<EmployeeId, String>,
}

fn content(
    viewer: &Signed,
    shown: &Shown,
    (closed, more): (bool, bool),
    problem: Option<&str>,
) -> Markup {
    let findings = &shown.findings;
    let of = |state: FindingState| {
        findings
            .iter()
            .filter(move |finding| finding.state == state)
    };
    let (open, accepted) = (
        of(FindingState::Open),
        of(FindingState::Accepted).collect::<Vec<_>>(),
    );
    html! {
        div.head { div {
            h1 { "Findings" }
            p.lede { "Where a system differs from what the runbook and the cases say, and nobody is at work on it." }
        } }
        @if let Some(problem) = problem {
            section.note.bad role="alert" { (Glyph::Missed) div { p { (problem) } } }
        }
        nav.pills aria-label="Which findings" {
            a href="/findings" aria-current=[(!closed).then_some("page")] { "Open" }
            a href="/findings?shelf=closed" aria-current=[closed.then_some("page")] { "Closed" }
        }
        @if !findings.is_empty() { h2.hidden { @if closed { "Closed findings" } @else { "Open findings" } } }
        @if findings.is_empty() {
            section.empty {
                h2 { "No difference is known" }
                p { "Each sweep compares what is in the systems with what the ledger says should be there. What differs stands here; before the first sweep nothing is known." }
            }
        }
        @for finding in open { (one(viewer, shown, finding)) }
        @if !accepted.is_empty() {
            section {
                h2 { "Accepted" }
                @for finding in accepted { (one(viewer, shown, finding)) }
                p.small.soft { "Each sweep looks at them. When what differs changes, they open again." }
            }
        }
        @for finding in of(FindingState::Closed) { (one(viewer, shown, finding)) }
        @if more { p.small.soft { "There are more; these are the first." } }
    }
}

fn one(viewer: &Signed, shown: &Shown, finding: &Finding) -> Markup {
    let id = &finding.id;
    let glyph = match finding.state {
        FindingState::Closed => Glyph::Verified,
        _ if finding.seen.kind.is_urgent() => Glyph::Escalated,
        _ => Glyph::Trouble,
    };
    let system = finding
        .seen
        .system
        .as_ref()
        .and_then(|system| viewer.runbook.system(system));
    let open = finding.state == FindingState::Open;
    let may = shown
        .about
        .get(id)
        .map(|on| may(&viewer.actor, Action::RepairFinding, on));
    let may_do = open && matches!(may, Some(Ok(())));
    let own = open && matches!(may, Some(Err(Refused::AboutThemselves(_))));
    let accepts = may_do && finding.seen.kind.is_acceptable();
    let repairs = may_do && not_repairable(finding).is_none();
    let words = named(finding, &viewer.runbook, &shown.names);
    html! {
        article.panel aria-labelledby=(format!("f-{id}")) data-row {
            h3 #(format!("f-{id}")) { (glyph) " " (words) }
            p.small.soft {
                @if let Some(system) = system { (system.name) " · " }
                (team_name(&viewer.runbook, &finding.owner)) " · seen since " (instant(viewer, finding.window.opens))
            }
            @if let Some(acceptance) = &finding.accepted {
                p { "Accepted by " (acceptance.by) ", " (instant(viewer, acceptance.at)) ": " (acceptance.reason) }
            } @else if let Some(at) = finding.closed_at {
                p { "Gone since " (instant(viewer, at)) "." }
            } @else {
                p { (advice_of_page(finding.seen.kind)) }
                p.when { "by " (instant(viewer, finding.window.due)) " · " (far(viewer, finding.window.due)) }
            }
            @if let Some(asked) = finding.repair.as_ref().filter(|_| open) { (repair::asked(viewer, asked)) }
            @if own { p.soft { "It is about yourself: somebody else repairs or accepts it." } }
            @if repairs {
                form method="post" action=(format!("/findings/{id}/repair")) {
                    div.buttons {
                        button.button type="submit" { "Repair it" span.hidden { ": " (words) } }
                        span.hint { "What would be changed is shown first." }
                    }
                }
            }
            @if accepts {
                details {
                    summary { "Leave it as it is" span.hidden { ": " (words) } }
                    form method="post" action=(format!("/findings/{id}/accept")) {
                        div.field {
                            label for=(format!("why-{id}")) { "Reason" }
                            input id=(format!("why-{id}")) name="reason" required maxlength=(TEXT_LENGTH);
                        }
                        div.buttons { button.button type="submit" { "Accept, with my name" } }
                    }
                }
            }
        }
    }
}

/// What the form says.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct Why {
    #[serde(default)]
    reason: String,
}

pub(crate) async fn take(
    State(deps): State<Deps>,
    By(viewer): By,
    Path(id): Path<String>,
    Form(why): Form<Why>,
) -> Response {
    let ledger = &deps.intake.ledger;
    let (id, kind) = match found(&deps, &viewer, id).await {
        Ok(finding) => (finding.id, finding.seen.kind),
        Err(response) => return response,
    };
    if !kind.is_acceptable() {
        let problem = format!("It cannot be left as it is. {}", advice_of_page(kind));
        let status = StatusCode::UNPROCESSABLE_ENTITY;
        return list(&deps, &viewer, false, Some(&problem), status).await;
    }
    let reason = why.reason.trim();
    if reason.is_empty() || reason.chars().count() > TEXT_LENGTH {
        let problem = format!(
            "Nothing was accepted: a finding stays as it is for a reason, of at most {TEXT_LENGTH} characters."
        );
        return list(
            &deps,
            &viewer,
            false,
            Some(&problem),
            StatusCode::UNPROCESSABLE_ENTITY,
        )
        .await;
    }
    let by = viewer.actor.signature();
    match accept(ledger, &id, (&by, reason), viewer.now).await {
        Ok(finding) => match finding.accepted.filter(|accepted| accepted.by != by) {
            None => Redirect::to("/findings").into_response(),
            Some(first) => {
                let problem = format!(
                    "{} accepted it before you, and that counts: yours was not recorded.",
                    first.by
                );
                list(&deps, &viewer, false, Some(&problem), StatusCode::CONFLICT).await
            }
        },
        Err(NotAccepted::Refused(problem)) => {
            list(
                &deps,
                &viewer,
                false,
                Some(&problem),
                StatusCode::UNPROCESSABLE_ENTITY,
            )
            .await
        }
        Err(NotAccepted::Ledger(error)) => out_of_order(&Failure::from(error)),
    }
}
