//! One human: what was said of them, taken one after the other in the order of decisions.

use jiff::tz::TimeZone;
use latchkey_lifecycle::{EmployeeId, HeardKind, Reason};

use crate::{
    day::{Day, First},
    heard::Heard,
    humans::Group,
    leave::Leave,
    order::{Days, Decided},
    rescission::Rescission,
    segments::Segment,
    spell::{SaidNo, Spell, SpellNo},
    telling::Tellings,
    told::{Field, Told},
    withdrawal::Withdrawal,
};

/// An event at its place in the order of decisions.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Said<'a> {
    pub(crate) heard: &'a Heard,
    pub(crate) told: Told<'a>,
    pub(crate) days: Days,
    pub(crate) decided: Decided<'a>,
    /// The day of the decision where the person works: nothing else is ever today in the story.
    pub(crate) today: Day,
}

impl Said<'_> {
    pub(crate) fn kind(&self) -> HeardKind {
        self.heard.kind
    }

    pub(crate) fn day(&self) -> Option<Day> {
        self.days.day
    }
}

/// Why an event has no effect of its own, and which event counts instead.
#[derive(Debug, Clone)]
pub(crate) struct Why {
    pub(crate) reason: Reason,
    pub(crate) by: Option<SaidNo>,
}

/// What HR is asked about an event.
#[derive(Debug, Clone)]
pub(crate) struct Asked {
    pub(crate) said: SaidNo,
    pub(crate) reason: Reason,
}

/// What an event tells of the person from a day on.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Dated {
    pub(crate) said: SaidNo,
    pub(crate) day: Day,
}

/// Whether HR is asked about an event without effect.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ask {
    Hr,
    Nobody,
}

impl Ask {
    pub(crate) fn hr_if(asks: bool) -> Ask {
        if asks { Ask::Hr } else { Ask::Nobody }
    }
}

/// One human under all of their employee ids, and what follows from what was said of them.
#[derive(Debug)]
pub struct Human<'a> {
    pub(crate) said: Vec<Said<'a>>,
    /// By the event's place: why it has no effect of its own.
    pub(crate) why: Vec<Option<Why>>,
    pub(crate) asks: Vec<Asked>,
    pub(crate) spells: Vec<Spell<'a>>,
    pub(crate) changes: Vec<Dated>,
    pub(crate) leaves: Vec<Leave<'a>>,
    /// Returns without a leave (L4).
    pub(crate) returns: Vec<Dated>,
    /// Urgent exits that stand.
    pub(crate) cuts: Vec<SaidNo>,
    pub(crate) rescissions: Vec<Rescission>,
    pub(crate) withdrawals: Vec<Withdrawal>,
    pub(crate) segments: Vec<Segment>,
    pub(crate) tellings: Tellings<'a>,
}

impl<'a> Human<'a> {
    pub(crate) fn of(group: Group<'a>, company: &TimeZone) -> Human<'a> {
        let said = with_today(group.said, company);
        let mut human = Human {
            why: said.iter().map(|_| None).collect(),
            said,
            asks: Vec::new(),
            spells: Vec::new(),
            changes: Vec::new(),
            leaves: Vec::new(),
            returns: Vec::new(),
            cuts: Vec::new(),
            rescissions: Vec::new(),
            withdrawals: Vec::new(),
            segments: Vec::new(),
            tellings: Tellings::default(),
        };
        for place in group.doubtful {
            human.ask_who(SaidNo(place));
        }
        for place in 0..human.said.len() {
            human.take(SaidNo(place));
            human.note_what_is_within();
        }
        human.drop_what_was_answered();
        human.segments = human.lay_segments();
        human.lay_tellings();
        human
    }

    /// I4: both ids stand alone until HR answers.
    fn ask_who(&mut self, s: SaidNo) {
        let heard = self.say(s).heard;
        if let Some(claim) = heard.claim() {
            let reason = Reason::OneHuman {
                employee: claim.employee,
                previous: claim.previous,
            };
            self.asks.push(Asked { said: s, reason });
        }
    }

    /// T7: what HR was asked for, and told since.
    fn drop_what_was_answered(&mut self) {
        let asked: Vec<SaidNo> = self.asks.iter().map(|ask| ask.said).collect();
        for ask in std::mem::take(&mut self.asks) {
            let later = (ask.said.0 + 1..self.said.len()).map(SaidNo);
            let answer = later.into_iter().find(|s| self.answers(*s, &ask, &asked));
            match answer {
                Some(by) => self.set_why(ask.said, ask.reason, Some(by)),
                None => self.asks.push(ask),
            }
        }
        // What took back the exit that HR was asked about is no question, either.
        let took_back = |human: &Human<'a>, ask: &Asked| {
            let exit = (0..human.why.len()).find(|n| {
                let by = human.why[*n].as_ref().and_then(|why| why.by);
                by == Some(ask.said) && asked.contains(&SaidNo(*n))
            });
            exit.filter(|_| ask.reason == Reason::NoExitKnown)
        };
        for ask in std::mem::take(&mut self.asks) {
            match took_back(self, &ask) {
                Some(exit) => self.set_why(ask.said, ask.reason, Some(SaidNo(exit))),
                None => self.asks.push(ask),
            }
        }
    }

