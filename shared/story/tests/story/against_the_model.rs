//! The story and the difference against the reference model in Python, on sets of events that chance makes: everything
//! is compared.

use std::{
    io::Write,
    process::{Command, Stdio},
};

use jiff::{ToSpan, civil::Date, tz::TimeZone};
use latchkey_story::{Heard, Story, apply, difference};
use serde_json::{Value, json};

use crate::{
    any_event::any_event,
    chance::Chance,
    events::{CATALOGUE, day, in_short},
    scribe::{Scribe, for_the_model, ordinal, shown, told, verb},
    systems::{Pace, executed},
};

/// One set of events, the order in which they come, and how far systems are in between.
struct Set {
    events: Vec<Heard>,
    days: Vec<Date>,
    play: Vec<(usize, Pace)>,
}

impl Set {
    fn of(events: Vec<Heard>, chance: &mut Chance) -> Set {
        let mut order: Vec<usize> = (0..events.len()).collect();
        chance.shuffle(&mut order);
        let pace = |chance: &mut Chance| *chance.one(&[Pace::Nothing, Pace::Acted, Pace::Closed]);
        let play = order.into_iter().map(|n| (n, pace(chance))).collect();
        let about = |day: Date| {
            [
                day.saturating_sub(1.days()),
                day,
                day.saturating_add(1.days()),
            ]
        };
        let told = events
            .iter()
            .flat_map(|e| [e.effective, e.person.start_date, e.person.last_day]);
        let today = events
            .iter()
            .map(|e| Some(e.occurred_at.to_zoned(TimeZone::UTC).date()));
        let mut days: Vec<Date> = told.chain(today).flatten().flat_map(about).collect();
        days.push(day(400));
        days.sort_unstable();
        days.dedup();
        Set { events, days, play }
    }

    fn for_the_model(&self) -> Value {
        let pace = |pace: Pace| match pace {
            Pace::Nothing => 0,
            Pace::Acted => 1,
            Pace::Closed => 2,
        };
        json!({
            "events": self.events.iter().map(for_the_model).collect::<Vec<_>>(),
            "days": self.days.iter().copied().map(ordinal).collect::<Vec<_>>(),
            "play": self.play.iter().map(|(n, of)| json!([n, pace(*of)])).collect::<Vec<_>>(),
        })
    }

    /// What the model is expected to answer.
    fn answer(&self) -> Value {
        let scribe = Scribe::of(&self.events);
        let story = Story::of(&self.events, &TimeZone::UTC);
        let mut ids: Vec<_> = self.events.iter().map(|event| &event.employee_id).collect();
        ids.sort();
        ids.dedup();
        let human = |id| story.human(id).unwrap();
        let access = ids.iter().flat_map(|id| {
            let access =
                move |day: &Date| json!([id, ordinal(*day), shown(human(id).access(*day))]);
            self.days.iter().map(access)
        });
        let on = ids
            .iter()
            .map(|id| json!([id, ordinal(self.days[0]), told(&human(id).on(self.days[0]))]));
        let said = |human: &latchkey_story::Human<'_>| -> Value {
            human
                .events()
                .map(|event| json!(event.heard.employee_id))
                .collect()
        };
        let mut clocks: Vec<usize> = story
            .wrong_clocks()
            .map(|event| scribe.places[&event.id()])
            .collect();
        clocks.sort_unstable();
        json!({
            "wants": scribe.wants(&story), "why": scribe.why(&story),
            "access": access.collect::<Vec<_>>(),
            "on": on.collect::<Vec<_>>(), "humans": story.humans().iter().map(said).collect::<Vec<_>>(),
            "clocks": clocks,
            "after": self.after(&scribe),
        })
    }

    /// What becomes of the cases after each event.
    fn after(&self, scribe: &Scribe) -> Value {
        let mut cases = Vec::new();
        let mut after = Vec::new();
        for n in 0..self.play.len() {
            let come = self.play[..=n]
                .iter()
                .map(|(event, _)| &self.events[*event]);
            let story = Story::of(come, &TimeZone::UTC);
            let becomes = difference(&cases, &story);
            let done: Vec<Value> = becomes
                .iter()
                .filter_map(|one| Some(json!([verb(one.verb)?, one.case])))
                .collect();
            apply(&mut cases, becomes);
            let now: Vec<Value> = cases.iter().map(|case| scribe.case(case)).collect();
            after.push(json!({ "done": done, "cases": now }));
            executed(&mut cases, self.play[n].1);
        }
        json!(after)
    }
}

fn sets() -> Vec<Set> {
    let mut chance = Chance::of(0);
    let mut sets = Vec::new();
    for n in 0..2000 {
        let size = 2 + chance.below(7);
        let events: Vec<Heard> = match n % 2 {
            0 => (0..size)
                .map(|_| chance.one(&CATALOGUE[..]).clone())
                .collect(),
            _ => (0..size).map(|_| any_event(&mut chance)).collect(),
        };
        sets.push(Set::of(events, &mut chance));
    }
    sets
}

/// What the model answers to each set: one process for all of them.
fn asked(sets: &[Set]) -> Vec<Value> {
    let model = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/model/answers.py");
    let started = Command::new("python3")
        .args(["-B", model])
        .env("PYTHONHASHSEED", "0")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn();
    let mut python = started.unwrap_or_else(|error| {
        panic!(
            "The story is compared with its reference model, which needs python3 (3.10 or later): \
             {error}. Install it."
        )
    });
    let mut input = python.stdin.take().unwrap();
    let lines: Vec<String> = sets
        .iter()
        .map(|set| format!("{}\n", set.for_the_model()))
        .collect();
    let writes = std::thread::spawn(move || {
        lines
            .iter()
            .try_for_each(|line| input.write_all(line.as_bytes()))
    });
    let output = python.wait_with_output().unwrap();
    assert!(
        output.status.success(),
        "the model failed: what it says stands above"
    );
    writes.join().unwrap().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    text.lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

/// The first place where the two differ.
fn first_difference(path: &str, ours: &Value, model: &Value) -> Option<String> {
    match (ours, model) {
        (Value::Object(a), Value::Object(b)) => {
            let names = a.keys().chain(b.keys());
            let none = Value::Null;
            names
                .filter_map(|name| {
                    let (a, b) = (a.get(name).unwrap_or(&none), b.get(name).unwrap_or(&none));
                    first_difference(&format!("{path}.{name}"), a, b)
                })
                .next()
        }
        (Value::Array(a), Value::Array(b)) if a.len() == b.len() => {
            let each = a.iter().zip(b).enumerate();
            each.filter_map(|(n, (a, b))| first_difference(&format!("{path}[{n}]"), a, b))
                .next()
        }
        _ if ours == model => None,
        _ => Some(format!("{path}: {ours}, and the model: {model}")),
    }
}

#[test]
fn story_and_difference_are_those_of_the_reference_model() {
    let sets = sets();
    let answers = asked(&sets);
    assert_eq!(answers.len(), sets.len());
    let mut bad = Vec::new();
    for (set, model) in sets.iter().zip(&answers) {
        if let Some(what) = first_difference("", &set.answer(), model) {
            let events: Vec<String> = set.events.iter().map(in_short).collect();
            bad.push(format!("{what}\n{events:#?}, which come {:?}", set.play));
        }
    }
    let count = bad.len();
    bad.truncate(3);
    assert!(
        bad.is_empty(),
        "{count} of {} differ:\n{}",
        sets.len(),
        bad.join("\n\n")
    );
}
