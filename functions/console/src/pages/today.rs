//! `GET /`: what somebody's teams have been asked, by when it is due.

use std::collections::{BTreeSet, HashMap};

use axum::{
    extract::{Query, State},
    response::Response,
};
use jiff::{Span, Timestamp};
use latchkey_access::{Action, Reach};
use latchkey_ledger::{Ledger, LedgerError, Said, Talk, TaskRow};
use latchkey_lifecycle::{Case, CaseId, TaskId, TeamId};
use latchkey_questions::{Absences, facts::team_name};
use latchkey_runtime::Failure;
use maud::{Markup, html};
use serde::Deserialize;

use crate::{
    Deps,
    frame::page,
    glyph::Glyph,
    pages::hands::{away_line, who_has_it},
    sign_in::{By, Signed, out_of_order},
    views::task::TaskView,
    when::{far, instant, late},
};

/// How many tasks of a team are shown; the rest is said in a line.
const SHOWN: u16 = 50;
/// Of so many questions those are shown whose tasks have not ended.
const TALKS: u16 = 200;

/// Whose tasks: one team's, or those of all that somebody may see.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct Choice {
    #[serde(default)]
    team: String,
    /// `mine`: what the viewer has in hand; `nobody`: what nobody has.
    #[serde(default)]
    whose: String,
}

impl Choice {
    /// The address of a list.
    fn path(team: &str, whose: &str) -> String {
        let parts = [("team", team), ("whose", whose)];
        let parts = parts.into_iter().filter(|(_, value)| !value.is_empty());
        let parts: Vec<String> = parts
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        match parts.is_empty() {
            true => "/".to_owned(),
            false => format!("/?{}", parts.join("&")),
        }
    }

    /// Whether a task is one of those that are shown.
    fn shows(&self, viewer: &Signed, list: &List, task: &TaskView) -> bool {
        match self.whose.as_str() {
            "mine" => list.is_theirs(viewer, task),
            "nobody" => task.has.is_none(),
            _ => true,
        }
    }
}

pub(crate) async fn show(
    State(deps): State<Deps>,
    By(viewer): By,
    Query(choice): Query<Choice>,
) -> Response {
    let may_see = teams(&viewer);
    let chosen: Vec<TeamId> = match may_see.iter().find(|team| team.as_str() == choice.team) {
        Some(team) => vec![team.clone()],
        None if viewer.actor.teams.is_empty() => may_see.clone(),
        None => viewer.actor.teams.iter().cloned().collect(),
    };
    match read(&deps, &viewer, &chosen).await {
        Ok(list) => page(
            &viewer,
            "/",
            "Today",
            &content(&viewer, &may_see, &choice, &list),
        ),
        Err(failure) => out_of_order(&failure),
    }
}

/// The teams whose tasks somebody may see, their own first.
fn teams(viewer: &Signed) -> Vec<TeamId> {
    let mut teams: Vec<TeamId> = viewer.actor.teams.iter().cloned().collect();
    if viewer.actor.reach(Action::SeeTasks) == Reach::Everything {
        let others = viewer.runbook.teams().map(|(team, _)| team.clone());
        teams.extend(others.filter(|team| !viewer.actor.teams.contains(team)));
    }
    teams
}

/// What is to be done, and whether there is more than is shown.
pub(super) struct List {
    asked: Vec<TaskView>,
    /// What has not opened yet, the next ones.
    later: Vec<TaskView>,
    /// What the viewer's HR team was asked about tasks of others, the first that was asked first.
    questions: Vec<(TaskView, Said)>,
    more: bool,
    /// Who of these teams is away.
    pub(super) absences: Absences,
}

