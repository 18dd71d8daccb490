//! What a source sends and nobody can read: refused with the place and the form, or noted for HR to be asked. Never
//! none, and never today.

use latchkey_hris::{Refusal, Translation, source};
use latchkey_lifecycle::{Event, EventKind};
use serde_json::{Value, json};

use crate::vendor::{authenticate, signed};

fn told(name: &str, body: &Value) -> Result<Vec<Event>, Refusal> {
    told_bytes(name, body.to_string().as_bytes())
}

fn told_bytes(name: &str, body: &[u8]) -> Result<Vec<Event>, Refusal> {
    let authentic = authenticate(name, &signed(name, body), body).unwrap();
    match source(name).unwrap().translate(&authentic, body)? {
        Translation::Events(events) => Ok(events),
        other => panic!("{other:?}"),
    }
}

/// The events of a record that a webhook leads to.
fn of_record(name: &str, webhook: &Value, record: &Value) -> Vec<Event> {
    let body = webhook.to_string().into_bytes();
    let authentic = authenticate(name, &signed(name, &body), &body).unwrap();
    let source = source(name).unwrap();
    let Translation::NeedsRecord(notice) = source.translate(&authentic, &body).unwrap() else {
        panic!("no record is needed");
    };
    match source.translate_record(&notice, record).unwrap() {
        Translation::Events(events) => events,
        other => panic!("{other:?}"),
    }
}

fn unread(event: &Event) -> Vec<(&str, &str)> {
    let all = event.person.unread.iter();
    all.map(|one| (one.field.as_str(), one.place.as_str()))
        .collect()
}

fn workday(event: &str, changes: Value) -> Value {
    let mut entry = json!({
        "Employee_ID": "8002", "First_Name": "Ines", "Last_Name": "Moravec", "Department": "Finance",
        "Job_Title": "Account Executive", "Worker_Type": "Employee", "Country": "Germany", "Event": event,
        "Confirmed_At": "2026-11-20T07:00:00-08:00", "Effective_Date": "2026-12-14",
    });
    for (name, value) in changes.as_object().unwrap() {
        entry[name] = value.clone();
    }
    json!({ "Report_Entry": [entry] })
}

fn generic(kind: &str, changes: Value) -> Value {
    let mut person = json!({
        "given_name": "Ines", "family_name": "Moravec", "department": "Sales", "title": "Account Executive",
        "employment_type": "employee", "country": "DE",
    });
    for (name, value) in changes.as_object().unwrap() {
        person[name] = value.clone();
    }
    json!({
        "type": kind, "timestamp": "2026-11-20T09:00:00Z",
        "data": { "employee_id": "1", "person": person, "effective_date": "2026-12-14" },
    })
}

#[test]
fn workdays_day_that_cannot_be_read_is_refused_with_its_column_and_the_form() {
    for event in [
        "Hire",
        "Change Job",
        "Termination",
        "Return from Leave of Absence",
        "Change Start Date",
    ] {
        let body = workday(event, json!({ "Effective_Date": "12/14/2026" }));
        let refusal = told("workday", &body).unwrap_err();
        let text = refusal.to_string();
        assert_eq!(refusal.status(), 422, "{event}");
        assert!(
            text.contains("`Report_Entry[0].Effective_Date` has to be a day like 2026-12-31"),
            "{text}"
        );
        assert!(!text.contains("12/14"), "{text}");
    }
    let no_offset = workday("Hire", json!({ "Confirmed_At": "2026-11-20T07:00:00" }));
    let text = told("workday", &no_offset).unwrap_err().to_string();
    assert!(
        text.contains("`Report_Entry[0].Confirmed_At` has to be a date and time with an offset"),
        "{text}"
    );
    let start = workday("Change Job", json!({ "Start_Date": "14.12.2026" }));
    let text = told("workday", &start).unwrap_err().to_string();
    assert!(text.contains("`Report_Entry[0].Start_Date`"), "{text}");
}

#[test]
fn who_is_no_employee_is_not_called_one() {
    let body = workday("Hire", json!({ "Worker_Type": "Non-Employee" }));
    let events = told("workday", &body).unwrap();
    assert_eq!(
        events[0].person.employment_type.as_deref(),
        Some("non-employee")
    );
}

