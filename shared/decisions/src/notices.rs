//! What people are told at once of an event, by letter, whatever becomes of its case: a clock that is ahead, an exit of
//! somebody whom nobody knows, an urgent exit that is held.

use jiff::Timestamp;
use latchkey_lifecycle::{
    Case, CaseId, EmployeeId, EventId, EventKind, LeftOutBy, Letter, LetterId, QueuedLetter,
    Signer, TeamId,
};
use latchkey_runbook::Runbook;
use latchkey_runtime::Failure;

use crate::Looks;

/// What somebody has to be told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Notice {
    /// What a source sends is from the future (T1). Told once a source and day.
    WrongClock(String),
    /// Of whom Latchkey knows nothing, an exit was confirmed: a wrong id leaves the right person with their access.
    NobodyKnown(EmployeeId, EventKind, CaseId),
    /// An urgent exit says that it was decided before the person was hired, or hired again: it ends nothing of what
    /// they have.
    CutsNobody(EmployeeId, Timestamp),
    /// Somebody is cut off under one id, and keeps what they have under another one that may be theirs: HR was asked,
    /// and has not answered.
    PerhapsTheSame(EmployeeId, Vec<EmployeeId>, EventKind, CaseId),
    /// A record has the work address of somebody else's: the pages take whoever signs in with it for either.
    AddressOfAnother(EmployeeId, Vec<EmployeeId>, EventId),
    /// Whoever leaves has an address that the runbook names: from then on it lets nobody in.
    NamedInRunbook(EmployeeId, String, CaseId),
    /// Somebody is to be cut off at once, and is not before somebody decides.
    HeldUrgent(EmployeeId, CaseId),
    /// What the brake held is left out by name. There is at least one case.
    LeftOut(Vec<Case>),
    /// Of what the brake held only the change is left out, by whom and why: the exit goes on for the day before. There
    /// is at least one case.
    ChangeLeftOut(Vec<(Case, LeftOutBy)>),
}

impl Notice {
    fn about(&self) -> String {
        match self {
            Notice::WrongClock(source) => format!("clock {source}"),
            Notice::NobodyKnown(_, _, case) => format!("nobody known {case}"),
            Notice::CutsNobody(id, decided) => format!("cuts nobody {id} {decided}"),
            Notice::PerhapsTheSame(_, _, _, case) => format!("perhaps the same {case}"),
            Notice::AddressOfAnother(id, _, event) => format!("address of another {id} {event}"),
            Notice::NamedInRunbook(_, address, case) => format!("named {address} {case}"),
            Notice::HeldUrgent(_, case) => format!("held {case}"),
            Notice::LeftOut(cases) => format!("left out {}", revisions(cases)),
            Notice::ChangeLeftOut(changes) => {
                let cases = changes.iter().map(|(case, _)| case);
                format!("change left out {}", revisions(cases))
            }
        }
    }

    fn subject(&self) -> String {
        match self {
            Notice::WrongClock(source) => format!("The clock of {source} is ahead"),
            Notice::NobodyKnown(id, kind, _) => {
                format!(
                    "Nobody is known as employee {id}, of whom {} was confirmed",
                    kind.with_article()
                )
            }
            Notice::CutsNobody(id, _) => {
                format!("URGENT: employee {id} works on after an urgent exit")
            }
            Notice::AddressOfAnother(id, others, _) => {
                format!("Employee {id} has the work address of {}", named(others))
            }
            Notice::NamedInRunbook(id, ..) => {
                format!("Employee {id} leaves, and the runbook names their address")
            }
            Notice::HeldUrgent(id, _) => {
                format!("URGENT: employee {id} is held, and not cut off yet")
            }
            Notice::LeftOut(cases) => match cases.as_slice() {
                [case] => format!(
                    "Left out, and not carried out: {} of {}",
                    case.words(),
                    case.called()
                ),
                cases => format!(
                    "Left out, and not carried out: {} cases that were held",
                    cases.len()
                ),
            },
            Notice::ChangeLeftOut(changes) => match changes.as_slice() {
                [(case, _)] => format!(
                    "A change is left out: the {} of {} goes on as before",
                    case.words(),
                    case.called()
                ),
                changes => format!(
                    "Changes are left out: {} cases that were held go on as before",
                    changes.len()
                ),
            },
            Notice::PerhapsTheSame(id, others, kind, _) => {
                let urgent = if *kind == EventKind::UrgentExit {
                    "URGENT: "
                } else {
                    ""
                };
                let others = named(others);
                format!(
                    "{urgent}{others} may be the same person as employee {id}, and keeps access"
                )
            }
        }
    }

