//! Mail on one machine: every letter as an .eml file in the outbox, and by SMTP when that is configured.

use std::{
    path::{Path, PathBuf},
    sync::{Mutex, PoisonError},
};

use async_trait::async_trait;
use jiff::Timestamp;
use latchkey_checks::Outside;
use latchkey_ledger::OneTried;
use latchkey_lifecycle::Letter;
use latchkey_runtime::{Clock, Envelope, Mail, MailError, NotTaken, headers};
use lettre::{
    AsyncSmtpTransport, AsyncTransport, Message, Tokio1Executor,
    message::{
        Body, Mailbox, MultiPart, SinglePart,
        header::{ContentTransferEncoding, ContentType, HeaderName, HeaderValue},
    },
};
use tokio::sync::mpsc;

use crate::private;

/// A letter that went out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sent {
    /// When (UTC).
    pub at: Timestamp,
    /// The e-mail that brought it, by its id: what a team is asked at one instant comes in one.
    pub email: String,
    /// The letter.
    pub letter: Letter,
}

/// Where letters go on one machine.
pub struct Outbox {
    directory: Option<PathBuf>,
    smtp: Option<AsyncSmtpTransport<Tokio1Executor>>,
    from: Mailbox,
    clock: std::sync::Arc<dyn Clock>,
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
        if let Some(path) = directory {
            let unusable = |problem| OutboxError::Directory {
                path: path.to_owned(),
                problem,
            };
            private::folder(path).map_err(unusable)?;
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

    /// What cannot be used of it now: tried at a start, so that whoever started it hears of it before the first letter.
    pub async fn problems(&self) -> Vec<String> {
        let mut problems = Vec::new();
        if let (Some(directory), Err(problem)) = (&self.directory, self.takes_files()) {
            problems.push(format!(
                "nothing can be written to {}: {problem}",
                directory.display()
            ));
        }
        if let Err(problem) = self.server_answers().await {
            problems.push(format!("the mail server: {problem}"));
        }
        problems
    }

    /// Whether a mail server gets the letters, too.
    pub(crate) fn has_server(&self) -> bool {
        self.smtp.is_some()
    }

    fn takes_files(&self) -> std::io::Result<()> {
        let Some(directory) = &self.directory else {
            return Ok(());
        };
        let probe = directory.join(".probe");
        private::write(&probe, "").and_then(|()| std::fs::remove_file(&probe))
    }

    async fn server_answers(&self) -> Result<(), String> {
        let Some(smtp) = &self.smtp else {
            return Ok(());
        };
        match smtp.test_connection().await {
            Ok(true) => Ok(()),
            Ok(false) => Err("it does not answer as one".to_owned()),
            Err(problem) => Err(in_full(&problem)),
        }
    }

    /// An e-mail as it goes out: by the same id each time that it is tried.
    fn message(&self, envelope: &Envelope, form: Form) -> Result<Message, MailError> {
        let problem = |problem: String| MailError {
            team: envelope.team.clone(),
            problem,
            why: NotTaken::Refused,
        };
        let to: Mailbox = envelope
            .to
            .parse()
            .map_err(|e| problem(format!("`{}` is not an e-mail address: {e}", envelope.to)))?;
        let id = format!("<{}@{}>", envelope.id, self.from.email.domain());
        let mut builder = Message::builder()
            .from(self.from.clone())
            .to(to)
            .date(envelope.written_at.into())
            .message_id(Some(id))
            .subject(&envelope.subject);
        for (name, value) in headers(envelope) {
            let name = HeaderName::new_from_ascii_str(name);
            builder = builder.raw_header(HeaderValue::new(name, (*value).to_owned()));
        }
        let text = part(ContentType::TEXT_PLAIN, &envelope.text, form);
        let message = match &envelope.html {
            None => builder.singlepart(text),
            Some(html) => {
                let html = part(ContentType::TEXT_HTML, html, form);
                // Its own each time would make another e-mail of the same one.
                let boundary = format!("latchkey-{}", envelope.id);
                let both = MultiPart::alternative().boundary(boundary);
                builder.multipart(both.singlepart(text).singlepart(html))
            }
        };
        message.map_err(|e| problem(e.to_string()))
    }

    /// Writes an e-mail into the directory: whole, or not at all.
    fn keep(&self, directory: &Path, envelope: &Envelope) -> Result<(), MailError> {
        let message = self.message(envelope, Form::Readable)?;
        let path = directory.join(file_name(envelope));
        // Its name has the subject in it, and the problem comes to be read on pages.
        private::write_whole(&path, message.formatted()).map_err(|e| MailError {
            team: envelope.team.clone(),
            problem: format!("it cannot be written into the outbox: {e}"),
            why: NotTaken::Down,
        })
    }
}

/// How the text of an e-mail stands in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    /// As it is, so that a link can be copied out of the file.
    Readable,
    /// Encoded as far as some server may need it.
    ForAnyServer,
}