    /// Whether a later event tells what HR was asked for.
    fn answers(&self, s: SaidNo, ask: &Asked, asked: &[SaidNo]) -> bool {
        let like = |kind: HeardKind| if kind.joins() { HeardKind::Hire } else { kind };
        let (later, question) = (self.say(s), self.say(ask.said));
        if later.heard.employee_id != question.heard.employee_id {
            return false;
        }
        let withdraws = later.kind() == HeardKind::ExitWithdrawn;
        if ask.reason.asks_for_the_day() {
            let same = like(later.kind()) == like(question.kind());
            let tells = same && later.day().is_some() && !asked.contains(&s);
            return tells || (question.kind() == HeardKind::Exit && withdraws);
        }
        let took_back = withdraws && self.withdrawals.iter().any(|w| w.said == s);
        let begins = later.kind().joins() && self.spells.iter().any(|x| x.founder == s);
        ask.reason == Reason::LeftBefore && (took_back || begins)
    }

    fn take(&mut self, s: SaidNo) {
        let said = self.say(s);
        let undated = matches!(said.kind(), HeardKind::Transfer | HeardKind::Return);
        if said.days.unread && undated {
            return self.idle(s, Reason::DayNotRead, None, Ask::Hr); // T4
        }
        match said.kind() {
            HeardKind::Identity => {}
            HeardKind::There => self.there(s),
            HeardKind::Hire | HeardKind::Rehire => self.hire(s),
            HeardKind::Transfer => self.transfer(s),
            HeardKind::Exit => self.exit(s),
            HeardKind::UrgentExit => self.urgent_exit(s),
            HeardKind::DateMoved => self.date_moved(s),
            HeardKind::HireRescinded => self.hire_rescinded(s),
            HeardKind::ExitWithdrawn => self.exit_withdrawn(s),
            HeardKind::Leave => self.leave(s),
            HeardKind::Return => self.return_from_leave(s),
        }
    }

    /// Marks the spells beside which another one of the same id would run on: their last day is that one's, too (X2).
    fn note_what_is_within(&mut self) {
        let told = self.numbered().filter(|(_, x)| x.first.is_told());
        let mut told: Vec<SpellNo> = told.map(|(n, _)| n).collect();
        told.sort_by_key(|n| (self.spell(*n).first, self.spell(*n).founder));
        for n in told {
            let within = self.beneath(n).next().is_some();
            self.spell_mut(n).within = within;
        }
    }

    /// The spells of the same id that began before this one and would run on without it.
    pub(crate) fn beneath(&self, x: SpellNo) -> impl Iterator<Item = SpellNo> {
        let x = self.spell(x);
        let runs_on = |y: &Spell<'_>| y.end().is_none_or(|end| First::On(end) > x.first);
        let beneath = self.numbered().filter(move |(_, y)| {
            let before = (y.first, y.founder) < (x.first, x.founder);
            y.id == x.id && y.first.is_told() && before && y.stands() && runs_on(y)
        });
        beneath.map(|(n, _)| n)
    }

