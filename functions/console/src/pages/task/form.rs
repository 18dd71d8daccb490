//! The forms of a task's page: what to do, and the ways out. A letter's link asks for a name; whoever signed in has
//! one.

use latchkey_lifecycle::{
    Answer, Case, Evidence, Field, FieldKind, Step, TaskId, Work, paragraphs,
};
use latchkey_questions::{
    FIELD_LENGTH, LINK_LENGTH, NAME_LENGTH, Place, TEXT_LENGTH, facts::team_name, goal_in_words,
    system_name,
};
use maud::{Markup, html};

use super::{Asked, Opened, approval, files};
use crate::form::{Form, number};

/// Where a task's page has a step, a field or the note: what a list of problems leads to.
fn anchor(asked: &Asked<'_>, place: &Place) -> String {
    match (place, &asked.opened.row.item.task.work) {
        (Place::Step(step), Work::Person { checklist, .. }) => {
            let nth = checklist.iter().position(|item| item == step);
            format!("step-{}", nth.unwrap_or_default() + 1)
        }
        (Place::Field(name), _) => format!("field.{name}"),
        (Place::Link, _) => "link".to_owned(),
        (Place::File, _) => "file".to_owned(),
        (Place::Number, _) => "count".to_owned(),
        (Place::Entitlement(entitlement), _) => {
            let access = &asked.opened.row.item.task.access;
            let nth = access.iter().position(|one| one == entitlement);
            approval::anchor(nth.unwrap_or_default())
        }
        _ => "note".to_owned(),
    }
}

/// What is missing, in a list on top of the page.
pub(super) fn errors(asked: &Asked<'_>) -> Markup {
    let all = asked.wrong;
    html! {
        @if !all.is_empty() {
            section.errors role="alert" aria-labelledby="err-t" tabindex="-1" {
                h2 #err-t {
                    "Not recorded yet: "
                    @match all.len() { 1 => "one thing is not right", n => { (n) " things are not right" } }
                }
                ul {
                    @for (place, problem) in all {
                        li {
                            @match place {
                                Some(place) => a href=(format!("#{}", anchor(asked, place))) { (problem) },
                                None => (problem),
                            }
                        }
                    }
                }
            }
        }
    }
}

/// What is wrong at a place.
pub(super) fn wrong_at<'a>(asked: &'a Asked<'_>, place: &Place) -> Option<&'a str> {
    let found = asked
        .wrong
        .iter()
        .find(|(at, _)| at.as_ref() == Some(place));
    found.map(|(_, problem)| problem.as_str())
}

/// What to do, and the button that says that it is done.
pub(super) fn done_form(asked: &Asked<'_>) -> Markup {
    let (opened, step) = (asked.opened, asked.question.step);
    let task = &opened.row.item.task;
    let button = match step {
        Step::Do if task.approval => "Answer",
        Step::Do => "It is done",
        Step::Confirm => "I confirm it",
        Step::Mend => "It is mended",
    };
    let files = step != Step::Confirm && asked.approval.is_none();
    html! {
        form method="post" enctype=[files.then_some("multipart/form-data")] novalidate {
            (which(asked))
            section aria-labelledby="what" { (what(asked)) }
            @if let Some(about) = asked.approval {
                section aria-labelledby="each" {
                    h2 #each { "Your answer" }
                    (approval::things(asked, about))
                }
            }
            @if step != Step::Confirm {
                section aria-labelledby="down" {
                    h2 #down { "What to write down" }
                    @if let (Step::Do, Work::Person { fields, .. }) = (step, &task.work) {
                        @for field in fields { (input(asked, field)) }
                    }
                    @if asked.approval.is_none() { (files::field(asked)) (link(asked)) }
                    (note(asked))
                }
            }
            (how_many(asked))
            (name(asked, "by"))
            div.buttons {
                button."button main" type="submit" name="answer" value="done" { (button) }
                @if let Some(signer) = asked.signer {
                    @if step != Step::Confirm && asked.approval.is_none() {
                        button.button type="submit" name="answer" value="keep" { "Keep for later" }
                    }
                    span.hint { "Recorded under your name, " (signer) "." }
                }
            }
        }
    }
}

/// Which question a form answers, and about which list: an answer to another one is none.
pub(super) fn which(asked: &Asked<'_>) -> Markup {
    html! {
        @if asks_about_held(asked.opened) {
            input type="hidden" name="list" value=(latchkey_decisions::list_of_held(&asked.opened.held));
        }
        @if asked.signer.is_some() {
            input type="hidden" name="question" value=(question_name(asked.question.step, asked.question.serial));
        }
    }
}

