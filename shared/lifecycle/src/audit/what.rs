//! What a record of the trail says happened.

use serde::{Deserialize, Serialize};

use crate::Stage;

macro_rules! words {
    ($($(#[$meaning:meta])* $name:ident = $word:literal,)*) => {
        /// What happened, as a stable word: auditors and programs look for it.
        #[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
        #[serde(from = "String", into = "String")]
        pub enum What {
            $($(#[$meaning])* $name,)*
            /// A word of another release: kept as it is, since the record's hash is over it.
            Other(String),
        }

        impl What {
            /// The word.
            pub fn as_str(&self) -> &str {
                match self {
                    $(What::$name => $word,)*
                    What::Other(word) => word,
                }
            }
        }

        impl From<String> for What {
            fn from(word: String) -> What {
                match word.as_str() {
                    $($word => What::$name,)*
                    _ => What::Other(word),
                }
            }
        }

        #[cfg(test)]
        const WORDS: &[&str] = &[$($word),*];
    };
}

words! {
    /// An event of HR began the case.
    Received = "received",
    /// What HR confirmed since changes nothing of the case.
    Noted = "noted",
    /// The case has another day.
    Moved = "moved",
    /// The case's record has changed.
    Changed = "changed",
    /// What took the case's place is withdrawn.
    GoesOn = "goes on",
    /// Another case took this one's place, or nothing asks for it any more.
    Superseded = "superseded",
    /// The brake asks whether the case may go on.
    Asks = "asks",
    /// What was held goes on.
    Confirmed = "confirmed",
    /// What was held does not happen.
    LeftOut = "left out",
    /// The question about what is held is decided.
    Decided = "decided",
    /// The checklist is written.
    Planned = "planned",
    /// The task is planned otherwise than before.
    PlannedAnew = "planned anew",
    /// The person's names were chosen.
    Named = "named",
    /// What the task says has other names in it.
    WrittenAnew = "written anew",
    /// A system's step has begun.
    Begun = "begun",
    /// A system did it.
    CarriedOut = "carried out",
    /// A system did some of it.
    CarriedOutInPart = "carried out in part",
    /// A system would not do it.
    Trouble = "trouble",
    /// The system is left in peace for a while.
    Paused = "paused",
    /// The owner was asked.
    Asked = "asked",
    /// The owner was reminded.
    Reminded = "reminded",
    /// It was not verified in time, and that was told.
    Missed = "missed",
    /// The escalation contact was asked.
    Escalated = "escalated",
    /// Whoever was asked was told that it is put off.
    PutOff = "put off",
    /// Somebody of the team that is asked has it in hand.
    Taken = "taken",
    /// Somebody else of the team has it in hand from now on, or nobody by name.
    HandedOver = "handed over",
    /// Somebody keeps what is half done of it.
    PutAside = "put aside",
    /// HR was asked about the task.
    QuestionAsked = "question asked",
    /// HR answered about the task.
    QuestionAnswered = "question answered",
    /// Somebody added a file as evidence.
    Attached = "attached",
    /// The owner says that it is done.
    Done = "done",
    /// The owner declined it, or did not approve it.
    Declined = "declined",
    /// The second team did not confirm it.
    Refused = "refused",
    /// It goes back to its owner.
    NotConfirmed = "not confirmed",
    /// Read back, attested or confirmed.
    Verified = "verified",
    /// The task was left out.
    Waived = "waived",
    /// The case is done.
    Closed = "closed",
    /// Its execution begins anew.
    Restarted = "restarted",
    /// Its execution begins anew, so that whoever decides is told again.
    ToldAgain = "told again",
    /// Its execution begins anew before it is too old.
    Renewed = "renewed",
    /// An operator had it begin anew.
    Redriven = "redriven",
    /// It cannot go on by itself.
    StandsStill = "stands still",
    /// What is older went into the archive.
    Retired = "retired",
    /// A sweep found a difference.
    Opened = "opened",
    /// A difference that was gone, or accepted, is there again.
    OpenedAgain = "opened again",
    /// The owner of a finding was told.
    Told = "told",
    /// A sweep set a difference right.
    Repaired = "repaired",
    /// Somebody asks for a difference to be set right.
    RepairAsked = "repair asked",
    /// A difference was to be set right, and was not.
    NotRepaired = "not repaired",
    /// Somebody lets a difference stay.
    Accepted = "accepted",
    /// Somebody downloaded records of the trails.
    Downloaded = "downloaded",
    /// Somebody decided about what is held, and a second person has to confirm it before it counts.
    DecisionWaits = "decision waits",
    /// What waited for a second person does not any more: somebody took it back, or whoever made it has left.
    DecisionTakenBack = "decision taken back",
    /// Somebody had Latchkey look at a file of people; nothing was taken in by that.
    LookedAtFile = "looked at a file",
    /// Somebody had Latchkey take in a file of people.
    TookInFile = "took in a file",
    /// All trails were verified.
    LookedThrough = "looked through",
    /// Somebody said when they are away, and who stands in.
    Away = "away",
    /// Somebody took an absence out.
    NotAway = "not away",
    /// Somebody chose which letters of their own they get.
    LettersChosen = "letters chosen",
}

impl From<What> for String {
    fn from(what: What) -> String {
        match what {
            What::Other(word) => word,
            known => known.as_str().to_owned(),
        }
    }
}

impl From<Stage> for What {
    fn from(stage: Stage) -> What {
        match stage {
            Stage::Asked => What::Asked,
            Stage::Reminded => What::Reminded,
            Stage::Missed => What::Missed,
            Stage::Escalated => What::Escalated,
        }
    }
}

impl std::fmt::Display for What {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn each_word_is_read_back_and_one_of_another_release_stays() {
        let different: BTreeSet<&&str> = WORDS.iter().collect();
        assert_eq!(different.len(), WORDS.len());
        for word in WORDS {
            let what = What::from((*word).to_owned());
            assert!(!matches!(what, What::Other(_)), "{word}");
            assert_eq!(serde_json::to_value(&what).unwrap(), **word);
        }
        let other: What = serde_json::from_str("\"foreseen\"").unwrap();
        assert_eq!(other.as_str(), "foreseen");
        assert_eq!(serde_json::to_value(&other).unwrap(), "foreseen");
    }
}
