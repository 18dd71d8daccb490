//! What a letter says, apart from how it is laid out: its text and its HTML are made of the same, when it is sent.

use jiff::{Timestamp, tz::TimeZone};
use serde::{Deserialize, Serialize};

use crate::{how_far, instant_and_how_far, shown};

/// What a letter says, in the order in which it says it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Content {
    /// Its parts.
    pub blocks: Vec<Block>,
    /// The company, by which it is signed.
    pub company: String,
}

/// A part of a letter.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Block {
    /// A paragraph.
    Said(Words),
    /// A paragraph whose lines are broken as they are.
    Lines(Vec<String>),
    /// What, for whom, by when: a label each. One without a label belongs to the one above it.
    Facts(Vec<(String, Words)>),
    /// Lines under a head, or under none.
    List {
        /// What they are; empty for none.
        head: String,
        /// What stands before each.
        marks: Marks,
        /// One line each.
        items: Vec<String>,
    },
    /// The page to open. It asks once more: a link never acts.
    Open {
        /// What to do there.
        says: String,
        /// The words of the link, where they are shown instead of its address.
        link: String,
        /// Its address.
        url: String,
    },
    /// Several questions, each with its own page.
    Tasks(Vec<LetterTask>),
    /// What one may know besides.
    Small(String),
}

/// What stands before a line of a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Marks {
    /// Nothing.
    None,
    /// A dash.
    Dashes,
    /// Its number, since one comes after the other.
    Numbers,
}

/// One of several questions.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct LetterTask {
    /// What is to be done, for whom, and by when.
    pub line: Words,
    /// What to know beside it, a line each.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<String>,
    /// Its page.
    pub url: String,
}

/// A sentence with instants in it. How far they are is known when it is sent.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "Kept")]
pub struct Words(Vec<Piece>);

/// A sentence as a ledger has it. An earlier release kept it as one text.
#[derive(Deserialize)]
#[serde(untagged)]
enum Kept {
    Pieces(Vec<Piece>),
    Text(String),
}

impl From<Kept> for Words {
    fn from(kept: Kept) -> Words {
        match kept {
            Kept::Pieces(pieces) => Words(pieces),
            Kept::Text(text) => text.into(),
        }
    }
}

/// A piece of a sentence.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
enum Piece {
    Text(String),
    /// `Mon 7 Dec 2026, 09:00 CET (in 2 days)`.
    At(Timestamp),
    /// `in 2 days`.
    Far(Timestamp),
}

impl From<&str> for Words {
    fn from(text: &str) -> Words {
        Words(vec![Piece::Text(text.to_owned())])
    }
}

impl From<String> for Words {
    fn from(text: String) -> Words {
        Words(vec![Piece::Text(text)])
    }
}

impl Words {
    /// An instant (UTC), and how far it is.
    pub fn of_instant(at: Timestamp) -> Words {
        Words(vec![Piece::At(at)])
    }

    /// The same after what was said before.
    #[must_use]
    pub fn at(mut self, at: Timestamp) -> Words {
        self.0.push(Piece::At(at));
        self
    }

    /// How far an instant (UTC) is, after what was said before.
    #[must_use]
    pub fn far(mut self, at: Timestamp) -> Words {
        self.0.push(Piece::Far(at));
        self
    }

    /// More words.
    #[must_use]
    pub fn and(mut self, text: impl Into<String>) -> Words {
        self.0.push(Piece::Text(text.into()));
        self
    }

    /// As it reads at an instant, in a time zone, in one line.
    pub fn said(&self, zone: &TimeZone, now: Timestamp) -> String {
        let pieces = self.0.iter().map(|piece| match piece {
            Piece::Text(text) => text.clone(),
            Piece::At(at) => instant_and_how_far(*at, zone, now),
            Piece::Far(at) => how_far(now, *at),
        });
        let all: String = pieces.collect();
        shown::line(&all).into_owned()
    }
}

impl Content {
    /// The letter as plain text, as it reads at an instant, in a time zone.
    pub fn text(&self, zone: &TimeZone, now: Timestamp) -> String {
        let mut out: Vec<String> = Vec::new();
        for block in &self.blocks {
            if !out.is_empty() {
                out.push(String::new());
            }
            block.lines(&mut out, |words| words.said(zone, now));
        }
        out.push(String::new());
        out.push("-- ".to_owned());
        out.push(format!("Latchkey for {}", self.company));
        out.push(String::new());
        // Each is one line: no title, no reason and no note writes another one.
        shown::lines(out)
    }
}

impl Block {
    fn lines(&self, out: &mut Vec<String>, said: impl Fn(&Words) -> String) {
        match self {
            Block::Said(words) => out.push(said(words)),
            Block::Small(text) => out.push(text.clone()),
            Block::Lines(lines) => out.extend(lines.iter().cloned()),
            Block::Facts(facts) => out.extend(facts.iter().map(|(label, value)| {
                let label = match label.is_empty() {
                    true => String::new(),
                    false => format!("{label}:"),
                };
                format!("  {label:<9}{}", said(value))
            })),
            Block::List { head, marks, items } => {
                out.extend((!head.is_empty()).then(|| head.clone()));
                out.extend((1..).zip(items).map(|(n, item)| match marks {
                    Marks::None => format!("  {item}"),
                    Marks::Dashes => format!("  - {item}"),
                    Marks::Numbers => format!("  {n}. {item}"),
                }));
            }
            Block::Open { says, url, .. } => {
                out.extend([says.clone(), String::new(), format!("  {url}")]);
            }
            Block::Tasks(entries) => {
                for (n, entry) in (1..).zip(entries) {
                    if n > 1 {
                        out.push(String::new());
                    }
                    out.push(format!("{n}. {}", said(&entry.line)));
                    out.extend(entry.notes.iter().map(|note| format!("   {note}")));
                    out.push(format!("   {}", entry.url));
                }
            }
        }
    }
}

