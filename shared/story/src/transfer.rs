//! Transfers (rules A2, A3, A5, C4). Where they count is laid down with the segments.

use latchkey_lifecycle::Reason;

use crate::{
    day::{Day, First},
    human::{Ask, Dated, Human},
    spell::{SaidNo, Spell, SpellNo},
};

impl Human<'_> {
    pub(crate) fn transfer(&mut self, s: SaidNo) {
        let said = self.say(s);
        let id = &said.heard.employee_id;
        let day = said.day().unwrap_or(said.today);
        let mine = self.numbered().rfind(|(_, x)| x.id == id).map(|(n, _)| n);
        let previous = |x: &Spell<'_>| self.say(x.founder).heard.person.previous_id.as_ref();
        if self.comes_back(s, mine, day) {
            self.found(Spell::hired(id, s, First::On(day))); // C4: back under a number that they had before
            return;
        }
        if mine.is_none() && self.spells.iter().any(|x| previous(x) == Some(id)) {
            self.changes.push(Dated { said: s, day }); // A3: the id has gone over
            return;
        }
        if let (None, Some(other)) = (mine, self.spells.last()) {
            // C4: another number of somebody who works here
            let founder = other.founder;
            let here = |(n, _): &(SpellNo, &Spell<'_>)| self.goes_over_from(*n, s, day);
            let first = self.numbered().filter(here).map(|(_, x)| x.first).min();
            if let Some(first) = first {
                let first = first.max(First::On(day)); // A2: no earlier than they begin
                self.found(Spell::hired(id, s, first));
            } else {
                self.idle(s, Reason::HasLeft, Some(founder), Ask::Hr);
            }
            return;
        }
        // A5: of somebody unknown
        let x = mine.unwrap_or_else(|| self.found(Spell::unheralded(id, s, First::On(day))));
        let x = self.spell_mut(x);
        if x.is_unheralded() && x.first.is_told() && x.words.is_empty() {
            x.first = match x.first {
                First::On(first) => First::On(first.min(day)),
                First::LongAgo | First::NotTold => First::On(day),
            };
        }
        self.changes.push(Dated { said: s, day });
    }

    /// Whether the event names the id under which they work as the previous one of an id that they had before and do
    /// not go by any more.
    fn comes_back(&self, s: SaidNo, mine: Option<SpellNo>, day: Day) -> bool {
        let Some(previous) = self.say(s).heard.person.previous_id.as_ref() else {
            return false;
        };
        let here =
            |(n, x): (SpellNo, &Spell<'_>)| x.id == previous && self.goes_over_from(n, s, day);
        mine.is_some_and(|x| !self.runs(x, day)) && self.numbered().any(here)
    }

    /// C4: whether they can go over from that spell on that day. Who has left by the day of the decision goes over
    /// nowhere, not even from a day before.
    fn goes_over_from(&self, n: SpellNo, s: SaidNo, day: Day) -> bool {
        let last = day.before().max(self.say(s).today);
        self.spell(n).stands() && self.runs(n, last)
    }
}
