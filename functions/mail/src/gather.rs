//! What goes out as one e-mail: a letter, or what a team is asked at one instant.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use latchkey_ledger::Row;
use latchkey_lifecycle::{Brief, CaseId, Letter, LetterId, QueuedLetter, Stage, TaskId, shown};
use latchkey_runtime::Envelope;

/// At most so many questions in one e-mail: more are not read, and SNS takes 256 KiB.
const MOST: usize = 40;

/// What a question's letter is about: the question, and whom it asks.
type Asks<'a> = (&'a CaseId, &'a TaskId, u32, (&'a str, &'a str));

fn asks(it: &QueuedLetter) -> Option<(Asks<'_>, Stage)> {
    let about = it.about.as_ref()?;
    let stage = it.letter.brief.as_ref()?.stage;
    let whom = (it.letter.team.as_str(), it.letter.to.as_str());
    Some((
        (&about.case, about.task.as_ref()?, about.question?, whom),
        stage,
    ))
}

/// Those that a later letter about the same question takes the place of, of a later checkpoint or written anew: they
/// are not needed beside it.
pub(crate) fn overtaken(rows: &[Row<QueuedLetter>]) -> BTreeSet<LetterId> {
    let rank = |it: &QueuedLetter, stage: Stage| (stage, it.written_at, it.id.clone());
    let mut last: BTreeMap<Asks<'_>, (Stage, Timestamp, LetterId)> = BTreeMap::new();
    for row in rows {
        let Some((asks, stage)) = asks(&row.item) else {
            continue;
        };
        let this = rank(&row.item, stage);
        match last.get_mut(&asks) {
            Some(known) if *known >= this => {}
            Some(known) => *known = this,
            None => drop(last.insert(asks, this)),
        }
    }
    let kept: BTreeSet<&LetterId> = last.values().map(|(_, _, id)| id).collect();
    let overtaken =
        |row: &&Row<QueuedLetter>| asks(&row.item).is_some() && !kept.contains(&row.item.id);
    rows.iter()
        .filter(overtaken)
        .map(|row| row.item.id.clone())
        .collect()
}

/// What goes out in one wave: for each address the letters that come first there. What is left comes with the next
/// wave, so that no mailbox gets more than one e-mail in each.
pub(crate) fn wave(
    rows: Vec<Row<QueuedLetter>>,
) -> (Vec<Vec<Row<QueuedLetter>>>, Vec<Row<QueuedLetter>>) {
    let mut left = Vec::new();
    let mut of: BTreeMap<(String, String), usize> = BTreeMap::new();
    let mut groups: Vec<Vec<Row<QueuedLetter>>> = Vec::new();
    for row in rows {
        let address = (row.item.letter.team.clone(), row.item.letter.to.clone());
        let nth = *of.entry(address).or_insert(groups.len());
        match groups.get_mut(nth) {
            None => groups.push(vec![row]),
            Some(group) => {
                let with = group
                    .first()
                    .is_some_and(|first| together(&first.item, &row.item));
                match with && group.len() < MOST {
                    true => group.push(row),
                    false => left.push(row),
                }
            }
        }
    }
    (groups, left)
}

/// Whether two letters to one address go out as one. What was tried in one e-mail is tried in the same one again, alone.
fn together(first: &QueuedLetter, other: &QueuedLetter) -> bool {
    let stage = |it: &QueuedLetter| it.letter.brief.as_ref().map(|brief| brief.stage);
    stage(first).is_some() && stage(first) == stage(other) && first.tried_in == other.tried_in
}

