//! What can be seen and done in the pages.

/// Something that somebody sees or does. A route names the one that it needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Action {
    /// Look at tasks.
    SeeTasks,
    /// Take, hand over, complete or decline a task.
    AnswerTask,
    /// Look at cases, their timelines and letters.
    SeeCases,
    /// Read why somebody leaves or is away, and private addresses.
    SeeReasons,
    /// Look at people and what they have.
    SeePeople,
    /// Ask what somebody would have with another job.
    AskWhatIf,
    /// Report a hire, transfer, exit or leave by hand.
    Report,
    /// Have somebody cut off now.
    ReportUrgentExit,
    /// Take in a file of people.
    TakeInFile,
    /// Leave out any task of a case, by name and reason.
    LeaveOut,
    /// Have a case that stands still tried again.
    TryAgain,
    /// Look at what the brake holds.
    SeeHeld,
    /// Decide about what the brake holds.
    DecideHeld,
    /// Look at differences between ledger and systems.
    SeeFindings,
    /// Have a finding repaired, or accept it.
    RepairFinding,
    /// Look at systems and how they answer.
    SeeSystems,
    /// Look at the checks of the installation.
    SetUp,
    /// Read audit trails.
    SeeAudit,
    /// Read the runbook.
    ReadRunbook,
    /// Make a draft of the runbook the one that counts.
    Publish,
    /// Say when one is away and who stands in, and which letters of one's own one gets.
    SetLetters,
    /// One's own page, and signing out.
    BeOneself,
}

impl Action {
    /// Every action.
    pub fn all() -> impl Iterator<Item = Action> {
        crate::TABLE.iter().map(|(action, _)| *action)
    }

    /// Whether it changes anything: auditors never do.
    pub fn changes(self) -> bool {
        use Action::{
            AnswerTask, DecideHeld, LeaveOut, Publish, RepairFinding, Report, ReportUrgentExit,
            SetLetters, TakeInFile, TryAgain,
        };
        matches!(
            self,
            AnswerTask
                | DecideHeld
                | LeaveOut
                | Publish
                | RepairFinding
                | Report
                | ReportUrgentExit
                | SetLetters
                | TakeInFile
                | TryAgain
        )
    }

    /// The same of anything of the kind, where no single one is meant.
    pub fn in_general(self) -> &'static str {
        match self {
            Action::SeeTasks => "see tasks",
            Action::AnswerTask => "answer tasks",
            Action::SeeCases => "see cases",
            Action::SeePeople => "see people",
            Action::LeaveOut => "leave tasks out",
            Action::TryAgain => "have cases tried again",
            Action::RepairFinding => "repair or accept findings",
            Action::SeeSystems => "see systems",
            other => other.words(),
        }
    }

    /// What it is in a sentence, after "may" or "can".
    pub fn words(self) -> &'static str {
        match self {
            Action::SeeTasks => "see these tasks",
            Action::AnswerTask => "answer this task",
            Action::SeeCases => "see this case",
            Action::SeeReasons => "read the reasons of exits and leaves",
            Action::SeePeople => "see this person",
            Action::AskWhatIf => "ask what a change would do",
            Action::Report => "report a hire, transfer, exit or leave",
            Action::ReportUrgentExit => "have somebody cut off now",
            Action::TakeInFile => "take in a file of people",
            Action::LeaveOut => "leave a task out",
            Action::TryAgain => "have a case tried again",
            Action::SeeHeld => "see what the brake holds",
            Action::DecideHeld => "decide what the brake holds",
            Action::SeeFindings => "see findings",
            Action::RepairFinding => "repair or accept a finding",
            Action::SeeSystems => "see this system",
            Action::SetUp => "set Latchkey up",
            Action::SeeAudit => "read the audit trails",
            Action::ReadRunbook => "read the runbook",
            Action::Publish => "publish the runbook",
            Action::SetLetters => "say when you are away, and which letters you get",
            Action::BeOneself => "change these settings",
        }
    }
}
