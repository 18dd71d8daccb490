//! What can be read of one human.

use jiff::{Timestamp, civil::Date};
use latchkey_lifecycle::{EmployeeId, EventId, PersonDraft, Reason, Unread, Until};

use crate::{
    day::{Day, First},
    heard::Heard,
    human::Human,
    spell::SaidNo,
    told::Field,
};

/// An event at its place in the order of decisions.
#[derive(Debug, Clone, Copy)]
pub struct Confirmed<'a> {
    /// Its identity.
    pub id: EventId,
    /// What was heard.
    pub heard: &'a Heard,
    /// When it counts as decided (UTC): when HR says so, unless that cannot be (T1).
    pub decided: Timestamp,
    /// The day of that where the person works.
    pub today: Date,
}

/// Why an event has no effect of its own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WithoutEffect<'h, 'a> {
    /// The event.
    pub event: &'a Heard,
    /// Why.
    pub reason: &'h Reason,
    /// The event that counts instead, where one does.
    pub by: Option<EventId>,
}

/// A time of work: from `first` (none: before anybody told) to the day before `end` (none: not known).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AtWork<'a> {
    /// Under this id.
    pub employee_id: &'a EmployeeId,
    /// The first day; where the person works.
    pub first: Option<Date>,
    /// The first day after it.
    pub end: Option<Date>,
    /// It follows the one before without a gap.
    pub goes_on: bool,
    /// An import told of it: what they had then no case gave.
    pub imported: bool,
}

impl<'a> Human<'a> {
    /// Whether anything was told of this id.
    pub fn has(&self, id: &EmployeeId) -> bool {
        self.said.iter().any(|said| said.heard.employee_id == *id)
    }

