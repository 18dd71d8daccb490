//! Writes what Rust has in the reference model's words, so that the two can be compared as they are.

use std::collections::BTreeMap;

use jiff::{Timestamp, civil::Date};
use latchkey_lifecycle::PersonDraft;
use latchkey_lifecycle::{EventId, Matter, PlannedFrom, Reason, Until};
use latchkey_story::{Access, Heard, KnownCase, Progress, Story, Verb};
use serde_json::{Map, Value, json};

/// The model counts days from the first of January of the year 1.
pub(crate) fn ordinal(date: Date) -> i64 {
    date.duration_since(Date::constant(1, 1, 1)).as_hours() / 24 + 1
}

fn minutes(at: Timestamp) -> i64 {
    at.as_second().div_euclid(60) + ordinal(Date::constant(1970, 1, 1)) * 1440
}

/// A record's texts, by the model's names.
pub(crate) fn told(draft: &PersonDraft) -> Value {
    let all = [
        ("given_name", &draft.given_name),
        ("family_name", &draft.family_name),
        ("work_email", &draft.work_email),
        ("personal_email", &draft.personal_email),
        ("department", &draft.department),
        ("title", &draft.title),
        ("level", &draft.level),
        ("employment_type", &draft.employment_type),
        ("country", &draft.country),
        ("location", &draft.location),
        ("time_zone", &draft.time_zone),
        ("manager", &draft.manager.as_ref().map(ToString::to_string)),
        ("manager_email", &draft.manager_email),
    ];
    let known = all
        .into_iter()
        .filter_map(|(name, text)| Some((name.to_owned(), json!(text.as_ref()?))));
    Value::Object(known.collect::<Map<_, _>>())
}

/// An event as the model reads it.
pub(crate) fn for_the_model(event: &Heard) -> Value {
    let person = &event.person;
    let mut texts = told(person);
    if let Some(same) = event.same {
        texts["same"] = json!(if same { "yes" } else { "no" });
    }
    json!({
        "kind": event.kind, "id": event.employee_id,
        "at": minutes(event.occurred_at), "received": minutes(event.received_at),
        "day": event.effective.map(ordinal), "told": texts, "prev": person.previous_id,
        "start": person.start_date.map(ordinal), "last": person.last_day.map(ordinal),
        "unread": person.unread.iter().map(|one| one.field.replace(' ', "_")).collect::<Vec<_>>(),
    })
}

/// The model's words for a reason.
fn in_its_words(reason: &Reason) -> String {
    let words = match reason {
        Reason::GoneOver(id) => return format!("they are known as {id} since"),
        Reason::UnderAnotherId(id) => return format!("they go by {id} on that day"),
        Reason::OneHuman { employee, previous } => {
            return format!("whether {employee} and {previous} are one human");
        }
        Reason::NotRead { field } => {
            return format!("its {} could not be read", field.replace(' ', "_"));
        }
        Reason::KnownAlready => "they are known already",
        Reason::SaysWhatIsKnown => "it says what is known",
        Reason::HasLeft => "they have left",
        Reason::CutOffSince => "they were cut off since",
        Reason::LastDayNotTold => "its last day is not known",
        Reason::CutOffAlready => "they are cut off already",
        Reason::LeftBefore => "they have left before that day: an exit gives nothing back",
        Reason::NoExitKnown => "no exit is known",
        Reason::HiredForLater => "a later first day was confirmed since: the exit stands",
        Reason::Withdrawn => "it is withdrawn",
        Reason::GiveBackByHand => {
            "nobody told that they work here: what was taken is given back by hand"
        }
        Reason::RescindedAlready => "it is rescinded already",
        Reason::LeftAlready => "they have left already",
        Reason::WorksHere => "they work here: an exit is needed",
        Reason::Rescinded => "it is rescinded",
        Reason::MovesNothing => "nothing is known that it moves",
        Reason::MovesSeveral => "it could be of several things",
        Reason::FirstDayNotTold => "its first day is not known",
        Reason::NobodyKnown => "nobody is known to work here",
        Reason::OverBeforeItBegins => "it is over before it begins",
        Reason::NotAtWork => "it is for a day on which they do not work",
        Reason::GoesOn => "they go on without a gap",
        Reason::Off => "it is off",
        Reason::DayNotRead => "its day could not be read",
    };
    words.to_owned()
}

