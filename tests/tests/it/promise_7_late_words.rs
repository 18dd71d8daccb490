//! Exits that were told before, or after, what they end: whatever was decided when, and under whatever id, the accounts
//! are cut.

use jiff::{SignedDuration, Timestamp, civil::Date};
use latchkey_lifecycle::{CaseId, CaseState};
use latchkey_tests::{Answers, Rehearsal, acme};
use serde_json::{Value, json};

/// A person of this id with a name of their own.
fn person(employee: &str, more: &Value) -> Value {
    let mut person = json!({
        "given_name": format!("Vera {employee}"), "family_name": "Lind", "department": "Sales", "title": "Account Executive",
        "level": "L3", "employment_type": "employee", "country": "DE",
    });
    for (name, value) in more.as_object().unwrap() {
        person[name] = value.clone();
    }
    person
}

/// One rehearsal in which HR decides things at instants before now, about days from today on.
struct Told {
    it: Rehearsal,
    today: Date,
    nth: u32,
}

impl Told {
    async fn new() -> Told {
        let it = Rehearsal::of(&acme()).await;
        let today = "2026-11-23".parse().unwrap();
        Told { it, today, nth: 0 }
    }

    /// Sends what HR decided so many seconds before now, for a day so far from today; then everything due happens.
    async fn say(
        &mut self,
        kind: &str,
        employee: &str,
        day: Option<i32>,
        before: i64,
        person: Option<Value>,
    ) -> Value {
        let answer = Box::pin(self.send(kind, employee, day, before, person)).await;
        let soon = self.it.now() + SignedDuration::from_mins(5);
        Box::pin(self.it.play(&mut Answers::willing(), Some(soon))).await;
        answer
    }

    async fn send(
        &mut self,
        kind: &str,
        employee: &str,
        day: Option<i32>,
        before: i64,
        person: Option<Value>,
    ) -> Value {
        self.nth += 1;
        let now: Timestamp = self.it.now();
        let mut payload = json!({
            "type": format!("person.{kind}"),
            "timestamp": now - SignedDuration::from_secs(before),
            "data": { "employee_id": employee },
        });
        if let Some(day) = day {
            let day = self.today + SignedDuration::from_hours(24 * i64::from(day));
            payload["data"]["effective_date"] = json!(day);
        }
        if let Some(person) = person {
            payload["data"]["person"] = person;
        }
        let (status, answer) = self.it.send(&format!("told-{}", self.nth), &payload).await;
        assert!(matches!(status, 200 | 202), "{answer}");
        answer
    }

    fn active(&self, employee: &str) -> usize {
        let accounts = self.it.systems.accounts_of(employee);
        accounts.values().flatten().filter(|a| a.active).count()
    }
}

fn of(employee: &str) -> Option<Value> {
    Some(person(employee, &json!({})))
}

#[tokio::test]
async fn an_urgent_exit_cuts_whom_an_exit_was_told_of_before_what_they_have_now() {
    let mut told = Told::new().await;
    told.say("hired", "H1", Some(-30), 6000, of("H1")).await;
    told.say("exiting", "H1", Some(20), 5000, None).await;
    told.say("leave_started", "H1", Some(-3), 4500, None).await;
    told.say("leave_ended", "H1", Some(-1), 4400, None).await;
    assert_eq!(told.active("H1"), 2);
    told.say("exit.urgent", "H1", None, 100, None).await;
    assert_eq!(told.active("H1"), 0);
}

#[tokio::test]
async fn an_exit_that_was_decided_before_the_hire_that_it_ends_takes_all_the_same() {
    let mut told = Told::new().await;
    told.say("hired", "C10", Some(-30), 3000, of("C10")).await;
    assert_eq!(told.active("C10"), 2);
    told.say("exiting", "C10", Some(-1), 5000, None).await;
    assert_eq!(told.active("C10"), 0);
}

