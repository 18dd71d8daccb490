//! `GET /people`: people by name, with what they have and what goes on now.

mod access;
mod find;
pub(crate) mod person;
pub(crate) mod story;
pub(crate) mod what_if;

use std::collections::{BTreeSet, HashMap};

use axum::{
    extract::{Query, State},
    response::Response,
};
use latchkey_access::{Action, Reach};
use latchkey_decisions::{Employment, employment, today};
use latchkey_ledger::{KnownAccount, Ledger, LedgerError, PersonRecord};
use latchkey_lifecycle::{Case, CaseState, EmployeeId, PersonDraft, SystemId};
use latchkey_runtime::Failure;
use maud::{Markup, html};
use serde::Deserialize;

pub(crate) use find::{Found, Known, people as find};

use crate::{
    Deps,
    frame::page,
    glyph::Glyph,
    sign_in::{By, Signed, out_of_order},
    views::{
        case::{self, CaseView},
        person::{PersonView, in_a_line, in_a_link, name_of, on, person_path},
        state::State as Standing,
        task::case_path,
    },
    when::day,
};

/// Whom somebody looks for, and where the page begins.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct Asked {
    #[serde(default)]
    q: String,
    #[serde(default)]
    after: String,
}

pub(crate) async fn show(
    State(deps): State<Deps>,
    By(viewer): By,
    Query(asked): Query<Asked>,
) -> Response {
    match read(&deps, &viewer, &asked).await {
        Ok(list) => page(
            &viewer,
            "/people",
            "People",
            &content(&viewer, &asked, &list),
        ),
        Err(failure) => out_of_order(&failure),
    }
}

/// The people of a page, and what is shown of them.
struct List {
    found: Found,
    rows: Rows,
}

/// What rows of people show besides their records.
pub(crate) struct Rows {
    managers: HashMap<EmployeeId, PersonRecord>,
    accounts: HashMap<EmployeeId, Vec<KnownAccount>>,
    cases: HashMap<EmployeeId, Vec<Case>>,
}

async fn read(deps: &Deps, viewer: &Signed, asked: &Asked) -> Result<List, Failure> {
    let found = find(deps, viewer, &asked.q, &asked.after).await?;
    let rows = rows_of(deps, viewer, &found.people).await?;
    Ok(List { found, rows })
}

/// Reads what rows show, for all of them at once.
pub(crate) async fn rows_of(
    deps: &Deps,
    viewer: &Signed,
    people: &[Known],
) -> Result<Rows, Failure> {
    let ledger = &deps.intake.ledger;
    let ids: Vec<EmployeeId> = people.iter().map(|(id, _)| id.clone()).collect();
    let managers = people.iter();
    let managers = managers.filter_map(|(_, known)| known.record.manager.clone());
    let systems = viewer.runbook.systems();
    let systems = systems.filter(|(_, system)| system.is_automatic());
    let systems: Vec<SystemId> = systems.map(|(id, _)| id.clone()).collect();
    Ok(Rows {
        managers: managers_of(ledger, managers).await?,
        accounts: ledger.accounts_in(&systems, &ids).await?,
        cases: ledger.open_cases_of(&ids).await?,
    })
}

fn content(viewer: &Signed, asked: &Asked, list: &List) -> Markup {
    let (people, looked) = (&list.found.people, !asked.q.trim().is_empty());
    let own = viewer.actor.reach(Action::SeePeople) != Reach::Everything;
    html! {
        div.head {
            div {
                h1 { "People" }
                p.lede {
                    @match (looked, own) {
                        (true, _) => { "Whose id, address or name begins with “" (asked.q.trim()) "”." }
                        (false, true) => "Those who report to you, by HR's records.",
                        (false, false) => "Everybody of whom HR told, also those who are to begin and those who left.",
                    }
                }
            }
        }
        @if viewer.actor.ever(Action::TakeInFile) {
            nav.jump aria-label="People" {
                a href="/people" aria-current="page" { "Everybody" }
                a href="/import" { "Take in a file" }
            }
        }
        form.filters method="get" action="/people" role="search" aria-label="People" {
            div.wide {
                label for="q" { "Search" }
                input #q name="q" type="search" value=(asked.q) maxlength="200"
                    placeholder="Name, number, account, e-mail";
            }
            button.button { "Search" }
            @if looked { a.button href="/people" { "Everybody" } }
        }
        @if people.is_empty() { (nobody(looked, own, list.found.next.is_some())) }
        @else { (table(viewer, people, &list.rows)) }
        @if let Some(next) = &list.found.next {
            nav.pages aria-label="Pages" {
                span.soft { (people.len()) " on this page" }
                ul { li { a href=(next_page(asked, next)) rel="next" { "Next" } } }
            }
        }
    }
}

