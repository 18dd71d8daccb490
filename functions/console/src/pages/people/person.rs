//! `GET /people/{employee}`: who somebody is, what they have and why, their cases, and their story.

use std::collections::HashMap;

use axum::{
    extract::{Path, Query, State},
    http::StatusCode,
    response::Response,
};
use jiff::civil::Date;
use latchkey_access::{Action, On};
use latchkey_decisions::{Whole, today};
use latchkey_ledger::PersonRecord;
use latchkey_lifecycle::{Case, EmployeeId, HeardKind, Names, Person, PersonDraft, sentence};
use latchkey_runtime::Failure;
use latchkey_story::{Confirmed, Heard, Human, Story};
use maud::{Markup, html};
use serde::Deserialize;

use crate::{
    Deps,
    frame::{page, page_with},
    glyph::Glyph,
    pages::people::{
        access::{Access, Sources, case_link, section},
        manager, managers_of, open_case,
        story::Told,
    },
    sign_in::{By, Signed, out_of_order},
    views::{
        case::{self, CaseView},
        person::{PersonView, in_a_line, name_of, on, person_path},
        state::State as Standing,
        task::case_path,
    },
    when::day,
};

/// How many cases a page shows, the newest of them.
const CASES: usize = 50;

/// From which event on the story is shown.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct Asked {
    #[serde(default)]
    from: Option<String>,
}

pub(crate) async fn show(
    State(deps): State<Deps>,
    By(viewer): By,
    Path(employee): Path<String>,
    Query(asked): Query<Asked>,
) -> Response {
    let found = match find(&deps, &viewer, Action::SeePeople, &employee).await {
        Ok(Ok(found)) => found,
        Ok(Err(refused)) => return refused,
        Err(failure) => return out_of_order(&failure),
    };
    let from = asked.from.and_then(|from| from.parse().ok());
    match read(&deps, &viewer, &found).await {
        Ok(shown) => {
            let content = content(&viewer, &found, &shown, from.unwrap_or_default());
            page(&viewer, "/people", &shown.view.name, &content)
        }
        Err(failure) => out_of_order(&failure),
    }
}

/// Somebody whom a path names.
pub(crate) struct Found {
    pub(crate) id: EmployeeId,
    pub(crate) whole: Whole,
    pub(crate) record: PersonRecord,
    /// What they are called in the systems.
    pub(crate) names: Names,
    /// What it is about, for who may do something about them.
    pub(crate) on: On,
}

/// Looks for the person of a path; the page that says why there is none to be seen. Of ids that nobody has, who may not
/// see everybody learns nothing.
pub(crate) async fn find(
    deps: &Deps,
    viewer: &Signed,
    action: Action,
    employee: &str,
) -> Result<Result<Found, Response>, Failure> {
    let company = viewer.runbook.time_zone();
    let found = match EmployeeId::new(employee) {
        Err(_) => None,
        Ok(id) => {
            let whole = Whole::of(&deps.intake.ledger, &id, company).await?;
            let record = whole.record(&id).cloned();
            record.map(|record| (id, whole, record))
        }
    };
    let about = on(found.as_ref().map(|(_, _, known)| &known.record));
    let names = match &found {
        Some((id, ..)) => deps.intake.ledger.names_of(id).await?.item,
        None => Names::default(),
    };
    let about = On {
        person: about.person.or_else(|| names.email.clone()),
        ..about
    };
    if let Err(refused) = viewer.may(action, &about) {
        return Ok(Err(refused));
    }
    let Some((id, whole, record)) = found else {
        return Ok(Err(nobody(viewer, employee)));
    };
    Ok(Ok(Found {
        id,
        whole,
        record,
        names,
        on: about,
    }))
}

fn nobody(viewer: &Signed, employee: &str) -> Response {
    let content = html! {
        h1 { "Nobody is known as employee " (employee) }
        p.lede {
            "HR told of nobody with this id. Ids are written here as HR writes them, with the noughts before them."
        }
        div.buttons { a."button main" href="/people" { "Look for somebody" } }
    };
    let status = StatusCode::NOT_FOUND;
    page_with(status, viewer, "/people", "Nobody is known so", &content)
}

/// Where somebody stands today.
pub(crate) enum Stands {
    /// Works here; since when, where that was told, and the last day.
    Here(Option<Date>, Option<Date>),
    /// Begins on this day.
    Begins(Date),
    /// Worked here until this day.
    Left(Date),
    /// A hire was told, and not from which day.
    FirstDayNotTold,
    /// A hire was told, and taken back, or ended before its first day.
    DoesNotStart,
    /// Nobody told that they work here.
    Nowhere,
}

