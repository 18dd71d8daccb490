//! Everything in a runbook's folder that can be wrong: the runbook, and the mappings of HR sources beside it.

use latchkey_hris::MapSource;
use latchkey_runbook::{Checked, Problem, Runbook, Severity, Source};

/// Checks a runbook's folder. Reports every problem at once; with a wrong mapping the runbook does not become current.
pub fn check(source: &Source) -> Checked {
    let mut checked = Runbook::check(source);
    let mappings = source.files().iter();
    for (file, text) in mappings {
        let Some(name) = MapSource::name_in(file) else {
            continue;
        };
        let Err(problems) = MapSource::read(name, file, text) else {
            continue;
        };
        checked.runbook = None;
        checked
            .problems
            .extend(problems.into_iter().map(|problem| Problem {
                severity: Severity::Error,
                file: problem.file,
                line: problem.line,
                column: problem.column,
                message: problem.message,
                help: None,
            }));
    }
    checked
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    #[test]
    fn a_wrong_mapping_keeps_the_runbook_from_becoming_current() {
        let acme = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../runbooks/acme");
        let mut files = Source::read_dir(&acme).unwrap().files().clone();
        assert!(check(&Source::from_files(files.clone())).runbook.is_some());
        files.insert("source-papaya.yaml".to_owned(), "events: [".to_owned());
        let checked = check(&Source::from_files(files));
        assert!(checked.runbook.is_none());
        let last = checked.problems.last().unwrap();
        assert_eq!(
            (last.file.as_str(), last.is_error()),
            ("source-papaya.yaml", true)
        );
        assert!(last.line > 0, "{last}");
    }
}
