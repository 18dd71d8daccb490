//! The invariants of the specification (part 11), each a check with a name; what is wrong is said in words that begin
//! with its number.

use std::collections::BTreeSet;

use jiff::{ToSpan, civil::Date, tz::TimeZone};
use latchkey_lifecycle::{EventId, EventKind, HeardKind, Matter};
use latchkey_story::{Access, Confirmed, Heard, Human, Story, Want};

use crate::{events::day, every_order};

fn days() -> impl Iterator<Item = Date> {
    (1..35).chain([60]).map(day)
}

pub(crate) fn in_the_end() -> Date {
    day(400)
}

/// Everything that holds of these events, over all (or some) orders in which they can come.
pub(crate) fn of_all_arrivals(events: &[Heard]) -> Vec<String> {
    every_order::check(events, &mut crate::chance::Chance::of(events.len() as u64))
}

/// What holds of any set of events.
pub(crate) fn of_a_story(story: &Story<'_>) -> Vec<String> {
    let mut bad = Vec::new();
    no_two_wants_are_the_same(story, &mut bad);
    what_a_case_gives_is_of_its_day(story, &mut bad);
    what_a_case_gives_counts_while_they_work(story, &mut bad);
    for human in story.humans() {
        let stood = stood_on(story);
        let asked: BTreeSet<EventId> = human.questions().map(|(event, _)| event).collect();
        for event in human.events() {
            let about = (&stood, &asked);
            every_event_has_an_effect_or_a_reason(human, &event, about, &mut bad);
            no_access_after_an_urgent_exit(human, &event, &mut bad);
            no_access_after_the_last_day(human, &event, &asked, &mut bad);
        }
        no_two_segments_on_one_day(human, &mut bad);
    }
    bad
}

fn stood_on(story: &Story<'_>) -> BTreeSet<EventId> {
    let carried = story.wants().iter().filter(|want| !want.from.matter.asks());
    carried
        .flat_map(|want| want.events.iter().copied())
        .collect()
}

/// 5
fn no_two_wants_are_the_same(story: &Story<'_>, bad: &mut Vec<String>) {
    let carried = || story.wants().iter().filter(|want| !want.from.matter.asks());
    let unique = |count: usize, of: &str, bad: &mut Vec<String>| {
        if count != carried().count() {
            bad.push(format!("I5 two cases have the same {of}"));
        }
    };
    let founders: BTreeSet<_> = carried().map(|want| want.events[0]).collect();
    unique(founders.len(), "founding event", bad);
    // A second urgent exit, or rescission, of a day ends what a hire began in between, and is a case of its own.
    let again = |w: &Want| {
        use EventKind::{HireRescinded, UrgentExit};
        matches!(w.from.matter, Matter::Carry(UrgentExit | HireRescinded))
    };
    let days: BTreeSet<String> = carried()
        .map(|w| {
            let of = again(w).then(|| w.events[0]);
            let (matter, id, day) = (w.from.matter, &w.from.employee_id, w.from.day);
            format!("{matter} {id} {day:?} {of:?}")
        })
        .collect();
    unique(days.len(), "kind, id and day", bad);
    let events: BTreeSet<(bool, &[EventId])> = story
        .wants()
        .iter()
        .map(|w| (w.from.matter.asks(), &w.events[..]))
        .collect();
    if events.len() != story.wants().len() {
        bad.push("I5 two cases stand on the same events".to_owned());
    }
}

/// 11
fn what_a_case_gives_is_of_its_day(story: &Story<'_>, bad: &mut Vec<String>) {
    for want in story.wants().iter().filter(|w| w.from.matter.gives()) {
        let from = &want.from;
        let (Some(day), Some(after)) = (from.day, &from.after) else {
            continue;
        };
        let human = story.human(&from.employee_id).unwrap();
        let begins = human.at_work().filter_map(|work| work.first);
        let mut days = begins.filter(|first| *first > day).chain([day]);
        if !days.any(|day| human.on(day) == *after) {
            bad.push(format!(
                "I11 {} of {day} gives what they are on another day",
                from.matter
            ));
        }
    }
}

