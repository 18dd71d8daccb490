//! `prism` from npm: a server from an OpenAPI description, or one that stands before another and looks whether
//! everything that is asked and answered is as described.

use std::path::{Path, PathBuf};

use crate::{NodeModules, PeerError, Process, process::free_port, python::cache_directory};

/// What `prism` itself needs is not pinned: it is some two hundred packages.
const PACKAGES: [&str; 1] = ["@stoplight/prism-cli@5.16.0"];

/// A description at a port. It keeps no state.
#[derive(Debug)]
pub struct Prism {
    process: Process,
    description: PathBuf,
}

impl Drop for Prism {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.description);
    }
}

impl Prism {
    /// Answers what the description (JSON or YAML, OpenAPI 2 or 3) says by its examples. What does not fit it is
    /// refused.
    ///
    /// # Errors
    /// [`PeerError`] says what is missing on this machine.
    pub async fn start(description: &Path) -> Result<Prism, PeerError> {
        Prism::with("mock", description, None).await
    }

    /// Stands before the server at a port of this machine. Where a question or its answer does not fit the description,
    /// it answers with `application/problem+json`, which says why.
    ///
    /// # Errors
    /// [`PeerError`] says what is missing on this machine.
    pub async fn before(server: u16, description: &Path) -> Result<Prism, PeerError> {
        let server = format!("http://127.0.0.1:{server}");
        Prism::with("proxy", description, Some(server)).await
    }

    async fn with(
        mode: &str,
        description: &Path,
        server: Option<String>,
    ) -> Result<Prism, PeerError> {
        let modules = NodeModules::with("prism", &PACKAGES).await?;
        let port = free_port().map_err(PeerError::machine("looking for a free port"))?;
        // Prism watches its file for as long as it runs, and ends when that cannot be found: a copy, so that the caller's
        // may go.
        let ending = description.extension().unwrap_or_default();
        let copy = cache_directory()
            .join(format!("prism-{port}"))
            .with_extension(ending);
        std::fs::copy(description, &copy)
            .map_err(PeerError::machine("copying a description for Prism"))?;
        let program = modules.file("@stoplight/prism-cli/dist/index.js");
        let mut arguments = vec![
            program.display().to_string(),
            mode.to_owned(),
            copy.display().to_string(),
        ];
        arguments.extend(server);
        let further = ["--errors", "--host", "127.0.0.1", "--port"];
        arguments.extend(further.map(str::to_owned));
        arguments.push(port.to_string());
        let log = cache_directory().join(format!("prism-{port}.log"));
        let process = Process::start(Path::new("node"), &arguments, &[], port, &log).await?;
        Ok(Prism {
            process,
            description: copy,
        })
    }

    /// Its port.
    pub fn port(&self) -> u16 {
        self.process.port
    }

    /// What it printed so far: each question, and what did not fit.
    pub fn output(&self) -> String {
        self.process.output()
    }
}
