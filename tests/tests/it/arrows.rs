//! What the folders promise whoever looks for something: no function depends on another one, what is shared stands on
//! nothing above it, and the state of a task changes in one file.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap()
}

/// The crates of a folder, each with what its manifest names below `[dependencies]`.
fn crates_of(folder: &str) -> BTreeMap<String, Vec<String>> {
    let folders = fs::read_dir(root().join(folder)).unwrap().flatten();
    let manifests = folders.map(|entry| entry.path().join("Cargo.toml"));
    let manifests = manifests.filter(|manifest| manifest.exists());
    let read = manifests.map(|manifest| of(&fs::read_to_string(manifest).unwrap()));
    read.collect()
}

fn of(manifest: &str) -> (String, Vec<String>) {
    let name = manifest.lines().find_map(|l| l.strip_prefix("name = "));
    let name = name.unwrap().trim_matches('"').to_owned();
    let mut lines = manifest.lines().skip_while(|l| *l != "[dependencies]");
    lines.next();
    let named = lines.take_while(|line| !line.starts_with('['));
    let named = named.filter_map(|line| Some(line.split_once(" =")?.0.to_owned()));
    (name, named.collect())
}

#[test]
fn no_function_stands_on_another_and_nothing_shared_on_what_is_above_it() {
    let (shared, functions) = (crates_of("shared"), crates_of("functions"));
    let infra = crates_of("infra");
    assert!(shared.len() > 10 && functions.len() > 15 && infra.len() > 7);
    for (name, stands_on) in &shared {
        let up = stands_on
            .iter()
            .find(|on| functions.contains_key(*on) || infra.contains_key(*on));
        assert_eq!(up, None, "{name}");
    }
    for (name, stands_on) in &functions {
        let another = stands_on.iter().find(|on| functions.contains_key(*on));
        assert_eq!(another, None, "{name}");
        // Whoever opens systems of every kind has them all.
        let up = stands_on.iter().filter(|on| infra.contains_key(*on));
        assert!(up.into_iter().all(|on| on == "latchkey-kinds"), "{name}");
    }
}

/// The source files below a folder, without those of tests.
fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap().flatten() {
        let path = entry.path();
        let name = entry.file_name();
        if path.is_dir() && !["tests", "target", "examples"].iter().any(|n| *n == name) {
            sources(&path, found);
        } else if path.extension().is_some_and(|kind| kind == "rs") && name != "tests.rs" {
            found.push(path);
        }
    }
}

#[test]
fn the_state_of_a_task_changes_in_one_file() {
    let mut found = Vec::new();
    for folder in ["shared", "functions", "infra"] {
        sources(&root().join(folder), &mut found);
    }
    assert!(found.len() > 300);
    let changes = |path: &PathBuf| {
        let text = fs::read_to_string(path).unwrap();
        let text = text.split("#[cfg(test)]").next().unwrap_or_default();
        [
            "task.state = ",
            ".state = TaskState::",
            "state = TaskState::Waived",
        ]
        .iter()
        .any(|change| text.contains(change))
    };
    let changing: Vec<PathBuf> = found.into_iter().filter(changes).collect();
    assert_eq!(
        changing,
        [root().join("shared/lifecycle/src/transition.rs")]
    );
}
