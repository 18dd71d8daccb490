//! What goes out as one e-mail: a letter, or what a team is asked at one instant.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use latchkey_ledger::Row;
use latchkey_lifecycle::{CaseId, LetterId, OwnLetter, QueuedLetter, Stage, TaskId};

/// At most so many questions in one e-mail: more are not read, and SNS takes 256 KiB.
pub(crate) const MOST: usize = 40;

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
                // One a morning is one, however much it brings.
                let room = group.len() < MOST || is_digest(&row.item);
                match with && room {
                    true => group.push(row),
                    false => left.push(row),
                }
            }
        }
    }
    (groups, left)
}

/// Whether it waits for one letter a morning.
pub(crate) fn is_digest(letter: &QueuedLetter) -> bool {
    letter.letter.own == Some(OwnLetter::InDigest)
}

/// Whether two letters to one address go out as one. What was tried in one e-mail is tried in the same one again, alone.
fn together(first: &QueuedLetter, other: &QueuedLetter) -> bool {
    let kind = |it: &QueuedLetter| {
        let stage = it.letter.brief.as_ref()?.stage;
        let (own, urgent) = (it.letter.own, it.letter.urgent);
        Some((own, Some((stage, urgent)).filter(|_| !is_digest(it))))
    };
    kind(first).is_some() && kind(first) == kind(other) && first.tried_in == other.tried_in
}

/// The id of the e-mail that brings these letters: the one that it was tried under, where it was.
pub(crate) fn id(rows: &[Row<QueuedLetter>]) -> String {
    let Some(first) = rows.first() else {
        return String::new();
    };
    let ids: Vec<&str> = rows.iter().map(|row| row.item.id.as_str()).collect();
    let new = || match rows.len() {
        1 => first.item.id.to_string(),
        _ => LetterId::of(&[&ids.join(" ")]).to_string(),
    };
    first.item.tried_in.clone().unwrap_or_else(new)
}

#[cfg(test)]
mod tests {
    use latchkey_lifecycle::{About, Brief, Letter, URGENT, Words};
    use latchkey_runbook::Runbook;
    use latchkey_runtime::Envelope;

    use super::*;
    use crate::envelope::envelope;

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
            line: Words::from(format!("Task {n} for Zoë Berger (employee 7), by ")).at(at(86_400)),
            notes: vec![],
            link: format!("https://latchkey.example/tasks/{n}"),
            page: String::new(),
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

    fn runbook() -> Runbook {
        let text = "company: Acme
time_zone: Europe/Berlin
hr: it
operations: it
brake: {within: 24 hours, exits: 20, urgent_exits: 5, transfers: 50, confirm: it}
teams: {it: {email: it@acme.example}}
";
        let files = [("runbook.yaml".to_owned(), text.to_owned())];
        let checked = Runbook::check(&latchkey_runbook::Source::from_files(files.into()));
        checked
            .runbook
            .unwrap_or_else(|| panic!("{:?}", checked.problems))
    }

    fn sent(rows: &[Row<QueuedLetter>]) -> Envelope {
        envelope(rows, &runbook(), at(0)).unwrap()
    }

