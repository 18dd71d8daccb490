//! What happened in a case: the records of its audit trails, and its letters, as entries of a timeline.

use std::collections::BTreeMap;

use jiff::Timestamp;
use latchkey_ledger::Trail;
use latchkey_lifecycle::{AuditBody, LetterState, QueuedLetter, Signer, TaskId, TeamId, What};
use latchkey_questions::facts::team_name;
use latchkey_runbook::Runbook;

use crate::{glyph::Glyph, views::read::told};

/// Who or what an entry is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Of {
    /// HR and whoever else decided something.
    People,
    /// Latchkey, and the systems that it changes and reads.
    Systems,
    /// What somebody was told.
    Letters,
}

impl Of {
    /// As a link names it, and as people do.
    pub(crate) const ALL: [(Of, &'static str, &'static str); 3] = [
        (Of::People, "people", "People"),
        (Of::Systems, "systems", "Systems"),
        (Of::Letters, "letters", "Letters"),
    ];
}

/// One thing that happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Entry {
    /// When (UTC).
    pub(crate) at: Timestamp,
    pub(crate) of: Of,
    pub(crate) glyph: Glyph,
    /// The task that it is about, and its title; `None` for the case itself.
    pub(crate) task: Option<(TaskId, String)>,
    pub(crate) text: String,
    /// Whose word it is.
    pub(crate) by: String,
    /// Whether it comes last of what happened at its instant.
    is_an_end: bool,
}

/// How an entry is drawn, and of whom it is.
pub(crate) fn drawn(body: &AuditBody) -> (Glyph, Of) {
    let by_reading = || body.detail["how"] == "read back";
    match &body.what {
        What::Received | What::Moved | What::Changed | What::Noted | What::GoesOn => {
            (Glyph::Hr, Of::People)
        }
        What::Superseded | What::LeftOut | What::Waived => (Glyph::Left, Of::People),
        What::Confirmed | What::Decided | What::Accepted => (Glyph::Person, Of::People),
        What::Done => (Glyph::Done, Of::People),
        What::Attached => (Glyph::Person, Of::People),
        What::QuestionAsked | What::QuestionAnswered => (Glyph::Talk, Of::People),
        What::Declined | What::Refused | What::NotConfirmed => (Glyph::Declined, Of::People),
        What::Redriven => (Glyph::Person, Of::People),
        What::Verified if by_reading() => (Glyph::Verified, Of::Systems),
        What::Verified => (Glyph::Verified, Of::People),
        What::Asks => (Glyph::Held, Of::Letters),
        What::Asked | What::PutOff | What::Told | What::ToldAgain => (Glyph::Asked, Of::Letters),
        What::Reminded => (Glyph::Reminded, Of::Letters),
        What::Missed => (Glyph::Missed, Of::Letters),
        What::Escalated => (Glyph::Escalated, Of::Letters),
        What::Closed => (Glyph::Verified, Of::Systems),
        What::Begun | What::CarriedOut | What::CarriedOutInPart => (Glyph::Working, Of::Systems),
        What::Trouble | What::StandsStill => (Glyph::Trouble, Of::Systems),
        What::Paused => (Glyph::Waiting, Of::Systems),
        _ => (Glyph::Info, Of::Systems),
    }
}

/// Whose word a record is, for people: of whoever signed in with their address, and of a letter's link with where it
/// went.
fn signed(body: &AuditBody) -> String {
    match Signer::of_record(body) {
        Signer::Function(_) => "Latchkey".to_owned(),
        Signer::Person {
            name,
            link: Some(to),
            ..
        } => format!("by whoever had the link sent to {to}, calling themselves {name}"),
        Signer::Person {
            name,
            address: Some(address),
            ..
        } if address != name && body.detail["address"].is_string() => format!("{name}, {address}"),
        _ => Signer::in_words(&body.by),
    }
}

/// What a record says, with the names of teams: earlier releases wrote who was told by the team's short name.
pub(crate) fn in_words(body: &AuditBody, runbook: &Runbook) -> String {
    let text = &body.text;
    let named = |short: &str, before: &str| {
        let team = TeamId::new(short).ok();
        let team = team.filter(|team| runbook.team(team).is_some())?;
        Some(format!("{before}{}.", team_name(runbook, &team)))
    };
    if let Some(short) = text.strip_prefix("Confirmed by the team ") {
        let short = short.trim_end_matches('.');
        return named(short, "Confirmed by ").unwrap_or_else(|| text.clone());
    }
    let teams = body.detail["teams"].as_array();
    let short = teams.and_then(|teams| teams.first()?.as_str());
    let told = matches!(
        body.what,
        What::Asked | What::Reminded | What::Missed | What::Escalated
    );
    let name = short.filter(|_| told).and_then(|short| {
        let before = text.strip_suffix('.')?.strip_suffix(short)?;
        named(short, before).filter(|_| before.ends_with(' '))
    });
    name.unwrap_or_else(|| text.clone())
}

