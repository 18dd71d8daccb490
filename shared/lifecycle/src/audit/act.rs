//! Kinds of acts: what an auditor looks for among the words of the trail.

use super::What;

/// What kind of act a record tells of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Act {
    /// HR confirmed something.
    Confirmed,
    /// A checklist was written, or written otherwise.
    Planned,
    /// A system was changed.
    Carried,
    /// Something was read back, attested or confirmed.
    Verified,
    /// Somebody said or decided something.
    Said,
    /// Something was left out by name.
    LeftOut,
    /// Somebody was told or asked.
    Told,
    /// Something went wrong, waits, or begins anew.
    Troubled,
    /// A difference was found, mended or accepted.
    Found,
    /// A case came to its end, or left the ledger.
    Ended,
    /// Somebody looked at, downloaded or took in something as a whole.
    Looked,
    /// A word of another release.
    Other,
}

impl Act {
    /// Each with its stable word, and what several of them are called.
    const WORDS: [(Act, &'static str, &'static str); 12] = [
        (Act::Confirmed, "confirmed", "Words of HR"),
        (Act::Planned, "planned", "Checklists"),
        (Act::Carried, "carried", "Given and taken back"),
        (Act::Verified, "verified", "Verified"),
        (Act::Said, "said", "Words of people"),
        (Act::LeftOut, "left-out", "Left out"),
        (Act::Told, "told", "Letters"),
        (Act::Troubled, "troubled", "Trouble"),
        (Act::Found, "found", "Findings"),
        (Act::Ended, "ended", "Ends"),
        (Act::Looked, "looked", "Looked at"),
        (Act::Other, "other", "Other"),
    ];

    /// Every kind.
    pub fn all() -> impl Iterator<Item = Act> {
        Act::WORDS.into_iter().map(|(act, ..)| act)
    }

    /// Its stable word: keys and links have it.
    pub fn as_str(self) -> &'static str {
        self.in_words().0
    }

    /// What several of them are called.
    pub fn words(self) -> &'static str {
        self.in_words().1
    }

    /// The kind of a stable word.
    pub fn named(word: &str) -> Option<Act> {
        Act::all().find(|act| act.as_str() == word)
    }

    fn in_words(self) -> (&'static str, &'static str) {
        let found = Act::WORDS.into_iter().find(|(act, ..)| *act == self);
        found.map_or(("", ""), |(_, word, words)| (word, words))
    }
}

impl What {
    /// What kind of act it is.
    pub fn act(&self) -> Act {
        match self {
            What::Received
            | What::Noted
            | What::Moved
            | What::Changed
            | What::GoesOn
            | What::Superseded => Act::Confirmed,
            What::Planned | What::PlannedAnew | What::Named | What::WrittenAnew => Act::Planned,
            What::Begun | What::CarriedOut | What::CarriedOutInPart => Act::Carried,
            What::Verified => Act::Verified,
            What::Confirmed
            | What::Decided
            | What::DecisionWaits
            | What::DecisionTakenBack
            | What::Taken
            | What::HandedOver
            | What::PutAside
            | What::Attached
            | What::QuestionAsked
            | What::QuestionAnswered
            | What::Away
            | What::NotAway
            | What::LettersChosen
            | What::Done
            | What::Declined
            | What::Refused
            | What::NotConfirmed => Act::Said,
            What::LeftOut | What::Waived => Act::LeftOut,
            What::Asks
            | What::Asked
            | What::Reminded
            | What::Missed
            | What::Escalated
            | What::PutOff
            | What::Told
            | What::ToldAgain => Act::Told,
            What::Trouble
            | What::Paused
            | What::Restarted
            | What::Renewed
            | What::Redriven
            | What::StandsStill => Act::Troubled,
            What::Opened
            | What::OpenedAgain
            | What::RepairAsked
            | What::NotRepaired
            | What::Repaired
            | What::Accepted => Act::Found,
            What::Closed | What::Retired => Act::Ended,
            What::Downloaded | What::LookedAtFile | What::TookInFile | What::LookedThrough => {
                Act::Looked
            }
            What::Other(_) => Act::Other,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_kind_has_a_word_of_its_own_that_names_it_again() {
        for act in Act::all() {
            assert_eq!(Act::named(act.as_str()), Some(act));
            assert!(!act.words().is_empty());
        }
        assert_eq!(Act::named("nothing"), None);
        assert_eq!(What::from("foreseen".to_owned()).act(), Act::Other);
    }
}