fn next_page(asked: &Asked, next: &str) -> String {
    let (q, after) = (in_a_link(asked.q.trim()), in_a_link(next));
    format!("/people?q={q}&after={after}")
}

fn nobody(looked: bool, own: bool, more: bool) -> Markup {
    html! {
        section.empty {
            h2 { "Nobody here" }
            p {
                @match (more, looked, own) {
                    (true, ..) => "Nobody of this page is called so any more. The next one goes on.",
                    (_, true, _) => "Names are found by how they begin, in either order, also without umlauts; \
                                     numbers, accounts and addresses are found whole.",
                    (_, false, true) => "HR's records name you as nobody's manager.",
                    (_, false, false) => "People stand here once HR tells of them, or once they were imported.",
                }
            }
        }
    }
}

/// People, with where they are, whom they report to, what they have, and what goes on.
pub(crate) fn table(viewer: &Signed, people: &[Known], rows: &Rows) -> Markup {
    html! {
        section aria-label="List of people" {
            div.scroll role="region" aria-label="People, by family name" tabindex="0" {
                table.stack role="table" {
                    caption.hidden { "People, by family name" }
                    thead role="rowgroup" {
                        tr role="row" {
                            @for head in ["Person", "Where", "Reports to", "Has", "Now"] {
                                th scope="col" role="columnheader" { (head) }
                            }
                        }
                    }
                    tbody role="rowgroup" {
                        @for (id, known) in people { (row(viewer, id, &known.record, rows)) }
                    }
                }
            }
        }
    }
}

fn row(viewer: &Signed, id: &EmployeeId, record: &PersonDraft, rows: &Rows) -> Markup {
    let view = PersonView::of(id, record);
    let below = |first: &str, second: &str| in_a_line([first.to_owned(), second.to_owned()], " · ");
    html! {
        tr role="row" {
            th scope="row" role="rowheader" {
                a href=(view.path()) { (view.name) }
                small { (below(&view.title, if view.name == id.as_str() { "" } else { id.as_str() })) }
            }
            td role="cell" {
                (view.department)
                small { (below(&view.place, &view.employment_type)) }
            }
            td role="cell" data-l="Reports to" { (manager(viewer, record, &rows.managers)) }
            td role="cell" data-l="Has" { (has(viewer, id, record, rows)) }
            td role="cell" data-l="Now" { (now(viewer, id, record, rows)) }
        }
    }
}

/// Who managers are, by their numbers: with the address that Latchkey gave where HR told none.
pub(crate) async fn managers_of(
    ledger: &Ledger,
    numbers: impl IntoIterator<Item = EmployeeId>,
) -> Result<HashMap<EmployeeId, PersonRecord>, LedgerError> {
    let numbers: BTreeSet<EmployeeId> = numbers.into_iter().collect();
    let ids: Vec<EmployeeId> = numbers.iter().cloned().collect();
    let mut managers = ledger.records_of(&ids).await?;
    for (id, given) in ledger.emails_given(&numbers).await? {
        let Some(known) = managers.get_mut(&id) else {
            continue;
        };
        let until = known.until.iter_mut().map(|(_, record)| record);
        for record in until.chain([&mut known.record]) {
            record.work_email.get_or_insert_with(|| given.clone());
        }
    }
    Ok(managers)
}