    /// The event at a place.
    pub(crate) fn say(&self, s: SaidNo) -> Said<'a> {
        self.said[s.0]
    }

    pub(crate) fn spell(&self, x: SpellNo) -> &Spell<'a> {
        &self.spells[x.0]
    }

    pub(crate) fn spell_mut(&mut self, x: SpellNo) -> &mut Spell<'a> {
        &mut self.spells[x.0]
    }

    pub(crate) fn numbered(&self) -> impl DoubleEndedIterator<Item = (SpellNo, &Spell<'a>)> {
        self.spells.iter().enumerate().map(|(n, x)| (SpellNo(n), x))
    }

    /// The spells of an id that were not rescinded, by their first days; one without comes last.
    pub(crate) fn spells_of(&self, id: &EmployeeId) -> Vec<SpellNo> {
        let mine = self
            .numbered()
            .filter(|(_, x)| x.id == id && x.rescinded.is_none());
        let mut mine: Vec<SpellNo> = mine.map(|(n, _)| n).collect();
        mine.sort_by_key(|x| self.spell(*x).first);
        mine
    }

    /// The first day on which a spell is over: its own end, or the first day of what goes on from it, under another id
    /// or, where no end is told between them, under its own.
    pub(crate) fn bound(&self, x: SpellNo) -> Option<First> {
        let x = self.spell(x);
        let overs = x.overs.iter().map(|over| self.spell(*over));
        let begins_later = |y: &&Spell<'_>| (y.first, y.founder) > (x.first, x.founder);
        let own = self.spells.iter().filter(|y| y.id == x.id);
        overs
            .chain(own.filter(begins_later))
            .filter(|next| next.stands() && next.lasts() && !self.is_swallowed(next))
            .map(|next| next.first)
            .chain(x.end().map(First::On))
            .min()
    }

    /// One that goes on from it begins no later: nobody works in it, so it ends nothing. Without this, ids that follow
    /// one another in a circle would end each other (C2).
    pub(crate) fn is_swallowed(&self, x: &Spell<'_>) -> bool {
        let mut overs = x.overs.iter().map(|over| self.spell(*over));
        overs.any(|over| over.stands() && over.lasts() && over.first <= x.first)
    }

    /// Whether the spell is not over before that day.
    pub(crate) fn runs(&self, x: SpellNo, day: Day) -> bool {
        self.bound(x).is_none_or(|bound| bound > First::On(day))
    }

    /// A new spell.
    pub(crate) fn found(&mut self, new: Spell<'a>) -> SpellNo {
        let nr = SpellNo(self.spells.len());
        let previous = |s: SaidNo| self.say(s).heard.person.previous_id.as_ref();
        let mut new = new;
        let mut goes_on_from_new = Vec::new();
        let mut followed_by_new = Vec::new();
        for (n, x) in self.numbered() {
            if x.id == new.id || x.rescinded.is_some() {
                continue;
            }
            // C2: the one whose previous id is the other's comes second, else the one that begins later.
            let of_new = previous(x.founder) == Some(new.id);
            let begins_later = x.first > new.first || (x.first == new.first && of_new);
            let of_x = previous(new.founder) == Some(x.id);
            if new.first.is_told() && x.stands() && !of_x && begins_later {
                goes_on_from_new.push(n);
            } else {
                followed_by_new.push(n);
            }
        }
        for n in &followed_by_new {
            self.spell_mut(*n).overs.push(nr);
        }
        for n in &goes_on_from_new {
            self.spell_mut(*n).follows = true;
        }
        new.follows = !followed_by_new.is_empty();
        new.overs = goes_on_from_new;
        self.spells.push(new);
        nr
    }

    /// The event has no effect of its own.
    pub(crate) fn set_why(&mut self, s: SaidNo, reason: Reason, by: Option<SaidNo>) {
        self.why[s.0] = Some(Why { reason, by });
    }

    /// The event has no effect of its own; HR may be asked about it.
    pub(crate) fn idle(&mut self, s: SaidNo, reason: Reason, by: Option<SaidNo>, ask: Ask) {
        if ask == Ask::Hr {
            let reason = reason.clone();
            self.asks.push(Asked { said: s, reason });
        }
        self.set_why(s, reason, by);
    }
}

/// T1, T4: today of an event is the day of its decision, in the last time zone told by then that exists, else in the
/// company's.
fn with_today<'a>(decided: Vec<Decided<'a>>, company: &TimeZone) -> Vec<Said<'a>> {
    let mut zone: Option<TimeZone> = None;
    let mut name: Option<&str> = None;
    let mut said = Vec::with_capacity(decided.len());
    for event in decided {
        let told = event
            .told
            .get(Field::TimeZone)
            .filter(|told| Some(*told) != name);
        if let Some((told, found)) = told.and_then(|t| Some((t, TimeZone::get(t).ok()?))) {
            (zone, name) = (Some(found), Some(told));
        }
        let there = zone.as_ref().unwrap_or(company);
        said.push(Said {
            heard: event.heard,
            told: event.told,
            days: event.days,
            today: there.to_datetime(event.at).date().into(),
            decided: event,
        });
    }
    said
}
