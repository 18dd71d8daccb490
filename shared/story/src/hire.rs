//! Imports and hires (rules H1 to H6).

use latchkey_lifecycle::Reason;

use crate::{
    day::{Day, First},
    human::{Ask, Dated, Human},
    spell::{ExitWord, SaidNo, Spell, SpellNo},
    told::Told,
};

impl Human<'_> {
    /// An import, or what an old ledger knew.
    pub(crate) fn there(&mut self, s: SaidNo) {
        let said = self.say(s);
        let last = self.spells_of(&said.heard.employee_id).pop();
        let known = last.filter(|x| {
            let x = self.spell(*x);
            !x.is_unheralded() && x.first.is_told()
        });
        if let Some(x) = known {
            let founder = self.spell(x).founder;
            let left = !self.runs(x, said.today);
            return self.idle(s, Reason::KnownAlready, Some(founder), Ask::hr_if(left));
        }
        let x = last.unwrap_or_else(|| {
            self.found(Spell::unheralded(
                &said.heard.employee_id,
                s,
                First::LongAgo,
            ))
        });
        let x = self.spell_mut(x);
        x.first = said.days.start.map_or(First::LongAgo, First::On);
        x.hires.push(s);
        x.imported = true;
        // Who had left by then has left; it is known, and no case carries it out.
        let left = said.days.last.filter(|last| *last < said.today);
        if let (Some(last), true) = (left, x.words.is_empty()) {
            x.words.push(ExitWord {
                said: s,
                end: last.next(),
                urgent: false,
            });
        }
    }

    pub(crate) fn hire(&mut self, s: SaidNo) {
        let said = self.say(s);
        let (day, today) = (said.day(), said.today);
        let Some(x) = self.hired_before(s) else {
            if let Some(cut) = self.cut_off_since(day, today) {
                return self.idle(s, Reason::CutOffSince, Some(cut), Ask::Hr); // U3
            }
            self.found(Spell::hired(&said.heard.employee_id, s, day.into())); // H1
            return;
        };
        let spell = self.spell(x);
        if said.days.unread && spell.first.is_told() {
            return self.idle(s, Reason::DayNotRead, None, Ask::Hr); // T4
        }
        let unheralded = spell.is_unheralded();
        let same_day = day.is_none_or(|day| spell.first == First::On(day));
        let rest = same_day && !self.told_by(&spell.hires).is_complete();
        let to_come = First::On(today) <= spell.first;
        if !spell.first.is_told() || unheralded || to_come || rest {
            // H2 the rest of the record, H3 moved, H4 newer
            let spell = self.spell_mut(x);
            if unheralded || !spell.first.is_told() || day.is_some() {
                spell.first = day.into();
            }
            spell.hires.push(s);
            return;
        }
        let says_it = |h: &SaidNo| said.told.is_within(&self.say(*h).told);
        if same_day && spell.hires.iter().any(says_it) {
            let by = spell.hires.last().copied();
            self.set_why(s, Reason::SaysWhatIsKnown, by); // H5
        } else {
            // H6: who works here already
            let day = day.map_or(today, |day| day.max(today));
            self.changes.push(Dated { said: s, day });
        }
    }

    /// U3: the urgent exit after that first day of whoever does not work since.
    fn cut_off_since(&self, first: Option<Day>, today: Day) -> Option<SaidNo> {
        let begins_before = |cut: &SaidNo| first.is_some_and(|day| day < self.say(*cut).today);
        let works = |(n, x): (SpellNo, &Spell<'_>)| x.works() && self.runs(n, today);
        let cut = self.cuts.iter().copied().rfind(begins_before)?;
        (!self.numbered().any(works)).then_some(cut)
    }

    /// What events tell together.
    fn told_by(&self, said: &[SaidNo]) -> Told<'_> {
        said.iter().fold(Told::default(), |mut told, said| {
            told.lay(&self.say(*said).told);
            told
        })
    }

    /// The spell that a hire is about: one without a first day, or one that runs on the day.
    fn hired_before(&self, s: SaidNo) -> Option<SpellNo> {
        let said = self.say(s);
        let (day, today) = (said.day(), said.today);
        let mine = self.spells_of(&said.heard.employee_id);
        let may_be_of = |x: &SpellNo| {
            let x = self.spell(*x);
            let in_time = |day: Day| x.end().is_none_or(|end| day < end);
            !x.first.is_told() && day.is_none_or(in_time)
        };
        if let Some(x) = mine.iter().copied().find(may_be_of) {
            return Some(x); // H2
        }
        let runs = |x: &SpellNo| self.spell(*x).stands() && self.runs(*x, day.unwrap_or(today));
        let live: Vec<SpellNo> = mine.into_iter().filter(runs).collect();
        let last = |fits: &dyn Fn(First) -> bool| {
            let fit = |x: &SpellNo| fits(self.spell(*x).first);
            live.iter().copied().rfind(fit)
        };
        // H3: that of the day, else one to come, else the latest that contains the day
        last(&|first| first.is_told() && first == First::from(day))
            .or_else(|| last(&|first| first > First::On(today)))
            .or_else(|| last(&|first| day.is_none_or(|day| first <= First::On(day))))
            .or_else(|| live.last().copied())
    }
}
