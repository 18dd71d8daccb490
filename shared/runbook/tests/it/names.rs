//! What people are called: the first name that is free, and one for everybody.

use std::collections::BTreeSet;

use latchkey_lifecycle::{EventKind, Goal, Names, Person, SystemId, Work};
use latchkey_runbook::{Choice, PlanInput, Runbook, Source};
use proptest::prelude::*;

use crate::acme::{case, person, runbook};

const SMALL: &str = r#"company: Small
time_zone: UTC
email: ["{given}@small.example", "{given}.{f}@small.example"]
reserved_names: [ceo]
hr: it
operations: it
brake: {within: 1 day, exits: 9, urgent_exits: 9, transfers: 9, confirm: it}
teams: {it: {email: it@small.example}}
systems:
  a: {kind: person, owner: it, account_name: ["{given}", "{given}.{family}"], account_name_max: 8}
  b: {kind: person, owner: it, account_name: "{g}{family}", rename: follow}
  c: {kind: person, owner: it}
roles: {all: {gets: {a: [x], b: [x], c: [x]}}}
hire: {x: {grant: all, opens: now, due: within 1 hour}}
exit: {x: {revoke: all, opens: now, due: within 1 hour}}
urgent_exit: {x: {revoke: all, opens: now, due: within 1 hour}}
"#;

fn small() -> Runbook {
    small_with(8)
}

/// With a limit to the names in system `a`.
fn small_with(longest: usize) -> Runbook {
    let limit = format!("account_name_max: {longest}");
    let text = SMALL.replace("account_name_max: 8", &limit);
    let files = [("runbook.yaml".to_owned(), text)];
    let checked = Runbook::check(&Source::from_files(files.into()));
    assert_eq!(checked.problems, []);
    checked.runbook.unwrap()
}

fn called(given: &str, family: &str) -> Person {
    Person {
        given_name: given.to_owned(),
        family_name: family.to_owned(),
        ..person("Sales", "Any", "DE", "Europe/Berlin")
    }
}

fn system(name: &str) -> SystemId {
    SystemId::new(name).unwrap()
}

fn words(names: &Names) -> String {
    let accounts: Vec<&str> = names.accounts.values().map(String::as_str).collect();
    let email = names.email.as_deref().unwrap_or("none");
    format!("{email} {}", accounts.join(" "))
}

fn chosen(person: &Person, given: &Names, choice: Choice, taken: &[&str]) -> Names {
    small().choose_names(person, given, choice, |name| taken.contains(&name))
}

#[test]
fn a_dialect_that_takes_shorter_names_is_given_shorter_ones() {
    let directory = |dialect: &str| {
        let line = format!(
            "a: {{kind: ldap, address: \"ldaps://x.example\", secret: x, owner: it, dialect: {dialect}, account_name: \
             \"{{given}}.{{family}}\", settings: {{people: \"ou=people,dc=x\"}}}}"
        );
        let other = SMALL
            .lines()
            .find(|line| line.starts_with("  a: "))
            .unwrap();
        let yaml = SMALL.replace(other, &format!("  {line}"));
        let files = [("runbook.yaml".to_owned(), yaml)];
        let checked = Runbook::check(&Source::from_files(files.into()));
        assert_eq!(checked.problems, []);
        let person = called("Maximiliane", "Wolkenstein-Rodenegg");
        let none = Names::default();
        let names = checked
            .runbook
            .unwrap()
            .choose_names(&person, &none, Choice::Give, |_| false);
        names.accounts[&system("a")].clone()
    };
    assert_eq!(
        directory("openldap").len(),
        "maximiliane.wolkenstein-rodenegg".len()
    );
    let short = directory("active-directory");
    assert!(
        short.len() <= 20 && short.starts_with("maximiliane."),
        "{short}"
    );
}

#[test]
fn patterns_are_tried_in_order_and_then_numbers() {
    let zoe = called("Zoë", "Müller");
    let new = Names::default();
    for (taken, want) in [
        (&[][..], "zoe@small.example zoe zmueller"),
        (
            &["zoe", "zoe@small.example"],
            "zoe.m@small.example zoe.muel zmueller",
        ),
        (
            &["zoe", "zoe.muel", "zmueller"],
            "zoe@small.example zoe2 zmueller2",
        ),
        (
            &[
                "zoe",
                "zoe.muel",
                "zoe2",
                "zoe3",
                "zoe@small.example",
                "zoe.m@small.example",
            ],
            "zoe2@small.example zoe4 zmueller",
        ),
    ] {
        assert_eq!(words(&chosen(&zoe, &new, Choice::Give, taken)), want);
    }
    // Whoever leaves is looked for under the first name only, and not under somebody else's.
    let found = chosen(&zoe, &new, Choice::Find, &["zoe", "zoe@small.example"]);
    assert_eq!(words(&found), "none zmueller");
}

