//! `GET /people/{employee}/what-if`: what somebody would gain, lose and keep with another job, by the runbook that
//! counts. Nothing is written.

use std::collections::{BTreeMap, BTreeSet};

use axum::{
    extract::{Path, Query, State},
    response::Response,
};
use latchkey_access::Action;
use latchkey_decisions::today;
use latchkey_hris::normalise::{Misfit, is_blank, set};
use latchkey_lifecycle::{
    Account, Case, CaseId, Entitlement, EventKind, Person, PersonDraft, SystemId, TeamId,
};
use latchkey_questions::facts::team_name;
use latchkey_runbook::{PlanInput, Withholdings, plan};
use latchkey_runtime::Failure;
use maud::{Markup, html};

use crate::{
    Deps,
    frame::page,
    glyph::Glyph,
    pages::people::person::{Found, Stands, Today, crumbs, find, stands_in_words},
    sign_in::{By, Signed, out_of_order},
    views::person::{PersonView, person_path},
};

/// What can be asked about: the name in a link, as HR's records name it, how people say it.
const FIELDS: [(&str, &str, &str); 6] = [
    ("department", "department", "Department"),
    ("title", "title", "Title"),
    ("level", "level", "Level"),
    ("country", "country", "Country"),
    ("location", "location", "Location"),
    ("employment_type", "employmentType", "Employment"),
];

/// As it was typed, by the names in a link.
type Typed = BTreeMap<String, String>;

pub(crate) async fn show(
    State(deps): State<Deps>,
    By(viewer): By,
    Path(employee): Path<String>,
    Query(typed): Query<Typed>,
) -> Response {
    match answer(&deps, &viewer, &employee, &typed).await {
        Ok(response) => response,
        Err(failure) => out_of_order(&failure),
    }
}

async fn answer(
    deps: &Deps,
    viewer: &Signed,
    employee: &str,
    typed: &Typed,
) -> Result<Response, Failure> {
    let found = match find(deps, viewer, Action::AskWhatIf, employee).await? {
        Ok(found) => found,
        Err(refused) => return Ok(refused),
    };
    let story = found.whole.story(viewer.runbook.time_zone());
    let now = Today::of(viewer, &found, story.human(&found.id));
    let view = PersonView::of(&found.id, &now.record);
    let asked = Asked::of(viewer, &now, typed);
    let title = format!("What if? {}", view.name);
    let content = html! {
        (crumbs(&[("/people", "People"), (&view.path(), &view.name)], "What if?"))
        div.head {
            div {
                h1 { "What if " (view.name) " had another job?" }
                p.lede {
                    "Shows what the runbook would give and take. Changes nothing. Now: " (view.what()) " · "
                    (stands_in_words(viewer, &now.stands))
                }
            }
        }
        (errors(&asked))
        (form(&person_path(&found.id), &now.record, typed, &asked))
        (outcome(viewer, &found, &now, &asked))
    };
    Ok(page(viewer, "/people", &title, &content))
}

/// What was asked, read as HR's values are.
struct Asked {
    /// The record that they would have.
    record: PersonDraft,
    /// What could not be read, by its name in a link.
    misfits: Vec<(&'static str, Misfit)>,
    /// Whether anything was asked.
    any: bool,
}

impl Asked {
    fn of(viewer: &Signed, now: &Today, typed: &Typed) -> Asked {
        let mut told = PersonDraft::default();
        let mut misfits = Vec::new();
        let mut any = false;
        for (name, field, _) in FIELDS {
            let Some(value) = typed.get(name).filter(|value| !is_blank(value)) else {
                continue;
            };
            any = true;
            if let Err(misfit) = set(&mut told, field, value) {
                misfits.push((name, misfit));
            }
        }
        let told = viewer.runbook.in_its_words(told);
        Asked {
            record: now.record.clone().updated_with(told),
            misfits,
            any,
        }
    }

