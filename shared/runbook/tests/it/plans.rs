//! What acme plans for people.

use std::fmt::Write;

use jiff::tz::TimeZone;
use latchkey_lifecycle::{Case, Entitlement, EventKind, Goal, Managed, Work};
use latchkey_runbook::{PlanInput, Problem, Runbook, Source, plan};

use crate::acme::{case, person, runbook, source, tasks};

/// A checklist as a person would write it, in the person's time zone.
fn checklist(case: &Case) -> String {
    let zone = TimeZone::get(case.person.as_ref().unwrap().time_zone.as_deref().unwrap()).unwrap();
    let show = |at: jiff::Timestamp| {
        at.to_zoned(zone.clone())
            .strftime("%a %d %b %H:%M")
            .to_string()
    };
    tasks(case).iter().fold(String::new(), |mut out, task| {
        let does = match &task.work {
            Work::System {
                goal: Goal::Have { account, .. },
                ..
            } => {
                let has: Vec<String> = account
                    .entitlements
                    .iter()
                    .map(ToString::to_string)
                    .collect();
                format!("{} has {}", account.name, has.join(" "))
            }
            Work::System { goal, .. } => format!("{goal:?}"),
            Work::Person { .. } => task.owner.to_string(),
        };
        let needs: Vec<&str> = task.needs.iter().map(|n| n.as_str()).collect();
        let needs = if needs.is_empty() {
            String::new()
        } else {
            format!(" needs {}", needs.join(" "))
        };
        let (opens, due) = (show(task.window.opens), show(task.window.due));
        let _ = writeln!(out, "{opens} - {due}  {}: {does}{needs}", task.id);
        out
    })
}

#[test]
fn a_hire_in_sales() {
    let zoe = person("Sales", "Account Executive", "DE", "Europe/Berlin");
    insta::assert_snapshot!(checklist(&case(EventKind::Hire, zoe, "2027-01-04")));
}

#[test]
fn a_hire_in_new_york_keeps_its_own_hours_and_holidays() {
    let ann = person("Sales", "Account Executive", "US", "America/New_York");
    insta::assert_snapshot!(checklist(&case(EventKind::Hire, ann, "2026-12-01")));
}

#[test]
fn a_platform_engineer_gets_production_only_after_an_approval() {
    let priya = person("Engineering", "Platform Engineer", "GB", "Europe/London");
    insta::assert_snapshot!(checklist(&case(EventKind::Hire, priya, "2027-01-04")));
}

#[test]
fn a_conflict_of_duties_needs_an_approval() {
    let mut ines = person("Finance", "Payments Lead", "DE", "Europe/Berlin");
    ines.level = Some("L5".into());
    let tasks = tasks(&case(EventKind::Hire, ines, "2027-01-04"));
    // Controlling approves it for everybody; Security, because of what it comes together with.
    let asked = tasks.iter().filter(|t| t.approval);
    let asked: Vec<&str> = asked.map(|t| t.id.as_str()).collect();
    assert_eq!(asked, ["approve.erp.controlling", "approve.erp.security"]);
    let given = tasks
        .iter()
        .find(|t| t.id.as_str() == "tools.erp.controlling+security")
        .unwrap();
    let Work::Person { instructions, .. } = &given.work else {
        panic!("{given:?}")
    };
    assert!(instructions.contains("approve-payments"), "{instructions}");
    let main = tasks.iter().find(|t| t.id.as_str() == "tools.erp").unwrap();
    let Work::Person { instructions, .. } = &main.work else {
        panic!("{main:?}")
    };
    assert!(!instructions.contains("approve-payments"), "{instructions}");
}

#[test]
fn a_transfer_keeps_the_old_access_until_the_overlap_ends() {
    let amara = person("Finance", "Controller", "GB", "Europe/London");
    let mut case = case(EventKind::Transfer, amara, "2026-12-01");
    case.before = Some(person("Sales", "Sales Analyst", "GB", "Europe/London"));
    insta::assert_snapshot!(checklist(&case));
}

#[test]
fn an_exit_on_the_last_day_before_the_holidays() {
    let jonas = person("Engineering", "Developer", "DE", "Europe/Berlin");
    insta::assert_snapshot!(checklist(&case(EventKind::Exit, jonas, "2026-12-24")));
}

#[test]
fn an_exit_covers_every_system_whoever_it_is() {
    let every: Vec<String> = runbook().systems().map(|(id, _)| id.to_string()).collect();
    for kind in [EventKind::Exit, EventKind::UrgentExit] {
        let nobody = person("", "", "", "Europe/Berlin");
        let tasks = tasks(&case(kind, nobody, "2026-12-18"));
        for system in &every {
            let covered = tasks
                .iter()
                .any(|t| t.id.as_str().ends_with(&format!(".{system}")));
            assert!(covered, "{kind}: {system}");
        }
    }
}