#[test]
fn long_reserved_and_unwritable_names() {
    let new = Names::default();
    for (given, family, want) in [
        (
            "Wolfeschlegelstein",
            "Hausenberger",
            "wolfeschlegelstein@small.example wolfesch whausenberger",
        ),
        ("Ceo", "", "ceo2@small.example ceo2 c"),
        (
            "Postmaster",
            "Root",
            "postmaster.r@small.example postmast proot",
        ),
        ("Suharto", "", "suharto@small.example suharto s"),
        ("", "", "1042@small.example 1042 1042"),
        ("☺", "⚽", "1042@small.example 1042 1042"),
        ("Ὀδυσσεύς", "Ω", "odusseus@small.example odusseus oo"),
    ] {
        assert_eq!(
            words(&chosen(&called(given, family), &new, Choice::Give, &[])),
            want
        );
    }
    let mut digits = called("☺", "⚽");
    let names = chosen(&digits, &new, Choice::Give, &["1042"]);
    assert_eq!(
        names.accounts["a"], "1042-2",
        "not the number of another employee"
    );
    // An id that cannot be written either, where eight letters are allowed and where 64 are.
    digits.employee_id = "!".parse().unwrap();
    let names = chosen(&digits, &new, Choice::Give, &[]);
    assert_eq!(words(&names), "ubb7208bc@small.example ubb7208b ubb7208bc");
}

#[test]
fn given_names_stay_and_follow_only_where_that_is_wanted() {
    let new = Names::default();
    let before = chosen(&called("Zoë", "Müller"), &new, Choice::Give, &[]);
    let okafor = called("Zoë", "Okafor");
    let after = chosen(&okafor, &before, Choice::Give, &[]);
    assert_eq!(words(&after), "zoe@small.example zoe zokafor");
    // An exit renames nobody, and the same again changes nothing.
    assert_eq!(chosen(&okafor, &before, Choice::Find, &[]), before);
    assert_eq!(chosen(&okafor, &after, Choice::Give, &[]), after);
    // What a system has for somebody else is not tried there again, and elsewhere it stays.
    let mut refused = before;
    refused.refuse(&system("a"), "ZOE");
    let names = chosen(&called("Zoë", "Müller"), &refused, Choice::Give, &[]);
    assert_eq!(words(&names), "zoe@small.example zoe.muel zmueller");
}

#[test]
fn an_account_follows_a_new_name_also_where_the_system_keeps_nothing_else_of_the_person() {
    for (rename, wants) in [("follow", 1), ("keep", 0)] {
        let database = format!(
            "  c: {{kind: postgres, address: \"postgres://x.example/app\", secret: x, owner: it, account_name: \
             \"{{g}}{{family}}\", rename: {rename}}}"
        );
        let yaml = SMALL
            .replace("  c: {kind: person, owner: it}", &database)
            .replace("c: [x]", "c: [\"role:x\"]");
        let yaml = yaml + "transfer: {x: {grant: [c], opens: now, due: within 1 hour}}\n";
        let files = [("runbook.yaml".to_owned(), yaml)];
        let checked = Runbook::check(&Source::from_files(files.into()));
        assert_eq!(checked.problems, []);
        let runbook = checked.runbook.unwrap();
        let before = called("Zoë", "Müller");
        let given = runbook.choose_names(&before, &Names::default(), Choice::Give, |_| false);
        let mut case = case(EventKind::Transfer, called("Zoë", "Okafor"), "2027-01-04");
        case.names = Some(runbook.choose_names(
            case.person.as_ref().unwrap(),
            &given,
            Choice::Give,
            |_| false,
        ));
        case.before = Some(before);
        let input = PlanInput {
            case: &case,
            now: case.opened_at,
            touched: &[],
            acted: &BTreeSet::new(),
            withheld: &Default::default(),
            decided: &[],
        };
        let tasks = latchkey_runbook::plan(&runbook, &input).unwrap();
        assert_eq!(tasks.len(), wants, "{tasks:?}");
        for task in tasks {
            let Work::System {
                goal: Goal::Have {
                    account, renames, ..
                },
                ..
            } = task.work
            else {
                panic!("{task:?}")
            };
            assert_eq!((account.name.as_str(), renames), ("zokafor", true));
        }
    }
}

