//! A case against its trail: every chain, every state, every task that the trail names. Pure.

use std::{collections::BTreeMap, fmt};

use serde::Deserialize;
use serde_json::Value;

use super::{AuditRecord, Audited, ChainFault, Mark, verify_chain, verify_chain_after};
use crate::{
    Case, CaseId, CaseState, EmployeeId, FindingId, RunbookVersion, Task, TaskId, TaskState, What,
};

/// An item as the ledger keeps it, with its trail.
#[derive(Debug, Clone, Copy)]
pub struct Trailed<'a, T> {
    /// The item.
    pub item: &'a T,
    /// Its records, in order.
    pub records: &'a [AuditRecord],
    /// How many records the item says it has.
    pub seq: u64,
    /// The hash of the last one, as the item says.
    pub head: &'a str,
}

/// Whose trail it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TrailOf {
    /// A case's own.
    Case(CaseId),
    /// A task's.
    Task(CaseId, TaskId),
    /// A finding's.
    Finding(FindingId),
    /// No trail: the files that a runbook version is named after.
    Runbook(RunbookVersion),
    /// No trail: what HR confirmed of somebody, each named by its own words.
    Heard(EmployeeId),
    /// The book of what is about no case: downloads, files, verifications.
    Book,
    /// What somebody set for themselves, by their work e-mail address.
    Own(String),
}

impl fmt::Display for TrailOf {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            TrailOf::Case(case) => write!(f, "case {case}"),
            TrailOf::Task(case, task) => write!(f, "case {case}, task {task}"),
            TrailOf::Finding(finding) => write!(f, "finding {finding}"),
            TrailOf::Runbook(version) => write!(f, "runbook version {version}"),
            TrailOf::Heard(employee) => write!(f, "employee {employee}"),
            TrailOf::Book => f.write_str("book of the company"),
            TrailOf::Own(address) => write!(f, "settings of {address}"),
        }
    }
}

/// What does not fit, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TrailFault {
    /// Whose trail.
    pub of: TrailOf,
    /// What does not fit.
    pub problem: TrailProblem,
}

impl fmt::Display for TrailFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.of, self.problem)
    }
}

/// What does not fit between an item and its trail.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TrailProblem {
    /// The chain is broken.
    #[error(transparent)]
    Chain(#[from] ChainFault),
    /// It stands otherwise than its last record says.
    #[error(
        "it is {is}, and its last record ({seq}) left it {was}: it was changed beside its trail"
    )]
    State {
        /// As it stands.
        is: String,
        /// As the record says.
        was: String,
        /// Which record.
        seq: u64,
    },
    /// It stands where nothing leads without a record.
    #[error("it is {0}, and no record says so: it was changed beside its trail")]
    Unrecorded(String),
    /// It is another one than its last record was written with.
    #[error("it is not as record {seq} was written with it: it was changed beside its trail")]
    Altered {
        /// Which record.
        seq: u64,
    },
    /// It is another one than the checklist was recorded with.
    #[error("it is not as record {seq} of the case planned it: it was changed beside its trail")]
    Replanned {
        /// Which record of the case.
        seq: u64,
    },
    /// It is not there, and a record names it.
    #[error("record {seq} of the case names it, and it is not there: it was deleted")]
    Gone {
        /// Which record of the case.
        seq: u64,
    },
    /// It is there, and the checklist does not name it.
    #[error("record {seq} of the case does not name it: it was put there beside the trail")]
    Unplanned {
        /// Which record of the case.
        seq: u64,
    },
    /// The case was closed over another trail of it.
    #[error(
        "record {seq} of the case closed it over {records} records of this task, and the last of them is not there as it was: \
         the end of the trail was cut off or written anew"
    )]
    ClosedOver {
        /// Which record of the case.
        seq: u64,
        /// How many records the task had.
        records: u64,
    },
    /// Records are there, and what they are of is not.
    #[error("its audit records are there, and it is not: it was deleted")]
    RecordsOnly,
    /// Something names the case, and there is none.
    #[error("{0} names it, and it is not there: it was deleted")]
    Missing(String),
    /// The person's list does not name the case.
    #[error(
        "the list of its person, employee {0}, does not name it: the entry was deleted, or the case was put there by hand"
    )]
    Unlisted(EmployeeId),
    /// Whom the case is for is not known.
    #[error("its person, employee {0}, is not in the ledger: the person was deleted")]
    NoPerson(EmployeeId),
    /// Of what HR confirmed of somebody there is less than was kept.
    #[error("{kept} events of HR were kept, and {there} are there: the others were deleted")]
    HeardGone {
        /// So many were kept.
        kept: u32,
        /// So many are there.
        there: usize,
    },
    /// An event of HR has other words than it was kept with.
    #[error(
        "an event of HR that is kept there has other words by now: it was changed, or exchanged with another one"
    )]
    HeardAltered,
    /// Files of a task are others than its records tell of.
    #[error(
        "the files that stand with it are not those that its records tell of: one was exchanged, taken out or put there beside its \
         trail"
    )]
    OtherEvidence,
    /// What was asked of HR about a task and answered is another than its records tell.
    #[error(
        "what was asked of HR about it and answered is not what its records tell: it was changed beside its trail"
    )]
    OtherTalk,
    /// A task's answer is another one than was recorded.
    #[error(
        "its answer is not the one that record {seq} tells of: it was changed beside its trail"
    )]
    OtherAnswer {
        /// Which record of the task.
        seq: u64,
    },
    /// The book has less than the company's note of it says, or another end.
    #[error(
        "it had {noted} records, and does not end as the company's note of it says: its end, or all of it, was taken away or written \
         anew"
    )]
    BookCut {
        /// So many records it had at least.
        noted: u64,
    },
    /// It does not stand where its own words put it.
    #[error(
        "it does not stand where it is looked for: it was taken out of its list, or put into another one, so that nobody finds it there"
    )]
    Misplaced,
    /// It is held, and nobody is asked about it.
    #[error(
        "it is held, and what the brake holds does not name it, so that nobody can decide about it: the brake's list was changed"
    )]
    HeldByNothing,
    /// What stands in its place is another one by its own words. Moved with its trail, every hash of it is right.
    #[error("what is stored in its place is {0}: it was moved or copied there")]
    Elsewhere(String),
    /// A runbook's files are others than those that its version was made of.
    #[error(
        "its files are not those that the version was made of: they were changed after it was published"
    )]
    OtherFiles,
    /// What went into an archive is in the ledger all the same.
    #[error(
        "it was retired, and rows of it are still here ({0}): retiring was cut off, and `latchkey retire` ends it, or they were put \
         there by hand"
    )]
    StillHere(usize),
    /// It is retired, and no record says so.
    #[error("it is retired, and no record says so: it was changed beside its trail")]
    NotRetired,
    /// An archive is not what went into it.
    #[error(
        "what the archive has of it is not what record {seq} was written over: the archive was changed, or is another one"
    )]
    OtherArchive {
        /// Which record of the case.
        seq: u64,
    },
    /// What is stored cannot be read.
    #[error("what is stored of it cannot be read: {0}")]
    Unreadable(String),
}