async fn read(deps: &Deps, viewer: &Signed, teams: &[TeamId]) -> Result<List, Failure> {
    let ledger = &deps.intake.ledger;
    let (mut rows, mut more) = ([Vec::new(), Vec::new()], false);
    for team in teams {
        for (place, asked) in [(0, true), (1, false)] {
            let page = ledger.tasks_of_team(team, asked, SHOWN, None).await?;
            more |= page.next.is_some();
            rows[place].extend(page.tasks);
        }
    }
    let talks = match teams.contains(viewer.runbook.hr_team()) {
        true => {
            ledger
                .talks_of_team(viewer.runbook.hr_team(), TALKS)
                .await?
        }
        false => Vec::new(),
    };
    let asked_about = still_asked(ledger, talks).await?;
    let of_talks = asked_about.iter().map(|(row, _)| row);
    let all = rows.iter().flatten().map(|row| &row.item).chain(of_talks);
    let ids = all.map(|row| row.task.case_id.clone());
    let mut ids: Vec<CaseId> = ids.collect();
    ids.sort();
    ids.dedup();
    let cases = ledger.cases_by_id(ids).await?;
    let cases: HashMap<CaseId, Case> = cases
        .into_iter()
        .map(|case| (case.id.clone(), case))
        .collect();
    let [asked, later] = rows.map(|rows| {
        let views = rows.iter().filter_map(|row| {
            let case = cases.get(&row.item.task.case_id)?;
            Some(TaskView::of(case, &row.item, viewer.now))
        });
        let mut views: Vec<TaskView> = views.collect();
        views.sort_by(|a, b| (a.due, &a.id).cmp(&(b.due, &b.id)));
        views
    });
    let of_teams: Vec<&TeamId> = teams.iter().collect();
    let absences = Absences::read(ledger, &viewer.runbook, &of_teams, viewer.now).await?;
    let questions = asked_about.into_iter().filter_map(|(row, last)| {
        let case = cases.get(&row.task.case_id)?;
        Some((TaskView::of(case, &row, viewer.now), last))
    });
    Ok(List {
        questions: questions.collect(),
        asked,
        later,
        more,
        absences,
    })
}

/// What is asked about tasks that have not ended: of one that has, nobody waits for the answer any more.
async fn still_asked(
    ledger: &Ledger,
    talks: Vec<Talk>,
) -> Result<Vec<(TaskRow, Said)>, LedgerError> {
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
    Ok(asked.take(usize::from(SHOWN)).collect())
}

/// The heads under which tasks stand, in their order.
const GROUPS: [&str; 4] = ["Overdue", "Due today", "Due this week", "Due later"];

/// Under which of them a task stands.
fn group(viewer: &Signed, due: Timestamp) -> usize {
    let zone = viewer.runbook.time_zone();
    let (day, today) = (
        due.to_zoned(zone.clone()).date(),
        viewer.now.to_zoned(zone.clone()).date(),
    );
    let week = today.checked_add(Span::new().days(7)).unwrap_or(today);
    match () {
        () if due < viewer.now => 0,
        () if day <= today => 1,
        () if day < week => 2,
        () => 3,
    }
}

fn content(viewer: &Signed, teams: &[TeamId], choice: &Choice, list: &List) -> Markup {
    let now = viewer.now.to_zoned(viewer.runbook.time_zone().clone());
    let mut groups: [Vec<&TaskView>; 4] = Default::default();
    for task in list
        .asked
        .iter()
        .filter(|task| choice.shows(viewer, list, task))
    {
        groups[group(viewer, task.due)].push(task);
    }
    let of_group = |wanted: usize| {
        let all = list.asked.iter();
        all.filter(|task| group(viewer, task.due) == wanted).count()
    };
    let (late, today) = (of_group(0), of_group(1));
    let begun = list.later.iter().filter(|task| task.opens <= viewer.now);
    let to_come = list.later.len() - begun.clone().count();
    let waiting: Vec<&TaskView> = begun.filter(|_| choice.whose.is_empty()).collect();
    let shown: usize = groups.iter().map(Vec::len).sum();
    html! {
        div.head {
            div {
                h1 { "Today" }
                p.lede { (now.strftime("%A %-d %B").to_string()) ". " (sentence(late, today, list.asked.len()))
                    @match list.questions.len() { 0 => {}, 1 => " One question to you.", n => { " " (n) " questions to you." } }
                }
            }
            @if viewer.actor.ever(Action::ReportUrgentExit) {
                div.buttons { a.button href="/report" {
                    @if viewer.actor.ever(Action::Report) { "Report a hire or an exit" } @else { "Report an urgent exit" }
                } }
            }
        }
        (pills(viewer, teams, choice, list))
        (away_line(viewer, list))
        @if choice.whose.is_empty() { (questions(viewer, &list.questions)) }
        @for (name, tasks) in GROUPS.iter().zip(&groups) {
            @if !tasks.is_empty() { (section(viewer, list, (name, tasks), false)) }
        }
        @if !waiting.is_empty() { (section(viewer, list, ("Waiting on others", &waiting), true)) }
        @if shown == 0 && list.questions.is_empty() { (nothing(choice)) }
        p."gap small soft" {
            @if list.more { "Of each team the first " (SHOWN) " are shown. " }
            @match to_come { 0 => {}, 1 => "One task has not opened yet.", n => { (n) " tasks have not opened yet." } }
        }
    }
}