/// What somebody is today, by their story.
pub(crate) struct Today {
    pub(crate) stands: Stands,
    /// The record of today; of who does not work today, as HR told it last.
    pub(crate) record: PersonDraft,
    /// The id by which they go today, where it is another one.
    pub(crate) goes_by: Option<EmployeeId>,
}

impl Today {
    pub(crate) fn of(viewer: &Signed, found: &Found, human: Option<&Human<'_>>) -> Today {
        let date = today(&found.record.record, &viewer.runbook, viewer.now);
        let Some(human) = human else {
            return Today {
                stands: by_record(&found.record.record, date),
                record: found.record.record.clone(),
                goes_by: None,
            };
        };
        let goes_by = human.id_on(date).cloned();
        let record = match &goes_by {
            Some(id) => human.record(id, date),
            None => human.latest(&found.id),
        };
        Today {
            stands: stands(human, date),
            record,
            goes_by: goes_by.filter(|id| *id != found.id),
        }
    }

    /// Everything that a plan needs to know of them, where they work here today or will.
    pub(crate) fn person(&self) -> Option<Person> {
        let works = matches!(self.stands, Stands::Here(..) | Stands::Begins(_));
        let record = PersonDraft {
            unread: Vec::new(),
            ..self.record.clone()
        };
        record.complete().ok().filter(|_| works)
    }
}

fn stands(human: &Human<'_>, date: Date) -> Stands {
    // What goes on without a day between is one time of work.
    let mut times: Vec<(Option<Date>, Option<Date>)> = Vec::new();
    for work in human.at_work() {
        match times.last_mut().filter(|_| work.goes_on) {
            Some((_, end)) => *end = work.end,
            None => times.push((work.first, work.end)),
        }
    }
    let begun = |first: Option<Date>| first.is_none_or(|first| first <= date);
    let over = |end: Option<Date>| end.is_some_and(|end| end <= date);
    let last_of = |end: Option<Date>| end.and_then(|end| end.yesterday().ok());
    let here = times
        .iter()
        .find(|(first, end)| begun(*first) && !over(*end));
    if let Some((first, end)) = here {
        return Stands::Here(*first, last_of(*end));
    }
    let to_come = times.iter().filter_map(|(first, _)| *first);
    if let Some(first) = to_come.filter(|first| *first > date).min() {
        return Stands::Begins(first);
    }
    let since = times.iter().filter_map(|(_, end)| *end).max();
    since.map_or_else(|| never_here(human), Stands::Left)
}

/// Of somebody who never worked here, what became of the last hire.
fn never_here(human: &Human<'_>) -> Stands {
    let hires = human.events().filter(|event| event.heard.kind.joins());
    let day = |heard: &Heard| heard.effective.or(heard.person.start_date);
    let rescinded = |event: &Confirmed<'_>| event.heard.kind == HeardKind::HireRescinded;
    match hires.last() {
        None => Stands::Nowhere,
        Some(hire) if day(hire.heard).is_none() && !human.events().any(|e| rescinded(&e)) => {
            Stands::FirstDayNotTold
        }
        Some(_) => Stands::DoesNotStart,
    }
}

fn by_record(record: &PersonDraft, date: Date) -> Stands {
    match (record.start_date, record.last_day) {
        (_, Some(last)) if last < date => Stands::Left(last.tomorrow().unwrap_or(last)),
        (Some(first), _) if first > date => Stands::Begins(first),
        (None, None) => Stands::Nowhere,
        (first, last) => Stands::Here(first, last),
    }
}

/// What the page shows besides the story.
struct Shown<'a> {
    view: PersonView,
    now: Today,
    story: Story<'a>,
    access: Access,
    cases: Vec<&'a Case>,
    managers: HashMap<EmployeeId, PersonRecord>,
}

