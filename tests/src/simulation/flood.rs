//! Promise 8: of a flood of exits no more act than the runbook lets pass, before a named person confirmed. Judged by
//! when people were cut off in the systems, and by the letters.

use jiff::{SignedDuration, Timestamp};
use latchkey_lifecycle::EventKind;

use super::{judge::Letters, life::midnight, world::World};

/// How many exits the compact runbook lets pass in a day.
const EXITS: usize = 4;
/// How many urgent exits.
const URGENT: usize = 2;
/// How soon the confirmers are asked.
const ASKED: SignedDuration = SignedDuration::from_hours(24);
/// A little less than the day within which they are counted: when exactly an event was taken in is Latchkey's to know.
const WITHIN: SignedDuration = SignedDuration::from_hours(23);

/// One exit that was told.
struct Told {
    person: usize,
    urgent: bool,
    /// When HR told it first.
    at: Timestamp,
    /// When it was taken in at the latest.
    taken: Timestamp,
    /// When the person was cut off by it.
    cut: Option<Timestamp>,
    /// Whether HR said something else of the person within the next days.
    changed: bool,
}

pub(crate) fn judge(world: &World, letters: &Letters) -> Vec<String> {
    let told = told(world);
    let ruled = |from: Timestamp, to: Timestamp| {
        let mut rulings = world.rulings.iter();
        rulings.any(|ruling| from <= ruling.at && ruling.at <= to)
    };
    let mut broken = Vec::new();
    for urgent in [false, true] {
        let most = if urgent { URGENT } else { EXITS };
        let all: Vec<&Told> = told.iter().filter(|t| t.urgent == urgent).collect();
        for last in &all {
            let group: Vec<&&Told> = all
                .iter()
                .filter(|t| last.at - WITHIN <= t.at && t.taken <= last.taken)
                .filter(|t| !ruled(t.at, last.taken))
                .collect();
            let free = |t: &&&&Told| t.cut.is_some_and(|cut| !ruled(t.at, cut));
            let cut = group.iter().filter(free).count();
            if cut > most {
                broken.push(format!(
                    "promise 8: {cut} people were cut off by {} exits within a day until {}, {most} may be, and nobody had confirmed it",
                    if urgent { "urgent" } else { "planned" },
                    last.at
                ));
            }
            let stand = group.iter().filter(|t| !t.changed).count();
            let asked = |(at, text): &(Timestamp, String)| {
                // A question that nobody has answered yet is about whatever is held meanwhile, too.
                let stands = *at >= group[0].at || !ruled(*at, last.taken);
                stands
                    && *at <= last.taken + ASKED
                    && text.contains("Confirm the exits that are held")
            };
            if stand > most && !letters.iter().any(asked) {
                broken.push(format!(
                    "promise 8: {stand} exits within a day until {}, and nobody was asked to confirm them",
                    last.at
                ));
            }
        }
    }
    broken
}

/// The first exit of each kind of each person, where nothing else can have cut them off.
fn told(world: &World) -> Vec<Told> {
    let applied = world.field.applied();
    let mut all = Vec::new();
    for (person, life) in world.script.people.iter().enumerate() {
        let away = life.happenings.iter().any(|h| h.kind == EventKind::Leave);
        if away || life.there.is_none() {
            continue;
        }
        let exits = |kind| {
            let mut all = life.happenings.iter().enumerate();
            all.find(move |(_, h)| h.kind == kind)
        };
        for kind in [EventKind::Exit, EventKind::UrgentExit] {
            let Some((nth, _)) = exits(kind) else {
                continue;
            };
            let (Some(at), Some(taken)) = (
                world.tried.get(&(person, nth)),
                world.taken.get(&(person, nth)),
            ) else {
                continue;
            };
            let next = life.happenings.get(nth + 1);
            let cut = applied.iter().find(|change| {
                let whose = change.employee.as_ref().map(|id| id.as_str());
                let active = |a: &Option<latchkey_lifecycle::Account>| {
                    a.as_ref().is_some_and(|account| account.active)
                };
                change.at >= *at
                    && whose.is_some_and(|id| life.ids().any(|own| own == id))
                    && active(&change.before)
                    && !active(&change.after)
            });
            // What cut them after HR had said something else is not this exit's.
            let until = next.map_or(Timestamp::MAX, |next| next.at);
            // Whoever waits for a word about an urgent exit leaves on the last day that was confirmed before.
            let earlier = &life.happenings[..nth];
            let last = earlier.iter().rfind(|h| h.kind == EventKind::Exit);
            let until = match last.and_then(|exit| exit.day) {
                Some(day) if kind == EventKind::UrgentExit => until.min(midnight(day)),
                _ => until,
            };
            all.push(Told {
                person,
                urgent: kind == EventKind::UrgentExit,
                at: *at,
                taken: *taken,
                cut: cut.map(|change| change.at).filter(|cut| *cut < until),
                changed: next.is_some(),
            });
        }
    }
    all.sort_by_key(|told| (told.at, told.person));
    all
}
