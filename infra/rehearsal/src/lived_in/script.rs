//! What happens at the company, each at its instant: what HR confirms over the months, and what stands at the end.

mod history;
mod today;

use std::collections::BTreeMap;

use jiff::{Timestamp, ToSpan, civil::Date, tz::TimeZone};
use latchkey_lifecycle::{EmployeeId, IdError, PersonDraft};
use latchkey_runbook::{Calendar, Runbook};
use serde_json::{Value, json};

use super::{
    Terms,
    dice::Dice,
    people::{People, told},
    staff::Manner,
};

/// What happens.
#[derive(Debug, Clone)]
pub(super) enum Doing {
    /// HR confirms something: a webhook's payload.
    Told(Value),
    /// A sweep looks at every system.
    Swept,
    /// Somebody changes a person's account in a system, beside Latchkey.
    ByHand(EmployeeId, ByHand),
    /// Somebody of the team takes a task of a person's case, and may put it aside half done.
    Taken(Taken),
}

/// What somebody changes in a system.
#[derive(Debug, Clone, Copy)]
pub(super) enum ByHand {
    /// The account gets a group of the directory.
    Gives(&'static str),
    /// The account loses a group of the directory.
    Takes(&'static str),
    /// The account can sign in to the chat again.
    WakesUp,
    /// From now on the chat does not let Latchkey change the account.
    Protects,
}

/// A task that somebody takes.
#[derive(Debug, Clone)]
pub(super) struct Taken {
    pub(super) of: EmployeeId,
    pub(super) task: &'static str,
    /// Whose work address.
    pub(super) by: &'static str,
    /// What they note, where they put it aside.
    pub(super) aside: Option<&'static str>,
}

/// All of it, by its instant.
pub(super) struct Script {
    pub(super) at_first: Vec<PersonDraft>,
    pub(super) happens: BTreeMap<(Timestamp, usize), Doing>,
    /// How people are about whatever is asked of them for somebody; careful, of whom nothing is said.
    pub(super) manners: BTreeMap<EmployeeId, Manner>,
    /// Whose desk nobody can be asked about: the function crashes.
    pub(super) crashes: Option<EmployeeId>,
    /// Who was given more by hand than the runbook gives, for good reason.
    pub(super) stands_in: Option<EmployeeId>,
}

/// The pen that writes it.
struct Pen<'a> {
    runbook: &'a Runbook,
    zone: TimeZone,
    from: Date,
    /// The present instant, and its day at the company.
    now: Timestamp,
    today: Date,
    dice: Dice,
    people: People,
    /// Who is there and of whom nothing is told yet.
    free: Vec<PersonDraft>,
    script: Script,
}

/// Everything that happens at a company until an instant.
pub(super) fn script(runbook: &Runbook, terms: &Terms) -> Result<Script, IdError> {
    let zone = runbook.time_zone().clone();
    let today = terms.until.to_zoned(zone.clone()).date();
    let from = today - terms.days.days();
    let mut people = People::new(terms.seed);
    let known = terms.known.len();
    let at_first = people.before(from, terms.people, terms.known.clone())?;
    let mut pen = Pen {
        runbook,
        zone,
        from,
        now: terms.until,
        today,
        dice: Dice::new(terms.seed ^ 0x5eed),
        people,
        // The samples' people are left to whoever sends the samples, and so are those who answer.
        free: Vec::new(),
        script: Script {
            happens: BTreeMap::new(),
            manners: BTreeMap::new(),
            crashes: None,
            stands_in: None,
            at_first: Vec::new(),
        },
    };
    let others = at_first.iter().skip(known).filter(|one| is_made_up(one));
    pen.free = others.cloned().collect();
    pen.script.at_first = at_first;
    pen.history(terms)?;
    pen.present()?;
    Ok(pen.script)
}

/// Whether somebody neither leads a department nor is of a team.
fn is_made_up(one: &PersonDraft) -> bool {
    let number = one
        .employee_id
        .as_ref()
        .and_then(|id| id.as_str().parse().ok());
    number.is_some_and(|number: u32| number > 1100)
}

impl Pen<'_> {
    fn calendar(&self) -> &Calendar {
        self.runbook.calendar()
    }