/// A line as long as this was wrapped by whoever wrote it; the break after a shorter one is meant.
const WRAPPED_FROM: usize = 60;

/// The paragraphs of a text that somebody wrote, each with its lines as they are meant. A blank line, an item of a list
/// and the end of a short line begin a new line; where a long line ends, it was only wrapped.
pub fn paragraphs(text: &str) -> Vec<Vec<String>> {
    let mut all: Vec<Vec<String>> = Vec::new();
    let (mut new, mut wrapped) = (true, false);
    for line in text.lines().map(str::trim) {
        if line.is_empty() {
            new = true;
            continue;
        }
        let item = line.starts_with(['-', '*', '•']) || starts_with_number(line);
        match all.last_mut().filter(|_| !new) {
            None => all.push(vec![line.to_owned()]),
            Some(paragraph) => match paragraph.last_mut().filter(|_| wrapped && !item) {
                Some(before) => {
                    before.push(' ');
                    before.push_str(line);
                }
                None => paragraph.push(line.to_owned()),
            },
        }
        new = false;
        wrapped = line.chars().count() >= WRAPPED_FROM;
    }
    all
}

/// `1. `, `12) `.
fn starts_with_number(line: &str) -> bool {
    let rest = line.trim_start_matches(|c: char| c.is_ascii_digit());
    rest.len() < line.len() && rest.starts_with(['.', ')'])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn content() -> Content {
        let due = at("2026-12-03T16:00:00Z");
        let list = |head: &str, marks, items: &[&str]| Block::List {
            head: head.to_owned(),
            marks,
            items: items.iter().map(|item| (*item).to_owned()).collect(),
        };
        Content {
            blocks: vec![
                Block::Said(Words::from("Hello IT, this is due ").far(due).and(":")),
                Block::Facts(vec![
                    ("What".to_owned(), "Prepare\nthe laptop".into()),
                    (String::new(), "Berlin".into()),
                    ("By".to_owned(), Words::of_instant(due)),
                ]),
                list("", Marks::Numbers, &["Image", "Disk"]),
                list("To fill in:", Marks::Dashes, &["Serial"]),
                list("Done by Jo.", Marks::None, &["[x] Image"]),
                Block::Tasks(vec![LetterTask {
                    line: Words::from("Desk by ").at(due),
                    notes: vec!["Late".to_owned()],
                    url: "https://x.example/2".to_owned(),
                }]),
                Block::Open {
                    says: "Open the page:".to_owned(),
                    link: "Open the task".to_owned(),
                    url: "https://x.example/1".to_owned(),
                },
                Block::Small("For this task only.".to_owned()),
            ],
            company: "Acme".to_owned(),
        }
    }

    #[test]
    fn how_far_an_instant_is_is_said_as_of_the_sending() {
        let berlin = TimeZone::get("Europe/Berlin").unwrap();
        let text = content().text(&berlin, at("2026-12-03T15:35:00Z"));
        let by = "Thu 3 Dec 2026, 17:00 CET (in 25 minutes)";
        let want = format!(
            "Hello IT, this is due in 25 minutes:\n\n  What:    Prepare the laptop\n           Berlin\n  By:      {by}\n\n  1. Image\n  \
             2. Disk\n\nTo fill in:\n  - Serial\n\nDone by Jo.\n  [x] Image\n\n1. Desk by {by}\n   Late\n   https://x.example/2\n\n\
             Open the page:\n\n  https://x.example/1\n\nFor this task only.\n\n-- \nLatchkey for Acme\n"
        );
        assert_eq!(text, want);
        let later = content().text(&berlin, at("2026-12-03T17:00:00Z"));
        assert!(later.starts_with("Hello IT, this is due an hour ago:"));
        assert!(later.contains("By:      Thu 3 Dec 2026, 17:00 CET (an hour ago)"));
    }

    #[test]
    fn a_letter_is_read_back_as_it_was_written() {
        let written = serde_json::to_string(&content()).unwrap();
        let read: Content = serde_json::from_str(&written).unwrap();
        assert_eq!(read, content());
        // What waited when an earlier release was replaced.
        let read: Words = serde_json::from_str("\"Laptop, by Mon\"").unwrap();
        assert_eq!(read, Words::from("Laptop, by Mon"));
    }

    #[test]
    fn lines_are_broken_where_it_is_meant() {
        let long =
            "Close the mailbox of Zoë Müller to sign-in, set the automatic answer, and forward it";
        let text =
            format!("{long}\nto the manager.\n\nShelf 3\nRoom 12\n\n\n{long}\n- keys\n2. badge\n");
        let want: Vec<Vec<String>> = vec![
            vec![format!("{long} to the manager.")],
            vec!["Shelf 3".to_owned(), "Room 12".to_owned()],
            vec![long.to_owned(), "- keys".to_owned(), "2. badge".to_owned()],
        ];
        assert_eq!(paragraphs(&text), want);
        assert_eq!(paragraphs(" \n\n"), Vec::<Vec<String>>::new());
    }
}
