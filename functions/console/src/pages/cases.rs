//! `GET /cases`: cases that are open, in the order in which they need somebody; or closed, the newest first.

mod order;

use std::collections::{BTreeMap, BTreeSet};

use axum::{
    extract::{Query, State},
    response::Response,
};
use latchkey_access::{Action, Reach};
use latchkey_ledger::{CasesPlace, Shelf, TaskRow};
use latchkey_lifecycle::{Case, CaseId, EventKind};
use latchkey_runtime::Failure;
use maud::{Markup, html};
use serde::Deserialize;

use crate::{
    Deps,
    frame::page,
    sign_in::{By, Signed, out_of_order},
    views::{
        self,
        case::{CaseView, teams_of},
        next::{Next, When},
        progress::Progress,
        state::State as Stands,
        task::case_path,
    },
    when::{day, far, far_day, instant, late},
};

/// How many cases a page shows.
const SHOWN: usize = 25;
/// How many are looked at for one page, where not each of them is shown.
const LOOKED_AT: usize = 300;
/// How many tasks of a team that are asked, and of those that will be, are looked at for their cases.
const OF_A_TEAM: u16 = 150;
/// How many who report to somebody are.
const REPORTS: u16 = 50;

/// Which cases.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Choice {
    shelf: String,
    kind: String,
    /// Where a page of the shelf begins.
    from: String,
    /// Which page of open cases, in their order.
    page: String,
}

impl Choice {
    fn shelf(&self) -> Shelf {
        match self.shelf.as_str() {
            "closed" => Shelf::Closed,
            _ => Shelf::Open,
        }
    }

    fn kind(&self) -> Option<EventKind> {
        KINDS
            .into_iter()
            .map(|(kind, _)| kind)
            .find(|kind| kind.as_str() == self.kind)
    }
}

/// The kinds of cases, each with what several of them are called.
const KINDS: [(EventKind, &str); 7] = [
    (EventKind::Hire, "Hires"),
    (EventKind::Rehire, "Rehires"),
    (EventKind::Transfer, "Transfers"),
    (EventKind::Exit, "Exits"),
    (EventKind::UrgentExit, "Urgent exits"),
    (EventKind::Leave, "Leaves"),
    (EventKind::Return, "Returns"),
];

pub(crate) async fn show(
    State(deps): State<Deps>,
    By(viewer): By,
    Query(choice): Query<Choice>,
) -> Response {
    match read(&deps, &viewer, &choice).await {
        Ok(list) => page(
            &viewer,
            "/cases",
            "Cases",
            &content(&viewer, &choice, &list),
        ),
        Err(failure) => out_of_order(&failure),
    }
}

/// A case of the list.
struct Line {
    case: CaseView,
    state: Stands,
    progress: Progress,
    next: Option<Next>,
    closed: Option<jiff::Timestamp>,
    /// Who left it out, and why.
    left_out: Option<String>,
}

struct List {
    lines: Vec<Line>,
    /// Where the next page is.
    next: Option<String>,
    /// How many open cases there are, in words, and how many stand so that somebody is needed; `None` where the page
    /// only knows itself.
    all: Option<(String, Vec<String>)>,
    /// Whether there are cases of the viewer's teams, or of who reports to them, that were not looked at.
    unseen: bool,
}

async fn read(deps: &Deps, viewer: &Signed, choice: &Choice) -> Result<List, Failure> {
    match (choice.shelf(), CasesPlace::of(&choice.from)) {
        (Shelf::Open, None) => in_order(deps, viewer, choice).await,
        (_, from) => newest_first(deps, viewer, choice, from).await,
    }
}

