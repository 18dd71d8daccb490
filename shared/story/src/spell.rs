//! A spell: a time of work under one employee id.

use latchkey_lifecycle::EmployeeId;

use crate::day::{Day, First};

/// For so many days after the first one HR may call a hire off (R1).
const FRESH: i32 = 14;

/// An event of a human, by its place in the order of decisions: the greater one was decided later.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct SaidNo(pub(crate) usize);

/// A spell of a human, by the order in which spells were founded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct SpellNo(pub(crate) usize);

/// A word of an exit on a spell; the last one counts.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ExitWord {
    pub(crate) said: SaidNo,
    /// The first day without work.
    pub(crate) end: Day,
    pub(crate) urgent: bool,
}

#[derive(Debug, Clone)]
pub(crate) struct Spell<'a> {
    pub(crate) id: &'a EmployeeId,
    /// The event that it began with.
    pub(crate) founder: SaidNo,
    pub(crate) first: First,
    /// What told that they begin.
    pub(crate) hires: Vec<SaidNo>,
    pub(crate) words: Vec<ExitWord>,
    /// Exits that stand behind an urgent one, and count if that is withdrawn under another id (X6).
    pub(crate) behind: Vec<ExitWord>,
    /// Spells under other ids that go on from this one (C2).
    pub(crate) overs: Vec<SpellNo>,
    /// It goes on from a spell under another id.
    pub(crate) follows: bool,
    /// Another one of its id would run on without it.
    pub(crate) within: bool,
    /// An import told of it.
    pub(crate) imported: bool,
    /// It never was, by this event.
    pub(crate) rescinded: Option<SaidNo>,
    /// It was over when its hire was rescinded: no withdrawal brings it back (R4).
    pub(crate) called_off: bool,
}

impl<'a> Spell<'a> {
    /// Of which the event told that it begins.
    pub(crate) fn hired(id: &'a EmployeeId, founder: SaidNo, first: First) -> Spell<'a> {
        Spell {
            hires: vec![founder],
            ..Spell::unheralded(id, founder, first)
        }
    }

    /// Of which nobody told that it begins.
    pub(crate) fn unheralded(id: &'a EmployeeId, founder: SaidNo, first: First) -> Spell<'a> {
        Spell {
            id,
            founder,
            first,
            hires: Vec::new(),
            words: Vec::new(),
            behind: Vec::new(),
            overs: Vec::new(),
            follows: false,
            within: false,
            imported: false,
            rescinded: None,
            called_off: false,
        }
    }

    /// The first day without work, by its own exits.
    pub(crate) fn end(&self) -> Option<Day> {
        self.words.last().map(|word| word.end)
    }

    pub(crate) fn last_word(&self) -> Option<SaidNo> {
        self.words.last().map(|word| word.said)
    }

    /// An urgent exit ended it.
    pub(crate) fn is_cut(&self) -> bool {
        self.words.iter().any(|word| word.urgent)
    }

    /// Nobody told that it begins.
    pub(crate) fn is_unheralded(&self) -> bool {
        self.hires.is_empty()
    }

    /// X2: an exit on or before the first day leaves nothing of it; of one that goes on from another, or within one of
    /// its own id, only an exit before that day.
    pub(crate) fn stands(&self) -> bool {
        let documented_today = !self.is_cut() && !self.follows && !self.within;
        let last = self
            .end()
            .map(|end| if documented_today { end.before() } else { end });
        let over = !self.is_unheralded() && last.is_some_and(|last| First::On(last) <= self.first);
        self.rescinded.is_none() && self.first.is_told() && !over
    }

    /// Its own end is no earlier than its first day: what is over before it begins ends nothing before it, either.
    pub(crate) fn lasts(&self) -> bool {
        self.end().is_none_or(|end| First::On(end) > self.first)
    }

    /// X4: of whom only an exit told nobody says that they work here.
    pub(crate) fn works(&self) -> bool {
        self.stands() && !self.is_of_an_unknown()
    }

    /// Only exits told of it.
    pub(crate) fn is_of_an_unknown(&self) -> bool {
        self.is_unheralded() && self.first == First::LongAgo
    }

    /// Nobody calls its beginning in question any more (R2).
    pub(crate) fn is_settled(&self, today: Day) -> bool {
        let fresh = match self.first {
            First::LongAgo => false,
            First::On(first) => today <= first.plus(FRESH),
            First::NotTold => true,
        };
        self.is_unheralded() || self.imported || !fresh
    }
}