#[tokio::test]
async fn two_accounts_of_one_human_are_cut_by_any_exit() {
    for kind in ["exit.urgent", "exiting"] {
        let mut told = Told::new().await;
        told.say("hired", "Y1", Some(-30), 6000, of("Y1")).await;
        // Nothing agrees but the number: HR is asked, and both have accounts until then.
        let another =
            json!({ "given_name": "Marta", "family_name": "Aas", "previous_employee_id": "Y1" });
        let another = Some(person("Y1n", &another));
        told.say("hired", "Y1n", Some(-1), 5000, another).await;
        assert_eq!((told.active("Y1"), told.active("Y1n")), (2, 2));
        let same = json!({ "previous_employee_id": "Y1" });
        let mut same = person("Y1", &same);
        same["given_name"] = json!("Vera Y1");
        told.say("transferred", "Y1n", Some(-1), 4500, Some(same))
            .await;
        let day = (kind == "exiting").then_some(-1);
        told.say(kind, "Y1n", day, 10, None).await;
        assert_eq!((told.active("Y1"), told.active("Y1n")), (0, 0), "{kind}");
    }
}

#[tokio::test]
async fn who_is_hired_again_without_a_gap_after_the_exit_was_carried_out_has_everything_back() {
    let mut told = Told::new().await;
    told.say("hired", "G13", Some(-30), 6000, of("G13")).await;
    let had = told.it.systems.accounts_of("G13");
    told.say("exiting", "G13", Some(-2), 5000, None).await;
    assert_eq!(told.active("G13"), 0);
    told.say("rehired", "G13", Some(-1), 4000, of("G13")).await;
    assert_eq!(told.active("G13"), 2);
    assert_eq!(told.it.systems.accounts_of("G13"), had);
}

#[tokio::test]
async fn a_delivery_id_that_is_used_again_swallows_nobody_elses_exit() {
    let mut told = Told::new().await;
    for who in ["J5", "K2"] {
        told.say("hired", who, Some(-30), 6000, of(who)).await;
    }
    let exit = |who: &str| json!({ "type": "person.exit.urgent", "data": { "employee_id": who } });
    let (status, _) = told.it.send("same", &exit("J5")).await;
    assert_eq!(status, 202);
    let (status, answer) = told.it.send("same", &exit("K2")).await;
    assert_eq!(status, 202, "{answer}");
    let (status, again) = told.it.send("same", &exit("K2")).await;
    assert_eq!((status, &again["case"]), (200, &answer["case"]), "{again}");
    let soon = told.it.now() + SignedDuration::from_mins(5);
    told.it.play(&mut Answers::willing(), Some(soon)).await;
    assert_eq!((told.active("J5"), told.active("K2")), (0, 0));
}

#[tokio::test]
async fn an_exit_of_the_old_id_and_a_hire_under_the_new_one_in_one_burst_leave_what_the_hire_gives()
{
    let mut told = Told::new().await;
    told.say("hired", "Q1", Some(-30), 6000, of("Q1")).await;
    told.send("exiting", "Q1", Some(-2), 5000, None).await;
    let again = json!({ "previous_employee_id": "Q1" });
    let mut again = person("Q1", &again);
    again["department"] = json!("Engineering");
    again["title"] = json!("Engineer");
    let hired = told.send("hired", "Q1n", Some(-1), 4990, Some(again)).await;
    told.it.play(&mut Answers::willing(), None).await;
    let case = CaseId::new(hired["case"].as_str().unwrap()).unwrap();
    assert_eq!(told.it.case(&case).await.state, CaseState::Closed);
    assert_eq!((told.active("Q1"), told.active("Q1n")), (0, 2));
}

