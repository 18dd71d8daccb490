//! What becomes of a person's cases: brings them to what the story wants (STORY.md, part 6). The only place that
//! decides about cases because of an event.

use std::{borrow::Cow, cmp::Reverse};

use jiff::civil::Date;
use latchkey_lifecycle::{EventKind, Matter, PlannedFrom, Until};

use crate::{
    case::{KnownCase, Progress},
    human::Human,
    story::Story,
    told::same_but_contacts,
    want::Want,
};

/// What is done with a case.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verb {
    /// A new one: it gets its id now, and keeps it whatever its day becomes.
    Begin,
    /// The next revision: what runs of it is stopped, and its checklist is written anew. What is done stays done.
    Anew,
    /// It was superseded and is wanted again: the next revision, and what was taken back is done again.
    Revive,
    /// It is superseded, by `by` if there is one: the next revision, and what runs of it is stopped.
    End,
    /// Only what it stands on is noted: nothing runs otherwise because of it.
    Refresh,
}

/// What becomes of one case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Becomes {
    /// Its place among the cases that were given; from their number on: the ones that begin, in this order.
    pub case: usize,
    /// What is done with it.
    pub verb: Verb,
    /// What it is from then on.
    pub now: KnownCase,
}

/// What becomes of the cases of one person by the story: of all that were begun for any of their ids. What is not
/// mentioned goes on as it is. The same again says nothing.
pub fn difference(cases: &[KnownCase], story: &Story<'_>) -> Vec<Becomes> {
    let mut work = Work {
        of: case_of_each_want(cases, story.wants()),
        cases: cases.iter().map(Cow::Borrowed).collect(),
        known: cases.len(),
        done: Vec::new(),
        story,
    };
    let wants = || story.wants().iter().enumerate();
    for (n, want) in wants().filter(|(_, want)| want.over.is_none()) {
        work.follow(n, want);
    }
    for (n, want) in wants().filter(|(_, want)| want.over.is_some()) {
        work.end_at_once(n, want);
    }
    work.look_after_the_rest();
    work.all_that_changed(cases)
}

/// Cases after what becomes of them.
pub fn apply(cases: &mut Vec<KnownCase>, becomes: Vec<Becomes>) {
    for one in becomes {
        match cases.get_mut(one.case) {
            Some(case) => *case = one.now,
            None => cases.push(one.now),
        }
    }
}

/// O1: the case of each want, by their places: the one of the same matter that shares an event with it; not superseded
/// first, most events shared, fewest others, oldest.
fn case_of_each_want(cases: &[KnownCase], wants: &[Want]) -> Vec<Option<usize>> {
    let mut fits = Vec::new();
    for (n, want) in wants.iter().enumerate() {
        for (nr, case) in cases.iter().enumerate() {
            let shared = case
                .events
                .iter()
                .filter(|e| want.events.contains(e))
                .count();
            if shared > 0 && case.matter.is_like(want.from.matter) {
                let superseded = case.progress == Progress::Superseded;
                let all = case.events.len();
                fits.push((superseded, Reverse(shared), all, nr, n));
            }
        }
    }
    fits.sort_unstable();
    let mut of = vec![None; wants.len()];
    let mut taken = vec![false; cases.len()];
    for (_, _, _, nr, n) in fits {
        if of[n].is_none() && !taken[nr] {
            (of[n], taken[nr]) = (Some(nr), true);
        }
    }
    of
}

/// O2, O3: whether a case is planned anew for that. What is closed only where systems are told other things.
fn differs(case: &KnownCase, from: &PlannedFrom) -> bool {
    let was = &case.from;
    if case.progress != Progress::Closed {
        return was != from;
    }
    if case.matter.is(EventKind::Exit) {
        return from.day > was.day;
    }
    let same = same_but_contacts(was.before.as_ref(), from.before.as_ref())
        && same_but_contacts(was.after.as_ref(), from.after.as_ref());
    was.day != from.day || was.missing != from.missing || !same
}

struct Work<'c, 's> {
    /// The case of each want.
    of: Vec<Option<usize>>,
    cases: Vec<Cow<'c, KnownCase>>,
    known: usize,
    done: Vec<(usize, Verb)>,
    story: &'s Story<'s>,
}

impl Work<'_, '_> {
    fn follow(&mut self, n: usize, want: &Want) {
        let Some(nr) = self.of[n] else {
            self.of[n] = Some(self.cases.len());
            self.done.push((self.cases.len(), Verb::Begin));
            return self.cases.push(Cow::Owned(KnownCase::begun(want)));
        };
        let case = &mut self.cases[nr];
        let verb = match case.progress {
            Progress::Superseded => Some(Verb::Revive), // O6
            _ => differs(case, &want.from).then_some(Verb::Anew), // O2, O3
        };
        let named = case.matter == want.from.matter && case.employee_id == want.from.employee_id;
        if verb.is_none() && named && case.stands_on(want) && case.by.is_none() {
            return;
        }
        let case = case.to_mut();
        case.stand_on(want);
        case.matter = want.from.matter;
        case.employee_id.clone_from(&want.from.employee_id);
        case.by = None;
        if let Some(verb) = verb {
            case.from.clone_from(&want.from);
            case.progress = Progress::Open;
            self.done.push((nr, verb));
        }
    }

