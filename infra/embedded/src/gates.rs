//! How many requests arrive and are worked on at once, and of whom. Pages have places of their own, each source of
//! webhooks has some, and the rest is for whichever source comes first: a source that floods, fast or slowly, takes
//! neither the pages' places nor all of another source's. On AWS the throttles of API Gateway do the same
//! (`template.yaml`).

use std::{collections::BTreeMap, future::poll_fn, pin::Pin, sync::Arc, time::Duration};

use axum::{
    Router,
    body::{Body, HttpBody, to_bytes},
    extract::{Request, State},
    http::{HeaderValue, Method, StatusCode, header, request::Parts},
    middleware::{Next, from_fn_with_state},
    response::{IntoResponse, Response},
};
use console::MOST_FORM_BYTES;
use latchkey_hris::{MAX_BODY_BYTES, SOURCES};
use tokio::{
    sync::{Semaphore, SemaphorePermit},
    time::timeout,
};

use crate::server::Limits;

/// The places of one kind of caller.
struct Places {
    /// While the body is read.
    arriving: Semaphore,
    /// While the request is worked on.
    working: Semaphore,
}

impl Places {
    fn new(arriving: usize, working: usize) -> Places {
        Places {
            arriving: Semaphore::new(arriving),
            working: Semaphore::new(working),
        }
    }
}

/// Says of a request, by its head, whether it is of somebody whom Latchkey knows.
pub(crate) type Knows = Arc<dyn Fn(&Parts) -> Answered + Send + Sync>;
type Answered = Pin<Box<dyn Future<Output = bool> + Send>>;

/// What the console's pages know: who is signed in, and which letters' links are ours.
pub(crate) fn known_to(console: console::Deps) -> Knows {
    Arc::new(move |parts| {
        let (console, path) = (console.clone(), parts.uri.path().to_owned());
        let headers = parts.headers.clone();
        Box::pin(async move { console::knows(&console, &path, &headers).await })
    })
}

/// Where there are no large forms.
pub(crate) fn nobody() -> Knows {
    Arc::new(|_| Box::pin(std::future::ready(false)))
}

struct Gates {
    /// Of each source that is known, the places that no other one gets.
    own: BTreeMap<&'static str, Places>,
    /// The same of all sources together that a company describes itself. Anybody can call by a name that there is not,
    /// so names get no places.
    others: Places,
    /// Of all sources, who comes first.
    hooks: Places,
    pages: Places,
    /// Large forms that arrive at once: each is in memory until it is kept. Only whom Latchkey knows gets one of these
    /// places, so that nobody else can take them all.
    files: Semaphore,
    knows: Knows,
    /// How long a body may take.
    body: Duration,
}

impl Gates {
    fn of(limits: Limits, knows: Knows) -> Gates {
        let own = || Places::new(limits.own, limits.own);
        let sources = SOURCES.iter().map(|source| (source.name(), own()));
        Gates {
            own: sources.collect(),
            others: own(),
            hooks: Places::new(limits.arriving, limits.hooks),
            pages: Places::new(limits.forms, limits.pages),
            files: Semaphore::new(FILES_AT_ONCE),
            knows,
            body: limits.body,
        }
    }

    /// A place for a request to arrive or to be worked on, if there is one. `source`: of a webhook; pages have none.
    fn place(
        &self,
        source: Option<&str>,
        which: fn(&Places) -> &Semaphore,
    ) -> Option<SemaphorePermit<'_>> {
        let Some(source) = source else {
            return which(&self.pages).try_acquire().ok();
        };
        let own = which(self.own.get(source).unwrap_or(&self.others));
        let place = own.try_acquire();
        place.or_else(|_| which(&self.hooks).try_acquire()).ok()
    }
}

/// The routes behind the gates.
pub(crate) fn guarded(routes: Router, limits: Limits, knows: Knows) -> Router {
    let gates = Arc::new(Gates::of(limits, knows));
    routes.layer(from_fn_with_state(gates, pass))
}

/// The most that is read of a body: a byte more than its route takes, which says itself what is too long for it.
const MOST: usize = MAX_BODY_BYTES + 1;
/// The same of a file of people.
const MOST_OF_PEOPLE: usize = MOST_FORM_BYTES + 1;
/// The same of a task's form with files.
const MOST_FILES: usize = console::MOST_BYTES + 128 * 1024;
/// How many large forms arrive at once, and how many times as long as another body each may take.
const FILES_AT_ONCE: usize = 8;
const FILES_TAKE: u32 = 4;