    fn text(&self, confirm: &str) -> String {
        match self {
            Notice::WrongClock(source) => format!(
                "{source} says of something that it was decided later than it came here. It counts as decided when it came, so that \
                 what is confirmed from now on is not taken for older.\n\nWhat to do: have the clock of {source} set right, or the \
                 date that somebody typed there."
            ),
            Notice::NobodyKnown(id, kind, case) => format!(
                "The HR system confirmed {} of employee {id}, and Latchkey knows nobody by that id. Whatever {id} has in a system is \
                 taken (case {case}).\n\nWhat to do: look whether the id is right. If it was mistyped, confirm it for the right \
                 person: until then nothing is taken from them.",
                kind.with_article()
            ),
            Notice::CutsNobody(id, decided) => format!(
                "An urgent exit of employee {id} came that says it was decided at {decided}. They were hired after that, so it takes \
                 nothing of what they have.\n\nWhat to do: if they are to be cut off, confirm it again, with the right time; and have the \
                 clock of the HR system looked at."
            ),
            Notice::LeftOut(cases) => left_out(cases),
            Notice::ChangeLeftOut(changes) => change_left_out(changes),
            Notice::PerhapsTheSame(id, others, kind, case) => format!(
                "The HR system confirmed {} of employee {id}: what {id} has is taken (case {case}). A record says that {others} may be \
                 the same person, and HR was asked whether that is so. Nothing is taken from {others} before HR answers.\n\nWhat to do: \
                 answer the letter “Say whether … are one person”, or confirm the exit of {others}, too.",
                kind.with_article(),
                others = named(others),
            ),
            Notice::AddressOfAnother(id, others, _) => format!(
                "The record of employee {id} came with the work address that {others} has by HR's records, too. Latchkey's pages know \
                 people by their address: what is about {id} or {others}, whoever signs in with it may not decide.\n\nWhat to do: look \
                 whose address it is, and put the other record right in the HR system. If both are the same person, have the record \
                 say so, by the id before.",
                others = named(others),
            ),
            Notice::NamedInRunbook(id, address, case) => format!(
                "Employee {id} leaves (case {case}), and {address}, which is theirs by HR's records, is named in the runbook. Once they \
                 have left, whoever signs in to Latchkey's pages with that address is let in nowhere.\n\nWhat to do: take the address \
                 out of the runbook. If it is somebody else's, have HR put the record of employee {id} right, and give whoever has it \
                 a record of their own."
            ),
            Notice::HeldUrgent(id, case) => format!(
                "More urgent exits were confirmed lately than the runbook lets pass (`brake`), so that of employee {id} is held: \
                 nothing is taken from them before somebody decides (case {case}).\n\nWhat to do: {confirm} has the letter “Confirm \
                 the exits that are held”, and decides by the link in it about what is held there."
            ),
        }
    }

    fn teams<'r>(&self, runbook: &'r Runbook) -> Vec<&'r TeamId> {
        let mut teams = match self {
            Notice::WrongClock(_) | Notice::CutsNobody(..) => {
                vec![runbook.hr_team(), runbook.operations_team()]
            }
            Notice::NobodyKnown(..) | Notice::LeftOut(_) | Notice::ChangeLeftOut(_) => {
                vec![runbook.hr_team()]
            }
            Notice::PerhapsTheSame(_, _, EventKind::UrgentExit, _) => {
                vec![runbook.hr_team(), runbook.operations_team()]
            }
            Notice::PerhapsTheSame(..) | Notice::AddressOfAnother(..) => vec![runbook.hr_team()],
            Notice::NamedInRunbook(..) => vec![runbook.hr_team(), runbook.operations_team()],
            Notice::HeldUrgent(..) => {
                let confirm = runbook.brake().map(|brake| &brake.confirm);
                confirm
                    .into_iter()
                    .chain([runbook.operations_team()])
                    .collect()
            }
        };
        teams.dedup();
        teams
    }
}

/// Cases with their revisions: another decision about one of them is told of anew.
fn revisions<'a>(cases: impl IntoIterator<Item = &'a Case>) -> String {
    let cases = cases.into_iter();
    let each: Vec<String> = cases
        .map(|case| format!("{} r{}", case.id, case.revision))
        .collect();
    each.join(" ")
}

