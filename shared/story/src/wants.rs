//! Which cases should exist (STORY.md, part 5).

use latchkey_lifecycle::{EmployeeId, EventKind, HeardKind, Reason};

use crate::{
    day::{Day, First},
    draft::Draft,
    human::{Ask, Human},
    leave::Leave,
    spell::{SaidNo, Spell, SpellNo},
    told::Told,
    want::Want,
};

impl<'a> Human<'a> {
    /// The wanted cases; says of exits and leaves that came to nothing why.
    pub(crate) fn lay_wants(&mut self) -> Vec<Want> {
        let mut out = Vec::new();
        self.want_what_begins(&mut out);
        self.want_incomplete_hires(&mut out);
        self.want_exits(&mut out);
        self.want_urgent_exits(&mut out);
        self.want_rescissions(&mut out);
        self.want_withdrawals(&mut out);
        self.want_leaves(&mut out);
        self.want_returns(&mut out);
        for draft in &mut out {
            draft.over = self.ended_at_once(draft); // O7
        }
        self.want_answers(&mut out);
        for draft in &mut out {
            draft.said.sort_unstable();
        }
        out.sort_by(|a, b| self.order_of(a, b));
        out.into_iter().map(|draft| self.want_of(draft)).collect()
    }

    /// Hires, rehires, and transfers: a segment begins or goes on (C1); a day within one has changes.
    fn want_what_begins(&self, out: &mut Vec<Draft<'a>>) {
        let mut changes = self.tellings.changes.clone();
        for g in &self.segments {
            let x = self.spell(g.spell);
            let Some(day) = g.first.day() else { continue };
            let told = changes.remove(&day).unwrap_or_default();
            let said = match x.imported && !g.goes_on {
                true => told,
                false => x.hires.iter().copied().chain(told).collect(),
            };
            if said.is_empty() {
                continue;
            }
            let transfer = g.goes_on || x.is_unheralded() || x.imported;
            let kind = if transfer {
                EventKind::Transfer
            } else {
                self.joining(g.spell)
            };
            let before = transfer.then(|| self.told_on(day.before()));
            out.push(Draft {
                before,
                until: self.over(g),
                ..self.gives(kind, x.id, day, day, said)
            });
        }
        for (day, said) in changes {
            let (Some(g), Some(founder)) = (self.segment(day), said.first()) else {
                continue;
            };
            let id = &self.say(*founder).heard.employee_id;
            out.push(Draft {
                before: Some(self.told_on(day.before())),
                until: self.over(g),
                ..self.gives(EventKind::Transfer, id, day, day, said)
            });
        }
    }

