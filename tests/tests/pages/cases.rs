//! Cases: who sees which, what their pages say, and what is done on them.

use latchkey_lifecycle::{CaseId, CaseState, TaskState, left_out_with};
use latchkey_runbook::Source;
use latchkey_tests::{Answers, Rehearsal, acme, sample};

use crate::browser::{Answer, Browser, company};

const HR: &str = "ines.albrecht@acme.example";
const OPERATOR: &str = "ada.king@acme.example";
const PLATFORM: &str = "yuki.mori@acme.example";
const FACILITIES: &str = "maria.silva@acme.example";

/// A hire whose desk has been asked for; all else is done as it is asked.
async fn hire_under_way() -> (Rehearsal, CaseId) {
    let mut rehearsal = company().await;
    let case = rehearsal.take_in("hire.json").await;
    let mut answers = Answers::by(|_, _, task| {
        (task.id.as_str() != "desk").then(|| latchkey_tests::form_of(task, "done"))
    });
    while rehearsal.letters_about("Prepare the desk").is_empty() {
        let later = rehearsal.later(12);
        rehearsal.play(&mut answers, Some(later)).await;
    }
    (rehearsal, case)
}

/// The part of a page from one text to another.
fn part<'t>(answer: &'t Answer, from: &str, to: &str) -> &'t str {
    let (_, rest) = answer.text.split_once(from).unwrap();
    rest.split_once(to).unwrap().0
}

/// The row of the checklist of a task.
fn row<'t>(answer: &'t Answer, title: &str) -> &'t str {
    let list = part(answer, r#"id="list""#, "</table>");
    let row = list.split("<tr").find(|row| row.contains(title));
    row.unwrap_or_else(|| panic!("no {title} in {list}"))
}

