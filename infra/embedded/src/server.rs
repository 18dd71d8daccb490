//! The listener of one machine. It has few places and little patience, so that whoever sends slowly, or too much, or everything at
//! once, takes neither the files that the ledger needs nor the time of the others: they are told when to come again.

use std::{sync::Arc, time::Duration};

use axum::{
    Router,
    body::{Body, HttpBody, to_bytes},
    extract::{Request, State},
    http::{HeaderValue, StatusCode, header},
    middleware::{Next, from_fn_with_state},
    response::{IntoResponse, Response},
};
use hyper::server::conn::http1;
use hyper_util::{
    rt::{TokioIo, TokioTimer},
    service::TowerToHyperService,
};
use latchkey_hris::MAX_BODY_BYTES;
use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt},
    net::TcpListener,
    sync::Semaphore,
    time::timeout,
};

/// What the listener puts up with.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Limits {
    /// Connections at once.
    pub(crate) connections: usize,
    /// Webhooks that are worked on at once.
    pub(crate) hooks: usize,
    /// Pages that are worked on at once: a flood of webhooks leaves these free.
    pub(crate) pages: usize,
    /// How long a request's head may take, and a connection may be idle.
    pub(crate) head: Duration,
    /// How long a request's body may take.
    pub(crate) body: Duration,
    /// How old a connection gets: whoever reads slowly is let go, too.
    pub(crate) age: Duration,
}

/// Files that the process needs besides connections: the ledger's, letters, calls to systems.
const OTHER_FILES: u64 = 256;
/// More connections than that are no use to one machine.
const MOST_CONNECTIONS: u64 = 2048;
/// What the ledger of one machine takes in within about two seconds.
const AT_ONCE: usize = 400;

impl Limits {
    pub(crate) fn of_this_machine() -> Limits {
        let connections = open_files()
            .saturating_sub(OTHER_FILES)
            .clamp(16, MOST_CONNECTIONS);
        Limits {
            connections: usize::try_from(connections).unwrap_or(16),
            hooks: AT_ONCE,
            pages: AT_ONCE / 4,
            head: Duration::from_secs(15),
            body: Duration::from_secs(15),
            age: Duration::from_secs(120),
        }
    }
}

/// How many files the process may have open.
#[cfg(unix)]
fn open_files() -> u64 {
    let limit = rustix::process::getrlimit(rustix::process::Resource::Nofile);
    limit.current.unwrap_or(u64::MAX)
}

#[cfg(not(unix))]
fn open_files() -> u64 {
    MOST_CONNECTIONS
}

/// Requests that are worked on at once.
struct Gates {
    hooks: Semaphore,
    pages: Semaphore,
    body: Duration,
}

/// Serves hooks and pages for as long as it is polled.
pub(crate) async fn serve(listener: TcpListener, routes: Router, limits: Limits) {
    let routes = guarded(routes, limits);
    let room = Arc::new(Semaphore::new(limits.connections));
    let door = Arc::new(Semaphore::new(TURNED_AWAY));
    loop {
        let stream = match listener.accept().await {
            Ok((stream, _)) => stream,
            Err(problem) => {
                tracing::error!(%problem, "no connection can be accepted");
                tokio::time::sleep(Duration::from_millis(100)).await;
                continue;
            }
        };
        // Answers are short: nothing is gained by waiting for more of them.
        let _ = stream.set_nodelay(true);
        if let Ok(place) = Arc::clone(&room).try_acquire_owned() {
            let routes = routes.clone();
            tokio::spawn(async move {
                connection(stream, routes, limits).await;
                drop(place);
            });
        } else if let Ok(place) = Arc::clone(&door).try_acquire_owned() {
            tokio::spawn(async move {
                let _ = timeout(AT_THE_DOOR, turn_away(stream)).await;
                drop(place);
            });
        }
    }
}

/// The routes behind the gates.
fn guarded(routes: Router, limits: Limits) -> Router {
    let gates = Arc::new(Gates {
        hooks: Semaphore::new(limits.hooks),
        pages: Semaphore::new(limits.pages),
        body: limits.body,
    });
    routes.layer(from_fn_with_state(gates, pass))
}

/// One connection, until it has ended or is old.
async fn connection(
    stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
    routes: Router,
    limits: Limits,
) {
    let served = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(limits.head)
        .max_buf_size(32 * 1024)
        .serve_connection(TokioIo::new(stream), TowerToHyperService::new(routes));
    // Whatever the other side did wrong, it is gone with its connection.
    let _ = timeout(limits.age, served).await;
}