/// The e-mail that brings these letters; none of none.
pub(crate) fn envelope(rows: &[Row<QueuedLetter>], company: &str) -> Option<Envelope> {
    let first = &rows.first()?.item;
    let letters: Vec<Letter> = rows.iter().map(|row| row.item.letter.clone()).collect();
    let written_at = rows.iter().map(|row| row.item.written_at).min();
    let (id, subject, text) = match rows.len() {
        1 => (
            first.id.to_string(),
            first.letter.subject.clone(),
            first.letter.text.clone(),
        ),
        _ => {
            let ids: Vec<&str> = rows.iter().map(|row| row.item.id.as_str()).collect();
            let briefs: Vec<&Brief> = letters.iter().filter_map(|l| l.brief.as_ref()).collect();
            let id = LetterId::of(&[&ids.join(" ")]).to_string();
            (id, subject(&letters, &briefs), text(&briefs, company))
        }
    };
    Some(Envelope {
        id: first.tried_in.clone().unwrap_or(id),
        team: first.letter.team.clone(),
        to: first.letter.to.clone(),
        subject,
        text,
        written_at: written_at.unwrap_or(Timestamp::UNIX_EPOCH),
        letters,
    })
}

/// How many tasks, and the first two of them by the subjects of their own letters, so that a mailbox can be looked
/// through.
fn subject(letters: &[Letter], briefs: &[&Brief]) -> String {
    let word = match briefs.first().map(|brief| brief.stage) {
        Some(Stage::Reminded) => "Reminder: ",
        Some(Stage::Missed) => "MISSED: ",
        Some(Stage::Escalated) => "ESCALATED: ",
        Some(Stage::Asked) | None => "",
    };
    let first = letters.first().map(|letter| letter.subject.as_str());
    let first = first.unwrap_or_default();
    let first = first.strip_prefix(word).unwrap_or(first);
    let more = letters.len() - 1;
    format!("{word}{} tasks: {first}, and {more} more", letters.len())
}

fn text(briefs: &[&Brief], company: &str) -> String {
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
        Some(Stage::Escalated) => {
            format!(
                "You are the escalation contact of {greets}. These {count} tasks were declined, or were due and are not done:"
            )
        }
    };
    let mut out = vec![opening];
    for (n, brief) in (1..).zip(briefs) {
        out.push(String::new());
        out.push(format!("{n}. {}", brief.line));
        out.extend(brief.notes.iter().map(|note| format!("   {note}")));
        out.push(format!("   {}", brief.link));
    }
    out.push(String::new());
    out.push(
        "The page of each says what is to be done, and takes the answer. Each link works for its task only, until it is done. Whoever has \
         it can answer for you: keep it in your team."
            .to_owned(),
    );
    out.push(String::new());
    out.push("-- ".to_owned());
    out.push(format!("Latchkey for {company}"));
    out.push(String::new());
    shown::lines(out)
}

