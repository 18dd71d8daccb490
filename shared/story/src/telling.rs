//! What the person is on a day (rules A1 to A4).

use std::collections::BTreeMap;

use latchkey_lifecycle::{HeardKind, Reason};

use crate::{
    day::{Day, First},
    human::{Asked, Dated, Human},
    spell::SaidNo,
    told::{Field, Told},
};

/// What the person is from a day on.
#[derive(Debug, Clone, Copy)]
struct From<'a> {
    day: First,
    is: Told<'a>,
}

/// What the person is on each day, and on which days that changes.
#[derive(Debug, Default)]
pub(crate) struct Tellings<'a> {
    /// What they are before any day that is told.
    at_first: Told<'a>,
    /// In the order of their days.
    states: Vec<From<'a>>,
    /// The days within a segment that have changes, and the events that tell them.
    pub(crate) changes: BTreeMap<Day, Vec<SaidNo>>,
}

impl<'a> Tellings<'a> {
    pub(crate) fn on(&self, day: First) -> Told<'a> {
        let by_then = self.states.partition_point(|from| from.day <= day);
        match by_then.checked_sub(1) {
            Some(last) => self.states[last].is,
            None => self.at_first,
        }
    }
}

fn laid<'a>(mut under: Told<'a>, over: &Told<'a>) -> Told<'a> {
    under.lay(over);
    under
}

/// The time zones that were told, the latest last, each with the country that was the last one told by then.
type Zones<'a> = Vec<(Option<&'a str>, &'a str)>;

/// A4: a time zone counts for the country that it was told for, and not in another one.
fn in_its_zone<'a>(mut is: Told<'a>, zones: &Zones<'a>) -> Told<'a> {
    let country = is.get(Field::Country);
    let fits = |of: &Option<&str>| of.is_none() || country.is_none() || *of == country;
    let zone = zones.iter().rev().find(|(of, _)| fits(of));
    match zone {
        Some((_, zone)) if is.get(Field::TimeZone) != Some(zone) => {
            let unread = is.is_unread(Field::TimeZone);
            is.set(Field::TimeZone, zone);
            if unread {
                is.set_unread(Field::TimeZone);
            }
        }
        Some(_) => {}
        None => is.forget(Field::TimeZone),
    }
    is
}

/// An event that tells what the person is from a day on.
struct Telling {
    day: First,
    said: SaidNo,
}

impl<'a> Human<'a> {
    /// Lays what was told along the days; says of hires and changes that came to nothing why.
    pub(crate) fn lay_tellings(&mut self) {
        let mut tellings = Vec::new();
        self.lay_hires(&mut tellings);
        let mut changes: BTreeMap<Day, Vec<SaidNo>> = BTreeMap::new();
        for change in self.changes.clone() {
            match self.day_of_change(change) {
                Some(day) => {
                    let said = change.said;
                    tellings.push(Telling {
                        day: First::On(day),
                        said,
                    });
                    changes.entry(day).or_default().push(said);
                }
                None => self.not_at_work(&[change.said]), // A3
            }
        }
        let mut own = vec![false; self.said.len()];
        let rescinded = self.spells.iter().filter(|x| x.rescinded.is_some());
        for hire in rescinded.flat_map(|x| &x.hires) {
            own[hire.0] = true;
        }
        for telling in &tellings {
            own[telling.said.0] = true;
        }
        tellings.sort_by_key(|t| (t.day, t.said));
        let fills = self.fills(&own);
        let contacts = self.contacts();
        let zones = self.zones();
        let mut is = Told::default();
        let states = tellings.iter().map(|telling| {
            is.lay(&self.say(telling.said).told);
            From {
                day: telling.day,
                is: in_its_zone(laid(laid(fills, &is), &contacts), &zones),
            }
        });
        self.tellings = Tellings {
            states: states.collect(),
            at_first: in_its_zone(laid(fills, &contacts), &zones),
            changes,
        };
        self.ask_what_was_told(&own);
    }