    #[test]
    fn nothing_of_a_name_is_decoded_by_a_mail_program() {
        let named = |n| {
            let mut row = row(n, "it", Some(Stage::Asked));
            row.item.letter.subject = "Laptop – =?utf-8?q?=E2=80=AEdeifirev_si=0A?=".to_owned();
            row.item.letter.to = "=?utf-8?q?=E2=80=AEti?= <it@acme.example>".to_owned();
            row
        };
        for rows in [vec![named(1)], vec![named(1), named(2)]] {
            let sent = sent(&rows);
            assert!(sent.subject.contains("= ?utf-8?q?=E2"), "{}", sent.subject);
            assert!(!sent.subject.contains("=?"), "{}", sent.subject);
            assert_eq!(sent.to, "it@acme.example");
        }
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
        let wave: Vec<Envelope> = first.iter().map(|rows| sent(rows)).collect();
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
             1. Task 1 for Zoë Berger (employee 7), by Tue 1 Dec 2026, 01:53 CET (in 24 hours)\n   https://latchkey.example/tasks/1\n\n\
             2. Task 3 for Zoë Berger (employee 7), by Tue 1 Dec 2026, 01:53 CET (in 24 hours)\n   https://latchkey.example/tasks/3\n\n\
             3. Task 6 for Zoë Berger (employee 7), by Tue 1 Dec 2026, 01:53 CET (in 24 hours)\n   https://latchkey.example/tasks/6\n\n\
             The page of each says what is to be done, and takes the answer. Each link works for its task only, until it is done. \
             Whoever has it can answer for you: keep it in your team.\n\n-- \nLatchkey for Acme\n"
        );
        assert!(first.html.as_ref().unwrap().contains("Open the task"));
        assert_eq!((wave[1].text.as_str(), &wave[1].html), ("Hello hr", &None));
    }

    #[test]
    fn one_morning_brings_one_letter_whatever_was_asked() {
        let mut rows = vec![
            row(1, "it", Some(Stage::Asked)),
            row(2, "it", Some(Stage::Missed)),
            row(3, "it", Some(Stage::Asked)),
        ];
        for row in &mut rows[..2] {
            row.item.letter.own = Some(OwnLetter::InDigest);
        }
        let (first, left) = wave(rows);
        assert_eq!((first[0].len(), left.len()), (2, 1));
        let digest = sent(&first[0]);
        assert_eq!(
            digest.subject,
            "2 tasks are open: Task 1 – Zoë, by Mon, and 1 more"
        );
        assert!(
            digest.text.starts_with("Good morning IT Service, "),
            "{}",
            digest.text
        );
        let many = (0..60).map(|n| {
            let mut row = row(n, "it", Some(Stage::Asked));
            row.item.letter.own = Some(OwnLetter::InDigest);
            row
        });
        let (first, _) = wave(many.collect());
        assert!(sent(&first[0]).text.contains("20 more stand in your list"));
    }

    #[test]
    fn what_is_urgent_says_so_and_comes_apart() {
        let mut rows = vec![
            row(1, "it", Some(Stage::Missed)),
            row(2, "it", Some(Stage::Missed)),
            row(3, "it", Some(Stage::Missed)),
        ];
        for row in &mut rows[..2] {
            row.item.letter.urgent = true;
            row.item.letter.subject = format!("{URGENT}MISSED: {}", row.item.letter.subject);
        }
        let (first, left) = wave(rows);
        assert_eq!((first[0].len(), left.len()), (2, 1));
        let urgent = sent(&first[0]);
        assert!(urgent.urgent && !sent(&left).urgent);
        assert_eq!(
            urgent.subject,
            "URGENT: MISSED: 2 tasks: Task 1 – Zoë, by Mon, and 1 more"
        );
    }

    /// A server may have taken an e-mail before it hung up: what comes again is the same one, whatever else waits by then.
    #[test]
    fn what_was_tried_together_is_tried_together_again_and_by_the_same_id() {
        let asked = Some(Stage::Asked);
        let rows = vec![row(1, "it", asked), row(2, "it", asked)];
        let (first, _) = wave(rows);
        let tried = sent(&first[0]).id;
        let again = |n| {
            let mut row = row(n, "it", asked);
            row.item.tried_in = Some(tried.clone());
            row
        };
        let rows = vec![row(0, "it", asked), again(1), again(2), row(3, "it", asked)];
        let (new, left) = wave(rows);
        assert_eq!(new[0].len(), 2);
        assert_ne!(sent(&new[0]).id, tried);
        let (old, left) = wave(left);
        assert_eq!((old[0].len(), left.len()), (2, 0));
        assert_eq!(sent(&old[0]).id, tried);
        // One of them was answered meanwhile.
        assert_eq!(sent(&old[0][1..]).id, tried);
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
