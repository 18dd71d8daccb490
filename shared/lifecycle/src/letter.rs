//! Letters to owners, HR, managers and operators, and how each stands in the queue between the steps and the mail.

use std::fmt;

use jiff::{Timestamp, tz::TimeZone};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::{AuditBody, CaseId, Content, TaskId, Words, shown};

/// A checkpoint of a question.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Stage {
    /// The owner is asked.
    Asked,
    /// Reminded before it is due.
    Reminded,
    /// It was missed: owner and backup are told.
    Missed,
    /// The escalation contact gets it.
    Escalated,
}

impl Stage {
    /// As it stands in the workflow, the ledger and the audit trail.
    pub fn as_str(self) -> &'static str {
        match self {
            Stage::Asked => "asked",
            Stage::Reminded => "reminded",
            Stage::Missed => "missed",
            Stage::Escalated => "escalated",
        }
    }
}

/// One letter. Its text reads the same in every mail program, and SNS sends nothing else.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Letter {
    /// The team whose subscription gets it: the SNS message attribute `team`.
    pub team: String,
    /// The address; used where mail is sent directly.
    pub to: String,
    /// At most 100 characters of ASCII go by SNS; longer or other text is shortened there.
    pub subject: String,
    /// The text. Empty once it was sent: its links are for whom it was written to.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub text: String,
    /// What it says, where its text is made of that anew when it is sent, and HTML beside it. Not kept once it was sent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub content: Option<Content>,
    /// Whether it cannot wait for whoever reads letters once a day; its subject says so, too.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub urgent: bool,
    /// Where it is somebody's own, besides that of their team, and by which choice of theirs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub own: Option<OwnLetter>,
    /// What it is in a letter that brings several; only what is asked of a team is brought together.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub brief: Option<Brief>,
}

/// How somebody gets a letter of their own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum OwnLetter {
    /// When their team gets it.
    AtOnce,
    /// Once a working morning, with the others.
    InDigest,
}

/// A question in a letter that brings several.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Brief {
    /// Which checkpoint: only letters of the same one are brought together.
    pub stage: Stage,
    /// The team's name, for the greeting.
    pub greets: String,
    /// What is to be done, for whom, and by when: one line.
    pub line: Words,
    /// What to know beside it, e.g. what went wrong: a line each.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<String>,
    /// The link of the task's page.
    pub link: String,
    /// The page of the task for whoever signs in: it opens nothing to whoever else has its address.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub page: String,
}

impl Letter {
    /// A letter as it may be shown. What comes from outside and stands in a text of several lines is put in as a line
    /// ([`shown::line`]) by whoever writes the text.
    pub fn new(
        team: impl Into<String>,
        to: impl Into<String>,
        subject: impl AsRef<str>,
        text: impl AsRef<str>,
    ) -> Letter {
        Letter {
            team: team.into(),
            to: to.into(),
            subject: shown::line(subject.as_ref()).into_owned(),
            text: shown::text(text.as_ref()).into_owned(),
            content: None,
            urgent: subject.as_ref().starts_with(URGENT),
            own: None,
            brief: None,
        }
    }

    /// A letter that says this; as it reads now in the company's time zone, until it is sent.
    pub fn of(
        team: impl Into<String>,
        to: impl Into<String>,
        subject: impl AsRef<str>,
        content: Content,
        (zone, now): (&TimeZone, Timestamp),
    ) -> Letter {
        let text = content.text(zone, now);
        Letter {
            content: Some(content),
            ..Letter::new(team, to, subject, text)
        }
    }
}

/// What an urgent letter's subject begins with.
pub const URGENT: &str = "URGENT: ";

/// Names a letter by what it is about, so that a step that runs twice writes it once.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct LetterId(String);

impl LetterId {
    /// The id of what these say: the same of the same.
    pub fn of(parts: &[&dyn fmt::Display]) -> LetterId {
        let mut hash = Sha256::new();
        for part in parts {
            hash.update(part.to_string().as_bytes());
            hash.update([0]);
        }
        let mut id = hex::encode(hash.finalize());
        id.truncate(24);
        LetterId(id)
    }

