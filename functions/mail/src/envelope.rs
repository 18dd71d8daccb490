//! What an e-mail says: of one letter, of what a team is asked at one instant, or of a morning.

use jiff::{Timestamp, tz::TimeZone};
use latchkey_ledger::Row;
use latchkey_lifecycle::{
    Block, Brief, Content, Letter, LetterTask, QueuedLetter, Stage, URGENT, shown,
};
use latchkey_runbook::Runbook;
use latchkey_runtime::Envelope;

use crate::{
    gather::{MOST, id, is_digest},
    html::html,
    own::WHY,
};

/// The e-mail that brings these letters, as it reads now; none of none.
pub(crate) fn envelope(
    rows: &[Row<QueuedLetter>],
    runbook: &Runbook,
    now: Timestamp,
) -> Option<Envelope> {
    let first = &rows.first()?.item;
    let as_of = (runbook.time_zone(), now);
    let letters = rows.iter().map(|row| as_read(&row.item.letter, as_of));
    let letters: Vec<Letter> = letters.collect();
    let briefs: Vec<&Brief> = letters.iter().filter_map(|l| l.brief.as_ref()).collect();
    let (subject, content) = match (rows.len(), is_digest(first)) {
        (_, true) => (
            format!(
                "{}: {}",
                digest_words(&briefs),
                first_and_more(&letters, "")
            ),
            Some(digest(&briefs, runbook.company())),
        ),
        (1, false) => (first.letter.subject.clone(), first.letter.content.clone()),
        (_, false) => (
            subject(&letters, &briefs),
            Some(several(
                &briefs,
                first.letter.own.is_some(),
                runbook.company(),
            )),
        ),
    };
    let text = content
        .as_ref()
        .map(|content| content.text(as_of.0, as_of.1));
    let html = content
        .as_ref()
        .map(|content| html(content, &subject, as_of));
    let written_at = rows.iter().map(|row| row.item.written_at).min();
    Some(Envelope {
        id: id(rows),
        team: first.letter.team.clone(),
        to: alone(&first.letter.to).to_owned(),
        subject: shown::subject(&subject).into_owned(),
        text: text.unwrap_or_else(|| first.letter.text.clone()),
        html,
        urgent: letters.iter().any(|letter| letter.urgent),
        written_at: written_at.unwrap_or(Timestamp::UNIX_EPOCH),
        letters,
    })
}

/// An address without the name that HR wrote before it: a letter needs none, and mail programs decode it.
fn alone(address: &str) -> &str {
    let address = address.trim();
    let alone = address.strip_suffix('>');
    let alone = alone.and_then(|address| Some(address.rsplit_once('<')?.1));
    alone.unwrap_or(address)
}

/// A letter with its text as it reads now.
fn as_read(letter: &Letter, (zone, now): (&TimeZone, Timestamp)) -> Letter {
    let mut read = letter.clone();
    if let Some(content) = &letter.content {
        read.text = content.text(zone, now);
    }
    read
}

/// How many tasks, and the first of them by the subject of its own letter, so that a mailbox can be looked through.
fn subject(letters: &[Letter], briefs: &[&Brief]) -> String {
    let word = match briefs.first().map(|brief| brief.stage) {
        Some(Stage::Reminded) => "Reminder: ",
        Some(Stage::Missed) => "MISSED: ",
        Some(Stage::Escalated) => "ESCALATED: ",
        Some(Stage::Asked) | None => "",
    };
    let urgent = letters.iter().all(|l| l.subject.starts_with(URGENT));
    let word = format!("{}{word}", if urgent { URGENT } else { "" });
    format!(
        "{word}{} tasks: {}",
        letters.len(),
        first_and_more(letters, &word)
    )
}

/// The first letter by its subject, without the words that stand before all of them, and how many more.
fn first_and_more(letters: &[Letter], word: &str) -> String {
    let first = letters.first().map(|letter| letter.subject.as_str());
    let first = first.unwrap_or_default();
    let first = first.strip_prefix(word).unwrap_or(first);
    match letters.len() {
        0 | 1 => first.to_owned(),
        n => format!("{first}, and {} more", n - 1),
    }
}

fn digest_words(briefs: &[&Brief]) -> String {
    match briefs.len() {
        1 => "One task is open".to_owned(),
        n => format!("{n} tasks are open"),
    }
}

/// What several questions say in one letter. `own`: to somebody who signs in.
fn several(briefs: &[&Brief], own: bool, company: &str) -> Content {
    let greets = briefs
        .first()
        .map(|brief| brief.greets.as_str())
        .unwrap_or_default();
    let count = briefs.len();
    let opening = match briefs.first().map(|brief| brief.stage) {
        Some(Stage::Asked) | None => format!("Hello {greets}, please see to these {count} tasks:"),
        Some(Stage::Reminded) => {
            format!("Hello {greets}, these {count} tasks are still open and due soon:")
        }
        Some(Stage::Missed) => {
            format!("Hello {greets}, these {count} tasks were due and are not done:")
        }
        Some(Stage::Escalated) if own => {
            format!(
                "Hello {greets}, these {count} tasks were escalated: they were declined, or were due and are not done:"
            )
        }
        Some(Stage::Escalated) => {
            format!(
                "You are the escalation contact of {greets}. These {count} tasks were declined, or were due and are not done:"
            )
        }
    };
    let links = "The page of each says what is to be done, and takes the answer. Each link works for its task only, until it is done. \
                 Whoever has it can answer for you: keep it in your team.";
    let small = if own { WHY } else { links };
    Content {
        blocks: vec![
            Block::Said(opening.into()),
            Block::Tasks(briefs.iter().copied().map(entry).collect()),
            Block::Small(small.to_owned()),
        ],
        company: company.to_owned(),
    }
}

/// What the one letter of a morning says.
fn digest(briefs: &[&Brief], company: &str) -> Content {
    let greets = briefs
        .first()
        .map(|brief| brief.greets.as_str())
        .unwrap_or_default();
    let left = briefs.len().saturating_sub(MOST);
    let mut blocks = vec![
        Block::Said(
            format!(
                "Good morning {greets}, this was asked of your teams since the last letter, and is still open:"
            )
            .into(),
        ),
        Block::Tasks(briefs.iter().take(MOST).copied().map(entry).collect()),
    ];
    if left > 0 {
        let more = format!("{left} more stand in your list, under Today.");
        blocks.push(Block::Said(more.into()));
    }
    blocks.push(Block::Small(WHY.to_owned()));
    Content {
        blocks,
        company: company.to_owned(),
    }
}

fn entry(brief: &Brief) -> LetterTask {
    LetterTask {
        line: brief.line.clone(),
        notes: brief.notes.clone(),
        url: brief.link.clone(),
    }
}
