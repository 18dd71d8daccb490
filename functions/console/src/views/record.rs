//! A record of the audit trail, with who acted, on whom and what, and what proves it.

use std::collections::BTreeMap;

use jiff::Timestamp;
use latchkey_access::{Action, On};
use latchkey_ledger::{FoundRecord, RecordOf, TaskRow};
use latchkey_lifecycle::{AuditBody, Case, CaseId, Signer, SystemId, TaskId, What, came_by};
use latchkey_runbook::Runbook;
use latchkey_runtime::Failure;

use crate::{
    Deps,
    glyph::Glyph,
    sign_in::Signed,
    views::{
        case::{CaseView, without_private},
        history::{drawn, in_words},
        read::{may_read, told},
    },
};

/// A record, as a list and a file show it.
pub(crate) struct RecordView {
    /// When (UTC).
    pub(crate) at: Timestamp,
    pub(crate) glyph: Glyph,
    /// The stable word of what happened.
    pub(crate) what: String,
    /// The same in a sentence, as it was written.
    pub(crate) text: String,
    /// The same with the names of teams.
    pub(crate) in_words: String,
    pub(crate) who: Who,
    pub(crate) of: RecordOf,
    /// The case that it is about, where that is still here.
    pub(crate) case: Option<CaseView>,
    /// The title of the task that it is about.
    pub(crate) task: Option<String>,
    /// The system that it is about, by name.
    pub(crate) system: Option<(SystemId, String)>,
    pub(crate) proof: Option<&'static str>,
    /// Its position in its chain, its hash, and the hash of the record before.
    pub(crate) seq: u64,
    pub(crate) hash: String,
    pub(crate) previous: String,
}

/// Who acted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Who {
    /// The name, for people.
    pub(crate) name: String,
    /// The address, or which part of Latchkey or source of HR it was.
    pub(crate) more: Option<String>,
    /// What their records are found by.
    pub(crate) found_by: Option<String>,
}

impl Who {
    /// Whoever signed a record; `shown`: what of a text the viewer may see.
    fn of(body: &AuditBody, runbook: &Runbook, shown: impl Fn(&str) -> String) -> Who {
        let signer = Signer::of_record(body);
        let (name, more) = match &signer {
            Signer::Function(name) => ("Latchkey".to_owned(), Some((*name).to_owned())),
            Signer::System(id) => ("Latchkey".to_owned(), Some(named(runbook, id))),
            Signer::Source(source) => ("HR".to_owned(), Some((*source).to_owned())),
            Signer::Person {
                name,
                link: Some(to),
                ..
            } => {
                let to = format!("by the link sent to {to}");
                ((*name).to_owned(), Some(to))
            }
            Signer::Person {
                name,
                address,
                through,
                ..
            } => {
                let address = address.filter(|address| address != name);
                let through = through.map(came_by);
                let more: Vec<String> = address
                    .map(str::to_owned)
                    .into_iter()
                    .chain(through)
                    .collect();
                (
                    (*name).to_owned(),
                    Some(more.join(", ")).filter(|more| !more.is_empty()),
                )
            }
        };
        Who {
            name: shown(&name),
            more: more.map(|more| shown(&more)),
            found_by: signer.found_by(),
        }
    }
}

fn named(runbook: &Runbook, system: &str) -> String {
    let id = SystemId::new(system).ok();
    let known = id.and_then(|id| Some(runbook.system(&id)?.name.clone()));
    known.unwrap_or_else(|| system.to_owned())
}

/// What proves a record: a read, somebody's word, the heads of other trails.
fn proof(body: &AuditBody) -> Option<&'static str> {
    match (&body.what, body.detail["how"].as_str()) {
        (What::Verified, Some("read back")) => Some("read back from the system"),
        (What::Verified, _) => Some("by word"),
        (What::Confirmed, _) => Some("word of a second person"),
        (What::Done, _) => Some("word, to be checked"),
        (What::Closed, _) if !body.detail["tasks"].is_null() => {
            Some("names the end of every task’s trail")
        }
        _ => None,
    }
}

/// Records with the cases and tasks that they are about.
///
/// # Errors
/// [`Failure`] when the ledger does not answer.
pub(crate) async fn views(
    deps: &Deps,
    viewer: &Signed,
    records: &[FoundRecord],
) -> Result<Vec<RecordView>, Failure> {
    let ledger = &deps.intake.ledger;
    let ids = records.iter().filter_map(|found| found.of.case().cloned());
    let ids: std::collections::BTreeSet<CaseId> = ids.collect();
    let cases = ledger.cases_by_id(ids).await?;
    let cases: BTreeMap<&CaseId, &Case> = cases.iter().map(|case| (&case.id, case)).collect();
    let tasks = records.iter().filter_map(|found| match &found.of {
        RecordOf::Task(case, task) => Some((case.clone(), task.clone())),
        _ => None,
    });
    let tasks: std::collections::BTreeSet<(CaseId, TaskId)> = tasks.collect();
    let tasks: Vec<TaskRow> = ledger.tasks_by_id(tasks).await?;
    let rows = tasks
        .iter()
        .map(|row| ((&row.task.case_id, &row.task.id), row));
    let rows: BTreeMap<(&CaseId, &TaskId), &TaskRow> = rows.collect();
    let view = |found: &FoundRecord| {
        let case = found.of.case().and_then(|id| cases.get(id)).copied();
        let task = match &found.of {
            RecordOf::Task(case, task) => rows.get(&(case, task)).copied(),
            _ => None,
        };
        view(viewer, found, case, task)
    };
    Ok(records.iter().map(view).collect())
}

fn view(
    viewer: &Signed,
    found: &FoundRecord,
    case: Option<&Case>,
    task: Option<&TaskRow>,
) -> RecordView {
    let body = &found.record.body;
    let whole = viewer.can(Action::SeeReasons, &On::default());
    let reads = match &found.of {
        RecordOf::Task(..) => task.is_some_and(|row| may_read(viewer, &On::default(), row)),
        _ => true,
    };
    let shown = |text: &str| match case.filter(|_| !whole) {
        Some(case) => without_private(case, text),
        None => text.to_owned(),
    };
    RecordView {
        at: body.at,
        glyph: drawn(body).0,
        what: body.what.to_string(),
        text: shown(&told(body, body.text.clone(), whole || reads)),
        in_words: shown(&told(body, in_words(body, &viewer.runbook), whole || reads)),
        who: Who::of(body, &viewer.runbook, shown),
        of: found.of.clone(),
        case: case.map(CaseView::of),
        task: match &found.of {
            RecordOf::Task(_, id) => {
                Some(task.map_or_else(|| id.to_string(), |row| row.task.title.clone()))
            }
            _ => None,
        },
        system: found
            .system
            .as_ref()
            .map(|id| (id.clone(), named(&viewer.runbook, id.as_str()))),
        proof: proof(body),
        seq: found.record.seq,
        hash: found.record.hash.clone(),
        previous: found.record.previous.clone(),
    }
}