    /// The case that carries out the exit at which a want ended at once.
    fn exit_over(&self, want: &Want) -> Option<usize> {
        let exit = want.over?;
        let on_it = |v: &Want| v.events.contains(&exit);
        let wants = self.story.wants().iter().zip(&self.of);
        wants.filter(|(v, _)| on_it(v)).find_map(|(_, nr)| *nr)
    }

    /// O7: it is not carried out any more; nothing late of it begins. What was superseded before stays as it is.
    fn end_at_once(&mut self, n: usize, want: &Want) {
        let Some(nr) = self.of[n] else { return };
        let exit = self.exit_over(want);
        let case = &mut self.cases[nr];
        let open = case.progress == Progress::Open;
        let by = exit.filter(|_| open);
        let same = case.stands_on(want) && case.by == by;
        if case.progress == Progress::Superseded || (!open && same) {
            return;
        }
        let case = case.to_mut();
        case.stand_on(want);
        case.by = by;
        if open {
            case.progress = Progress::Superseded;
            self.done.push((nr, Verb::End));
        }
    }

    /// The cases that are not wanted.
    fn look_after_the_rest(&mut self) {
        for nr in 0..self.known {
            let wanted = self.of.contains(&Some(nr));
            if wanted || self.cases[nr].progress == Progress::Superseded {
                continue;
            }
            // What the story does not tell of is not the story's.
            let Some(human) = self.story.human(&self.cases[nr].employee_id) else {
                continue;
            };
            let heir = self.heir(nr, human);
            match self.kept(nr, human).filter(|_| heir.is_none()) {
                Some(kept) => self.keep(nr, kept),
                None => self.end(nr, heir),
            }
        }
    }

    /// O5: the want that contains or undoes its events; else that of the event which overruled them.
    fn heir(&self, nr: usize, human: &Human<'_>) -> Option<usize> {
        let wants = self.story.wants();
        let heir = |n: usize| self.of[n].or_else(|| self.exit_over(&wants[n]));
        let case = &self.cases[nr];
        let touches = |want: &Want| {
            let theirs = |e| want.events.contains(e) || want.undoes.contains(e);
            case.events.iter().any(theirs)
        };
        let first = wants.iter().enumerate().filter(|(_, want)| touches(want));
        first.map(|(n, _)| n).find_map(heir).or_else(|| {
            let events = human.events().map(|event| event.id);
            let own = events.filter(|id| case.events.contains(id));
            own.flat_map(|id| human.overruled_by(id)).find_map(|by| {
                let on_it = wants
                    .iter()
                    .enumerate()
                    .filter(|(_, want)| want.events.contains(&by));
                on_it.map(|(n, _)| n).find_map(heir)
            })
        })
    }

    /// O4: of a case that acted, what the person is on its day, if they work then.
    fn kept(&self, nr: usize, human: &Human<'_>) -> Option<Kept> {
        let case = &self.cases[nr];
        let day = case
            .from
            .day
            .filter(|_| case.acted && case.matter.gives())?;
        let until = human.works_on(day)?;
        let before = case.matter == Matter::Carry(EventKind::Transfer);
        let before = before.then(|| day_before(human, day));
        let from = PlannedFrom {
            before,
            after: Some(human.on(day)),
            missing: Vec::new(),
            asks: Vec::new(),
            ..case.from.clone()
        };
        Some(Kept { from, until })
    }

    fn keep(&mut self, nr: usize, kept: Kept) {
        let case = &mut self.cases[nr];
        let anew = differs(case, &kept.from);
        if !anew && case.kept && case.until == kept.until {
            return;
        }
        let case = case.to_mut();
        case.kept = true;
        case.until = kept.until;
        if anew {
            case.from = kept.from;
            case.progress = Progress::Open;
            self.done.push((nr, Verb::Anew));
        }
    }

    /// What it gave counts no more. Closed stays closed.
    fn end(&mut self, nr: usize, by: Option<usize>) {
        let case = &mut self.cases[nr];
        let open = case.progress == Progress::Open;
        if !open && case.by == by && case.until == Until::Never {
            return;
        }
        let case = case.to_mut();
        case.by = by;
        case.until = Until::Never;
        if open {
            case.progress = Progress::Superseded;
            self.done.push((nr, Verb::End));
        }
    }

    /// What was done, in the order in which it was decided, and then what is only noted.
    fn all_that_changed(self, were: &[KnownCase]) -> Vec<Becomes> {
        let Work {
            mut done, cases, ..
        } = self;
        for (nr, was) in were.iter().enumerate() {
            let noted = matches!(&cases[nr], Cow::Owned(now) if now != was);
            if noted && done.iter().all(|(other, _)| *other != nr) {
                done.push((nr, Verb::Refresh));
            }
        }
        let mut cases: Vec<Option<Cow<'_, KnownCase>>> = cases.into_iter().map(Some).collect();
        let becomes = done.into_iter().filter_map(|(case, verb)| {
            let now = cases[case].take()?.into_owned();
            Some(Becomes { case, verb, now })
        });
        becomes.collect()
    }
}

struct Kept {
    from: PlannedFrom,
    until: Until,
}

fn day_before(human: &Human<'_>, day: Date) -> latchkey_lifecycle::PersonDraft {
    human.told_on(crate::day::Day::from(day).before()).draft()
}