/// Whether the task asks about what the brake holds.
pub(super) fn asks_about_held(opened: &Opened) -> bool {
    opened.row.item.task.id == TaskId::confirm_what_is_held()
}

/// That another number was typed than go on, where a form says that all that is held is meant.
pub(super) fn wrong_number(opened: &Opened, form: &Form) -> Option<(Place, String)> {
    let held = opened.held.len();
    let asks = asks_about_held(opened) && form.answer == "done" && held > 0;
    let wrong = asks && number(&form.count) != Some(held);
    wrong.then(|| {
        let problem = format!("How many go on? Type the number of the list: {held}.");
        (Place::Number, problem)
    })
}

/// The number that somebody types before all that is held goes on.
fn how_many(asked: &Asked<'_>) -> Markup {
    let held = asked.opened.held.len();
    let problem = wrong_at(asked, &Place::Number);
    html! {
        @if asks_about_held(asked.opened) && held > 0 {
            div."field short".wrong[problem.is_some()] {
                label for="count" { "How many go on? Type the number" }
                p.hint #count-h { "So that a list of two is not taken for a list of twenty" }
                @if let Some(problem) = problem { p.why { (problem) } }
                input #count name="count" type="text" inputmode="numeric" autocomplete="off" required
                    data-confirm=(held) aria-describedby="count-h" aria-invalid=[problem.map(|_| "true")];
            }
        }
    }
}

/// A question of a task, as a form names it.
pub(super) fn question_name(step: Step, serial: u32) -> String {
    format!("{}.{serial}", step.as_str())
}

/// The name under an answer, where nobody has signed in.
pub(super) fn name(asked: &Asked<'_>, id: &str) -> Markup {
    html! {
        @if asked.signer.is_none() {
            div.field {
                label for=(id) { "Your name" }
                input type="text" id=(id) name="by" value=(asked.form.by) required autocomplete="name"
                    maxlength=(NAME_LENGTH);
            }
        }
    }
}

fn note(asked: &Asked<'_>) -> Markup {
    let problem = wrong_at(asked, &Place::Note);
    html! {
        div.field.wrong[problem.is_some()] {
            label for="note" { "Note " span.hint { "(if something is worth knowing)" } }
            @if let Some(problem) = problem { p.why { (problem) } }
            textarea id="note" name="note" rows="2" maxlength=(TEXT_LENGTH) { (asked.form.note) }
        }
    }
}

