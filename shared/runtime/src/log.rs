//! What is logged, as a line for each event. What an event says may come from outside (a file's name, a system's
//! answer), so it is shown as everything from outside is ([`latchkey_lifecycle::shown`]): no line of the log is written
//! by anybody else, and nothing acts on the terminal that shows it.

use std::{
    borrow::Cow,
    io::{self, Write},
};

use latchkey_lifecycle::shown;
use tracing::Subscriber;
use tracing_subscriber::{filter::Targets, fmt, fmt::MakeWriter, prelude::*};

/// What is logged: `RUST_LOG` chooses (`warn`, or `intake=debug,info`), `info` else.
fn log_filter() -> Targets {
    std::env::var("RUST_LOG")
        .ok()
        .and_then(|chosen| chosen.parse().ok())
        .unwrap_or_else(|| Targets::new().with_default(tracing::Level::INFO))
}

/// Lines that people read.
pub fn log_in_words<M>(to: M) -> impl Subscriber + Send + Sync
where
    M: for<'a> MakeWriter<'a> + Send + Sync + 'static,
{
    let to = Shown {
        to,
        rule: shown::line,
    };
    let lines = fmt::layer()
        .with_ansi(false)
        .with_target(false)
        .with_writer(to);
    tracing_subscriber::registry().with(lines.with_filter(log_filter()))
}

/// Lines of JSON, without the time, which CloudWatch Logs has itself.
pub fn log_as_json<M>(to: M) -> impl Subscriber + Send + Sync
where
    M: for<'a> MakeWriter<'a> + Send + Sync + 'static,
{
    let to = Shown {
        to,
        rule: shown::json,
    };
    let lines = fmt::layer().json().with_target(false).without_time();
    tracing_subscriber::registry().with(lines.with_writer(to).with_filter(log_filter()))
}

/// The same with the time (UTC), for whoever keeps the lines as they are.
pub fn log_as_json_with_time<M>(to: M) -> impl Subscriber + Send + Sync
where
    M: for<'a> MakeWriter<'a> + Send + Sync + 'static,
{
    let to = Shown {
        to,
        rule: shown::json,
    };
    let lines = fmt::layer().json().with_target(false);
    tracing_subscriber::registry().with(lines.with_writer(to).with_filter(log_filter()))
}

/// How a text from outside is shown.
type Rule = fn(&str) -> Cow<'_, str>;

/// Somewhere lines go, each as it is shown. An event is written in one piece, and is one line.
struct Shown<T> {
    to: T,
    rule: Rule,
}

impl<'a, M: MakeWriter<'a>> MakeWriter<'a> for Shown<M> {
    type Writer = Shown<M::Writer>;

    fn make_writer(&'a self) -> Self::Writer {
        Shown {
            to: self.to.make_writer(),
            rule: self.rule,
        }
    }
}

impl<W: Write> Write for Shown<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let text = String::from_utf8_lossy(bytes);
        let line = text.strip_suffix('\n').unwrap_or(&text);
        let mut line = (self.rule)(line).into_owned();
        line.push('\n');
        self.to.write_all(line.as_bytes())?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.to.flush()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use tracing::{Dispatch, subscriber::NoSubscriber};

    use super::*;

    /// A title that clears the terminal, turns what follows, and writes a line of its own.
    const TITLE: &str = "Clerk\u{1b}[2J\u{202e}fdp\u{200b}\nINFO all is well";

    #[derive(Clone, Default)]
    struct Terminal(Arc<Mutex<Vec<u8>>>);

    impl Write for Terminal {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    /// What two events come to, each of which says the title in another way.
    fn logged<S>(lines: impl FnOnce(Terminal) -> S) -> Vec<String>
    where
        S: Subscriber + Send + Sync + 'static,
    {
        // Where one listener is alone, `tracing` remembers whether another thread's test listened.
        let _elsewhere = Dispatch::new(NoSubscriber::default());
        let terminal = Terminal::default();
        tracing::subscriber::with_default(lines(terminal.clone()), || {
            tracing::error!(title = TITLE, "a field");
            tracing::error!(title = %TITLE, "of {TITLE}");
        });
        let text = String::from_utf8(terminal.0.lock().unwrap().clone()).unwrap();
        assert!(text.ends_with('\n'), "{text}");
        let unseen = |c: char| c != '\n' && shown::is_unseen(c);
        assert!(!text.contains(unseen), "{}", text.escape_debug());
        text.lines().map(str::to_owned).collect()
    }

    #[test]
    fn what_is_logged_from_outside_is_one_line_and_acts_on_no_terminal() {
        let lines = logged(|to| log_in_words(move || to.clone()));
        assert_eq!(lines.len(), 2, "{lines:?}");
        assert!(lines[1].contains("ERROR of Clerk"), "{lines:?}");
        let told = lines[1].matches("fdp INFO all is well").count();
        assert_eq!(told, 2, "{lines:?}");
    }

    #[test]
    fn json_says_the_same_and_shows_nothing_unseen() {
        let lines = logged(|to| log_as_json(move || to.clone()));
        assert_eq!(lines.len(), 2, "{lines:?}");
        for line in lines {
            let event: serde_json::Value = serde_json::from_str(&line).unwrap();
            assert_eq!(event["fields"]["title"], TITLE, "{line}");
        }
    }
}
