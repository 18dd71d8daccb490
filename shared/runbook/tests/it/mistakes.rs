//! One mistake at a time, in a runbook that is otherwise in order: nothing but the mistake is reported.

use latchkey_runbook::{Runbook, Source};

const YAML: &str = r#"company: Small
time_zone: Europe/Berlin
hr: it
operations: it
holidays:
  DE: [{date: 2026-12-25}]
teams:
  it: {email: it@small.example}
systems:
  mail: {kind: person, owner: it, entitlements: {archive: {approval: it}}}
  door: {kind: person, owner: it}
roles:
  everyone: {gets: {mail: [staff, archive], door: [main]}}
matrix: matrix.csv
conflicts:
  - {name: both, between: [mail/archive, door/vault], owner: it}
hire:
  all: {grant: all, opens: 2 days before start, due: start}
  tour: {owner: it, instructions: Show the house., needs: [all.door], opens: start, due: start}
exit:
  all: {revoke: all, opens: last day at 17:00, due: last day at 18:00}
urgent_exit:
  all: {revoke: all, opens: now, due: within 1 hour}
brake: {within: 24 hours, exits: 5, urgent_exits: 1, transfers: 9, confirm: it}
"#;
const CSV: &str = "role,system,entitlement\neveryone,door,garage\n";
/// What is said of the runbook as it is.
const NOTED: &str = "warning: no role gives `door/vault` of conflict `both`";

/// What is said after a change, without what is said of the runbook as it is.
fn said(from: &str, to: &str) -> String {
    assert!(YAML.contains(from) || CSV.contains(from), "{from}");
    let files = [
        ("runbook.yaml".to_owned(), YAML.replacen(from, to, 1)),
        ("matrix.csv".to_owned(), CSV.replacen(from, to, 1)),
    ];
    let checked = Runbook::check(&Source::from_files(files.into()));
    let wrong = checked
        .problems
        .iter()
        .any(latchkey_runbook::Problem::is_error);
    assert_eq!(checked.runbook.is_none(), wrong);
    let lines = checked.problems.iter().map(ToString::to_string);
    lines
        .filter(|l| !l.ends_with(NOTED))
        .collect::<Vec<_>>()
        .join("\n")
}

