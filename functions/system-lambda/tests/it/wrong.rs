//! Functions that go wrong.

use latchkey_lifecycle::EmployeeId;
use latchkey_systems::{Fault, Sought};

use crate::company::{Aws, FUNCTION};

/// Answers by the name that is asked for.
const WRONG: &str = r#"
def handler(event, context):
    name = event.get("who", {}).get("name")
    if name == "raises":
        raise ValueError("zoe@acme.example has no shelf")
    if name == "busy":
        return {"fault": {"name": "Busy", "retryAfter": 90}}
    if name == "text":
        return "done"
    if name == "strange":
        return {"account": {"name": "strange"}}
    if name == "other":
        return {"account": {"handle": "1", "employeeId": "77", "name": "somebody", "active": True, "entitlements": []}}
    if name == "silent":
        # What it has is not said.
        return {"account": {"handle": "1", "employeeId": "1042", "name": "silent", "active": True}}
    return {}
"#;

fn who(name: &str) -> Sought {
    Sought {
        employee_id: EmployeeId::new("1042").unwrap(),
        name: Some(name.to_owned()),
        email: None,
        previous_id: None,
        known: None,
    }
}

#[tokio::test]
async fn each_has_its_name_and_nothing_personal_in_it() {
    let aws = Aws::with(WRONG, 1).await.unwrap();
    let system = aws.open(aws.port(), FUNCTION).unwrap();
    for (name, fault) in [
        ("raises", "Unreachable"),
        ("busy", "Busy"),
        ("text", "Rejected"),
        ("strange", "Rejected"),
        ("silent", "Rejected"),
        ("nothing", "Rejected"),
    ] {
        let seen = system.read(&who(name)).await.unwrap_err();
        assert_eq!(seen.name(), fault, "{name}: {seen}");
        assert!(!seen.to_string().contains("zoe@"), "{seen}");
        if let Fault::Busy { retry_after, .. } = seen {
            assert_eq!(retry_after.map(|wait| wait.as_secs()), Some(90));
        }
    }
    // Somebody whom nobody asked for is nobody.
    assert_eq!(system.read(&who("other")).await, Ok(None));
}
