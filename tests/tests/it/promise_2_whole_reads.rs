//! Promise 2, a read that is not known to be whole proves nothing: searches that show nobody, lists that show a part.

use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use jiff::SignedDuration;
use latchkey_embedded::{JumpClock, Silent, Stack};
use latchkey_ledger::{Shelf, Where};
use latchkey_lifecycle::{
    Account, CaseId, CaseState, Change, EmployeeId, FindingKind, SystemId, Task, TaskState,
};
use latchkey_rehearsal::{Answers, Rehearsal, SimulatedSystems};
use latchkey_runbook::Runbook;
use latchkey_runtime::Systems;
use latchkey_systems::{Fault, Found, Page, PageToken, Part, Sight, Sought, System, Whole};
use latchkey_tests::{BEGIN, acme, sample};
use serde_json::json;
use sweep::{Report, Request};

/// How every system shows what it has.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Habit {
    Honest,
    /// Whoever is looked for is not there.
    Hides,
    /// Of any list, and of what a search looks through, the first account alone is shown.
    ShowsOne,
}

struct Habits {
    inner: SimulatedSystems,
    habit: Arc<Mutex<Habit>>,
}

struct One {
    inner: Arc<dyn System>,
    habit: Habit,
}

#[async_trait]
impl Systems for Habits {
    async fn open(&self, runbook: &Runbook, system: &SystemId) -> Result<Arc<dyn System>, Fault> {
        Ok(Arc::new(One {
            inner: self.inner.open(runbook, system).await?,
            habit: *self.habit.lock().unwrap(),
        }))
    }
}

#[async_trait]
impl System for One {
    fn name(&self) -> &str {
        self.inner.name()
    }

    async fn look_up(&self, who: &Sought) -> Result<Sight, Fault> {
        match self.habit {
            Habit::Honest => self.inner.look_up(who).await,
            Habit::Hides => Ok(Sight::Nobody(Whole::in_one_answer(()))),
            Habit::ShowsOne => Err(Fault::Incomplete {
                system: self.name().to_owned(),
                problem: "it shows 1 of 60 users and ignores paging".to_owned(),
            }),
        }
    }

    async fn look_at(&self, handle: &str, who: &Sought) -> Result<Sight, Fault> {
        self.inner.look_at(handle, who).await
    }

    async fn complete(&self, found: Found) -> Result<Whole<Found>, Fault> {
        self.inner.complete(found).await
    }

    async fn list(&self, page: Option<&PageToken>) -> Result<Page, Fault> {
        let mut listed = self.inner.list(page).await?;
        if self.habit != Habit::ShowsOne {
            return Ok(listed);
        }
        listed.accounts.truncate(1);
        let lines = listed.accounts.iter().map(|found| found.handle.clone());
        let part = Part::of(lines.collect::<Vec<_>>(), None).out_of(Some(60));
        Ok(Page::new(listed.accounts, part))
    }

    async fn apply(&self, at: Option<&Found>, change: &Change) -> Result<Option<Found>, Fault> {
        self.inner.apply(at, change).await
    }
}

struct Company {
    it: Rehearsal,
    habit: Arc<Mutex<Habit>>,
}

impl Company {
    async fn start() -> Company {
        let runbook = Runbook::check(&acme()).runbook.unwrap();
        let clock = JumpClock::at(BEGIN.parse().unwrap());
        let systems = SimulatedSystems::of(&runbook, clock.clone());
        let habit = Arc::new(Mutex::new(Habit::Honest));
        let stack = Stack::silent(Silent {
            clock: Arc::new(clock.clone()),
            public_url: "https://latchkey.acme.example".into(),
            from: "Latchkey <latchkey@acme.example>".into(),
            seed: 7,
            systems: Arc::new(Habits {
                inner: systems.clone(),
                habit: Arc::clone(&habit),
            }),
        })
        .await
        .unwrap();
        stack.publish(&acme()).await.unwrap();
        let it = Rehearsal::on(stack, clock, systems);
        let people = serde_json::from_value(sample("people.json")).unwrap();
        it.know(people).await.unwrap();
        Company { it, habit }
    }

    fn has(&self, habit: Habit) {
        *self.habit.lock().unwrap() = habit;
    }

    /// Hires somebody, so that their accounts have been seen.
    async fn hire(&mut self) {
        let hire = self.it.confirm(sample("hire.json")).await.unwrap();
        self.it.play(&mut Answers::willing(), None).await.unwrap();
        assert_eq!(self.it.case(&hire).await.unwrap().state, CaseState::Closed);
    }