    /// The id as text: hexadecimal.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for LetterId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What a letter of a case is about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct About {
    /// The case.
    pub case: CaseId,
    /// The task.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub task: Option<TaskId>,
    /// The question of the task, by its serial: once it is answered, the letter is not needed any more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub question: Option<u32>,
    /// What the task's trail says once it was sent; its instant is that of the sending.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub record: Option<AuditBody>,
}

/// Where a letter stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum LetterState {
    /// It is to be sent.
    Waiting,
    /// The mail server, or SNS, has taken it.
    Sent,
    /// It was not taken within [`QueuedLetter::PATIENCE`], or its address was refused.
    GivenUp,
    /// What it asked was answered, or a later letter about it went out, before it could be sent.
    NotNeeded,
}

/// A letter in the queue.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct QueuedLetter {
    /// Which one.
    pub id: LetterId,
    /// The letter.
    pub letter: Letter,
    /// What it is about; nothing for what is about no case.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub about: Option<About>,
    /// When it was written (UTC).
    pub written_at: Timestamp,
    /// Where it stands.
    pub state: LetterState,
    /// From when on it is tried (UTC).
    pub next: Timestamp,
    /// Before when nobody wanted it (UTC): until then nothing was tried in vain.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub held_until: Option<Timestamp>,
    /// How often it was tried in vain.
    #[serde(default)]
    pub tries: u32,
    /// The e-mail in which it was tried in vain, by that one's id. It goes out again in no other: whether the server took
    /// it before it hung up is not known, and a mail program knows what comes twice by the id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tried_in: Option<String>,
    /// What the mail server said last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub problem: Option<String>,
    /// Since when its address has been refused (UTC).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refused_since: Option<Timestamp>,
    /// When it was sent, given up or not needed any more (UTC).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended_at: Option<Timestamp>,
}

impl QueuedLetter {
    /// For how long a letter is tried. A mail server that is away for a night is no reason to lose one.
    pub const PATIENCE: jiff::SignedDuration = jiff::SignedDuration::from_hours(24);
    /// For how long an address has to be refused before it is believed: servers refuse everything while they are set up
    /// wrongly.
    pub const DOUBT: jiff::SignedDuration = jiff::SignedDuration::from_mins(15);
    /// The longest time between two tries.
    const SELDOM: jiff::SignedDuration = jiff::SignedDuration::from_mins(10);
    /// The time before the second try; it doubles.
    const SOON: jiff::SignedDuration = jiff::SignedDuration::from_secs(10);

    /// A letter that is to be sent.
    pub fn new(id: LetterId, letter: Letter, about: Option<About>, now: Timestamp) -> QueuedLetter {
        QueuedLetter {
            id,
            letter,
            about,
            written_at: now,
            state: LetterState::Waiting,
            next: now,
            held_until: None,
            tries: 0,
            tried_in: None,
            problem: None,
            refused_since: None,
            ended_at: None,
        }
    }

    /// The same letter, that is to be sent later.
    #[must_use]
    pub fn held_until(self, at: Timestamp) -> QueuedLetter {
        QueuedLetter {
            next: at,
            held_until: Some(at),
            ..self
        }
    }

    /// Which letters go out before it: those of a smaller number. What asks goes first; then what says of a case as a
    /// whole that it ended; then what is read once a day.
    pub fn class(&self) -> u8 {
        let about = self.about.as_ref();
        match about.is_some_and(|about| about.task.is_none()) {
            _ if self.letter.own == Some(OwnLetter::InDigest) => 2,
            true => 1,
            false => 0,
        }
    }

    /// Whether it is to be sent at this instant.
    pub fn is_due(&self, now: Timestamp) -> bool {
        self.state == LetterState::Waiting && self.next <= now
    }

    /// It has come to an end. Its text and link are not kept.
    pub fn end(&mut self, state: LetterState, now: Timestamp) {
        self.state = state;
        self.ended_at = Some(now);
        self.letter.text.clear();
        self.letter.content = None;
        self.letter.brief = None;
    }