/// The most that is read of a large form; `None` of all that is no such form.
fn most_of_large(parts: &Parts, body: &Body) -> Option<usize> {
    // One that does not say how long it is may be.
    let is_short = |most: u64| most <= MOST as u64;
    if parts.method != Method::POST || body.size_hint().upper().is_some_and(is_short) {
        return None;
    }
    let kind = parts.headers.get(header::CONTENT_TYPE);
    let form = kind.is_some_and(|kind| kind.as_bytes().starts_with(b"multipart/form-data"));
    let path = parts.uri.path();
    match path {
        "/import" => Some(MOST_OF_PEOPLE),
        _ if !form => None,
        _ if path.starts_with("/tasks/") || path.starts_with("/cases/") => Some(MOST_FILES),
        _ => None,
    }
}

fn announced(body: &Body) -> usize {
    usize::try_from(body.size_hint().lower()).unwrap_or(usize::MAX)
}

/// Reads the body in its time, and works on the request when there is room for one more.
async fn pass(State(gates): State<Arc<Gates>>, request: Request, next: Next) -> Response {
    let (parts, body) = request.into_parts();
    let source = parts.uri.path().strip_prefix("/hooks/");
    // What comes slowly does not take all connections. What has no body is there already.
    let is_slow = !body.is_end_stream();
    let arriving = gates.place(source, |places| &places.arriving);
    if is_slow && arriving.is_none() {
        return busy();
    }
    // Kept until it is answered: so long its files are in memory.
    let mut _among_large = None;
    let body = match most_of_large(&parts, &body) {
        Some(_) if !(gates.knows)(&parts).await => {
            // The route says so without it. Nothing of it is kept meanwhile.
            let _ = timeout(gates.body, pass_over(body)).await;
            Body::empty()
        }
        Some(most) => {
            let Ok(place) = gates.files.try_acquire() else {
                return busy();
            };
            _among_large = Some(place);
            match timeout(gates.body * FILES_TAKE, read(body, most)).await {
                Ok(body) => body,
                Err(_) => return too_slow(),
            }
        }
        None => match timeout(gates.body, read(body, MOST)).await {
            Ok(body) => body,
            Err(_) => return too_slow(),
        },
    };
    drop(arriving);
    let Some(_place) = gates.place(source, |places| &places.working) else {
        return busy();
    };
    next.run(Request::from_parts(parts, body)).await
}

fn too_slow() -> Response {
    let text = "The body did not come to its end in time. Send it again.\n";
    closing(StatusCode::REQUEST_TIMEOUT, text)
}

async fn read(body: Body, most: usize) -> Body {
    let bytes = match announced(&body) > most {
        true if most > MOST => {
            pass_over(body).await;
            None
        }
        true => None,
        false => to_bytes(body, most).await.ok(),
    };
    // What is too long the route refuses by its length, in its own words.
    bytes.map_or_else(|| Body::from(vec![0; most + 1]), Body::from)
}

/// How much of files that are too large is read and dropped, so that a browser gets to the answer that says so.
const MOST_PASSED_OVER: usize = 64 * 1024 * 1024;

async fn pass_over(mut body: Body) {
    let mut seen = 0;
    while let Some(Ok(frame)) = poll_fn(|cx| Pin::new(&mut body).poll_frame(cx)).await {
        seen += frame.data_ref().map_or(0, |data| data.len());
        if seen > MOST_PASSED_OVER {
            return;
        }
    }
}

pub(crate) const BUSY: &str =
    "Latchkey has as many callers as it can serve. Nothing was taken in: send it again.\n";
/// Seconds until somebody who was turned away may come again.
pub(crate) const COME_AGAIN: &str = "10";

fn busy() -> Response {
    let mut busy = closing(StatusCode::SERVICE_UNAVAILABLE, BUSY);
    let again = HeaderValue::from_static(COME_AGAIN);
    busy.headers_mut().insert(header::RETRY_AFTER, again);
    busy
}

