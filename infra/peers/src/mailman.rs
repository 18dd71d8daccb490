//! Mailman from PyPI: the core's REST API alone; nothing delivers mail.

use std::path::PathBuf;

use crate::{PeerError, Process, Venv, process::free_port, python::cache_directory};

/// Pinned, with what it needs, so that today's run is tomorrow's. SQLAlchemy 2.1 refuses queries of Mailman 3.3.10.
const PACKAGES: &str = "\
    mailman==3.3.10 aiosmtpd==1.4.6 alembic==1.20.1 atpublic==9.0.0 attrs==26.1.0 authheaders==0.16.3 \
    authres==1.2.0 certifi==2026.10.19.post1 charset-normalizer==3.5.3 click==8.5.1 dkimpy==1.1.8 \
    dnspython==2.9.2 falcon==4.2.0 flufl.bounce==6.0.0 flufl.i18n==8.0.0 flufl.lock==10.0.0 \
    greenlet==3.5.6 gunicorn==27.0.1 idna==3.20 lazr.config==4.0.0 lazr.delegates==4.0.0 Mako==1.4.3 \
    MarkupSafe==3.0.4 passlib==1.7.4 psutil==7.2.2 publicsuffix2==2.20191221 python-dateutil==4.0.0 \
    requests==2.34.2 SQLAlchemy==2.0.58 typing_extensions==4.16.0 tzdata==2026.6 urllib3==2.8.0 \
    zope.component==7.1 zope.configuration==7.1 zope.event==6.2 zope.hookable==8.4 \
    zope.i18nmessageid==8.4 zope.interface==8.7 zope.schema==8.1";

const USER: &str = "restadmin";
const PASSWORD: &str = "peer-password";

/// What it is told. `{port}` and `{directory}` are put in.
const CONFIGURATION: &str = "
[mailman]
layout: here
site_owner: owner@lists.example

[paths.here]
var_dir: {directory}

[webservice]
hostname: 127.0.0.1
port: {port}
admin_user: {user}
admin_pass: {password}
workers: 1
configuration: {directory}/gunicorn.cfg

[mta]
incoming: mailman.mta.null.NullMTA
";

/// A worker looks every half of this, in seconds, whether who started it is still there, and ends when it is not. What
/// comes with Mailman is six minutes.
const WORKER: &str = "[gunicorn]\ntimeout = 10\n";

/// Mailman without lists at first.
#[derive(Debug)]
pub struct Mailman {
    process: Process,
    directory: PathBuf,
}

impl Drop for Mailman {
    fn drop(&mut self) {
        // What is left of it does no harm: it lies below `target`.
        let _ = std::fs::remove_dir_all(&self.directory);
    }
}

impl Mailman {
    /// Starts its REST API.
    ///
    /// # Errors
    /// [`PeerError`] says what is missing on this machine.
    pub async fn start() -> Result<Mailman, PeerError> {
        let packages: Vec<&str> = PACKAGES.split_whitespace().collect();
        let venv = Venv::with("mailman", &packages).await?;
        let port = free_port().map_err(PeerError::machine("looking for a free port"))?;
        let directory = cache_directory().join(format!("mailman-{port}"));
        std::fs::create_dir_all(&directory).map_err(PeerError::machine(format!(
            "making {}",
            directory.display()
        )))?;
        let file = directory.join("mailman.cfg");
        let configuration = CONFIGURATION
            .replace("{port}", &port.to_string())
            .replace("{directory}", &directory.display().to_string())
            .replace("{user}", USER)
            .replace("{password}", PASSWORD);
        std::fs::write(&file, configuration)
            .map_err(PeerError::machine(format!("writing {}", file.display())))?;
        let worker = directory.join("gunicorn.cfg");
        std::fs::write(&worker, WORKER)
            .map_err(PeerError::machine(format!("writing {}", worker.display())))?;
        let file = file.display().to_string();
        let arguments = ["-C", &file, "-r", "rest:0:1"].map(str::to_owned);
        let log = directory.join("log");
        let program = venv.program("runner");
        let process = Process::start(&program, &arguments, &[], port, &log).await?;
        Ok(Mailman { process, directory })
    }

    /// Its port. Its API is below `/3.1`.
    pub fn port(&self) -> u16 {
        self.process.port
    }

    /// The user and the password that it accepts.
    pub fn credentials(&self) -> (&'static str, &'static str) {
        (USER, PASSWORD)
    }
}