/// Open cases in the order in which they need somebody.
async fn in_order(deps: &Deps, viewer: &Signed, choice: &Choice) -> Result<List, Failure> {
    let kind = choice.kind();
    let open = order::open(deps, viewer, kind).await?;
    let page = choice.page.parse::<usize>().unwrap_or(1).max(1);
    let begin = (page - 1).saturating_mul(SHOWN);
    let mut lines = Vec::new();
    for one in open.cases.iter().skip(begin).take(SHOWN) {
        let rows = one.tasks(deps).await?;
        if viewer.can(
            Action::SeeCases,
            &views::case::on(&one.case, teams_of(&rows)),
        ) {
            lines.push(line(viewer, &one.case, &rows));
        }
    }
    let more = open.cases.len() > begin.saturating_add(SHOWN);
    let next = match (more, &open.older) {
        (true, _) => Some(page_path(kind, page.saturating_add(1))),
        (false, older) => older
            .as_ref()
            .map(|older| list_path(Shelf::Open, kind, Some(older))),
    };
    let of_kind = KINDS.iter().find(|(one, _)| Some(*one) == kind);
    let (one, many) = match of_kind {
        Some((kind, many)) => (kind.words(), many.to_lowercase()),
        None => ("case", "cases".to_owned()),
    };
    let count = match (open.cases.len(), open.older.is_some() || open.unseen) {
        (0, _) => String::new(),
        (1, false) => format!("One open {one}."),
        (n, false) => format!("{n} open {many}."),
        (n, true) => format!("More than {n} open {many}, of which these come first."),
    };
    let marked = order::MARKED.into_iter().filter_map(|word| {
        let these = open.cases.iter().filter(|one| one.state.word == word);
        Some(these.count())
            .filter(|count| *count > 0)
            .map(|count| format!("{count} {word}"))
    });
    Ok(List {
        lines,
        next,
        all: Some((count, marked.collect())),
        unseen: open.unseen,
    })
}

/// The cases of a shelf, the newest first, from a place on.
async fn newest_first(
    deps: &Deps,
    viewer: &Signed,
    choice: &Choice,
    from: Option<CasesPlace>,
) -> Result<List, Failure> {
    let (shelf, kind) = (choice.shelf(), choice.kind());
    let everything = viewer.actor.reach(Action::SeeCases) == Reach::Everything;
    let LookedAt {
        mut cases,
        mut next,
        unseen,
    } = match everything {
        true => on_shelf(deps, choice, from).await?,
        false => own(deps, viewer, shelf, kind, from.as_ref()).await?,
    };
    if cases.len() > SHOWN {
        cases.truncate(SHOWN);
        next = cases.last().map(CasesPlace::after);
    }
    let mut lines = Vec::new();
    for case in &cases {
        let rows = deps.intake.ledger.tasks(&case.id).await?;
        let rows: Vec<TaskRow> = rows.into_iter().map(|row| row.item).collect();
        // What is found by a task, or by who reports to somebody, is looked at once more as it stands now.
        if viewer.can(Action::SeeCases, &views::case::on(case, teams_of(&rows))) {
            lines.push(line(viewer, case, &rows));
        }
    }
    Ok(List {
        lines,
        next: next.map(|next| list_path(shelf, kind, Some(&next))),
        all: None,
        unseen,
    })
}

fn line(viewer: &Signed, case: &Case, rows: &[TaskRow]) -> Line {
    let states = rows.iter().map(|row| Stands::of_task(row, viewer.now));
    let states: Vec<Stands> = states.collect();
    Line {
        case: CaseView::of(case),
        state: Stands::of_case(case, &states),
        progress: Progress::of(&states),
        next: Next::of(&viewer.runbook, case, rows, viewer.now),
        closed: case.closed_at,
        left_out: views::case::left_out(case),
    }
}

/// Cases that a page looked at.
struct LookedAt {
    cases: Vec<Case>,
    /// Where those of the shelf begin that were not.
    next: Option<CasesPlace>,
    /// Whether there are some of the viewer's own that were not.
    unseen: bool,
}

impl LookedAt {
    fn of_shelf(cases: Vec<Case>, next: Option<CasesPlace>) -> LookedAt {
        LookedAt {
            cases,
            next,
            unseen: false,
        }
    }
}

/// The cases of a shelf, one more than are shown where there are as many, and where to look on where not all were
/// looked at.
async fn on_shelf(
    deps: &Deps,
    choice: &Choice,
    mut from: Option<CasesPlace>,
) -> Result<LookedAt, Failure> {
    let (mut found, mut looked_at) = (Vec::new(), 0);
    let limit = u16::try_from(SHOWN + 1).ok();
    loop {
        let ledger = &deps.intake.ledger;
        let page = ledger.some_cases(choice.shelf(), limit, from).await?;
        looked_at += page.cases.len();
        let kind = choice.kind();
        let fits = |case: &Case| kind.is_none_or(|kind| kind == case.kind);
        found.extend(page.cases.into_iter().filter(fits));
        match page.next {
            _ if found.len() > SHOWN => return Ok(LookedAt::of_shelf(found, None)),
            Some(next) if looked_at >= LOOKED_AT => {
                return Ok(LookedAt::of_shelf(found, Some(next)));
            }
            Some(next) => from = Some(next),
            None => return Ok(LookedAt::of_shelf(found, None)),
        }
    }
}

