//! A server's process.

use std::{
    fs::File,
    net::{Ipv4Addr, TcpListener},
    path::{Path, PathBuf},
    process::Stdio,
    time::Duration,
};

use tokio::{net::TcpStream, process::Child, process::Command, time::interval};

use crate::PeerError;

/// How often, at most, a server that starts is tried, and the pause in between.
const TRIES: usize = 600;
const PAUSE: Duration = Duration::from_millis(50);

/// A port that was free a moment ago.
///
/// # Errors
/// When this machine has none.
pub fn free_port() -> std::io::Result<u16> {
    Ok(TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?
        .local_addr()?
        .port())
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