    fn misfit(&self, name: &str) -> Option<&Misfit> {
        let mut misfits = self.misfits.iter();
        misfits
            .find(|(of, _)| *of == name)
            .map(|(_, misfit)| misfit)
    }
}

fn value_of<'r>(record: &'r PersonDraft, name: &str) -> Option<&'r String> {
    match name {
        "department" => record.department.as_ref(),
        "title" => record.title.as_ref(),
        "level" => record.level.as_ref(),
        "country" => record.country.as_ref(),
        "location" => record.location.as_ref(),
        _ => record.employment_type.as_ref(),
    }
}

fn errors(asked: &Asked) -> Markup {
    html! {
        @if !asked.misfits.is_empty() {
            div.errors role="alert" {
                h2 { "That could not be read" }
                ul {
                    @for (name, misfit) in &asked.misfits { li { a href=(format!("#{name}")) { (sentence(misfit)) } } }
                }
            }
        }
    }
}

fn sentence(misfit: &Misfit) -> String {
    format!("The {} has to be {}.", misfit.field, misfit.wanted)
}

fn form(path: &str, record: &PersonDraft, typed: &Typed, asked: &Asked) -> Markup {
    html! {
        form method="get" action=(format!("{path}/what-if")) aria-label="What if" {
            div.pair {
                @for (name, _, label) in FIELDS {
                    @let now = value_of(record, name);
                    @let misfit = asked.misfit(name);
                    div class=(if misfit.is_some() { "field wrong" } else { "field" }) {
                        label for=(name) { (label) }
                        @match now {
                            Some(now) => p.hint { "now " (now) },
                            None => p.hint { "none is known now" },
                        }
                        @if let Some(misfit) = misfit { p.why { (sentence(misfit)) } }
                        input id=(name) name=(name) maxlength="200" autocomplete="off"
                            value=[typed.get(name).filter(|value| !is_blank(value)).or(now)];
                    }
                }
            }
            div.gap { p.hint { "Read as HR's values are. What is left empty stays as it is now." } }
            div.buttons { button."button main" { "Show" } }
        }
    }
}

fn outcome(viewer: &Signed, found: &Found, now: &Today, asked: &Asked) -> Markup {
    if !asked.any || !asked.misfits.is_empty() {
        return html! {};
    }
    let record = PersonDraft {
        unread: Vec::new(),
        ..asked.record.clone()
    };
    let after = match record.complete() {
        Ok(after) => after,
        Err(missing) => {
            return html! {
                div."note warn gap" { (Glyph::Talk) div {
                    h2 { "HR has to tell more first" }
                    p { "Without it the matrix gives nothing: " (missing.0.join(", ")) "." }
                } }
            };
        }
    };
    let before = now.person();
    let plan = Plan::of(viewer, before.as_ref(), &after);
    html! {
        section aria-labelledby="plan" {
            h2 #plan { (heading(&after, &plan)) }
            @if !matches!(now.stands, Stands::Here(..) | Stands::Begins(_)) {
                p."soft small" { "Does not work here now: everything would be new." }
            }
            (plan.shown(viewer))
            (notes(viewer, &asked.record, before.as_ref(), &after))
            @if let Some(before) = before.as_ref().filter(|_| !plan.is_empty()) {
                (as_transfer(viewer, found, before, &after))
            }
        }
    }
}

fn heading(after: &Person, plan: &Plan<'_>) -> String {
    let place = after.location.as_deref().unwrap_or(&after.country);
    let who = format!("As {} in {}, {place}", after.title, after.department);
    match (plan.gains.len(), plan.loses.len()) {
        (0, 0) => format!("{who}: no access would change"),
        (more, less) => format!(
            "{who}: more in {}, less in {}",
            systems(more),
            systems(less)
        ),
    }
}

fn systems(count: usize) -> String {
    match count {
        0 => "no system".to_owned(),
        1 => "one system".to_owned(),
        n => format!("{n} systems"),
    }
}