    /// The employee ids of this human, in the order in which they were told of.
    pub fn ids(&self) -> Vec<&'a EmployeeId> {
        let mut ids: Vec<&EmployeeId> = Vec::new();
        for said in &self.said {
            if !ids.contains(&&said.heard.employee_id) {
                ids.push(&said.heard.employee_id);
            }
        }
        ids
    }

    /// What was said, in the order of decisions.
    pub fn events(&self) -> impl Iterator<Item = Confirmed<'a>> {
        self.said.iter().map(|said| Confirmed {
            id: said.decided.id,
            heard: said.heard,
            decided: said.decided.at,
            today: said.today.date(),
        })
    }

    /// What the person is on a day where they work, as far as it was told.
    pub fn on(&self, day: Date) -> PersonDraft {
        self.told_on(day.into()).draft()
    }

    /// The same with the days of their work: the record that a case of that day is planned with.
    pub fn record(&self, id: &EmployeeId, day: Date) -> PersonDraft {
        let g = self.segment(day.into());
        let first = g.and_then(|g| g.first.day());
        let last = g.and_then(|g| self.over(g)).map(Day::before);
        let told = self.told_on(day.into());
        let unread = Field::ALL
            .into_iter()
            .filter(|field| told.is_unread(*field));
        PersonDraft {
            employee_id: Some(id.clone()),
            start_date: first.map(Day::date),
            last_day: last.map(Day::date),
            unread: unread.filter_map(|field| self.unread(field)).collect(),
            ..told.draft()
        }
    }

    /// The record as HR told it last, with the days of the last time of work under that id: it ends also where they go
    /// on under another one. Of somebody who was to begin and does not, it has the name, and no first day.
    pub fn latest(&self, id: &EmployeeId) -> PersonDraft {
        let mine = || {
            self.numbered()
                .filter(|(_, x)| x.id == id && x.rescinded.is_none())
        };
        let worked = mine().filter(|(n, _)| self.segment_of(*n).is_some());
        let last = worked
            .max_by_key(|(_, x)| x.first)
            .or_else(|| mine().max_by_key(|(_, x)| x.first));
        let first = last.filter(|(n, x)| !x.first.is_told() || self.segment_of(*n).is_some());
        let bound = last.and_then(|(n, _)| self.bound(n)).and_then(First::day);
        let told = self.told_in_the_end().draft();
        let (given_name, family_name) = match (&told.given_name, &told.family_name) {
            (None, None) => self.named_last(),
            _ => (told.given_name.clone(), told.family_name.clone()),
        };
        PersonDraft {
            employee_id: Some(id.clone()),
            start_date: first.and_then(|(_, x)| x.first.day()).map(Day::date),
            last_day: bound.map(|end| end.before().date()),
            previous_id: self.previous_of(id),
            given_name,
            family_name,
            ..told
        }
    }

    /// The changes that are to come after a day, for who works on their eves under that id: the first day of each, and
    /// the record until then.
    pub fn until_changes(&self, id: &EmployeeId, after: Date) -> Vec<(Date, PersonDraft)> {
        let latest = self.latest(id);
        let days = self
            .tellings
            .changes
            .keys()
            .map(|day| (day.date(), day.before()));
        let theirs = days.filter(|(day, eve)| *day > after && self.id_on(eve.date()) == Some(id));
        let until = theirs.map(|(day, eve)| {
            let record = PersonDraft {
                employee_id: latest.employee_id.clone(),
                start_date: latest.start_date,
                last_day: latest.last_day,
                previous_id: latest.previous_id.clone(),
                ..self.told_on(eve).draft()
            };
            (day, record)
        });
        until.collect()
    }

    /// The name that was told last, whatever came of it.
    fn named_last(&self) -> (Option<String>, Option<String>) {
        let last = |field: Field| {
            let told = self.said.iter().rev().find_map(|said| said.told.get(field));
            told.map(str::to_owned)
        };
        (last(Field::GivenName), last(Field::FamilyName))
    }

    /// The id under which they go on, where they do not go by this one to the end and nobody told an end of that one.
    pub fn goes_on_as(&self, id: &EmployeeId) -> Option<EmployeeId> {
        let mine = self
            .numbered()
            .filter(|(_, x)| x.id == id && x.rescinded.is_none());
        let (n, last) = mine.max_by_key(|(_, x)| x.first)?;
        let bound = self.bound(n)?;
        let mut overs = last.overs.iter().map(|over| self.spell(*over));
        let over =
            overs.find(|over| over.stands() && over.first == bound && over.end().is_none())?;
        Some(over.id.clone())
    }

    /// The id that the human had before this one, as the record of this one names it last; none where that is somebody
    /// else.
    pub fn previous_of(&self, id: &EmployeeId) -> Option<EmployeeId> {
        let mine = self
            .said
            .iter()
            .rev()
            .filter(|said| said.heard.employee_id == *id);
        let previous = mine
            .filter_map(|said| Some(said.heard.claim()?.previous))
            .next();
        previous.filter(|previous| self.has(previous))
    }

    /// The id under which they work on a day.
    pub fn id_on(&self, day: Date) -> Option<&'a EmployeeId> {
        self.segment(day.into()).map(|g| self.spell(g.spell).id)
    }

    /// What HR told last of a field that nobody could read.
    fn unread(&self, field: Field) -> Option<Unread> {
        let all = self.said.iter().flat_map(|said| &said.heard.person.unread);
        all.rev().find(|one| one.field == field.label()).cloned()
    }

    /// The times of work, by their days; they never overlap.
    pub fn at_work(&self) -> impl Iterator<Item = AtWork<'a>> {
        self.segments.iter().map(|g| AtWork {
            employee_id: self.spell(g.spell).id,
            first: g.first.day().map(Day::date),
            end: g.end.map(Day::date),
            goes_on: g.goes_on,
            imported: self.spell(g.spell).imported,
        })
    }

    /// Whether they work on a day, and how long what is given then counts.
    pub fn works_on(&self, day: Date) -> Option<Until> {
        let g = self.segment(day.into())?;
        Some(
            self.over(g)
                .map_or(Until::Ever, |day| Until::Day(day.date())),
        )
    }

    /// Whether a hire of theirs was called off. Whoever was hired again since has been all the same.
    pub fn was_called_off(&self) -> bool {
        !self.rescissions.is_empty()
    }

    /// Whether they were cut off, and nobody took that back. Whoever was hired again since has been all the same.
    pub fn was_cut_off(&self) -> bool {
        !self.cuts.is_empty()
    }

    /// The events without an effect of their own, in the order of decisions.
    pub fn without_effect(&self) -> impl Iterator<Item = WithoutEffect<'_, 'a>> {
        (0..self.said.len()).filter_map(|place| self.why_at(SaidNo(place)))
    }

    /// Why an event has no effect of its own.
    pub fn why(&self, event: EventId) -> Option<WithoutEffect<'_, 'a>> {
        self.why_at(self.place_of(event)?)
    }

    fn why_at(&self, s: SaidNo) -> Option<WithoutEffect<'_, 'a>> {
        let why = self.why[s.0].as_ref()?;
        Some(WithoutEffect {
            event: self.say(s).heard,
            reason: &why.reason,
            by: why.by.map(|by| self.say(by).decided.id),
        })
    }

    /// What HR is asked about an event.
    pub fn questions(&self) -> impl Iterator<Item = (EventId, &Reason)> {
        self.asks
            .iter()
            .map(|ask| (self.say(ask.said).decided.id, &ask.reason))
    }

    /// The events by which this one was overruled, the nearest first.
    pub(crate) fn overruled_by(&self, event: EventId) -> Vec<EventId> {
        let mut seen: Vec<SaidNo> = Vec::new();
        let mut next = self.place_of(event);
        while let Some(s) = next.filter(|s| !seen.contains(s)) {
            seen.push(s);
            next = self.why[s.0].as_ref().and_then(|why| why.by);
        }
        seen.into_iter()
            .skip(1)
            .map(|s| self.say(s).decided.id)
            .collect()
    }

    fn place_of(&self, event: EventId) -> Option<SaidNo> {
        let place = self.said.iter().position(|said| said.decided.id == event)?;
        Some(SaidNo(place))
    }
}
