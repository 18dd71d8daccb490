//! Every order of arrival, with cases that systems finish in between.

use std::{
    collections::BTreeMap,
    sync::{
        Mutex,
        atomic::{AtomicUsize, Ordering},
    },
};

use jiff::tz::TimeZone;
use latchkey_lifecycle::HeardKind;
use latchkey_story::{Heard, KnownCase, Story, Verb, apply, difference};

use crate::{
    any_event::any_event,
    chance::Chance,
    events::{CATALOGUE, in_short},
    invariants, invariants_of_cases,
    systems::{Pace, executed},
};

/// All orders of up to five things; of more so many by chance.
pub(crate) fn orders(count: usize, sample: usize) -> Vec<Vec<usize>> {
    let first: Vec<usize> = (0..count).collect();
    if count > 5 {
        let mut chance = Chance::of(count as u64);
        let one = |_| {
            let mut order = first.clone();
            chance.shuffle(&mut order);
            order
        };
        return (0..sample).map(one).collect();
    }
    let mut all = vec![Vec::new()];
    for n in first {
        let longer = all.iter().flat_map(|order: &Vec<usize>| {
            (0..=order.len()).map(move |place| {
                let mut longer = order.clone();
                longer.insert(place, n);
                longer
            })
        });
        all = longer.collect();
    }
    all
}

/// The stories of every part of some events, each made when it is first asked for.
struct Parts<'a> {
    events: &'a [Heard],
    stories: BTreeMap<usize, Story<'a>>,
}

impl<'a> Parts<'a> {
    fn of(&mut self, part: usize) -> &Story<'a> {
        let events = self.events;
        self.stories.entry(part).or_insert_with(|| {
            let has = |n: &usize| part >> n & 1 == 1;
            let some = (0..events.len()).filter(has).map(|n| &events[n]);
            Story::of(some, &TimeZone::UTC)
        })
    }
}

/// Up to so many events the same again does not even note anything; of more it may note, of a case that has ended,
/// another exit as the one that ended it, but does nothing.
const STRICT: usize = 4;

/// Takes events in one by one: the cases in the end, and whether the same again says anything.
fn play(parts: &mut Parts<'_>, order: &[usize], paces: &[Pace]) -> (Vec<KnownCase>, Vec<String>) {
    let mut cases = Vec::new();
    let mut bad = Vec::new();
    let mut part = 0;
    for (n, pace) in order.iter().zip(paces) {
        part |= 1 << n;
        let story = parts.of(part);
        let becomes = difference(&cases, story);
        apply(&mut cases, becomes);
        executed(&mut cases, *pace);
        let mut again = difference(&cases, story);
        if order.len() > STRICT {
            again.retain(|one| one.verb != Verb::Refresh);
        }
        if let Some(one) = again.first() {
            bad.push(format!(
                "I2 the same again: {:?} {}",
                one.verb, one.now.matter
            ));
        }
    }
    (cases, bad)
}

/// Everything that has to hold of some events: what is wrong.
pub(crate) fn check(events: &[Heard], chance: &mut Chance) -> Vec<String> {
    let all = (1 << events.len()) - 1;
    let mut parts = Parts {
        events,
        stories: BTreeMap::new(),
    };
    let mut bad = invariants::of_a_story(parts.of(all));
    invariants::of_another_order(events, parts.of(all), &mut bad);
    for (n, event) in events.iter().enumerate() {
        let less = all & !(1 << n);
        if less != 0 {
            parts.of(all);
            parts.of(less);
            invariants::of_one_more(&parts.stories[&less], &parts.stories[&all], event, &mut bad);
        }
    }
    for order in orders(events.len(), 12) {
        let mixed = order
            .iter()
            .map(|_| *chance.one(&[Pace::Nothing, Pace::Acted, Pace::Closed]));
        let mixed: Vec<Pace> = mixed.collect();
        for paces in [
            vec![Pace::Nothing; order.len()],
            vec![Pace::Closed; order.len()],
            mixed,
        ] {
            let (mut cases, mut worse) = play(&mut parts, &order, &paces);
            worse.extend(invariants_of_cases::of_the_cases(&mut cases, parts.of(all)));
            if !worse.is_empty() {
                let order: Vec<String> = order.iter().map(|n| in_short(&events[*n])).collect();
                let told = format!("{worse:?} when {order:#?} come, and systems do {paces:?}");
                bad.push(told);
                return bad;
            }
        }
    }
    bad
}

