//! Somebody is the same person under every address and employee id that HR gave them: nothing about themselves is
//! theirs to decide, and whoever has left is out under each.

use latchkey_lifecycle::{CaseId, TaskState};
use latchkey_runtime::Question;
use latchkey_tests::{Answers, Form, Rehearsal, form_of};
use serde_json::{Value, json};

use crate::{
    browser::{Browser, company, company_with, link},
    tasks::question,
};

const INES: &str = "ines.albrecht@acme.example";
const NOOR: &str = "noor.haddad@acme.example";
const ADA: &str = "ada.king@acme.example";
const BEN: &str = "ben.hartmann@acme.example";
const CHIDI: &str = "chidi.eze@acme.example";
const SARA: &str = "sara.lehto@acme.example";
const EVA: &str = "eva.lind@acme.example";
const LENA: &str = "lena.fischer@acme.example";
const YUKI: &str = "yuki.mori@acme.example";
const GRETA: &str = "greta.olsen@acme.example";

/// HR says something of somebody; gives the answer.
pub(crate) async fn says(
    rehearsal: &Rehearsal,
    (kind, id): (&str, &str),
    day: Option<&str>,
    person: Value,
) -> Value {
    let mut data = json!({ "employee_id": id, "person": person });
    if let Some(day) = day {
        data["effective_date"] = day.into();
    }
    // Each is decided later than the one before.
    rehearsal.pass_seconds(1);
    let payload = json!({ "type": kind, "timestamp": rehearsal.now(), "data": data });
    let (status, answer) = rehearsal
        .send(&format!("{kind}-{id}-{}", rehearsal.now()), &payload)
        .await;
    assert_eq!(status, 202, "{answer}");
    answer
}

pub(crate) fn somebody(given: &str, family: &str, address: &str) -> Value {
    json!({
        "given_name": given, "family_name": family, "work_email": address, "department": "Sales",
        "title": "Sales Analyst", "level": "L3", "employment_type": "employee", "country": "DE", "location": "Berlin",
        "time_zone": "Europe/Berlin", "manager_email": "tom.keller@acme.example",
    })
}

/// Somebody who has worked here for three weeks.
pub(crate) async fn here(
    rehearsal: &Rehearsal,
    id: &str,
    (given, family): (&str, &str),
    address: &str,
) {
    let person = somebody(given, family, address);
    says(rehearsal, ("person.hired", id), Some("2026-11-02"), person).await;
}

fn case_of(answer: &Value) -> CaseId {
    answer["case"].as_str().unwrap().parse().unwrap()
}

/// Lets time pass until a task's letter went out, and gives its question.
async fn asked(rehearsal: &mut Rehearsal, case: &CaseId, task: &str) -> Question {
    for _ in 0..60 {
        let letters = rehearsal.letters_about("");
        let mut questions = letters
            .iter()
            .filter_map(|sent| rehearsal.question_of(sent));
        let of = |question: &Question| question.case == *case && question.task.as_str() == task;
        if let Some(question) = questions.find(of) {
            return question;
        }
        let later = rehearsal.later(1);
        rehearsal.play(&mut Answers::none(), Some(later)).await;
    }
    panic!("{task} of {case} is not asked for");
}

async fn is_out(rehearsal: &Rehearsal, browser: &mut Browser, address: &str) {
    assert_eq!(browser.get("/me").await.status, 303, "{address}");
    let refused = link(rehearsal, address).await.unwrap_err().to_string();
    assert!(refused.contains("has left"), "{refused}");
}

fn signed(mut form: Form, name: &str) -> Form {
    for (field, value) in &mut form {
        if field == "by" {
            name.clone_into(value);
        }
    }
    form
}