fn closing(status: StatusCode, text: &'static str) -> Response {
    let close = HeaderValue::from_static("close");
    let plain = HeaderValue::from_static("text/plain; charset=utf-8");
    (
        status,
        [(header::CONNECTION, close), (header::CONTENT_TYPE, plain)],
        text,
    )
        .into_response()
}

#[cfg(test)]
mod tests {
    use axum::{
        body::Bytes,
        routing::{get, post},
    };
    use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};
    use tower::ServiceExt;

    use super::*;

    const SECONDS: Duration = Duration::from_secs(15);

    /// Room for one of each, besides what each source has.
    fn limits() -> Limits {
        Limits {
            connections: 8,
            arriving: 1,
            forms: 1,
            own: 1,
            hooks: 1,
            pages: 1,
            head: SECONDS,
            body: SECONDS,
            age: SECONDS,
        }
    }

    /// Webhooks that are worked on for ever when they say `wait`, and whose names are told when they have come so far.
    fn routes() -> (Router, UnboundedReceiver<String>) {
        let (told, begun) = unbounded_channel();
        let hook = move |axum::extract::Path(source): axum::extract::Path<String>, body: Bytes| {
            let told = told.clone();
            async move {
                let _ = told.send(source);
                if &body[..] == b"wait" {
                    std::future::pending::<()>().await;
                }
                body
            }
        };
        let routes = Router::new()
            .route("/", get(|| async { "page" }))
            .route("/form", post(|_: Bytes| async { "form" }))
            .route("/hooks/{source}", post(hook))
            .layer(axum::extract::DefaultBodyLimit::max(MAX_BODY_BYTES));
        (guarded(routes, limits(), nobody()), begun)
    }

    fn request(path: &str, body: impl Into<Body>) -> Request {
        let method = if path == "/" { "GET" } else { "POST" };
        let request = axum::http::Request::builder().method(method).uri(path);
        request.body(body.into()).unwrap()
    }

    async fn status(routes: &Router, path: &str, body: impl Into<Body>) -> u16 {
        let answer = routes.clone().oneshot(request(path, body)).await;
        answer.unwrap().status().as_u16()
    }

    /// Until a webhook of this source is worked on.
    async fn begins(begun: &mut UnboundedReceiver<String>, source: &str) {
        let until = async { while begun.recv().await.is_some_and(|name| name != source) {} };
        timeout(SECONDS, until).await.expect(source);
    }

    /// A body that begins and does not come to its end.
    fn endless() -> Body {
        let begins = futures::stream::iter([Ok::<_, std::io::Error>("half")]);
        Body::from_stream(futures::StreamExt::chain(
            begins,
            futures::stream::pending(),
        ))
    }

    #[tokio::test(start_paused = true)]
    async fn a_flood_of_one_source_leaves_their_places_to_the_others_and_to_pages() {
        let (routes, mut begun) = routes();
        let flood = ["bamboohr", "bamboohr"].map(|source| {
            let wait = request(&format!("/hooks/{source}"), "wait");
            tokio::spawn(routes.clone().oneshot(wait))
        });
        for _ in &flood {
            begins(&mut begun, "bamboohr").await;
        }
        let more = routes.clone().oneshot(request("/hooks/bamboohr", "more"));
        let more = more.await.unwrap();
        assert_eq!(more.status(), StatusCode::SERVICE_UNAVAILABLE);
        assert_eq!(more.headers()[header::RETRY_AFTER], COME_AGAIN);
        for path in ["/hooks/hibob", "/hooks/generic", "/hooks/our-own", "/"] {
            assert_eq!(status(&routes, path, "short").await, 200, "{path}");
        }
        // Names that nobody has are one source together.
        let waits = request("/hooks/made-up", "wait");
        let _waits = tokio::spawn(routes.clone().oneshot(waits));
        begins(&mut begun, "made-up").await;
        assert_eq!(status(&routes, "/hooks/made-up-too", "more").await, 503);
        assert_eq!(status(&routes, "/hooks/hibob", "short").await, 200);
        // A place that is free again is given to the next one.
        for each in flood {
            each.abort();
            assert!(each.await.is_err_and(|ended| ended.is_cancelled()));
        }
        assert_eq!(status(&routes, "/hooks/made-up-too", "more").await, 200);
    }

    #[tokio::test(start_paused = true)]
    async fn what_comes_slowly_leaves_places_to_others_and_is_refused_in_time() {
        let (routes, _begun) = routes();
        // The place of its own, or that of names which nobody has, the one for whoever comes first, and that of forms.
        let slow = ["/hooks/hibob", "/hooks/made-up", "/hooks/made-up", "/form"];
        let mut slow = slow.map(|path| Box::pin(routes.clone().oneshot(request(path, endless()))));
        for each in &mut slow {
            assert!(futures::poll!(each).is_pending());
        }
        for path in ["/hooks/hibob", "/hooks/made-up-too", "/form"] {
            assert_eq!(status(&routes, path, endless()).await, 503, "{path}");
        }
        for path in ["/hooks/generic", "/hooks/bamboohr"] {
            assert_eq!(status(&routes, path, "short").await, 200, "{path}");
        }
        assert_eq!(status(&routes, "/", Body::empty()).await, 200);
        for each in slow {
            let refused = each.await.unwrap().status();
            assert_eq!(refused, StatusCode::REQUEST_TIMEOUT);
        }
        assert_eq!(status(&routes, "/hooks/made-up-too", "short").await, 200);
    }

    /// A form with files, or a file of people, that begins and does not say how long it is. A header says whether its
    /// sender is known.
    fn large(path: &str, known: bool) -> Request {
        let mut large = request(path, endless());
        let headers = large.headers_mut();
        let form = HeaderValue::from_static("multipart/form-data; boundary=x");
        headers.insert(header::CONTENT_TYPE, form);
        if known {
            headers.insert("known", HeaderValue::from_static("yes"));
        }
        large
    }

    #[tokio::test(start_paused = true)]
    async fn large_forms_of_nobody_who_is_known_take_no_place_of_theirs() {
        let told = |body: Bytes| async move { body.len().to_string() };
        let routes = Router::new()
            .route("/tasks/a/b/c", post(told))
            .route("/cases/a/tasks/b", post(told))
            .route("/import", post(told))
            .layer(axum::extract::DefaultBodyLimit::disable());
        let limits = Limits {
            forms: 64,
            pages: 64,
            ..limits()
        };
        let knows: Knows = Arc::new(|parts| {
            let known = parts.headers.contains_key("known");
            Box::pin(std::future::ready(known))
        });
        let routes = guarded(routes, limits, knows);
        let paths = ["/tasks/a/b/c", "/cases/a/tasks/b", "/import"];
        let strangers = paths.into_iter().cycle().take(3 * FILES_AT_ONCE);
        let mut strangers: Vec<_> = strangers
            .map(|path| Box::pin(routes.clone().oneshot(large(path, false))))
            .collect();
        for each in &mut strangers {
            assert!(futures::poll!(each).is_pending());
        }
        for path in paths {
            let mut form = large(path, true);
            *form.body_mut() = Body::from(vec![0; MOST + 1]);
            let answer = routes.clone().oneshot(form).await.unwrap();
            assert_eq!(answer.status(), 200, "{path}");
            let whole = to_bytes(answer.into_body(), 64).await.unwrap();
            assert_eq!(whole, (MOST + 1).to_string(), "{path}");
        }
        // Of what they send nothing is kept, and the page says what it says to whoever is nobody.
        for each in strangers {
            let answer = each.await.unwrap();
            assert_eq!(to_bytes(answer.into_body(), 64).await.unwrap(), "0");
        }
        // Files of people are counted among them.
        let slow = paths.into_iter().cycle().take(FILES_AT_ONCE);
        let mut slow: Vec<_> = slow
            .map(|path| Box::pin(routes.clone().oneshot(large(path, true))))
            .collect();
        for each in &mut slow {
            assert!(futures::poll!(each).is_pending());
        }
        for path in paths {
            let answer = routes.clone().oneshot(large(path, true)).await.unwrap();
            assert_eq!(answer.status(), StatusCode::SERVICE_UNAVAILABLE, "{path}");
        }
    }

    #[tokio::test]
    async fn a_body_that_is_too_long_for_all_is_refused() {
        let (routes, _begun) = routes();
        let long = vec![0; MAX_BODY_BYTES + 2];
        assert_eq!(status(&routes, "/hooks/hibob", long).await, 413);
    }
}