/// Checks an item against its trail: the chain, and what its last record says of it.
///
/// # Errors
/// The first thing that does not fit.
pub fn verify_item<T: Audited>(of: &Trailed<'_, T>) -> Result<(), TrailProblem> {
    verify_chain(of.records, of.seq, of.head)?;
    let Some((seq, said)) = last_mark(of.records) else {
        return Ok(());
    };
    let is = of.item.mark();
    match is == *said {
        true => Ok(()),
        false => Err(differ(&is, said, seq)),
    }
}

/// Checks a case that was retired: of its trail there is what came after the archive, beginning with the record that
/// says so.
///
/// # Errors
/// The first thing that does not fit.
pub fn verify_retired(of: &Trailed<'_, Case>) -> Result<(), TrailProblem> {
    let Some(first) = of
        .records
        .first()
        .filter(|first| first.body.what == What::Retired)
    else {
        return Err(TrailProblem::NotRetired);
    };
    let before = (first.seq.saturating_sub(1), first.previous.as_str());
    verify_chain_after(before, of.records, of.seq, of.head)?;
    let Some((seq, said)) = last_mark(of.records) else {
        return Ok(());
    };
    let is = of.item.mark();
    match is == *said {
        true => Ok(()),
        false => Err(differ(&is, said, seq)),
    }
}