#[tokio::test]
async fn nothing_is_found_missing_of_an_id_that_somebody_had_before() {
    let mut told = Told::new().await;
    told.say("hired", "B3", Some(-30), 6000, of("B3")).await;
    let back = |id: &str, previous: &str| {
        let mut back = person("B3", &json!({ "previous_employee_id": previous }));
        back["given_name"] = json!("Vera B3");
        (id.to_owned(), Some(back))
    };
    let (id, record) = back("B3n", "B3");
    told.say("hired", &id, Some(-5), 5000, record).await;
    let (id, record) = back("B3", "B3n");
    told.say("hired", &id, Some(-2), 4000, record).await;
    assert_eq!((told.active("B3"), told.active("B3n")), (2, 0));
    told.say("exiting", "B3", Some(-1), 3000, None).await;
    // A hire that was over before it began, and an urgent exit of one of two ids.
    told.say("hired", "G1", Some(28), 2000, of("G1")).await;
    told.say("exiting", "G1", Some(-11), 1900, None).await;
    told.say("hired", "V1", Some(-30), 1800, of("V1")).await;
    let mut over = person("V1", &json!({ "previous_employee_id": "V1" }));
    over["given_name"] = json!("Vera V1");
    told.say("hired", "V2", Some(-5), 1700, Some(over)).await;
    told.say("exit.urgent", "V1", None, 100, None).await;
    assert_eq!((told.active("V1"), told.active("V2")), (0, 0));
    let (deps, request) = (told.it.stack.sweep_deps(), sweep::Request::default());
    let report = Box::pin(sweep::handle(&deps, &request)).await.unwrap();
    let opened: usize = report.systems.iter().map(|swept| swept.opened).sum();
    assert_eq!(opened, 0, "{report:?}");
}

#[tokio::test]
async fn an_urgent_exit_that_ends_nothing_of_what_they_have_is_told_to_hr_at_once() {
    let mut told = Told::new().await;
    told.say("hired", "B40", Some(-30), 6000, of("B40")).await;
    let years_ago = 6 * 365 * 24 * 3600;
    let answer = told.say("exit.urgent", "B40", None, years_ago, None).await;
    assert_eq!(told.active("B40"), 2);
    let note = answer["note"].as_str().unwrap();
    assert!(note.contains("takes nothing of what they have"), "{note}");
    let letters = told.it.letters_about("URGENT: employee B40 works on");
    assert_eq!(letters.len(), 2, "HR and operations");
}

#[tokio::test]
async fn an_exit_of_somebody_unknown_and_an_urgent_one_that_is_held_are_told_at_once() {
    let mut told = Told::new().await;
    let answer = told.say("exiting", "GHOST9", Some(10), 10, None).await;
    let note = answer["note"].as_str().unwrap();
    assert!(
        note.starts_with("Nobody is known as employee GHOST9"),
        "{note}"
    );
    assert_eq!(
        told.it
            .letters_about("Nobody is known as employee GHOST9")
            .len(),
        1
    );
    // The runbook lets five urgent exits pass in a day.
    for nth in 0..6 {
        let who = format!("U{nth}");
        told.say("hired", &who, Some(-30), 6000, of(&who)).await;
    }
    let mut answers = Vec::new();
    for nth in 0..6 {
        let who = format!("U{nth}");
        answers.push(told.say("exit.urgent", &who, None, 0, None).await);
    }
    let held = |answer: &&Value| {
        answer["note"]
            .as_str()
            .is_some_and(|note| note.contains("brake holds it"))
    };
    assert_eq!(answers.iter().filter(held).count(), 1, "{answers:?}");
    assert!(
        !told
            .it
            .letters_about("URGENT: employee U5 is held")
            .is_empty()
    );
}

#[tokio::test]
async fn whose_hire_is_held_begins_by_no_change_of_the_id_either() {
    let mut files = acme().files().clone();
    let runbook = files.get_mut("runbook.yaml").unwrap();
    *runbook = runbook.replace("hires: 40", "hires: 1");
    let mut told = Told::new().await;
    told.it = Rehearsal::of(&latchkey_runbook::Source::from_files(files)).await;
    told.say("hired", "W0", Some(-3), 50, of("W0")).await;
    let held = told.say("hired", "W1", Some(-3), 40, of("W1")).await;
    assert!(held["note"].as_str().unwrap().contains("brake holds it"));
    let again = json!({ "given_name": "Vera W1", "previous_employee_id": "W1" });
    let again = Some(person("W1", &again));
    let answer = told.say("hired", "W2", Some(0), 30, again).await;
    assert!(
        answer["note"].as_str().unwrap().contains("brake holds it"),
        "{answer}"
    );
    assert_eq!(
        (told.active("W0"), told.active("W1"), told.active("W2")),
        (2, 0, 0)
    );
}

