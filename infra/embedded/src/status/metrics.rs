//! Figures in Prometheus' text form.
//! Source: <https://prometheus.io/docs/instrumenting/exposition_formats/>, text-based format 0.0.4.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::Status;
use crate::vitals::Count;

/// What the text says it is.
pub(super) const FORM: &str = "text/plain; version=0.0.4; charset=utf-8";

/// A text under way.
#[derive(Default)]
struct Text(String);

/// Names and values of labels.
type Labels<'a> = &'a [(&'a str, &'a str)];

impl Text {
    /// Begins a figure: each has one help, one kind, and all its values together.
    fn figure(&mut self, name: &str, kind: &str, help: &str) {
        self.0 += &format!("# HELP latchkey_{name} {help}\n# TYPE latchkey_{name} {kind}\n");
    }

    fn value(&mut self, name: &str, labels: Labels<'_>, value: impl std::fmt::Display) {
        let labels: Vec<String> = labels
            .iter()
            .map(|(name, value)| format!("{name}=\"{}\"", escaped(value)))
            .collect();
        let labels = match labels.is_empty() {
            true => String::new(),
            false => format!("{{{}}}", labels.join(",")),
        };
        self.0 += &format!("latchkey_{name}{labels} {value}\n");
    }

    /// A figure with one value that goes up and down.
    fn gauge(&mut self, name: &str, help: &str, value: impl std::fmt::Display) {
        self.figure(name, "gauge", help);
        self.value(name, &[], value);
    }

    /// The same, where there is one.
    fn gauge_if(&mut self, name: &str, help: &str, value: Option<impl std::fmt::Display>) {
        if let Some(value) = value {
            self.gauge(name, help, value);
        }
    }
}

fn escaped(value: &str) -> String {
    value
        .replace('\\', "\\\\")
        .replace('"', "\\\"")
        .replace('\n', "\\n")
}

/// All figures. `known`: whether the ledger was read.
pub(super) fn text(status: &Status, known: bool, counts: &BTreeMap<Count, u64>) -> String {
    let mut text = Text::default();
    process(&mut text, status);
    files(&mut text, status);
    if known {
        ledger(&mut text, status);
    }
    counted(&mut text, counts);
    text.0
}

fn process(text: &mut Text, status: &Status) {
    text.gauge(
        "needs_somebody",
        "Things that need somebody; latchkey status says which.",
        status.needs_somebody.len(),
    );
    let Some(process) = &status.process else {
        return;
    };
    text.figure("build_info", "gauge", "Always 1; the label is the version.");
    text.value("build_info", &[("version", &process.version)], 1);
    let seconds = Timestamp::as_second;
    let started = seconds(process.started);
    text.gauge(
        "start_time_seconds",
        "When the process was started.",
        started,
    );
    let well = u8::from(process.unwell.is_none());
    text.gauge(
        "well",
        "Whether the ledger can be read and the folder is there.",
        well,
    );
    text.gauge("executions", "Executions that run.", process.executions);
    let last = process.last_sweep.as_ref();
    text.gauge_if(
        "last_sweep_timestamp_seconds",
        "When the last sweep came to its end.",
        last.map(|sweep| seconds(sweep.ended)),
    );
    text.gauge_if(
        "last_sweep_failed",
        "Whether the last sweep failed.",
        last.map(|sweep| u8::from(sweep.failure.is_some())),
    );
}

fn files(text: &mut Text, status: &Status) {
    let Some(files) = &status.files else {
        return;
    };
    text.gauge("ledger_bytes", "The ledger's file.", files.ledger);
    text.gauge(
        "journal_bytes",
        "What is not written back into the ledger's file yet.",
        files.journal,
    );
    text.gauge_if(
        "disk_free_bytes",
        "What is left on the disk of the folder.",
        files.free,
    );
    text.gauge_if("disk_bytes", "The disk of the folder.", files.disk);
}

fn ledger(text: &mut Text, status: &Status) {
    let ledger = &status.ledger;
    text.figure(
        "cases",
        "gauge",
        "Cases that have not ended: all, and of these held and standing still.",
    );
    text.value("cases", &[("which", "open")], ledger.cases.open);
    text.value("cases", &[("which", "held")], ledger.cases.held);
    text.value(
        "cases",
        &[("which", "standing_still")],
        ledger.cases.standing_still,
    );
    text.figure(
        "system_resting",
        "gauge",
        "Systems that nobody calls for a while, since they fail or asked for time.",
    );
    for rest in &ledger.resting {
        text.value("system_resting", &[("system", rest.system.as_str())], 1);
    }
    text.figure(
        "system_refusing",
        "gauge",
        "Systems that do not accept our credentials.",
    );
    for system in &ledger.refusing {
        text.value("system_refusing", &[("system", system.as_str())], 1);
    }
    let heard = "source_last_delivery_timestamp_seconds";
    text.figure(heard, "gauge", "When something of a source last came.");
    for source in &ledger.sources {
        text.value(heard, &[("source", &source.source)], source.at.as_second());
    }
    let Some(letters) = &ledger.letters else {
        return;
    };
    text.gauge(
        "letters_waiting",
        "Letters that are not out yet.",
        letters.waiting,
    );
    for (name, help, at) in [
        (
            "letters_oldest_timestamp_seconds",
            "Since when the oldest letter waits.",
            letters.oldest,
        ),
        (
            "letter_last_sent_timestamp_seconds",
            "When a letter last went out.",
            letters.last_sent,
        ),
        (
            "letter_last_failed_timestamp_seconds",
            "When a letter last did not go out.",
            letters.last_failed,
        ),
    ] {
        text.gauge_if(name, help, at.map(Timestamp::as_second));
    }
}

