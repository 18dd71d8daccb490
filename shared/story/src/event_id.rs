//! What makes an event the same one, by whatever delivery.

use jiff::civil::Date;
use latchkey_lifecycle::{EmployeeId, EventId};
use sha2::{Digest, Sha256};

use crate::{heard::Heard, told::Told};

/// Fields that are absent leave no trace, so that one which is added later changes the id of no event before it.
pub(crate) fn id_of(heard: &Heard) -> EventId {
    let mut words = Words(Sha256::new());
    words.say("kind", heard.kind.as_str());
    words.say("id", heard.employee_id.as_str());
    words.say("at", &heard.occurred_at.as_nanosecond().to_string());
    let day = |day: Option<Date>| day.map(|day| day.to_string());
    let person = &heard.person;
    words.say_if("day", day(heard.effective).as_deref());
    words.say_if("start", day(person.start_date).as_deref());
    words.say_if("last", day(person.last_day).as_deref());
    for (field, text) in Told::of(person).each() {
        words.say(field.label(), text);
    }
    let previous = person.previous_id.as_ref();
    words.say_if("previous", previous.map(EmployeeId::as_str));
    words.say_if(
        "same",
        heard.same.map(|same| if same { "yes" } else { "no" }),
    );
    for one in &person.unread {
        words.say("unread", &one.field);
    }
    let digest = words.0.finalize();
    let first = digest.iter().take(16);
    EventId::of_digest(first.fold(0, |n, byte| n << 8 | u128::from(*byte)))
}

/// Takes each part with its length, so that no two lists of words read alike.
struct Words(Sha256);

impl Words {
    fn say(&mut self, name: &str, text: &str) {
        for part in [name, text] {
            self.0.update((part.len() as u64).to_be_bytes());
            self.0.update(part);
        }
    }

    fn say_if(&mut self, name: &str, text: Option<&str>) {
        if let Some(text) = text {
            self.say(name, text);
        }
    }
}
