//! Packages of npm, in a folder of their own for each server.

use std::{
    fs::File,
    path::{Path, PathBuf},
    sync::atomic::{AtomicU32, Ordering},
};

use tokio::process::Command;

use crate::{PeerError, python::cache_directory};

/// Installed packages of pinned versions.
#[derive(Debug, Clone)]
pub struct NodeModules {
    directory: PathBuf,
}

/// Loaded before a server that listens on every interface: it listens on this machine only.
const LOOPBACK: &str = "\
const net = require('node:net');
const listen = net.Server.prototype.listen;
net.Server.prototype.listen = function (first, ...rest) {
  const callback = rest.find((argument) => typeof argument === 'function');
  const options = typeof first === 'object' && first !== null ? first : { port: first };
  return listen.call(this, { ...options, host: '127.0.0.1' }, ...(callback ? [callback] : []));
};
";

impl NodeModules {
    /// The folder `name` with these packages (`name@version` each; with what they need, so that nothing is left open),
    /// made when it is not there yet. Several processes may ask at once: one makes it, the others wait.
    ///
    /// # Errors
    /// [`PeerError`] when npm is not here or a package cannot be had.
    pub async fn with(name: &str, packages: &[&str]) -> Result<NodeModules, PeerError> {
        let parent = cache_directory();
        let directory = parent.join(format!("node-{name}"));
        std::fs::create_dir_all(&parent)
            .map_err(PeerError::machine(format!("making {}", parent.display())))?;
        let complete = directory.join("complete");
        let wanted = format!("{}\n{LOOPBACK}", packages.join("\n"));
        let lock_path = parent.join(format!("node-{name}.lock"));
        let locked = tokio::task::spawn_blocking(move || {
            let lock = File::create(&lock_path)?;
            lock.lock()?;
            Ok::<File, std::io::Error>(lock)
        });
        let _lock = locked
            .await
            .map_err(|e| PeerError::machine("locking")(std::io::Error::other(e)))?
            .map_err(PeerError::machine("locking the folder of npm packages"))?;
        if !std::fs::read_to_string(&complete).is_ok_and(|text| text == wanted) {
            // What is left of an installation that was cut off, or of other versions.
            let _ = std::fs::remove_dir_all(&directory);
            let write = |file: &Path, text: &str| {
                std::fs::write(file, text)
                    .map_err(PeerError::machine(format!("writing {}", file.display())))
            };
            std::fs::create_dir_all(&directory).map_err(PeerError::machine(format!(
                "making {}",
                directory.display()
            )))?;
            write(&directory.join("package.json"), "{\"private\": true}\n")?;
            write(&directory.join("loopback.cjs"), LOOPBACK)?;
            install(&directory, name, packages).await?;
            write(&complete, &wanted)?;
        }
        Ok(NodeModules { directory })
    }

    /// A file of a package.
    pub fn file(&self, path: &str) -> PathBuf {
        self.directory.join("node_modules").join(path)
    }

    /// A program of ours beside the packages, which finds them there.
    ///
    /// # Errors
    /// [`PeerError`] when it cannot be written.
    pub fn program(&self, name: &str, text: &str) -> Result<PathBuf, PeerError> {
        let program = self.directory.join(name);
        // Several processes, and several tests of one, may write it at once: each puts it there as a whole.
        static WRITTEN: AtomicU32 = AtomicU32::new(0);
        let nth = WRITTEN.fetch_add(1, Ordering::Relaxed);
        let own = self
            .directory
            .join(format!("{name}.{}.{nth}", std::process::id()));
        let written = std::fs::write(&own, text).and_then(|()| std::fs::rename(&own, &program));
        written.map_err(PeerError::machine(format!("writing {}", program.display())))?;
        Ok(program)
    }

    /// What Node has to load first, so that a server listens on this machine only.
    pub fn loopback(&self) -> PathBuf {
        self.directory.join("loopback.cjs")
    }
}

async fn install(directory: &Path, name: &str, packages: &[&str]) -> Result<(), PeerError> {
    let output = Command::new("npm")
        .args(["install", "--save-exact", "--ignore-scripts", "--no-audit"])
        .args(["--no-fund", "--no-update-notifier", "--loglevel=error"])
        .args(packages)
        .current_dir(directory)
        .output()
        .await
        .map_err(PeerError::machine(format!(
            "installing {name} with npm (Node 20 or newer is needed)"
        )))?;
    if output.status.success() {
        return Ok(());
    }
    let text = [output.stdout, output.stderr].concat();
    let text = String::from_utf8_lossy(&text);
    let lines: Vec<&str> = text.lines().collect();
    let tail = lines[lines.len().saturating_sub(20)..].join("\n");
    Err(PeerError::Failed {
        what: format!("installing {name}"),
        output: tail,
    })
}