/// 12
fn what_a_case_gives_counts_while_they_work(story: &Story<'_>, bad: &mut Vec<String>) {
    for want in story.wants() {
        let from = &want.from;
        let gives = from.after.is_some() && from.missing.is_empty();
        let leave = from.matter == Matter::Carry(EventKind::Leave);
        let Some(day) = from.day.filter(|_| gives && !leave && !from.matter.asks()) else {
            continue;
        };
        let human = story.human(&from.employee_id).unwrap();
        let begins = human.at_work().filter_map(|work| work.first);
        let mut days = begins.filter(|first| *first > day).chain([day]);
        if !days.any(|day| human.works_on(day) == Some(want.until)) {
            let (matter, until) = (from.matter, want.until);
            bad.push(format!("I12 {matter} of {day} counts until {until:?}"));
        }
    }
}

/// 4
fn every_event_has_an_effect_or_a_reason(
    human: &Human<'_>,
    event: &Confirmed<'_>,
    (stood, asked): (&BTreeSet<EventId>, &BTreeSet<EventId>),
    bad: &mut Vec<String>,
) {
    use HeardKind::{Exit, ExitWithdrawn, HireRescinded, Identity, There, UrgentExit};
    let kind = event.heard.kind;
    let idle = !stood.contains(&event.id) && !asked.contains(&event.id);
    if matches!(kind, Identity | There) || !idle {
        return;
    }
    match human.why(event.id) {
        None => bad.push(format!("I4 {kind} has neither effect nor reason")),
        Some(why) => {
            let takes = matches!(kind, Exit | UrgentExit | HireRescinded | ExitWithdrawn);
            if takes && why.by.is_none() {
                bad.push(format!("I4 {kind} is ignored quietly: {}", why.reason));
            }
        }
    }
}

fn begins_or_stays(kind: HeardKind) -> bool {
    use HeardKind::{DateMoved, ExitWithdrawn, Hire, Rehire, There, Transfer};
    matches!(
        kind,
        Hire | Rehire | There | Transfer | DateMoved | ExitWithdrawn
    )
}

/// 3
fn no_access_after_an_urgent_exit(human: &Human<'_>, event: &Confirmed<'_>, bad: &mut Vec<String>) {
    if event.heard.kind != HeardKind::UrgentExit {
        return;
    }
    let after = human
        .events()
        .skip_while(|other| other.id != event.id)
        .skip(1);
    let back = after
        .into_iter()
        .any(|other| begins_or_stays(other.heard.kind));
    let has = |day: Date| human.access(day) != Access::None;
    if !back && days().any(|day| day >= event.today && has(day)) {
        bad.push("I3 access after an urgent exit".to_owned());
    }
}

/// The day of an event as the specification has it (T4), where it is told.
fn day_told(event: &Heard) -> Option<Date> {
    event.effective.or(match event.kind {
        HeardKind::Exit => event.person.last_day,
        HeardKind::Hire | HeardKind::Rehire => event.person.start_date,
        _ => None,
    })
}

/// 3
fn no_access_after_the_last_day(
    human: &Human<'_>,
    event: &Confirmed<'_>,
    asked: &BTreeSet<EventId>,
    bad: &mut Vec<String>,
) {
    let Some(last) = day_told(event.heard).filter(|_| event.heard.kind == HeardKind::Exit) else {
        return;
    };
    let mut later = false;
    let mut back = false;
    for other in human.events() {
        later |= other.id == event.id;
        let counts = (later && other.id != event.id) || day_told(other.heard) > Some(last);
        let ends = matches!(other.heard.kind, HeardKind::Exit | HeardKind::HireRescinded);
        back |= counts && (ends || begins_or_stays(other.heard.kind));
    }
    let has = |day: Date| human.access(day) != Access::None;
    let alone = human.ids().len() == 1 && !asked.contains(&event.id);
    if !back && alone && days().any(|day| day > last && has(day)) {
        bad.push("I3 access after the last day".to_owned());
    }
}

/// 3
fn no_two_segments_on_one_day(human: &Human<'_>, bad: &mut Vec<String>) {
    let work: Vec<_> = human.at_work().collect();
    let overlap = |pair: &[latchkey_story::AtWork<'_>]| match (pair[0].end, pair[1].first) {
        (Some(end), Some(first)) => end > first,
        _ => true,
    };
    if work.windows(2).any(overlap) {
        bad.push("I3 two segments on one day".to_owned());
    }
}

