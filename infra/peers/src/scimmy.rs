//! SCIM by `scimmy` and `scimmy-routers` from npm: libraries that a company builds its own server on, as their README
//! shows.

use std::path::Path;

use crate::{NodeModules, PeerError, Process, process::free_port, python::cache_directory};

/// Pinned. What `express` itself needs is not: it is some sixty packages.
const PACKAGES: [&str; 3] = ["scimmy@1.3.5", "scimmy-routers@1.3.2", "express@5.3.0"];

const SERVER: &str = include_str!("../scimmy/server.mjs");

/// A SCIM server, empty at first.
#[derive(Debug)]
pub struct Scimmy {
    token: String,
    process: Process,
}

impl Scimmy {
    /// One whose lists have pages, and whose store looks at filters.
    ///
    /// # Errors
    /// [`PeerError`] says what is missing on this machine.
    pub async fn start() -> Result<Scimmy, PeerError> {
        Scimmy::with(&[("PAGES", "1".to_owned()), ("FILTERS", "1".to_owned())]).await
    }

    /// One that shows the first 20 of any list, whatever is asked for, and says how many there are: so it is where the
    /// store does not look at filters, since the routers lose what was asked about pages.
    ///
    /// # Errors
    /// [`PeerError`] says what is missing on this machine.
    pub async fn without_pages() -> Result<Scimmy, PeerError> {
        Scimmy::with(&[]).await
    }

    async fn with(habits: &[(&str, String)]) -> Result<Scimmy, PeerError> {
        let modules = NodeModules::with("scimmy", &PACKAGES).await?;
        let program = modules.program("server.mjs", SERVER)?;
        let port = free_port().map_err(PeerError::machine("looking for a free port"))?;
        let token = format!("peer-token-{port}");
        let mut environment = habits.to_vec();
        environment.extend([("PORT", port.to_string()), ("TOKEN", token.clone())]);
        let log = cache_directory().join(format!("scimmy-{port}.log"));
        let arguments = [program.display().to_string()];
        let node = Path::new("node");
        let process = Process::start(node, &arguments, &environment, port, &log).await?;
        Ok(Scimmy { token, process })
    }

    /// Its SCIM base address.
    pub fn base_url(&self) -> String {
        format!("http://127.0.0.1:{}/v2", self.process.port)
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
