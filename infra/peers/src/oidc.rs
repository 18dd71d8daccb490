//! A sign-in provider by `oidc-provider` from npm.

use std::path::Path;

use crate::{NodeModules, PeerError, Process, process::free_port, python::cache_directory};

/// Pinned.
const PACKAGES: [&str; 1] = ["oidc-provider@9.13.3"];

const SERVER: &str = include_str!("../oidc/server.mjs");

/// A sign-in provider that lets in whoever was named last.
#[derive(Debug)]
pub struct OidcProvider {
    process: Process,
}

impl OidcProvider {
    /// One with the client `latchkey`, which sends browsers back to this address. `secret`: the client's; without, it is
    /// a public one. `in_token`: whether the token itself tells address and name, or only the endpoint for that.
    ///
    /// # Errors
    /// [`PeerError`] says what is missing on this machine.
    pub async fn start(
        redirect: &str,
        secret: Option<&str>,
        in_token: bool,
    ) -> Result<OidcProvider, PeerError> {
        let modules = NodeModules::with("oidc", &PACKAGES).await?;
        let program = modules.program("server.mjs", SERVER)?;
        let port = free_port().map_err(PeerError::machine("looking for a free port"))?;
        let mut environment = vec![
            ("PORT", port.to_string()),
            ("REDIRECT", redirect.to_owned()),
        ];
        environment.extend(secret.map(|secret| ("SECRET", secret.to_owned())));
        environment.extend(in_token.then(|| ("ID_TOKEN", "1".to_owned())));
        let log = cache_directory().join(format!("oidc-{port}.log"));
        let arguments = [program.display().to_string()];
        let process =
            Process::start(Path::new("node"), &arguments, &environment, port, &log).await?;
        Ok(OidcProvider { process })
    }

    /// What it calls itself.
    pub fn issuer(&self) -> String {
        format!("http://127.0.0.1:{}", self.process.port)
    }

    /// Where it is told `{"account": {…}}`, the claims of whoever comes next, or `{"rotate": true}`: from then on it signs
    /// by another key.
    pub fn control(&self) -> String {
        format!("{}/control", self.issuer())
    }
}