#[test]
fn an_urgent_exit_begins_at_once() {
    let rafael = person("Sales", "Account Executive", "US", "America/New_York");
    let case = case(EventKind::UrgentExit, rafael, "2026-11-23");
    for task in tasks(&case) {
        assert_eq!(task.window.opens, case.confirmed_at, "{}", task.id);
    }
}

#[test]
fn a_person_without_a_name_is_looked_for_by_the_employee_id_alone() {
    let runbook = runbook();
    let mut nobody = person("", "", "", "Europe/Berlin");
    (nobody.given_name, nobody.family_name) = (String::new(), String::new());
    for (system, _) in runbook.systems() {
        assert_eq!(runbook.account_name(&nobody, system), None, "{system}");
    }
}

#[test]
fn a_hire_whose_roles_break_a_conflict() {
    let mut ines = person("Finance", "Payments Lead", "DE", "Europe/Berlin");
    ines.level = Some("L5".into());
    insta::assert_snapshot!(checklist(&case(EventKind::Hire, ines, "2027-01-04")));
}

#[test]
fn an_urgent_exit() {
    let rafael = person("Sales", "Account Executive", "US", "America/New_York");
    insta::assert_snapshot!(checklist(&case(
        EventKind::UrgentExit,
        rafael,
        "2026-11-23"
    )));
}

#[test]
fn old_access_is_taken_only_after_the_overlap() {
    let mut case = case(
        EventKind::Transfer,
        person("Finance", "Controller", "GB", "Europe/London"),
        "2026-12-01",
    );
    case.before = Some(person("Sales", "Sales Analyst", "GB", "Europe/London"));
    let all = tasks(&case);
    let lost = |task: &latchkey_lifecycle::Task| match &task.work {
        Work::System {
            goal:
                Goal::Have {
                    account,
                    managed: Managed::Only(managed),
                    ..
                },
            ..
        } => {
            let sales = |e: &&Entitlement| e.name() == "sales";
            managed.iter().any(|e| sales(&e)) && !account.entitlements.iter().any(|e| sales(&e))
        }
        _ => false,
    };
    let overlap_ends: jiff::Timestamp = "2026-12-08T09:00:00Z".parse().unwrap();
    let taking: Vec<_> = all.iter().filter(|t| lost(t)).collect();
    assert_eq!(taking.len(), 2);
    for task in taking {
        assert!(task.window.opens >= overlap_ends, "{}", task.id);
    }
}

#[test]
fn holidays_are_those_of_the_persons_country() {
    // Thanksgiving is the 26th of November in the US, and a Thursday like any other elsewhere.
    let laptop = |country: &str| {
        let who = person("Sales", "Analyst", country, "UTC");
        let all = tasks(&case(EventKind::Hire, who, "2026-11-30"));
        let laptop = all.iter().find(|t| t.id.as_str() == "laptop").unwrap();
        laptop.window.due.to_string()
    };
    assert_eq!(laptop("DE"), "2026-11-26T17:00:00Z");
    assert_eq!(laptop("GB"), "2026-11-26T17:00:00Z");
    assert_eq!(laptop("US"), "2026-11-25T17:00:00Z");
    // However HR writes it.
    assert_eq!(laptop("us"), "2026-11-25T17:00:00Z");
}

#[test]
fn an_exit_in_parts_takes_from_whoever_is_in_none_as_far_as_is_known() {
    let mut files = source().files().clone();
    let main = files.get_mut("runbook.yaml").unwrap();
    let (before, after) = main.split_once("\nexit:\n").unwrap();
    let (_, after) = after.split_once("\nurgent_exit:\n").unwrap();
    let parts = "  berlin: {revoke: all, only: {location: Berlin}, opens: now, due: within 1 hour}\n  \
                 others: {revoke: all, only: {location: \"not:Berlin\"}, opens: last day, due: last day}\n";
    *main = format!("{before}\nexit:\n{parts}\nurgent_exit:\n{after}");
    let runbook = Runbook::check(&Source::from_files(files)).runbook.unwrap();
    let systems = runbook.systems().count();
    for (location, lines) in [(Some("Berlin"), 1), (Some("Oslo"), 1), (None, 2)] {
        let mut who = person("Sales", "Any", "DE", "Europe/Berlin");
        who.location = location.map(str::to_owned);
        let exit = case(EventKind::Exit, who, "2026-12-18");
        let input = PlanInput {
            case: &exit,
            now: exit.opened_at,
            touched: &[],
            acted: &std::collections::BTreeSet::new(),
            withheld: &Default::default(),
            decided: &[],
        };
        assert_eq!(
            plan(&runbook, &input).unwrap().len(),
            lines * systems,
            "{location:?}"
        );
    }
}

