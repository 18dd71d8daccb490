//! A server's process.

use std::{
    fs::File,
    net::{Ipv4Addr, TcpListener},
    path::{Path, PathBuf},
    process::Stdio,
    sync::atomic::{AtomicU32, Ordering},
    time::Duration,
};

use tokio::{net::TcpStream, process::Child, process::Command, time::interval};

use crate::PeerError;

/// How often, at most, a server that starts is tried, and the pause in between.
const TRIES: usize = 2400;
const PAUSE: Duration = Duration::from_millis(50);

/// A port that was free a moment ago. It is below those that systems give to listeners that ask for any (from 32768 on
/// in Linux, from 49152 on elsewhere, RFC 6335 section 6), so that no listener of a test gets it before the server
/// does.
///
/// # Errors
/// When this machine has none.
pub fn free_port() -> std::io::Result<u16> {
    const FIRST: u32 = 12_000;
    const MANY: u32 = 20_000;
    // Test programs that run at the same time begin at different places.
    static TRIED: AtomicU32 = AtomicU32::new(0);
    let begin = std::process::id().wrapping_mul(61);
    let mut last = None;
    for _ in 0..MANY {
        let tried = TRIED.fetch_add(1, Ordering::Relaxed);
        let port = FIRST + begin.wrapping_add(tried) % MANY;
        let port = u16::try_from(port).map_err(std::io::Error::other)?;
        match TcpListener::bind((Ipv4Addr::LOCALHOST, port)) {
            Ok(_) => return Ok(port),
            Err(taken) => last = Some(taken),
        }
    }
    Err(last.unwrap_or_else(|| std::io::Error::other("no port is free")))
}

/// A server's process; it stops when this is dropped.
#[derive(Debug)]
pub struct Process {
    child: Child,
    /// The port it listens at.
    pub port: u16,
    log: PathBuf,
}

impl Process {
    /// Starts a server and waits until it takes connections at `port`. What it prints goes to `log`.
    ///
    /// # Errors
    /// [`PeerError`] when it does not start or does not listen.
    pub async fn start(
        program: &Path,
        arguments: &[String],
        environment: &[(&str, String)],
        port: u16,
        log: &Path,
    ) -> Result<Process, PeerError> {
        let what = program
            .file_name()
            .map(|n| n.to_string_lossy().into_owned())
            .unwrap_or_default();
        let file =
            File::create(log).map_err(PeerError::machine(format!("writing {}", log.display())))?;
        let copy = file
            .try_clone()
            .map_err(PeerError::machine("writing a log"))?;
        let child = Command::new(program)
            .args(arguments)
            .envs(environment.iter().map(|(k, v)| (*k, v.as_str())))
            .stdin(Stdio::null())
            .stdout(file)
            .stderr(copy)
            .kill_on_drop(true)
            .spawn()
            .map_err(PeerError::machine(format!("starting {what}")))?;
        let mut process = Process {
            child,
            port,
            log: log.to_owned(),
        };
        let mut pause = interval(PAUSE);
        for _ in 0..TRIES {
            pause.tick().await;
            if TcpStream::connect((Ipv4Addr::LOCALHOST, port))
                .await
                .is_ok()
            {
                return Ok(process);
            }
            if let Ok(Some(_)) = process.child.try_wait() {
                let output = std::fs::read_to_string(log).unwrap_or_default();
                return Err(PeerError::Failed { what, output });
            }
        }
        Err(PeerError::Silent {
            what,
            port,
            log: log.to_owned(),
        })
    }

    /// What it printed so far.
    pub fn output(&self) -> String {
        std::fs::read_to_string(&self.log).unwrap_or_default()
    }
}