macro_rules! mistakes {
    ($($name:ident: $from:expr => $to:expr, $want:expr;)*) => {
        $(#[test] fn $name() { assert_eq!(said($from, $to), $want); })*
    };
}

mistakes! {
    nothing: "" => "", "";
    nobody_moves: "door: [main]}}\n" => "door: [main]}}\n  sales: {match: {department: Sales}, gets: {door: [side]}}\n",
        "runbook.yaml:11:3: warning: no task of transfer gives or takes access to system `door`: whoever moves into or out of role \
         `sales` keeps what they had there; add one with `grant: all` and one with `revoke: all`";
    whoever_moves_keeps_it: "door: [main]}}\n" => "door: [main]}}\n  sales: {match: {department: Sales}, gets: {door: [side]}}\n\
         transfer:\n  new: {grant: all, opens: start, due: start}\n",
        "runbook.yaml:11:3: warning: no task of transfer takes access to system `door` back: whoever moves out of role `sales` keeps it; \
         add one with `revoke: all`";
    no_brake: "brake: {within: 24 hours, exits: 5, urgent_exits: 1, transfers: 9, confirm: it}" => "",
        "runbook.yaml:3:5: warning: there is no `brake`: however many exits come at once, nobody is asked";
    a_brake_in_working_days: "within: 24 hours, exits" => "within: 2 working days, exits",
        "runbook.yaml:24:17: error: `2 working days` is no time to count in; say e.g. \"24 hours\" or \"2 days\"";
    a_brake_that_nobody_loosens: "transfers: 9, confirm: it" => "transfers: 9, confirm: its",
        "runbook.yaml:24:77: error: unknown team `its` in `brake`; did you mean `it`?";
    no_company: "company: Small\n" => "", "runbook.yaml:1:1: error: the runbook lacks `company`";
    an_address_of_the_wrong_type: "{email: it@small.example}" => "{email: [it@small.example]}",
        "runbook.yaml:8:15: error: `email` takes a text, not a list";
    no_working_day: "hr: it" => "working_days: []\nhr: it",
        "runbook.yaml:2:12: error: there is no working day in `working_days`";
    a_day_by_its_whole_name: "hr: it" => "working_days: [monday]\nhr: it",
        "runbook.yaml:3:16: error: `working_days` cannot be `monday`; did you mean `mon`?";
    no_such_file: "matrix: matrix.csv" => "matrix: matrx.csv",
        "runbook.yaml:14:9: error: there is no file `matrx.csv` beside runbook.yaml; did you mean `matrix.csv`?";
    a_column_is_missing: "role,system,entitlement" => "role,systm,entitlement",
        "matrix.csv:1:1: error: the first line lacks the column `system`; it takes: role, system, entitlement";
    a_row_for_nobody: "everyone,door,garage" => "guests,door,garage",
        "matrix.csv:2:1: error: unknown role `guests`; there are: everyone";
    a_cell_too_many: "everyone,door,garage" => "everyone,door,garage,cellar",
        "matrix.csv:2:22: error: `cellar` stands in no column, the first row has 3; a cell with a comma or semicolon in it needs \
         quotation marks around it";
    a_quotation_mark_that_is_not_closed: "everyone,door,garage" => "everyone,door,\"garage",
        "matrix.csv:2:1: error: the quotation mark that this cell begins with is closed nowhere. Nothing after it was looked at";
    lines_of_an_old_mac: "role,system,entitlement\neveryone,door,garage\n" => "sep=;\rRole;System;Entitlement\r\reveryone;door;garage\r;;\r", "";
    a_row_after_a_blank_one: "entitlement\neveryone" => "entitlement\r\n\r\nguests",
        "matrix.csv:3:1: error: unknown role `guests`; there are: everyone";
    a_near_miss_of_what_is_declared: "[staff, archive]" => "[staff, archive, archve]",
        "runbook.yaml:13:44: warning: `archve` in role `everyone` is not declared by system `mail`; did you mean `archive`?";
    a_conflict_about_nothing: "door/vault" => "door/garaje",
        "runbook.yaml:16:42: warning: no role gives `door/garaje` of conflict `both`; did you mean `garage`?";
    a_conflict_with_itself: "door/vault" => "mail/archive",
        "runbook.yaml:16:5: error: conflict `both` is between an entitlement and itself\n\
         runbook.yaml:16:5: warning: role `everyone` alone gives both sides of conflict `both`: everybody in it needs an approval";
    a_need_for_no_system: "needs: [all.door]" => "needs: [all.dor]",
        "runbook.yaml:19:60: error: unknown system `dor` in `needs` of task `tour` of hire; did you mean `door`?";
    a_need_for_itself: "needs: [all.door]" => "needs: [tour]",
        "runbook.yaml:19:60: error: these tasks of hire wait for each other for ever: `tour` needs `tour`";
    a_window_that_one_country_closes:
        "opens: start, due: start}" => "opens: 3 days before start, due: 1 working day before start}",
        "runbook.yaml:19:3: error: the window of task `tour` of hire closes before it opens: for 2026-12-28 in DE it \
         opens 2026-12-25 09:00 and is due 2026-12-24 17:00";
    an_exit_whose_window_is_not_understood: "last day at 17:00" => "last day at 5 pm",
        "runbook.yaml:21:29: error: `last day at 5 pm` in task `all` of exit is not understood: `5 pm` is no time of day; say e.g. 09:00, noon, end of day";
    an_exit_for_some_only: "revoke: all, opens: last" => "revoke: all, only: {country: DE}, opens: last",
        "runbook.yaml:10:3: error: no task of exit takes access to system `mail` back from people with another country; add it to a \
         `revoke`, or say `revoke: all`\n\
         runbook.yaml:11:3: error: no task of exit takes access to system `door` back from people with another country; add it to a \
         `revoke`, or say `revoke: all`";
    an_exit_in_two_parts_that_are_all: "exit:\n  all: {revoke: all, opens: last" =>
        "exit:\n  de: {revoke: all, only: {country: DE}, opens: now, due: within 1 hour}\n  all: {revoke: all, only: {country: \"not:DE\"}, opens: last", "";
    an_exit_in_parts_with_a_gap: "exit:\n  all: {revoke: all, opens: last" =>
        "exit:\n  de: {revoke: all, only: {country: [DE, AT]}, opens: now, due: within 1 hour}\n  \
         all: {revoke: all, only: {country: [\"not:DE\", \"not:AT\", \"not:CH\"]}, opens: last",
        "runbook.yaml:10:3: error: no task of exit takes access to system `mail` back from people with country `ch`; add it to a \
         `revoke`, or say `revoke: all`\n\
         runbook.yaml:11:3: error: no task of exit takes access to system `door` back from people with country `ch`; add it to a \
         `revoke`, or say `revoke: all`";
    a_country_by_its_name: "revoke: all, opens: last" => "revoke: all, opens: now, due: within 1 hour}\n  de: {revoke: all, only: {country: \"not:Germany\"}, opens: last", "";
    a_country_that_is_none: "revoke: all, opens: last" => "revoke: all, opens: now, due: within 1 hour}\n  de: {revoke: all, only: {country: [DE, \"not:XX\"]}, opens: last",
        "runbook.yaml:22:42: error: `not:XX` in task `de` of exit is no country: write its English name or its ISO 3166 code, like Germany or DE";
    holidays_of_a_country_that_is_none: "  DE: [{" => "  XX: [{",
        "runbook.yaml:6:3: error: `XX` in `holidays` is no country, nor `all`: write its English name or its ISO 3166 code, like Germany or DE";
    an_employment_type_that_is_read_before_the_list: "hr: it" => "employment_types: {apprentice: [Trainee]}\nhr: it",
        "runbook.yaml:3:33: error: `Trainee` in `employment_types` is read as `intern` before this list counts, and does not become \
         `apprentice`: match on `intern`, or write `intern` here to call all of those `apprentice`";
    a_city_for_a_time_zone: "time_zone: Europe/Berlin" => "time_zone: Berlin",
        "runbook.yaml:2:12: error: `Berlin` is not a time zone; did you mean `Europe/Berlin`?";
    a_time_zone_as_windows_calls_it: "time_zone: Europe/Berlin" => "time_zone: W. Europe Standard Time", "";
    an_abbreviation_for_a_time_zone: "time_zone: Europe/Berlin" => "time_zone: CET",
        "runbook.yaml:2:12: error: `CET` is an abbreviation, not the time zone of a place; say e.g. Europe/Berlin";
    a_kind_that_is_none: "door: {kind: person, " => "door: {kind: persn, ",
        "runbook.yaml:11:16: error: unknown kind `persn` in system `door`; did you mean `person`?";
    a_kind_by_hand: "door: {kind: person, " => "door: {kind: manual, ",
        "runbook.yaml:11:16: error: unknown kind `manual` in system `door`; did you mean `person`?";
    a_backup_with_nothing_behind_it: "  it: {email: it@small.example}" => "  it:\n    email: it@small.example\n    backup:",
        "runbook.yaml:10:5: warning: `backup` has nothing after the colon, which is as if the line were not there: write something, or \
         take it out";
    a_backup_that_is_empty: "{email: it@small.example}" => "{email: it@small.example, backup: \"\"}",
        "runbook.yaml:8:41: error: `backup` of team `it` is empty: name a team or an e-mail address, or take the line out";
    a_comma_in_a_text_between_braces: "instructions: Show the house.," => "instructions: Show the house, then the garden,",
        "runbook.yaml:19:51: error: unknown line `then the garden` in `tour`; if it belongs to the text before it, put quotes around \
         that text: a comma ends it there";
    a_star_within: "roles:\n" => "roles:\n  a: {match: {title: \"Head*Sales\"}}\n",
        "runbook.yaml:13:22: error: `Head*Sales` in role `a` has a `*` within, which stands for itself there: `*` stands for anything at \
         the beginning or the end";
    a_condition_that_takes_away_what_it_names: "roles:\n" => "roles:\n  a: {match: {title: [Nurse, \"not:Nurse\"]}}\n",
        "runbook.yaml:13:15: error: `title` in role `a` fits nobody: each value that it names is left out by a `not:` beside it";
    a_not_without_its_colon: "roles:\n" => "roles:\n  a: {match: {title: not Nurse}}\n",
        "runbook.yaml:13:22: warning: `not Nurse` in role `a` fits only who has these very words; for everybody else write \"not:Nurse\"";
    a_mark_for_a_not: "roles:\n" => "roles:\n  a: {match: {title: \"!Nurse\"}}\n",
        "runbook.yaml:13:22: warning: `!Nurse` in role `a` fits only who has these very words; for everybody else write \"not:Nurse\"";
    two_values_in_one: "roles:\n" => "roles:\n  a: {match: {title: \"Nurse, Surgeon\"}}\n",
        "runbook.yaml:13:22: note: `Nurse, Surgeon` in role `a` is one value with a comma in it; if several are meant, write a list: \
         [Nurse, Surgeon]";
    a_workbook_for_a_matrix: "matrix: matrix.csv" => "matrix: matrix.xlsx",
        "runbook.yaml:14:9: error: `matrix.xlsx` is no CSV file: save its sheet as \"CSV UTF-8\" beside it, and name that file here";
    a_link_for_an_address: "{email: it@small.example}" => "{email: \"mailto:it@small.example\"}",
        "runbook.yaml:8:15: error: `mailto:it@small.example` is a link: write the address alone, `it@small.example`";
    less_than_none: "exits: 5" => "exits: -1",
        "runbook.yaml:24:34: error: `exits` cannot be -1: the least is 0";
    a_grant_for_some_of_a_role: "grant: all, opens" => "grant: all, only: {location: \"not:remote\"}, opens",
        "runbook.yaml:18:3: warning: no task of hire gives access to system `door` to people of role `everyone` with location `remote`: mind `only`\n\
         runbook.yaml:18:3: warning: no task of hire gives access to system `mail` to people of role `everyone` with location `remote`: mind `only`\n\
         runbook.yaml:19:3: warning: task `tour` of hire needs `all.door`, which people with location `remote` do not get: for them it \
         waits for nothing";
    a_need_of_a_system_that_the_task_does_not_touch: "grant: all, opens" => "grant: [mail], opens",
        "runbook.yaml:11:3: warning: roles give access to system `door`, and no task of hire grants it\n\
         runbook.yaml:19:3: error: task `tour` of hire needs `all.door`, and `all` does nothing in system `door`";
    an_escalation_before_the_window: "needs: [all.door], opens: start" => "needs: [all.door], escalate: 2 days before start, opens: start",
        "runbook.yaml:19:3: error: task `tour` of hire is escalated before it opens: for 2026-01-01 it is escalated 2025-12-30 17:00 and opens \
         2026-01-01 09:00";
    an_approval_of_what_nobody_is_given: "entitlements: {archive:" => "entitlements: {archve:",
        "runbook.yaml:10:50: error: no role gives the entitlement `archve` of system `mail`: what `it` should approve is given without \
         approval under another name; did you mean `archive`?\n\
         runbook.yaml:13:35: warning: `archive` in role `everyone` is not declared by system `mail`; did you mean `archve`?";
    an_entitlement_twice: "[staff, archive]" => "[staff, archive, staff]",
        "runbook.yaml:13:44: warning: role `everyone` gets `staff` in system `mail` already: it stands here a second time";
    an_entitlement_in_the_matrix_again: "everyone,door,garage" => "everyone,door,garage\neveryone,door,main",
        "matrix.csv:3:15: warning: role `everyone` gets `main` in system `door` already: it stands here a second time";
    hours_that_end_before_they_begin: "hr: it" => "working_hours: \"17:00-09:00\"\nhr: it",
        "runbook.yaml:3:16: error: the working hours `17:00-09:00` end before they begin; say e.g. \"09:00-17:30\"";
    a_value_with_a_typing_error: "roles:\n" => "roles:\n  a: {match: {department: [Nursing, Surgery]}}\n  b: {match: {department: Nurisng}}\n",
        "runbook.yaml:14:27: warning: `Nurisng` is nearly `Nursing`, which stands in line 13: if one person has both, write it alike";
    levels_that_differ_on_purpose: "roles:\n" => "roles:\n  a: {match: {title: [Grade 1, Grade 2], level: [L5, L6]}}\n", "";
    a_name_without_quotes: "Show the house." => "{person.full_name}",
        "runbook.yaml:19:35: error: `instructions` takes a text, not several named values; a text that begins with `{` needs quotes: \
         \"{person.full_name}\"";
    no_space_after_a_colon: "{email: it@small.example}" => "{email:it@small.example}",
        "runbook.yaml:8:7: error: `it` lacks `email`\n\
         runbook.yaml:8:8: error: unknown line `email:it@small.example` in `it`; a space is missing after the colon: `email: it@small.example`";
    quotes_of_a_word_processor: "hr: it" => "hr: “it”",
        "runbook.yaml:3:5: error: `“` is no quotation mark of YAML: write \" at both ends\n\
         runbook.yaml:3:5: error: unknown team `“it”` in `hr`; did you mean `it`?";
    a_space_that_does_not_break: "roles:\n" => "roles:\n  a: {match: {department: Human\u{a0}Resources}}\n",
        "runbook.yaml:13:32: warning: a no-break space (U+00A0) stands here: write a plain one";
    a_name_that_is_not_closed: "Show the house." => "\"Show {person.full_name.\"",
        "runbook.yaml:19:35: error: a `{` in task `tour` of hire is not closed";
    an_account_name_of_an_unknown_part: "door: {kind: person, " => "door: {kind: person, account_name: [\"{given}\", \"{famly}\"], ",
        "runbook.yaml:11:50: error: unknown name `{famly}` in system `door`; did you mean `family`?";
    an_account_name_that_systems_do_not_take: "door: {kind: person, " => "door: {kind: person, account_name: \"{given} {family}\", ",
        "runbook.yaml:11:38: error: ` ` in system `door` cannot stand in a name: it takes letters without marks, digits, `.`, `-`, `_` and `@`";
    an_account_name_for_everybody: "door: {kind: person, " => "door: {kind: person, account_name: guest, ",
        "runbook.yaml:11:38: error: `guest` in system `door` is the same for everybody; say e.g. \"{given}.{family}\"";
    an_account_name_without_room: "door: {kind: person, " => "door: {kind: person, account_name_max: 3, ",
        "runbook.yaml:11:42: error: `account_name_max` of system `door` cannot be 3: say a number from 6 to 64";
    a_limit_where_the_address_is_the_name: "door: {kind: person, " => "door: {kind: person, account_name_max: 20, ",
        "runbook.yaml:11:42: error: `account_name_max` of system `door` cannot be kept: accounts there are named by the work e-mail \
         address; say `account_name`, too";
    a_limit_that_the_domain_fills: "door: {kind: person, " => "door: {kind: person, account_name: \"{given}@small.example\", account_name_max: 16, ",
        "runbook.yaml:11:81: error: `account_name_max` of system `door` leaves no room for a name before `@small.example`: say at least 20";
    a_system_that_nobody_may_call: "door: {kind: person, " => "door: {kind: person, at_once: 0, ",
        "runbook.yaml:11:33: error: `at_once: 0` in system `door` lets nobody call it; the least is 1";
    a_rename_of_another_kind: "door: {kind: person, " => "door: {kind: person, rename: always, ",
        "runbook.yaml:11:32: error: `rename` cannot be `always`; it takes: keep, follow";
    an_address_without_a_domain: "hr: it" => "email: \"{given}.{family}\"\nhr: it",
        "runbook.yaml:3:8: error: `{given}.{family}` in `email` is no address; say e.g. \"{given}.{family}@acme.example\"";
    a_reserved_address: "hr: it" => "reserved_names: [ceo@small.example]\nhr: it",
        "runbook.yaml:3:18: error: `ceo@small.example` in `reserved_names` is not a name such as root; addresses are \
         reserved by what stands before the @";
    a_tab: "  it: {email" => "\tit: {email",
        "runbook.yaml:8:1: error: a tab stands here, and YAML takes none: indent with spaces";
    a_task_that_does_not_fit_is_still_known: "opens: 2 days before start" => "opens: [2 days]",
        "runbook.yaml:18:28: error: `opens` takes a text, not a list";
    an_exit_that_does_not_fit: "opens: last day at 17:00, " => "",
        "runbook.yaml:21:8: error: `all` lacks `opens`";
}

#[test]
fn a_version_that_was_published_stays_of_use_when_the_check_becomes_stricter() {
    let files = |from, to| {
        [
            ("runbook.yaml".to_owned(), YAML.replacen(from, to, 1)),
            ("matrix.csv".to_owned(), CSV.to_owned()),
        ]
    };
    let stricter = Source::from_files(files("door: {", "door: {account_name_max: 20, ").into());
    assert!(Runbook::check(&stricter).runbook.is_none());
    assert!(Runbook::published(&stricter).runbook.is_some());
    let not_understood = Source::from_files(files("opens: now", "opens: soon").into());
    assert!(Runbook::published(&not_understood).runbook.is_none());
}

#[test]
fn names_that_no_task_could_bear() {
    let (team, system) = ("t".repeat(60), "s".repeat(60));
    let long = YAML
        .replace(
            "\n  it: {",
            &format!("\n  it: {{email: i@small.example}}\n  {team}: {{"),
        )
        .replace("approval: it", &format!("approval: {team}"))
        .replace("mail", &system)
        .replace(&format!("{{e{system}:"), "{email:");
    let checked = Runbook::check(&Source::from_files(
        [("runbook.yaml".to_owned(), long)].into(),
    ));
    let said = checked
        .problems
        .iter()
        .any(|p| p.is_error() && p.message.contains("is too long"));
    assert!(said, "{:#?}", checked.problems);
}

#[test]
fn a_spreadsheet_with_semicolons_and_a_byte_order_mark_is_read() {
    let semicolons = format!("\u{feff}{}", CSV.replace(',', ";"));
    assert_eq!(said(CSV, &semicolons), "");
}

#[test]
fn a_byte_order_mark_before_the_runbook_does_no_harm() {
    assert_eq!(said("company: Small", "\u{feff}company: Small"), "");
}
