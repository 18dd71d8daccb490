//! What those who are held have in common, for whoever asks whether it looks right.

use std::collections::BTreeMap;

use latchkey_lifecycle::{Case, Person, Signer};
use latchkey_runbook::Runbook;
use latchkey_story::Heard;
use maud::{Markup, html};

use crate::{sign_in::name_of as name_spelled, views::case::capital};

/// So many of one kind are named; else how many there are.
const NAMED: usize = 3;

/// How often each of some words comes, the most first: `5 of Sales, 2 of Finance`.
fn counted<'a>(words: impl Iterator<Item = &'a str>) -> String {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for word in words.filter(|word| !word.trim().is_empty()) {
        *counts.entry(word).or_default() += 1;
    }
    let mut counts: Vec<(&str, usize)> = counts.into_iter().collect();
    counts.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    let named = counts.iter().take(NAMED);
    let mut parts: Vec<String> = named.map(|(word, n)| format!("{word}: {n}")).collect();
    let others = counts.len().saturating_sub(NAMED);
    if others > 0 {
        parts.push(format!("{others} others"));
    }
    parts.join(", ")
}

fn person(case: &Case) -> Option<&Person> {
    case.person.as_ref().or(case.before.as_ref())
}

/// What HR said last of a case, in the order of decisions.
pub(super) fn said_last<'h>(case: &Case, heard: &'h [Heard]) -> Option<&'h Heard> {
    let events = case.grounds.iter().flat_map(|grounds| &grounds.events);
    events.rev().find_map(|id| {
        let is_it = |heard: &&Heard| heard.employee_id == case.employee_id && heard.id() == *id;
        heard.iter().find(is_it)
    })
}

/// Whose word an event is, by name: a source may name somebody whom the pages know by their address.
pub(super) fn reporter(runbook: &Runbook, heard: &Heard) -> String {
    let Some(by) = &heard.confirmed_by else {
        return heard.source.clone();
    };
    match Signer::of(by) {
        Signer::Person {
            name,
            address: Some(address),
            ..
        } if name == address => {
            let known = runbook
                .named_addresses()
                .contains(address.to_lowercase().as_str());
            if known {
                name_spelled(address)
            } else {
                by.clone()
            }
        }
        Signer::Person { name, .. } => name.to_owned(),
        _ => by.clone(),
    }
}

/// What is in common, of a list that is shown as a whole.
pub(super) fn share(runbook: &Runbook, cases: &[Case], heard: &[Heard]) -> Markup {
    let people = || cases.iter().filter_map(person);
    // A case of which HR said more than one thing is one case.
    let by = cases.iter().filter_map(|case| said_last(case, heard));
    let by: Vec<String> = by.map(|heard| reporter(runbook, heard)).collect();
    let by = by.iter().map(String::as_str);
    let kinds = counted(cases.iter().map(|case| case.kind.words()));
    let facts = [
        ("What", capital(&kinds)),
        ("Reported by", counted(by)),
        (
            "Department",
            counted(people().map(|p| p.department.as_str())),
        ),
        ("Country", counted(people().map(|p| p.country.as_str()))),
    ];
    html! {
        section aria-labelledby="lk" {
            h2 #lk { "Does it look right?" }
            dl."facts lines" {
                @for (what, words) in facts.iter().filter(|(_, words)| !words.is_empty()) {
                    dt { (what) } dd { (words) }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;
    use latchkey_lifecycle::{EmployeeId, Event, EventKind, PersonDraft};
    use latchkey_runbook::Source;

    use super::*;

    #[test]
    fn one_person_reports_under_one_name() {
        let text = "company: Small\ntime_zone: Europe/Berlin\nhr: it\noperations: it\nteams:\n  it: {name: IT, email: \
                    it@small.example, escalation: boss@small.example, members: [ines.albrecht@small.example]}\n";
        let source = Source::from_files([("runbook.yaml".to_owned(), text.to_owned())].into());
        let checked = Runbook::check(&source);
        let runbook = checked
            .runbook
            .unwrap_or_else(|| panic!("{:#?}", checked.problems));
        let said = |by: Option<&str>| {
            let event = Event {
                kind: EventKind::Exit,
                source: "generic".to_owned(),
                delivery_id: "1".to_owned(),
                occurred_at: Timestamp::UNIX_EPOCH,
                effective: None,
                person: PersonDraft {
                    employee_id: EmployeeId::new("1").ok(),
                    ..PersonDraft::default()
                },
                reason: None,
                confirmed_by: by.map(str::to_owned),
            };
            reporter(&runbook, &Heard::of(event, Timestamp::UNIX_EPOCH))
        };
        for by in [
            "Ines Albrecht",
            "Ines.Albrecht@small.example",
            "Ines Albrecht (ines.albrecht@small.example)",
        ] {
            assert_eq!(said(Some(by)), "Ines Albrecht");
        }
        assert_eq!(said(Some("stranger@else.example")), "stranger@else.example");
        assert_eq!(said(None), "generic");
    }

    #[test]
    fn what_comes_most_is_named_first_and_the_rest_is_counted() {
        let words = ["b", "a", "b", "", "c", "d", "e"];
        assert_eq!(counted(words.into_iter()), "b: 2, a: 1, c: 1, 2 others");
        assert_eq!(counted([].into_iter()), "");
    }
}
