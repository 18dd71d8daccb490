//! Withdrawn exits (rules W1 to W4).

use latchkey_lifecycle::{HeardKind, Reason};

use crate::{
    day::First,
    human::{Ask, Asked, Human},
    spell::{SaidNo, SpellNo},
};

/// A withdrawal that took exits back.
#[derive(Debug, Clone)]
pub(crate) struct Withdrawal {
    pub(crate) said: SaidNo,
    pub(crate) spell: SpellNo,
    /// The exits that count no more.
    pub(crate) undone: Vec<SaidNo>,
}

impl Human<'_> {
    pub(crate) fn exit_withdrawn(&mut self, s: SaidNo) {
        let id = &self.say(s).heard.employee_id;
        // Of several the exit that was decided last; one urgent exit of several spells is of the first of them.
        let ended = self.numbered().filter(|(_, x)| {
            let stays = x.rescinded.is_some() || x.called_off;
            !stays && !x.words.is_empty() && (x.id == id || x.is_cut())
        });
        let Some((x, _)) = ended.rev().max_by_key(|(_, x)| x.last_word()) else {
            let mut again = self.withdrawals.iter().rev();
            let again = again.find(|w| self.say(w.said).heard.employee_id == *id);
            let by = again.map(|w| w.said);
            return self.idle(s, Reason::NoExitKnown, by, Ask::hr_if(by.is_none())); // W4
        };
        let beside = self.confirmed_beside(s, x);
        if let Some(by) = self.begins_since(x).or(beside) {
            let ask = Ask::hr_if(beside.is_none());
            return self.idle(s, Reason::HiredForLater, Some(by), ask); // W2
        }
        // W1
        let undone: Vec<SaidNo> = self.spell(x).words.iter().map(|word| word.said).collect();
        let withdrawn_of = [id, self.spell(x).id];
        for spell in &mut self.spells {
            spell.words.retain(|word| !undone.contains(&word.said));
            // The last day of another id is not withdrawn with it.
            if !withdrawn_of.contains(&spell.id) && !spell.is_cut() {
                for word in std::mem::take(&mut spell.behind) {
                    self.why[word.said.0] = None;
                    spell.words.push(word);
                }
            }
        }
        for exit in &undone {
            self.set_why(*exit, Reason::Withdrawn, Some(s));
        }
        self.cuts.retain(|cut| !undone.contains(cut));
        self.withdrawals.push(Withdrawal {
            said: s,
            spell: x,
            undone,
        });
        if self.spell(x).is_of_an_unknown() {
            let reason = Reason::GiveBackByHand;
            self.asks.push(Asked { said: s, reason }); // W3
        }
    }

    /// A spell after a gap that was confirmed after the exit: who begins later has left.
    fn begins_since(&self, x: SpellNo) -> Option<SaidNo> {
        let left = self.spell(x);
        let end = First::On(left.end()?);
        let since = |y: &&crate::spell::Spell<'_>| {
            y.stands() && y.first > end && Some(y.founder) > left.last_word()
        };
        self.spells.iter().find(since).map(|y| y.founder)
    }

    /// A hire, or a moved start, for a day after a gap that was confirmed at the same instant.
    fn confirmed_beside(&self, s: SaidNo, x: SpellNo) -> Option<SaidNo> {
        let said = self.say(s);
        let end = self.spell(x).end()?;
        let beside = |o: &&crate::human::Said<'_>| {
            let starts = o.kind() == HeardKind::DateMoved && o.days.start == o.day();
            o.decided.at == said.decided.at
                && o.heard.employee_id == said.heard.employee_id
                && o.day().is_some_and(|day| day > end)
                && (o.kind().joins() || starts)
        };
        let place = self.said.iter().position(|o| beside(&o))?;
        Some(SaidNo(place))
    }
}
