//! What is wrong with a runbook, and where.

use std::{collections::BTreeSet, fmt};

pub use latchkey_yaml::Place;
use latchkey_yaml::{Node, doubts};
use serde::Serialize;

/// How much what a check found matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Nothing is wrong: what a reader may want to know of what the runbook says.
    Note,
    /// The runbook can be used; somebody should look.
    Warning,
    /// The runbook does not become current.
    Error,
}

/// Something that is wrong with a runbook.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Problem {
    /// How much it matters.
    pub severity: Severity,
    /// In which file of the runbook.
    pub file: String,
    /// Line, from 1.
    pub line: u32,
    /// Column, from 1.
    pub column: u32,
    /// What is wrong, in one sentence.
    pub message: String,
    /// What to do, e.g. the nearest valid name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub help: Option<String>,
}

impl Problem {
    /// Whether the runbook cannot become current with it.
    pub fn is_error(&self) -> bool {
        self.severity == Severity::Error
    }

    /// Whether somebody should look at it before the runbook is used.
    pub fn is_warning(&self) -> bool {
        self.severity == Severity::Warning
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let severity = match self.severity {
            Severity::Note => "note",
            Severity::Warning => "warning",
            Severity::Error => "error",
        };
        // What is about a whole file stands in no line of it.
        match self.line {
            0 => write!(f, "{}: {severity}: {}", self.file, self.message)?,
            line => write!(
                f,
                "{}:{line}:{}: {severity}: {}",
                self.file, self.column, self.message
            )?,
        }
        match &self.help {
            Some(help) => write!(f, "; {help}"),
            None => Ok(()),
        }
    }
}

/// Collects problems.
#[derive(Debug, Default)]
pub(crate) struct Problems {
    pub(crate) all: Vec<Problem>,
    /// What was cut out because it did not fit: in which line it stood, and its name. To say that it is unknown, too,
    /// would mislead.
    pub(crate) cut: BTreeSet<(String, String)>,
    /// Whether something was not understood, so that the runbook is not whole.
    pub(crate) gaps: bool,
}

impl Problems {
    pub(crate) fn add(
        &mut self,
        severity: Severity,
        file: &str,
        place: Place,
        message: impl Into<String>,
        help: Option<String>,
    ) {
        self.gaps |= severity == Severity::Error;
        self.push(severity, file, place, message, help);
    }

    /// An error in what is understood: it keeps a runbook from becoming current, and a version that became current
    /// before this was looked at stays of use.
    pub(crate) fn refuse(&mut self, file: &str, place: Place, message: impl Into<String>) {
        self.push(Severity::Error, file, place, message, None);
    }

    /// Characters in names and short values that are not what they look like.
    pub(crate) fn doubts(&mut self, file: &str, tree: &Node) {
        for doubt in doubts(tree) {
            match doubt.certain {
                true => self.refuse(file, doubt.place, doubt.message),
                false => self.warning(file, doubt.place, doubt.message),
            }
        }
    }

    fn push(
        &mut self,
        severity: Severity,
        file: &str,
        place: Place,
        message: impl Into<String>,
        help: Option<String>,
    ) {
        self.all.push(Problem {
            severity,
            file: file.to_owned(),
            line: place.line,
            column: place.column,
            message: one_line(&message.into()),
            help,
        });
    }

    pub(crate) fn error(&mut self, file: &str, place: Place, message: impl Into<String>) {
        self.add(Severity::Error, file, place, message, None);
    }

    pub(crate) fn warning(&mut self, file: &str, place: Place, message: impl Into<String>) {
        self.add(Severity::Warning, file, place, message, None);
    }

    pub(crate) fn note(&mut self, file: &str, place: Place, message: impl Into<String>) {
        self.add(Severity::Note, file, place, message, None);
    }
}

/// A problem is one line, also where it quotes a text of several: indentation that slipped makes one of two.
fn one_line(text: &str) -> String {
    let lines: Vec<&str> = text.lines().map(str::trim).collect();
    lines.join(" ")
}

/// The nearest of the valid names, as a question; nothing when none is near.
pub fn did_you_mean<'a>(wrong: &str, valid: impl IntoIterator<Item = &'a str>) -> Option<String> {
    Some(format!("did you mean `{}`?", nearest(wrong, valid)?))
}

/// The nearest of the valid names; nothing when none is near.
pub(crate) fn nearest<'a>(
    wrong: &str,
    valid: impl IntoIterator<Item = &'a str>,
) -> Option<&'a str> {
    let folded = wrong.to_lowercase();
    let score = |name: &str| strsim::jaro_winkler(&folded, &name.to_lowercase());
    let valid: Vec<&str> = valid.into_iter().collect();
    let scored = valid.iter().map(|name| (score(name), *name));
    let best = scored
        .filter(|(score, _)| *score > 0.75)
        .max_by(|a, b| a.0.total_cmp(&b.0).then_with(|| b.1.cmp(a.1)));
    // That score sees nothing alike in three letters of which two are swapped: `cvs` for `csv`.
    let swapped = |name: &&&str| {
        folded.chars().count() == 3
            && strsim::damerau_levenshtein(&folded, &name.to_lowercase()) == 1
    };
    best.map(|(_, name)| name)
        .or_else(|| valid.iter().find(swapped).copied())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_name_is_found_also_in_three_letters() {
        assert_eq!(nearest("cvs", ["bamboohr", "csv"]), Some("csv"));
        assert_eq!(
            nearest("depatment", ["department", "title"]),
            Some("department")
        );
        assert_eq!(nearest("xyz", ["csv", "it"]), None);
    }
}