fn counted(text: &mut Text, counts: &BTreeMap<Count, u64>) {
    text.figure(
        "webhooks_total",
        "counter",
        "Webhooks that were answered, by source and status.",
    );
    for (count, times) in counts {
        if let Count::Webhook { source, status } = count {
            text.value(
                "webhooks_total",
                &[("source", source), ("status", &status.to_string())],
                times,
            );
        }
    }
    text.figure(
        "steps_total",
        "counter",
        "Steps of tasks and cases, by function and outcome.",
    );
    for (count, times) in counts {
        if let Count::Step { function, outcome } = count {
            text.value(
                "steps_total",
                &[("function", function), ("outcome", outcome)],
                times,
            );
        }
    }
    text.figure("sweeps_total", "counter", "Sweeps, by outcome.");
    for (count, times) in counts {
        if let Count::Sweep { outcome } = count {
            text.value("sweeps_total", &[("outcome", outcome)], times);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::status::{Condition, Files, Heard, Letters, Process};

    /// What is allowed of a line, as the format's page says: names, labels in quotes, one number. Gives the figure's
    /// name.
    fn checked(line: &str) -> String {
        let end = line.find(['{', ' ']).unwrap();
        let (name, rest) = line.split_at(end);
        let fits = |c: char| c.is_ascii_alphanumeric() || c == '_';
        assert!(
            name.chars().all(fits) && !name.starts_with(|c: char| c.is_ascii_digit()),
            "{line}"
        );
        let value = match rest.strip_prefix('{') {
            None => rest,
            Some(labels) => {
                let (labels, value) = labels.rsplit_once('}').unwrap();
                let mut rest = labels;
                while !rest.is_empty() {
                    let (label, more) = rest.split_once("=\"").unwrap();
                    assert!(label.chars().all(fits), "{line}");
                    let mut escaped = false;
                    let end = more.find(|c| {
                        let ends = c == '"' && !escaped;
                        escaped = c == '\\' && !escaped;
                        ends
                    });
                    rest = &more[end.unwrap() + 1..];
                    rest = rest.strip_prefix(',').unwrap_or(rest);
                }
                value
            }
        };
        value.trim().parse::<f64>().unwrap();
        name.to_owned()
    }

    #[test]
    fn every_line_is_as_the_format_wants_it_and_all_values_of_a_figure_stand_together() {
        let status = Status {
            process: Some(Process {
                version: "0.1".to_owned(),
                started: Timestamp::UNIX_EPOCH,
                up_seconds: 1,
                unwell: None,
                executions: 2,
                sweep_every: 60,
                last_sweep: None,
            }),
            files: Some(Files {
                free: Some(1),
                ..Files::default()
            }),
            ledger: Condition {
                sources: ["generic", "a\"b\\c\nd"]
                    .map(|source| Heard {
                        source: source.to_owned(),
                        at: Timestamp::UNIX_EPOCH,
                    })
                    .to_vec(),
                letters: Some(Letters::default()),
                ..Condition::default()
            },
            needs_somebody: Vec::new(),
        };
        let counts = BTreeMap::from([
            (
                Count::Webhook {
                    source: "generic".to_owned(),
                    status: 202,
                },
                3,
            ),
            (
                Count::Step {
                    function: "ask".to_owned(),
                    outcome: "done".to_owned(),
                },
                4,
            ),
        ]);
        let text = text(&status, true, &counts);
        assert!(text.ends_with('\n'), "{text}");
        let mut begun: Vec<String> = Vec::new();
        for line in text.lines() {
            if let Some(help) = line.strip_prefix("# HELP ") {
                let (name, words) = help.split_once(' ').unwrap();
                assert!(
                    !begun.contains(&name.to_owned()) && !words.contains('\\'),
                    "{line}"
                );
                begun.push(name.to_owned());
            } else if let Some(kind) = line.strip_prefix("# TYPE ") {
                let (name, kind) = kind.split_once(' ').unwrap();
                assert_eq!(begun.last().unwrap(), name);
                assert!(["gauge", "counter"].contains(&kind), "{line}");
                assert_eq!(kind == "counter", name.ends_with("_total"), "{line}");
            } else {
                assert_eq!(&checked(line), begun.last().unwrap(), "{line}");
            }
        }
        assert!(text.contains("latchkey_webhooks_total{source=\"generic\",status=\"202\"} 3\n"));
        assert!(!text.contains("last_sweep"), "there was none");
    }
}
