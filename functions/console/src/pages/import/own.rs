//! What a file says of whoever gives it: nobody confirms what happens to themselves.

use latchkey_decisions::listing::{Line, Looked};
use latchkey_hris::Told;
use latchkey_lifecycle::{Event, Themselves};

/// Why nothing comes of such a line.
pub(super) const WHY: &str =
    "It is about yourself, so nothing of it is taken in: somebody else has to.";

/// The lines about others, and where those stand that say something new of whoever looks.
pub(super) fn apart(them: &Themselves, mut looked: Looked) -> (Looked, Vec<u64>) {
    let mut own = Vec::new();
    looked.lines.retain(|line: &Line| {
        let theirs = is_about(them, line);
        if theirs {
            own.push(line.line);
        }
        !theirs
    });
    (looked, own)
}

/// Whether a line says something new of somebody: under an id that is theirs, of one that it says was theirs before, or
/// with an address of theirs.
fn is_about(them: &Themselves, line: &Line) -> bool {
    let events = match &line.told {
        Told::Events(events) | Told::Stranger(events) => events.as_slice(),
        Told::Nothing | Told::Older | Told::Alike(_) => &[],
    };
    let says = |event: &Event| {
        let person = &event.person;
        let ids = [&person.employee_id, &person.previous_id];
        let email = person.work_email.as_deref();
        ids.into_iter().flatten().any(|id| them.are(id))
            || email.is_some_and(|email| them.have(email))
    };
    !events.is_empty() && (them.are(&line.employee) || events.iter().any(says))
}