    /// T6: what was known of a field stands, and HR is asked what was told of it that nobody could read.
    fn ask_what_was_told(&mut self, own: &[bool]) {
        let in_the_end = self.told_in_the_end();
        for field in in_the_end.unread_but_known() {
            let tells = |n: &usize| {
                let said = &self.said[*n];
                let counts = match Field::CONTACTS.contains(&field) {
                    true => said.kind().links(),
                    false => own[*n],
                };
                counts && said.told.is_unread(field)
            };
            let last = (0..self.said.len()).rfind(tells);
            let field = field.label().to_owned();
            let asked = last.map(|n| Asked {
                said: SaidNo(n),
                reason: Reason::NotRead { field },
            });
            self.asks.extend(asked);
        }
    }

    fn lay_hires(&mut self, tellings: &mut Vec<Telling>) {
        for n in 0..self.spells.len() {
            let x = &self.spells[n];
            let (first, imported, hires) = (x.first, x.imported, x.hires.clone());
            let laid = self.segments.iter().any(|g| g.spell.0 == n);
            if laid {
                for said in hires {
                    tellings.push(Telling { day: first, said });
                    if imported && self.say(said).kind() != HeardKind::There {
                        self.set_why(said, Reason::KnownAlready, None);
                    }
                }
            } else if x.rescinded.is_none() && (first.is_told() || x.is_cut()) {
                let over = x.overs.iter().map(|over| self.spell(*over));
                let by = match x.stands() {
                    false if !x.words.is_empty() => x.last_word(),
                    _ => over.filter(|o| o.stands()).map(|o| o.founder).next(),
                };
                for hire in hires {
                    self.set_why(hire, Reason::OverBeforeItBegins, by);
                }
            }
        }
    }

    /// The day from which a change counts: its own, or the first one of the segment that it comes before (A2).
    fn day_of_change(&self, change: Dated) -> Option<Day> {
        let id = &self.say(change.said).heard.employee_id;
        let mine = |g: &&crate::segments::Segment| {
            self.spell(g.spell).id == id && g.ends_after(change.day)
        };
        let g = self.segments.iter().find(mine)?;
        let day = g
            .first
            .day()
            .map_or(change.day, |first| first.max(change.day));
        // On the last day there is nothing left that it could change.
        let last = g.end == Some(day.next()) && self.next(g).is_none();
        (!last).then_some(day)
    }

    /// A4: what is told by other events fills required fields that nothing told by then.
    fn fills(&self, own: &[bool]) -> Told<'a> {
        let mut fills = Told::default();
        for (said, _) in self.said.iter().zip(own).filter(|(_, own)| !**own) {
            for field in Field::REQUIRED {
                if let Some(text) = said.told.get(field) {
                    fills.set(field, text);
                }
            }
        }
        fills
    }

    /// A4: the latest word on how to reach people counts at once.
    fn contacts(&self) -> Told<'a> {
        let mut contacts = Told::default();
        for said in &self.said {
            for field in Field::CONTACTS {
                if said.kind().links() && said.told.is_unread(field) {
                    contacts.set_unread(field);
                }
                if let Some(text) = said.told.get(field) {
                    contacts.set(field, text);
                }
            }
        }
        contacts
    }

    fn zones(&self) -> Zones<'a> {
        let mut country = None;
        let mut zones = Vec::new();
        for said in &self.said {
            country = said.told.get(Field::Country).or(country);
            let zone = said.told.get(Field::TimeZone);
            zones.extend(zone.map(|zone| (country, zone)));
        }
        zones
    }

    /// Events for a day without work, unless there is a reason already.
    pub(crate) fn not_at_work(&mut self, said: &[SaidNo]) {
        let exits = self
            .spells
            .iter()
            .flat_map(|x| &x.words)
            .map(|word| word.said);
        let rescinded = self.spells.iter().filter_map(|x| x.rescinded);
        let overs = self.spells.iter().flat_map(|x| &x.overs);
        let overs = overs.map(|over| self.spell(*over).founder);
        let by = exits.chain(rescinded).chain(overs).max();
        for s in said {
            if self.why[s.0].is_none() {
                self.set_why(*s, Reason::NotAtWork, by);
            }
        }
    }

    /// What the person is on a day, as far as it was told.
    pub(crate) fn told_on(&self, day: Day) -> Told<'a> {
        self.tellings.on(First::On(day))
    }

    /// What the person is after everything that was told.
    pub(crate) fn told_in_the_end(&self) -> Told<'a> {
        self.tellings.on(First::NotTold)
    }
}