/// Writes what Rust has as the model does.
#[derive(Default)]
pub(crate) struct Scribe {
    /// Of each event its first place in the set.
    pub(crate) places: BTreeMap<EventId, usize>,
}

impl Scribe {
    pub(crate) fn of(events: &[Heard]) -> Scribe {
        let mut scribe = Scribe::default();
        for (n, event) in events.iter().enumerate() {
            scribe.places.entry(event.id()).or_insert(n);
        }
        scribe
    }

    fn places(&self, events: &[EventId]) -> Vec<usize> {
        events.iter().map(|event| self.places[event]).collect()
    }

    fn sorted(&self, events: &[EventId]) -> Vec<usize> {
        let mut places = self.places(events);
        places.sort_unstable();
        places
    }

    fn from(&self, from: &PlannedFrom) -> Value {
        let asks: Vec<String> = from.asks.iter().map(in_its_words).collect();
        let missing: Vec<String> = from
            .missing
            .iter()
            .map(|label| label.replace(' ', "_"))
            .collect();
        json!([
            matter(from.matter),
            from.employee_id,
            from.day.map(ordinal),
            from.before.as_ref().map(told),
            from.after.as_ref().map(told),
            missing,
            asks.join("; "),
        ])
    }

    pub(crate) fn wants(&self, story: &Story<'_>) -> Value {
        let wants = story.wants().iter().map(|want| {
            json!({
                "what": self.from(&want.from), "events": self.places(&want.events), "undoes": self.sorted(&want.undoes),
                "until": until(want.until), "over": want.over.map(|event| self.places[&event]),
            })
        });
        wants.collect()
    }

    pub(crate) fn why(&self, story: &Story<'_>) -> Value {
        let mut all = Vec::new();
        for why in story
            .humans()
            .iter()
            .flat_map(|human| human.without_effect())
        {
            let by = why.by.map(|event| self.places[&event]);
            all.push((
                self.places[&why.event.id()],
                json!([in_its_words(why.reason), by]),
            ));
        }
        all.sort_by_key(|(place, _)| *place);
        json!(all)
    }

    pub(crate) fn case(&self, case: &KnownCase) -> Value {
        let state = match case.progress {
            Progress::Open => "open",
            Progress::Closed => "closed",
            Progress::Superseded => "superseded",
        };
        json!({
            "kind": matter(case.matter), "id": case.employee_id, "events": self.places(&case.events),
            "undoes": self.sorted(&case.undoes), "state": state, "by": case.by, "what": self.from(&case.from),
            "until": until(case.until), "kept": case.kept,
        })
    }
}

fn matter(matter: Matter) -> String {
    match matter {
        Matter::Carry(kind) => kind.to_string(),
        Matter::Ask(kind) => format!("ask:{kind}"),
    }
}

fn until(until: Until) -> Value {
    match until {
        Until::Never => json!("never"),
        Until::Day(day) => json!(ordinal(day)),
        Until::Ever => Value::Null,
    }
}

pub(crate) fn verb(verb: Verb) -> Option<&'static str> {
    match verb {
        Verb::Begin => Some("begin"),
        Verb::Anew => Some("anew"),
        Verb::Revive => Some("revive"),
        Verb::End => Some("end"),
        Verb::Refresh => None,
    }
}

pub(crate) fn shown(access: Access) -> Value {
    let attributes = |is: &PersonDraft| {
        let mut is = told(is);
        let all = latchkey_lifecycle::Person::ATTRIBUTES;
        if let Value::Object(is) = &mut is {
            is.retain(|name, _| all.contains(&name.as_str()));
        }
        is
    };
    match access {
        Access::None => json!(["none", null]),
        Access::Have(is) => json!(["have", attributes(&is)]),
        Access::Suspended(is) => json!(["suspended", attributes(&is)]),
    }
}
