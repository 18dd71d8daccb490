//! `GET /`: what somebody's teams have been asked, by when it is due, and first of it what they have in hand.

mod read;

use axum::{
    extract::{Query, State},
    response::Response,
};
use jiff::{Span, Timestamp};
use latchkey_access::{Action, Reach};
use latchkey_ledger::{Said, TasksPlace};
use latchkey_lifecycle::TeamId;
use latchkey_questions::facts::team_name;
use maud::{Markup, html};
use serde::Deserialize;

use super::hands::{away_line, who_has_it};
use crate::{
    Deps,
    frame::page,
    glyph::Glyph,
    sign_in::{By, Signed, out_of_order},
    views::task::TaskView,
    when::{far, instant, late},
};

pub(in crate::pages) use read::List;
use read::{SHOWN, read};

/// Whose tasks: one team's, or those of all that somebody may see.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct Choice {
    #[serde(default)]
    team: String,
    /// `mine`: what the viewer has in hand; `nobody`: what nobody has.
    #[serde(default)]
    whose: String,
    /// Where the page begins.
    #[serde(default)]
    from: String,
}

/// In whose hands what is shown is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Whose {
    All,
    Mine,
    Nobody,
}

impl Choice {
    fn whose(&self) -> Whose {
        match self.whose.as_str() {
            "mine" => Whose::Mine,
            "nobody" => Whose::Nobody,
            _ => Whose::All,
        }
    }

    fn from(&self) -> Option<TasksPlace> {
        TasksPlace::of(&self.from)
    }

    /// Whether the list is shown from its beginning on.
    fn begins(&self) -> bool {
        self.from().is_none()
    }

    /// The address of a list.
    fn path(team: &str, whose: &str, from: Option<&TasksPlace>) -> String {
        let mut query = form_urlencoded::Serializer::new(String::new());
        let from = from.map_or("", TasksPlace::as_str);
        for (name, value) in [("team", team), ("whose", whose), ("from", from)] {
            if !value.is_empty() {
                query.append_pair(name, value);
            }
        }
        match query.finish().as_str() {
            "" => "/".to_owned(),
            query => format!("/?{query}"),
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
    // What one has in hand is found whichever team's it is, where none was chosen.
    let own_of = match choice.team.is_empty() {
        true => &may_see,
        false => &chosen,
    };
    match read(&deps, &viewer, (&chosen, own_of), &choice).await {
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

/// The heads under which tasks stand, in their order.
const GROUPS: [&str; 4] = ["Overdue", "Due today", "Due this week", "Due later"];

/// Under which of them a task stands.
fn group(viewer: &Signed, task: &TaskView) -> usize {
    let zone = viewer.runbook.time_zone();
    let day_of = |at: Timestamp| at.to_zoned(zone.clone()).date();
    let (day, today) = (day_of(task.due), viewer.today());
    let week = today.checked_add(Span::new().days(7)).unwrap_or(today);
    match () {
        () if task.late => 0,
        () if day <= today => 1,
        () if day < week => 2,
        () => 3,
    }
}

/// What is listed under the heads: of all, what the viewer has in hand stands apart.
fn listed<'l>(choice: &Choice, list: &'l List) -> Vec<&'l TaskView> {
    let is_mine = |task: &&TaskView| list.mine.tasks.iter().any(|mine| mine.is(task));
    match choice.whose() {
        Whose::All => list.asked.tasks.iter().filter(|t| !is_mine(t)).collect(),
        Whose::Mine => list.mine.tasks.iter().collect(),
        Whose::Nobody => {
            let all = list.asked.tasks.iter();
            all.filter(|task| task.has.is_none()).collect()
        }
    }
}

/// All that is asked, as far as it was looked at.
fn known(list: &List) -> impl Iterator<Item = &TaskView> {
    let asked = &list.asked.tasks;
    let others = list.mine.tasks.iter();
    let others = others.filter(|mine| !asked.iter().any(|task| task.is(mine)));
    asked.iter().chain(others)
}

fn content(viewer: &Signed, teams: &[TeamId], choice: &Choice, list: &List) -> Markup {
    let now = viewer.now.to_zoned(viewer.runbook.time_zone().clone());
    let mut groups: [Vec<&TaskView>; 4] = Default::default();
    let shown = listed(choice, list);
    for task in &shown {
        groups[group(viewer, task)].push(task);
    }
    let all = choice.whose() == Whose::All && choice.begins();
    let mine: Vec<&TaskView> = list.mine.tasks.iter().filter(|_| all).collect();
    let waiting: Vec<&TaskView> = list.waiting.iter().filter(|_| all).collect();
    let empty = shown.is_empty() && mine.is_empty() && list.questions.is_empty();
    html! {
        div.head {
            div {
                h1 { "Today" }
                p.lede { (now.strftime("%A %-d %B").to_string()) ". " (sentence(viewer, choice, list)) }
            }
            @if viewer.actor.ever(Action::ReportUrgentExit) {
                div.buttons { a.button href="/report" {
                    @if viewer.actor.ever(Action::Report) { "Report a hire or an exit" } @else { "Report an urgent exit" }
                } }
            }
        }
        (pills(viewer, teams, choice, list))
        (away_line(viewer, list))
        @if all { (questions(viewer, list)) }
        @if !mine.is_empty() {
            (section(viewer, list, ("In your hands", &mine, list.mine.next.is_some()), false))
            @if list.mine.next.is_some() {
                p.small { a href=(Choice::path(&choice.team, "mine", None)) { "All that you have in hand" } }
            }
        }
        @for (name, tasks) in GROUPS.iter().zip(&groups) {
            @if !tasks.is_empty() { (section(viewer, list, (name, tasks, false), false)) }
        }
        (pages(choice, list))
        @if !waiting.is_empty() {
            @let more = list.later.0 > waiting.len() || (list.more_later && list.later.1 == 0);
            (section(viewer, list, ("Waiting on others", &waiting, more), true))
            @if more { p.small.soft { "More of them wait than are shown here; each is on the page of its case." } }
        }
        @if empty { (nothing(choice, choice_of(choice, list).is_some())) }
        @if choice.begins() { (not_open_yet(list)) }
    }
}

/// Where the list that is shown goes on.
fn choice_of<'l>(choice: &Choice, list: &'l List) -> Option<&'l TasksPlace> {
    match choice.whose() {
        Whose::Mine => list.mine.next.as_ref(),
        Whose::All | Whose::Nobody => list.asked.next.as_ref(),
    }
}