#[cfg(test)]
mod tests {
    use super::*;
    use latchkey_lifecycle::About;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(1_796_000_000 + second).unwrap()
    }

    fn row(n: i64, team: &str, stage: Option<Stage>) -> Row<QueuedLetter> {
        let mut letter = Letter::new(
            team,
            format!("{team}@acme.example"),
            format!("Task {n} – Zoë, by Mon"),
            format!("Hello {team}"),
        );
        letter.brief = stage.map(|stage| Brief {
            stage,
            greets: "IT Service".to_owned(),
            line: format!(
                "Task {n} for Zoë Berger (employee 7), by Mon 30 Nov 2026 09:00 CET (in 1 day)"
            ),
            notes: vec![],
            link: format!("https://latchkey.example/tasks/{n}"),
        });
        let about = About {
            case: CaseId::new("hire-7-0").unwrap(),
            task: Some(TaskId::new(format!("task{n}")).unwrap()),
            question: Some(1),
            record: None,
        };
        Row::new(QueuedLetter::new(
            LetterId::of(&[&n, &team]),
            letter,
            Some(about),
            at(n),
        ))
    }

    #[test]
    fn what_a_team_is_asked_at_one_instant_is_one_letter() {
        let asked = Some(Stage::Asked);
        let rows = vec![
            row(1, "it", asked),
            row(2, "hr", asked),
            row(3, "it", asked),
            row(4, "it", Some(Stage::Missed)),
            row(5, "it", None),
            row(6, "it", asked),
        ];
        let (first, left) = wave(rows);
        let left: Vec<&str> = left
            .iter()
            .map(|row| row.item.letter.subject.as_str())
            .collect();
        assert_eq!(left, ["Task 4 – Zoë, by Mon", "Task 5 – Zoë, by Mon"]);
        let wave: Vec<Envelope> = first
            .iter()
            .filter_map(|rows| envelope(rows, "Acme"))
            .collect();
        let told: Vec<(&str, usize)> = wave
            .iter()
            .map(|e| (e.to.as_str(), e.letters.len()))
            .collect();
        assert_eq!(told, [("it@acme.example", 3), ("hr@acme.example", 1)]);
        let first = &wave[0];
        assert_eq!(first.subject, "3 tasks: Task 1 – Zoë, by Mon, and 2 more");
        assert_eq!(
            first.text,
            "Hello IT Service, please see to these 3 tasks:\n\n\
             1. Task 1 for Zoë Berger (employee 7), by Mon 30 Nov 2026 09:00 CET (in 1 day)\n   https://latchkey.example/tasks/1\n\n\
             2. Task 3 for Zoë Berger (employee 7), by Mon 30 Nov 2026 09:00 CET (in 1 day)\n   https://latchkey.example/tasks/3\n\n\
             3. Task 6 for Zoë Berger (employee 7), by Mon 30 Nov 2026 09:00 CET (in 1 day)\n   https://latchkey.example/tasks/6\n\n\
             The page of each says what is to be done, and takes the answer. Each link works for its task only, until it is done. \
             Whoever has it can answer for you: keep it in your team.\n\n-- \nLatchkey for Acme\n"
        );
        assert_eq!(wave[1].text, "Hello hr");
    }

    /// A server may have taken an e-mail before it hung up: what comes again is the same one, whatever else waits by then.
    #[test]
    fn what_was_tried_together_is_tried_together_again_and_by_the_same_id() {
        let asked = Some(Stage::Asked);
        let rows = vec![row(1, "it", asked), row(2, "it", asked)];
        let (first, _) = wave(rows);
        let tried = envelope(&first[0], "Acme").unwrap().id;
        let again = |n| {
            let mut row = row(n, "it", asked);
            row.item.tried_in = Some(tried.clone());
            row
        };
        let rows = vec![row(0, "it", asked), again(1), again(2), row(3, "it", asked)];
        let (new, left) = wave(rows);
        assert_eq!(new[0].len(), 2);
        assert_ne!(envelope(&new[0], "Acme").unwrap().id, tried);
        let (old, left) = wave(left);
        assert_eq!((old[0].len(), left.len()), (2, 0));
        assert_eq!(envelope(&old[0], "Acme").unwrap().id, tried);
        // One of them was answered meanwhile.
        assert_eq!(envelope(&old[0][1..], "Acme").unwrap().id, tried);
    }

    #[test]
    fn what_is_asked_anew_before_it_could_be_asked_is_asked_once() {
        let mut again = row(1, "it", Some(Stage::Asked));
        again.item.id = LetterId::of(&[&"again"]);
        again.item.written_at = at(60);
        let rows = [row(1, "it", Some(Stage::Asked)), again, row(1, "it", None)];
        let overtaken: Vec<LetterId> = overtaken(&rows).into_iter().collect();
        assert_eq!(overtaken, [rows[0].item.id.clone()]);
    }

    #[test]
    fn a_later_letter_about_a_question_takes_the_place_of_an_earlier_one() {
        let mut rows = vec![
            row(1, "it", Some(Stage::Asked)),
            row(1, "it", Some(Stage::Missed)),
        ];
        rows[1].item.id = LetterId::of(&[&"missed"]);
        rows.push(row(2, "it", Some(Stage::Asked)));
        let overtaken = overtaken(&rows);
        assert_eq!(
            overtaken.into_iter().collect::<Vec<_>>(),
            [rows[0].item.id.clone()]
        );
    }
}
