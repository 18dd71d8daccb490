//! `GET /cases/{case}`: one case, with everything that the ledger knows of it.

mod access;
mod acts;
mod board;
mod checklist;
mod gantt;
mod head;
mod timeline;

use std::{
    collections::{BTreeMap, HashMap},
    sync::Arc,
};

use axum::{
    extract::{Path, Query, State},
    http::StatusCode,
    response::Response,
};
use latchkey_access::{Action, On, Reach, Refused};
use latchkey_ledger::{KnownAccount, PersonRecord, TaskRow, Trail};
use latchkey_lifecycle::{Case, CaseId, EmployeeId, QueuedLetter, Task, TaskId};
use latchkey_questions::is_about;
use latchkey_runbook::Runbook;
use latchkey_runtime::Failure;
use maud::{Markup, html};
use serde::Deserialize;

use crate::{
    Deps,
    frame::page_with,
    pages::people::managers_of,
    sign_in::{By, Signed, out_of_order, refused},
    views::{
        case::{CaseView, on, teams_of, without_private},
        state::State as Stands,
    },
};

pub(crate) use acts::{leave_out, try_again};
pub(crate) use board::board;

/// How many rows a list of the page has at most; the rest is a link away.
const SHOWN: usize = 50;

/// What of the case is shown.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Choice {
    /// Of whom the timeline tells.
    show: String,
    /// How many of its entries come before those that are shown.
    skip: String,
    /// How many tasks come before those that are shown.
    tasks: String,
}

fn number(text: &str) -> usize {
    text.parse().unwrap_or_default()
}

/// A case, and whoever may see it.
struct Opened {
    case: Case,
    on: On,
    /// The version that the case began with.
    runbook: Arc<Runbook>,
    /// In the order of their windows.
    rows: Vec<TaskRow>,
}

impl Opened {
    fn view(&self) -> CaseView {
        CaseView::of(&self.case)
    }

    fn states(&self, viewer: &Signed) -> Vec<Stands> {
        let states = self.rows.iter();
        states.map(|row| Stands::of_task(row, viewer.now)).collect()
    }

    fn tasks(&self) -> Vec<Task> {
        self.rows.iter().map(|row| row.task.clone()).collect()
    }

    fn title(&self, task: &TaskId) -> String {
        let row = self.rows.iter().find(|row| row.task.id == *task);
        row.map_or_else(|| task.to_string(), |row| row.task.title.clone())
    }

    /// The tasks that one waits for: those of its needs that have not ended.
    fn waits_for(&self, task: &Task) -> Vec<&Task> {
        let open = self.rows.iter().map(|row| &row.task);
        let open = open.filter(|one| !one.state.is_ended() && task.needs.contains(&one.id));
        open.collect()
    }
}

/// A case for somebody who may do this to it.
async fn open(
    deps: &Deps,
    viewer: &Signed,
    case: &str,
    action: Action,
) -> Result<Opened, Response> {
    let Ok(id) = CaseId::new(case) else {
        return Err(no_such_case(viewer));
    };
    let opened = async {
        let ledger = &deps.intake.ledger;
        let Some(row) = ledger.find_case(&id).await? else {
            return Ok(None);
        };
        let runbook = deps.intake.runbooks.get(ledger, &row.item.runbook).await?;
        let rows = ledger.tasks(&id).await?.into_iter().map(|row| row.item);
        let mut rows: Vec<TaskRow> = rows.collect();
        rows.sort_by(|a, b| order(&a.task).cmp(&order(&b.task)));
        Ok::<_, Failure>(Some(Opened {
            on: on(&row.item, teams_of(&rows)),
            case: row.item,
            runbook,
            rows,
        }))
    };
    match opened.await {
        Ok(Some(opened))
            if action.changes()
                && is_about(&opened.case, &viewer.actor.name, &viewer.actor.themselves) =>
        {
            Err(refused(viewer, &Refused::AboutThemselves(action)))
        }
        Ok(Some(opened)) => viewer.may(action, &opened.on).map(|()| opened),
        // An id says who and when to whoever works it out: whether there is such a case is for who may see all.
        Ok(None) if viewer.actor.reach(action) < Reach::Everything => {
            Err(refused(viewer, &Refused::not_theirs(action)))
        }
        Ok(None) => Err(no_such_case(viewer)),
        Err(failure) => Err(out_of_order(&failure)),
    }
}

