//! Properties of any events at all.

use jiff::{Timestamp, civil::Date, tz::TimeZone};
use latchkey_lifecycle::HeardKind;
use latchkey_lifecycle::{EmployeeId, PersonDraft};
use latchkey_story::{Heard, KnownCase, Story, apply, difference};
use proptest::prelude::*;

use crate::{events::CATALOGUE, invariants};

const KINDS: [HeardKind; 12] = [
    HeardKind::Identity,
    HeardKind::There,
    HeardKind::Hire,
    HeardKind::Rehire,
    HeardKind::Transfer,
    HeardKind::Exit,
    HeardKind::UrgentExit,
    HeardKind::DateMoved,
    HeardKind::HireRescinded,
    HeardKind::ExitWithdrawn,
    HeardKind::Leave,
    HeardKind::Return,
];

/// Any day that there is, most often one near another, and now and then the first or the last one of the calendar.
fn any_day() -> impl Strategy<Value = Date> {
    prop_oneof![
        6 => (1i8..=28).prop_map(|day| Date::constant(2027, 3, day)),
        1 => Just(Date::MIN),
        1 => Just(Date::MAX),
        1 => (-9999i16..=9999, 1i8..=12, 1i8..=28).prop_map(|(y, m, d)| Date::constant(y, m, d)),
    ]
}

fn any_instant() -> impl Strategy<Value = Timestamp> {
    let near = (0i64..40 * 24).prop_map(|hour| Timestamp::constant(1_803_859_200 + hour * 3600, 0));
    prop_oneof![8 => near, 1 => Just(Timestamp::MIN), 1 => Just(Timestamp::MAX)]
}

fn any_record() -> impl Strategy<Value = PersonDraft> {
    let text = || proptest::option::of(prop_oneof!["[A-C]", Just(String::new())]);
    let days = (
        proptest::option::of(any_day()),
        proptest::option::of(any_day()),
    );
    let zone = proptest::option::of(prop_oneof![
        Just("Pacific/Kiritimati".to_owned()),
        Just("Pacific/Pago_Pago".to_owned()),
        Just("Nowhere/Atall".to_owned()),
    ]);
    let previous = proptest::option::of("[A-C]");
    (
        (text(), text(), text(), text()),
        (text(), text(), text()),
        days,
        zone,
        previous,
    )
        .prop_map(
            |(
                (given, family, department, title),
                (kind, country, address),
                (start, last),
                zone,
                previous,
            )| {
                PersonDraft {
                    given_name: given,
                    family_name: family,
                    department,
                    title,
                    employment_type: kind,
                    country,
                    work_email: address,
                    start_date: start,
                    last_day: last,
                    time_zone: zone,
                    previous_id: previous.map(|id| EmployeeId::new(id).unwrap()),
                    ..PersonDraft::default()
                }
            },
        )
}

fn any_event() -> impl Strategy<Value = Heard> {
    let kind = proptest::sample::select(&KINDS[..]);
    let day = proptest::option::weighted(0.7, any_day());
    let instants = (any_instant(), any_instant());
    (kind, "[A-C]", day, instants, any_record(), any::<bool>()).prop_map(
        |(kind, id, effective, (at, received), person, same)| Heard {
            kind,
            employee_id: EmployeeId::new(id).unwrap(),
            source: "generic".to_owned(),
            delivery_id: "1".to_owned(),
            occurred_at: at,
            received_at: received,
            effective,
            person,
            same: (kind == HeardKind::Identity).then_some(same),
            reason: None,
            confirmed_by: None,
        },
    )
}

fn of_the_catalogue() -> impl Strategy<Value = Heard> {
    (0..CATALOGUE.len()).prop_map(|n| CATALOGUE[n].clone())
}

fn played(events: &[Heard]) -> Vec<KnownCase> {
    let mut cases = Vec::new();
    for n in 0..events.len() {
        let story = Story::of(&events[..=n], &TimeZone::UTC);
        let becomes = difference(&cases, &story);
        apply(&mut cases, becomes);
    }
    cases
}

proptest! {
    /// 9: total, also at the ends of the calendar.
    #[test]
    fn no_set_of_events_fails(events in proptest::collection::vec(any_event(), 0..9)) {
        let zone = TimeZone::get("Europe/Berlin").unwrap();
        let story = Story::of(&events, &zone);
        for human in story.humans() {
            for day in [Date::MIN, Date::MAX, Date::constant(2027, 3, 9)] {
                human.access(day);
                human.record(human.ids()[0], day);
            }
        }
        played(&events);
    }

    /// 1: the order of arrival changes nothing, whatever the events are.
    #[test]
    fn any_order_is_the_same_story(
        events in proptest::collection::vec(any_event(), 0..9)
            .prop_flat_map(|all| (Just(all.clone()), Just(all).prop_shuffle())),
    ) {
        let (one, other) = events;
        let (a, b) = (Story::of(&one, &TimeZone::UTC), Story::of(&other, &TimeZone::UTC));
        prop_assert_eq!(a.wants(), b.wants());
    }

    /// 2: an event that comes again changes nothing.
    #[test]
    fn an_event_again_changes_nothing(
        events in proptest::collection::vec(of_the_catalogue(), 1..8),
        which in any::<proptest::sample::Index>(),
    ) {
        let mut twice = events.clone();
        twice.push(which.get(&events).clone());
        let story = Story::of(&twice, &TimeZone::UTC);
        let cases = played(&events);
        prop_assert_eq!(difference(&cases, &story), vec![]);
    }

    /// 10: when an event came counts only where its own time cannot be.
    #[test]
    fn later_receipts_change_nothing(
        events in proptest::collection::vec(of_the_catalogue(), 1..8),
        hours in 0i64..1000,
    ) {
        let in_time: Vec<Heard> =
            events.into_iter().filter(|event| event.occurred_at <= event.received_at).collect();
        let later: Vec<Heard> = in_time
            .iter()
            .map(|event| Heard {
                received_at: event.received_at + jiff::SignedDuration::from_hours(hours),
                ..event.clone()
            })
            .collect();
        let (a, b) = (Story::of(&in_time, &TimeZone::UTC), Story::of(&later, &TimeZone::UTC));
        prop_assert_eq!(a.wants(), b.wants());
    }

    /// The invariants hold of sets that nobody has written down.
    #[test]
    fn the_invariants_hold(events in proptest::collection::vec(of_the_catalogue(), 4..8)) {
        let story = Story::of(&events, &TimeZone::UTC);
        prop_assert_eq!(invariants::of_a_story(&story), Vec::<String>::new());
    }

    /// What is written to the ledger is read as it was.
    #[test]
    fn what_is_kept_is_read_as_it_was(event in any_event()) {
        let text = serde_json::to_string(&event).unwrap();
        let read: Heard = serde_json::from_str(&text).unwrap();
        prop_assert_eq!(read.id(), event.id());
        prop_assert_eq!(read, event);
    }
}