async fn read<'a>(deps: &Deps, viewer: &Signed, found: &'a Found) -> Result<Shown<'a>, Failure> {
    let story = found.whole.story(viewer.runbook.time_zone());
    let human = story.human(&found.id);
    let now = Today::of(viewer, found, human);
    let theirs = |case: &&Case| {
        let id = &case.employee_id;
        *id == found.id || human.is_some_and(|human| human.has(id))
    };
    let cases: Vec<&Case> = found.whole.cases().rev().filter(theirs).collect();
    let sources = Sources::read(deps, &found.id, cases.iter().copied()).await?;
    let begins = match now.stands {
        Stands::Begins(first) => Some(first),
        _ => None,
    };
    let access = Access::of(viewer, sources, now.person().as_ref(), begins);
    Ok(Shown {
        view: PersonView::of(&found.id, &now.record),
        managers: managers_of(&deps.intake.ledger, now.record.manager.clone()).await?,
        now,
        story,
        access,
        cases,
    })
}

fn content(viewer: &Signed, found: &Found, shown: &Shown<'_>, from: usize) -> Markup {
    let path = person_path(&found.id);
    let human = shown.story.human(&found.id);
    let reasons = viewer.can(Action::SeeReasons, &found.on);
    html! {
        (crumbs(&[("/people", "People")], &shown.view.name_and_id()))
        (head(viewer, found, shown))
        (notes(viewer, found, shown))
        div.split {
            div {
                (section(viewer, &shown.access, &shown.view.name))
                (cases(viewer, found, shown))
                @if let Some(human) = human {
                    (Told { viewer, whole: &found.whole, story: &shown.story, human, reasons }.section(from, &path))
                }
            }
            aside aria-label="Record and roles" {
                (record(viewer, found, shown, reasons))
                (roles(viewer, shown))
                @if let Some(human) = human { (ids(found, human)) }
            }
        }
    }
}

/// The way back, and where one is.
pub(crate) fn crumbs(above: &[(&str, &str)], here: &str) -> Markup {
    html! {
        nav.crumbs aria-label="Where you are" {
            ol {
                @for (path, name) in above { li { a href=(path) { (name) } } }
                li aria-current="page" { (here) }
            }
        }
    }
}

fn head(viewer: &Signed, found: &Found, shown: &Shown<'_>) -> Markup {
    let reports = manager(viewer, &shown.now.record, &shown.managers);
    let open = shown.cases.iter().find(|case| !case.state.is_ended());
    let open = open.filter(|case| viewer.can(Action::SeeCases, &case::on(case, [])));
    html! {
        div.head {
            div {
                h1 { (shown.view.name) }
                p.lede {
                    (in_a_line([shown.view.what(), format!("employee {}", found.id)], " · "))
                    " · " (stands_in_words(viewer, &shown.now.stands))
                    @if !reports.0.is_empty() { " · reports to " (reports) }
                }
            }
            div.buttons {
                @if viewer.can(Action::AskWhatIf, &found.on) {
                    a.button href=(format!("{}/what-if", person_path(&found.id))) { "What if?" }
                }
                @if let Some(case) = open {
                    a.button href=(case_path(&case.id)) { "Open case: " (CaseView::of(case).happens(viewer)) }
                }
            }
        }
    }
}

pub(crate) fn stands_in_words(viewer: &Signed, stands: &Stands) -> Markup {
    html! {
        @match stands {
            Stands::Here(first, last) => {
                @match first {
                    Some(first) => { "here since " (day(viewer, *first)) }
                    None => "works here",
                }
                @if let Some(last) = last { ", last day " (day(viewer, *last)) }
            }
            Stands::Begins(first) => { "first day " (day(viewer, *first)) }
            Stands::Left(since) => { "has left, not here since " (day(viewer, *since)) }
            Stands::FirstDayNotTold => "hired; the first day is not known yet",
            Stands::DoesNotStart => "was to start, and does not",
            Stands::Nowhere => "nobody told of a hire",
        }
    }
}

/// What needs somebody now: another id that counts, or what HR is asked.
fn notes(viewer: &Signed, found: &Found, shown: &Shown<'_>) -> Markup {
    let other = shown.now.goes_by.as_ref();
    html! {
        @if let Some(other) = other {
            div."note accent" {
                (Glyph::Info)
                div {
                    h2 { "Another employee id counts now" }
                    p { "The page of today is that of " a href=(person_path(other)) { "employee " (other) } "." }
                }
            }
        }
        @if let Some(human) = shown.story.human(&found.id) && human.questions().next().is_some() {
            div."note warn" {
                (Glyph::Talk)
                div {
                    h2 { "HR is asked" }
                    ul { @for (_, reason) in human.questions() { li { (reason) } } }
                    @let open = shown.cases.iter().filter(|case| !case.asks().is_empty() && !case.state.is_ended());
                    @for case in open { p { (open_case(viewer, case)) } }
                }
            }
        }
    }
}

