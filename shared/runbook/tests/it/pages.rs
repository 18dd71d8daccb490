//! What the pages show of a runbook can be written in one.

use std::collections::BTreeSet;

use latchkey_runbook::{Runbook, Source};

/// The blocks of a page that begin so.
fn blocks<'a>(page: &'a str, begins: &str) -> Vec<&'a str> {
    let parts = page.split("```yaml\n").skip(1);
    let blocks = parts.filter_map(|part| part.split("```").next());
    blocks.filter(|block| block.starts_with(begins)).collect()
}

/// What stands behind a word, to the end of the line or the next separator.
fn named<'a>(block: &'a str, word: &str) -> BTreeSet<&'a str> {
    let rest = block.split(word).skip(1);
    let names = rest.filter_map(|rest| rest.split(['\n', '}', ',', ' ', '#']).next());
    names.filter(|name| !name.is_empty()).collect()
}

#[test]
fn every_system_of_the_page_is_one_that_a_runbook_may_have() {
    let page = include_str!("../../../../docs/SYSTEMS.md");
    let blocks = blocks(page, "systems:\n");
    let mut kinds = BTreeSet::new();
    for block in &blocks {
        let mut teams = named(block, "owner: ");
        teams.extend(named(block, "second_team: "));
        let teams: String = teams
            .iter()
            .map(|team| format!("  {team}: {{email: {team}@small.example}}\n"))
            .collect();
        let (line, _) = block["systems:\n".len()..].split_once(":\n").unwrap();
        let name = line.trim();
        let yaml = format!(
            "company: Small\ntime_zone: Europe/Berlin\nhr: hr\noperations: hr\nteams:\n  hr: {{email: hr@small.example}}\n{teams}\
             {block}roles:\n  everyone: {{gets: {{{name}: []}}}}\n\
             hire:\n  all: {{grant: all, opens: 2 days before start, due: start}}\n\
             exit:\n  all: {{revoke: all, opens: last day at 17:00, due: last day at 18:00}}\n\
             urgent_exit:\n  all: {{revoke: all, opens: now, due: within 1 hour}}\n\
             brake: {{within: 24 hours, exits: 5, urgent_exits: 1, transfers: 9, confirm: hr}}\n"
        );
        let kind = *named(block, "kind: ").first().unwrap();
        let mut files = vec![("runbook.yaml".to_owned(), yaml.clone())];
        if kind == "http" {
            for file in named(block, "api: ") {
                let sample = format!("../../runbooks/samples/http/{file}");
                files.push((file.to_owned(), std::fs::read_to_string(sample).unwrap()));
            }
        }
        let checked = Runbook::check(&Source::from_files(files.into_iter().collect()));
        let problems: Vec<String> = checked.problems.iter().map(ToString::to_string).collect();
        assert!(checked.runbook.is_some(), "{problems:#?}\n{yaml}");
        kinds.insert(kind);
    }
    let known = latchkey_runbook::kinds()
        .iter()
        .map(|kind| kind.kind.as_str());
    assert_eq!(kinds, known.chain(["person"]).collect());
}