#[test]
fn an_address_of_hrs_counts_unless_it_is_somebody_elses() {
    let mut zoe = called("Zoë", "Müller");
    zoe.work_email = Some("Z@small.example".to_owned());
    let runbook = small();
    let names = chosen(&zoe, &Names::default(), Choice::Give, &[]);
    assert_eq!(names.email.as_deref(), Some("Z@small.example"));
    assert_eq!(runbook.name_in(&names, &system("c")), names.email);
    let names = chosen(&zoe, &Names::default(), Choice::Give, &["z@small.example"]);
    assert_eq!(names.email.as_deref(), Some("zoe@small.example"));
    let moved = Person {
        work_email: Some("new@small.example".to_owned()),
        ..zoe.clone()
    };
    assert_eq!(
        chosen(&moved, &names, Choice::Give, &[]).email.as_deref(),
        Some("new@small.example")
    );
    zoe.work_email = None;
    assert_eq!(chosen(&zoe, &names, Choice::Give, &[]).email, names.email);
}

#[test]
fn a_case_that_is_not_planned_has_the_first_names() {
    let zoe = person("Sales", "Any", "DE", "Europe/Berlin");
    let mut hire = case(EventKind::Hire, zoe, "2026-12-07");
    let first = runbook().names_of(&hire);
    assert_eq!(words(&first), "zoe.mueller@acme.example zoe.mueller");
    let mut given = first;
    given
        .accounts
        .insert(system("directory"), "zoe7".to_owned());
    hire.names = Some(given.clone());
    assert_eq!(runbook().names_of(&hire), given);
}

/// What every system takes.
fn is_valid(name: &str, longest: usize) -> bool {
    let bytes = name.as_bytes();
    let ends = [bytes.first(), bytes.last()];
    let fits = |b: &u8| b.is_ascii_lowercase() || b.is_ascii_digit();
    name.len() <= longest
        && ends.into_iter().all(|end| end.is_some_and(fits))
        && bytes.iter().all(|b| fits(b) || b"._-".contains(b))
        && !bytes
            .windows(2)
            .any(|two| two.iter().all(|b| b"._-".contains(b)))
}

#[test]
fn a_limit_counts_with_the_domain_and_leaves_room_for_a_number() {
    let limited = SMALL
        .replace(
            "[\"{given}\", \"{given}.{family}\"]",
            "\"{given}@small.example\"",
        )
        .replace("account_name_max: 8", "account_name_max: 20");
    let files = [("runbook.yaml".to_owned(), limited)];
    let runbook = Runbook::check(&Source::from_files(files.into()));
    let runbook = runbook.runbook.unwrap();
    let mut taken = BTreeSet::new();
    let mut given = Vec::new();
    for _ in 0..12 {
        let who = called("Wolfeschlegelstein", "Hausenberger");
        let names = runbook.choose_names(&who, &Names::default(), Choice::Give, |name| {
            taken.contains(name)
        });
        given.push(names.accounts["a"].clone());
        taken.extend(names.all());
    }
    assert_eq!(given[0], "wolfes@small.example");
    assert_eq!(given[11], "wolf12@small.example");
}

#[test]
fn a_number_is_not_put_behind_another_one_also_where_the_name_is_cut() {
    let who = called("Zoe4ever", "");
    let names = chosen(&who, &Names::default(), Choice::Give, &["zoe4ever"]);
    assert_eq!(names.accounts["a"], "zoe4eve2");
    let who = called("Room101x", "");
    let names = chosen(&who, &Names::default(), Choice::Give, &["room101x"]);
    assert_eq!(names.accounts["a"], "room10-2");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn any_name_gives_everybody_a_valid_name_of_their_own(
        given in "\\PC{0,40}", family in any::<String>(), id in "([^\\s\\pC]{1,12}|[!#☺]{1,3}|[0-9]{1,64})", country in "[A-Z]{2}",
        people in 1..12_usize, longest in 6..=64_usize,
    ) {
        let runbook = small_with(longest);
        let mut who = called(&given, &family);
        who.employee_id = id.parse().unwrap();
        who.country = country;
        let mut taken: BTreeSet<String> = BTreeSet::new();
        for _ in 0..people {
            let names = runbook.choose_names(&who, &Names::default(), Choice::Give, |name| taken.contains(name));
            let email = names.email.clone().unwrap();
            let local = email.strip_suffix("@small.example").unwrap();
            prop_assert!(is_valid(local, 64), "{email}");
            for (system, longest) in [("a", longest), ("b", 64)] {
                prop_assert!(is_valid(&names.accounts[system], longest), "{names:?}");
            }
            for name in names.all() {
                prop_assert!(taken.insert(name), "given twice: {names:?}");
            }
            let again = runbook.choose_names(&who, &names, Choice::Give, |_| false);
            prop_assert_eq!(again, names);
        }
    }
}