    /// A minute later: what a case did in the same instant is its own.
    async fn sweep(&mut self) -> Report {
        let later = SignedDuration::from_mins(1);
        let now = self.it.now().checked_add(later).unwrap();
        self.it.clock.jump_to(now);
        let report = sweep::handle(&self.it.stack.sweep_deps(), &Request::default()).await;
        // Letters are heard while time passes.
        self.it.play(&mut Answers::none(), Some(now)).await.unwrap();
        report.unwrap()
    }

    async fn cut(&self, employee: &str) -> CaseId {
        let exit = json!({ "type": "person.exit.urgent", "data": { "employee_id": employee } });
        self.it.confirm(exit).await.unwrap()
    }

    async fn of_systems(&self, case: &CaseId) -> Vec<Task> {
        let mut tasks = self.it.tasks(case).await.unwrap();
        tasks.retain(|task| matches!(task.work, latchkey_lifecycle::Work::System { .. }));
        tasks
    }

    fn account(&self, system: &str, employee: &str) -> Account {
        let employee = EmployeeId::new(employee).unwrap();
        let system = self.it.systems.find(system).unwrap();
        system.account_of(&employee).unwrap()
    }
}

#[tokio::test]
async fn whoever_a_search_does_not_show_is_cut_off_where_their_account_is_known() {
    let mut company = Company::start().await;
    company.hire().await;
    company.has(Habit::Hides);
    let exit = company.cut("1042").await;
    company
        .it
        .play(&mut Answers::willing(), None)
        .await
        .unwrap();
    assert_eq!(
        company.it.case(&exit).await.unwrap().state,
        CaseState::Closed
    );
    for system in ["directory", "chat"] {
        let account = company.account(system, "1042");
        assert!(!account.active, "{system}: {account:?}");
        assert!(account.entitlements.is_empty(), "{system}: {account:?}");
    }
}

#[tokio::test]
async fn nothing_is_verified_by_a_part_and_whoever_is_known_is_cut_off_all_the_same() {
    let mut company = Company::start().await;
    company.hire().await;
    company.has(Habit::ShowsOne);
    for (employee, is_known) in [("1042", true), ("1030", false)] {
        let exit = company.cut(employee).await;
        let now = company.it.now();
        company
            .it
            .play(&mut Answers::none(), Some(now))
            .await
            .unwrap();
        for task in company.of_systems(&exit).await {
            assert_ne!(task.state, TaskState::Verified, "{}", task.id);
            let trouble = task.trouble.unwrap();
            assert!(
                trouble.contains("shows 1 of 60 users and ignores paging"),
                "{trouble}"
            );
        }
        for system in ["directory", "chat"] {
            assert_eq!(
                !company.account(system, employee).active,
                is_known,
                "{system}"
            );
        }
    }
    // Once it shows all, the owners' word is enough to read it back.
    company.has(Habit::Honest);
    company
        .it
        .play(&mut Answers::willing(), None)
        .await
        .unwrap();
    for employee in ["1042", "1030"] {
        assert!(!company.account("directory", employee).active, "{employee}");
    }
}

#[tokio::test]
async fn a_sweep_opens_nothing_by_the_absence_of_whom_a_part_does_not_show() {
    let mut company = Company::start().await;
    let open = async |company: &Company| {
        let ledger = &company.it.stack.ledger;
        let page = ledger.findings(Shelf::Open, Where::Everywhere, None).await;
        let findings = page.unwrap().findings.into_iter();
        findings
            .map(|f| (f.seen.kind, f.problem))
            .collect::<Vec<_>>()
    };
    company.sweep().await;
    let before = open(&company).await;
    company.has(Habit::ShowsOne);
    let report = company.sweep().await;
    let of_systems = report.systems.iter().filter(|swept| swept.system.is_some());
    for swept in of_systems {
        assert_eq!(swept.fault.as_deref(), Some("Incomplete"), "{swept:?}");
        // A page that is a part of nobody knows how many counts for nothing.
        assert_eq!((swept.accounts, swept.closed), (0, 0), "{swept:?}");
    }
    let mut opened = open(&company).await;
    opened.retain(|finding| !before.contains(finding));
    assert!(!opened.is_empty());
    for (kind, problem) in opened {
        assert_eq!(kind, FindingKind::NotRead);
        let problem = problem.unwrap();
        assert!(
            problem.contains("it shows 1 of 60 accounts and ends there"),
            "{problem}"
        );
    }
    // Whoever looks after the system hears of it.
    assert!(!company.it.letters.is_empty());
}