/// For which day a case stands, in a letter: " for Wed 9 Dec 2026".
fn for_its_day(case: &Case) -> String {
    let day = case.effective;
    let day = day.map(|day| day.strftime(" for %a %-d %b %Y").to_string());
    day.unwrap_or_default()
}

/// Who was left out, by whom and why, and what HR does now.
fn left_out(cases: &[Case]) -> String {
    let line = |case: &Case| {
        let said = case.left_out.as_ref();
        let (by, reason) = said.map_or(("", ""), |said| (said.by.as_str(), said.reason.as_str()));
        format!(
            "- {}, {}{}: left out by {}: {reason} (case {})",
            case.called(),
            case.words(),
            for_its_day(case),
            Signer::name_in(by),
            case.id
        )
    };
    let lines: Vec<String> = cases.iter().map(line).collect();
    format!(
        "More was confirmed at once than the runbook lets pass (`brake`), so it was held for somebody to decide. These are left out: \
         nothing of them is carried out, and they count as never said.\n\n{}\n\nWhat to do: read the reasons. What was meant, confirm \
         again in the HR system, or report it by hand: it is a new case then. What was not, correct in the HR system, so that it is \
         not sent once more.",
        lines.join("\n")
    )
}

/// Whose change was left out, by whom and why, what goes on, and what HR does now.
fn change_left_out(changes: &[(Case, LeftOutBy)]) -> String {
    let line = |(case, said): &(Case, LeftOutBy)| {
        format!(
            "- {}: the {} goes on{}. The change was left out by {}: {} (case {})",
            case.called(),
            case.words(),
            for_its_day(case),
            Signer::name_in(&said.by),
            said.reason,
            case.id
        )
    };
    let lines: Vec<String> = changes.iter().map(line).collect();
    format!(
        "More was confirmed at once than the runbook lets pass (`brake`), so it was held for somebody to decide. Of these the change \
         alone is left out, and what was confirmed before it goes on.\n\n{}\n\nWhat to do: read the reasons, and compare each day \
         with the HR system. What was meant, confirm again there, or report it by hand. What was not, correct there, so that both say \
         the same.",
        lines.join("\n")
    )
}

/// Writes the letters; written again they are the same ones.
pub(crate) async fn tell(looks: Looks<'_>, notice: &Notice) -> Result<(), Failure> {
    let letters = letters_of(looks, notice).await?;
    Ok(looks.ledger.write_letters(&letters).await?)
}

/// The letters by which the teams that it concerns are told.
pub(crate) async fn letters_of(
    looks: Looks<'_>,
    notice: &Notice,
) -> Result<Vec<QueuedLetter>, Failure> {
    let (_, runbook) = looks.runbooks.current(looks.ledger).await?;
    let now = looks.clock.now();
    let today = now.to_zoned(runbook.time_zone().clone()).date();
    let brake = runbook.brake();
    let confirm = brake.and_then(|brake| runbook.team(&brake.confirm));
    let confirm = confirm.map_or("whoever confirms it", |team| team.email.as_str());
    let text = format!(
        "{}\n\n-- \nLatchkey for {}\n",
        notice.text(confirm),
        runbook.company()
    );
    let to_team = |team: &TeamId| {
        let to = runbook.team(team).map(|team| team.email.clone());
        let to = to.unwrap_or_default();
        let letter = Letter::new(team.to_string(), to, notice.subject(), text.clone());
        let id = LetterId::of(&[&notice.about(), &today, &letter.to]);
        QueuedLetter::new(id, letter, None, now)
    };
    let mut letters: Vec<QueuedLetter> = Vec::new();
    for letter in notice.teams(&runbook).into_iter().map(to_team) {
        // Two teams may have one address.
        if letters.iter().all(|one| one.id != letter.id) {
            letters.push(letter);
        }
    }
    Ok(letters)
}

/// Employee ids as one says them: "employee 7", "employees 7 and 9".
pub(crate) fn named(ids: &[EmployeeId]) -> String {
    match ids {
        [one] => format!("employee {one}"),
        [first @ .., last] => {
            let first: Vec<&str> = first.iter().map(EmployeeId::as_str).collect();
            format!("employees {} and {last}", first.join(", "))
        }
        [] => String::new(),
    }
}
