//! The table: what each role may do, and with whose things.

use crate::{Action, Role};

/// How far a role's permission for an action goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Reach {
    /// Not at all.
    Nothing,
    /// What is of their team, of their system, or of those who report to them.
    Own,
    /// Everybody's.
    Everything,
}

const NO: Reach = Reach::Nothing;
const OWN: Reach = Reach::Own;
const ALL: Reach = Reach::Everything;

/// A row: an action, and how far each role's permission for it goes, in the order of [`Role::ALL`].
type Row = (Action, [Reach; 7]);

/// What is not in here, nobody may.
#[rustfmt::skip]
pub const TABLE: &[Row] = &[
    //                           HR   member operator security auditor manager publisher
    (Action::SeeTasks,          [OWN, OWN,   ALL,     OWN,     NO,     OWN,    NO]),
    (Action::AnswerTask,        [OWN, OWN,   OWN,     OWN,     NO,     OWN,    NO]),
    (Action::SeeCases,          [ALL, OWN,   ALL,     ALL,     ALL,    OWN,    NO]),
    (Action::SeeReasons,        [ALL, NO,    NO,      ALL,     ALL,    NO,     NO]),
    (Action::SeePeople,         [ALL, NO,    ALL,     ALL,     ALL,    OWN,    NO]),
    (Action::AskWhatIf,         [ALL, NO,    ALL,     ALL,     ALL,    OWN,    NO]),
    (Action::Report,            [ALL, NO,    NO,      NO,      NO,     NO,     NO]),
    (Action::ReportUrgentExit,  [ALL, NO,    ALL,     ALL,     NO,     NO,     NO]),
    (Action::TakeInFile,        [ALL, NO,    ALL,     NO,      NO,     NO,     NO]),
    (Action::LeaveOut,          [NO,  NO,    ALL,     NO,      NO,     NO,     NO]),
    (Action::TryAgain,          [NO,  NO,    ALL,     NO,      NO,     NO,     NO]),
    (Action::SeeHeld,           [ALL, NO,    ALL,     ALL,     ALL,    NO,     NO]),
    (Action::DecideHeld,        [NO,  NO,    NO,      ALL,     NO,     NO,     NO]),
    (Action::SeeFindings,       [ALL, OWN,   ALL,     ALL,     ALL,    NO,     NO]),
    (Action::RepairFinding,     [NO,  NO,    ALL,     ALL,     NO,     NO,     NO]),
    (Action::SeeSystems,        [ALL, OWN,   ALL,     ALL,     ALL,    NO,     NO]),
    (Action::SetUp,             [NO,  NO,    ALL,     NO,      NO,     NO,     NO]),
    (Action::SeeAudit,          [NO,  NO,    ALL,     ALL,     ALL,    NO,     NO]),
    (Action::ReadRunbook,       [ALL, ALL,   ALL,     ALL,     ALL,    ALL,    ALL]),
    (Action::Publish,           [NO,  NO,    NO,      NO,      NO,     NO,     ALL]),
    (Action::SetLetters,        [OWN, OWN,   OWN,     OWN,     NO,     NO,     NO]),
    (Action::BeOneself,         [ALL, ALL,   ALL,     ALL,     ALL,    ALL,    ALL]),
];

/// How far a role's permission for an action goes.
pub fn reach(role: Role, action: Action) -> Reach {
    let place = Role::ALL.iter().position(|one| *one == role);
    let row = TABLE.iter().find(|(of, _)| *of == action);
    match (row, place) {
        (Some((_, reaches)), Some(place)) => reaches[place],
        _ => Reach::Nothing,
    }
}
