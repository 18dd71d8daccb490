//! Letters of people's own, besides those of their teams: whoever chose them on their own page gets them, and whoever
//! stands in for somebody gets what concerns what that one has in hand. They lead to pages that ask who one is: none has
//! the link that opens a task by itself.

use std::collections::BTreeMap;

use jiff::{Span, Timestamp, civil::Time};
use latchkey_ledger::TaskRow;
use latchkey_lifecycle::{
    About, AuditBody, Block, Brief, Content, Letter, LetterId, OwnLetter, OwnLetters, QueuedLetter,
    TeamId, What,
};
use latchkey_questions::{
    Absences, Acts, Away,
    facts::{day, name_of},
    named_in,
};
use latchkey_runbook::Runbook;
use serde_json::json;

/// When the one letter of a working morning goes out, in the company's time zone.
const MORNING: Time = Time::constant(8, 30, 0, 0);

/// Who gets a letter, how, and for whom they stand in.
type Getting<'a> = BTreeMap<&'a str, (OwnLetter, Option<Away<'a>>)>;

/// The letters of people's own that come of a team's.
pub(crate) fn own_letters(
    runbook: &Runbook,
    absences: &Absences,
    (letter, task): (&QueuedLetter, &TaskRow),
    now: Timestamp,
) -> Vec<QueuedLetter> {
    // What an earlier release wrote has nothing but its text, with the link that opens a task.
    let passes_on = letter.letter.own.is_none() && letter.letter.content.is_some();
    let Some(brief) = letter.letter.brief.as_ref().filter(|_| passes_on) else {
        return Vec::new();
    };
    let getting = getting(runbook, absences, &letter.letter, task);
    let getting = getting
        .into_iter()
        .filter(|(address, _)| !letter.letter.to.trim().eq_ignore_ascii_case(address));
    let queued = getting.map(|(address, (way, away))| {
        let own = own(letter, brief, (address, way), away);
        let id = LetterId::of(&[&"own", &letter.id, &address]);
        let about = letter.about.as_ref().map(|about| About {
            record: away.and_then(|away| record(address, away, now)),
            ..about.clone()
        });
        let queued = QueuedLetter::new(id, own, about, now);
        match way {
            OwnLetter::AtOnce => queued,
            OwnLetter::InDigest => queued.held_until(next_morning(runbook, now)),
        }
    });
    queued.collect()
}

fn getting<'a>(
    runbook: &'a Runbook,
    absences: &'a Absences,
    letter: &Letter,
    task: &'a TaskRow,
) -> Getting<'a> {
    let mut all = Getting::new();
    let mut add = |address, way, away| {
        let known = all.entry(address).or_insert((way, away));
        if way == OwnLetter::AtOnce {
            known.0 = way;
        }
        known.1 = known.1.or(away);
    };
    let teams = runbook.teams();
    let mut teams =
        teams.filter(|(id, team)| id.as_str() == letter.team && team.email == letter.to);
    if let Some((team, _)) = teams.next() {
        for address in runbook.addresses_of(team) {
            let chosen = absences.settings(address).map(|settings| settings.letters);
            let way = match chosen {
                None | Some(OwnLetters::None) => continue,
                Some(OwnLetters::Digest) if !letter.urgent => OwnLetter::InDigest,
                Some(OwnLetters::Digest | OwnLetters::AtOnce) => OwnLetter::AtOnce,
            };
            match absences.acts_for(runbook, team, address) {
                Acts::StandIn(other) => add(other, way, absences.away(address)),
                Acts::Themselves | Acts::Nobody => add(address, way, None),
            }
        }
        let holder = task.hands().and_then(|hands| hands.has.as_ref());
        if let Some(holder) = holder.filter(|_| is_asked(task, team)) {
            let holder = holder.who.address.as_str();
            if let Acts::StandIn(other) = absences.acts_for(runbook, team, holder) {
                add(other, OwnLetter::AtOnce, absences.away(holder));
            }
        }
    }
    // Whom the runbook itself writes to, such as an escalation contact.
    let named = letter.to.trim().to_lowercase();
    let away = absences.away(&named);
    for team in named_in(runbook, &named) {
        if let Acts::StandIn(other) = absences.acts_for(runbook, team, &named) {
            add(other, OwnLetter::AtOnce, away);
            break;
        }
    }
    all
}

/// Whether a team is the one that is asked.
fn is_asked(task: &TaskRow, team: &TeamId) -> bool {
    let asking = task.asking.as_ref();
    asking.is_some_and(|asking| task.asked_team(asking.step) == team)
}

/// The letter as somebody's own.
fn own(
    of: &QueuedLetter,
    brief: &Brief,
    (address, way): (&str, OwnLetter),
    away: Option<Away<'_>>,
) -> Letter {
    let stands_in = away.map(|away| {
        format!(
            "{} is away until {}, and you stand in.",
            away.name,
            day(away.absence.until)
        )
    });
    let subject = match away {
        Some(away) => format!("{} (for {})", of.letter.subject, away.name),
        None => of.letter.subject.clone(),
    };
    let mut letter = of.letter.clone();
    letter.to = address.to_owned();
    letter.subject = subject;
    letter.own = Some(way);
    letter.content = of.letter.content.clone().map(|content| {
        let first = stands_in.clone().map(|said| Block::Said(said.into()));
        let blocks = content.blocks.into_iter().map(|block| of_own(block, brief));
        Content {
            blocks: first.into_iter().chain(blocks).collect(),
            ..content
        }
    });
    // Its text is made of that when it is sent.
    letter.text.clear();
    letter.brief = Some(Brief {
        greets: name_of(address),
        notes: brief.notes.iter().cloned().chain(stands_in).collect(),
        link: brief.page.clone(),
        ..brief.clone()
    });
    letter
}

fn of_own(block: Block, brief: &Brief) -> Block {
    match block {
        Block::Open { says, link, .. } => Block::Open {
            says,
            link,
            url: brief.page.clone(),
        },
        Block::Small(_) => Block::Small(WHY.to_owned()),
        other => other,
    }
}

/// Why somebody gets a letter of their own.
pub(crate) const WHY: &str = "The page asks you to sign in. You get this besides your team: what you get is set under your name there.";

fn record(address: &str, away: Away<'_>, now: Timestamp) -> Option<AuditBody> {
    let text = format!(
        "Told {}, who stands in for {} until {}.",
        name_of(address),
        away.name,
        day(away.absence.until)
    );
    Some(AuditBody {
        at: now,
        by: "mail".into(),
        what: What::Told,
        text,
        detail: json!({ "address": address, "for": away.address }),
    })
}

/// When the next letter of a working morning goes out (UTC).
fn next_morning(runbook: &Runbook, now: Timestamp) -> Timestamp {
    let (zone, calendar) = (runbook.time_zone(), runbook.calendar());
    let today = now.to_zoned(zone.clone()).date();
    let mornings = today.series(Span::new().days(1));
    let mut mornings = mornings
        .filter(|day| calendar.is_working_day(*day, ""))
        .filter_map(|day| day.to_datetime(MORNING).to_zoned(zone.clone()).ok())
        .map(|morning| morning.timestamp());
    // A calendar without working days is none that is published.
    mornings
        .by_ref()
        .take(MOST_DAYS)
        .find(|at| *at > now)
        .unwrap_or(now)
}

/// More mornings than lie between two working days.
const MOST_DAYS: usize = 60;