#[tokio::test]
async fn hr_sees_a_hire_under_way_and_its_checklist() {
    let (rehearsal, case) = hire_under_way().await;
    let mut hr = Browser::of(&rehearsal, HR).await;
    let list = hr.get("/cases").await;
    assert_eq!(list.status, 200);
    let line = part(&list, "<tbody", "</tbody>");
    for words in [
        "Zoë Müller",
        &format!("/cases/{case}"),
        ">Mon 7 Dec</time>",
        "of 12 verified",
        "on track",
    ] {
        assert!(line.contains(words), "{words}: {line}");
    }
    assert!(!hr.get("/cases?shelf=closed").await.text.contains("Zoë"));
    assert!(!hr.get("/cases?kind=exit").await.text.contains("Zoë"));
    assert!(hr.get("/cases?kind=hire").await.text.contains("Zoë"));

    let page = hr.get(&format!("/cases/{case}")).await;
    assert_eq!(page.status, 200);
    // Register for pay was done by its team's word, the laptop, too; the desk is asked.
    let pay = row(&page, "Register for pay");
    for words in [
        "verified",
        "Somebody in payroll’s word",
        "Personnel number in payroll: X1",
        "2 of 2 steps",
    ] {
        assert!(pay.contains(words), "{words}: {pay}");
    }
    let desk = row(&page, "Prepare the desk");
    for words in [
        "asked",
        "Facilities",
        "none yet",
        &format!("/cases/{case}/tasks/desk"),
    ] {
        assert!(desk.contains(words), "{words}: {desk}");
    }
    let sign_in = row(&page, "Check the first sign-in");
    assert!(
        sign_in.contains("waits for ") && sign_in.contains("Account and groups: Chat"),
        "{sign_in}"
    );
    let access = part(&page, r#"id="access""#, "</table>");
    let directory = access
        .split("<tr")
        .find(|row| row.contains("Company directory"))
        .unwrap();
    for words in [
        "everyone, sales, vpn",
        "not known here",
        "to be given",
        "zoe.mueller",
    ] {
        assert!(directory.contains(words), "{words}: {directory}");
    }
    let plan = part(&page, r#"id="plan""#, r#"id="list""#);
    assert!(
        plan.contains("in time") && plan.contains("window team") && plan.contains("#g-verified"),
        "{plan}"
    );
    assert!(!page.text.contains("style="), "inline style");
    // HR takes nothing out and tries nothing again.
    assert!(!page.text.contains("Leave a task out") && !page.text.contains("Try again"));
}

#[tokio::test]
async fn what_was_read_back_and_the_timeline_stand_on_the_page_of_a_closed_case() {
    let mut rehearsal = company().await;
    let case = rehearsal.take_in("hire.json").await;
    rehearsal.play(&mut Answers::willing(), None).await;
    assert_eq!(rehearsal.case(&case).await.state, CaseState::Closed);
    let mut hr = Browser::of(&rehearsal, HR).await;
    assert!(
        hr.get("/cases?shelf=closed")
            .await
            .text
            .contains("Zoë Müller")
    );
    let path = format!("/cases/{case}");
    let page = hr.get(&path).await;
    let directory = row(&page, "Account and groups: Company directory");
    assert!(
        directory.contains("read back ") && directory.contains("directory shows the account"),
        "{directory}"
    );
    let access = part(&page, r#"id="access""#, "</table>");
    let directory = access
        .split("<tr")
        .find(|row| row.contains("Company directory"))
        .unwrap();
    assert!(
        directory.contains("as it should be") && directory.contains("read "),
        "{directory}"
    );
    let times = async |hr: &mut Browser, show: &str| {
        let page = hr.get(&format!("{path}?show={show}")).await;
        part(&page, r#"id="time""#, "</section>")
            .split("<aside")
            .next()
            .unwrap()
            .to_owned()
    };
    let people = times(&mut hr, "people").await;
    assert!(
        people.contains("Somebody in payroll says that it is done.") && !people.contains("Begun."),
        "{people}"
    );
    let systems = times(&mut hr, "systems").await;
    assert!(
        systems.contains("Begun.") && !systems.contains("says that it is done"),
        "{systems}"
    );
    let letters = times(&mut hr, "letters").await;
    assert!(
        letters.contains("#g-asked") && !letters.contains("Begun."),
        "{letters}"
    );
    let all = times(&mut hr, "all").await;
    assert!(
        all.contains("chained and unchanged") && all.contains("Begun."),
        "{all}"
    );
    // The earliest of it is what HR said.
    let rest = hr.get(&format!("{path}?show=all&skip=36")).await;
    assert!(
        part(&rest, r#"id="time""#, "</section>").contains("HR system"),
        "{}",
        rest.text
    );
}

#[tokio::test]
async fn whoever_has_no_part_in_a_case_is_told_who_can_help_and_does_not_find_it() {
    let (rehearsal, case) = hire_under_way().await;
    let path = format!("/cases/{case}");
    // Of a hire in sales nothing is asked of the platform team.
    let mut platform = Browser::of(&rehearsal, PLATFORM).await;
    let list = platform.get("/cases").await;
    assert_eq!(list.status, 200);
    assert!(!list.text.contains("Zoë"), "{}", list.text);
    for page in [path.clone(), format!("{path}/board")] {
        let refused = platform.get(&page).await;
        assert_eq!(refused.status, 403);
        assert!(
            refused.text.contains("You may not see this case")
                && refused.text.contains("These can")
        );
        assert!(!refused.text.contains("Zoë"), "{}", refused.text);
    }
    let mut facilities = Browser::of(&rehearsal, FACILITIES).await;
    assert!(facilities.get("/cases").await.text.contains("Zoë"));
    assert_eq!(facilities.get(&path).await.status, 200);
    assert!(
        !facilities
            .get("/cases?shelf=closed")
            .await
            .text
            .contains("Zoë")
    );
}

#[tokio::test]
async fn a_manager_sees_the_cases_of_those_who_report_to_them_and_no_others() {
    let mut files = acme().files().clone();
    for text in files.values_mut() {
        *text = text.replace(
            "email: controlling@acme.example,",
            "email: controlling@acme.example, members: [tom.keller@acme.example],",
        );
    }
    let rehearsal = Rehearsal::of(&Source::from_files(files)).await;
    rehearsal.seed().await;
    let hire = rehearsal.take_in("hire.json").await;
    let exit = rehearsal.take_in("exit.json").await;
    let mut manager = Browser::of(&rehearsal, "tom.keller@acme.example").await;
    let list = manager.get("/cases").await.text;
    assert!(
        list.contains("Zoë Müller") && !list.contains("Jonas"),
        "{list}"
    );
    assert_eq!(manager.get(&format!("/cases/{hire}")).await.status, 200);
    assert_eq!(manager.get(&format!("/cases/{exit}")).await.status, 403);
}

#[tokio::test]
async fn why_somebody_leaves_is_for_hr_and_not_for_a_team_with_a_task_in_it() {
    let mut rehearsal = company().await;
    let case = rehearsal.take_in("exit.json").await;
    let later = rehearsal.later(24);
    let mut answers = Answers::by(|_, _, task| {
        let mut form = latchkey_tests::form_of(task, "done");
        form.push(("note".into(), "wrote to jonas@private.example".into()));
        (task.id.as_str() == "announce").then_some(form)
    });
    rehearsal.play(&mut answers, Some(later)).await;
    let path = format!("/cases/{case}");
    let mut hr = Browser::of(&rehearsal, HR).await;
    let page = hr.get(&path).await;
    assert!(page.text.contains("Resignation"), "{}", page.text);
    let announced = row(&page, "Plan the handover");
    assert!(
        announced.contains("wrote to jonas@private.example"),
        "{announced}"
    );
    let mut platform = Browser::of(&rehearsal, PLATFORM).await;
    for page in [
        path.clone(),
        format!("{path}?show=letters"),
        "/cases".to_owned(),
    ] {
        let page = platform.get(&page).await;
        assert_eq!(page.status, 200);
        assert!(page.text.contains("Jonas Lindqvist"));
        assert!(!page.text.contains("Resignation"), "{}", page.text);
        assert!(
            !page.text.contains("jonas@private.example"),
            "{}",
            page.text
        );
    }
    // What a team noted is for whoever has a part in the task.
    let page = platform.get(&path).await;
    assert!(!row(&page, "Plan the handover").contains("wrote to"));
}

/// An operator who leaves decides nothing about their own exit, by whichever form.
#[tokio::test]
async fn an_operator_leaves_out_nothing_of_their_own_exit_on_the_case() {
    let rehearsal = company().await;
    let mut hired = sample("hire.json");
    hired["data"]["person"]["work_email"] = OPERATOR.into();
    rehearsal.send("ada-is-hired", &hired).await;
    let exit = rehearsal
        .happens("person.exiting", "1042", Some("2026-12-18"))
        .await;
    let mut operator = Browser::of(&rehearsal, OPERATOR).await;
    let form = [("task", "things.devices"), ("reason", "mine")];
    let refused = operator
        .post(&format!("/cases/{exit}/leave-out"), &form)
        .await;
    assert_eq!(refused.status, 403);
    assert!(
        refused.text.contains("It is about yourself"),
        "{}",
        refused.text
    );
}

/// Whether there is a case is for who may see it: an id can be worked out.
#[tokio::test]
async fn a_case_that_is_not_there_is_refused_as_one_that_is_not_theirs() {
    let rehearsal = company().await;
    let case = rehearsal.take_in("urgent-exit.json").await;
    let mut payroll = Browser::of(&rehearsal, "lena.fischer@acme.example").await;
    let theirs = payroll.get("/cases/leave-1017-00000000").await;
    let other = payroll.get(&format!("/cases/{case}")).await;
    assert_eq!((theirs.status, other.status), (403, 403));
    let mut hr = Browser::of(&rehearsal, HR).await;
    assert_eq!(hr.get("/cases/leave-1017-00000000").await.status, 404);
}

#[tokio::test]
async fn an_operator_leaves_a_task_out_and_the_case_goes_on() {
    let (mut rehearsal, case) = hire_under_way().await;
    let path = format!("/cases/{case}/leave-out");
    let good = [("task", "desk"), ("reason", "works from the island office")];
    let mut operator = Browser::of(&rehearsal, OPERATOR).await;
    let before = rehearsal.everything(&case).await;
    assert_eq!(operator.post_from_elsewhere(&path, &good).await.status, 403);
    let mut hr = Browser::of(&rehearsal, HR).await;
    let refused = hr.post(&path, &good).await;
    assert!(refused.status == 403 && refused.text.contains("You may not leave a task out"));
    for (form, words) in [
        (vec![("task", "desk"), ("reason", " ")], "Write why"),
        (vec![("reason", "so")], "Choose the task"),
        (
            vec![("task", "nothing"), ("reason", "so")],
            "Choose the task",
        ),
    ] {
        let wrong = operator.post(&path, &form).await;
        assert_eq!(wrong.status, 422);
        assert!(
            wrong.text.contains(words) && wrong.text.contains("Nothing was done yet"),
            "{}",
            wrong.text
        );
    }
    assert_eq!(rehearsal.everything(&case).await, before);

    let done = operator.post(&path, &good).await;
    assert_eq!(
        (done.status, done.to),
        (303, Some(format!("/cases/{case}")))
    );
    assert_eq!(rehearsal.task(&case, "desk").await.state, TaskState::Waived);
    let page = operator.get(&format!("/cases/{case}")).await;
    let desk = row(&page, "Prepare the desk");
    assert!(
        desk.contains("left out by Ada King") && desk.contains("works from the island office"),
        "{desk}"
    );
    let again = operator.post(&path, &good).await;
    assert!(
        again.status == 409 && again.text.contains("“Prepare the desk” is waived already"),
        "{}",
        again.text
    );
    // Its new revision runs already: nobody else has to begin it.
    rehearsal.play(&mut Answers::willing(), None).await;
    assert_eq!(rehearsal.case(&case).await.state, CaseState::Closed);
    let mut operator = Browser::of(&rehearsal, OPERATOR).await;
    let ended = operator.post(&path, &good).await;
    assert_eq!(ended.status, 409);
}

#[tokio::test]
async fn what_goes_along_is_said_before_the_button() {
    let mut rehearsal = company().await;
    let case = rehearsal.take_in("transfer.json").await;
    let later = rehearsal.later(24);
    rehearsal.play(&mut Answers::none(), Some(later)).await;
    let tasks = rehearsal.tasks(&case).await;
    let gate = tasks
        .iter()
        .find(|task| task.approval && !task.state.is_ended())
        .unwrap();
    let along = left_out_with(&tasks, &gate.id);
    assert!(!along.is_empty());
    let mut operator = Browser::of(&rehearsal, OPERATOR).await;
    let page = operator.get(&format!("/cases/{case}")).await;
    let acts = part(&page, r#"id="acts""#, "</section>");
    let tick = acts
        .split("<label")
        .find(|tick| tick.contains(&format!(r#"value="{}""#, gate.id)))
        .unwrap();
    assert!(
        tick.contains("leaves out with it: ") && tick.contains(along[0].title.as_str()),
        "{tick}"
    );
}

#[tokio::test]
async fn an_operator_has_a_case_tried_again() {
    let (mut rehearsal, case) = hire_under_way().await;
    let path = format!("/cases/{case}/try-again");
    let revision = rehearsal.case(&case).await.revision;
    let mut operator = Browser::of(&rehearsal, OPERATOR).await;
    assert_eq!(operator.post_from_elsewhere(&path, &[]).await.status, 403);
    assert_eq!(rehearsal.case(&case).await.revision, revision);
    let asked = rehearsal.letters_about("Prepare the desk").len();
    assert_eq!(operator.post(&path, &[]).await.status, 303);
    assert_eq!(rehearsal.case(&case).await.revision, revision.next());
    // Pressed once more on the page from before, it is done once.
    let seen = revision.to_string();
    let twice = operator.post(&path, &[("revision", &seen)]).await;
    assert_eq!(twice.status, 409);
    assert!(
        twice.text.contains("It was tried again already"),
        "{}",
        twice.text
    );
    assert_eq!(rehearsal.case(&case).await.revision, revision.next());
    let soon = rehearsal.later(1);
    rehearsal.play(&mut Answers::none(), Some(soon)).await;
    assert_eq!(rehearsal.letters_about("Prepare the desk").len(), asked);
    assert_eq!(operator.post(&path, &[("again", "yes")]).await.status, 303);
    let soon = rehearsal.later(1);
    rehearsal.play(&mut Answers::none(), Some(soon)).await;
    assert!(rehearsal.letters_about("Prepare the desk").len() > asked);
    let page = operator.get(&format!("/cases/{case}?show=people")).await;
    assert!(
        page.text
            .contains("Ada King (ada.king@acme.example) had it planned anew"),
        "{}",
        page.text
    );
}

#[tokio::test]
async fn the_board_of_an_urgent_exit_shows_each_system_read_back() {
    let mut rehearsal = company().await;
    let case = rehearsal.take_in("urgent-exit.json").await;
    let path = format!("/cases/{case}/board");
    let mut security = Browser::of(&rehearsal, "chidi.eze@acme.example").await;
    let watch = security.get(&format!("/cases/{case}")).await;
    assert!(watch.text.contains(&format!(r#"href="{path}""#)));
    let begun = security.get(&path).await;
    assert_eq!(begun.status, 200);
    assert_eq!(begun.again.as_deref(), Some("5"), "{}", begun.text);
    let still = security.get(&format!("{path}?still=true")).await;
    assert_eq!(still.again, None);
    assert!(still.text.contains("Go on looking"));
    assert!(begun.text.contains("The checklist is being made"));
    let now = rehearsal.now();
    rehearsal.play(&mut Answers::none(), Some(now)).await;
    let asked = security.get(&path).await;
    let mail = asked
        .text
        .split("<li")
        .find(|line| line.contains("<h2>Mail</h2>"))
        .unwrap();
    assert!(mail.contains("waits for IT Support, asked "), "{mail}");
    assert!(asked.again.is_some());
    rehearsal.play(&mut Answers::willing(), None).await;
    assert_eq!(rehearsal.case(&case).await.state, CaseState::Closed);
    let mut security = Browser::of(&rehearsal, "chidi.eze@acme.example").await;
    let page = security.get(&path).await;
    for system in ["Company directory", "Chat"] {
        let heading = format!("<h2>{system}</h2>");
        let line = page
            .text
            .split("<li")
            .find(|line| line.contains(&heading))
            .unwrap();
        assert!(
            line.contains("cut and read back <time") && line.contains("verified"),
            "{line}"
        );
    }
    for system in ["Mail", "CRM", "Badge and building", "Laptops and phones"] {
        let heading = format!("<h2>{system}</h2>");
        let line = page
            .text
            .split("<li")
            .find(|line| line.contains(&heading))
            .unwrap();
        assert!(line.contains("’s word <time"), "{line}");
    }
    assert_eq!(page.again, None);
    assert!(page.text.contains(" systems are settled."));
    // Anything else is not watched.
    let hire = rehearsal.take_in("hire.json").await;
    let board = security.get(&format!("/cases/{hire}/board")).await;
    assert_eq!(
        (board.status, board.to),
        (303, Some(format!("/cases/{hire}")))
    );
}

#[tokio::test]
async fn a_case_that_is_not_there_is_not_found() {
    let rehearsal = company().await;
    let mut hr = Browser::of(&rehearsal, HR).await;
    for path in [
        "/cases/hire-1042-00000000",
        "/cases/a%20b",
        "/cases/hire-1042-00000000/board",
    ] {
        let answer = hr.get(path).await;
        assert_eq!(answer.status, 404);
        assert!(
            answer.text.contains("There is no such case"),
            "{}",
            answer.text
        );
    }
    let mut operator = Browser::of(&rehearsal, OPERATOR).await;
    for act in ["leave-out", "try-again"] {
        let path = format!("/cases/hire-1042-00000000/{act}");
        assert_eq!(operator.post(&path, &[]).await.status, 404);
    }
}

#[tokio::test]
async fn a_late_case_stays_late_when_it_is_tried_again() {
    let (mut rehearsal, case) = hire_under_way().await;
    let mut answers = Answers::by(|_, _, task| {
        (task.id.as_str() != "desk").then(|| latchkey_tests::form_of(task, "done"))
    });
    let due = rehearsal.task(&case, "desk").await.window.due;
    let until = due
        .saturating_add(jiff::SignedDuration::from_mins(10))
        .unwrap();
    rehearsal.play(&mut answers, Some(until)).await;
    let mut operator = Browser::of(&rehearsal, OPERATOR).await;
    operator.get("/cases").await.says("1 late");
    let path = format!("/cases/{case}");
    let again = operator.post(&format!("{path}/try-again"), &[]).await;
    assert_eq!(again.status, 303, "{}", again.text);
    let soon = rehearsal
        .now()
        .saturating_add(jiff::SignedDuration::from_mins(5))
        .unwrap();
    rehearsal.play(&mut answers, Some(soon)).await;
    let mut operator = Browser::of(&rehearsal, OPERATOR).await;
    let list = operator.get("/cases").await;
    list.says("1 late");
    list.does_not_say("on track");
    let page = operator.get(&path).await;
    page.says("Late: Prepare the desk");
    let mut maria = Browser::of(&rehearsal, FACILITIES).await;
    maria.get("/").await.says("Overdue 1");
}