    /// So many working days after a day; before it, when negative.
    fn working(&self, day: Date, count: i32) -> Date {
        self.calendar().working_days_from(day, count, "DE")
    }

    /// The day itself when it is a working day, else the one before.
    fn worked(&self, day: Date) -> Date {
        match self.calendar().is_working_day(day, "DE") {
            true => day,
            false => self.working(day, -1),
        }
    }

    /// An hour of a day at the company, a few minutes later than the hour.
    fn at(&mut self, day: Date, hour: i8) -> Timestamp {
        let minute = i8::try_from(self.dice.between(2, 55)).unwrap_or(0);
        self.exactly(day, hour, minute)
    }

    fn exactly(&self, day: Date, hour: i8, minute: i8) -> Timestamp {
        let local = day.at(hour, minute, 0, 0).to_zoned(self.zone.clone());
        local.map_or(self.now, |zoned| zoned.timestamp())
    }

    fn happens(&mut self, at: Timestamp, doing: Doing) {
        // What is to have happened by now happened at the latest a moment ago.
        let at = at.min(self.now);
        let number = self.script.happens.len();
        self.script.happens.insert((at, number), doing);
    }

    /// HR confirms an event of a person.
    fn told(&mut self, at: Timestamp, event: Event<'_>) {
        let mut payload = json!({
            "type": event.kind,
            "confirmed_by": if self.dice.in_hundred(70) { "Ines Albrecht" } else { "Noor Haddad" },
            "data": { "employee_id": event.of.employee_id },
        });
        if event.record {
            payload["data"]["person"] = told(event.of);
        }
        if let Some(day) = event.day {
            payload["data"]["effective_date"] = json!(day);
        }
        if let Some(reason) = event.reason {
            payload["data"]["reason"] = json!(reason);
        }
        self.happens(at, Doing::Told(payload));
    }

    fn is(&mut self, one: &PersonDraft, manner: Manner) {
        if let Some(id) = &one.employee_id {
            self.script.manners.insert(id.clone(), manner);
        }
    }

    /// Somebody of whom nothing was told yet; they are not free any more.
    fn somebody(&mut self, fits: impl Fn(&PersonDraft) -> bool) -> Option<PersonDraft> {
        let fitting = (0..self.free.len()).filter(|n| fits(&self.free[*n]));
        let fitting: Vec<usize> = fitting.collect();
        let chosen = self.dice.one_of(&fitting).copied()?;
        Some(self.free.remove(chosen))
    }

    /// A hire that HR confirms at an instant.
    fn hired(
        &mut self,
        at: Timestamp,
        department: Option<&str>,
        start: Date,
        change: impl FnOnce(&mut PersonDraft),
    ) -> Result<PersonDraft, IdError> {
        let mut one = self.people.next(department, start)?;
        change(&mut one);
        self.told(at, Event::of("person.hired", &one).on(start).with_record());
        Ok(one)
    }
}

/// What HR confirms of somebody.
struct Event<'a> {
    kind: &'static str,
    of: &'a PersonDraft,
    day: Option<Date>,
    reason: Option<&'static str>,
    record: bool,
}

impl<'a> Event<'a> {
    fn of(kind: &'static str, of: &'a PersonDraft) -> Event<'a> {
        Event {
            kind,
            of,
            day: None,
            reason: None,
            record: false,
        }
    }

    fn on(self, day: Date) -> Event<'a> {
        Event {
            day: Some(day),
            ..self
        }
    }

    fn because(self, reason: &'static str) -> Event<'a> {
        Event {
            reason: Some(reason),
            ..self
        }
    }

    fn with_record(self) -> Event<'a> {
        Event {
            record: true,
            ..self
        }
    }
}