/// Checks sets of the catalogue's events on all cores; says what is wrong with the first few.
fn check_all(sets: impl Iterator<Item = Vec<usize>> + Send) -> (usize, Vec<String>) {
    let sets = Mutex::new(sets);
    let bad = Mutex::new(Vec::new());
    let count = AtomicUsize::new(0);
    let work = || {
        loop {
            let some: Vec<Vec<usize>> = sets.lock().unwrap().by_ref().take(64).collect();
            if some.is_empty() || bad.lock().unwrap().len() > 5 {
                return;
            }
            count.fetch_add(some.len(), Ordering::Relaxed);
            for set in some {
                let events: Vec<Heard> = set.iter().map(|n| CATALOGUE[*n].clone()).collect();
                let part = set.iter().fold(0, |all, n| all * 101 + *n as u64);
                let found = check(&events, &mut Chance::of(part));
                bad.lock()
                    .unwrap()
                    .extend(found.into_iter().map(|what| format!("{set:?}: {what}")));
            }
        }
    };
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    std::thread::scope(|scope| {
        for _ in 0..cores {
            scope.spawn(work);
        }
    });
    let bad = bad.into_inner().unwrap();
    (count.into_inner(), bad)
}

/// Every multiset of so many events.
fn multisets(size: usize) -> impl Iterator<Item = Vec<usize>> {
    let count = CATALOGUE.len();
    let mut next = Some(vec![0; size]);
    std::iter::from_fn(move || {
        let now = next.take()?;
        let grows = now.iter().rposition(|n| *n + 1 < count);
        next = grows.map(|place| {
            let value = now[place] + 1;
            let mut after = now.clone();
            after[place..].fill(value);
            after
        });
        Some(now)
    })
}

fn by_chance(size: usize, count: usize) -> impl Iterator<Item = Vec<usize>> {
    let mut chance = Chance::of(size as u64);
    let one = move |_| (0..size).map(|_| chance.below(CATALOGUE.len())).collect();
    (0..count).map(one)
}

fn assert_right((count, bad): (usize, Vec<String>), at_least: usize) {
    assert!(bad.is_empty(), "{}", bad.join("\n\n"));
    assert!(count >= at_least, "only {count} sets were tried");
}

#[test]
fn the_catalogue_has_every_kind() {
    assert!(CATALOGUE.len() >= 40);
    let kinds: std::collections::BTreeSet<_> = CATALOGUE.iter().map(|event| event.kind).collect();
    assert_eq!(kinds.len(), 12);
}

#[test]
fn every_order_of_up_to_two_events_ends_in_the_same() {
    assert_right(check_all(multisets(1).chain(multisets(2))), 1900);
}

#[test]
fn every_order_of_three_events_ends_in_the_same() {
    assert_right(check_all(multisets(3)), 30_000);
}

/// All of four, 635,376 sets, take nine minutes on two cores: `STORY_FOURS=1` tries them.
#[test]
fn every_order_of_four_events_ends_in_the_same() {
    match std::env::var_os("STORY_FOURS") {
        Some(_) => assert_right(check_all(multisets(4)), 500_000),
        None => assert_right(check_all(by_chance(4, 2_000)), 2_000),
    }
}

#[test]
fn orders_of_five_and_six_events_end_in_the_same() {
    assert_right(
        check_all(by_chance(5, 300).chain(by_chance(6, 1_000))),
        1_300,
    );
}

/// An import takes whole records, of people of whom nobody told.
fn or_import(event: Heard) -> Heard {
    match event.kind {
        HeardKind::There => Heard {
            employee_id: event.employee_id,
            ..CATALOGUE[0].clone()
        },
        _ => event,
    }
}

#[test]
fn orders_of_events_that_nobody_wrote_down_end_in_the_same() {
    let mut chance = Chance::of(77);
    let mut bad = Vec::new();
    for _ in 0..400 {
        let size = 2 + chance.below(5);
        let events: Vec<Heard> = (0..size)
            .map(|_| or_import(any_event(&mut chance)))
            .collect();
        let found = check(&events, &mut chance);
        let told = || events.iter().map(in_short).collect::<Vec<_>>();
        bad.extend(
            found
                .into_iter()
                .map(|what| format!("{what}: {:#?}", told())),
        );
    }
    assert!(bad.is_empty(), "{}", bad.join("\n\n"));
}