/// The cases of what somebody's teams are asked, or will be, and of those who report to them, after a place.
async fn own(
    deps: &Deps,
    viewer: &Signed,
    shelf: Shelf,
    kind: Option<EventKind>,
    from: Option<&CasesPlace>,
) -> Result<LookedAt, Failure> {
    let ledger = &deps.intake.ledger;
    let mut unseen = false;
    let mut ids: BTreeSet<CaseId> = BTreeSet::new();
    for team in &viewer.actor.teams {
        for asked in [true, false] {
            // By one more it is known that there are more. Only open cases are found by their tasks.
            let page = ledger.tasks_of_team(team, asked, OF_A_TEAM + 1, None);
            let tasks = page.await?.tasks;
            unseen |= tasks.len() > usize::from(OF_A_TEAM) && shelf == Shelf::Open;
            let tasks = tasks.into_iter().take(OF_A_TEAM.into());
            ids.extend(tasks.map(|row| row.task.case_id));
        }
    }
    let mut cases = ledger.cases_by_id(ids).await?;
    let reports = ledger.reports_of(&viewer.actor.address, REPORTS + 1);
    let reports = reports.await?;
    unseen |= reports.len() > usize::from(REPORTS);
    for (employee, _) in reports.into_iter().take(REPORTS.into()) {
        let theirs = ledger.each_case_of(&employee).await?;
        cases.extend(theirs.into_iter().map(|row| row.item));
    }
    let open = shelf == Shelf::Open;
    // In the order of the shelf: the newest first.
    let cases = cases
        .into_iter()
        .filter(|case| case.is_settled() != open && kind.is_none_or(|kind| kind == case.kind))
        .map(|case| (CasesPlace::after(&case).as_str().to_owned(), case));
    let cases: BTreeMap<String, Case> = cases.collect();
    let cases = cases.into_iter().rev();
    let after = cases.filter(|(place, _)| from.is_none_or(|from| place.as_str() < from.as_str()));
    Ok(LookedAt {
        cases: after.map(|(_, case)| case).collect(),
        next: None,
        unseen,
    })
}

/// The address of a list.
fn list_path(shelf: Shelf, kind: Option<EventKind>, from: Option<&CasesPlace>) -> String {
    let mut query = form_urlencoded::Serializer::new(String::new());
    if shelf == Shelf::Closed {
        query.append_pair("shelf", "closed");
    }
    if let Some(kind) = kind {
        query.append_pair("kind", kind.as_str());
    }
    if let Some(from) = from {
        query.append_pair("from", from.as_str());
    }
    match query.finish().as_str() {
        "" => "/cases".to_owned(),
        query => format!("/cases?{query}"),
    }
}

/// The address of a page of open cases in their order.
fn page_path(kind: Option<EventKind>, page: usize) -> String {
    let path = list_path(Shelf::Open, kind, None);
    let between = if path.contains('?') { '&' } else { '?' };
    format!("{path}{between}page={page}")
}

fn content(viewer: &Signed, choice: &Choice, list: &List) -> Markup {
    let (shelf, kind) = (choice.shelf(), choice.kind());
    let pill = |to: String, here: bool, name: &str| {
        html! { a href=(to) aria-current=[here.then_some("page")] { (name) } }
    };
    html! {
        div.head { div {
            h1 { "Cases" }
            p.lede { (sentence(list, shelf, choice)) }
        } }
        nav.pills aria-label="Which cases" {
            @for (one, name) in [(Shelf::Open, "Open"), (Shelf::Closed, "Closed")] {
                (pill(list_path(one, kind, None), one == shelf, name))
            }
        }
        nav.pills aria-label="Which kind" {
            (pill(list_path(shelf, None, None), kind.is_none(), "Every kind"))
            @for (one, name) in KINDS { (pill(list_path(shelf, Some(one), None), kind == Some(one), name)) }
        }
        @if list.lines.is_empty() { (nothing(viewer, shelf, list.next.is_some())) } @else { (table(viewer, list)) }
        @if let Some(next) = &list.next {
            nav.pages aria-label="More cases" {
                span.soft { (in_which_order(list)) ", at most " (SHOWN) " on a page." }
                a.button href=(next) rel="next" { "Next" }
            }
        }
        @if list.unseen && list.next.is_none() {
            p.small.soft {
                "There are more than this page looks at. What your teams do in them is on "
                a href="/" { "Today" } ", and each is found by the name of whom it is about."
            }
        }
    }
}

