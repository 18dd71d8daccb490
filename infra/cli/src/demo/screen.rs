//! What the demo shows while it runs: a bar for each case and each e-mail as it goes out; plain lines where
//! there is no terminal.

use std::{io::IsTerminal, time::Duration};

use indicatif::{MultiProgress, ProgressBar, ProgressStyle};
use jiff::{Timestamp, tz::TimeZone};
use latchkey_embedded::{Sent, Stack};
use latchkey_lifecycle::{CaseId, shown};

use crate::{outcome::Problem, table::instant};

/// So long stands a line before the next one, when somebody watches.
const PACE: Duration = Duration::from_millis(60);

pub(crate) struct Screen {
    quiet: bool,
    bars: Option<MultiProgress>,
    of_cases: Vec<(CaseId, ProgressBar)>,
    zone: TimeZone,
}

impl Screen {
    pub(crate) fn new(quiet: bool) -> Screen {
        let watched = !quiet && std::io::stdout().is_terminal();
        Screen {
            quiet,
            bars: watched.then(MultiProgress::new),
            of_cases: Vec::new(),
            zone: TimeZone::get("Europe/Berlin").unwrap_or(TimeZone::UTC),
        }
    }

    pub(crate) fn say(&self, text: &str) {
        match (&self.bars, self.quiet) {
            (Some(bars), _) => {
                let _ = bars.println(shown::text(text));
            }
            (None, false) => println!("{text}"),
            (None, true) => {}
        }
    }

    pub(crate) fn event(&mut self, at: Timestamp, file: &str, case: &CaseId) {
        let what = file.trim_end_matches(".json").replace('-', " ");
        self.say(&format!(
            "{}  HR confirms: {what} → case {case}",
            instant(at, &self.zone)
        ));
        if let Some(bars) = &self.bars {
            let style =
                ProgressStyle::with_template("{prefix:30!} [{bar:30}] {pos:>2}/{len:<2} {msg}")
                    .unwrap_or_else(|_| ProgressStyle::default_bar());
            let bar = bars.add(ProgressBar::new(0).with_style(style.progress_chars("=> ")));
            bar.set_prefix(case.to_string());
            self.of_cases.push((case.clone(), bar));
        }
    }

    pub(crate) async fn letter(&self, sent: &Sent) {
        self.say(&format!(
            "{}  ✉ {}: {}",
            instant(sent.at, &self.zone),
            sent.letter.team,
            sent.letter.subject
        ));
        if self.bars.is_some() {
            let mut pace = tokio::time::interval(PACE);
            pace.tick().await;
            pace.tick().await;
        }
    }

    pub(crate) async fn cases(&self, stack: &Stack, cases: &[CaseId]) -> Result<(), Problem> {
        if self.bars.is_none() {
            return Ok(());
        }
        for id in cases {
            let Some((_, bar)) = self.of_cases.iter().find(|(case, _)| case == id) else {
                continue;
            };
            let tasks = stack.ledger.tasks(id).await?;
            let ended = tasks
                .iter()
                .filter(|t| t.item.task.state.is_ended())
                .count();
            bar.set_length(u64::try_from(tasks.len()).unwrap_or(0));
            bar.set_position(u64::try_from(ended).unwrap_or(0));
            bar.set_message(instant(stack.clock.now(), &self.zone));
        }
        Ok(())
    }

    pub(crate) fn finish(&self) {
        for (_, bar) in &self.of_cases {
            bar.finish();
        }
        self.say("");
    }
}