fn part(kind: ContentType, text: &str, form: Form) -> SinglePart {
    let readable = match form {
        Form::Readable => as_it_is(text),
        Form::ForAnyServer => None,
    };
    let part = SinglePart::builder().header(kind);
    match readable {
        Some(body) => part.body(body),
        None => part.body(text.to_owned()),
    }
}

/// The longest line that an e-mail may have, without its end.
/// Source: RFC 5322, section 2.1.1.
const LONGEST_LINE: usize = 998;

/// A text as the body of an e-mail with its lines as they are; `None` when one is too long for that. lettre would break
/// every line of more than 76 characters, and links with it.
fn as_it_is(text: &str) -> Option<Body> {
    let fits = |line: &str| line.len() <= LONGEST_LINE && !line.contains(['\0', '\r']);
    let lines: Vec<&str> = text.lines().collect();
    lines.iter().all(|line| fits(line)).then(|| {
        let text = format!("{}\r\n", lines.join("\r\n"));
        Body::dangerous_pre_encoded(text.into_bytes(), ContentTransferEncoding::EightBit)
    })
}

/// An error with its causes: the first alone says "network error".
fn in_full(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        let cause_text = cause.to_string();
        if !text.contains(&cause_text) {
            text.push_str(": ");
            text.push_str(&cause_text);
        }
        source = cause.source();
    }
    text
}