    /// It was not taken: it is tried again later, or given up.
    pub fn not_taken(&mut self, problem: &str, refused: bool, now: Timestamp) {
        self.tries = self.tries.saturating_add(1);
        self.problem = Some(shown::line(problem).into_owned());
        self.refused_since = refused.then(|| self.refused_since.unwrap_or(now));
        let for_long = |since: Timestamp, most| now.duration_since(since) >= most;
        let refused = self
            .refused_since
            .is_some_and(|since| for_long(since, Self::DOUBT));
        let since = self.held_until.unwrap_or(self.written_at);
        if refused || for_long(since, Self::PATIENCE) {
            self.end(LetterState::GivenUp, now);
            return;
        }
        let doubled = 1i32 << (self.tries - 1).min(10);
        let pause = (Self::SOON * doubled).min(Self::SELDOM);
        self.next = now.saturating_add(pause).unwrap_or(Timestamp::MAX);
    }

    /// Whether somebody should know that it did not go out: it was given up, or tried in vain.
    pub fn is_in_trouble(&self) -> bool {
        match self.state {
            LetterState::Waiting => self.tries > 0,
            LetterState::GivenUp => true,
            LetterState::Sent | LetterState::NotNeeded => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::SignedDuration;

    fn at(minutes: i64) -> Timestamp {
        let day: Timestamp = "2026-11-29T00:00:00Z".parse().unwrap();
        day + SignedDuration::from_mins(minutes)
    }

    fn letter() -> QueuedLetter {
        let letter = Letter::new("it", "it@acme.example", "Laptop", "Hello");
        QueuedLetter::new(LetterId::of(&[&"a", &1]), letter, None, at(0))
    }

    #[test]
    fn an_id_is_that_of_its_parts() {
        assert_eq!(LetterId::of(&[&"a", &1]), LetterId::of(&[&"a", &"1"]));
        assert_ne!(LetterId::of(&[&"a", &"b"]), LetterId::of(&[&"ab"]));
    }

    #[test]
    fn a_letter_that_is_not_taken_is_tried_for_a_day_ever_more_seldom() {
        let mut it = letter();
        let (mut now, mut pauses) = (at(0), Vec::new());
        while it.state == LetterState::Waiting {
            it.not_taken("421 later", false, now);
            pauses.push(it.next.duration_since(now));
            now = it.next.max(now);
            assert!(it.is_in_trouble());
        }
        let seconds: Vec<i64> = pauses[..8].iter().map(|pause| pause.as_secs()).collect();
        assert_eq!(seconds, [10, 20, 40, 80, 160, 320, 600, 600]);
        assert_eq!(it.state, LetterState::GivenUp);
        assert!(now >= at(24 * 60) && now < at(24 * 60 + 11), "{now}");
        assert_eq!(
            (it.letter.text.as_str(), it.problem.as_deref()),
            ("", Some("421 later"))
        );
    }

    #[test]
    fn what_nobody_wanted_before_the_morning_is_tried_for_a_day_from_then_on() {
        let mut it = letter().held_until(at(3 * 24 * 60));
        assert!(!it.is_due(at(3 * 24 * 60 - 1)));
        it.not_taken("421 later", false, at(3 * 24 * 60));
        assert_eq!(it.state, LetterState::Waiting);
        it.not_taken("421 later", false, at(4 * 24 * 60));
        assert_eq!(it.state, LetterState::GivenUp);
    }

    #[test]
    fn an_address_is_given_up_once_it_was_refused_for_a_while() {
        let mut it = letter();
        it.not_taken("550 no such user", true, at(0));
        it.not_taken("451 later", false, at(10));
        it.not_taken("550 no such user", true, at(14));
        assert_eq!(
            (it.state, it.refused_since),
            (LetterState::Waiting, Some(at(14)))
        );
        it.not_taken("550 no such user", true, at(29));
        assert_eq!(it.state, LetterState::GivenUp);
    }
}