fn cases(viewer: &Signed, found: &Found, shown: &Shown<'_>) -> Markup {
    let elsewhere = found.whole.cases_elsewhere();
    html! {
        section aria-labelledby="cases" {
            h2 #cases { "Cases" }
            @if shown.cases.is_empty() { p.soft { "None that is kept here." } }
            @else {
                table."stack tight" role="table" {
                    thead role="rowgroup" {
                        tr role="row" {
                            @for head in ["Case", "State", "Taken in"] { th scope="col" role="columnheader" { (head) } }
                        }
                    }
                    tbody role="rowgroup" {
                        @for case in shown.cases.iter().take(CASES) { (case_row(viewer, case)) }
                    }
                }
            }
            @if shown.cases.len() > CASES { p."small soft" { "The newest " (CASES) " of " (shown.cases.len()) "." } }
            @if elsewhere > 0 { p."small soft" { (elsewhere) " more in the archive, or about no event of theirs." } }
        }
    }
}

fn case_row(viewer: &Signed, case: &Case) -> Markup {
    let zone = viewer.runbook.time_zone();
    let taken_in = case.opened_at.to_zoned(zone.clone()).date();
    let may = viewer.can(Action::SeeCases, &case::on(case, []));
    let left_out = case::left_out(case).filter(|_| may);
    html! {
        tr role="row" {
            th scope="row" role="rowheader" { (case_link(viewer, case)) small { (case.id) } }
            td role="cell" {
                (Standing::of_case_alone(case))
                @if let Some(said) = left_out { small { (said) } }
            }
            td role="cell" data-l="Taken in" { (day(viewer, taken_in)) }
        }
    }
}

/// HR's record of today. Private addresses are shown to who may read reasons.
fn record(viewer: &Signed, found: &Found, shown: &Shown<'_>, private: bool) -> Markup {
    let record = &shown.now.record;
    let personal = record.personal_email.as_ref().filter(|_| private);
    let facts = [
        (
            "Work address",
            record.work_email.as_ref().or(found.names.email.as_ref()),
        ),
        ("Private address", personal),
        ("Department", record.department.as_ref()),
        ("Title", record.title.as_ref()),
        ("Level", record.level.as_ref()),
        ("Employment", record.employment_type.as_ref()),
        ("Country", record.country.as_ref()),
        ("Location", record.location.as_ref()),
        ("Time zone", record.time_zone.as_ref()),
    ];
    let to_do = !record.unread.is_empty();
    let reports_to = manager(viewer, record, &shown.managers);
    html! {
        section {
            h2 { "HR's record" }
            dl."facts top" {
                @for (name, value) in facts {
                    @if let Some(value) = value { dt { (name) } dd { (value) } }
                }
                @if !reports_to.0.is_empty() { dt { "Manager" } dd { (reports_to) } }
            }
            @if to_do {
                p."small soft" { "Told, and not to be read:" }
                ul.small { @for one in &record.unread { li { (one.field) " has to be " (one.wanted) } } }
            }
            @if !matches!(shown.now.stands, Stands::Here(..)) { p."small soft" { "As HR told it last." } }
        }
    }
}

fn roles(viewer: &Signed, shown: &Shown<'_>) -> Markup {
    let person = shown.now.person();
    let unmatched = person
        .is_some()
        .then(|| viewer.runbook.unmatched_values(&shown.now.record));
    html! {
        @if let Some(person) = &person {
            section {
                h2 { "Roles" }
                p { @for role in viewer.runbook.roles_of(person) { span.chip { (role) } " " } }
                p."small soft" { "By HR's record and runbook " (viewer.version) "." }
                @for value in unmatched.iter().flatten() { p.small { "Note: " (sentence(&value.to_string())) } }
            }
        }
    }
}

fn ids(found: &Found, human: &Human<'_>) -> Markup {
    let ids = human.ids();
    html! {
        @if ids.len() > 1 {
            section {
                h2 { "One human" }
                p.small { "HR knows them under these employee ids; what is said of one counts for all." }
                ul {
                    @for id in ids {
                        li {
                            @if *id == found.id { (id) " (this page)" } @else { a href=(person_path(id)) { (id) } }
                            @if let Some(known) = found.whole.record(id) {
                                " " span.soft { (name_of(id, &known.record)) }
                            }
                        }
                    }
                }
            }
        }
    }
}
