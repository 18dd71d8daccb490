//! Records as a CSV file (RFC 4180, UTF-8 with its mark, so that spreadsheets read names as they are).

use latchkey_ledger::{RecordOf, RecordPlace};
use latchkey_lifecycle::shown;
use latchkey_runtime::Failure;

use super::asked::{Asked, Choice, path};
use crate::{
    Deps,
    sign_in::Signed,
    views::record::{RecordView, views},
};

/// So many records at most are in one file: an answer of Lambda takes 6 MB.
pub(super) const MOST_LINES: usize = 2000;
/// So many records are read at once.
const AT_ONCE: u16 = 250;
/// So often at most, where few of those that are looked at fit.
const READINGS: usize = 16;

const COLUMNS: [&str; 18] = [
    "instant",
    "local time",
    "what",
    "in words",
    "who",
    "who, more",
    "employee number",
    "person",
    "event",
    "case",
    "task",
    "task title",
    "finding",
    "system",
    "proof",
    "record",
    "hash",
    "hash before",
];

/// The file from where the page begins, and how many records are in it.
pub(super) async fn file(
    deps: &Deps,
    viewer: &Signed,
    choice: &Choice,
    asked: &Asked,
) -> Result<(String, usize), Failure> {
    let mut file = "\u{feff}".to_owned();
    line(&mut file, &COLUMNS.map(str::to_owned));
    let (mut lines, mut next) = (0, RecordPlace::of(&choice.after));
    let Some(records) = &asked.records else {
        return Ok((file, lines));
    };
    for _ in 0..READINGS {
        let left = MOST_LINES.saturating_sub(lines);
        let limit = u16::try_from(left).unwrap_or(AT_ONCE).min(AT_ONCE);
        let ledger = &deps.intake.ledger;
        let found = ledger.records_found(records, limit, next.as_ref()).await?;
        for view in views(deps, viewer, &found.records).await? {
            line(&mut file, &cells(viewer, &view));
            lines += 1;
        }
        next = found.next;
        if next.is_none() || lines >= MOST_LINES {
            break;
        }
    }
    if let Some(next) = next {
        let more = format!(
            "There is more. Open {} and download from there.",
            path(choice, Some(&next))
        );
        let empty = String::new;
        line(&mut file, &[empty(), empty(), "more".to_owned(), more]);
    }
    Ok((file, lines))
}

fn cells(viewer: &Signed, view: &RecordView) -> [String; 18] {
    let zone = viewer.runbook.time_zone();
    let local = view
        .at
        .to_zoned(zone.clone())
        .strftime("%Y-%m-%d %H:%M:%S %Z");
    let case = view.case.as_ref();
    let of_case =
        |part: &dyn Fn(&crate::views::case::CaseView) -> String| case.map(part).unwrap_or_default();
    let (id, task, finding) = match &view.of {
        RecordOf::Case(id) => (id.to_string(), String::new(), String::new()),
        RecordOf::Task(id, task) => (id.to_string(), task.to_string(), String::new()),
        RecordOf::Finding(id) => (String::new(), String::new(), id.to_string()),
        RecordOf::Own(_) | RecordOf::Book => Default::default(),
    };
    [
        view.at.to_string(),
        local.to_string(),
        view.what.clone(),
        view.text.clone(),
        view.who.name.clone(),
        view.who.more.clone().unwrap_or_default(),
        of_case(&|case| case.employee.to_string()),
        of_case(&|case| case.name.clone()),
        of_case(&|case| case.event.clone()),
        id,
        task,
        view.task.clone().unwrap_or_default(),
        finding,
        view.system
            .as_ref()
            .map(|(_, name)| name.clone())
            .unwrap_or_default(),
        view.proof.unwrap_or_default().to_owned(),
        view.seq.to_string(),
        view.hash.clone(),
        view.previous.clone(),
    ]
}

fn line(file: &mut String, cells: &[String]) {
    for (n, text) in cells.iter().enumerate() {
        if n > 0 {
            file.push(',');
        }
        file.push_str(&cell(text));
    }
    file.push_str("\r\n");
}

/// A cell that no spreadsheet takes for a formula.
/// Source: OWASP, "CSV Injection".
fn cell(text: &str) -> String {
    let text = shown::text(text);
    let acts = text.trim_start().starts_with([
        '=', '+', '-', '@', '|', '%', '\u{ff1d}', '\u{ff0b}', '\u{ff0d}', '\u{ff20}',
    ]) || text.starts_with(['\t', '\r', '\n']);
    let before = if acts { "'" } else { "" };
    format!("\"{before}{}\"", text.replace('"', "\"\""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_in_a_cell_acts_in_a_spreadsheet() {
        for (text, written) in [
            ("Zoë said \"yes\", twice", "\"Zoë said \"\"yes\"\", twice\""),
            ("=HYPERLINK(\"x\")", "\"'=HYPERLINK(\"\"x\"\")\""),
            ("+49 30 1", "\"'+49 30 1\""),
            ("-1", "\"'-1\""),
            ("@SUM(A1)", "\"'@SUM(A1)\""),
            (" =1+1", "\"' =1+1\""),
            ("\t=1", "\"'\t=1\""),
            ("1-2", "\"1-2\""),
            ("", "\"\""),
        ] {
            assert_eq!(cell(text), written);
        }
    }
}