/// 7: a word that takes gives nothing to anybody; a word that gives cuts nobody who works.
pub(crate) fn of_one_more(
    less: &Story<'_>,
    more: &Story<'_>,
    event: &Heard,
    bad: &mut Vec<String>,
) {
    use HeardKind::{
        DateMoved, Exit, ExitWithdrawn, HireRescinded, Leave, Return, There, Transfer, UrgentExit,
    };
    let takes = matches!(event.kind, UrgentExit | HireRescinded | Leave);
    let gives = matches!(event.kind, Transfer | Return | ExitWithdrawn);
    if !takes && !gives {
        return;
    }
    let said = || more.humans().iter().flat_map(Human::events);
    let incomplete = |want: &Want| !want.from.missing.is_empty();
    let lacks = |human: &Human<'_>| human.on(in_the_end()).country.is_none() || !complete(human);
    if less.wants().iter().chain(more.wants()).any(incomplete) || less.humans().iter().any(lacks) {
        return; // any record may complete one that is incomplete
    }
    let moves = said().any(|said| said.heard.kind == DateMoved);
    let asks = |want: &Want| {
        matches!(
            want.from.matter,
            Matter::Ask(Exit | HireRescinded | ExitWithdrawn | Transfer)
        )
    };
    let asked = less.wants().iter().chain(more.wants()).any(asks);
    if event.person.previous_id.is_some() || moves || asked {
        return; // who is whom, which day moves, and what HR is asked is another matter
    }
    let from = said().map(|said| said.today).max();
    let decided = event.occurred_at.min(event.received_at);
    let joins = |said: Confirmed<'_>| said.heard.kind.joins() || said.heard.kind == There;
    // What is taken first, a hire begins anew.
    let begins = said().any(|said| joins(said) && said.decided >= decided);
    // Without a withdrawal they had left, and what was said later of their exit or hire was about another time of work.
    let ends = |said: Confirmed<'_>| matches!(said.heard.kind, Exit | HireRescinded);
    let other = |said: Confirmed<'_>| said.decided >= decided && (ends(said) || joins(said));
    if event.kind == ExitWithdrawn && said().any(other) {
        return;
    }
    for human in less.humans() {
        let with = human.ids().first().and_then(|id| more.human(id));
        let ids = |of: &Human<'_>| of.ids().into_iter().cloned().collect::<BTreeSet<_>>();
        let Some(with) = with.filter(|with| ids(with) == ids(human)) else {
            continue; // what names it tells made two ids one human
        };
        let off = event.kind == HireRescinded && with.ids().len() > 1; // a conversion called off: they go on
        let from = from.unwrap_or(Date::MIN);
        for day in days().filter(|day| *day >= from) {
            let had = human.access(day) != Access::None;
            let has = with.access(day) != Access::None;
            if takes && has && !had && !begins && !off {
                return bad.push(format!("I7 {} gives on {day}", event.kind));
            }
            if gives && had && !has {
                return bad.push(format!("I7 {} takes on {day}", event.kind));
            }
        }
    }
}

fn complete(human: &Human<'_>) -> bool {
    let is = human.on(in_the_end());
    let all = [
        &is.given_name,
        &is.family_name,
        &is.department,
        &is.title,
        &is.employment_type,
    ];
    all.iter().all(|text| text.is_some())
}

/// 1, 10: the same events in another order, one of them once more and days later: the same wants.
pub(crate) fn of_another_order(events: &[Heard], story: &Story<'_>, bad: &mut Vec<String>) {
    let mut again: Vec<Heard> = events.iter().rev().cloned().collect();
    if let Some(first) = events.first() {
        again.insert(
            0,
            Heard {
                received_at: first.received_at + 400.hours(),
                source: "another".to_owned(),
                delivery_id: "another".to_owned(),
                reason: Some("another".to_owned()),
                ..first.clone()
            },
        );
    }
    if Story::of(&again, &TimeZone::UTC).wants() != story.wants() {
        bad.push("I1 order, repetition or a late copy changes the story".to_owned());
    }
}
