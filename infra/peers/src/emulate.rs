//! `emulate` from npm: the APIs of several vendors, on their happy paths.

use std::path::{Path, PathBuf};

use crate::{NodeModules, PeerError, Process, process::free_port, python::cache_directory};

/// Pinned, with what it needs, so that today's run is tomorrow's. Later versions are another library of the same name.
const PACKAGES: [&str; 4] = [
    "emulate@0.9.0",
    "commander@14.0.3",
    "picocolors@1.1.1",
    "yaml@2.9.1",
];

/// One vendor's API.
#[derive(Debug)]
pub struct Emulate {
    process: Process,
    seed: PathBuf,
}

impl Drop for Emulate {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.seed);
    }
}

impl Emulate {
    /// Starts a service, e.g. `okta`, `github` or `slack`, with what the seed says is there at first (YAML, as `emulate
    /// init` writes it: a map `tokens`, and one of the service's name).
    ///
    /// # Errors
    /// [`PeerError`] says what is missing on this machine.
    pub async fn start(service: &str, seed: &str) -> Result<Emulate, PeerError> {
        let modules = NodeModules::with("emulate", &PACKAGES).await?;
        let port = free_port().map_err(PeerError::machine("looking for a free port"))?;
        let path = cache_directory().join(format!("emulate-{service}-{port}.yaml"));
        std::fs::write(&path, seed)
            .map_err(PeerError::machine(format!("writing {}", path.display())))?;
        let text = |path: &Path| path.display().to_string();
        let arguments = [
            "--require".to_owned(),
            text(&modules.loopback()),
            text(&modules.file("emulate/dist/index.js")),
            "start".to_owned(),
            "--service".to_owned(),
            service.to_owned(),
            "--port".to_owned(),
            port.to_string(),
            "--seed".to_owned(),
            text(&path),
        ];
        let log = cache_directory().join(format!("emulate-{service}-{port}.log"));
        let process = Process::start(Path::new("node"), &arguments, &[], port, &log).await?;
        Ok(Emulate {
            process,
            seed: path,
        })
    }

    /// Its port.
    pub fn port(&self) -> u16 {
        self.process.port
    }
}