#[tokio::test]
async fn a_delivery_that_comes_again_without_a_time_of_its_own_decides_nothing_anew() {
    let mut told = Told::new().await;
    told.say("hired", "R1", Some(-30), 6000, of("R1")).await;
    let exit = |day: &str| json!({ "type": "person.exiting", "data": { "employee_id": "R1", "effective_date": day } });
    let (_, first) = told.it.send("r-1", &exit("2026-12-30")).await;
    told.it
        .clock
        .jump_to(told.it.now() + SignedDuration::from_mins(5));
    told.it.send("r-2", &exit("2027-01-15")).await;
    told.it
        .clock
        .jump_to(told.it.now() + SignedDuration::from_mins(5));
    let (status, again) = told.it.send("r-1", &exit("2026-12-30")).await;
    assert_eq!(
        (status, &again["note"]),
        (200, &json!("This was taken in before."))
    );
    let case = CaseId::new(first["case"].as_str().unwrap()).unwrap();
    let last_day = told.it.case(&case).await.effective;
    assert_eq!(last_day, Some("2027-01-15".parse().unwrap()));
}

#[tokio::test]
async fn an_urgent_exit_under_an_old_id_before_the_first_day_of_the_new_one_cuts_that() {
    let mut told = Told::new().await;
    told.say("hired", "E1", Some(-300), 6000, of("E1")).await;
    told.say("exiting", "E1", Some(-200), 5000, None).await;
    let again = json!({ "given_name": "Vera E1", "previous_employee_id": "E1" });
    let again = Some(person("E1", &again));
    told.say("hired", "E2", Some(1), 4000, again).await;
    told.say("exit.urgent", "E1", None, 10, None).await;
    assert_eq!((told.active("E1"), told.active("E2")), (0, 0));
    told.it.play(&mut Answers::willing(), None).await;
    assert_eq!((told.active("E1"), told.active("E2")), (0, 0));
}

/// A record of that name with the id that it had before.
fn once(name: &str, previous: &str) -> Option<Value> {
    let record = json!({ "given_name": format!("Vera {name}"), "previous_employee_id": previous });
    Some(person(name, &record))
}

const DAY: i64 = 24 * 3600;

#[tokio::test]
async fn after_a_conversion_was_called_off_an_exit_under_the_old_id_takes_everything() {
    for kind in ["exit.urgent", "exiting"] {
        let mut told = Told::new().await;
        told.say("hired", "QA", Some(-300), 9 * DAY, of("QA")).await;
        told.say("hired", "QAb", Some(-5), 8 * DAY, once("QA", "QA"))
            .await;
        told.say("hire_rescinded", "QAb", None, 2 * DAY, None).await;
        assert!(told.active("QA") + told.active("QAb") > 0);
        let day = (kind == "exiting").then_some(-1);
        told.say(kind, "QA", day, 10, None).await;
        assert_eq!((told.active("QA"), told.active("QAb")), (0, 0), "{kind}");
    }
}

