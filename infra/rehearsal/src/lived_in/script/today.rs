//! What is on its way today: a case in every state that a case can be in.

use jiff::{SignedDuration, Timestamp, ToSpan, civil::Date};
use latchkey_lifecycle::{IdError, PersonDraft};

use super::{ByHand, Doing, Event, Pen, Taken};
use crate::lived_in::staff::Manner;

const ADA: &str = "ada.king@acme.example";
const BEN: &str = "ben.hartmann@acme.example";

impl Pen<'_> {
    pub(super) fn present(&mut self) -> Result<(), IdError> {
        self.hires_under_way()?;
        self.planned_for_later()?;
        self.late_and_declined()?;
        self.in_trouble()?;
        self.changes_of_work()?;
        self.at_once();
        self.held();
        self.questions_for_hr()?;
        self.found_today();
        Ok(())
    }

    fn ago(&self, hours: i64) -> Timestamp {
        self.now - SignedDuration::from_hours(hours)
    }

    /// People who begin in the next weeks, of whom every team has something to do.
    fn hires_under_way(&mut self) -> Result<(), IdError> {
        // Confirmed so many working days ago, for so many from today.
        let hires = [
            (9, 4, "Sales", "Account Executive"),
            (8, 6, "Engineering", "Platform Engineer"),
            (7, 7, "Finance", "Financial Controller"),
            (6, 8, "Marketing", "Designer"),
            (4, 9, "Engineering", "Software Engineer"),
            (3, 9, "People", "Recruiter"),
            (2, 12, "Sales", "Sales Lead South"),
        ];
        for (n, (ago, ahead, department, title)) in hires.into_iter().enumerate() {
            let (confirmed, start) = (
                self.working(self.today, -ago),
                self.working(self.today, ahead),
            );
            let at = self.at(confirmed, 10);
            let one = self.hired(at, Some(department), start, |one| {
                one.title = Some(title.to_owned());
                if department == "Finance" {
                    one.level = Some("L5".to_owned());
                    one.employment_type = Some("employee".to_owned());
                }
            })?;
            let Some(of) = one.employee_id.clone() else {
                continue;
            };
            let (by, aside) = match n {
                3 => (ADA, Some("The dock is on order, it comes on Thursday.")),
                5 => (BEN, None),
                _ => continue,
            };
            self.is(&one, Manner::Silent(&["laptop"]));
            let taken = Taken {
                of,
                task: "laptop",
                by,
                aside,
            };
            let at = self.now - SignedDuration::from_mins(50);
            self.happens(at, Doing::Taken(taken));
        }
        Ok(())
    }

    fn planned_for_later(&mut self) -> Result<(), IdError> {
        for (ago, ahead, department) in [(5, 45, "Engineering"), (1, 52, "Sales")] {
            let (confirmed, start) = (
                self.working(self.today, -ago),
                self.working(self.today, ahead),
            );
            let at = self.at(confirmed, 11);
            self.hired(at, Some(department), start, |_| ())?;
        }
        for (ago, ahead, reason) in [(8, 48, "Retirement"), (3, 16, "Resignation")] {
            self.leaves((ago, ahead), reason);
        }
        Ok(())
    }

    /// Somebody leaves on a working day from today.
    fn leaves(&mut self, (ago, ahead): (i32, i32), reason: &'static str) -> Option<PersonDraft> {
        let one = self.somebody(|one| one.country.as_deref() == Some("DE"))?;
        let (confirmed, last) = (
            self.working(self.today, -ago),
            self.working(self.today, ahead),
        );
        let at = self.at(confirmed, 9);
        self.told(
            at,
            Event::of("person.exiting", &one).on(last).because(reason),
        );
        Some(one)
    }

    /// The handover of two leavers is late, of one of them so late that it was escalated; a laptop is not to be had.
    fn late_and_declined(&mut self) -> Result<(), IdError> {
        for ahead in [4, 2] {
            if let Some(one) = self.leaves((12, ahead), "Resignation") {
                self.is(&one, Manner::Silent(&["announce"]));
            }
        }
        let (confirmed, start) = (self.working(self.today, -4), self.working(self.today, 7));
        let at = self.at(confirmed, 9);
        let one = self.hired(at, Some("Operations"), start, |_| ())?;
        let reason = "No laptop is left in stock; the next delivery comes after the first day.";
        self.is(&one, Manner::Declines("laptop", reason));
        // HR took it back meanwhile.
        if let Some(one) = self.leaves((14, 20), "Resignation") {
            let at = self.at(self.working(self.today, -3), 15);
            self.told(
                at,
                Event::of("person.exit_withdrawn", &one).because("Stays after all"),
            );
        }
        let at = self.at(self.working(self.today, -9), 9);
        let start = self.working(self.today, 5);
        let one = self.hired(at, Some("Marketing"), start, |_| ())?;
        let at = self.at(self.working(self.today, -2), 11);
        self.told(
            at,
            Event::of("person.hire_rescinded", &one).because("Took another offer"),
        );
        Ok(())
    }

    /// One case that no function gets on with, and one that a system refuses to go on with.
    fn in_trouble(&mut self) -> Result<(), IdError> {
        let start = self.working(self.today, -1);
        let at = self.at(self.working(start, -12), 10);
        let one = self.hired(at, Some("Sales"), start, |one| {
            one.country = Some("DE".to_owned());
            one.location = Some("Berlin".to_owned());
            one.time_zone = Some("Europe/Berlin".to_owned());
        })?;
        self.is(&one, Manner::Prompt);
        self.script.crashes = one.employee_id;
        let berlin = |one: &PersonDraft| {
            one.country.as_deref() == Some("DE") && one.department.as_deref() == Some("Sales")
        };
        let Some(one) = self.somebody(berlin) else {
            return Ok(());
        };
        // What is no longer needed is taken from the morning of the fifth working day on, until the evening of the sixth.
        let opens = self.opened_lately();
        let day = self.working(opens, -5);
        let confirmed = self.at(self.working(day, -4), 10);
        self.is(&one, Manner::Silent(&["old-access"]));
        if let Some(id) = one.employee_id.clone() {
            let at = self.exactly(self.working(opens, -1), 12, 0);
            self.happens(at, Doing::ByHand(id, ByHand::Protects));
        }
        self.transferred(one, confirmed, day)
    }

    /// The last working day whose morning is some hours ago.
    fn opened_lately(&self) -> Date {
        let today = self.worked(self.today);
        match self.exactly(today, 12, 0) <= self.now {
            true => today,
            false => self.working(today, -1),
        }
    }

    fn changes_of_work(&mut self) -> Result<(), IdError> {
        for (ago, ahead) in [(7, -2), (5, 1), (2, 8)] {
            if let Some(one) = self.somebody(|one| one.country.as_deref() == Some("DE")) {
                let at = self.at(self.working(self.today, -ago), 13);
                let day = self.working(self.today, ahead);
                self.transferred(one, at, day)?;
            }
        }
        if let Some(one) = self.somebody(|_| true) {
            let at = self.at(self.working(self.today, -6), 15);
            let day = self.working(self.today, 5);
            self.told(
                at,
                Event::of("person.leave_started", &one)
                    .on(day)
                    .because("Parental leave"),
            );
        }
        Ok(())
    }

    /// Somebody had to go some hours ago: all is cut and read back, and what is not urgent is not done yet.
    fn at_once(&mut self) {
        let somewhere = |one: &PersonDraft| one.department.as_deref() == Some("Engineering");
        if let Some(one) = self.somebody(somewhere) {
            self.is(&one, Manner::Silent(&["watch", "pay"]));
            let at = self.now - SignedDuration::from_mins(205);
            self.told(
                at,
                Event::of("person.exit.urgent", &one)
                    .because("A laptop with customers' data was sold"),
            );
        }
    }

    /// More leave at once than the runbook lets pass: an office is given up.
    fn held(&mut self) {
        let last = self.working(self.today, 60);
        for n in 0..7_i64 {
            let hamburg = |one: &PersonDraft| one.location.as_deref() == Some("Hamburg");
            if let Some(one) = self.somebody(hamburg).or_else(|| self.somebody(|_| true)) {
                let at = self.now - SignedDuration::from_mins(50 - 3 * n);
                let why = "The Hamburg office closes";
                self.told(at, Event::of("person.exiting", &one).on(last).because(why));
            }
        }
    }

    fn questions_for_hr(&mut self) -> Result<(), IdError> {
        // Without a first day nothing can be planned.
        let one = self.people.next(Some("Engineering"), self.today)?;
        self.is(&one, Manner::Silent(&[]));
        let at = self.ago(21);
        self.told(at, Event::of("person.hired", &one).with_record());
        // Nobody was told of them before.
        let stranger = self.people.next(Some("Sales"), self.today)?;
        self.is(&stranger, Manner::Silent(&[]));
        let at = self.ago(23);
        self.told(
            at,
            Event::of("person.date_moved", &stranger).on(self.working(self.today, 9)),
        );
        Ok(())
    }

    /// What the sweep found that nobody has looked at yet.
    fn found_today(&mut self) {
        let changes = [
            (30, "Sales", ByHand::Gives("managers")),
            (27, "Engineering", ByHand::Takes("engineering")),
            (25, "Finance", ByHand::Takes("everyone")),
        ];
        for (ago, department, change) in changes {
            let of = |one: &PersonDraft| one.department.as_deref() == Some(department);
            if let Some(id) = self.somebody(of).and_then(|one| one.employee_id) {
                self.happens(self.ago(ago), Doing::ByHand(id, change));
            }
        }
        // Somebody who left weeks ago was let in again.
        if let Some(one) = self.somebody(|_| true) {
            let last = self.worked(self.today - 30.days());
            let at = self.at(self.working(last, -15), 10);
            self.told(
                at,
                Event::of("person.exiting", &one)
                    .on(last)
                    .because("End of contract"),
            );
            if let Some(id) = one.employee_id {
                self.happens(self.ago(26), Doing::ByHand(id, ByHand::WakesUp));
            }
        }
    }
}