/// Everything that happened, the latest first. `titles`: those of the case's tasks; `reads`: of which the viewer may read
/// what was said.
pub(crate) fn entries(
    runbook: &Runbook,
    trails: &[Trail],
    letters: &[QueuedLetter],
    titles: &BTreeMap<TaskId, String>,
    reads: impl Fn(&TaskId) -> bool,
) -> Vec<Entry> {
    let about = |task: &TaskId| {
        let title = titles.get(task).cloned();
        (task.clone(), title.unwrap_or_else(|| task.to_string()))
    };
    let records = trails.iter().flat_map(|trail| {
        let task = trail.task.as_ref().map(about);
        let reads = trail.task.as_ref().is_none_or(&reads);
        trail.records.iter().map(move |record| {
            let (glyph, of) = drawn(&record.body);
            Entry {
                at: record.body.at,
                of,
                glyph,
                task: task.clone(),
                text: told(&record.body, in_words(&record.body, runbook), reads),
                by: signed(&record.body),
                is_an_end: matches!(record.body.what, What::Closed | What::Superseded),
            }
        })
    });
    let told = letters.iter().filter(|letter| !has_a_record(letter));
    let told = told.map(|letter| Entry {
        at: letter.ended_at.unwrap_or(letter.written_at),
        of: Of::Letters,
        glyph: Glyph::Letter,
        task: None,
        text: format!("“{}” to {}", letter.letter.subject, letter.letter.to),
        by: became(letter.state).to_owned(),
        is_an_end: true,
    });
    let mut all: Vec<Entry> = records.chain(told).collect();
    // Of one instant: the case first, then its tasks, then its end and the letters that tell of it.
    all.sort_by_key(|entry| (entry.at, entry.is_an_end));
    all.reverse();
    all
}

/// Whether the trail tells of a letter: those that ask about a task do once they were sent.
fn has_a_record(letter: &QueuedLetter) -> bool {
    let record = letter
        .about
        .as_ref()
        .and_then(|about| about.record.as_ref());
    letter.state == LetterState::Sent && record.is_some()
}

/// What became of a letter.
pub(crate) fn became(state: LetterState) -> &'static str {
    match state {
        LetterState::Waiting => "not sent yet",
        LetterState::Sent => "sent",
        LetterState::GivenUp => "could not be sent",
        LetterState::NotNeeded => "was not needed any more",
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use latchkey_runbook::Source;
    use serde_json::json;

    use super::*;

    const YAML: &str = "company: Small\ntime_zone: Europe/Berlin\nhr: it\noperations: it\nteams:\n  it: {name: IT Support, \
                        email: it@small.example, escalation: boss@small.example}\n";

    #[test]
    fn teams_are_named_where_an_earlier_release_wrote_their_short_names() {
        let source = Source::from_files([("runbook.yaml".to_owned(), YAML.to_owned())].into());
        let checked = Runbook::check(&source);
        let runbook = checked
            .runbook
            .unwrap_or_else(|| panic!("{:#?}", checked.problems));
        let said = |what: What, text: &str, team: &str| {
            let body = AuditBody {
                at: Timestamp::UNIX_EPOCH,
                by: "ask".to_owned(),
                what,
                text: text.to_owned(),
                detail: json!({ "teams": [team] }),
            };
            in_words(&body, &runbook)
        };
        for (what, text, team, shown) in [
            (What::Asked, "Asked it.", "it", "Asked IT Support."),
            (
                What::Missed,
                "Missed; told it.",
                "it",
                "Missed; told IT Support.",
            ),
            (
                What::Verified,
                "Confirmed by the team it.",
                "it",
                "Confirmed by IT Support.",
            ),
            (What::Asked, "Asked IT Support.", "it", "Asked IT Support."),
            (
                What::Escalated,
                "Escalated to boss@small.example.",
                "boss@small.example",
                "Escalated to boss@small.example.",
            ),
            (What::Asked, "Asked others.", "others", "Asked others."),
            (What::Done, "Somebody did it.", "it", "Somebody did it."),
        ] {
            assert_eq!(said(what, text, team), shown);
        }
    }
}