fn order(task: &Task) -> (jiff::Timestamp, jiff::Timestamp, &TaskId) {
    (task.window.opens, task.window.due, &task.id)
}

fn no_such_case(viewer: &Signed) -> Response {
    let title = "There is no such case";
    let content = html! {
        div.head { div {
            h1 { (title) }
            p.lede { "Either the address is not whole, or nothing was ever taken in for it. "
                a href="/cases" { "All cases that are yours to see" } }
        } }
    };
    page_with(StatusCode::NOT_FOUND, viewer, "/cases", title, &content)
}

/// What else the ledger has on a case.
struct Whole {
    trails: Vec<Trail>,
    letters: Vec<QueuedLetter>,
    accounts: Vec<KnownAccount>,
    /// Whom they report to, where HR told a number.
    managers: HashMap<EmployeeId, PersonRecord>,
}

impl Whole {
    async fn read(deps: &Deps, case: &Case) -> Result<Whole, Failure> {
        let ledger = &deps.intake.ledger;
        let person = case.person.as_ref().or(case.before.as_ref());
        let manager = person.and_then(|person| person.manager.clone());
        Ok(Whole {
            managers: managers_of(ledger, manager).await?,
            trails: ledger.audit_trail(&case.id).await?,
            letters: ledger.letters_of(&case.id).await?,
            accounts: ledger.accounts_of(&case.employee_id).await?,
        })
    }

    fn trail(&self, task: Option<&TaskId>) -> Option<&Trail> {
        self.trails.iter().find(|trail| trail.task.as_ref() == task)
    }
}

pub(crate) async fn show(
    State(deps): State<Deps>,
    By(viewer): By,
    Path(case): Path<String>,
    Query(choice): Query<Choice>,
) -> Response {
    match open(&deps, &viewer, &case, Action::SeeCases).await {
        Ok(opened) => {
            let form = acts::Form::default();
            whole_page(&deps, &viewer, &opened, &choice, (StatusCode::OK, &form)).await
        }
        Err(response) => response,
    }
}

/// The whole page; a form that was not taken stands in it as it was sent.
async fn whole_page(
    deps: &Deps,
    viewer: &Signed,
    opened: &Opened,
    choice: &Choice,
    (status, form): (StatusCode, &acts::Form),
) -> Response {
    let whole = match Whole::read(deps, &opened.case).await {
        Ok(whole) => whole,
        Err(failure) => return out_of_order(&failure),
    };
    let content = content(viewer, opened, &whole, choice, form);
    let title = head::title(opened);
    page_with(status, viewer, "/cases", &title, &content)
}

fn content(
    viewer: &Signed,
    opened: &Opened,
    whole: &Whole,
    choice: &Choice,
    form: &acts::Form,
) -> Markup {
    let titles = opened.rows.iter();
    let titles = titles.map(|row| (row.task.id.clone(), row.task.title.clone()));
    let titles: BTreeMap<TaskId, String> = titles.collect();
    let skip = number(&choice.tasks);
    let shown: Vec<&TaskRow> = opened.rows.iter().skip(skip).take(SHOWN).collect();
    let acts = acts::acts(viewer, opened, form);
    html! {
        (form.errors())
        (head::head(viewer, opened, acts.is_some()))
        (head::notes(viewer, opened, whole))
        (head::figures(viewer, opened))
        nav."jump gap" aria-label="On this page" {
            @if !shown.is_empty() { a href="#plan" { "Plan" } a href="#list" { "Checklist" } }
            a href="#access" { "Access" }
            a href="#time" { "Timeline" }
            a href="#letters" { "Letters" }
            @if acts.is_some() { a href="#acts" { "What you may do" } }
        }
        (head::facts(viewer, opened, &whole.managers))
        @if !shown.is_empty() {
            (gantt::gantt(viewer, opened, whole, &shown))
            (checklist::checklist(viewer, opened, whole, &shown))
        }
        (checklist::more(opened, skip))
        (access::access(viewer, opened, whole))
        (timeline::timeline(viewer, opened, whole, choice, &titles))
        @if let Some(acts) = acts { (acts) }
    }
}

/// What may be shown of a text to somebody: without the person's private address, where that is not for them.
fn for_eyes_of(viewer: &Signed, opened: &Opened, text: &str) -> String {
    match viewer.can(Action::SeeReasons, &opened.on) {
        true => text.to_owned(),
        false => without_private(&opened.case, text),
    }
}
