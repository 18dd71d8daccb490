//! Whose the work address of a report is besides: it is what somebody signs in with.

use latchkey_decisions::who_is;
use latchkey_lifecycle::{EmployeeId, EventKind, PersonDraft};
use latchkey_questions::{facts::team_name, named_in};
use latchkey_runtime::Failure;
use maud::{Markup, html};

use super::read::Report;
use crate::{Deps, glyph::Glyph, sign_in::Signed, views::person::name_of};

/// Why an address cannot be written down for somebody: it is another one's. That of somebody who has left can be given
/// again.
pub(super) async fn taken(
    deps: &Deps,
    viewer: &Signed,
    employee: &EmployeeId,
    address: &str,
) -> Result<Option<String>, Failure> {
    let ledger = &deps.intake.ledger;
    let known = who_is(ledger, &viewer.runbook, address, viewer.now).await?;
    let them = known.themselves;
    if known.has_left || them.people.is_empty() || them.are(employee) {
        return Ok(None);
    }
    let ids: Vec<EmployeeId> = them.people.into_iter().collect();
    let records = ledger.records_of(&ids).await?;
    let nobody = PersonDraft::default();
    let named = ids.iter().map(|id| {
        let record = records.get(id).map_or(&nobody, |record| &record.record);
        match name_of(id, record) {
            name if name == id.as_str() => format!("employee {id}"),
            name => format!("{name} (employee {id})"),
        }
    });
    let named: Vec<String> = named.collect();
    Ok(Some(format!(
        "It is the address of {}: write another one, or leave it empty. If it is the same person under another number, give a \
         file that names the number before in the column previousId.",
        named.join(", ")
    )))
}

/// That the pages know somebody by this address: they are let in by what HR says of the person of the report.
pub(super) fn note(viewer: &Signed, report: &Report, name: &str) -> Markup {
    let hire = report.event.kind == EventKind::Hire || report.event.kind == EventKind::Rehire;
    let leaves = report.event.kind.takes_all();
    let told = report.event.person.work_email.as_ref();
    let known = report.known.as_ref();
    let known = known.and_then(|known| known.record.work_email.as_ref());
    let address = told.filter(|_| hire).or(known.filter(|_| leaves));
    let named = address.filter(|address| {
        let belongs = viewer.runbook.belongs(&address.to_lowercase(), &[]);
        !belongs.roles.is_empty()
    });
    html! {
        @if let Some(address) = named {
            @let teams: Vec<String> = named_in(&viewer.runbook, &address.to_lowercase())
                .into_iter()
                .map(|team| team_name(&viewer.runbook, team))
                .collect();
            section."note warn gap" {
                (Glyph::Trouble)
                div {
                    h2 { "The runbook names " (address) @if !teams.is_empty() { ", in " (teams.join(", ")) } }
                    @match leaves {
                        true => p { "Once " (name) " has left, whoever signs in with it is let in nowhere." },
                        false => p {
                            "Whoever signs in with it is taken to be " (name)
                            " from now on, and is let in nowhere once that person has left. If it is somebody else’s, change it."
                        },
                    }
                }
            }
        }
    }
}