/// The most that is read of a body: a byte more than any route takes, which says itself what is too long for it.
const MOST_BODY: usize = MAX_BODY_BYTES + 1;

/// Reads the body in its time, and works on the request when there is room for one more.
async fn pass(State(gates): State<Arc<Gates>>, request: Request, next: Next) -> Response {
    let (parts, body) = request.into_parts();
    let announced = usize::try_from(body.size_hint().lower()).unwrap_or(usize::MAX);
    let read = async {
        match announced > MOST_BODY {
            true => None,
            false => to_bytes(body, MOST_BODY).await.ok(),
        }
    };
    let body = match timeout(gates.body, read).await {
        Ok(Some(bytes)) => Body::from(bytes),
        // The route refuses it by its length, in its own words.
        Ok(None) => Body::from(vec![0; MOST_BODY + 1]),
        Err(_) => {
            let text = "The body did not come to its end in time. Send it again.\n";
            return closing(StatusCode::REQUEST_TIMEOUT, text);
        }
    };
    let gate = match parts.uri.path().starts_with("/hooks/") {
        true => &gates.hooks,
        false => &gates.pages,
    };
    let Ok(_turn) = gate.try_acquire() else {
        let mut busy = closing(StatusCode::SERVICE_UNAVAILABLE, BUSY);
        busy.headers_mut()
            .insert(header::RETRY_AFTER, HeaderValue::from_static(COME_AGAIN));
        return busy;
    };
    next.run(Request::from_parts(parts, body)).await
}

const BUSY: &str =
    "Latchkey has as many callers as it can serve. Nothing was taken in: send it again.\n";
/// Seconds until somebody who was turned away may come again.
const COME_AGAIN: &str = "10";

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

/// How many are told that there is no room; whoever comes besides is let go without a word.
const TURNED_AWAY: usize = 64;
/// How long telling it may take.
const AT_THE_DOOR: Duration = Duration::from_secs(2);

/// Says that there is no room, and hears the other side out, which would not read the answer else.
async fn turn_away(mut stream: impl AsyncRead + AsyncWrite + Unpin) -> std::io::Result<()> {
    let answer = format!(
        "HTTP/1.1 503 Service Unavailable\r\nretry-after: {COME_AGAIN}\r\nconnection: close\r\n\
         content-type: text/plain; charset=utf-8\r\ncontent-length: {}\r\n\r\n{BUSY}",
        BUSY.len()
    );
    stream.write_all(answer.as_bytes()).await?;
    stream.shutdown().await?;
    let mut heard = [0; 4096];
    while stream.read(&mut heard).await? > 0 {}
    Ok(())
}

#[cfg(test)]
mod tests {
    use axum::routing::{get, post};
    use tokio::{io::DuplexStream, net::TcpStream};

    use super::*;

    fn limits() -> Limits {
        Limits {
            connections: 2,
            hooks: 1,
            pages: 1,
            head: Duration::from_secs(15),
            body: Duration::from_secs(15),
            age: Duration::from_secs(120),
        }
    }

    fn routes() -> Router {
        Router::new()
            .route("/", get(|| async { "page" }))
            .route("/hooks/slow", post(std::future::pending::<()>))
            .route("/hooks/echo", post(|body: String| async { body }))
            .layer(axum::extract::DefaultBodyLimit::max(MAX_BODY_BYTES))
    }

    /// Begins a connection and sends something; the other end and the connection's own end.
    async fn sends(text: &str) -> (DuplexStream, tokio::task::JoinHandle<()>) {
        let (mut here, there) = tokio::io::duplex(64 * 1024);
        let served = connection(there, guarded(routes(), limits()), limits());
        let ended = tokio::spawn(served);
        here.write_all(text.as_bytes()).await.unwrap();
        (here, ended)
    }

    async fn answer(mut from: impl AsyncRead + Unpin) -> String {
        let mut text = String::new();
        from.read_to_string(&mut text).await.unwrap();
        text
    }