#[tokio::test]
async fn whoever_has_left_is_out_under_the_address_before_too() {
    let rehearsal = company().await;
    here(&rehearsal, "9600", ("Eva", "Lind"), EVA).await;
    let mut eva = Browser::of(&rehearsal, EVA).await;
    let mut berg = somebody("Eva", "Lind", "eva.berg@acme.example");
    berg["previous_employee_id"] = "9600".into();
    says(
        &rehearsal,
        ("person.hired", "9601"),
        Some("2026-11-20"),
        berg,
    )
    .await;
    assert_eq!(eva.get("/me").await.status, 200);
    says(&rehearsal, ("person.exit.urgent", "9601"), None, json!({})).await;
    is_out(&rehearsal, &mut eva, EVA).await;

    // As long as HR has not said whether two ids are one.
    here(&rehearsal, "9610", ("Greta", "Olsen"), GRETA).await;
    let mut greta = Browser::of(&rehearsal, GRETA).await;
    let mut other = somebody("Margarete", "Nord", "m.nord@acme.example");
    other["previous_employee_id"] = "9610".into();
    says(
        &rehearsal,
        ("person.hired", "9611"),
        Some("2026-11-20"),
        other,
    )
    .await;
    assert_eq!(greta.get("/me").await.status, 200);
    says(&rehearsal, ("person.exit.urgent", "9611"), None, json!({})).await;
    is_out(&rehearsal, &mut greta, GRETA).await;
}

#[tokio::test]
async fn a_later_beginning_lets_nobody_in_who_has_left() {
    let rehearsal = company().await;
    here(&rehearsal, "9303", ("Lena", "Fischer"), LENA).await;
    let mut lena = Browser::of(&rehearsal, LENA).await;
    says(&rehearsal, ("person.exit.urgent", "9303"), None, json!({})).await;
    is_out(&rehearsal, &mut lena, LENA).await;
    let again = somebody("Lena", "Fischer", LENA);
    says(
        &rehearsal,
        ("person.rehired", "9303"),
        Some("2027-10-01"),
        again,
    )
    .await;
    is_out(&rehearsal, &mut lena, LENA).await;

    here(&rehearsal, "9301", ("Yuki", "Mori"), YUKI).await;
    let mut yuki = Browser::of(&rehearsal, YUKI).await;
    says(&rehearsal, ("person.exit.urgent", "9301"), None, json!({})).await;
    let later = somebody("Yuko", "Moriyama", YUKI);
    says(
        &rehearsal,
        ("person.hired", "9302"),
        Some("2027-06-01"),
        later,
    )
    .await;
    is_out(&rehearsal, &mut yuki, YUKI).await;
    // Whoever works here under that address is let in.
    here(&rehearsal, "9304", ("Yukiko", "Morita"), YUKI).await;
    assert_eq!(yuki.get("/me").await.status, 200);

    // Who never left comes before the first day, unless the hire is called off.
    let soon = somebody("Greta", "Olsen", GRETA);
    says(
        &rehearsal,
        ("person.hired", "9305"),
        Some("2026-12-07"),
        soon,
    )
    .await;
    let mut greta = Browser::of(&rehearsal, GRETA).await;
    assert_eq!(greta.get("/me").await.status, 200);
    let off = ("person.hire_rescinded", "9305");
    says(&rehearsal, off, None, json!({})).await;
    is_out(&rehearsal, &mut greta, GRETA).await;
}

#[tokio::test]
async fn nobody_completes_their_own_record() {
    let mut rehearsal = company().await;
    here(&rehearsal, "9500", ("Noor", "Haddad"), NOOR).await;
    let answer = says(&rehearsal, ("person.exiting", "9500"), None, json!({})).await;
    let exit = case_of(&answer);
    let asked = asked(&mut rehearsal, &exit, "complete-the-record").await;
    let path = format!("/cases/{exit}/tasks/complete-the-record");
    let mut noor = Browser::of(&rehearsal, NOOR).await;
    let mut ines = Browser::of(&rehearsal, INES).await;
    let stands = question(&ines.get(&path).await);
    let said = [
        ("question", stands.as_str()),
        ("answer", "done"),
        ("field.lastDay", "2026-12-31"),
    ];
    let before = rehearsal.everything(&exit).await;
    let refused = noor.post(&path, &said).await;
    assert_eq!(refused.status, 403, "{}", refused.text);
    assert!(
        refused.text.contains("It is about yourself"),
        "{}",
        refused.text
    );
    for name in ["Noor Haddad", "N. Haddad", NOOR] {
        let form = [
            ("by", name),
            ("answer", "done"),
            ("field.lastDay", "2026-12-31"),
        ];
        let form = form.map(|(field, value)| (field.to_owned(), value.to_owned()));
        let (status, page) = rehearsal.page(&asked, Some(&form)).await;
        assert_eq!(status, 422, "{name}: {page}");
        assert!(page.contains("nobody decides about their own"), "{page}");
    }
    assert_eq!(rehearsal.everything(&exit).await, before);
    let done = ines.post(&path, &said).await;
    assert_eq!(done.status, 303, "{}", done.text);
}

