//! Rescinded hires (rules R1 to R4).

use latchkey_lifecycle::Reason;

use crate::{
    day::First,
    human::{Ask, Human},
    spell::{SaidNo, SpellNo},
};

/// A rescission that takes.
#[derive(Debug, Clone)]
pub(crate) struct Rescission {
    pub(crate) said: SaidNo,
    /// What never was; none where nothing was known (R3).
    pub(crate) spells: Vec<SpellNo>,
}

impl Human<'_> {
    pub(crate) fn hire_rescinded(&mut self, s: SaidNo) {
        let said = self.say(s);
        let id = &said.heard.employee_id;
        let known = self.spells.iter().any(|x| x.id == id);
        let mine = self.spells_of(id);
        let before = self.rescissions.iter().rev();
        let before = before
            .map(|r| r.said)
            .find(|r| self.say(*r).heard.employee_id == *id);
        if !known && before.is_none() {
            // R3: whatever is there
            return self.rescissions.push(Rescission {
                said: s,
                spells: Vec::new(),
            });
        }
        let Some(last) = mine.last().copied() else {
            return self.set_why(s, Reason::RescindedAlready, before);
        };
        let Some(x) = self.rescindable(s, &mine) else {
            // R4: no withdrawal brings them back
            self.spell_mut(last).called_off = true;
            let founder = self.spell(last).founder;
            return self.set_why(s, Reason::LeftAlready, Some(founder));
        };
        let spell = self.spell(x);
        if spell.is_settled(said.today) {
            let founder = spell.founder;
            return self.idle(s, Reason::WorksHere, Some(founder), Ask::Hr); // R2
        }
        // R1: two of one id and day are one
        let first = spell.first;
        let same = |y: &SpellNo| self.spell(*y).first == first && self.spell(*y).stands();
        let spells: Vec<SpellNo> = mine.into_iter().filter(|y| *y == x || same(y)).collect();
        let beneath = self.beneath(x).filter(|y| !spells.contains(y));
        let beneath = beneath.max_by_key(|y| (self.spell(*y).first, self.spell(*y).founder));
        for y in &spells {
            // Its last day is that of the one within which it was.
            if let Some(beneath) = beneath {
                let words = std::mem::take(&mut self.spell_mut(*y).words);
                let ends = &mut self.spell_mut(beneath).words;
                ends.extend(words);
                ends.sort_by_key(|word| word.said);
            }
            for event in self.told_of(*y) {
                self.set_why(event, Reason::Rescinded, Some(s));
            }
            self.spell_mut(*y).rescinded = Some(s);
        }
        self.rescissions.push(Rescission { said: s, spells });
    }

    /// Of the spells that do not end before today that of the event's day, else the latest.
    fn rescindable(&self, s: SaidNo, mine: &[SpellNo]) -> Option<SpellNo> {
        let said = self.say(s);
        let runs = |x: &SpellNo| self.runs(*x, said.today);
        let open = || mine.iter().copied().filter(runs);
        let of_day = |x: &SpellNo| {
            said.day()
                .is_some_and(|day| self.spell(*x).first == First::On(day))
        };
        open().rfind(of_day).or_else(|| open().next_back())
    }

    /// The hires and exits of a spell.
    pub(crate) fn told_of(&self, x: SpellNo) -> Vec<SaidNo> {
        let x = self.spell(x);
        let exits = x.words.iter().map(|word| word.said);
        x.hires.iter().copied().chain(exits).collect()
    }
}