/// What follows from an answer of a mail server. Replies about the mailbox are about this letter; what is about signing
/// in or the server itself is about all of them.
/// Source: RFC 5321, sections 4.2.3 and 4.2.4; RFC 4954, section 6 (530, 534, 535, 454).
fn not_taken(code: Option<u16>) -> NotTaken {
    match code {
        Some(550..=553 | 555 | 556) => NotTaken::Refused,
        Some(450..=452 | 455 | 554) => NotTaken::Later,
        _ => NotTaken::Down,
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

/// `20261129T044643Z-it-reminder-laptop-3fa9c1d2.eml`: sorted by time, readable in a directory listing, of its own for
/// each e-mail.
fn file_name(envelope: &Envelope) -> String {
    let words = format!("{}-{}", envelope.team, envelope.subject).to_lowercase();
    let mut slug = String::new();
    for c in words.chars() {
        if c.is_ascii_alphanumeric() {
            slug.push(c);
        } else if !slug.ends_with('-') {
            slug.push('-');
        }
    }
    let slug: String = slug.chars().take(60).collect();
    let id: String = envelope.id.chars().take(8).collect();
    let at = envelope.written_at.strftime("%Y%m%dT%H%M%SZ");
    format!("{at}-{}-{id}.eml", slug.trim_matches('-'))
}

/// For pages, so without where the outbox is.
#[async_trait]
impl Outside for Outbox {
    async fn try_it(&self) -> Vec<OneTried> {
        let mut things = vec![OneTried {
            what: "write letters into the outbox".to_owned(),
            problem: self
                .takes_files()
                .err()
                .map(|problem| format!("Nothing can be written: {problem}.")),
        }];
        if self.has_server() {
            things.push(OneTried {
                what: "sign in to the mail server".to_owned(),
                problem: self
                    .server_answers()
                    .await
                    .err()
                    .map(|problem| format!("It says: {problem}.")),
            });
        }
        things
    }
}

#[async_trait]
impl Mail for Outbox {
    async fn send(&self, envelope: &Envelope) -> Result<(), MailError> {
        let message = self.message(envelope, Form::ForAnyServer)?;
        if let Some(directory) = &self.directory {
            self.keep(directory, envelope)?;
        }
        if let Some(smtp) = &self.smtp {
            smtp.send(message).await.map_err(|e| MailError {
                team: envelope.team.clone(),
                problem: in_full(&e),
                why: not_taken(e.status().map(u16::from)),
            })?;
        }
        let mut listeners = self
            .listeners
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        for letter in &envelope.letters {
            let sent = Sent {
                at: self.clock.now(),
                email: envelope.id.clone(),
                letter: letter.clone(),
            };
            listeners.retain(|listener| listener.send(sent.clone()).is_ok());
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use latchkey_runtime::WallClock;

    fn envelope(id: &str, to: &str, subject: &str) -> Envelope {
        let letter = Letter::new("it", to, subject, "Hello IT,\nplease do this – today.\n");
        Envelope {
            id: id.to_owned(),
            team: letter.team.clone(),
            to: letter.to.clone(),
            subject: letter.subject.clone(),
            text: letter.text.clone(),
            html: None,
            urgent: false,
            written_at: "2026-11-29T04:46:43Z".parse().unwrap(),
            letters: vec![letter],
        }
    }

    fn outbox(directory: &Path) -> Outbox {
        let from = "Latchkey <latchkey@acme.example>";
        Outbox::open(Some(directory), None, from, std::sync::Arc::new(WallClock)).unwrap()
    }

    #[tokio::test]
    async fn a_letter_becomes_a_readable_file_of_its_own() {
        let directory = tempfile::tempdir().unwrap();
        let outbox = outbox(directory.path());
        let mut heard = outbox.listen();
        let first = envelope("3fa9c1d2e4", "it@acme.example", "Reminder: Laptop – Zoë");
        outbox.send(&first).await.unwrap();
        assert_eq!(heard.recv().await.unwrap().letter, first.letters[0]);
        let name = "20261129T044643Z-it-reminder-laptop-zo-3fa9c1d2.eml";
        let read = || std::fs::read_to_string(directory.path().join(name)).unwrap();
        let text = read();
        assert!(text.contains("To: it@acme.example\r\n"), "{text}");
        assert!(
            text.contains("Message-ID: <3fa9c1d2e4@acme.example>\r\n"),
            "{text}"
        );
        assert!(text.contains("please do this – today."), "{text}");
        // Of the same second and words, and once more of the first.
        let other = envelope("77aac1d2e4", "it@acme.example", "Reminder: Laptop – Zoë");
        outbox.send(&other).await.unwrap();
        outbox.send(&first).await.unwrap();
        let files = std::fs::read_dir(directory.path()).unwrap().count();
        assert_eq!((files, read()), (2, text));
    }

    #[tokio::test]
    async fn a_letter_with_html_has_both_and_reads_as_a_file_too() {
        let directory = tempfile::tempdir().unwrap();
        let outbox = outbox(directory.path());
        let mut letter = envelope("3fa9c1d2e4", "it@acme.example", "Laptop");
        letter.html = Some("<p>please do this – today.</p>".to_owned());
        letter.urgent = true;
        outbox.send(&letter).await.unwrap();
        let mut files = std::fs::read_dir(directory.path()).unwrap().flatten();
        let text = std::fs::read_to_string(files.next().unwrap().path()).unwrap();
        let in_order = [
            "Importance: high\r\n",
            "X-Priority: 1\r\n",
            "Content-Type: multipart/alternative;",
            "Content-Type: text/plain; charset=utf-8\r\n",
            "\r\nplease do this – today.\r\n",
            "Content-Type: text/html; charset=utf-8\r\n",
            "\r\n<p>please do this – today.</p>\r\n",
        ];
        let mut rest = text.as_str();
        for part in in_order {
            let (_, after) = rest
                .split_once(part)
                .unwrap_or_else(|| panic!("{part}: {text}"));
            rest = after;
        }
    }

    #[tokio::test]
    async fn a_link_in_a_file_of_the_outbox_is_whole() {
        let directory = tempfile::tempdir().unwrap();
        let outbox = outbox(directory.path());
        let link = format!(
            "https://latchkey.acme.example/tasks/{}?a=b",
            "0123456789".repeat(40)
        );
        let mut letter = envelope("3fa9c1d2e4", "it@acme.example", "Laptop");
        letter.text = format!("Dear Zoë,\n\n{link}\n");
        outbox.send(&letter).await.unwrap();
        let mut files = std::fs::read_dir(directory.path()).unwrap().flatten();
        let text = std::fs::read_to_string(files.next().unwrap().path()).unwrap();
        assert!(text.contains(&format!("\r\n{link}\r\n")), "{text}");
        // A line that no e-mail may have is encoded all the same.
        assert!(as_it_is(&"x".repeat(999)).is_none() && as_it_is("a\rb").is_none());
    }

    #[tokio::test]
    async fn an_address_that_is_none_is_refused_and_a_folder_that_is_gone_is_not() {
        let directory = tempfile::tempdir().unwrap();
        let outbox = outbox(directory.path());
        assert_eq!(outbox.problems().await, Vec::<String>::new());
        let nobody = outbox
            .send(&envelope("1", "nobody", "Laptop"))
            .await
            .unwrap_err();
        assert_eq!(nobody.why, NotTaken::Refused);
        assert!(nobody.to_string().contains("nobody"), "{nobody}");
        directory.close().unwrap();
        let gone = outbox
            .send(&envelope("1", "it@acme.example", "Laptop"))
            .await
            .unwrap_err();
        assert_eq!(gone.why, NotTaken::Down);
        assert_eq!(outbox.problems().await.len(), 1);
    }

    #[test]
    fn what_is_about_signing_in_is_about_all_letters() {
        let why = |code| not_taken(Some(code));
        assert_eq!(why(550), NotTaken::Refused);
        assert_eq!(why(451), NotTaken::Later);
        assert_eq!([535, 530, 421, 454].map(why), [NotTaken::Down; 4]);
        assert_eq!(not_taken(None), NotTaken::Down);
    }
}
