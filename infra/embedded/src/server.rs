//! The listener of one machine. It has few places and little patience, so that whoever sends slowly, or too much, or
//! everything at once, takes neither the files that the ledger needs nor the time of the others: they are told when to
//! come again.

use std::{pin::pin, sync::Arc, time::Duration};

use axum::Router;
use hyper::server::conn::http1;
use hyper_util::{
    rt::{TokioIo, TokioTimer},
    service::TowerToHyperService,
};
use latchkey_hris::SOURCES;
use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt},
    net::TcpListener,
    sync::{Semaphore, watch},
    task::JoinHandle,
    time::timeout,
};

use crate::gates::{BUSY, COME_AGAIN, guarded, nobody};

/// What the listener puts up with.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Limits {
    /// Connections at once.
    pub(crate) connections: usize,
    /// Webhooks that are still on their way at once, of whichever source comes first.
    pub(crate) arriving: usize,
    /// Forms of pages that are still on their way at once.
    pub(crate) forms: usize,
    /// Webhooks of one source that arrive at once besides, and as many that are worked on, whatever the other sources
    /// send.
    pub(crate) own: usize,
    /// Webhooks that are worked on at once besides, of whichever source comes first.
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
/// Of these, for each source.
const OF_EACH: usize = 8;

impl Limits {
    pub(crate) fn of_this_machine() -> Limits {
        let connections = open_files()
            .saturating_sub(OTHER_FILES)
            .clamp(16, MOST_CONNECTIONS);
        let connections = usize::try_from(connections).unwrap_or(16);
        // Those that companies describe themselves count as one.
        let of_sources = OF_EACH * (SOURCES.len() + 1);
        Limits {
            connections,
            arriving: connections / 2,
            forms: connections / 8,
            own: OF_EACH,
            hooks: AT_ONCE.saturating_sub(of_sources),
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

/// A listener at work. Dropped, it takes its listener and its connections' answers with it.
pub struct Server {
    closing: watch::Sender<bool>,
    task: JoinHandle<()>,
}

impl Server {
    /// Begins to serve these routes, each request only when there is room for it.
    pub(crate) fn start(listener: TcpListener, routes: Router, limits: Limits) -> Server {
        Server::of(listener, guarded(routes, limits, nobody()), limits)
    }

    /// Begins to serve routes that are guarded already.
    pub(crate) fn of(listener: TcpListener, routes: Router, limits: Limits) -> Server {
        let (closing, closes) = watch::channel(false);
        let task = tokio::spawn(serve(listener, routes, limits, closes));
        Server { closing, task }
    }

    /// Takes no further connection, and no further request by one that is there. Returns once those that are worked on
    /// are answered.
    pub async fn close(mut self) {
        let _ = self.closing.send(true);
        if let Err(problem) = (&mut self.task).await {
            tracing::error!(%problem, "the listener ended by itself");
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// Resolves once it is closed.
async fn closed(closes: &mut watch::Receiver<bool>) {
    // Whoever could say so is gone: nobody closes it any more.
    if closes.wait_for(|closing| *closing).await.is_err() {
        std::future::pending::<()>().await;
    }
}

/// Serves hooks and pages until it is closed.
async fn serve(
    listener: TcpListener,
    routes: Router,
    limits: Limits,
    mut closes: watch::Receiver<bool>,
) {
    let room = Arc::new(Semaphore::new(limits.connections));
    let door = Arc::new(Semaphore::new(TURNED_AWAY));
    loop {
        let accepted = tokio::select! {
            biased;
            () = closed(&mut closes) => break,
            accepted = listener.accept() => accepted,
        };
        let stream = match accepted {
            Ok((stream, _)) => stream,
            Err(problem) => {
                tracing::error!(%problem, "no connection can be accepted");
                tokio::time::sleep(Duration::from_millis(100)).await;
                continue;
            }
        };
        // Answers are short: nothing is gained by waiting for more of them.
        let _ = stream.set_nodelay(true);
        // Whichever is free first. While neither is, the next ones wait before the door, where the machine keeps them:
        // everybody is answered.
        tokio::select! {
            biased;
            place = Arc::clone(&room).acquire_owned() => {
                let (routes, closes) = (routes.clone(), closes.clone());
                tokio::spawn(async move {
                    connection(stream, routes, limits, closes).await;
                    drop(place);
                });
            }
            place = Arc::clone(&door).acquire_owned() => {
                tokio::spawn(async move {
                    let _ = timeout(AT_THE_DOOR, turn_away(stream)).await;
                    drop(place);
                });
            }
        }
    }
    drop(listener);
    // All places are free once every connection has ended.
    let all = u32::try_from(limits.connections).unwrap_or(u32::MAX);
    let _ = room.acquire_many(all).await;
}

/// One connection, until it has ended or is old.
async fn connection(
    stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
    routes: Router,
    limits: Limits,
    mut closes: watch::Receiver<bool>,
) {
    let served = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(limits.head)
        .max_buf_size(32 * 1024)
        .serve_connection(TokioIo::new(stream), TowerToHyperService::new(routes));
    let mut served = pin!(served);
    // Whatever the other side did wrong, it is gone with its connection.
    let _ = timeout(limits.age, async {
        tokio::select! {
            _ = &mut served => return,
            () = closed(&mut closes) => {}
        }
        served.as_mut().graceful_shutdown();
        let _ = served.await;
    })
    .await;
}

/// How many are told at once that there is no room.
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
            arriving: 1,
            forms: 1,
            own: 1,
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
    }

    /// Begins a connection and sends something; the other end and the connection's own end.
    async fn sends(text: &str) -> (DuplexStream, tokio::task::JoinHandle<()>) {
        let (mut here, there) = tokio::io::duplex(64 * 1024);
        let (_open, closes) = watch::channel(false);
        let served = connection(
            there,
            guarded(routes(), limits(), nobody()),
            limits(),
            closes,
        );
        let ended = tokio::spawn(served);
        here.write_all(text.as_bytes()).await.unwrap();
        (here, ended)
    }

    /// By the clock of the test, which jumps to the next thing that somebody waits for.
    async fn ends_after(limit: Duration, mut connection: tokio::task::JoinHandle<()>) {
        let second = Duration::from_secs(1);
        let early = timeout(limit - second, &mut connection).await;
        assert!(early.is_err(), "let go before its time is over");
        timeout(2 * second, connection).await.unwrap().unwrap();
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
            let (here, ended) = sends(slow).await;
            ends_after(limits().head, ended).await;
            drop(here);
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_head_that_comes_byte_by_byte_has_no_more_time_than_another() {
        let (mut here, ended) = sends("GET / HTTP/1.1\r\nx: ").await;
        let slowly = async {
            let mut each = tokio::time::interval(Duration::from_secs(5));
            while here.write_all(b"a").await.is_ok() {
                each.tick().await;
            }
            std::future::pending().await
        };
        tokio::select! {
            () = slowly => {}
            () = ends_after(limits().head, ended) => {}
        }
    }

    #[tokio::test(start_paused = true)]
    async fn who_never_reads_the_answer_is_let_go() {
        let (here, ended) =
            sends("POST /hooks/slow HTTP/1.1\r\nhost: a\r\ncontent-length: 0\r\n\r\n").await;
        ends_after(limits().age, ended).await;
        drop(here);
    }

    #[tokio::test]
    async fn whoever_comes_when_all_places_are_taken_is_told_when_to_come_again() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let server = Server::start(listener, routes(), limits());
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
        drop(server);
    }

    /// More than there is room for at the door, too: of these, some are there before the others have read their answer.
    #[tokio::test]
    async fn nobody_is_let_go_without_an_answer() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let server = Server::start(listener, routes(), limits());
        let mut all = Vec::new();
        for _ in 0..limits().connections + 2 * TURNED_AWAY {
            all.push(TcpStream::connect(address).await.unwrap());
        }
        // The first ones have a place, and say nothing.
        for turned_away in all.split_off(limits().connections) {
            let text = answer(turned_away).await;
            assert!(text.starts_with("HTTP/1.1 503 Service"), "{text}");
        }
        drop(server);
    }

    /// What is worked on is answered, who is only connected is let go, and nobody else gets in.
    #[tokio::test]
    async fn a_listener_that_is_closed_answers_what_it_works_on() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (begun, answered) = (Arc::new(Semaphore::new(0)), Arc::new(Semaphore::new(0)));
        let (begins, answers) = (Arc::clone(&begun), Arc::clone(&answered));
        let work = move || async move {
            begins.add_permits(1);
            let _ = answers.acquire().await;
            "done"
        };
        let routes = Router::new().route("/", get(work));
        let server = Server::start(listener, routes, limits());
        let idle = TcpStream::connect(address).await.unwrap();
        let mut busy = TcpStream::connect(address).await.unwrap();
        busy.write_all(b"GET / HTTP/1.1\r\nhost: a\r\n\r\n")
            .await
            .unwrap();
        let _ = begun.acquire().await.unwrap();
        let closing = tokio::spawn(server.close());
        assert_eq!(answer(idle).await, "");
        assert!(!closing.is_finished());
        answered.add_permits(1);
        let text = answer(busy).await;
        assert!(text.ends_with("done"), "{text}");
        closing.await.unwrap();
        assert!(TcpStream::connect(address).await.is_err());
    }

    #[test]
    fn connections_leave_files_to_the_rest_of_the_process() {
        let limits = Limits::of_this_machine();
        assert!(limits.connections >= 16);
        assert!(u64::try_from(limits.connections).unwrap() < open_files());
    }
}