    #[tokio::test(start_paused = true)]
    async fn a_head_that_does_not_come_to_its_end_ends_the_connection() {
        for slow in [
            "",
            "GET / HTTP/1.1\r\nhost: a\r\nx-one: ",
            "GET / HTTP/1.1\r\nhost: a\r\n\r\n",
        ] {
            let begun = tokio::time::Instant::now();
            let (here, ended) = sends(slow).await;
            ended.await.unwrap();
            assert_eq!(begun.elapsed().as_secs(), 15, "{slow:?}");
            drop(here);
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_head_that_comes_byte_by_byte_has_no_more_time_than_another() {
        let (mut here, ended) = sends("GET / HTTP/1.1\r\nx: ").await;
        let begun = tokio::time::Instant::now();
        let slowly = async {
            while here.write_all(b"a").await.is_ok() {
                tokio::time::sleep(Duration::from_secs(5)).await;
            }
        };
        tokio::select! {
            () = slowly => {}
            ended = ended => ended.unwrap(),
        }
        assert!(begun.elapsed() <= Duration::from_secs(20));
    }

    #[tokio::test(start_paused = true)]
    async fn a_body_that_does_not_come_to_its_end_is_refused_in_time() {
        let head = "POST /hooks/echo HTTP/1.1\r\nhost: a\r\ncontent-length: 9\r\n\r\nhalf";
        let (here, ended) = sends(head).await;
        let text = answer(here).await;
        assert!(
            text.starts_with("HTTP/1.1 408 Request Timeout\r\n"),
            "{text}"
        );
        ended.await.unwrap();
    }

    #[tokio::test(start_paused = true)]
    async fn who_never_reads_the_answer_is_let_go() {
        let (here, ended) =
            sends("POST /hooks/slow HTTP/1.1\r\nhost: a\r\ncontent-length: 0\r\n\r\n").await;
        let begun = tokio::time::Instant::now();
        ended.await.unwrap();
        assert_eq!(begun.elapsed().as_secs(), 120);
        drop(here);
    }

    #[tokio::test]
    async fn a_body_that_is_too_long_for_all_is_refused() {
        let long = format!(
            "POST /hooks/echo HTTP/1.1\r\nhost: a\r\ncontent-length: {}\r\n\r\n",
            MOST_BODY + 1
        );
        let (here, ended) = sends(&long).await;
        let text = answer(here).await;
        assert!(
            text.starts_with("HTTP/1.1 413 Payload Too Large\r\n"),
            "{text}"
        );
        ended.await.unwrap();
    }

    #[tokio::test]
    async fn while_hooks_are_worked_on_others_are_told_when_to_come_and_pages_are_served() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let more = Limits {
            connections: 8,
            ..limits()
        };
        let server = tokio::spawn(serve(listener, routes(), more));
        let mut first = TcpStream::connect(address).await.unwrap();
        first
            .write_all(b"POST /hooks/slow HTTP/1.1\r\nhost: a\r\ncontent-length: 0\r\n\r\n")
            .await
            .unwrap();
        loop {
            let mut second = TcpStream::connect(address).await.unwrap();
            let echo = b"POST /hooks/echo HTTP/1.1\r\nhost: a\r\nconnection: close\r\ncontent-length: 2\r\n\r\nhi";
            second.write_all(echo).await.unwrap();
            let text = answer(second).await;
            // The first one may not have come as far yet.
            if text.starts_with("HTTP/1.1 503") {
                assert!(text.contains("retry-after: 10\r\n"), "{text}");
                break;
            }
            assert!(text.ends_with("hi"), "{text}");
        }
        let mut page = TcpStream::connect(address).await.unwrap();
        let get = b"GET / HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n";
        page.write_all(get).await.unwrap();
        assert!(answer(page).await.ends_with("page"));
        server.abort();
    }

    #[tokio::test]
    async fn whoever_comes_when_all_places_are_taken_is_told_when_to_come_again() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let server = tokio::spawn(serve(listener, routes(), limits()));
        let idle = [
            TcpStream::connect(address).await.unwrap(),
            TcpStream::connect(address).await.unwrap(),
        ];
        let text = answer(TcpStream::connect(address).await.unwrap()).await;
        assert!(
            text.starts_with("HTTP/1.1 503 Service Unavailable\r\nretry-after: 10\r\n"),
            "{text}"
        );
        // A place that is free again is given to the next one.
        drop(idle);
        loop {
            let mut next = TcpStream::connect(address).await.unwrap();
            let get = b"GET / HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n";
            next.write_all(get).await.unwrap();
            if answer(next).await.ends_with("page") {
                break;
            }
        }
        server.abort();
    }

    #[test]
    fn connections_leave_files_to_the_rest_of_the_process() {
        let limits = Limits::of_this_machine();
        assert!(limits.connections >= 16);
        assert!(u64::try_from(limits.connections).unwrap() < open_files());
    }
}
