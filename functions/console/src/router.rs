//! Every route in one list, each with what it needs: nothing, a link of a letter, or somebody who signed in and may.

use axum::{
    Router,
    extract::DefaultBodyLimit,
    http::{StatusCode, header},
    middleware::{from_fn, from_fn_with_state},
    response::{IntoResponse, Response},
    routing::{MethodRouter, get, post},
};
use latchkey_access::Action;
use maud::html;

use crate::{
    Deps,
    frame::{SCRIPT, STYLE, alone, dressed},
    pages::{self, import::MOST_FORM_BYTES},
    sign_in,
};

/// What a route needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Needs {
    /// Anybody may come: it shows nothing of the company.
    Nothing,
    /// The signed link of a letter, which the path carries.
    Link,
    /// Somebody who signed in and may do this to something; to what, the page asks itself.
    To(Action),
}

/// One page: how it is asked for, what it needs, and by what it is answered.
#[derive(Debug)]
pub struct Page {
    /// `GET` or `POST`.
    pub method: &'static str,
    /// With `{name}` where a part of it is one of many.
    pub path: &'static str,
    /// Who may ask for it.
    pub needs: Needs,
    answered: fn() -> MethodRouter<Deps>,
}

const fn page(
    method: &'static str,
    path: &'static str,
    needs: Needs,
    answered: fn() -> MethodRouter<Deps>,
) -> Page {
    Page {
        method,
        path,
        needs,
        answered,
    }
}

const TASK: &str = "/tasks/{case}/{task}/{code}";
const OWN_TASK: &str = "/cases/{case}/tasks/{task}";
const FILE: &str = "/cases/{case}/tasks/{task}/files/{file}";
const TAKE: &str = "/cases/{case}/tasks/{task}/take";