/// The order of a list, in words.
fn in_which_order(list: &List) -> &'static str {
    match list.all {
        Some(_) => "What needs somebody first, then by when",
        None => "The newest first",
    }
}

fn sentence(list: &List, shelf: Shelf, choice: &Choice) -> Markup {
    let count = list.lines.len();
    let whole = choice.from.is_empty() && list.next.is_none() && !list.unseen;
    html! {
        @match (&list.all, count, whole) {
            (_, 0, _) => "No case is shown.",
            (Some((count, marked)), ..) => {
                b { (count) }
                @if marked.is_empty() { " None is late or in trouble." } @else { " " (marked.join(", ")) "." }
            }
            (None, 1, true) => b { "One case." },
            (None, n, true) => b { (n) " cases." },
            (None, n, false) => {
                b { (n) " cases on this page" }
                @if shelf == Shelf::Open { ", older than those in order of need." } @else { "." }
            }
        }
    }
}

fn nothing(viewer: &Signed, shelf: Shelf, more: bool) -> Markup {
    let everything = viewer.actor.reach(Action::SeeCases) == Reach::Everything;
    html! {
        section.empty {
            h2 { @match (more, shelf) {
                (true, _) => "None among those looked at",
                (_, Shelf::Open) => "No open case",
                (_, Shelf::Closed) => "No closed case",
            } }
            p {
                @match (more, everything, shelf) {
                    (true, ..) => { "Of " (LOOKED_AT) " cases none is of this kind. The next ones are a page further." }
                    (_, true, _) => "Every event that HR confirms becomes a case, and stands here.",
                    (_, false, Shelf::Open) => "A case stands here as long as a team of yours has something to do in \
                        it, or will have, and where it is about somebody who reports to you.",
                    (_, false, Shelf::Closed) => "Closed cases stand here where they are about somebody who reports \
                        to you.",
                }
            }
        }
    }
}

fn table(viewer: &Signed, list: &List) -> Markup {
    html! {
        div.scroll.gap role="region" aria-label="Table of cases" tabindex="0" {
            table.stack role="table" {
                caption.hidden { "Cases. " (in_which_order(list)) }
                thead role="rowgroup" { tr role="row" {
                    @for name in ["Person", "What and when", "State", "How far", "What needs somebody"] {
                        th scope="col" role="columnheader" { (name) }
                    }
                } }
                tbody role="rowgroup" { @for line in &list.lines { (row(viewer, line)) } }
            }
        }
    }
}

fn row(viewer: &Signed, line: &Line) -> Markup {
    let case = &line.case;
    html! {
        tr data-row role="row" {
            th scope="row" role="rowheader" {
                a href=(case_path(&case.id)) { (case.name) }
                small {
                    (case.what)
                    @if case.name != case.employee.as_str() {
                        @if !case.what.is_empty() { " · " }
                        (case.employee)
                    }
                }
            }
            td role="cell" {
                (views::case::kind(case))
                @if let Some(of) = case.day {
                    ", " (day(viewer, of))
                    @if let Some(far) = far_day(viewer, of) { small { (far) } }
                }
            }
            td role="cell" { (line.state) }
            td role="cell" { (line.progress) }
            td role="cell" {
                @match (&line.next, line.closed) {
                    (Some(next), _) => (what_next(viewer, next)),
                    (None, Some(at)) => {
                        span.soft { "ended " (instant(viewer, at)) }
                        @if let Some(said) = &line.left_out { small { (said) } }
                    }
                    (None, None) => {}
                }
            }
        }
    }
}

fn what_next(viewer: &Signed, next: &Next) -> Markup {
    html! {
        (next.what)
        small {
            (next.who)
            @match next.when {
                Some(When::Due(due)) if due < viewer.now => {
                    " · was due " (instant(viewer, due)) ", " span.late { (late(viewer, due)) }
                }
                Some(When::Due(due)) => { " · by " (instant(viewer, due)) " · " (far(viewer, due)) }
                Some(When::Opens(opens)) => { " · from " (instant(viewer, opens)) " · " (far(viewer, opens)) }
                None => {}
            }
        }
    }
}
