//! `moto` from PyPI: AWS as it is emulated in Python, here for IAM Identity Center and its Identity Store.

use crate::{PeerError, Process, Venv, process::free_port, python::cache_directory};

/// The Python with moto in it, one for all who need it: it takes a minute to make.
///
/// # Errors
/// [`PeerError`] says what is missing on this machine.
pub async fn moto() -> Result<Venv, PeerError> {
    Venv::with("moto", &["moto[server,stepfunctions,sns,awslambda]==5.2.5"]).await
}

/// AWS as moto emulates it, empty at first but for one instance of IAM Identity Center in each region.
#[derive(Debug)]
pub struct Moto {
    process: Process,
}

impl Moto {
    /// Starts it.
    ///
    /// # Errors
    /// [`PeerError`] says what is missing on this machine.
    pub async fn start() -> Result<Moto, PeerError> {
        let venv = moto().await?;
        let port = free_port().map_err(PeerError::machine("looking for a free port"))?;
        let log = cache_directory().join(format!("moto-identity-{port}.log"));
        let arguments = ["-H", "127.0.0.1", "-p", &port.to_string()].map(str::to_owned);
        let program = venv.program("moto_server");
        let process = Process::start(&program, &arguments, &[], port, &log).await?;
        Ok(Moto { process })
    }

    /// The port at which all of its services listen.
    pub fn port(&self) -> u16 {
        self.process.port
    }
}
