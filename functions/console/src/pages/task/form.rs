//! The forms of a task's page: what to do, and the ways out. A letter's link asks for a name; whoever signed in has
//! one.

use latchkey_lifecycle::{Answer, Case, Evidence, Field, FieldKind, Step, Work, paragraphs};
use latchkey_questions::{
    FIELD_LENGTH, NAME_LENGTH, Place, TEXT_LENGTH,
    facts::{asked_team, team_name},
    goal_in_words, system_name,
};
use maud::{Markup, html};

use super::{Asked, Opened};

/// Where a task's page has a step, a field or the note: what a list of problems leads to.
fn anchor(asked: &Asked<'_>, place: &Place) -> String {
    match (place, &asked.opened.row.item.task.work) {
        (Place::Step(step), Work::Person { checklist, .. }) => {
            let nth = checklist.iter().position(|item| item == step);
            format!("step-{}", nth.unwrap_or_default() + 1)
        }
        (Place::Field(name), _) => format!("field.{name}"),
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
fn wrong_at<'a>(asked: &'a Asked<'_>, place: &Place) -> Option<&'a str> {
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
        Step::Do if task.approval => "Approve",
        Step::Do => "It is done",
        Step::Confirm => "I confirm it",
        Step::Mend => "It is mended",
    };
    html! {
        form method="post" novalidate {
            (which(asked))
            section aria-labelledby="what" { (what(asked)) }
            @if let (Step::Do, Work::Person { fields, .. }) = (step, &task.work) {
                @if !fields.is_empty() {
                    section aria-labelledby="down" {
                        h2 #down { "What to write down" }
                        @for field in fields { (input(asked, field)) }
                    }
                }
            }
            @if step != Step::Confirm { (note(asked)) }
            (name(asked, "by"))
            div.buttons {
                button."button main" type="submit" name="answer" value="done" { (button) }
                @if let Some(signer) = asked.signer {
                    @if step != Step::Confirm {
                        button.button type="submit" name="answer" value="keep" { "Keep for later" }
                    }
                    span.hint { "Recorded under your name, " (signer) "." }
                }
            }
        }
    }
}

/// Which question a form answers: an answer to another one is none.
fn which(asked: &Asked<'_>) -> Markup {
    html! {
        @if asked.signer.is_some() {
            input type="hidden" name="question" value=(question_name(asked.question.step, asked.question.serial));
        }
    }
}

/// A question of a task, as a form names it.
pub(super) fn question_name(step: Step, serial: u32) -> String {
    format!("{}.{serial}", step.as_str())
}

/// The name under an answer, where nobody has signed in.
fn name(asked: &Asked<'_>, id: &str) -> Markup {
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

fn what(asked: &Asked<'_>) -> Markup {
    let (opened, step) = (asked.opened, asked.question.step);
    let task = &opened.row.item.task;
    html! {
        @match (step, &task.work) {
            (Step::Confirm, _) => {
                h2 #what { "What " (team_name(&opened.runbook, &task.owner)) " says" }
                @if let Some(Answer::Done(evidence)) = &task.answer { (said(evidence)) }
            }
            (_, Work::System { system, goal, .. }) => {
                h2 #what { "What should be so in " (system_name(&opened.runbook, system)) }
                p { (goal_in_words(goal)) }
            }
            (_, Work::Person { instructions, checklist, .. }) => {
                h2 #what { "What to do" }
                div.prose {
                    @for lines in paragraphs(instructions) {
                        p { @for (nth, line) in lines.iter().enumerate() { @if nth > 0 { br; } (line) } }
                    }
                }
                (held_list(&opened.held))
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

/// So many of what is held are listed.
const HELD: usize = 50;

fn held_list(held: &[Case]) -> Markup {
    html! {
        @if !held.is_empty() {
            h2 { "Held: " (held.len()) }
            ul {
                @for case in held.iter().take(HELD) {
                    li {
                        (latchkey_questions::facts::whom(case))
                        ", " (case.kind.words())
                        @if let Some(day) = case.effective { ", " (day) }
                        @if let Some(reason) = &case.reason { ": " (reason) }
                    }
                }
            }
            @if held.len() > HELD { p { "And " (held.len() - HELD) " more." } }
            p.small { "Whoever signs in decides person by person on the page " a href="/held" { "Held" } "." }
        }
    }
}

/// What somebody says that they did.
pub(super) fn said(evidence: &Evidence) -> Markup {
    html! {
        p { "Done by " strong { (evidence.by) } "." }
        @if !evidence.steps.is_empty() { ul { @for step in &evidence.steps { li { (step) } } } }
        dl.facts {
            @for (name, value) in &evidence.fields { dt { (name) } dd { (value) } }
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

/// The words of a way out: of the summary, of the button, and the answer that it is.
fn words(asked: &Asked<'_>) -> (&'static str, &'static str, &'static str) {
    let approval = asked.opened.row.item.task.approval;
    match (asked.question.may_waive, asked.question.step) {
        (true, _) => ("Leave this task out", "Leave it out", "waived"),
        (false, Step::Confirm) => ("It is not so: send it back", "Send it back", "declined"),
        (false, _) if approval => ("Do not approve", "Do not approve", "declined"),
        (false, _) => ("Decline this task", "Decline", "declined"),
    }
}

/// The other way out: declining, sending back or leaving out, with what goes along and what happens then.
pub(super) fn refusal(asked: &Asked<'_>) -> Markup {
    let task = &asked.opened.row.item.task;
    let (summary, button, value) = words(asked);
    // What an owner declines goes to somebody who decides first.
    let leaves_out = value == "waived" || (task.approval && asked.question.step == Step::Do);
    let too = asked.left_out_too;
    let id = format!("reason-{value}");
    html! {
        details open[asked.form.answer == value] {
            summary {
                (summary)
                @if !leaves_out && asked.question.step != Step::Confirm {
                    span { " – " (who_decides(asked.opened, asked.question.step)) " decides what happens then" }
                }
            }
            form method="post" novalidate {
                (which(asked))
                p { (then(asked, leaves_out)) }
                @if leaves_out && !too.is_empty() {
                    p { "Leaving this out also leaves out:" }
                    ul { @for title in too { li { (title) } } }
                }
                div.field {
                    label for=(id) { "Reason" }
                    p.hint { "It stands in the case for good." }
                    textarea id=(id) name="reason" rows="2" required maxlength=(TEXT_LENGTH) { (asked.form.reason) }
                }
                (name(asked, &format!("by-{value}")))
                div.buttons { button."button danger" type="submit" name="answer" value=(value) { (button) } }
            }
        }
    }
}

/// What happens then, before anybody presses the button.
fn then(asked: &Asked<'_>, leaves_out: bool) -> String {
    let row = &asked.opened.row.item;
    let decides = who_decides(asked.opened, asked.question.step);
    if leaves_out {
        let for_good = "It ends for good: nobody does it, and the case goes on without it. This cannot be taken back.";
        return for_good.to_owned();
    }
    if asked.question.step != Step::Confirm {
        return format!(
            "{decides} decides what happens then: it is done all the same, or left out."
        );
    }
    let mut again = row.clone();
    again.refusals += 1;
    match again.is_for_the_escalation() {
        true => format!("It was sent back before, so {decides} decides what happens then."),
        false => {
            let owner = team_name(&asked.opened.runbook, &row.task.owner);
            format!("It goes back to {owner}, who is asked to do it again.")
        }
    }
}

/// Who decides about what a team declines, or does not do.
pub(super) fn who_decides(opened: &Opened, step: Step) -> String {
    let contact = opened
        .runbook
        .escalation(asked_team(&opened.row.item, step));
    match &contact.team {
        Some(team) => format!("{} ({})", team_name(&opened.runbook, team), contact.email),
        None => contact.email.clone(),
    }
}