/// How much work it would be.
fn as_transfer(viewer: &Signed, found: &Found, before: &Person, after: &Person) -> Markup {
    let day = today(&found.record.record, &viewer.runbook, viewer.now);
    let (kind, now) = (EventKind::Transfer, viewer.now);
    let id = CaseId::of(kind, &found.id, Some(day));
    let version = viewer.version.clone();
    let case = Case {
        person: Some(after.clone()),
        before: Some(before.clone()),
        names: Some(found.names.clone()),
        effective: Some(day),
        ..Case::received(id, kind, found.id.clone(), version, now, now)
    };
    let input = PlanInput {
        case: &case,
        now,
        touched: &[],
        acted: &BTreeSet::new(),
        withheld: &Withholdings::new(),
        decided: &[],
    };
    let planned = plan(&viewer.runbook, &input);
    let mut tasks = planned.unwrap_or_default();
    tasks.retain(|task| !task.state.is_ended());
    let teams: BTreeSet<&TeamId> = tasks.iter().map(|task| &task.owner).collect();
    let s = |n: usize| if n == 1 { "" } else { "s" };
    html! {
        @if !tasks.is_empty() {
            p."gap small soft" {
                "As a transfer of today this would be " (tasks.len()) " task" (s(tasks.len())) " for "
                (teams.len()) " team" (s(teams.len())) "."
            }
        }
    }
}

/// What would change in one system.
struct Change<'r> {
    system: &'r SystemId,
    what: Vec<String>,
    roles: BTreeSet<&'r str>,
    /// The teams that have to approve something of it.
    approved_by: BTreeSet<String>,
}

/// What would be gained, lost, changed and kept, each by system.
struct Plan<'r> {
    gains: Vec<Change<'r>>,
    loses: Vec<Change<'r>>,
    /// What a system shows of somebody beside what they may do there, and the systems that do.
    changes: BTreeMap<String, Vec<&'r SystemId>>,
    keeps: Vec<Change<'r>>,
}

impl<'r> Plan<'r> {
    fn of(viewer: &'r Signed, before: Option<&'r Person>, after: &'r Person) -> Plan<'r> {
        let mut plan = Plan {
            gains: Vec::new(),
            loses: Vec::new(),
            changes: BTreeMap::new(),
            keeps: Vec::new(),
        };
        for (system, _) in viewer.runbook.systems() {
            let was = before.and_then(|person| viewer.runbook.desired(person, system));
            let will = viewer.runbook.desired(after, system);
            let entitlements = |account: &Option<Account>| {
                let account = account.as_ref();
                account
                    .map(|account| account.entitlements.clone())
                    .unwrap_or_default()
            };
            let (had, has) = (entitlements(&was), entitlements(&will));
            let new: BTreeSet<Entitlement> = has.difference(&had).cloned().collect();
            let gone: BTreeSet<Entitlement> = had.difference(&has).cloned().collect();
            let kept: BTreeSet<Entitlement> = had.intersection(&has).cloned().collect();
            let change =
                |person: Option<&'r Person>, what: &BTreeSet<Entitlement>, account: bool| {
                    let change = Change::of(viewer, person, system, what, account);
                    (!change.what.is_empty()).then_some(change)
                };
            let begins = was.is_none() && will.is_some();
            let ends = was.is_some() && will.is_none();
            plan.gains.extend(change(Some(after), &new, begins));
            plan.loses.extend(change(before, &gone, ends));
            plan.keeps.extend(change(Some(after), &kept, false));
            if let (Some(was), Some(will)) = (&was, &will) {
                for detail in details(was, will) {
                    plan.changes.entry(detail).or_default().push(system);
                }
            }
        }
        plan
    }

    /// Whether nothing would change.
    fn is_empty(&self) -> bool {
        self.gains.is_empty() && self.loses.is_empty() && self.changes.is_empty()
    }