fn pages(choice: &Choice, list: &List) -> Markup {
    let next = choice_of(choice, list);
    html! {
        @if next.is_some() || !choice.begins() {
            nav.pages aria-label="More tasks" {
                span.soft { "By when they are due, at most " (SHOWN) " on a page." }
                @if !choice.begins() {
                    a.button href=(Choice::path(&choice.team, &choice.whose, None)) { "The first" }
                }
                @if let Some(next) = next {
                    a.button href=(Choice::path(&choice.team, &choice.whose, Some(next))) rel="next" { "Next" }
                }
            }
        }
    }
}

fn not_open_yet(list: &List) -> Markup {
    html! {
        p."gap small soft" {
            @match (list.later.1, list.more_later) {
                (0, _) => {}
                (n, true) => { "At least " (tasks(n).to_lowercase()) " have not opened yet." }
                (1, false) => "One task has not opened yet.",
                (n, false) => { (n) " tasks have not opened yet." }
            }
        }
    }
}

/// Whose tasks are shown: of which team, and in whose hands.
fn pills(viewer: &Signed, teams: &[TeamId], choice: &Choice, list: &List) -> Markup {
    let current = |is: bool| is.then_some("page");
    let own: Vec<&TeamId> = viewer.actor.teams.iter().collect();
    let others = teams
        .iter()
        .filter(|team| own.len() != 1 || own[0] != *team);
    // A later page of a list knows nothing of what stands before it.
    let whole =
        |whose: Whose| choice.begins() || (choice.whose() == Whose::Mine) != (whose == Whose::Mine);
    let mine = (list.mine.tasks.len(), list.mine.next.is_some());
    let free = known(list).filter(|task| task.has.is_none()).count();
    let free = (free, list.asked.next.is_some());
    let counted = [
        ("mine", "Only mine", whole(Whose::Mine).then_some(mine)),
        (
            "nobody",
            "Nobody’s yet",
            whole(Whose::Nobody).then_some(free),
        ),
    ];
    html! {
        nav.pills aria-label="Whose tasks" {
            a href="/" aria-current=[current(choice.team.is_empty() && choice.whose() == Whose::All)] {
                @match own.as_slice() {
                    [] => "Every team",
                    [team] => (team_name(&viewer.runbook, team)),
                    _ => "My teams",
                }
            }
            @for (whose, name, count) in counted {
                a href=(Choice::path(&choice.team, whose, None)) aria-current=[current(choice.whose == whose)] {
                    (name)
                    @match count {
                        None => {}
                        Some((n, false)) => { " " (n) }
                        Some((n, true)) => { ", at least " (n) }
                    }
                }
            }
            @for team in others {
                a href=(Choice::path(team.as_str(), "", None))
                    aria-current=[current(choice.team == team.as_str() && choice.whose() == Whose::All)] {
                    (team_name(&viewer.runbook, team))
                }
            }
        }
    }
}

