//! Acme's runbook with mistakes that people make, anywhere in it: the check always ends, never panics, and names a
//! line.

use latchkey_runbook::{Checked, Runbook, Source};
use proptest::prelude::*;

use crate::acme::source;

/// What finds its way into files.
const NOISE: [&str; 24] = [
    "\t", "\u{a0}", "\u{200b}", "“", "\"", "'", "{", "}", "[", "]", ":", ": ", "- ", "#", " #",
    "*x", "&x ", "!x ", "|", ">", "%", "@", "<<: *x", "---",
];

/// Text with something put in, taken out, or moved, at a line and a place in it.
fn mutated(text: &str, (kind, line, at, noise): (usize, usize, usize, usize)) -> String {
    let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
    if lines.is_empty() {
        return String::new();
    }
    let line = line % lines.len();
    let noise = NOISE[noise % NOISE.len()];
    let chars: Vec<char> = lines[line].chars().collect();
    let at = at % (chars.len() + 1);
    let split = |at: usize| {
        let (before, after) = chars.split_at(at.min(chars.len()));
        (
            before.iter().collect::<String>(),
            after.iter().collect::<String>(),
        )
    };
    let (before, after) = split(at);
    match kind {
        0 => lines[line] = format!("{before}{noise}{after}"),
        1 => lines[line] = format!("{before}{}", split(at + 1).1),
        2 => lines[line] = lines[line].replacen(": ", ":", 1),
        3 => lines[line] = format!(" {}", lines[line]),
        4 => lines[line] = lines[line].strip_prefix(' ').unwrap_or_default().to_owned(),
        5 => lines[line] = lines[line].replacen(['"', '{', '[', '}', ']'], "", 1),
        6 => lines[line] = lines[line].replacen('"', "”", 2),
        7 => lines[line] = lines[line].replacen("  ", "\t", 1),
        8 => {
            let again = lines[line].clone();
            lines.insert(line, again);
        }
        9 => {
            lines.remove(line);
        }
        10 => lines.truncate(line),
        _ => {
            let other = (line + at + 1) % lines.len();
            lines.swap(line, other);
        }
    }
    lines.join("\n")
}

fn checked(text: String) -> Checked {
    let mut files = source().files().clone();
    files.insert("runbook.yaml".to_owned(), text);
    Runbook::check(&Source::from_files(files))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn whatever_is_mistyped_the_check_ends_and_names_a_line(
        mistakes in prop::collection::vec((0..12_usize, 0..500_usize, 0..120_usize, 0..24_usize), 1..4),
    ) {
        let text = source().files()["runbook.yaml"].clone();
        let text = mistakes.into_iter().fold(text, |text, mistake| mutated(&text, mistake));
        let lines = text.lines().count().max(1);
        let checked = checked(text);
        let wrong = checked.problems.iter().any(latchkey_runbook::Problem::is_error);
        prop_assert_eq!(checked.runbook.is_none(), wrong);
        for problem in &checked.problems {
            prop_assert!(problem.line >= 1 && problem.column >= 1, "{problem}");
            let of_main = problem.file == "runbook.yaml";
            prop_assert!(!of_main || usize::try_from(problem.line).unwrap() <= lines + 1, "{problem}");
            prop_assert!(!problem.message.is_empty() && !problem.message.contains('\n'), "{problem}");
        }
    }
}

#[test]
fn what_people_mistype_most_is_never_left_to_the_parsers_words() {
    let text = source().files()["runbook.yaml"].clone();
    let mut unexplained = Vec::new();
    for line in (0..text.lines().count()).step_by(4) {
        for kind in [2, 3, 4, 5, 6, 7] {
            let wrong = mutated(&text, (kind, line, 0, 0));
            if let Err(trouble) = latchkey_yaml::read(&wrong)
                && trouble.message.contains("not YAML that can be read")
            {
                unexplained.push(format!("{kind} in line {}: {}", line + 1, trouble.message));
            }
        }
    }
    assert_eq!(unexplained, [""; 0]);
}