#[test]
fn generic_and_workday_read_the_same_values_alike() {
    let values = [
        ("country", "Country", "United Kingdom"),
        ("time_zone", "Time_Zone", "W. Europe Standard Time"),
        ("employment_type", "Worker_Type", "Full-Time"),
        (
            "department",
            "Department",
            "Sales\u{a0}&\u{3000}Marketing\u{200b}",
        ),
        ("given_name", "First_Name", "Zoe\u{308}"),
        ("title", "Job_Title", "\u{3000}"),
        ("last_day", "Last_Day", "9999-12-31"),
    ];
    let mut ours = json!({});
    let mut theirs = json!({});
    for (our, their, value) in values {
        ours[our] = value.into();
        theirs[their] = value.into();
    }
    let mut ours = told("generic", &generic("person.hired", ours))
        .unwrap()
        .remove(0)
        .person;
    let mut theirs = told("workday", &workday("Hire", theirs))
        .unwrap()
        .remove(0)
        .person;
    (ours.employee_id, theirs.employee_id) = (None, None);
    assert_eq!(ours, theirs);
    assert_eq!(
        serde_json::to_value(ours).unwrap(),
        json!({
            "givenName": "Zo\u{eb}", "familyName": "Moravec", "department": "Sales & Marketing", "employmentType": "employee",
            "country": "GB", "timeZone": "Europe/Berlin", "startDate": "2026-12-14",
        })
    );
}

#[test]
fn a_country_or_zone_that_is_not_known_is_left_for_hr_and_an_exit_does_without() {
    let odd = json!({ "country": "Atlantis", "time_zone": "EST" });
    let noted = [
        ("country", "data.person.country"),
        ("time zone", "data.person.time_zone"),
    ];
    for kind in ["person.hired", "person.transferred", "person.rehired"] {
        let events = told("generic", &generic(kind, odd.clone())).unwrap();
        assert_eq!(unread(&events[0]), noted, "{kind}");
    }
    for kind in ["person.exiting", "person.exit.urgent"] {
        let long =
            json!({ "country": "Atlantis", "title": "x".repeat(300), "manager": "Ada King" });
        let mut body = generic(kind, long);
        body["data"]["person"]
            .as_object_mut()
            .unwrap()
            .remove("manager");
        let events = told("generic", &body).unwrap();
        assert!(unread(&events[0]).is_empty(), "{kind}");
        assert_eq!(events[0].effective, "2026-12-14".parse().ok());
    }
}

#[test]
fn lengths_and_days_have_bounds_and_the_field_is_named() {
    for (field, value) in [
        ("title", "x".repeat(201)),
        ("given_name", "x".repeat(101)),
        ("work_email", format!("{}@acme.example", "x".repeat(250))),
        ("start_date", "1899-01-01".to_owned()),
        ("start_date", "9999-12-31".to_owned()),
        ("start_date", "soon".to_owned()),
    ] {
        let body = generic("person.transferred", json!({ field: value }));
        let refusal = told("generic", &body).unwrap_err();
        let text = refusal.to_string();
        assert_eq!(refusal.status(), 422, "{text}");
        assert!(
            text.contains(&format!("`data.person.{field}` has to be")),
            "{text}"
        );
        assert!(!text.contains(&value), "{text}");
    }
    let mut body = generic("person.transferred", json!({}));
    body["data"]["reason"] = "x".repeat(1001).into();
    assert!(
        told("generic", &body)
            .unwrap_err()
            .to_string()
            .contains("`data.reason` has to be")
    );
    body["type"] = "person.exiting".into();
    let reason = told("generic", &body).unwrap().remove(0).reason.unwrap();
    assert_eq!(reason.len(), 1000, "an exit is not refused for its reason");
}

#[test]
fn an_employee_id_that_only_looks_like_another_is_refused() {
    for id in ["10\u{200b}42", "\u{ff11}042", "\u{202e}2401", "1042\u{7}"] {
        let mut body = generic("person.hired", json!({}));
        body["data"]["employee_id"] = id.into();
        let refusal = told("generic", &body).unwrap_err();
        assert_eq!(refusal.status(), 422, "{refusal}");
        assert!(
            refusal.to_string().contains("data.employee_id"),
            "{refusal}"
        );
        let workday = workday("Hire", json!({ "Employee_ID": id }));
        assert_eq!(
            told("workday", &workday).unwrap_err().status(),
            422,
            "{id:?}"
        );
    }
}