    /// A want of that day, which gives what the person is on the other one.
    fn gives(
        &self,
        kind: EventKind,
        id: &'a EmployeeId,
        day: Day,
        is_on: Day,
        said: Vec<SaidNo>,
    ) -> Draft<'a> {
        Draft {
            after: Some(self.told_on(is_on)),
            missing: self.told_on(is_on).missing(),
            ..Draft::new(kind, id, day, said)
        }
    }

    /// Hire or rehire, as the first one of the spell said.
    fn joining(&self, x: SpellNo) -> EventKind {
        let first = self.spell(x).first;
        let same = |y: &&Spell<'_>| y.overs.contains(&x) && y.first == first; // under another id, which they never went by
        let theirs = self.spells.iter().filter(same).flat_map(|y| &y.hires);
        let mut kinds = (self.spell(x).hires.iter().chain(theirs)).map(|h| self.say(*h).kind());
        match kinds.find(|kind| kind.joins()) {
            Some(HeardKind::Hire) => EventKind::Hire,
            _ => EventKind::Rehire,
        }
    }

    /// H2: the first day is not told yet.
    fn want_incomplete_hires(&self, out: &mut Vec<Draft<'a>>) {
        for (n, x) in self.numbered() {
            if x.first.is_told() || x.rescinded.is_some() || x.is_cut() {
                continue;
            }
            let mut missing = vec!["start date"];
            missing.extend(self.told_in_the_end().missing());
            out.push(Draft {
                after: Some(Told::default()),
                missing,
                ..Draft::new(self.joining(n), x.id, None, x.hires.clone())
            });
        }
    }

    /// X1, X2, X4; C1: an exit at whose end they go on is none.
    fn want_exits(&mut self, out: &mut Vec<Draft<'a>>) {
        for n in 0..self.spells.len() {
            let x = &self.spells[n];
            let planned: Vec<SaidNo> = x
                .words
                .iter()
                .filter(|word| !word.urgent)
                .map(|word| word.said)
                .filter(|said| self.say(*said).kind() != HeardKind::There)
                .collect();
            let (Some(end), false) = (x.end(), x.rescinded.is_some() || planned.is_empty()) else {
                continue;
            };
            let (reason, by) = if x.is_cut() {
                let urgent = x.words.iter().find(|word| word.urgent);
                (Reason::CutOffAlready, urgent.map(|word| word.said))
            } else {
                let here = self.segment_of(SpellNo(n));
                let after = match here {
                    Some(g) => self.next(g).or_else(|| self.segment(g.end?)),
                    None => self.segment(end.before()).or_else(|| self.segment(end)),
                };
                let exit = match here {
                    Some(g) => g.end == Some(end) && self.next(g).is_none(),
                    None => after.is_none(),
                };
                if exit {
                    let whole = here.is_some() || !x.first.is_told();
                    out.push(Draft {
                        before: Some(self.told_on(end.before())),
                        undoes: if whole { Vec::new() } else { x.hires.clone() },
                        ..Draft::new(EventKind::Exit, x.id, end.before(), planned)
                    });
                    continue;
                }
                (Reason::GoesOn, after.map(|g| self.founder_of(g)))
            };
            // C3: for a day after they have gone over
            let x = self.spell(SpellNo(n));
            let after_that = match self.segment_of(SpellNo(n)) {
                _ if x.is_cut() => false,
                Some(g) => g.end < Some(end),
                None => x.stands() && self.is_swallowed(x),
            };
            let asks = after_that.then(|| planned.last().copied()).flatten();
            for said in planned {
                self.set_why(said, reason.clone(), by);
            }
            if let (Some(said), Some(by)) = (asks, by) {
                let over = self.say(by).heard.employee_id.clone();
                self.idle(said, Reason::GoneOver(over), Some(by), Ask::Hr);
            }
        }
    }

    fn want_urgent_exits(&self, out: &mut Vec<Draft<'a>>) {
        for s in &self.cuts {
            let said = self.say(*s);
            let behind = self.why.iter().enumerate().filter(|(n, why)| {
                let exit = matches!(
                    self.said[*n].kind(),
                    HeardKind::UrgentExit | HeardKind::Exit
                );
                exit && why.as_ref().is_some_and(|why| why.by == Some(*s))
            });
            let mut stands_on = vec![*s];
            stands_on.extend(behind.map(|(n, _)| SaidNo(n)));
            let gone = self
                .spells
                .iter()
                .filter(|x| !x.stands() && x.words.iter().any(|word| word.said == *s));
            out.push(Draft {
                before: Some(self.told_on(said.today)),
                undoes: gone.flat_map(|x| x.hires.iter().copied()).collect(),
                ..Draft::new(
                    EventKind::UrgentExit,
                    self.id_that_is_cut(*s),
                    said.today,
                    stands_on,
                )
            });
        }
    }

    /// U1: the id under which they work when they are cut off, whatever id the event names: there they have what is
    /// taken.
    fn id_that_is_cut(&self, s: SaidNo) -> &'a EmployeeId {
        let said = self.say(s);
        let cut = |x: &&crate::spell::Spell<'a>| x.words.iter().any(|word| word.said == s);
        let begun = |x: &&crate::spell::Spell<'a>| x.first <= First::On(said.today);
        let cuts = || self.spells.iter().filter(cut);
        let here = cuts().filter(begun).max_by_key(|x| x.first);
        let to_begin = || cuts().filter(|x| x.first.is_told()).max_by_key(|x| x.first);
        let cut = here.or_else(to_begin);
        cut.map_or(&said.heard.employee_id, |x| x.id)
    }

    /// R1, R3. Who works under another spell today goes on with what that gives.
    fn want_rescissions(&self, out: &mut Vec<Draft<'a>>) {
        for r in &self.rescissions {
            let said = self.say(r.said);
            let is = self.told_on(said.today);
            let id = &said.heard.employee_id;
            let here = self.segment(said.today);
            out.push(Draft {
                before: Some(is),
                after: here.map(|_| is),
                until: here.and_then(|g| self.over(g)),
                undoes: r.spells.iter().flat_map(|x| self.told_of(*x)).collect(),
                ..Draft::new(EventKind::HireRescinded, id, said.today, vec![r.said])
            });
        }
    }

    /// W1, where they work on today or later in that spell.
    fn want_withdrawals(&mut self, out: &mut Vec<Draft<'a>>) {
        for w in self.withdrawals.clone() {
            let said = self.say(w.said);
            let id = &said.heard.employee_id;
            let x = self.spell(w.spell);
            let day = x
                .first
                .day()
                .map_or(said.today, |first| first.max(said.today));
            let here = self
                .segment(day)
                .filter(|g| self.spell(g.spell).id == x.id && x.works());
            if !x.first.is_told() && x.words.is_empty() && x.rescinded.is_none() {
                out.push(Draft {
                    undoes: w.undone,
                    ..Draft::new(EventKind::ExitWithdrawn, id, said.today, vec![w.said])
                });
            } else if let Some(g) = here {
                let is_on = day;
                out.push(Draft {
                    undoes: w.undone,
                    until: self.over(g),
                    ..self.gives(
                        EventKind::ExitWithdrawn,
                        id,
                        said.today,
                        is_on,
                        vec![w.said],
                    )
                });
            } else {
                self.not_at_work(&[w.said]);
            }
        }
    }

    /// L1 to L3, L5.
    fn want_leaves(&mut self, out: &mut Vec<Draft<'a>>) {
        for leave in self.leaves.clone() {
            let here = self.segment_of_leave(&leave).map(|n| self.segments[n]);
            let Some(g) = here else {
                self.ask_of_leave(&leave);
                self.not_at_work(&leave.words);
                self.not_at_work(&leave.returns);
                continue;
            };
            let over = self.over(&g);
            let begins = g
                .first
                .day()
                .map_or(leave.start, |first| first.max(leave.start));
            if let (Some(back), Some(last)) =
                (leave.back.filter(|b| *b <= begins), leave.returns.last())
            {
                // L3: it is off
                for said in &leave.words {
                    self.set_why(*said, Reason::Off, Some(*last));
                }
                let day = back.min(self.say(*last).today);
                let is_on = g.first.day().map_or(day, |first| first.max(day));
                out.push(Draft {
                    missing: Vec::new(),
                    undoes: leave.words,
                    until: over,
                    ..self.gives(EventKind::Return, leave.id, day, is_on, leave.returns)
                });
                continue;
            }
            let until = leave.back.into_iter().chain(g.end).min();
            let start = leave.start;
            out.push(Draft {
                missing: Vec::new(),
                until,
                ..self.gives(EventKind::Leave, leave.id, start, start, leave.words)
            });
            // L5: a leave ends with its segment, and the return with it.
            let ends_first = until == g.end;
            if let Some(back) = leave.back.filter(|_| !ends_first) {
                out.push(Draft {
                    until: over,
                    ..self.gives(
                        EventKind::Return,
                        leave.id,
                        back,
                        back,
                        leave.returns.clone(),
                    )
                });
            }
            if ends_first {
                self.not_at_work(&leave.returns);
            }
        }
    }

    /// L5: somebody who has gone over to another id by then works, and keeps what a leave takes.
    fn ask_of_leave(&mut self, leave: &Leave<'_>) {
        let here = self.segment(leave.start).map(|g| self.spell(g.spell));
        if let (Some(over), Some(last)) = (here, leave.words.last()) {
            let (reason, by) = (Reason::UnderAnotherId(over.id.clone()), over.founder);
            self.idle(*last, reason, Some(by), Ask::Hr);
        }
    }

    /// L4: of a leave that nobody told.
    fn want_returns(&mut self, out: &mut Vec<Draft<'a>>) {
        for back in self.returns.clone() {
            let until = self.segment(back.day).map(|g| self.over(g));
            let Some(until) = until else {
                self.not_at_work(&[back.said]);
                continue;
            };
            let id = &self.say(back.said).heard.employee_id;
            let gives = self.gives(EventKind::Return, id, back.day, back.day, vec![back.said]);
            // A leave that was told later may end by the same return.
            let mut told = out.iter_mut();
            match told.find(|draft| draft.is_of(EventKind::Return, id, back.day)) {
                Some(draft) => draft.said.push(back.said),
                None => out.push(Draft { until, ..gives }),
            }
        }
    }

    /// One question an event.
    fn want_answers(&self, out: &mut Vec<Draft<'a>>) {
        let mut asked: Vec<SaidNo> = Vec::new();
        for ask in &self.asks {
            if !asked.contains(&ask.said) {
                asked.push(ask.said);
            }
        }
        for s in asked {
            let mine = self.asks.iter().filter(|ask| ask.said == s);
            let reasons = mine.map(|ask| ask.reason.clone()).collect();
            out.push(Draft::ask(self.say(s), s, reasons));
        }
    }

    /// O7: the urgent exit, or the one that was decided when its last day had come, at which what the want gives ends.
    fn ended_at_once(&self, draft: &Draft<'_>) -> Option<SaidNo> {
        let end = draft.until?;
        let mut at_once = self
            .spells
            .iter()
            .filter(|x| x.end() == Some(end))
            .filter_map(|x| {
                let last = x.last_word()?;
                // One that ends nothing, since they go on, is carried out by no case.
                let came = self.say(last).today >= end.before() && self.why[last.0].is_none();
                (x.is_cut() || came).then_some(last)
            });
        at_once.next_back().filter(|_| draft.can_be_over())
    }
}
