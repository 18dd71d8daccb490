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

#[cfg(test)]
mod tests {
    use latchkey_lifecycle::{Absence, CaseId, OwnSettings, Stage, Task, TaskId, Words};
    use latchkey_runbook::Source;

    use super::*;

    const TEXT: &str = "company: Acme
time_zone: Europe/Berlin
hr: it
operations: it
holidays: {all: [{date: 2026-12-24, name: Company day}]}
brake: {within: 24 hours, exits: 20, urgent_exits: 5, transfers: 50, confirm: it}
teams:
  it: {email: it@x.example, escalation: ann@x.example, members: [ann@x.example, ben@x.example, cy@x.example]}
  small: {email: cy@x.example, members: [cy@x.example]}
";

    fn runbook() -> Runbook {
        let files = [("runbook.yaml".to_owned(), TEXT.to_owned())];
        let checked = Runbook::check(&Source::from_files(files.into()));
        checked
            .runbook
            .unwrap_or_else(|| panic!("{:?}", checked.problems))
    }

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn a_morning_is_of_the_next_working_day_in_the_companys_time() {
        for (now, next) in [
            ("2026-12-10T07:29:59Z", "2026-12-10T07:30:00Z"),
            ("2026-12-10T07:30:00Z", "2026-12-11T07:30:00Z"),
            ("2026-12-11T12:00:00Z", "2026-12-14T07:30:00Z"),
            // A holiday of all, and the weekend behind it is none: 25 December is not in the list.
            ("2026-12-23T12:00:00Z", "2026-12-25T07:30:00Z"),
            ("2027-03-27T12:00:00Z", "2027-03-29T06:30:00Z"),
        ] {
            assert_eq!(next_morning(&runbook(), at(now)), at(next), "{now}");
        }
    }

    fn settings(name: &str, letters: OwnLetters, stand_in: Option<&str>) -> OwnSettings {
        let absence = stand_in.map(|stand_in| Absence {
            from: jiff::civil::date(2026, 12, 1),
            until: jiff::civil::date(2026, 12, 31),
            stand_in: Some(format!("{stand_in}@x.example")),
        });
        OwnSettings {
            address: format!("{name}@x.example"),
            name: name.to_owned(),
            absences: absence.into_iter().collect(),
            letters,
        }
    }

    /// What a letter to a team, or to an address, brings to whom: by address, how, and whether they stand in.
    fn brings(
        all: &[OwnSettings],
        (team, to): (&str, &str),
        urgent: bool,
    ) -> Vec<(String, Option<OwnLetter>, bool)> {
        let (runbook, now) = (runbook(), at("2026-12-10T12:00:00Z"));
        let all = all.iter().map(|one| (one.address.clone(), one.clone()));
        let absences = Absences::of(&runbook, all.collect(), now);
        let content = Content {
            blocks: Vec::new(),
            company: "Acme".to_owned(),
        };
        let as_of = (runbook.time_zone(), now);
        let mut letter = Letter::of(team, to, "Laptop", content, as_of);
        letter.urgent = urgent;
        letter.brief = Some(Brief {
            stage: Stage::Asked,
            greets: "IT".to_owned(),
            line: Words::from("Laptop"),
            notes: Vec::new(),
            link: "https://x.example/tasks/1".to_owned(),
            page: "https://x.example/cases/1".to_owned(),
        });
        let about = About {
            case: CaseId::new("hire-1-0").unwrap(),
            task: Some(TaskId::new("laptop").unwrap()),
            question: Some(1),
            record: None,
        };
        let letter = QueuedLetter::new(LetterId::of(&[&"a"]), letter, Some(about), now);
        let own = own_letters(&runbook, &absences, (&letter, &task()), now);
        let told = own.into_iter().map(|queued| {
            assert_eq!(
                queued.letter.brief.unwrap().link,
                "https://x.example/cases/1"
            );
            let stands_in = queued.letter.subject.contains("(for ");
            (queued.letter.to, queued.letter.own, stands_in)
        });
        told.collect()
    }

    fn task() -> TaskRow {
        let task: Task = serde_json::from_value(json!({
            "id": "laptop", "caseId": "hire-1-0", "revision": 1, "title": "Laptop", "owner": "it",
            "work": {"by": "person", "instructions": "", "checklist": [], "fields": []},
            "window": {"opens": "2026-12-10T08:00:00Z", "due": "2026-12-11T09:00:00Z"},
            "checkpoints": {"remind": "2026-12-10T08:30:00Z", "escalate": "2026-12-12T10:00:00Z"},
            "verification": {"how": "attested"}, "state": "asked",
        }))
        .unwrap();
        TaskRow::from(task)
    }

    #[test]
    fn each_gets_what_they_chose_and_whoever_stands_in_what_somebody_else_did() {
        use OwnLetter::{AtOnce, InDigest};
        let it = ("it", "it@x.example");
        let to = |name: &str| format!("{name}@x.example");
        let all = [
            settings("ann", OwnLetters::Digest, None),
            settings("ben", OwnLetters::AtOnce, Some("cy")),
        ];
        assert_eq!(
            brings(&all, it, false),
            [
                (to("ann"), Some(InDigest), false),
                (to("cy"), Some(AtOnce), true)
            ]
        );
        assert_eq!(brings(&all, it, true)[0], (to("ann"), Some(AtOnce), false));
        assert_eq!(
            brings(&[settings("ann", OwnLetters::None, None)], it, true),
            []
        );
        // The mailbox of a team of one is that one's own.
        let alone = [settings("cy", OwnLetters::AtOnce, None)];
        assert_eq!(brings(&alone, ("small", "cy@x.example"), false), []);
        // An escalation contact who is away: nothing to choose.
        let away = [settings("ann", OwnLetters::None, Some("ben"))];
        let escalated = ("ann@x.example", "Ann@x.example");
        assert_eq!(
            brings(&away, escalated, true),
            [(to("ben"), Some(AtOnce), true)]
        );
    }
}