#[test]
fn blank_values_say_nothing_and_an_empty_name_says_that_there_is_none() {
    let blank = json!({ "start_date": "", "last_day": "\u{a0}", "time_zone": " ", "manager": "", "level": "\u{3000}" });
    let event = told("generic", &generic("person.transferred", blank))
        .unwrap()
        .remove(0);
    assert_eq!(event.person.start_date, None);
    let mononym = json!({ "given_name": "Suharto", "family_name": "" });
    let event = told("generic", &generic("person.hired", mononym))
        .unwrap()
        .remove(0);
    assert_eq!(
        event.person.clone().complete().unwrap().full_name(),
        "Suharto"
    );
}

#[test]
fn json_with_a_byte_order_mark_is_read() {
    let mut body = "\u{feff}".to_owned().into_bytes();
    body.extend(generic("person.hired", json!({})).to_string().into_bytes());
    assert_eq!(told_bytes("generic", &body).unwrap().len(), 1);
    let gusto =
        "\u{feff}{\"uuid\":\"u-1\",\"event_type\":\"employee.created\",\"entity_uuid\":\"e\"}";
    let headers = signed("gusto", gusto.as_bytes());
    assert_eq!(
        authenticate("gusto", &headers, gusto.as_bytes())
            .unwrap()
            .delivery_id,
        "u-1"
    );
}

fn bamboohr_rehire() -> (Value, Value) {
    let webhook = json!({
        "type": "employee.updated", "timestamp": "2026-11-20T09:00:00+0000",
        "data": { "companyId": "acme", "employeeId": "7001",
                  "changedFields": ["status", "hireDate", "terminationDate", "employmentHistoryStatus"] },
    });
    let record = json!({
        "id": "7001", "firstName": "Ines", "lastName": "Moravec", "department": "Sales", "jobTitle": "Account Executive",
        "employmentHistoryStatus": "Full-Time", "country": "Germany", "location": "Berlin", "supervisorEId": "1003",
        "hireDate": "2026-12-21", "terminationDate": "0000-00-00", "status": "Active",
    });
    (webhook, record)
}

#[test]
fn bamboohrs_rehire_is_one() {
    let (webhook, record) = bamboohr_rehire();
    let events = of_record("bamboohr", &webhook, &record);
    let told: Vec<_> = events
        .iter()
        .map(|event| (event.kind, event.effective))
        .collect();
    assert_eq!(told, [(EventKind::Rehire, "2026-12-21".parse().ok())]);
}

#[test]
fn hibobs_rehire_is_one() {
    let webhook = json!({
        "companyId": 1, "type": "employee.updated", "triggeredAt": "2026-11-20T09:00:00",
        "data": { "employeeId": "7001", "fieldUpdates": [{ "id": "work.startDate" }, { "id": "employee.lastDayOfWork" }] },
    });
    let record = json!({
        "/root/id": { "value": "7001" }, "/root/firstName": { "value": "Ines" }, "/root/surname": { "value": "Moravec" },
        "/work/startDate": { "value": "2026-12-21" },
    });
    let events = of_record("hibob", &webhook, &record);
    let told: Vec<_> = events
        .iter()
        .map(|event| (event.kind, event.effective))
        .collect();
    assert_eq!(told, [(EventKind::Rehire, "2026-12-21".parse().ok())]);
}

#[test]
fn what_a_record_says_and_nobody_can_read_is_noted_with_its_place() {
    let (mut webhook, mut record) = bamboohr_rehire();
    webhook["data"]["changedFields"] = json!(["department", "terminationDate"]);
    record["country"] = "Atlantis".into();
    record["hireDate"] = "2020-01-01".into();
    record["terminationDate"] = "12/14/2026".into();
    let events = of_record("bamboohr", &webhook, &record);
    let kinds: Vec<_> = events
        .iter()
        .map(|event| (event.kind, event.effective))
        .collect();
    assert_eq!(
        kinds,
        [
            (EventKind::Transfer, "2026-11-20".parse().ok()),
            (EventKind::Exit, None)
        ]
    );
    assert_eq!(
        unread(&events[0]),
        [("country", "country"), ("last day", "terminationDate")]
    );
}
