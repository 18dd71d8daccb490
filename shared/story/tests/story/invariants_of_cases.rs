//! The invariants of the cases when everything has come (part 11 of the specification): 1, 6 and 8.

use jiff::ToSpan;
use latchkey_lifecycle::{EventKind, Matter, PersonDraft, Until};
use latchkey_story::{KnownCase, Progress, Story, Want};

use crate::{
    invariants::in_the_end,
    systems::{Has, Pace, executed, standing},
};

/// What holds of the cases when everything has come.
pub(crate) fn of_the_cases(cases: &mut [KnownCase], story: &Story<'_>) -> Vec<String> {
    let mut bad = Vec::new();
    what_stands_is_wanted(cases, story, &mut bad);
    what_acted_has_a_successor(cases, story, &mut bad);
    executed(cases, Pace::Closed);
    systems_have_what_the_story_says(cases, story, &mut bad);
    bad
}

/// 1
fn what_stands_is_wanted(cases: &[KnownCase], story: &Story<'_>, bad: &mut Vec<String>) {
    let stands = |case: &&KnownCase| {
        let ended = case.progress == Progress::Superseded || case.by.is_some();
        !ended && !case.kept && case.until != Until::Never
    };
    let is_of = |case: &KnownCase, want: &Want| {
        case.events == want.events && case.matter.asks() == want.from.matter.asks()
    };
    for case in cases.iter().filter(stands) {
        let want = story.wants().iter().find(|want| is_of(case, want));
        let right = match want {
            None => false,
            Some(want) => match case.progress {
                Progress::Open => case.from == want.from,
                _ => want.over.is_some() || closed_is_right(case, want),
            },
        };
        if !right {
            let (matter, day) = (case.matter, case.from.day);
            bad.push(format!(
                "I1 {:?} {matter} of {day:?} is not what is wanted",
                case.progress
            ));
        }
    }
    for want in story.wants().iter().filter(|want| want.over.is_none()) {
        if !cases.iter().filter(stands).any(|case| is_of(case, want)) {
            let (matter, day) = (want.from.matter, want.from.day);
            bad.push(format!("I1 {matter} of {day:?} is wanted and not there"));
        }
    }
}

/// O3: what is closed is right where access does not differ; of an exit, where it did not move to a later day.
fn closed_is_right(case: &KnownCase, want: &Want) -> bool {
    if case.matter == Matter::Carry(EventKind::Exit) {
        return case.from.day >= want.from.day;
    }
    let but_contacts = |is: &PersonDraft| PersonDraft {
        personal_email: None,
        manager: None,
        manager_email: None,
        time_zone: None,
        ..is.clone()
    };
    let same =
        |a: &Option<_>, b: &Option<_>| a.as_ref().map(but_contacts) == b.as_ref().map(but_contacts);
    case.from.day == want.from.day
        && same(&case.from.before, &want.from.before)
        && same(&case.from.after, &want.from.after)
}

/// 8
fn what_acted_has_a_successor(cases: &[KnownCase], story: &Story<'_>, bad: &mut Vec<String>) {
    use EventKind::{Exit, Leave, UrgentExit};
    for (n, case) in cases.iter().enumerate() {
        if !case.acted || case.by.is_some() || case.kept {
            continue;
        }
        let takes = matches!(case.matter, Matter::Carry(Exit | UrgentExit | Leave));
        let wanted = story.wants().iter().any(|want| want.events == case.events);
        let (Some(day), Some(human)) = (case.from.day, story.human(&case.employee_id)) else {
            continue;
        };
        let on_it = human.at_work().any(|work| {
            let next = day.saturating_add(1.days());
            let begun = work.first.is_none_or(|first| first <= day);
            *work.employee_id == case.employee_id && begun && work.end.is_none_or(|end| end > next)
        });
        // What began after it gives what they are on that day, whatever was taken before.
        let given_since = cases[n..].iter().any(|later| {
            let same = later.employee_id == case.employee_id && later.matter.gives();
            same && later.by.is_none() && later.from.day <= Some(day)
        });
        if takes && !wanted && on_it && !given_since {
            bad.push(format!(
                "I8 {} of {day} was at work and nobody undoes it",
                case.matter
            ));
        }
    }
}

/// 6
fn systems_have_what_the_story_says(cases: &[KnownCase], story: &Story<'_>, bad: &mut Vec<String>) {
    for human in story.humans() {
        let ids = human.ids();
        let mine = |want: &&Want| ids.contains(&&want.from.employee_id);
        if story
            .wants()
            .iter()
            .filter(mine)
            .any(|want| !want.from.missing.is_empty())
        {
            continue;
        }
        let got = standing(cases, human);
        let wanted = Has::from(human.access(in_the_end()));
        if got != wanted {
            bad.push(format!("I6 systems have {got:?}, not {wanted:?}"));
        }
    }
}
