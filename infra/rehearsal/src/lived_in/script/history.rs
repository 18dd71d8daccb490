//! What was confirmed over the months and has come to its end, mostly.

use jiff::{
    ToSpan,
    civil::{Date, Weekday},
};
use latchkey_lifecycle::{IdError, PersonDraft};

use super::{ByHand, Doing, Event, Pen};
use crate::lived_in::{Terms, people::with_manager, staff::Manner};

/// How often each happens in half a year among two hundred people.
const HIRES: i64 = 34;
const EXITS: i64 = 20;
const TRANSFERS: i64 = 16;
const LEAVES: i64 = 5;
const HALF_A_YEAR: i64 = 182;
const AMONG: i64 = 200;

/// The last weeks are written down one by one.
const LAST_DAYS: i64 = 24;

const REASONS: [&str; 4] = [
    "Resignation",
    "End of contract",
    "Moves abroad",
    "Retirement",
];

impl Pen<'_> {
    pub(super) fn history(&mut self, terms: &Terms) -> Result<(), IdError> {
        let people = i64::try_from(terms.people).unwrap_or(AMONG);
        let times = |count: i64| (count * people * terms.days / (AMONG * HALF_A_YEAR)).max(1);
        for day in self.spread(times(HIRES)) {
            self.hire_of(day)?;
        }
        for day in self.spread(times(EXITS)) {
            self.exit_of(day);
        }
        for day in self.spread(times(TRANSFERS)) {
            self.transfer_of(day)?;
        }
        for day in self.spread(times(LEAVES)) {
            self.leave_of(day);
        }
        if terms.days >= HALF_A_YEAR {
            self.what_came_otherwise()?;
        }
        self.found_long_ago();
        self.sweeps();
        Ok(())
    }

    /// So many working days of the months before the last weeks, in their order.
    fn spread(&mut self, count: i64) -> Vec<Date> {
        let days = (self.today - self.from).get_days();
        let days = (i64::from(days) - LAST_DAYS - 2).max(count);
        let mut all = Vec::new();
        for n in 0..count {
            let some = self.dice.between(0, (days / count).max(1));
            let day = self.from + (2 + n * days / count + some).days();
            all.push(self.worked(day));
        }
        all
    }

    fn hire_of(&mut self, confirmed: Date) -> Result<(), IdError> {
        let weeks = i32::try_from(self.dice.between(10, 26)).unwrap_or(10);
        let start = self.working(confirmed, weeks);
        // People begin on Mondays where they can.
        let monday = start.nth_weekday(1, Weekday::Monday).unwrap_or(start);
        let start = if self.dice.in_hundred(70) {
            monday
        } else {
            start
        };
        let start = self.working(self.worked(start) - 1.day(), 1);
        let at = self.at(confirmed, 10);
        let one = self.hired(at, None, start, |_| ())?;
        // A new colleague stays for a while.
        if self.dice.in_hundred(6) {
            let other = start + 7.days();
            let moved = self.at(self.working(confirmed, 4), 14);
            self.told(moved, Event::of("person.date_moved", &one).on(other));
        }
        Ok(())
    }

    fn exit_of(&mut self, confirmed: Date) {
        let Some(one) = self.somebody(|_| true) else {
            return;
        };
        let notice = i32::try_from(self.dice.between(12, 40)).unwrap_or(20);
        let last = self.working(confirmed, notice);
        let at = self.at(confirmed, 11);
        let reason = self.dice.one_of(&REASONS).copied().unwrap_or(REASONS[0]);
        self.told(
            at,
            Event::of("person.exiting", &one).on(last).because(reason),
        );
    }

    fn transfer_of(&mut self, confirmed: Date) -> Result<(), IdError> {
        let Some(one) = self.somebody(|_| true) else {
            return Ok(());
        };
        let day = self.working(confirmed, 8);
        let at = self.at(confirmed, 13);
        self.transferred(one, at, day)
    }

    /// Somebody goes to another department.
    pub(super) fn transferred(
        &mut self,
        mut one: PersonDraft,
        at: jiff::Timestamp,
        day: Date,
    ) -> Result<(), IdError> {
        let (department, title) = match one.department.as_deref() {
            Some("Engineering") => ("Operations", "Operations Manager"),
            Some("Sales") => ("Marketing", "Campaign Manager"),
            Some("Operations") => ("Sales", "Solutions Consultant"),
            _ => ("Sales", "Sales Analyst"),
        };
        one.department = Some(department.to_owned());
        one.title = Some(title.to_owned());
        with_manager(&mut one)?;
        self.told(
            at,
            Event::of("person.transferred", &one).on(day).with_record(),
        );
        Ok(())
    }

    fn leave_of(&mut self, confirmed: Date) {
        // Of whom an approval is on record from before Latchkey, it is not in the ledger.
        let plain = |one: &PersonDraft| {
            let title = one.title.as_deref().unwrap_or_default();
            !title.contains("Platform") && !title.contains("Reliability")
        };
        let Some(one) = self.somebody(plain) else {
            return;
        };
        let begins = self.working(confirmed, 8);
        let back = self.working(begins, 25);
        let at = self.at(confirmed, 15);
        self.told(
            at,
            Event::of("person.leave_started", &one)
                .on(begins)
                .because("Parental leave"),
        );
        let told = self.worked(back - 14.days());
        if told < self.today - 2.days() {
            let at = self.at(told, 9);
            self.told(at, Event::of("person.leave_ended", &one).on(back));
        }
    }

    /// A hire that was rescinded, an exit that was withdrawn, a task that was declined, and two that had to go at once.
    fn what_came_otherwise(&mut self) -> Result<(), IdError> {
        let day = |pen: &Self, days: i64| pen.worked(pen.today - days.days());
        let confirmed = day(self, 70);
        let (at, start) = (self.at(confirmed, 10), self.working(confirmed, 18));
        let one = self.hired(at, Some("Sales"), start, |_| ())?;
        let at = self.at(day(self, 56), 12);
        self.told(
            at,
            Event::of("person.hire_rescinded", &one).because("Took another offer"),
        );
        if let Some(one) = self.somebody(|_| true) {
            let confirmed = day(self, 52);
            let (at, last) = (self.at(confirmed, 9), self.working(confirmed, 30));
            self.told(
                at,
                Event::of("person.exiting", &one)
                    .on(last)
                    .because("Resignation"),
            );
            let at = self.at(day(self, 41), 16);
            self.told(
                at,
                Event::of("person.exit_withdrawn", &one).because("Stays after all"),
            );
        }
        let confirmed = day(self, 88);
        let (at, start) = (self.at(confirmed, 10), self.working(confirmed, 12));
        let one = self.hired(at, Some("Operations"), start, |_| ())?;
        self.is(
            &one,
            Manner::Declines("desk", "There is no free desk in this office before March."),
        );
        for days in [103, 37] {
            if let Some(one) = self.somebody(|one| one.country.as_deref() == Some("DE")) {
                let at = self.at(day(self, days), 14);
                self.told(
                    at,
                    Event::of("person.exit.urgent", &one).because("Dismissed for cause"),
                );
            }
        }
        Ok(())
    }

    /// What was changed by hand and found: of one it was set right since, of one it may stay.
    fn found_long_ago(&mut self) {
        let of = |department: &'static str| {
            move |one: &PersonDraft| one.department.as_deref() == Some(department)
        };
        if let Some(id) = self.somebody(of("Sales")).and_then(|one| one.employee_id) {
            let changes = [
                (34, ByHand::Gives("managers")),
                (25, ByHand::Takes("managers")),
            ];
            for (ago, change) in changes {
                let at = self.at(self.worked(self.today - ago.days()), 16);
                self.happens(at, Doing::ByHand(id.clone(), change));
            }
        }
        if let Some(id) = self
            .somebody(of("Engineering"))
            .and_then(|one| one.employee_id)
        {
            let at = self.at(self.worked(self.today - 16.days()), 17);
            self.happens(at, Doing::ByHand(id.clone(), ByHand::Gives("managers")));
            self.script.stands_in = Some(id);
        }
    }

    /// A sweep each week, and two on the last day: on the real clock there is one each hour.
    fn sweeps(&mut self) {
        let mut day = self
            .from
            .nth_weekday(1, Weekday::Monday)
            .unwrap_or(self.from);
        while day < self.today {
            let at = self.exactly(day, 3, 10);
            self.happens(at, Doing::Swept);
            day += 7.days();
        }
        self.happens(self.now - 20.hours(), Doing::Swept);
    }
}
