//! The examples of the specification, which the model's tests read, too.

use jiff::tz::TimeZone;
use latchkey_lifecycle::Matter;
use latchkey_story::{Access, Heard, Story};
use serde_json::Value;

use crate::{
    events::{SCENARIOS, Scenario, day_of, heard, id},
    every_order, invariants,
};

fn shown(access: &Access) -> String {
    match access {
        Access::None => "none".to_owned(),
        Access::Have(is) => format!("have {}", what(is)),
        Access::Suspended(is) => format!("suspended {}", what(is)),
    }
}

fn what(is: &latchkey_lifecycle::PersonDraft) -> String {
    let text = |text: &Option<String>| text.clone().unwrap_or_default();
    format!("{} {}", text(&is.department), text(&is.employment_type))
}

/// The cases, the questions and the access that a scenario expects, against what the story has of them.
fn differences(scenario: &Scenario, story: &Story<'_>) -> Vec<String> {
    let mut cases = Vec::new();
    let mut asks = Vec::new();
    for want in story.wants() {
        let from = &want.from;
        match from.matter {
            Matter::Ask(kind) => {
                asks.push([kind.as_str().to_owned(), from.employee_id.to_string()])
            }
            Matter::Carry(kind) => {
                let mut case = vec![kind.to_string(), from.employee_id.to_string()];
                case.push(from.day.map_or("None".to_owned(), |day| day.to_string()));
                case.extend((!from.missing.is_empty()).then(|| "incomplete".to_owned()));
                case.extend(want.over.map(|_| "over".to_owned()));
                cases.push(case);
            }
        }
    }
    let expected = scenario.cases.iter().map(|case| {
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        let day = day_of(&case[2]).map_or("None".to_owned(), |day| day.to_string());
        let mut expected = vec![text(&case[0]), text(&case[1]), day];
        expected.extend(case[3..].iter().map(text));
        expected
    });
    let mut expected: Vec<Vec<String>> = expected.collect();
    let mut expected_asks = scenario.asks.clone();
    for list in [&mut cases, &mut expected] {
        list.sort();
    }
    asks.sort();
    expected_asks.sort();
    let mut bad = Vec::new();
    if cases != expected {
        bad.push(format!("cases {cases:?}, not {expected:?}"));
    }
    if asks != expected_asks {
        bad.push(format!("asks {asks:?}, not {expected_asks:?}"));
    }
    for (who, day, is) in &scenario.access {
        let human = story.human(&id(who)).unwrap();
        let got = shown(&human.access(day_of(day).unwrap()));
        if got != *is {
            bad.push(format!("{who} on {day}: {got}, not {is}"));
        }
    }
    bad
}

#[test]
fn every_scenario_has_its_cases_questions_and_access_in_every_order_of_arrival() {
    let mut bad = Vec::new();
    assert!(SCENARIOS.scenarios.len() >= 90);
    for scenario in &SCENARIOS.scenarios {
        let events: Vec<Heard> = scenario.events.iter().map(heard).collect();
        for order in every_order::orders(events.len(), 40) {
            let arrived = order.iter().map(|n| &events[*n]);
            let story = Story::of(arrived, &TimeZone::UTC);
            let found = differences(scenario, &story);
            bad.extend(
                found
                    .into_iter()
                    .map(|what| format!("{}: {what}", scenario.name)),
            );
        }
        let found = invariants::of_all_arrivals(&events);
        bad.extend(
            found
                .into_iter()
                .map(|what| format!("{}: {what}", scenario.name)),
        );
    }
    assert!(bad.is_empty(), "{}", bad.join("\n"));
}
