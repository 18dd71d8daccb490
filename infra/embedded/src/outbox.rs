//! Mail on one machine: every letter as an .eml file in the outbox, and by SMTP when that is configured.

use std::{
    path::{Path, PathBuf},
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
};

use async_trait::async_trait;
use jiff::Timestamp;
use latchkey_runtime::{Clock, Letter, Mail, MailError};
use lettre::{
    AsyncSmtpTransport, AsyncTransport, Message, Tokio1Executor,
    message::{Mailbox, header::ContentType},
};
use tokio::sync::mpsc;

use crate::private;

/// A letter that went out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sent {
    /// When (UTC).
    pub at: Timestamp,
    /// The letter.
    pub letter: Letter,
}

/// Where letters go on one machine.
pub struct Outbox {
    directory: Option<PathBuf>,
    smtp: Option<AsyncSmtpTransport<Tokio1Executor>>,
    from: Mailbox,
    clock: std::sync::Arc<dyn Clock>,
    count: AtomicUsize,
    listeners: Mutex<Vec<mpsc::UnboundedSender<Sent>>>,
}

impl std::fmt::Debug for Outbox {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Outbox")
            .field("directory", &self.directory)
            .finish_non_exhaustive()
    }
}

/// The outbox cannot be used as it is configured.
#[derive(Debug, thiserror::Error)]
pub enum OutboxError {
    /// The directory cannot be made or read.
    #[error("the outbox {path} cannot be used: {problem}")]
    Directory {
        /// Which directory.
        path: PathBuf,
        /// What the machine says.
        problem: std::io::Error,
    },
    /// The SMTP address is not one.
    #[error(
        "`{url}` is not an SMTP address such as smtps://user:password@mail.example:465: {problem}"
    )]
    Smtp {
        /// The address without its password.
        url: String,
        /// What does not fit.
        problem: String,
    },
    /// The sender's address is not one.
    #[error("`{address}` is not an e-mail address to send from: {problem}")]
    From {
        /// The address.
        address: String,
        /// What does not fit.
        problem: String,
    },
}

impl Outbox {
    /// An outbox in a directory (in memory without one), sending by SMTP too when there is an address.
    ///
    /// # Errors
    /// [`OutboxError`] names what cannot be used.
    pub fn open(
        directory: Option<&Path>,
        smtp: Option<&str>,
        from: &str,
        clock: std::sync::Arc<dyn Clock>,
    ) -> Result<Outbox, OutboxError> {
        let mut count = 0;
        if let Some(path) = directory {
            let unusable = |problem| OutboxError::Directory {
                path: path.to_owned(),
                problem,
            };
            private::folder(path).map_err(unusable)?;
            count = std::fs::read_dir(path).map_err(unusable)?.count();
        }
        let smtp = smtp.map(transport).transpose()?;
        let from = from
            .parse()
            .map_err(|e: lettre::address::AddressError| OutboxError::From {
                address: from.to_owned(),
                problem: e.to_string(),
            })?;
        Ok(Outbox {
            directory: directory.map(Path::to_owned),
            smtp,
            from,
            clock,
            count: AtomicUsize::new(count),
            listeners: Mutex::default(),
        })
    }

    /// Every letter from now on, as it goes out.
    pub fn listen(&self) -> mpsc::UnboundedReceiver<Sent> {
        let (sender, receiver) = mpsc::unbounded_channel();
        self.listeners
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(sender);
        receiver
    }

    fn message(&self, letter: &Letter, at: Timestamp) -> Result<Message, MailError> {
        let problem = |problem: String| MailError {
            team: letter.team.clone(),
            problem,
            refused: true,
        };
        let to: Mailbox = letter
            .to
            .parse()
            .map_err(|e| problem(format!("`{}` is not an e-mail address: {e}", letter.to)))?;
        Message::builder()
            .from(self.from.clone())
            .to(to)
            .date(at.into())
            .subject(&letter.subject)
            .header(ContentType::TEXT_PLAIN)
            .body(letter.text.clone())
            .map_err(|e| problem(e.to_string()))
    }
}

fn transport(url: &str) -> Result<AsyncSmtpTransport<Tokio1Executor>, OutboxError> {
    let shown = match url.rsplit_once('@') {
        Some((_, host)) => format!("…@{host}"),
        None => url.to_owned(),
    };
    AsyncSmtpTransport::<Tokio1Executor>::from_url(url)
        .map(|builder| builder.build())
        .map_err(|e| OutboxError::Smtp {
            url: shown,
            problem: e.to_string(),
        })
}

/// `0007-it-reminder-laptop.eml`: sorted by time, readable in a directory listing.
fn file_name(number: usize, letter: &Letter) -> String {
    let words = format!("{}-{}", letter.team, letter.subject).to_lowercase();
    let mut slug = String::new();
    for c in words.chars() {
        if c.is_ascii_alphanumeric() {
            slug.push(c);
        } else if !slug.ends_with('-') {
            slug.push('-');
        }
    }
    let slug: String = slug.chars().take(60).collect();
    format!("{number:05}-{}.eml", slug.trim_matches('-'))
}

#[async_trait]
impl Mail for Outbox {
    async fn send(&self, letter: &Letter) -> Result<(), MailError> {
        let at = self.clock.now();
        let message = self.message(letter, at)?;
        if let Some(directory) = &self.directory {
            let number = self.count.fetch_add(1, Ordering::Relaxed) + 1;
            let path = directory.join(file_name(number, letter));
            private::write(&path, message.formatted()).map_err(|e| MailError {
                team: letter.team.clone(),
                problem: format!("{}: {e}", path.display()),
                refused: false,
            })?;
        }
        if let Some(smtp) = &self.smtp {
            smtp.send(message).await.map_err(|e| MailError {
                team: letter.team.clone(),
                problem: e.to_string(),
                refused: e.is_permanent(),
            })?;
        }
        let sent = Sent {
            at,
            letter: letter.clone(),
        };
        let mut listeners = self
            .listeners
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        listeners.retain(|listener| listener.send(sent.clone()).is_ok());
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use latchkey_runtime::WallClock;

    #[tokio::test]
    async fn a_letter_becomes_a_readable_file() {
        let directory = tempfile::tempdir().unwrap();
        let outbox = Outbox::open(
            Some(directory.path()),
            None,
            "Latchkey <latchkey@acme.example>",
            std::sync::Arc::new(WallClock),
        )
        .unwrap();
        let letter = Letter::new(
            "it",
            "it@acme.example",
            "Reminder: Laptop – Zoë",
            "Hello IT,\nplease do this.\n",
        );
        let mut heard = outbox.listen();
        outbox.send(&letter).await.unwrap();
        assert_eq!(heard.recv().await.unwrap().letter, letter);
        let file = directory.path().join("00001-it-reminder-laptop-zo.eml");
        let text = std::fs::read_to_string(file).unwrap();
        assert!(text.contains("To: it@acme.example\r\n"), "{text}");
        assert!(text.contains("please do this."), "{text}");
        let nobody = Letter::new("it", "nobody", letter.subject, letter.text);
        assert!(
            outbox
                .send(&nobody)
                .await
                .unwrap_err()
                .to_string()
                .contains("nobody")
        );
    }
}