fn tasks(count: usize) -> String {
    match count {
        1 => "One task".to_owned(),
        n => format!("{n} tasks"),
    }
}

/// What is asked, in a sentence: of more than a page looks at, only what is sure.
fn sentence(viewer: &Signed, choice: &Choice, list: &List) -> Markup {
    if !choice.begins() {
        return html! { "A later page of what is asked, by when it is due." };
    }
    let of_group = |wanted: usize| {
        let all = known(list);
        all.filter(|task| group(viewer, task) == wanted).count()
    };
    let (late, today, all) = (of_group(0), of_group(1), known(list).count());
    let more = list.asked.next.is_some();
    let at_least = |count: usize| match more {
        true => format!("At least {}", tasks(count).to_lowercase()),
        false => tasks(count),
    };
    let questions = list.questions.len();
    html! {
        @match (late, today, all) {
            (0, 0, 0) => "No task is asked of you.",
            (0, 0, n) if more => { "More than " (tasks(n).to_lowercase()) " asked; of the first of them none is due today." }
            (0, 0, n) => { (tasks(n)) " asked, none of them due today." }
            (0, n, _) => { b { (at_least(n)) " due today" } ", none is late." }
            (n, 0, _) => { b { (at_least(n)) " late" } "." }
            (n, m, _) => { b { (at_least(n)) " late" } " and " (m) " due today." }
        }
        @if more && late + today > 0 { " More than " (all) " are asked." }
        @match (questions, list.more_questions) {
            (0, _) => {}
            (n, true) => { " More than " (n) " questions to you." }
            (1, false) => " One question to you.",
            (n, false) => { " " (n) " questions to you." }
        }
    }
}

fn nothing(choice: &Choice, more: bool) -> Markup {
    html! {
        section.empty {
            @if more {
                h2 { "None among those looked at" }
                p { "Of the first " (SHOWN) " tasks none is shown by this choice. The next ones are a page further." }
            } @else if choice.whose() != Whose::All {
                h2 { "None of these" }
                p { "No task that is asked is shown by this choice." }
            } @else if !choice.begins() {
                h2 { "Nothing more" }
                p { "No task that is asked is due later." }
            } @else {
            h2 { "All done" }
            p { "What your team is asked stands here, and in its letters, from the hour on at which it may begin." }
            }
        }
    }
}

/// What others ask HR about their tasks.
fn questions(viewer: &Signed, list: &List) -> Markup {
    let all: &[(TaskView, Said)] = &list.questions;
    html! {
        @if !all.is_empty() {
            section.group {
                h2 { "Questions to you " span { (counted(all.len(), list.more_questions)) } }
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

/// How many stand under a head, where there may be more than are shown.
fn counted(count: usize, more: bool) -> String {
    match more {
        true => format!("the first {count}"),
        false => count.to_string(),
    }
}

fn section(
    viewer: &Signed,
    list: &List,
    (name, tasks, more): (&str, &[&TaskView], bool),
    waits: bool,
) -> Markup {
    html! {
        section.group {
            h2 { (name) " " span { (counted(tasks.len(), more)) } }
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
                    @if task.late && task.due >= viewer.now {
                        span.late { "asked late" } ": by " (instant(viewer, task.due)) " · " (far(viewer, task.due))
                    } @else if task.late {
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