#[test]
fn accounts_are_deleted_after_the_retention_window_and_after_access_was_taken() {
    let jonas = person("Engineering", "Developer", "DE", "Europe/Berlin");
    let exit = case(EventKind::Exit, jonas, "2026-12-18");
    let with = |text: &str| {
        let mut files = source().files().clone();
        let main = files.get_mut("runbook.yaml").unwrap();
        *main = main.replace("\nexit:\n", &format!("\nexit:\n{text}"));
        Runbook::check(&Source::from_files(files))
    };
    let line = "  delete:\n    delete: [directory, crm]\n    opens: 30 days after last day\n    due: 31 days after last day\n";
    let runbook = with(line).runbook.unwrap();
    let input = PlanInput {
        case: &exit,
        now: exit.opened_at,
        touched: &[],
        acted: &std::collections::BTreeSet::new(),
        withheld: &Default::default(),
        decided: &[],
    };
    let tasks = plan(&runbook, &input).unwrap();
    let task = |id: &str| tasks.iter().find(|t| t.id.as_str() == id).unwrap();
    let gone = task("delete.directory");
    assert!(matches!(
        &gone.work,
        Work::System {
            goal: Goal::Gone,
            ..
        }
    ));
    assert_eq!(gone.window.opens, "2027-01-17T08:00:00Z".parse().unwrap());
    for need in &gone.needs {
        assert!(need.as_str().ends_with(".directory"), "{need}");
        task(need.as_str());
    }
    assert!(!gone.needs.is_empty());
    let Work::Person { instructions, .. } = &task("delete.crm").work else {
        panic!("a person's task");
    };
    assert!(
        instructions.starts_with("Delete the account of"),
        "{instructions}"
    );
    // Access that is taken only after the deletion would never be.
    let late = format!(
        "{line}  late:\n    revoke: [directory]\n    needs: [delete]\n    opens: now\n    due: within 1 hour\n"
    );
    let problems = with(&late).problems;
    let waits = |p: &Problem| p.message.contains("wait for each other for ever");
    assert!(problems.iter().any(waits), "{problems:?}");
}

#[test]
fn what_takes_access_from_somebody_is_told_from_what_gives_it() {
    let task = |id: &str| latchkey_lifecycle::TaskId::new(id).unwrap();
    for (kind, id, takes) in [
        (EventKind::Exit, "things.devices", true),
        (EventKind::Exit, "announce", true),
        (EventKind::UrgentExit, "anything", true),
        (EventKind::HireRescinded, "undo.laptop", true),
        (EventKind::Transfer, "old-access.mailbox", true),
        (EventKind::Transfer, "new-access.mailbox", false),
        (EventKind::Transfer, "handover", false),
        (EventKind::Hire, "laptop", false),
        (EventKind::Hire, "complete-the-record", false),
    ] {
        assert_eq!(
            runbook().takes_back(kind, &task(id)),
            takes,
            "{kind:?} {id}"
        );
    }
}

/// Whoever keeps something in a system is not put through what takes all of it.
#[test]
fn a_part_is_taken_back_by_its_own_words() {
    let who = person("Marketing", "Analyst", "DE", "Europe/Berlin");
    let mut moved = case(EventKind::Transfer, who, "2026-12-01");
    moved.before = Some(person("Sales", "Sales Analyst", "DE", "Europe/Berlin"));
    let own = "    take_part: {instructions: Tell them first., checklist: [They know]}\n\n  crm:\n";
    for (with, said, steps) in [
        ("  crm:\n", "Take back in Mail: sales.", 0),
        (own, "Take back in Mail: sales.\n\nTell them first.", 1),
    ] {
        let mut files = source().files().clone();
        let text = files.get_mut("runbook.yaml").unwrap();
        *text = text.replacen("  crm:\n", with, 1);
        let runbook = Runbook::check(&Source::from_files(files)).runbook.unwrap();
        let input = PlanInput {
            case: &moved,
            now: moved.opened_at,
            touched: &[],
            acted: &std::collections::BTreeSet::new(),
            withheld: &Default::default(),
            decided: &[],
        };
        let tasks = plan(&runbook, &input).unwrap();
        let mut tasks = tasks.into_iter();
        let task = tasks.find(|task| task.id.as_str() == "old-access.mailbox");
        let Work::Person {
            instructions,
            checklist,
            ..
        } = task.unwrap().work
        else {
            panic!("it is somebody's task")
        };
        assert_eq!((instructions.as_str(), checklist.len()), (said, steps));
    }
}
