//! What a file says of whoever gives it: nobody confirms what happens to themselves.

use std::collections::BTreeSet;

use latchkey_decisions::listing::{Line, Looked};
use latchkey_hris::Told;
use latchkey_lifecycle::EmployeeId;
use latchkey_runtime::Failure;

use crate::{Deps, sign_in::Signed};

/// Why nothing comes of such a line.
pub(super) const WHY: &str =
    "It is about yourself, so nothing of it is taken in: somebody else has to.";

/// So many people with one address are looked at.
const OF_ONE_ADDRESS: u16 = 5;

/// The lines about others, and where those stand that say something new of whoever looks.
pub(super) async fn apart(
    deps: &Deps,
    viewer: &Signed,
    mut looked: Looked,
) -> Result<(Looked, Vec<u64>), Failure> {
    let (ledger, address) = (&deps.intake.ledger, viewer.actor.address.as_str());
    let is_theirs =
        |email: Option<&str>| email.is_some_and(|email| email.trim().eq_ignore_ascii_case(address));
    let called = ledger.people_called(address).await?;
    let found = ledger.people_named(address, OF_ONE_ADDRESS, None).await?;
    let found = found
        .people
        .into_iter()
        .filter(|(_, known)| is_theirs(known.record.work_email.as_deref()));
    let ids: BTreeSet<EmployeeId> = called.into_iter().chain(found).map(|(id, _)| id).collect();
    let mut own = Vec::new();
    looked.lines.retain(|line: &Line| {
        let events = match &line.told {
            Told::Events(events) | Told::Stranger(events) => events.as_slice(),
            Told::Nothing | Told::Older | Told::Alike(_) => &[],
        };
        let by_address =
            |event: &latchkey_lifecycle::Event| is_theirs(event.person.work_email.as_deref());
        let theirs =
            !events.is_empty() && (ids.contains(&line.employee) || events.iter().any(by_address));
        if theirs {
            own.push(line.line);
        }
        !theirs
    });
    Ok((looked, own))
}