/// Whom somebody reports to: by name where that person is known, and with a link where they may be seen. Where number
/// and address are of two people the address counts, as it does for who sees whom: the number was told before it.
pub(crate) fn manager(
    viewer: &Signed,
    record: &PersonDraft,
    known: &HashMap<EmployeeId, PersonRecord>,
) -> Markup {
    let found = record.manager.as_ref();
    let found = found.and_then(|id| Some((id, known.get(id)?)));
    let found = found.filter(|(_, them)| {
        let day = today(&them.record, &viewer.runbook, viewer.now);
        let own = them.on(day).work_email.as_deref();
        let told = record.manager_email.as_deref();
        let both = own.zip(told);
        both.is_none_or(|(own, told)| own.trim().eq_ignore_ascii_case(told.trim()))
    });
    let found = found.map(|(id, them)| (id, &them.record));
    html! {
        @match (found, &record.manager_email, &record.manager) {
            (Some((id, them)), ..) if viewer.can(Action::SeePeople, &on(Some(them))) => {
                a href=(person_path(id)) { (name_of(id, them)) }
            }
            (Some((id, them)), ..) => (name_of(id, them)),
            (None, Some(address), _) => (address),
            (None, None, Some(id)) => { "employee " (id) }
            (None, None, None) => {}
        }
    }
}

fn in_systems(things: usize, systems: usize) -> String {
    let s = if systems == 1 { "" } else { "s" };
    format!("{things} in {systems} system{s}")
}

/// What was read in systems, and what the matrix gives.
fn has(viewer: &Signed, id: &EmployeeId, record: &PersonDraft, rows: &Rows) -> Markup {
    let accounts = rows.accounts.get(id).map(Vec::as_slice).unwrap_or_default();
    let there = accounts.iter().filter_map(|known| known.account.as_ref());
    let there: Vec<usize> = there
        .filter(|account| account.active || !account.entitlements.is_empty())
        .map(|account| account.entitlements.len())
        .collect();
    let works = employment(record, today(record, &viewer.runbook, viewer.now)) == Employment::Now;
    let person = record.clone().complete().ok().filter(|_| works);
    let by_role = person.map(|person| viewer.runbook.desired_everywhere(&person));
    html! {
        @if accounts.is_empty() { span.soft { "not read yet" } }
        @else if there.is_empty() { "nothing" }
        @else { (in_systems(there.iter().sum(), there.len())) }
        @if let Some(accounts) = by_role {
            @let things = accounts.values().map(|account| account.entitlements.len()).sum();
            small { "by role " (in_systems(things, accounts.len())) }
        }
    }
}

/// The case that is open, or where they stand between first and last day.
fn now(viewer: &Signed, id: &EmployeeId, record: &PersonDraft, rows: &Rows) -> Markup {
    let open = rows.cases.get(id).map(Vec::as_slice).unwrap_or_default();
    let stands = employment(record, today(record, &viewer.runbook, viewer.now));
    html! {
        @match (open, stands) {
            ([], Employment::Before) => {
                span."state calm" { (Glyph::Planned) "to begin" }
                @if let Some(first) = record.start_date { small { "on " (day(viewer, first)) } }
            }
            ([], Employment::After) => {
                span."state calm" { (Glyph::Left) "left" }
                @if let Some(last) = record.last_day { small { "last day " (day(viewer, last)) } }
            }
            ([], Employment::Now) => {
                @if let Some(last) = record.last_day { small { "last day " (day(viewer, last)) } }
            }
            ([], Employment::Unknown) => {}
            (open, _) => @for case in open { (open_case(viewer, case)) }
        }
    }
}

/// A case in a line: what it is, how it stands where that is not as usual, and its day.
pub(crate) fn open_case(viewer: &Signed, case: &Case) -> Markup {
    let state = Standing::of_case(case, &[]);
    let usual = matches!(case.state, CaseState::Open | CaseState::Received);
    let usual = usual && case.failed_at.is_none();
    let may = viewer.can(Action::SeeCases, &case::on(case, []));
    let view = CaseView::of(case);
    let words = html! {
        @if usual { span.state { (Glyph::Hr) (case.words()) } }
        @else { (state) " " (case.words()) }
    };
    html! {
        div {
            @if may { a href=(case_path(&view.id)) { (words) } } @else { (words) }
            @if let Some(on) = view.day { small { (day(viewer, on)) } }
        }
    }
}
