//! Exits and urgent exits (rules X1 to X7, C3, U1).

use latchkey_lifecycle::Reason;

use crate::{
    day::{Day, First},
    human::{Ask, Human},
    spell::{ExitWord, SaidNo, Spell, SpellNo},
};

impl Human<'_> {
    pub(crate) fn exit(&mut self, s: SaidNo) {
        let said = self.say(s);
        let Some(day) = said.day() else {
            return self.idle(s, Reason::LastDayNotTold, None, Ask::Hr); // X5
        };
        let word = ExitWord {
            said: s,
            end: day.next(),
            urgent: false,
        };
        let mine = self.spells_that_exits_end(s);
        let x = self.ended_by(s, day, &mine);
        if let Some(over) = self.gone_over(x, said.today) {
            // C3: somebody who works is not cut by the end of an old contract
            let over = self.spell(over);
            let (reason, by) = (Reason::GoneOver(over.id.clone()), over.founder);
            return self.idle(s, reason, Some(by), Ask::Hr);
        }
        let Some(x) = x else {
            // X4: looked for everywhere
            let unknown = Spell::unheralded(&said.heard.employee_id, s, First::LongAgo);
            let x = self.found(unknown);
            return self.spell_mut(x).words.push(word);
        };
        let spell = self.spell(x);
        let passed = spell.end().is_some_and(|end| end <= said.today);
        let by = spell.last_word();
        if !passed || spell.end().is_some_and(|end| day < end) {
            self.spell_mut(x).words.push(word); // X1, X3
        } else if spell.is_cut() && mine.last() == Some(&x) {
            self.set_why(s, Reason::CutOffAlready, by); // X6
            self.spell_mut(x).behind.push(word);
        } else {
            self.idle(s, Reason::LeftBefore, by, Ask::Hr); // X7
        }
    }

    /// The spells of the event's id that stand, or have no first day; else all of them.
    fn spells_that_exits_end(&self, s: SaidNo) -> Vec<SpellNo> {
        let all = self.spells_of(&self.say(s).heard.employee_id);
        let counts = |x: &SpellNo| !self.spell(*x).first.is_told() || self.spell(*x).stands();
        match all.iter().any(counts) {
            true => all.into_iter().filter(counts).collect(),
            false => all,
        }
    }

    /// X1: the spell that ends then already; else the latest that begins on or before the day; if none, the next one to
    /// come (X2).
    fn ended_by(&self, s: SaidNo, day: Day, mine: &[SpellNo]) -> Option<SpellNo> {
        let all = self.spells_of(&self.say(s).heard.employee_id);
        let ends_then = |x: &SpellNo| self.spell(*x).end() == Some(day.next());
        let begun = |x: &SpellNo| self.spell(*x).first <= First::On(day);
        let told = all.into_iter().rfind(ends_then);
        told.or_else(|| mine.iter().copied().rfind(begun))
            .or_else(|| mine.first().copied())
    }

    /// The spell under another id that goes on from this one, or from whatever was known, and runs today.
    fn gone_over(&self, from: Option<SpellNo>, today: Day) -> Option<SpellNo> {
        let here = |x: &SpellNo| {
            let spell = self.spell(*x);
            spell.works() && spell.first <= First::On(today) && self.runs(*x, today)
        };
        match from {
            Some(x) => self.spell(x).overs.iter().copied().rfind(here),
            None => self.numbered().map(|(n, _)| n).rfind(here),
        }
    }

    /// U1: over as of today, whatever they are called, begun or not. Whoever has left already is cut again.
    pub(crate) fn urgent_exit(&mut self, s: SaidNo) {
        let said = self.say(s);
        let known = self.numbered().filter(|(_, x)| x.rescinded.is_none());
        let mut known: Vec<SpellNo> = known.map(|(n, _)| n).collect();
        if known.is_empty() {
            let unknown = Spell::unheralded(&said.heard.employee_id, s, First::LongAgo);
            known.push(self.found(unknown));
        }
        let not_over = |x: &SpellNo| self.spell(*x).end().is_none_or(|end| end > said.today);
        let here: Vec<SpellNo> = known.iter().copied().filter(not_over).collect();
        if let (true, Some(cut)) = (here.is_empty(), self.cuts.last()) {
            return self.idle(s, Reason::CutOffAlready, Some(*cut), Ask::Nobody);
        }
        self.cuts.push(s);
        let last = known.last().filter(|_| here.is_empty());
        for x in here.iter().chain(last) {
            let spell = self.spell_mut(*x);
            let end = spell.end().map_or(said.today, |end| end.min(said.today));
            let urgent = true;
            spell.words.push(ExitWord {
                said: s,
                end,
                urgent,
            });
        }
    }
}