#[tokio::test]
async fn nobody_says_that_their_own_access_is_taken_back() {
    let mut rehearsal = company().await;
    here(&rehearsal, "9001", ("Ada", "King"), ADA).await;
    let answer = says(
        &rehearsal,
        ("person.exiting", "9001"),
        Some("2026-11-24"),
        json!({}),
    )
    .await;
    let exit = case_of(&answer);
    let asked = asked(&mut rehearsal, &exit, "things.devices").await;
    let task = rehearsal.task(&exit, "things.devices").await;
    for name in ["Ada King", "King, A."] {
        let form = signed(form_of(&task, "done"), name);
        let (status, page) = rehearsal.page(&asked, Some(&form)).await;
        assert_eq!(status, 422, "{name}: {page}");
        assert!(page.contains("nobody decides about their own"), "{page}");
    }
    let path = format!("/cases/{exit}/tasks/things.devices");
    let mut ben = Browser::of(&rehearsal, BEN).await;
    let stands = question(&ben.get(&path).await);
    let form: Vec<(String, String)> = form_of(&task, "done");
    let mut said: Vec<(&str, &str)> = form.iter().map(|(f, v)| (f.as_str(), v.as_str())).collect();
    said.push(("question", &stands));
    let mut ada = Browser::of(&rehearsal, ADA).await;
    let refused = ada.post(&path, &said).await;
    assert_eq!(refused.status, 403, "{}", refused.text);
    assert_eq!(
        rehearsal.task(&exit, "things.devices").await.state,
        TaskState::Asked
    );
    let done = ben.post(&path, &said).await;
    assert_eq!(done.status, 303, "{}", done.text);
}

