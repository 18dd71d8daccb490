//! Hearing what is logged while a test runs on this thread.

use std::{
    io::Write,
    sync::{Arc, Mutex},
};

use serde_json::Value;
use tracing::{
    Dispatch,
    subscriber::{DefaultGuard, NoSubscriber},
};
use tracing_subscriber::{Layer, Registry, filter::Targets, fmt, fmt::format::FmtSpan, prelude::*};

/// What was logged so far, a line of JSON for each event.
#[derive(Clone, Default)]
pub(crate) struct Log(Arc<Mutex<Vec<u8>>>);

/// As long as it is there, this thread's log is heard.
pub(crate) struct Listening {
    _here: DefaultGuard,
    _elsewhere: Dispatch,
}

impl Log {
    /// Hears what passes the filter.
    ///
    /// Where one listener is alone, `tracing` asks the thread that comes by a place in the code first, and that thread
    /// may be another test's with nobody listening; so there are always two.
    pub(crate) fn listen(&self, filter: Targets, spans: FmtSpan) -> Listening {
        let writer = self.clone();
        let lines = fmt::layer()
            .json()
            .with_span_events(spans)
            .with_writer(move || writer.clone());
        let subscriber = Registry::default().with(lines.with_filter(filter));
        Listening {
            _elsewhere: Dispatch::new(NoSubscriber::default()),
            _here: tracing::subscriber::set_default(subscriber),
        }
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }

    pub(crate) fn lines(&self) -> Vec<Value> {
        let text = self.text();
        let lines = text.lines();
        lines
            .map(|line| serde_json::from_str(line).unwrap())
            .collect()
    }
}

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}
