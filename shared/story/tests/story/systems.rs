//! What systems have in the end, put together from what each case last did, as a step would.

use jiff::civil::Date;
use latchkey_lifecycle::{EventKind, PersonDraft};
use latchkey_lifecycle::{HeardKind, Matter, Until};
use latchkey_story::{Access, Human, KnownCase, Progress};

/// How far systems are with what is open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Pace {
    /// Nothing was done.
    Nothing,
    /// Steps acted; the case is not finished.
    Acted,
    /// Everything was done.
    Closed,
}

/// Systems do what is open, whatever the day: only what a case is planned from decides what it does.
pub(crate) fn executed(cases: &mut [KnownCase], pace: Pace) {
    for case in cases {
        let open = case.progress == Progress::Open;
        if pace == Pace::Nothing || !open || waits(case) {
            continue;
        }
        case.acted = true;
        if pace == Pace::Closed {
            case.progress = Progress::Closed;
        }
    }
}

fn waits(case: &KnownCase) -> bool {
    !case.from.missing.is_empty() || !case.from.asks.is_empty()
}

pub(crate) fn gives(matter: Matter) -> bool {
    use EventKind::{ExitWithdrawn, Hire, Rehire, Return, Transfer};
    matches!(
        matter,
        Matter::Carry(Hire | Rehire | Transfer | Return | ExitWithdrawn)
    )
}

/// What roles match on.
pub(crate) fn attributes(is: &PersonDraft) -> Vec<Option<String>> {
    let all = [
        &is.department,
        &is.title,
        &is.level,
        &is.employment_type,
        &is.country,
        &is.location,
    ];
    all.into_iter().cloned().collect()
}

/// What somebody has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Has {
    Nothing,
    /// Something was given, and nothing takes it.
    Something,
    This {
        suspended: bool,
        attributes: Vec<Option<String>>,
    },
}

impl From<Access> for Has {
    fn from(access: Access) -> Has {
        match access {
            Access::None => Has::Nothing,
            Access::Have(is) => Has::This {
                suspended: false,
                attributes: attributes(&is),
            },
            Access::Suspended(is) => Has::This {
                suspended: true,
                attributes: attributes(&is),
            },
        }
    }
}

/// Claims count until the day that the story says; the one with the latest first day wins.
pub(crate) fn standing(cases: &[KnownCase], human: &Human<'_>) -> Has {
    let ids = human.ids();
    let mine = || {
        cases
            .iter()
            .enumerate()
            .filter(|(_, c)| ids.contains(&&c.employee_id) && c.acted)
    };
    let now = || mine().filter(|(_, c)| c.progress == Progress::Closed && c.by.is_none());
    let imported = human.at_work().filter(|work| work.imported).map(|work| {
        let day = work.first.unwrap_or(Date::MIN);
        ((work.first, 0), human.on(day), human.works_on(day))
    });
    let imported = imported.filter(|(_, _, until)| *until == Some(Until::Ever));
    let mut claims: Vec<((Option<Date>, usize), PersonDraft)> =
        imported.map(|(order, is, _)| (order, is)).collect();
    for (nr, case) in now().filter(|(_, c)| gives(c.matter) && c.until == Until::Ever) {
        if let Some(after) = &case.from.after {
            claims.push(((case.from.day, nr + 1), after.clone()));
        }
    }
    if let Some((_, is)) = claims.into_iter().max_by_key(|(order, _)| *order) {
        let away =
            |c: &KnownCase| c.matter == Matter::Carry(EventKind::Leave) && c.until == Until::Ever;
        return Has::This {
            suspended: now().any(|(_, c)| away(c)),
            attributes: attributes(&is),
        };
    }
    let takes = |c: &KnownCase| {
        matches!(c.matter, Matter::Carry(kind) if kind.takes_all()) && c.from.after.is_none()
    };
    let was_there = human
        .events()
        .any(|e| e.heard.kind == HeardKind::There && human.why(e.id).is_none());
    let gave = was_there || mine().any(|(_, c)| gives(c.matter));
    match now().any(|(_, c)| takes(c)) || !gave || human.questions().next().is_some() {
        true => Has::Nothing,
        false => Has::Something,
    }
}
