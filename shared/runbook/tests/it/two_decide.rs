//! Two people decide about much that is held.

use latchkey_runbook::{Runbook, Source};

fn checked(brake: &str, members: &str) -> (Option<usize>, Vec<String>) {
    let yaml = format!(
        "company: Acme\ntime_zone: Europe/Berlin\nhr: hr\noperations: hr\nteams:\n  hr: {{email: hr@acme.example, members: [{members}]}}\n\
         brake: {{within: 24 hours, exits: 5, urgent_exits: 1, transfers: 9, confirm: hr{brake}}}\n\
         systems:\n  badge: {{name: Badge, kind: person, owner: hr}}\nroles:\n  everyone: {{gets: {{badge: []}}}}\n\
         hire:\n  all: {{grant: all, opens: 2 days before start, due: start}}\n\
         exit:\n  all: {{revoke: all, opens: last day at 17:00, due: last day at 18:00}}\n\
         urgent_exit:\n  all: {{revoke: all, opens: now, due: within 1 hour}}\n"
    );
    let files = [("runbook.yaml".to_owned(), yaml)].into_iter().collect();
    let checked = Runbook::check(&Source::from_files(files));
    let problems = checked.problems.iter().map(ToString::to_string);
    let about = problems.filter(|problem| problem.contains("two_people_above"));
    let most = checked
        .runbook
        .and_then(|r| r.brake().and_then(|b| b.two_people_above));
    (most, about.collect())
}

#[test]
fn a_number_above_which_two_decide_wants_two_who_sign_in() {
    assert_eq!(checked("", "a@acme.example"), (None, Vec::new()));
    let two = "a@acme.example, b@acme.example";
    assert_eq!(
        checked(", two_people_above: 10", two),
        (Some(10), Vec::new())
    );
    let group = "\"group:Security\"";
    assert_eq!(
        checked(", two_people_above: 0", group),
        (Some(0), Vec::new())
    );
    let (most, problems) = checked(", two_people_above: 10", "a@acme.example");
    assert_eq!(most, Some(10));
    assert!(
        problems[0].contains("`hr` has not two `members`"),
        "{problems:?}"
    );
    assert_eq!(checked(", two_people_above: many", two).0, None);
}
