//! Whether a running Latchkey is well: cheap, asked often, and told to anybody. And what is not taken in while it is
//! not.

use std::{
    fs, io,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use axum::{
    Router,
    extract::{Request, State},
    http::{HeaderValue, Method, StatusCode, header},
    middleware::{Next, from_fn_with_state},
    response::{IntoResponse, Response},
    routing::get,
};
use latchkey_ledger::Ledger;
use tokio::time::timeout;

use crate::stack::file;

/// Where anybody may ask.
pub const HEALTH: &str = "/healthz";

/// How long the ledger has to answer.
const ANSWERS_WITHIN: Duration = Duration::from_secs(5);

/// The folder of a local Latchkey, as it was when it was opened. SQLite goes on with a file that was moved or deleted,
/// and what is written there is gone with the process.
#[derive(Debug)]
pub struct Folder {
    ledger: PathBuf,
    was: Identity,
    outbox: PathBuf,
}

/// What tells a file from another one of the same name.
#[cfg(unix)]
type Identity = (u64, u64);

#[cfg(unix)]
fn identity(path: &Path) -> io::Result<Identity> {
    use std::os::unix::fs::MetadataExt;
    let about = fs::metadata(path)?;
    Ok((about.dev(), about.ino()))
}

#[cfg(not(unix))]
type Identity = ();

#[cfg(not(unix))]
fn identity(path: &Path) -> io::Result<Identity> {
    fs::metadata(path).map(|_| ())
}

impl Folder {
    /// The folder, once ledger and outbox are there.
    ///
    /// # Errors
    /// When the ledger is not.
    pub fn open(directory: &Path) -> io::Result<Folder> {
        let ledger = directory.join(file::LEDGER);
        Ok(Folder {
            was: identity(&ledger)?,
            ledger,
            outbox: directory.join(file::OUTBOX),
        })
    }

    /// Whether it is there as it was.
    ///
    /// # Errors
    /// What is not, in words.
    pub fn is_there(&self) -> Result<(), &'static str> {
        match identity(&self.ledger) {
            Ok(is) if is == self.was => {}
            Ok(_) => return Err("another ledger took the place of the one that is open"),
            Err(_) => return Err("the ledger's file is not there any more"),
        }
        match self.outbox.is_dir() {
            true => Ok(()),
            false => Err("the outbox is not there any more"),
        }
    }
}

/// What is looked at.
#[derive(Debug, Clone)]
pub(crate) struct Health {
    pub(crate) ledger: Ledger,
    /// `None` where nothing is kept.
    pub(crate) folder: Option<Arc<Folder>>,
}

impl Health {
    /// Whether the folder is there and the ledger can be read.
    ///
    /// # Errors
    /// What is wrong, in words.
    pub(crate) async fn look(&self) -> Result<(), &'static str> {
        self.folder
            .as_ref()
            .map_or(Ok(()), |folder| folder.is_there())?;
        match timeout(ANSWERS_WITHIN, self.ledger.current_runbook()).await {
            Err(_) => Err("the ledger does not answer"),
            Ok(Err(_)) => Err("the ledger cannot be read"),
            Ok(Ok(_)) => Ok(()),
        }
    }
}

/// The routes with the one that says how it is: `ok`, or 503 and `not ok`. What is wrong stands in the log, and in
/// `latchkey status`. While the folder is away, nothing is taken in: whoever sends is told to send again.
pub(crate) fn watched(routes: Router, health: Health) -> Router {
    let kept = match &health.folder {
        None => routes,
        Some(folder) => routes.layer(from_fn_with_state(Arc::clone(folder), kept)),
    };
    kept.merge(Router::new().route(HEALTH, get(answer)).with_state(health))
}

async fn answer(State(health): State<Health>) -> Response {
    let headers = [
        (header::CONTENT_TYPE, "text/plain; charset=utf-8"),
        (header::CACHE_CONTROL, "no-store"),
    ];
    match health.look().await {
        Ok(()) => (headers, "ok\n").into_response(),
        Err(_) => (StatusCode::SERVICE_UNAVAILABLE, headers, "not ok\n").into_response(),
    }
}

/// Seconds until whoever was not heard may come again: somebody has to bring the folder back.
const COME_AGAIN: HeaderValue = HeaderValue::from_static("60");

async fn kept(State(folder): State<Arc<Folder>>, request: Request, next: Next) -> Response {
    if request.method() == Method::POST
        && let Err(problem) = folder.is_there()
    {
        tracing::error!(
            problem,
            "nothing is taken in: bring the folder back, and start `latchkey up` again"
        );
        let text =
            "Latchkey cannot keep anything right now. Nothing was taken in: send it again.\n";
        let mut answer = (StatusCode::SERVICE_UNAVAILABLE, text).into_response();
        answer.headers_mut().insert(header::RETRY_AFTER, COME_AGAIN);
        return answer;
    }
    next.run(request).await
}

#[cfg(test)]
mod tests {
    use axum::{body::Body, routing::post};
    use latchkey_ledger::embedded;
    use tower::ServiceExt;

    use super::*;

    #[tokio::test]
    async fn what_cannot_be_kept_is_not_taken_in() {
        let directory = tempfile::tempdir().unwrap();
        let (ledger, outbox) = (
            directory.path().join(file::LEDGER),
            directory.path().join(file::OUTBOX),
        );
        fs::create_dir(&outbox).unwrap();
        fs::write(&ledger, "").unwrap();
        let folder = Arc::new(Folder::open(directory.path()).unwrap());
        let health = Health {
            ledger: embedded::open(None).await.unwrap(),
            folder: Some(folder),
        };
        let routes = Router::new().route("/hooks/{source}", post(|| async { "taken in" }));
        let routes = watched(routes, health);
        let status = async |method: &str, path: &str| {
            let request = Request::builder().method(method).uri(path);
            let request = request.body(Body::empty()).unwrap();
            let answer = routes.clone().oneshot(request).await.unwrap();
            let again = answer.headers().contains_key(header::RETRY_AFTER);
            (answer.status().as_u16(), again)
        };
        let both = async || {
            let hook = status("POST", "/hooks/generic").await;
            (hook, status("GET", HEALTH).await.0)
        };
        assert_eq!(both().await, ((200, false), 200));
        fs::rename(&outbox, directory.path().join("away")).unwrap();
        assert_eq!(both().await, ((503, true), 503));
        fs::create_dir(&outbox).unwrap();
        assert_eq!(both().await, ((200, false), 200));
        // Another file in the same place is another ledger.
        fs::rename(&ledger, directory.path().join("elsewhere")).unwrap();
        assert_eq!(both().await, ((503, true), 503));
        fs::write(&ledger, "").unwrap();
        assert_eq!(both().await, ((503, true), 503));
    }
}