fn link(asked: &Asked<'_>) -> Markup {
    let problem = wrong_at(asked, &Place::Link);
    html! {
        div.field.wrong[problem.is_some()] {
            label for="link" { "Link " span.hint { "(if there is one)" } }
            p.hint #link-h { "For example the ticket" }
            @if let Some(problem) = problem { p.why #link-e { (problem) } }
            input #link type="url" name="link" value=(asked.form.link) inputmode="url" autocomplete="off"
                maxlength=(LINK_LENGTH) aria-describedby=(if problem.is_some() { "link-h link-e" } else { "link-h" }) aria-invalid=[problem.map(|_| "true")];
        }
    }
}

fn what(asked: &Asked<'_>) -> Markup {
    let (opened, step) = (asked.opened, asked.question.step);
    let task = &opened.row.item.task;
    html! {
        @match (step, &task.work) {
            (Step::Confirm, _) => {
                h2 #what { "What " (team_name(&opened.runbook, &task.owner)) " says" }
                @if let Some(Answer::Done(evidence)) = &task.answer { (said(evidence, false)) }
                (files::list(opened, asked.viewer))
            }
            (_, Work::System { system, goal, .. }) => {
                h2 #what { "What should be so in " (system_name(&opened.runbook, system)) }
                p { (goal_in_words(goal)) }
            }
            (_, Work::Person { instructions, checklist, .. }) => {
                h2 #what { @if asked.approval.is_some() { "What is asked" } @else { "What to do" } }
                div.prose {
                    @for lines in paragraphs(instructions) {
                        p { @for (nth, line) in lines.iter().enumerate() { @if nth > 0 { br; } (line) } }
                    }
                }
                (held_list(opened))
                @if step == Step::Do && !checklist.is_empty() { (ticks(asked, checklist)) }
            }
        }
    }
}

fn ticks(asked: &Asked<'_>, checklist: &[String]) -> Markup {
    let open = |item: &&String| wrong_at(asked, &Place::Step((*item).clone())).is_some();
    let open = checklist.iter().filter(open).count();
    let aside = asked
        .opened
        .row
        .item
        .hands()
        .and_then(|hands| hands.aside.as_ref());
    html! {
        fieldset.gap.field[open > 0].wrong[open > 0] {
            legend { "Tick what is done" }
            @match open {
                0 => {},
                1 => p.why { "One step is not ticked" },
                n => p.why { (n) " steps are not ticked" },
            }
            div.ticks {
                @for (nth, item) in checklist.iter().enumerate() {
                    label.tick {
                        input type="checkbox" id=(format!("step-{}", nth + 1)) name="step" value=(item)
                            checked[asked.form.steps.contains(item)];
                        span {
                            (item)
                            @if let Some(aside) = aside.filter(|aside| aside.steps.contains(item)) {
                                small { (aside.by.name) }
                            }
                        }
                    }
                }
            }
        }
    }
}

/// So many of what is held are listed at once; the others can be unfolded.
const HELD: usize = 50;

fn held_line(opened: &Opened, case: &Case) -> Markup {
    let was = opened.stood.get(&case.id).and_then(|stood| stood.day);
    html! {
        li {
            (latchkey_questions::facts::whom(case))
            ", " (case.kind.words())
            @if let Some(day) = case.effective { ", " (day) }
            @if let Some(was) = was { ", moves from " (was) }
            @if let Some(reason) = &case.reason { ": " (reason) }
        }
    }
}

fn held_list(opened: &Opened) -> Markup {
    let held = &opened.held;
    html! {
        @if !held.is_empty() {
            h2 { "Held: " (held.len()) }
            ul { @for case in held.iter().take(HELD) { (held_line(opened, case)) } }
            @if held.len() > HELD {
                // Whoever decides about all of them can see all of them.
                details {
                    summary { "And " (held.len() - HELD) " more" }
                    ul { @for case in held.iter().skip(HELD) { (held_line(opened, case)) } }
                }
            }
            p.small { "Whoever signs in decides person by person on the page " a href="/held" { "Held" } "." }
        }
    }
}

/// What somebody says that they did.
pub(super) fn said(evidence: &Evidence, approval: bool) -> Markup {
    let did = match (approval, evidence.refused.is_empty()) {
        (true, true) => "Approved",
        (true, false) => "Answered",
        (false, _) => "Done",
    };
    html! {
        p { (did) " by " strong { (evidence.by) } "." }
        @if !evidence.steps.is_empty() { ul { @for step in &evidence.steps { li { (step) } } } }
        dl.facts {
            @for (name, value) in &evidence.fields { dt { (name) } dd { (value) } }
            @for (entitlement, why) in &evidence.refused { dt { "Not " (entitlement.called()) } dd { (why) } }
            @if let Some(link) = &evidence.link {
                dt { "Link" }
                dd { a href=(link) rel="noreferrer noopener" { (link) } }
            }
            @if let Some(note) = &evidence.note { dt { "Note" } dd { (note) } }
        }
    }
}

fn input(asked: &Asked<'_>, field: &Field) -> Markup {
    let id = format!("field.{}", field.name);
    let value = asked
        .form
        .fields
        .get(&field.name)
        .map_or("", String::as_str);
    let problem = wrong_at(asked, &Place::Field(field.name.clone()));
    let why = format!("{id}-e");
    let described = problem.map(|_| why.as_str());
    let invalid = problem.map(|_| "true");
    html! {
        div.field.wrong[problem.is_some()] {
            label for=(id) { (field.label) @if !field.required { " " span.hint { "(if you have it)" } } }
            @if let Some(problem) = problem { p.why id=(why) { (problem) } }
            @match field.kind {
                FieldKind::YesNo => select id=(id) name=(id) required[field.required]
                    aria-describedby=[described] aria-invalid=[invalid] {
                    option value="" { "" }
                    @for choice in ["yes", "no"] {
                        option value=(choice) selected[value == choice] { (choice) }
                    }
                }
                kind => input type=(match kind {
                    FieldKind::Date => "date",
                    FieldKind::Number => "number",
                    _ => "text",
                }) step=[(kind == FieldKind::Number).then_some("any")] id=(id) name=(id) value=(value)
                    autocomplete="off" required[field.required] maxlength=(FIELD_LENGTH) aria-describedby=[described]
                    aria-invalid=[invalid];
            }
        }
    }
}
