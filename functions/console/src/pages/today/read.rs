//! What a page of Today shows: so much of each list as a page may look at, and where the next one begins.

use std::collections::{BTreeSet, HashMap};

use jiff::Timestamp;
use latchkey_ledger::{Ledger, LedgerError, Said, Talk, TaskRow, TasksPage, TasksPlace};
use latchkey_lifecycle::{Case, CaseId, TaskId, TeamId};
use latchkey_questions::Absences;
use latchkey_runtime::Failure;

use super::{Choice, Whose};
use crate::{Deps, sign_in::Signed, views::task::TaskView};

/// How many tasks of a list a page shows.
pub(super) const SHOWN: u16 = 50;
/// Of so many questions those are shown whose tasks have not ended.
const TALKS: u16 = 200;

/// A part of a list, and where what comes after it begins.
#[derive(Debug, Default)]
pub(super) struct Part {
    pub(super) tasks: Vec<TaskView>,
    pub(super) next: Option<TasksPlace>,
}

/// What is to be done, a page of it.
pub(in crate::pages) struct List {
    /// What is asked, by when it is due, from where the page begins. What the viewer has in hand is among it.
    pub(super) asked: Part,
    /// What the viewer has in hand, or does for somebody who is away: from where the page begins, where only that is
    /// looked for, else the first of it.
    pub(super) mine: Part,
    /// What could begin and waits for other tasks, the first.
    pub(super) waiting: Vec<TaskView>,
    /// How many wait so, and how many have not opened yet, as far as they were looked at.
    pub(super) later: (usize, usize),
    /// Whether there is more of those.
    pub(super) more_later: bool,
    /// What the viewer's HR team was asked about tasks of others, the first that was asked first.
    pub(super) questions: Vec<(TaskView, Said)>,
    /// Whether there are more of those.
    pub(super) more_questions: bool,
    /// Who of these teams is away.
    pub(in crate::pages) absences: Absences,
}

/// Rows of tasks, and where what comes after them begins.
#[derive(Default)]
struct Rows {
    rows: Vec<TaskRow>,
    next: Option<TasksPlace>,
}

impl Rows {
    /// The first of several lists together, as many as a page shows.
    fn first_of(pages: Vec<TasksPage>) -> Rows {
        // Of a list that goes on nobody knows what stands after its end.
        let known = pages.iter().filter_map(|page| page.next.clone()).min();
        let rows = pages.into_iter().flat_map(|page| page.tasks);
        let placed = rows.filter_map(|row| Some((TasksPlace::of_task(&row)?, row)));
        let mut placed: Vec<(TasksPlace, TaskRow)> = placed
            .filter(|(place, _)| known.as_ref().is_none_or(|known| place <= known))
            .collect();
        placed.sort_by(|(one, _), (other, _)| one.cmp(other));
        let full = placed.len() > usize::from(SHOWN);
        placed.truncate(usize::from(SHOWN));
        let last = placed.last().map(|(place, _)| place.clone());
        Rows {
            next: if full { last } else { known },
            rows: placed.into_iter().map(|(_, row)| row).collect(),
        }
    }

    fn part(&self, cases: &HashMap<CaseId, Case>, now: Timestamp) -> Part {
        Part {
            tasks: views(&self.rows, cases, now),
            next: self.next.clone(),
        }
    }
}

fn views(rows: &[TaskRow], cases: &HashMap<CaseId, Case>, now: Timestamp) -> Vec<TaskView> {
    let views = rows.iter().filter_map(|row| {
        let case = cases.get(&row.task.case_id)?;
        Some(TaskView::of(case, row, now))
    });
    views.collect()
}

