//! Moved dates (rules D1 to D4).

use latchkey_lifecycle::Reason;

use crate::{
    day::{Day, First},
    human::{Ask, Dated, Human},
    spell::{ExitWord, SaidNo, Spell, SpellNo},
};

/// What a moved date can be about.
#[derive(Debug, Clone, Copy)]
enum Movable {
    Start(SpellNo),
    Exit(SpellNo),
    /// The changes of this day.
    Change(Day),
    /// The first day of a leave, by its place.
    Leave(usize),
    /// The first day back from it.
    Back(usize),
}

impl Human<'_> {
    pub(crate) fn date_moved(&mut self, s: SaidNo) {
        let said = self.say(s);
        let days = said.days;
        let Some(day) = days.day else {
            return self.idle(s, Reason::MovesNothing, None, Ask::Hr); // D4
        };
        let is_start = days.start == Some(day) && days.last != Some(day);
        if days.last == Some(day) && days.start != Some(day) {
            return self.exit(s); // D3
        }
        let mine = self.spells_of(&said.heard.employee_id);
        if mine.is_empty() {
            return self.idle(s, Reason::MovesNothing, None, Ask::Hr); // D4
        }
        let over = |x: &SpellNo| self.bound(*x).is_some_and(|bound| bound <= First::On(day));
        if is_start && mine.iter().all(over) {
            self.found(Spell::hired(&said.heard.employee_id, s, First::On(day))); // D2: begins again
            return;
        }
        let mut can = match is_start {
            true => self.fresh(s, &mine).pop().into_iter().collect(),
            false => self.to_come(s, &mine),
        };
        if can.is_empty() {
            can = self.fresh(s, &mine);
            can.retain(|x| self.has_no_exit_yet(*x));
        }
        match can[..] {
            [one] => self.move_it(one, s, day), // D1
            [] => self.idle(s, Reason::MovesNothing, None, Ask::Hr),
            _ => self.idle(s, Reason::MovesSeveral, None, Ask::Hr), // D4: nobody guesses
        }
    }

    /// The starts that HR may still call in question.
    fn fresh(&self, s: SaidNo, mine: &[SpellNo]) -> Vec<Movable> {
        let today = self.say(s).today;
        let fresh = |x: &SpellNo| {
            let x = self.spell(*x);
            x.first != First::LongAgo && !x.is_settled(today)
        };
        let fresh = mine.iter().copied().filter(fresh);
        fresh.map(Movable::Start).collect()
    }

    fn has_no_exit_yet(&self, can: Movable) -> bool {
        match can {
            Movable::Start(x) => self.spell(x).words.is_empty() && self.spell(x).first.is_told(),
            _ => true,
        }
    }

    /// What has not come yet: a start, an exit, changes of one day, a leave, a return.
    fn to_come(&self, s: SaidNo, mine: &[SpellNo]) -> Vec<Movable> {
        let said = self.say(s);
        let id = &said.heard.employee_id;
        let comes = |day: Option<Day>| day.is_some_and(|day| day >= said.today);
        let starts = mine
            .iter()
            .copied()
            .filter(|x| comes(self.spell(*x).first.day()));
        let exits = mine.iter().copied().filter(|x| {
            let x = self.spell(*x);
            !x.is_cut() && x.end().is_some_and(|end| end > said.today)
        });
        let mut changes: Vec<Day> = self
            .changes
            .iter()
            .filter(|c| self.say(c.said).heard.employee_id == *id && comes(Some(c.day)))
            .map(|c| c.day)
            .collect();
        changes.sort_unstable();
        changes.dedup();
        let away = || self.leaves.iter().enumerate().filter(|(_, x)| x.id == id);
        let leaves = away().filter(|(_, x)| comes(Some(x.start)) && x.back != Some(x.start));
        let backs = away().filter(|(_, x)| comes(x.back) && x.back > Some(x.start));
        (starts.map(Movable::Start))
            .chain(exits.map(Movable::Exit))
            .chain(changes.into_iter().map(Movable::Change))
            .chain(leaves.map(|(n, _)| Movable::Leave(n)))
            .chain(backs.map(|(n, _)| Movable::Back(n)))
            .collect()
    }

    fn move_it(&mut self, what: Movable, s: SaidNo, day: Day) {
        match what {
            Movable::Start(x) => {
                let x = self.spell_mut(x);
                x.hires.push(s);
                x.first = First::On(day);
            }
            Movable::Exit(x) => self.spell_mut(x).words.push(ExitWord {
                said: s,
                end: day.next(),
                urgent: false,
            }),
            Movable::Change(was) => {
                let id = &self.say(s).heard.employee_id;
                let said = &self.said;
                let mine = |c: &&mut Dated| said[c.said.0].heard.employee_id == *id;
                for change in self.changes.iter_mut().filter(mine) {
                    if change.day == was {
                        change.day = day;
                    }
                }
                self.changes.push(Dated { said: s, day });
            }
            Movable::Leave(n) => {
                self.leaves[n].words.push(s);
                self.leaves[n].start = day;
            }
            Movable::Back(n) => {
                self.leaves[n].returns.push(s);
                self.leaves[n].back = Some(day);
            }
        }
    }
}