/// Every page that there is. On AWS each is a route with a throttle of its own.
#[rustfmt::skip]
pub const PAGES: &[Page] = &[
    page("GET", "/latchkey.css", Needs::Nothing, || get(style)),
    page("GET", "/latchkey.js", Needs::Nothing, || get(script)),
    page("GET", TASK, Needs::Link, || get(pages::task::link::show)),
    page("POST", TASK, Needs::Link, || post(pages::task::link::take)),
    page("GET", "/sign-in", Needs::Nothing, || get(sign_in::show)),
    page("GET", "/sign-in/begin", Needs::Nothing, || get(sign_in::begin)),
    page("GET", "/sign-in/back", Needs::Nothing, || get(sign_in::back)),
    page("GET", "/sign-in/{code}", Needs::Nothing, || get(sign_in::offer)),
    page("POST", "/sign-in/{code}", Needs::Nothing, || post(sign_in::take)),
    page("POST", "/sign-out", Needs::To(Action::BeOneself), || post(sign_in::out)),
    page("GET", "/me", Needs::To(Action::BeOneself), || get(pages::me::show)),
    page("POST", "/me/letters", Needs::To(Action::SetLetters), || post(pages::me::choose)),
    page("POST", "/me/away", Needs::To(Action::SetLetters), || post(pages::me::add)),
    page("POST", "/me/away/take-out", Needs::To(Action::SetLetters), || post(pages::me::take_out)),
    page("POST", "/me/sign-out-everywhere", Needs::To(Action::BeOneself), || post(sign_in::out_everywhere)),
    page("GET", "/findings", Needs::To(Action::SeeFindings), || get(pages::findings::show)),
    page("POST", "/findings/{finding}/accept", Needs::To(Action::RepairFinding), || post(pages::findings::take)),
    page("POST", "/findings/{finding}/repair", Needs::To(Action::RepairFinding), || post(pages::findings::repair)),
    page("GET", "/held", Needs::To(Action::SeeHeld), || get(pages::held::show)),
    page("POST", "/held", Needs::To(Action::DecideHeld), || post(pages::held::take)),
    page("POST", "/held/confirm", Needs::To(Action::DecideHeld), || post(pages::held::confirm)),
    page("GET", "/audit", Needs::To(Action::SeeAudit), || get(pages::audit::show)),
    page("POST", "/audit/download", Needs::To(Action::SeeAudit), || post(pages::audit::download)),
    page("GET", "/import", Needs::To(Action::TakeInFile), || get(pages::import::show)),
    page("POST", "/import", Needs::To(Action::TakeInFile), || post(pages::import::give).layer(DefaultBodyLimit::max(MOST_FORM_BYTES))),
    page("POST", "/import/confirm", Needs::To(Action::TakeInFile), || post(pages::import::confirm)),
    page("GET", "/systems", Needs::To(Action::SeeSystems), || get(pages::systems::show)),
    page("GET", "/systems/{system}", Needs::To(Action::SeeSystems), || get(pages::system::show)),
    page("GET", "/systems/{system}/who", Needs::To(Action::SeeSystems), || get(pages::system::who)),
    page("POST", "/systems/{system}/test", Needs::To(Action::SetUp), || post(pages::system::test)),
    page("GET", "/setup", Needs::To(Action::SetUp), || get(pages::setup::show)),
    page("POST", "/setup", Needs::To(Action::SetUp), || post(pages::setup::again)),
    page("POST", "/setup/letter", Needs::To(Action::SetUp), || post(pages::setup::letter)),
    page("GET", "/", Needs::To(Action::SeeTasks), || get(pages::today::show)),
    page("GET", "/people", Needs::To(Action::SeePeople), || get(pages::people::show)),
    page("GET", "/people/{employee}", Needs::To(Action::SeePeople), || get(pages::people::person::show)),
    page("GET", "/people/{employee}/what-if", Needs::To(Action::AskWhatIf), || get(pages::people::what_if::show)),
    page("GET", "/search", Needs::To(Action::SeePeople), || get(pages::search::show)),
    page("GET", "/report", Needs::To(Action::ReportUrgentExit), || get(pages::report::show)),
    page("POST", "/report", Needs::To(Action::ReportUrgentExit), || post(pages::report::check)),
    page("POST", "/report/confirm", Needs::To(Action::ReportUrgentExit), || post(pages::report::confirm)),
    page("GET", OWN_TASK, Needs::To(Action::SeeCases), || get(pages::task::show)),
    page("POST", OWN_TASK, Needs::To(Action::AnswerTask), || post(pages::task::answer)),
    page("POST", TAKE, Needs::To(Action::AnswerTask), || post(pages::task::take)),
    page("GET", FILE, Needs::To(Action::SeeCases), || get(pages::task::download)),
    page("GET", "/cases", Needs::To(Action::SeeCases), || get(pages::cases::show)),
    page("GET", "/cases/{case}", Needs::To(Action::SeeCases), || get(pages::case::show)),
    page("GET", "/cases/{case}/board", Needs::To(Action::SeeCases), || get(pages::case::board)),
    page("POST", "/cases/{case}/leave-out", Needs::To(Action::LeaveOut), || post(pages::case::leave_out)),
    page("POST", "/cases/{case}/try-again", Needs::To(Action::TryAgain), || post(pages::case::try_again)),
];

/// The routes of the console: [`PAGES`], and an answer to whoever asks for another one.
pub fn router(deps: Deps) -> Router {
    let routes = PAGES.iter().fold(Router::new(), |router, page| {
        let answered = (page.answered)();
        let answered = match page.needs {
            Needs::Nothing | Needs::Link => answered,
            Needs::To(action) => {
                answered.layer(from_fn_with_state((deps.clone(), action), sign_in::admit))
            }
        };
        router.route(page.path, answered)
    });
    let routes = routes.fallback(|| async { no_such_page() });
    let intake = deps.intake.clone();
    // Over all of it, so that what axum answers by itself is a page of ours, too.
    let routes = routes.with_state(deps).layer(from_fn(dressed));
    latchkey_decisions::identified(routes, intake)
}

async fn style() -> Response {
    kept("text/css; charset=utf-8", STYLE)
}

async fn script() -> Response {
    kept("text/javascript; charset=utf-8", SCRIPT)
}

fn kept(kind: &'static str, text: &'static str) -> Response {
    let headers = [
        (header::CONTENT_TYPE, kind),
        (header::CACHE_CONTROL, "public, max-age=3600"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    ];
    (headers, text).into_response()
}

pub(crate) fn no_such_page() -> Response {
    let title = "There is no such page";
    let content = html! {
        h1 { (title) }
        p.lede { "Check that the whole address was copied, where it came from an e-mail." }
        div.buttons { a."button main" href="/" { "Go to the first page" } }
    };
    alone(StatusCode::NOT_FOUND, "", title, &content)
}
