//! `latchkey waive`: what leaving something out does is said before it is done.

use serde_json::Value;

use crate::{kept, said};

const BEHIND: &str = "  cupboard: Open the cupboard\n";

#[tokio::test]
async fn what_goes_along_is_said_and_nothing_is_left_out_before_somebody_agrees() {
    let (directory, case) = kept::with_a_hire().await;
    let dir = directory.path().to_str().unwrap();
    let waive = |task: &str, more: &[&str]| {
        let signed = [
            "--by",
            "Olga",
            "--reason",
            "the trainer is ill",
            "--dir",
            dir,
        ];
        let arguments = [&["waive", case.as_str(), task], &signed[..], more].concat();
        said(&arguments)
    };
    // Nobody is asked where there is no terminal.
    let first = waive("training", &[]);
    assert_eq!(first.status, Some(1), "{}", first.output);
    let said_before = format!("Leaving training out also leaves out what needs it:\n{BEHIND}");
    assert_eq!(first.output, said_before);
    assert!(
        first.errors.contains("nothing was left out"),
        "{}",
        first.errors
    );
    assert!(first.errors.contains("--yes"), "{}", first.errors);
    let states = |wanted: &str| {
        let shown = said(&["case", case.as_str(), "--dir", dir, "--json"]);
        let shown: Value = serde_json::from_str(&shown.output).unwrap();
        let tasks = shown["tasks"].as_array().unwrap().clone();
        let waived = tasks.into_iter().filter(|task| task["state"] == wanted);
        waived
            .map(|task| task["id"].as_str().unwrap().to_owned())
            .collect::<Vec<_>>()
    };
    assert_eq!(states("waived"), [""; 0]);
    // For a machine, too: as data.
    let data = waive("training", &["--json"]);
    let told: Value = serde_json::from_str(&data.output).unwrap();
    assert_eq!(
        (data.status, &told["along"][0]["task"]),
        (Some(1), &"cupboard".into())
    );
    assert_eq!(states("waived"), [""; 0]);

    let done = waive("training", &["--yes"]);
    assert_eq!(done.status, Some(0), "{}", done.errors);
    let said_after = format!("is left out.\nLeft out with it, in the same name:\n{BEHIND}");
    assert!(done.output.contains(&said_after), "{}", done.output);
    assert_eq!(states("waived"), ["training", "cupboard"]);

    // What an approval stands behind is told in the same way, and a task that stands alone needs no word.
    let approval = waive("approve.records.licensing", &[]);
    assert!(
        approval.output.contains("Health record"),
        "{}",
        approval.output
    );
    let again = waive("training", &["--yes"]);
    assert!(
        again.errors.contains("is waived already"),
        "{}",
        again.errors
    );
    let nowhere = waive("nothing", &[]);
    assert_eq!(nowhere.status, Some(3), "{}", nowhere.errors);
}

#[tokio::test]
async fn a_task_that_nothing_needs_is_left_out_without_a_question() {
    let (directory, case) = kept::with_a_hire().await;
    let dir = directory.path().to_str().unwrap();
    let signed = ["--by", "Olga", "--reason", "there is none", "--dir", dir];
    let done = said(&[&["waive", case.as_str(), "cupboard"], &signed[..]].concat());
    assert_eq!(done.status, Some(0), "{}", done.errors);
    assert!(!done.output.contains("with it"), "{}", done.output);
}
