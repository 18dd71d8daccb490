//! Open cases in the order in which they need somebody: what is in trouble first, then what is asked, by when; so far as
//! a page may look.

use std::{cmp::Reverse, collections::BTreeMap};

use jiff::Timestamp;
use latchkey_access::{Action, Reach};
use latchkey_ledger::{CasesPlace, Shelf, TaskRow};
use latchkey_lifecycle::{Case, CaseId, EventKind};
use latchkey_runtime::Failure;

use super::{LOOKED_AT, LookedAt, own};
use crate::{
    Deps,
    sign_in::Signed,
    views::{
        self,
        case::teams_of,
        next::due,
        state::{State, Tone},
    },
};

/// Of so many cases the whole checklists are read; of more, what their teams are asked next.
const READ_WHOLE: usize = 50;
/// So many tasks of a team are looked at then, of those that it is asked and of those that it will be.
const FIRST_OF_A_TEAM: u16 = 30;
/// So many cases at most are added that are in trouble and were not among the newest.
const ADDED: usize = 50;

/// What needs somebody, the first first, as the pages say it.
pub(super) const MARKED: [&str; 7] = [
    "stands still",
    "escalated",
    "late",
    "declined",
    "trouble",
    "held",
    "waits for HR",
];

/// Open cases.
pub(super) struct Open {
    pub(super) cases: Vec<OpenCase>,
    /// Where those begin that were not looked at.
    pub(super) older: Option<CasesPlace>,
    /// Whether there are some of the viewer's own that were not looked at.
    pub(super) unseen: bool,
}

/// An open case, as far as it was looked at.
pub(super) struct OpenCase {
    pub(super) case: Case,
    pub(super) state: State,
    rows: Vec<TaskRow>,
    /// Whether these are all of its tasks.
    whole: bool,
}

impl OpenCase {
    fn of(case: Case, rows: Vec<TaskRow>, whole: bool, now: Timestamp) -> OpenCase {
        let states: Vec<State> = rows.iter().map(|row| State::of_task(row, now)).collect();
        OpenCase {
            state: State::of_case(&case, &states),
            case,
            rows,
            whole,
        }
    }

    /// All of its tasks.
    ///
    /// # Errors
    /// [`Failure`] when the ledger does not answer.
    pub(super) async fn tasks(&self, deps: &Deps) -> Result<Vec<TaskRow>, Failure> {
        if self.whole {
            return Ok(self.rows.clone());
        }
        let rows = deps.intake.ledger.tasks(&self.case.id).await?;
        Ok(rows.into_iter().map(|row| row.item).collect())
    }

    /// Who is needed, then by when; what nobody has to do yet comes last, the newest of it first.
    fn place(&self, now: Timestamp) -> (usize, bool, Option<Timestamp>, Reverse<Timestamp>) {
        let marked = MARKED.iter().position(|word| *word == self.state.word);
        let open = self.rows.iter().filter(|row| !row.task.state.is_ended());
        let needed = open.filter_map(|row| {
            let state = State::of_task(row, now);
            let asks = !matches!(state.tone, Tone::Calm | Tone::Good);
            let counts = asks && (marked.is_none() || state.word == self.state.word);
            counts.then(|| due(row))
        });
        let by = needed.min();
        let opened = Reverse(self.case.opened_at);
        (marked.unwrap_or(MARKED.len()), by.is_none(), by, opened)
    }
}

/// Open cases that somebody may see, in their order.
pub(super) async fn open(
    deps: &Deps,
    viewer: &Signed,
    kind: Option<EventKind>,
) -> Result<Open, Failure> {
    let everything = viewer.actor.reach(Action::SeeCases) == Reach::Everything;
    let LookedAt {
        cases,
        next: older,
        unseen,
    } = match everything {
        true => newest(deps).await?,
        false => own(deps, viewer, Shelf::Open, kind, None).await?,
    };
    let whole = cases.len() <= READ_WHOLE && older.is_none();
    let mut found = match whole {
        true => read(deps, viewer, cases).await?,
        false => known(deps, viewer, cases, everything).await?,
    };
    found.retain(|one| kind.is_none_or(|kind| kind == one.case.kind));
    found.sort_by_cached_key(|one| (one.place(viewer.now), one.case.id.clone()));
    Ok(Open {
        cases: found,
        older,
        unseen,
    })
}

async fn newest(deps: &Deps) -> Result<LookedAt, Failure> {
    let (mut cases, mut from) = (Vec::new(), None);
    loop {
        let left = LOOKED_AT.saturating_sub(cases.len());
        let limit = u16::try_from(left).ok();
        let page = deps.intake.ledger.some_cases(Shelf::Open, limit, from);
        let page = page.await?;
        cases.extend(page.cases);
        from = page.next;
        if from.is_none() || cases.len() >= LOOKED_AT {
            return Ok(LookedAt::of_shelf(cases, from));
        }
    }
}

/// Each with its whole checklist.
async fn read(deps: &Deps, viewer: &Signed, cases: Vec<Case>) -> Result<Vec<OpenCase>, Failure> {
    let mut all = Vec::with_capacity(cases.len());
    for case in cases {
        let rows = deps.intake.ledger.tasks(&case.id).await?;
        let rows: Vec<TaskRow> = rows.into_iter().map(|row| row.item).collect();
        // What is found by a task, or by who reports to somebody, is looked at once more as it stands now.
        if viewer.can(Action::SeeCases, &views::case::on(&case, teams_of(&rows))) {
            all.push(OpenCase::of(case, rows, true, viewer.now));
        }
    }
    Ok(all)
}

/// Each with what of it stands first among what teams are asked, or will be.
async fn known(
    deps: &Deps,
    viewer: &Signed,
    mut cases: Vec<Case>,
    everything: bool,
) -> Result<Vec<OpenCase>, Failure> {
    let ledger = &deps.intake.ledger;
    let mut rows: BTreeMap<CaseId, Vec<TaskRow>> = BTreeMap::new();
    for (team, _) in viewer.runbook.teams() {
        for asked in [true, false] {
            let page = ledger
                .tasks_of_team(team, asked, FIRST_OF_A_TEAM, None)
                .await?;
            for row in page.tasks {
                let case = row.task.case_id.clone();
                rows.entry(case).or_default().push(row);
            }
        }
    }
    if everything {
        let is_known = |id: &CaseId| cases.iter().any(|case| case.id == *id);
        let troubled = |row: &TaskRow| {
            let tone = State::of_task(row, viewer.now).tone;
            matches!(tone, Tone::Bad | Tone::Warn)
        };
        let others = rows.iter().filter(|(_, rows)| rows.iter().any(troubled));
        let others = others.map(|(id, _)| id).filter(|id| !is_known(id));
        let others: Vec<CaseId> = others.take(ADDED).cloned().collect();
        let mut others = ledger.cases_by_id(others).await?;
        others.retain(|case| !case.is_settled());
        cases.extend(others);
    }
    let all = cases.into_iter().map(|case| {
        let rows = rows.remove(&case.id).unwrap_or_default();
        OpenCase::of(case, rows, false, viewer.now)
    });
    Ok(all.collect())
}