#[tokio::test]
async fn another_work_address_makes_nobody_somebody_else() {
    let rehearsal = company().await;
    here(&rehearsal, "9500", ("Noor", "Haddad"), NOOR).await;
    let mut noor = Browser::of(&rehearsal, NOOR).await;
    let report = [
        ("kind", "transfer"),
        ("who", "9500"),
        ("transfer.day", "2026-12-01"),
        ("transfer.title", "Head of Finance"),
        ("token", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"),
    ];
    assert_eq!(noor.post("/report/confirm", &report).await.status, 403);
    let renamed = json!({ "work_email": "noor.new@acme.example" });
    says(
        &rehearsal,
        ("person.transferred", "9500"),
        Some("2026-11-23"),
        renamed,
    )
    .await;
    let refused = noor.post("/report/confirm", &report).await;
    assert_eq!(refused.status, 403, "{}", refused.text);
    assert!(
        refused.text.contains("It is about yourself"),
        "{}",
        refused.text
    );
}

/// Whether there is a case, and whose the tasks in it are, is for who may see it: an id can be worked out.
#[tokio::test]
async fn a_task_that_is_not_there_is_refused_as_one_that_is_not_theirs() {
    let mut rehearsal = company().await;
    let case = rehearsal.take_in("hire.json").await;
    let later = rehearsal.later(1);
    rehearsal.play(&mut Answers::none(), Some(later)).await;
    let task = rehearsal.tasks(&case).await.remove(0).id;
    let mut yuki = Browser::of(&rehearsal, YUKI).await;
    for rest in [
        task.to_string(),
        format!("{task}/files/0"),
        "nothing".to_owned(),
    ] {
        let theirs = yuki.get(&format!("/cases/{case}/tasks/{rest}")).await;
        let nobodys = yuki
            .get(&format!("/cases/hire-1017-00000000/tasks/{rest}"))
            .await;
        assert_eq!((theirs.status, nobodys.status), (403, 403), "{rest}");
        assert_eq!(theirs.text, nobodys.text, "{rest}");
    }
    for rest in [task.to_string(), format!("{task}/take")] {
        let theirs = yuki.post(&format!("/cases/{case}/tasks/{rest}"), &[]).await;
        let nobodys = yuki
            .post(&format!("/cases/hire-1017-00000000/tasks/{rest}"), &[])
            .await;
        assert_eq!((theirs.status, nobodys.status), (403, 403), "{rest}");
        assert_eq!(theirs.text, nobodys.text, "{rest}");
    }
    let mut ines = Browser::of(&rehearsal, INES).await;
    let nothing = ines.get("/cases/hire-1017-00000000/tasks/desk").await;
    assert_eq!(nothing.status, 404);
}

#[tokio::test]
async fn a_record_with_the_address_of_somebody_else_shuts_nobody_out_unseen() {
    let mut rehearsal = company().await;
    here(&rehearsal, "9500", ("Noor", "Haddad"), NOOR).await;
    here(&rehearsal, "9701", ("Sara", "Lehto"), SARA).await;
    let hire = |address| {
        [
            ("kind", "hire"),
            ("hire.givenName", "Xaver"),
            ("hire.familyName", "Yps"),
            ("hire.employeeId", "9700"),
            ("hire.startDate", "2026-11-02"),
            ("hire.department", "Sales"),
            ("hire.title", "Sales Analyst"),
            ("hire.country", "DE"),
            ("hire.employmentType", "employee"),
            ("hire.workEmail", address),
        ]
    };
    let mut ines = Browser::of(&rehearsal, INES).await;
    let refused = ines
        .post("/report", &hire(" Noor.Haddad@acme.example"))
        .await;
    assert_eq!(refused.status, 422, "{}", refused.text);
    let whose = "It is the address of Noor Haddad (employee 9500)";
    assert!(refused.text.contains(whose), "{}", refused.text);
    let look = ines.post("/report", &hire(CHIDI)).await;
    assert_eq!(look.status, 200, "{}", look.text);
    let named = format!("The runbook names {CHIDI}, in Security");
    assert!(look.text.contains(&named), "{}", look.text);

    here(&rehearsal, "9700", ("Xaver", "Yps"), CHIDI).await;
    let left = ("person.exiting", "9700");
    says(&rehearsal, left, Some("2026-11-20"), json!({})).await;
    // One that came later takes nothing from somebody who works here.
    let mut sara = Browser::of(&rehearsal, SARA).await;
    here(&rehearsal, "9702", ("Xenia", "Zet"), SARA).await;
    let left = ("person.exiting", "9702");
    says(&rehearsal, left, Some("2026-11-20"), json!({})).await;
    assert_eq!(sara.get("/me").await.status, 200);
    let later = rehearsal.later(1);
    rehearsal.play(&mut Answers::none(), Some(later)).await;
    for subject in [
        "Employee 9700 leaves, and the runbook names their address",
        "Employee 9702 has the work address of employee 9701",
    ] {
        assert!(!rehearsal.letters_about(subject).is_empty(), "{subject}");
    }
}

/// Whoever is refused about themselves is sent to somebody who can.
#[tokio::test]
async fn whoever_is_refused_about_themselves_is_sent_to_somebody_else_who_can() {
    let one_of_it = "members: [ada.king@acme.example, ben.hartmann@acme.example]";
    let alone = "members: [ada.king@acme.example]";
    let rehearsal = company_with(&[(one_of_it, alone)]).await;
    here(&rehearsal, "9700", ("Ines", "Albrecht"), INES).await;
    here(&rehearsal, "9701", ("Ada", "King"), ADA).await;
    let mut ines = Browser::of(&rehearsal, INES).await;
    let exit = [
        ("kind", "exit"),
        ("who", "9700"),
        ("exit.day", "2026-12-31"),
    ];
    let refused = ines.post("/report", &exit).await;
    assert_eq!(refused.status, 403, "{}", refused.text);
    let (_, who) = refused.text.split_once("Who can help").unwrap();
    assert!(who.contains("People Team"), "{who}");
    assert!(!who.contains("IT Support"), "{who}");

    // The only one of their team: the others that can.
    let mut ada = Browser::of(&rehearsal, ADA).await;
    let urgent = [("kind", "urgent"), ("who", "9701")];
    let refused = ada.post("/report", &urgent).await;
    assert_eq!(refused.status, 403, "{}", refused.text);
    let (_, who) = refused.text.split_once("Who can help").unwrap();
    assert!(
        who.contains("People Team") && who.contains("Security"),
        "{who}"
    );
    assert!(!who.contains("IT Support"), "{who}");
}

#[tokio::test]
async fn a_team_that_is_called_what_its_people_are_is_said_once() {
    let rehearsal = company_with(&[("name: People Team", "name: HR")]).await;
    let mut ines = Browser::of(&rehearsal, INES).await;
    let refused = ines.get("/audit").await;
    assert_eq!(refused.status, 403);
    let once = "You are signed in as Ines Albrecht, HR, publisher.";
    assert!(refused.text.contains(once), "{}", refused.text);
}
