//! The forms of a task's page.

use latchkey_lifecycle::{Answer, Case, Field, FieldKind, Step, Work};
use latchkey_questions::{FIELD_LENGTH, NAME_LENGTH, TEXT_LENGTH, facts::team_name, goal_in_words};
use maud::{Markup, html};

use crate::{form::Form, pages::task_link::Opened};

/// What to do, and the button that says that it is done.
pub(crate) fn done_form(opened: &Opened, form: &Form) -> Markup {
    let (task, step) = (&opened.row.item.task, opened.question.step);
    html! {
        form method="post" {
            @match (step, &task.work) {
                (Step::Confirm, _) => {
                    h2 { "What " (team_name(&opened.runbook, &task.owner)) " says" }
                    (evidence(task.answer.as_ref()))
                }
                (_, Work::System { system, goal, .. }) => {
                    h2 { "What should be so in " (system) }
                    p { (goal_in_words(goal)) }
                }
                (_, Work::Person { instructions, checklist, fields }) => {
                    h2 { "What to do" }
                    p.instructions { (instructions) }
                    (held_list(&opened.held))
                    @if step == Step::Do {
                        @for item in checklist {
                            label.step {
                                input type="checkbox" name="step" value=(item) checked[form.steps.contains(item)];
                                span { (item) }
                            }
                        }
                        @for field in fields { (input(field, form)) }
                    }
                }
            }
            label for="by" { "Your name" }
            input type="text" id="by" name="by" value=(form.by) required autocomplete="name" maxlength=(NAME_LENGTH);
            @if step != Step::Confirm {
                label for="note" { "Note " small { "(if something is worth knowing)" } }
                textarea id="note" name="note" rows="2" maxlength=(TEXT_LENGTH) { (form.note) }
            }
            button type="submit" name="answer" value="done" {
                @match step {
                    Step::Do if task.approval => "Approve",
                    Step::Do => "It is done",
                    Step::Confirm => "I confirm it",
                    Step::Mend => "It is mended",
                }
            }
        }
    }
}

fn held_list(held: &[Case]) -> Markup {
    html! {
        @if !held.is_empty() {
            h2 { "Held: " (held.len()) }
            ul {
                @for case in held {
                    li {
                        (latchkey_questions::facts::whom(case))
                        ", " (case.kind.words())
                        @if let Some(day) = case.effective { ", " (day) }
                        @if let Some(reason) = &case.reason { ": " (reason) }
                    }
                }
            }
        }
    }
}

fn evidence(answer: Option<&Answer>) -> Markup {
    html! {
        @if let Some(Answer::Done(evidence)) = answer {
            p { "Done by " strong { (evidence.by) } "." }
            ul { @for step in &evidence.steps { li { (step) } } }
            dl {
                @for (name, value) in &evidence.fields { dt { (name) } dd { (value) } }
                @if let Some(note) = &evidence.note { dt { "Note" } dd { (note) } }
            }
        }
    }
}

fn input(field: &Field, form: &Form) -> Markup {
    let id = format!("field.{}", field.name);
    let value = form.fields.get(&field.name).map_or("", String::as_str);
    html! {
        label for=(id) { (field.label) @if !field.required { " " small { "(if you have it)" } } }
        @match field.kind {
            FieldKind::YesNo => select id=(id) name=(id) required[field.required] {
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
                required[field.required] maxlength=(FIELD_LENGTH);
        }
    }
}

/// The other way out: declining, sending back or leaving out, with what goes along.
pub(crate) fn refusal(opened: &Opened, form: &Form, too: &[String]) -> Markup {
    let task = &opened.row.item.task;
    let (summary, button, value) = match (opened.question.may_waive, opened.question.step) {
        (true, _) => ("Leave this task out", "Leave it out", "waived"),
        (false, Step::Confirm) => ("It is not so: send it back", "Send it back", "declined"),
        (false, _) if task.approval => ("Do not approve", "Do not approve", "declined"),
        (false, _) => ("Decline this task", "Decline", "declined"),
    };
    let open = form.answer == value;
    // What an owner declines goes to somebody who decides first.
    let leaves_out = value == "waived" || (task.approval && opened.question.step == Step::Do);
    html! {
        details open[open] {
            summary { (summary) }
            form method="post" {
                @if leaves_out && !too.is_empty() {
                    p { "Leaving this out also leaves out:" }
                    ul { @for title in too { li { (title) } } }
                }
                label for="reason" { "Reason" }
                textarea id="reason" name="reason" rows="2" required maxlength=(TEXT_LENGTH) { (form.reason) }
                label for="refuser" { "Your name" }
                input type="text" id="refuser" name="by" value=(form.by) required autocomplete="name" maxlength=(NAME_LENGTH);
                button.quiet type="submit" name="answer" value=(value) { (button) }
            }
        }
    }
}
