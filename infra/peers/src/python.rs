//! A Python environment of its own for each server.

use std::{
    fs::File,
    path::{Path, PathBuf},
};

use tokio::process::Command;

use crate::PeerError;

/// A Python environment with pinned packages.
#[derive(Debug, Clone)]
pub struct Venv {
    directory: PathBuf,
}

/// Where environments are made: `target` of the checkout that this program was built in, else the user's cache.
pub fn cache_directory() -> PathBuf {
    let built_in = std::env::current_exe().ok().and_then(|exe| {
        exe.ancestors()
            .find(|a| a.file_name().is_some_and(|n| n == "target"))
            .map(Path::to_owned)
    });
    let cache = || {
        let home = std::env::var_os("XDG_CACHE_HOME").map(PathBuf::from);
        let home = home.or_else(|| Some(PathBuf::from(std::env::var_os("HOME")?).join(".cache")));
        home.unwrap_or_else(std::env::temp_dir).join("latchkey")
    };
    built_in.unwrap_or_else(cache)
}

impl Venv {
    /// The environment `name` with these packages (`name==version` each), made when it is not there yet. Several
    /// processes may ask at once: one makes it, the others wait.
    ///
    /// # Errors
    /// [`PeerError::Failed`] when Python 3.11 or newer with `venv` is not here or a package cannot be had.
    pub async fn with(name: &str, packages: &[&str]) -> Result<Venv, PeerError> {
        let parent = cache_directory();
        std::fs::create_dir_all(&parent)
            .map_err(PeerError::machine(format!("making {}", parent.display())))?;
        let directory = parent.join(format!("venv-{name}"));
        let complete = directory.join("complete");
        let wanted = packages.join("\n");
        let made = |path: &Path| std::fs::read_to_string(path).is_ok_and(|text| text == wanted);
        let lock_path = parent.join(format!("venv-{name}.lock"));
        let locked = tokio::task::spawn_blocking(move || {
            let lock = File::create(&lock_path)?;
            lock.lock()?;
            Ok::<File, std::io::Error>(lock)
        });
        let _lock = locked
            .await
            .map_err(|e| PeerError::machine("locking")(std::io::Error::other(e)))?
            .map_err(PeerError::machine("locking the Python environment"))?;
        if !made(&complete) {
            let at = directory.display().to_string();
            run(
                "python3",
                &["-m", "venv", "--clear", &at],
                "making a Python environment",
            )
            .await?;
            let python = directory.join("bin/python").display().to_string();
            let mut install = vec![
                "-m",
                "pip",
                "install",
                "--quiet",
                "--disable-pip-version-check",
                // Most of what comes along is never imported.
                "--no-compile",
            ];
            install.extend(packages);
            run(&python, &install, &format!("installing {name}")).await?;
            std::fs::write(&complete, wanted).map_err(PeerError::machine(format!(
                "writing {}",
                complete.display()
            )))?;
        }
        Ok(Venv { directory })
    }

    /// A program of the environment.
    pub fn program(&self, name: &str) -> PathBuf {
        self.directory.join("bin").join(name)
    }
}

async fn run(program: &str, arguments: &[&str], what: &str) -> Result<(), PeerError> {
    let output = Command::new(program)
        .args(arguments)
        .output()
        .await
        .map_err(PeerError::machine(format!(
            "{what} with {program} (Python 3.11 or newer is needed)"
        )))?;
    if output.status.success() {
        return Ok(());
    }
    let text = [output.stdout, output.stderr].concat();
    let text = String::from_utf8_lossy(&text);
    let lines: Vec<&str> = text.lines().collect();
    let tail = lines[lines.len().saturating_sub(20)..].join("\n");
    Err(PeerError::Failed {
        what: what.to_owned(),
        output: tail,
    })
}