    fn shown(&self, viewer: &Signed) -> Markup {
        html! {
            ul.plan {
                @for change in &self.gains { (change.line(viewer, "add", "gains", "because of ")) }
                @for change in &self.loses { (change.line(viewer, "cut", "loses", "no longer of ")) }
                @for (what, systems) in &self.changes {
                    li.chg {
                        b { "changes" }
                        span {
                            (what)
                            small {
                                "in "
                                @for (n, system) in systems.iter().enumerate() {
                                    @if n > 0 { ", " }
                                    (system_name(viewer, system))
                                }
                            }
                        }
                    }
                }
                @if !self.keeps.is_empty() {
                    li.same {
                        b { "keeps" }
                        span {
                            @for (n, change) in self.keeps.iter().enumerate() {
                                @if n > 0 { "; " }
                                (system_name(viewer, change.system)) " " (change.what.join(", "))
                            }
                        }
                    }
                }
            }
        }
    }
}

/// What would be shown otherwise of somebody.
fn details(was: &Account, will: &Account) -> Vec<String> {
    let changed = will.attributes.iter().filter_map(|(name, value)| {
        let before = was.attributes.get(name).filter(|before| *before != value)?;
        Some(format!("{name}: {before} becomes {value}"))
    });
    changed.collect()
}

fn system_name(viewer: &Signed, id: &SystemId) -> String {
    let known = viewer.runbook.system(id);
    known.map_or_else(|| id.to_string(), |known| known.name.clone())
}

impl<'r> Change<'r> {
    fn of(
        viewer: &'r Signed,
        person: Option<&'r Person>,
        system: &'r SystemId,
        what: &BTreeSet<Entitlement>,
        account: bool,
    ) -> Change<'r> {
        let runbook = &viewer.runbook;
        let roles = what.iter().flat_map(|entitlement| {
            let roles = person.map(|person| runbook.roles_giving(person, system, entitlement));
            roles.unwrap_or_default()
        });
        let teams = what.iter().filter_map(|e| runbook.approved_by(system, e));
        let words = account.then(|| "the account".to_owned()).into_iter();
        Change {
            system,
            what: words.chain(what.iter().map(Entitlement::called)).collect(),
            roles: roles.collect(),
            approved_by: teams.map(|team| team_name(runbook, team)).collect(),
        }
    }

    fn line(&self, viewer: &Signed, class: &str, verb: &str, because: &str) -> Markup {
        let name = system_name(viewer, self.system);
        let of = |all: &BTreeSet<&str>| all.iter().copied().collect::<Vec<_>>().join(", ");
        let teams: Vec<&str> = self.approved_by.iter().map(String::as_str).collect();
        html! {
            li class=(class) {
                b { (verb) }
                span {
                    b { (name) } " " (self.what.join(", "))
                    @if !because.is_empty() && !self.roles.is_empty() { small { (because) (of(&self.roles)) } }
                    @if class == "add" && !teams.is_empty() { small { "after " (teams.join(" and ")) " approved it" } }
                }
            }
        }
    }
}

/// Rules that would be broken, and values that no role matches.
fn notes(viewer: &Signed, record: &PersonDraft, before: Option<&Person>, after: &Person) -> Markup {
    let runbook = &viewer.runbook;
    let had = before
        .map(|person| runbook.broken_by(person))
        .unwrap_or_default();
    let unmatched = runbook.unmatched_values(record);
    html! {
        @for broken in runbook.broken_by(after) {
            div."note warn gap" {
                (Glyph::Trouble)
                div {
                    h3 { @if had.contains(&broken) { "A conflict that there is already" } @else { "A conflict" } }
                    p {
                        (broken.rule) ". "
                        @for (n, (id, entitlement)) in broken.between.iter().enumerate() {
                            @if n > 0 { " and " }
                            b { (entitlement.called()) } " in " (system_name(viewer, id)) " by "
                            (runbook.roles_giving(after, id, entitlement).join(", "))
                        }
                        ". " (team_name(runbook, broken.owner)) " would have to approve it."
                    }
                }
            }
        }
        @if !unmatched.is_empty() {
            div."note warn gap" {
                (Glyph::Trouble)
                div {
                    h3 { "Values that no role knows" }
                    ul { @for value in &unmatched { li { (value) } } }
                }
            }
        }
    }
}