/// `of`: the teams whose tasks are shown, and those among whose tasks the viewer's own are.
pub(super) async fn read(
    deps: &Deps,
    viewer: &Signed,
    (teams, own_of): (&[TeamId], &[TeamId]),
    choice: &Choice,
) -> Result<List, Failure> {
    let (ledger, now) = (&deps.intake.ledger, viewer.now);
    let of_teams: Vec<&TeamId> = teams.iter().collect();
    let absences = Absences::read(ledger, &viewer.runbook, &of_teams, now).await?;
    let from = choice.from();
    let (of_asked, of_mine) = match choice.whose() {
        Whose::Mine => (None, from.as_ref()),
        Whose::Nobody | Whose::All => (from.as_ref(), None),
    };
    let asked = Rows::first_of(each(ledger, teams, true, of_asked).await?);
    let mine = in_hand(ledger, viewer, &absences, of_mine).await?;
    let (talks, more_talks) = talks(ledger, viewer, teams).await?;
    let later = each(ledger, teams, false, None).await?;
    let more_later = later.iter().any(|page| page.next.is_some());
    let (begun, to_come): (Vec<TaskRow>, Vec<TaskRow>) = later
        .into_iter()
        .flat_map(|page| page.tasks.into_iter().take(usize::from(SHOWN)))
        .partition(|row| row.task.window.opens <= now);
    let counts = (begun.len(), to_come.len());
    let waiting = Rows::first_of(vec![TasksPage {
        tasks: begun,
        next: None,
    }]);
    let of_talks = talks.iter().map(|(row, _)| row);
    let lists = [&asked.rows, &mine.rows, &waiting.rows];
    let cases = cases_of(ledger, lists.into_iter().flatten().chain(of_talks)).await?;
    let mut list = List {
        asked: asked.part(&cases, now),
        mine: mine.part(&cases, now),
        waiting: views(&waiting.rows, &cases, now),
        later: counts,
        more_later,
        more_questions: more_talks,
        questions: Vec::new(),
        absences,
    };
    let questions = talks.into_iter().filter_map(|(row, last)| {
        let case = cases.get(&row.task.case_id)?;
        Some((TaskView::of(case, &row, now), last))
    });
    list.questions = questions.collect();
    let mut mine = std::mem::take(&mut list.mine);
    mine.tasks
        .retain(|task| own_of.contains(&task.team) && list.is_theirs(viewer, task));
    list.mine = mine;
    Ok(list)
}

/// A page of each team's tasks, one more than a page shows: by that one it is known that there is more.
async fn each(
    ledger: &Ledger,
    teams: &[TeamId],
    asked: bool,
    from: Option<&TasksPlace>,
) -> Result<Vec<TasksPage>, LedgerError> {
    let mut pages = Vec::with_capacity(teams.len());
    for team in teams {
        pages.push(ledger.tasks_of_team(team, asked, SHOWN + 1, from).await?);
    }
    Ok(pages)
}

/// What the viewer has in hand, and those who are away and for whom they stand in: found by who has it, since a team's
/// list may be longer than a page looks at.
async fn in_hand(
    ledger: &Ledger,
    viewer: &Signed,
    absences: &Absences,
    from: Option<&TasksPlace>,
) -> Result<Rows, LedgerError> {
    let away = absences.away_today();
    let away = away.filter(|away| crate::pages::hands::stands_in_for(viewer, absences, *away));
    let own = [viewer.actor.address.as_str()].into_iter();
    let whose: BTreeSet<&str> = own.chain(away.map(|away| away.address)).collect();
    let mut pages = Vec::with_capacity(whose.len());
    for address in whose {
        pages.push(ledger.tasks_in_hand(address, SHOWN + 1, from).await?);
    }
    Ok(Rows::first_of(pages))
}

async fn cases_of<'r>(
    ledger: &Ledger,
    rows: impl Iterator<Item = &'r TaskRow>,
) -> Result<HashMap<CaseId, Case>, LedgerError> {
    let ids: BTreeSet<CaseId> = rows.map(|row| row.task.case_id.clone()).collect();
    let cases = ledger.cases_by_id(ids).await?;
    let cases = cases.into_iter().map(|case| (case.id.clone(), case));
    Ok(cases.collect())
}

/// What HR was asked about tasks that have not ended, where HR's tasks are shown, and whether there is more: of one that
/// has ended, nobody waits for the answer any more.
async fn talks(
    ledger: &Ledger,
    viewer: &Signed,
    teams: &[TeamId],
) -> Result<(Vec<(TaskRow, Said)>, bool), LedgerError> {
    let hr = viewer.runbook.hr_team();
    if !teams.contains(hr) {
        return Ok((Vec::new(), false));
    }
    let talks: Vec<Talk> = ledger.talks_of_team(hr, TALKS).await?;
    let full = talks.len() >= usize::from(TALKS);
    let ids = talks
        .iter()
        .map(|talk| (talk.case.clone(), talk.task.clone()));
    let ids: BTreeSet<(CaseId, TaskId)> = ids.collect();
    let mut rows = ledger.tasks_by_id(ids).await?;
    rows.retain(|row| !row.task.state.is_ended());
    let asked = talks.into_iter().filter_map(|mut talk| {
        let is_its = |row: &&TaskRow| row.task.case_id == talk.case && row.task.id == talk.task;
        let row = rows.iter().find(is_its)?.clone();
        Some((row, talk.said.pop()?))
    });
    let mut asked: Vec<(TaskRow, Said)> = asked.collect();
    let more = full || asked.len() > usize::from(SHOWN);
    asked.truncate(usize::from(SHOWN));
    Ok((asked, more))
}