/// Whose tasks are shown: of which team, and in whose hands.
fn pills(viewer: &Signed, teams: &[TeamId], choice: &Choice, list: &List) -> Markup {
    let count = |whose: &str| {
        let choice = Choice {
            whose: whose.to_owned(),
            ..Choice::default()
        };
        let shown = list
            .asked
            .iter()
            .filter(|task| choice.shows(viewer, list, task));
        shown.count()
    };
    let current = |is: bool| is.then_some("page");
    let own: Vec<&TeamId> = viewer.actor.teams.iter().collect();
    let others = teams
        .iter()
        .filter(|team| own.len() != 1 || own[0] != *team);
    html! {
        nav.pills aria-label="Whose tasks" {
            a href="/" aria-current=[current(choice.team.is_empty() && choice.whose.is_empty())] {
                @match own.as_slice() {
                    [] => "Every team",
                    [team] => (team_name(&viewer.runbook, team)),
                    _ => "My teams",
                }
            }
            @for (whose, name) in [("mine", "Only mine"), ("nobody", "Nobody’s yet")] {
                a href=(Choice::path(&choice.team, whose)) aria-current=[current(choice.whose == whose)] {
                    (name) " " (count(whose))
                }
            }
            @for team in others {
                a href=(Choice::path(team.as_str(), ""))
                    aria-current=[current(choice.team == team.as_str() && choice.whose.is_empty())] {
                    (team_name(&viewer.runbook, team))
                }
            }
        }
    }
}

fn sentence(late: usize, today: usize, all: usize) -> Markup {
    let tasks = |count: usize| match count {
        1 => "One task".to_owned(),
        n => format!("{n} tasks"),
    };
    html! {
        @match (late, today, all) {
            (0, 0, 0) => "No task is asked of you.",
            (0, 0, n) => { (tasks(n)) " asked, none of them due today." }
            (0, n, _) => { b { (tasks(n)) " due today" } ", none is late." }
            (n, 0, _) => { b { (tasks(n)) " late" } "." }
            (n, m, _) => { b { (tasks(n)) " late" } " and " (m) " due today." }
        }
    }
}

fn nothing(choice: &Choice) -> Markup {
    html! {
        section.empty {
            @if !choice.whose.is_empty() {
                h2 { "None of these" }
                p { "No task that is asked is shown by this choice." }
            } @else {
            h2 { "All done" }
            p { "What your team is asked stands here, and in its letters, from the hour on at which it may begin." }
            }
        }
    }
}

/// What others ask HR about their tasks.
fn questions(viewer: &Signed, all: &[(TaskView, Said)]) -> Markup {
    html! {
        @if !all.is_empty() {
            section.group {
                h2 { "Questions to you " span { (all.len()) } }
                ul {
                    @for (task, said) in all {
                        li.row data-row {
                            (Glyph::Talk)
                            div {
                                h3 { a href=(format!("{}#ask", task.path())) { "“" (said.text) "”" } }
                                p { (task.title) " · " span."who-for" { (task.whom()) } }
                            }
                            div {
                                p.when { "asked " (instant(viewer, said.at)) " · " (far(viewer, said.at)) }
                                p { "the task is due " (instant(viewer, task.due)) }
                            }
                            div."who small" { (said.by.name) ", " (team_name(&viewer.runbook, &task.team)) }
                        }
                    }
                }
            }
        }
    }
}

fn section(
    viewer: &Signed,
    list: &List,
    (name, tasks): (&str, &[&TaskView]),
    waits: bool,
) -> Markup {
    html! {
        section.group {
            h2 { (name) " " span { (tasks.len()) } }
            ul { @for task in tasks { (row(viewer, list, task, waits)) } }
        }
    }
}

fn row(viewer: &Signed, list: &List, task: &TaskView, waits: bool) -> Markup {
    let case = &task.case;
    html! {
        li.row data-row {
            (task.state.glyph)
            div {
                h3 { a href=(task.path()) { (task.title) } }
                p { span."who-for" { (task.whom()) } @if !case.what.is_empty() && !task.is_of_many() { " · " (case.what) } }
            }
            div {
                p.when {
                    @if task.due < viewer.now {
                        "was due " (instant(viewer, task.due)) " · " span.late { (late(viewer, task.due)) }
                    } @else {
                        "by " (instant(viewer, task.due)) " · " (far(viewer, task.due))
                    }
                }
                @if !task.is_of_many() { p { (case.happens(viewer)) } }
            }
            div."who small" {
                @if waits && case.stands_still { (Glyph::Trouble) " its case stands still" }
                @else if waits { (Glyph::Waiting) " waits for another task" }
                @else { (who_has_it(viewer, list, task)) }
                @if !waits && (viewer.actor.teams.len() != 1 || !viewer.actor.teams.contains(&task.team)) {
                    " " (team_name(&viewer.runbook, &task.team))
                }
            }
        }
    }
}
