//! Values that no role matches, and what the company calls employment types.

use latchkey_lifecycle::PersonDraft;
use latchkey_runbook::{Runbook, Source};

use crate::acme::runbook;

const YAML: &str = r#"company: Small
time_zone: Europe/Berlin
hr: it
operations: it
teams:
  it: {email: it@small.example}
systems:
  door: {kind: person, owner: it}
employment_types:
  intern: [Werkstudent, "Studentische Hilfskraft"]
  contractor: [External Workforce]
roles:
  everyone: {gets: {door: [main]}}
  staff: {match: {employment_type: "not:contractor"}, gets: {door: [garage]}}
exit:
  all: {revoke: all, opens: last day at 17:00, due: last day at 18:00}
urgent_exit:
  all: {revoke: all, opens: now, due: within 1 hour}
"#;

fn small(from: &str, to: &str) -> Result<Runbook, Vec<String>> {
    let text = YAML.replacen(from, to, 1);
    let checked = Runbook::check(&Source::from_files(
        [("runbook.yaml".to_owned(), text)].into(),
    ));
    let errors = checked.problems.iter().filter(|problem| problem.is_error());
    let errors = errors.map(ToString::to_string).collect();
    checked.runbook.ok_or(errors)
}

fn said(department: &str, title: &str, employment_type: &str) -> Vec<String> {
    let person = PersonDraft {
        department: Some(department.into()),
        title: Some(title.into()),
        employment_type: Some(employment_type.into()),
        country: Some("FR".into()),
        location: Some("Paris".into()),
        level: Some(String::new()),
        ..PersonDraft::default()
    };
    let unmatched = runbook().unmatched_values(&person);
    unmatched.iter().map(ToString::to_string).collect()
}

#[test]
fn a_department_that_no_role_names_is_told_with_the_nearest_one() {
    assert_eq!(
        said("Finnance", "Controller", "Employee"),
        ["no role matches the department `Finnance`; did you mean `Finance`?"]
    );
    assert_eq!(
        said("Quantum", "Controller", "employee"),
        [
            "no role matches the department `Quantum`; correct it in the HR system, or add it to a role of the runbook"
        ]
    );
    assert!(said("SALES", "Account Executive", "contractor").is_empty());
}

#[test]
fn an_employment_type_is_told_and_a_title_only_when_it_is_nearly_one_that_a_role_names() {
    let text = said("Sales", "Account Executive", "non-employee").join(" ");
    assert!(
        text.starts_with("no role matches the employment type `non-employee`"),
        "{text}"
    );
    assert_eq!(
        said("Sales", "Head of Salse", "employee"),
        ["no role matches the title `Head of Salse`; did you mean `Head of Sales`?"]
    );
}

#[test]
fn where_no_role_looks_nothing_is_told_and_an_exception_matches_whatever_it_lets_in() {
    let person = PersonDraft {
        department: Some("Nowhere".into()),
        employment_type: Some("anything".into()),
        ..PersonDraft::default()
    };
    assert!(small("", "").unwrap().unmatched_values(&person).is_empty());
    assert!(
        runbook()
            .unmatched_values(&PersonDraft::default())
            .is_empty()
    );
}

#[test]
fn the_runbooks_list_says_what_an_employment_type_is() {
    let small = small("", "").unwrap();
    for (words, ours) in [
        ("Werkstudent", "intern"),
        ("studentische hilfskraft", "intern"),
        (" EXTERNAL workforce ", "contractor"),
        ("Employee", "employee"),
        ("Gig worker", "gig worker"),
    ] {
        assert_eq!(small.employment_type(words), ours);
    }
}

#[test]
fn a_word_that_is_two_employment_types_is_an_error() {
    let errors = small("[External Workforce]", "[werkstudent]").unwrap_err();
    assert_eq!(errors.len(), 1, "{errors:?}");
    assert!(
        errors[0].contains("`Werkstudent` is `intern`"),
        "{errors:?}"
    );
    assert!(
        !small("[External Workforce]", "[\"\"]")
            .unwrap_err()
            .is_empty()
    );
}
