//! `scim2-server` from PyPI: a SCIM 2.0 server on the reference models of its authors.

use crate::{PeerError, Process, Venv, process::free_port, python::cache_directory};

/// Pinned, with what it needs, so that today's run is tomorrow's.
const PACKAGES: [&str; 11] = [
    "scim2-server==0.8.3",
    "scim2-models==0.12.3",
    "annotated-types==0.8.0",
    "dnspython==2.9.2",
    "email-validator==2.4.0",
    "idna==3.20",
    "lark==1.3.1",
    "pydantic==2.14.3",
    "pydantic_core==2.50.4",
    "typing-inspection==0.4.5",
    "typing_extensions==4.16.0",
];

/// A SCIM server, empty at first.
#[derive(Debug)]
pub struct ScimServer {
    base_url: String,
    token: String,
    process: Process,
}

impl ScimServer {
    /// Starts one.
    ///
    /// # Errors
    /// [`PeerError`] says what is missing on this machine.
    pub async fn start() -> Result<ScimServer, PeerError> {
        let venv = Venv::with("scim2-server", &PACKAGES).await?;
        let port = free_port().map_err(PeerError::machine("looking for a free port"))?;
        let token = format!("peer-token-{port}");
        let arguments = [
            "--port".to_owned(),
            port.to_string(),
            "--bearer-token".to_owned(),
            token.clone(),
        ];
        let log = cache_directory().join(format!("scim2-server-{port}.log"));
        let program = venv.program("scim2-server");
        let process = Process::start(&program, &arguments, &[], port, &log).await?;
        Ok(ScimServer {
            base_url: format!("http://127.0.0.1:{port}/v2"),
            token,
            process,
        })
    }

    /// Its SCIM base address.
    pub fn base_url(&self) -> &str {
        &self.base_url
    }

    /// Its port.
    pub fn port(&self) -> u16 {
        self.process.port
    }

    /// The bearer token it accepts.
    pub fn token(&self) -> &str {
        &self.token
    }
}
