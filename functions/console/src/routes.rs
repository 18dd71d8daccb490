//! Which pages there are.

use axum::{
    Router,
    http::{StatusCode, header},
    response::{IntoResponse, Response},
    routing::{MethodRouter, get, post},
};

use crate::{
    Deps,
    page::{STYLE, message},
    task_page::{show, take},
};

/// One page: how it is asked for, and by what it is answered.
#[derive(Debug)]
pub struct Page {
    /// `GET` or `POST`.
    pub method: &'static str,
    /// With `{name}` where a part of it is one of many.
    pub path: &'static str,
    answered: fn() -> MethodRouter<Deps>,
}

const TASK: &str = "/tasks/{case}/{task}/{code}";

/// Every page that there is. On AWS each is a route with a throttle of its own.
pub const PAGES: &[Page] = &[
    Page {
        method: "GET",
        path: TASK,
        answered: || get(show),
    },
    Page {
        method: "POST",
        path: TASK,
        answered: || post(take),
    },
    Page {
        method: "GET",
        path: "/latchkey.css",
        answered: || get(style),
    },
];

/// The routes of the console: [`PAGES`], and an answer to whoever asks for another one.
pub fn router(deps: Deps) -> Router {
    let routes = PAGES.iter().fold(Router::new(), |router, page| {
        router.route(page.path, (page.answered)())
    });
    let routes = routes.fallback(|| async { no_such_page() });
    let intake = deps.intake.clone();
    latchkey_decisions::identified(routes.with_state(deps), intake)
}

async fn style() -> Response {
    let headers = [
        (header::CONTENT_TYPE, "text/css; charset=utf-8"),
        (header::CACHE_CONTROL, "public, max-age=3600"),
    ];
    (headers, STYLE).into_response()
}

pub(crate) fn no_such_page() -> Response {
    message(
        StatusCode::NOT_FOUND,
        "",
        "There is no such page",
        "Check that the whole link was copied from the e-mail.",
    )
}