/// Checks a case with its tasks: each against its trail, and all of them against what the case's trail names.
pub fn verify_case(
    case: &Trailed<'_, Case>,
    tasks: &BTreeMap<TaskId, Trailed<'_, Task>>,
) -> Vec<TrailFault> {
    let id = &case.item.id;
    let of_task = |name: &TaskId, problem| TrailFault {
        of: TrailOf::Task(id.clone(), name.clone()),
        problem,
    };
    let own = verify_item(case).err().map(|problem| TrailFault {
        of: TrailOf::Case(id.clone()),
        problem,
    });
    let mut faults: Vec<TrailFault> = own.into_iter().collect();
    // Before it is open its checklist may be on the way, and after another case took its place it may have been.
    let settled = matches!(case.item.state, CaseState::Open | CaseState::Closed);
    let planned = last(case.records, What::Planned);
    let mut named: BTreeMap<TaskId, u64> = BTreeMap::new();
    if let Some(record) = planned {
        named.extend(lines(record).map(|(name, _)| (name, record.seq)));
    }
    for (name, task) in tasks {
        let of_plan = planned.and_then(|record| planned_mark(record, name));
        let problem = verify_task(task, of_plan, settled).err();
        faults.extend(problem.map(|problem| of_task(name, problem)));
        if let Some(record) = planned.filter(|_| settled && !named.contains_key(name)) {
            let seq = record.seq;
            faults.push(of_task(name, TrailProblem::Unplanned { seq }));
        }
    }
    if let Some(record) = last(case.records, What::Closed) {
        let seq = record.seq;
        for (name, (records, hash)) in heads(record) {
            let changed = tasks
                .get(&name)
                .is_some_and(|task| !has_head(task.records, records, &hash));
            if changed {
                faults.push(of_task(&name, TrailProblem::ClosedOver { seq, records }));
            }
            named.entry(name).or_insert(seq);
        }
    }
    let gone = named.iter().filter(|(name, _)| !tasks.contains_key(*name));
    faults.extend(gone.map(|(name, seq)| of_task(name, TrailProblem::Gone { seq: *seq })));
    faults
}

/// A task against its trail. What a plan changes of an open task stands in the case's trail: `of_plan` is what the last
/// one said of it, by which record.
fn verify_task(
    task: &Trailed<'_, Task>,
    of_plan: Option<(u64, Mark)>,
    settled: bool,
) -> Result<(), TrailProblem> {
    verify_chain(task.records, task.seq, task.head)?;
    let is = task.item.mark();
    let state = task.item.state;
    let said = last_mark(task.records);
    if task.records.is_empty() && !state.is_unrecorded() {
        return Err(TrailProblem::Unrecorded(is.state));
    }
    if let Some((seq, said)) = said
        && is.state != said.state
        && !(state.is_unrecorded() && TaskState::is_open_word(&said.state))
    {
        return Err(differ(&is, said, seq));
    }
    let as_said = said.is_some_and(|(_, said)| said.digest == is.digest);
    let as_planned = of_plan
        .as_ref()
        .is_some_and(|(_, of_plan)| of_plan.digest == is.digest);
    if as_said || as_planned || !(settled || state.is_ended()) {
        return Ok(());
    }
    match (said, of_plan) {
        (Some((seq, _)), _) => Err(TrailProblem::Altered { seq }),
        (None, Some((seq, _))) => Err(TrailProblem::Replanned { seq }),
        // Records of the time before there were marks.
        (None, None) => Ok(()),
    }
}

fn differ(is: &Mark, said: &Mark, seq: u64) -> TrailProblem {
    if is.state == said.state {
        return TrailProblem::Altered { seq };
    }
    TrailProblem::State {
        is: is.state.clone(),
        was: said.state.clone(),
        seq,
    }
}

fn last_mark(records: &[AuditRecord]) -> Option<(u64, &Mark)> {
    let last = records.last()?;
    Some((last.seq, last.mark.as_ref()?))
}

fn last(records: &[AuditRecord], what: What) -> Option<&AuditRecord> {
    records.iter().rfind(|record| record.body.what == what)
}

/// The lines of a checklist, as the record names them.
fn lines(planned: &AuditRecord) -> impl Iterator<Item = (TaskId, &Value)> {
    let lines = planned.body.detail["tasks"]
        .as_array()
        .into_iter()
        .flatten();
    lines.filter_map(|line| Some((TaskId::new(line["id"].as_str()?).ok()?, line)))
}

fn planned_mark(planned: &AuditRecord, task: &TaskId) -> Option<(u64, Mark)> {
    let (_, line) = lines(planned).find(|(id, _)| id == task)?;
    let mark = Mark::deserialize(line.get("mark")?).ok()?;
    Some((planned.seq, mark))
}

/// The heads of the tasks' trails that a closing record names.
fn heads(closed: &AuditRecord) -> impl Iterator<Item = (TaskId, (u64, String))> {
    let heads = closed.body.detail["tasks"]
        .as_object()
        .into_iter()
        .flatten();
    heads.filter_map(|(task, head)| {
        let hash = head["hash"].as_str()?.to_owned();
        Some((TaskId::new(task).ok()?, (head["records"].as_u64()?, hash)))
    })
}

/// Whether a chain went through this head. It may have grown since.
fn has_head(records: &[AuditRecord], seq: u64, hash: &str) -> bool {
    match seq.checked_sub(1).and_then(|n| usize::try_from(n).ok()) {
        None => true,
        Some(n) => records.get(n).is_some_and(|record| record.hash == hash),
    }
}
