//! Servers from Debian. Where one is not installed it is unpacked below the build's own folder, which needs no rights
//! and starts no service. The version is the one of the Debian release that this machine has.

use std::{
    fs::File,
    path::{Path, PathBuf},
};

use tokio::process::Command;

use crate::{PeerError, python::cache_directory};

/// Below which folder a program and what belongs to it are: `/` where this machine has it, else where it was unpacked.
/// `is_needed` says which of the packages that it depends on are.
pub(crate) async fn installed(
    name: &str,
    program: &str,
    package: &str,
    is_needed: fn(&str) -> bool,
) -> Result<PathBuf, PeerError> {
    let machine = PathBuf::from("/");
    if machine.join(program).exists() {
        return Ok(machine);
    }
    let _lock = lock(name).await?;
    let root = cache_directory().join(format!("{name}-debian"));
    let complete = root.join("complete");
    if !complete.exists() {
        unpack(&root, package, is_needed).await?;
        std::fs::write(&complete, "").map_err(PeerError::machine(format!(
            "writing {}",
            complete.display()
        )))?;
    }
    Ok(root)
}

/// Several processes may ask at once: one does the work, the others wait.
pub(crate) async fn lock(name: &str) -> Result<File, PeerError> {
    let parent = cache_directory();
    std::fs::create_dir_all(&parent)
        .map_err(PeerError::machine(format!("making {}", parent.display())))?;
    let path = parent.join(format!("{name}.lock"));
    let locked = tokio::task::spawn_blocking(move || {
        let lock = File::create(&path)?;
        lock.lock()?;
        Ok::<File, std::io::Error>(lock)
    });
    locked
        .await
        .map_err(|e| PeerError::machine("locking")(std::io::Error::other(e)))?
        .map_err(PeerError::machine(format!("locking {name}")))
}

/// Fetches a package and what it needs and this machine has not, and unpacks it.
async fn unpack(root: &Path, package: &str, is_needed: fn(&str) -> bool) -> Result<(), PeerError> {
    let making = || PeerError::machine(format!("making {}", root.display()));
    if root.exists() {
        std::fs::remove_dir_all(root).map_err(making())?;
    }
    std::fs::create_dir_all(root).map_err(making())?;
    let what = format!("fetching {package} from Debian (install it, or run apt-get update)");
    let mut asking = Command::new("apt-get");
    asking.args([
        "install",
        "--print-uris",
        "--yes",
        "--no-install-recommends",
        package,
    ]);
    // Each line has an address, a file name, a size and a sum.
    let printed = run(asking, &what).await?;
    let files = printed.lines().filter(|line| line.starts_with('\''));
    let files = files.filter_map(|line| line.split_whitespace().nth(1));
    let packages = files.filter_map(|file| file.split('_').next());
    let packages = packages.filter(|name| *name == package || is_needed(name));
    let mut fetching = Command::new("apt-get");
    fetching.arg("download").args(packages).current_dir(root);
    run(fetching, &what).await?;
    let fetched = std::fs::read_dir(root).map_err(making())?;
    for entry in fetched.flatten() {
        let path = entry.path();
        if path.extension().is_some_and(|extension| extension == "deb") {
            let mut unpacking = Command::new("dpkg");
            unpacking.arg("-x").arg(&path).arg(root);
            run(unpacking, &format!("unpacking {package}")).await?;
        }
    }
    Ok(())
}

/// Libraries that were unpacked with a program, in the folders of every kind of machine, and in these below them.
pub(crate) fn libraries(root: &Path, within: &[&str]) -> String {
    let folders = ["usr/lib", "lib"].map(|folder| std::fs::read_dir(root.join(folder)));
    let folders = folders.into_iter().flatten().flatten().flatten();
    let folders = folders.map(|entry| entry.path());
    let folders = folders.filter(|path| path.to_string_lossy().ends_with("-linux-gnu"));
    let folders = folders.flat_map(|path| within.iter().map(move |below| path.join(below)));
    let folders: Vec<String> = folders.map(|path| path.display().to_string()).collect();
    folders.join(":")
}

/// Runs a program, and what it printed.
pub(crate) async fn run(mut command: Command, what: &str) -> Result<String, PeerError> {
    let output = command.output().await.map_err(PeerError::machine(what))?;
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
    }
    let text = [output.stdout, output.stderr].concat();
    Err(PeerError::Failed {
        what: what.to_owned(),
        output: String::from_utf8_lossy(&text).into_owned(),
    })
}

/// A folder for one server; it goes when this is dropped, and what is left of a test is in the way of nothing.
#[derive(Debug)]
pub(crate) struct Folder(PathBuf);

impl Folder {
    /// Makes one.
    pub(crate) fn new(name: String) -> Result<Folder, PeerError> {
        let path = cache_directory().join(name);
        std::fs::create_dir_all(&path)
            .map_err(PeerError::machine(format!("making {}", path.display())))?;
        Ok(Folder(path))
    }

    pub(crate) fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}
