//! aiosmtpd from PyPI: takes mail, and files it.

use std::path::PathBuf;

use crate::{PeerError, Process, Venv, process::free_port, python::cache_directory};

/// Pinned, with what it needs, so that today's run is tomorrow's.
const PACKAGES: &[&str] = &["aiosmtpd==1.4.6", "atpublic==9.0.0", "attrs==26.1.0"];

/// Files what it takes; `nobody@` is refused, `later@` put off, and after a letter to `lost@` it hangs up without a
/// word.
const HANDLER: &str = "\
from aiosmtpd.handlers import Mailbox


class Rules(Mailbox):
    async def handle_RCPT(self, server, session, envelope, address, options):
        name = address.split('@')[0]
        if name == 'nobody':
            return '550 5.1.1 no such user here'
        if name == 'later':
            return '451 4.7.1 greylisted, try again later'
        envelope.rcpt_tos.append(address)
        return '250 OK'

    async def handle_DATA(self, server, session, envelope):
        answer = await super().handle_DATA(server, session, envelope)
        if any(to.startswith('lost@') for to in envelope.rcpt_tos):
            server.transport.abort()
        return answer
";

/// Reads e-mails with the library that Python comes with, and says what is in them, as JSON.
const READER: &str = "\
import email, email.policy, json, pathlib, sys

def read(path):
    message = email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
    parts = [part for part in message.walk() if not part.is_multipart()]
    defects = [str(defect) for part in message.walk() for defect in part.defects]
    return {
        'headers': {name.lower(): str(value) for name, value in message.items()},
        'type': message.get_content_type(),
        'parts': [[part.get_content_type(), part.get_content()] for part in parts],
        'preferred': message.get_body(('html', 'plain')).get_content_type(),
        'defects': defects,
    }

print(json.dumps([read(path) for path in sorted(pathlib.Path(sys.argv[1]).iterdir())]))
";

/// A mail server.
#[derive(Debug)]
pub struct MailServer {
    process: Process,
    python: PathBuf,
    directory: PathBuf,
}

impl Drop for MailServer {
    fn drop(&mut self) {
        // What is left of it does no harm: it lies below `target`.
        let _ = std::fs::remove_dir_all(&self.directory);
    }
}

impl MailServer {
    /// Starts it.
    ///
    /// # Errors
    /// [`PeerError`] says what is missing on this machine.
    pub async fn start() -> Result<MailServer, PeerError> {
        let port = free_port().map_err(PeerError::machine("looking for a free port"))?;
        MailServer::start_at(port).await
    }

    /// Starts it at a port that another one has left.
    ///
    /// # Errors
    /// [`PeerError`] says what is missing on this machine.
    pub async fn start_at(port: u16) -> Result<MailServer, PeerError> {
        let venv = Venv::with("smtp", PACKAGES).await?;
        let directory = cache_directory().join(format!("smtp-{port}"));
        let making = || format!("making {}", directory.display());
        std::fs::create_dir_all(&directory).map_err(PeerError::machine(making()))?;
        std::fs::write(directory.join("rules.py"), HANDLER)
            .map_err(PeerError::machine(making()))?;
        let mailbox = directory.join("mail").display().to_string();
        let address = format!("127.0.0.1:{port}");
        let arguments = ["-n", "-l", &address, "-c", "rules.Rules", &mailbox].map(str::to_owned);
        let environment = [("PYTHONPATH", directory.display().to_string())];
        let log = directory.join("log");
        let program = venv.program("aiosmtpd");
        let process = Process::start(&program, &arguments, &environment, port, &log).await?;
        let python = venv.program("python");
        Ok(MailServer {
            process,
            python,
            directory,
        })
    }

    /// Its port.
    pub fn port(&self) -> u16 {
        self.process.port
    }

    /// What it has taken, as Python's own library reads it: a list in JSON, each with `headers`, `parts` (type and text),
    /// the part that is `preferred`, and `defects`.
    ///
    /// # Errors
    /// What the machine says.
    pub fn read(&self) -> std::io::Result<String> {
        let mut reader = std::process::Command::new(&self.python);
        reader
            .args(["-c", READER])
            .arg(self.directory.join("mail/new"));
        let read = reader.output()?;
        match read.status.success() {
            true => Ok(String::from_utf8_lossy(&read.stdout).into_owned()),
            false => Err(std::io::Error::other(
                String::from_utf8_lossy(&read.stderr).into_owned(),
            )),
        }
    }

    /// What it has taken, as it came.
    ///
    /// # Errors
    /// What the machine says.
    pub fn taken(&self) -> std::io::Result<Vec<String>> {
        let mut all = Vec::new();
        for entry in std::fs::read_dir(self.directory.join("mail/new"))? {
            all.push(std::fs::read_to_string(entry?.path())?);
        }
        all.sort();
        Ok(all)
    }
}
