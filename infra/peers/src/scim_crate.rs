//! The crate `scim-server`: a SCIM 2.0 server's inside, in Rust. What puts it behind HTTP is a workspace of its own,
//! beside.

use std::path::{Path, PathBuf};

use tokio::process::Command;

use crate::{PeerError, Process, process::free_port, python::cache_directory};

/// The crate's server, empty at first. It takes whole resources only: there is no PATCH.
#[derive(Debug)]
pub struct ScimCrate {
    token: String,
    process: Process,
}

/// Builds it where that was not done yet; cargo lets one build wait for another.
async fn build() -> Result<PathBuf, PeerError> {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("scim-server");
    let target = cache_directory().join("peers/scim-server");
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let built = Command::new(cargo)
        .args(["build", "--quiet", "--locked", "--target-dir"])
        .arg(&target)
        .current_dir(source)
        .output()
        .await
        .map_err(PeerError::machine("running cargo"))?;
    if !built.status.success() {
        return Err(PeerError::Failed {
            what: "building scim-server".to_owned(),
            output: String::from_utf8_lossy(&built.stderr).into_owned(),
        });
    }
    Ok(target.join("debug/peer-scim-server"))
}

impl ScimCrate {
    /// Starts one.
    ///
    /// # Errors
    /// [`PeerError`] says what is missing on this machine.
    pub async fn start() -> Result<ScimCrate, PeerError> {
        let program = build().await?;
        let port = free_port().map_err(PeerError::machine("looking for a free port"))?;
        let token = format!("peer-token-{port}");
        let log = cache_directory().join(format!("scim-crate-{port}.log"));
        let arguments = [port.to_string(), token.clone()];
        let process = Process::start(&program, &arguments, &[], port, &log).await?;
        Ok(ScimCrate { token, process })
    }

    /// Its port; SCIM's base address is `/v2` there.
    pub fn port(&self) -> u16 {
        self.process.port
    }

    /// The bearer token it accepts.
    pub fn token(&self) -> &str {
        &self.token
    }
}