#[tokio::test]
async fn an_urgent_exit_under_an_id_that_turns_out_to_be_theirs_is_carried_out_on_what_they_have() {
    let mut told = Told::new().await;
    told.say("hired", "YAb", Some(-5), 8 * DAY, once("YA", "YA"))
        .await;
    let answer = told.say("exit.urgent", "YA", None, 10, None).await;
    // What is known of YA agrees with nothing: HR is asked, and told at once whom it may be about.
    let note = answer["note"].as_str().unwrap();
    assert!(
        note.contains("employee YAb, whom HR was asked about"),
        "{note}"
    );
    let letters = told
        .it
        .letters_about("URGENT: employee YAb may be the same");
    assert_eq!(letters.len(), 2, "HR and operations");
    let mut hired = person("YA", &json!({}));
    hired["given_name"] = json!("Vera YA");
    told.say("hired", "YA", Some(-300), 9 * DAY, Some(hired))
        .await;
    assert_eq!((told.active("YA"), told.active("YAb")), (0, 0));
}

#[tokio::test]
async fn a_change_of_id_that_is_told_after_they_left_gives_nothing_back() {
    for (kind, exit, change, day) in [
        ("exit.urgent", None, "transferred", -5),
        ("exit.urgent", None, "transferred", 0),
        ("exiting", Some(-10), "transferred", -20),
        ("exit.urgent", None, "hired", -20),
    ] {
        let mut told = Told::new().await;
        told.say("hired", "TC", Some(-300), 9 * DAY, of("TC")).await;
        told.say(kind, "TC", exit, 2 * DAY, None).await;
        assert_eq!(told.active("TC"), 0);
        let answer = told
            .say(change, "TCb", Some(day), 60, once("TC", "TC"))
            .await;
        assert_eq!((told.active("TC"), told.active("TCb")), (0, 0), "{answer}");
        let note = answer["note"].as_str().unwrap();
        assert!(note.contains("HR has been given a task"), "{note}");
    }
}

#[tokio::test]
async fn another_number_back_to_the_first_and_a_third_are_one_human_whom_any_exit_cuts() {
    for cut in ["D1", "D1b", "D1c"] {
        let mut told = Told::new().await;
        told.say("hired", "D1", Some(-30), 7000, of("D1")).await;
        for (id, day, before, previous) in [
            ("D1b", -20, 6000, "D1"),
            ("D1", -10, 5000, "D1b"),
            ("D1c", -5, 4000, "D1"),
        ] {
            told.say("transferred", id, Some(day), before, once("D1", previous))
                .await;
        }
        assert_eq!(told.active("D1c"), 2);
        told.say("exit.urgent", cut, None, 10, None).await;
        let left: Vec<usize> = ["D1", "D1b", "D1c"].map(|id| told.active(id)).to_vec();
        assert_eq!(left, [0, 0, 0], "{cut}");
    }
}

#[tokio::test]
async fn a_leave_under_an_id_that_has_gone_over_is_asked() {
    let mut told = Told::new().await;
    told.say("hired", "YC", Some(-300), 9 * DAY, of("YC")).await;
    told.say("transferred", "YCb", Some(-5), 8 * DAY, once("YC", "YC"))
        .await;
    let answer = told.say("leave_started", "YC", Some(-1), 10, None).await;
    let note = answer["note"].as_str().unwrap();
    assert!(note.contains("They go by the employee id YCb"), "{note}");
    assert!(note.contains("HR has been given a task"), "{note}");
}

#[tokio::test]
async fn what_stands_behind_an_urgent_exit_that_is_held_is_not_said_to_have_cut_anybody() {
    let mut files = acme().files().clone();
    let runbook = files.get_mut("runbook.yaml").unwrap();
    *runbook = runbook.replace("urgent_exits: 5", "urgent_exits: 1");
    let mut told = Told::new().await;
    told.it = Rehearsal::of(&latchkey_runbook::Source::from_files(files)).await;
    for who in ["B1", "B2"] {
        told.say("hired", who, Some(-30), 6000, of(who)).await;
        told.say("exit.urgent", who, None, 0, None).await;
    }
    for (kind, day) in [("exit.urgent", None), ("exiting", Some(-1))] {
        let answer = told.say(kind, "B2", day, 0, None).await;
        let note = answer["note"].as_str().unwrap();
        assert!(note.contains("brake holds it"), "{note}");
        assert!(!note.contains("cut off already"), "{note}");
    }
}
