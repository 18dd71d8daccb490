//! `GET /cases/{case}/tasks/{task}`: a task, for somebody who signed in.

use axum::{
    extract::{Path, State},
    http::StatusCode,
    response::Response,
};
use jiff::Timestamp;
use latchkey_access::Action;
use latchkey_ledger::Holder;
use latchkey_lifecycle::{Answer, Step, Task, TaskState, Work};
use latchkey_questions::{
    Acts,
    facts::{Facts, team_name},
};
use latchkey_runtime::{Failure, Question};
use maud::{Markup, html};

use super::{
    Asked, Opened,
    answer::decides_on_held,
    approval_of, beside, files,
    form::{asks_about_held, done_form, errors, question_name, said},
    found::{Found, find},
    link::placed,
    put_aside,
    refusal::refusal,
    talk, title,
};
use crate::{
    Deps,
    form::Form,
    frame::page_with,
    glyph::Glyph,
    sign_in::{By, Signed, name_of, out_of_order},
    views::{
        case::CaseView, next::not_asked, read::trouble, state::State as Standing, task::case_path,
        then::decides,
    },
    when::{day, far, instant, late},
};

pub(crate) async fn show(
    State(deps): State<Deps>,
    By(viewer): By,
    Path(parts): Path<(String, String)>,
) -> Response {
    let found = match find(&deps, &viewer, parts).await {
        Ok(found) => found,
        Err(response) => return response,
    };
    let form = put_aside(&found.opened);
    page_of(&deps, &viewer, &found, StatusCode::OK, &[], &form).await
}

/// The page of a task, with what is wrong about a form that was sent.
pub(super) async fn page_of(
    deps: &Deps,
    viewer: &Signed,
    found: &Found,
    status: StatusCode,
    problems: &[String],
    form: &Form,
) -> Response {
    let opened = &found.opened;
    let records = match found.may.read {
        true => beside::history(deps, opened).await,
        false => Ok(Vec::new()),
    };
    let records = match records {
        Ok(records) => records,
        Err(error) => return out_of_order(&Failure::from(error)),
    };
    let case = CaseView::of(&opened.case);
    let task = &opened.row.item.task;
    let step = step_of(found.question.as_ref());
    let name = title(step, &task.title);
    let facts = facts(viewer, found);
    let beside = beside::beside(viewer, opened, &case, &records, &facts.why);
    let content = html! {
        nav.crumbs aria-label="Where you are" {
            ol {
                li { a href="/" { "Today" } }
                li { a href=(case_path(&case.id)) { (case.name) ", " (case.kind.words()) } }
                li aria-current="page" { (task.title) }
            }
        }
        (work(deps, viewer, found, (problems, form), (&name, &case), &facts, &beside))
    };
    page_with(status, viewer, "/", &name, &content)
}

fn step_of(question: Option<&Question>) -> Step {
    question.map_or(Step::Do, |question| question.step)
}

/// The work: what it is about, how it stands, and the forms for whoever may send them.
fn work(
    deps: &Deps,
    viewer: &Signed,
    found: &Found,
    (problems, form): (&[String], &Form),
    (name, case): (&str, &CaseView),
    facts: &Facts,
    beside: &Markup,
) -> Markup {
    let opened = &found.opened;
    let question = found.asked(!found.may.answer && found.may.decide);
    let wrong = match &question {
        Some(question) => placed(
            opened,
            question,
            problems,
            form,
            deps.attachments.most_bytes(),
        ),
        None => problems.iter().map(|one| (None, one.clone())).collect(),
    };
    let nothing = Question {
        case: opened.case.id.clone(),
        task: opened.row.item.task.id.clone(),
        step: Step::Do,
        serial: 0,
        may_waive: false,
    };
    let asked = Asked {
        opened,
        question: question.as_ref().unwrap_or(&nothing),
        signer: Some(&viewer.actor.name),
        viewer: Some(viewer),
        most_bytes: deps.attachments.most_bytes(),
        form,
        wrong: &wrong,
        approval: approval_of(opened, step_of(question.as_ref())),
    };
    html! {
        (errors(&asked))
        div.head {
            div {
                h1 { (name) }
                p.lede {
                    @if asks_about_held(opened) { "for " b { (facts.whom) } } @else {
                        "for " b { (case.name) } @if !case.what.is_empty() { " · " (case.what) }
                        " · " (case.happens(viewer))
                    }
                }
            }
            @if found.may.answer { (take_button(viewer, found)) }
        }
        (due(viewer, opened))
        (notes(viewer, found))
        div.split {
            div { (column(viewer, found, &asked, facts)) }
            aside.aside aria-label="About this task" { (beside) }
        }
    }
}

fn column(viewer: &Signed, found: &Found, asked: &Asked<'_>, facts: &Facts) -> Markup {
    let answers = found.may.answer || found.may.decide;
    let on_held = answers && decides_on_held(viewer, found);
    let read = found.may.read;
    html! {
        @if read && !facts.look_at.is_empty() {
            section { h2 { "Look at" } ul { @for value in &facts.look_at { li { (value) } } } }
        }
        @match answers && !on_held {
            true => (done_form(asked)),
            false => (standing(viewer, found)),
        }
        @if on_held {
            p { "Who goes on and who is left out is decided person by person, with a second look before it counts." }
            div.buttons { a."button main" href="/held" { "Look at what is held" } }
        }
        (talk::section(viewer, found, asked.form))
        @if answers || found.may.leave_out {
            section aria-labelledby="cannot" {
                h2 #cannot { @if answers { "If you cannot do it" } @else { "What you can do" } }
                div.acts {
                    @if found.may.answer { (hand_over(viewer, found, asked.form)) }
                    @if answers && (!on_held || found.may.answer) { (refusal(asked)) }
                    @if found.may.leave_out && (found.may.answer || !found.may.decide) { (leave_out(asked)) }
                }
            }
        }
    }
}

/// An operator's way to leave it out, whatever it stands at.
fn leave_out(asked: &Asked<'_>) -> Markup {
    let question = Question {
        may_waive: true,
        ..asked.question.clone()
    };
    let asked = Asked {
        question: &question,
        ..*asked
    };
    refusal(&asked)
}

/// The facts, with HR's reason for whoever may read it. A team that did the task does not read what the second one is told.
fn facts(viewer: &Signed, found: &Found) -> Facts {
    let opened = &found.opened;
    let mut case = opened.case.clone();
    if !viewer.can(Action::SeeReasons, &found.on) {
        case.reason = None;
    }
    let row = &opened.row.item;
    Facts::of(&opened.runbook, &case, row, &opened.tasks, viewer.now)
}

fn take_button(viewer: &Signed, found: &Found) -> Markup {
    let task = &found.opened.row.item.task;
    let has = found
        .opened
        .row
        .item
        .hands()
        .and_then(|hands| hands.has.as_ref());
    let mine = has.is_some_and(|has| has.who.address == viewer.actor.address);
    html! {
        @if !mine {
            form method="post" action=(format!("{}/tasks/{}/take", case_path(&task.case_id), task.id)) {
                input type="hidden" name="seen" value=(has.map_or("", |has| has.who.address.as_str()));
                div.buttons {
                    button.button type="submit" {
                        @match has { None => "Take it", Some(has) => { "Take it over from " (has.who.name) } }
                    }
                }
            }
        }
    }
}

/// From when until when, and where in between it is now.
fn due(viewer: &Signed, opened: &Opened) -> Markup {
    let row = &opened.row.item;
    let asking = row.asking.as_ref().filter(|asking| !asking.answered);
    let (opens, due) = (
        row.task.window.opens,
        asking.map_or(row.task.window.due, |asking| asking.due),
    );
    let ended = row.task.state.is_ended();
    html! {
        div."due chartless" {
            @if !ended { (strip(opens, due, viewer.now)) }
            p {
                span { "from " (instant(viewer, opens)) }
                @match row.task.ended_at {
                    Some(at) => span { "ended " (instant(viewer, at)) },
                    None if due < viewer.now => span {
                        "was due " (instant(viewer, due)) " · " span.late { (late(viewer, due)) }
                    },
                    None if row.task.is_late(viewer.now) => span {
                        "was due " (instant(viewer, row.task.window.due)) ", " span.late { "asked late" } ": by "
                        b { (instant(viewer, due)) " · " (far(viewer, due)) }
                    },
                    None => span { "by " b { (instant(viewer, due)) " · " (far(viewer, due)) } },
                }
            }
        }
    }
}

/// The window as a strip, 600 wide, with the present instant.
fn strip(opens: Timestamp, due: Timestamp, now: Timestamp) -> Markup {
    let (first, last) = (opens.min(now), due.max(now));
    let all = last.duration_since(first).as_secs().max(1);
    let place = |at: Timestamp| at.duration_since(first).as_secs() * 600 / all;
    let (from, to, at) = (place(opens), place(due), place(now));
    html! {
        svg viewBox="0 0 600 20" preserveAspectRatio="none" aria-hidden="true" {
            rect class="window team" x=(from) y="5" width=((to - from).max(1)) height="10" rx="4" {}
            path class="nowl" d=(format!("M{at} 0V20")) {}
        }
    }
}

/// What to know first: who has it, what was put aside, what went wrong.
fn notes(viewer: &Signed, found: &Found) -> Markup {
    let row = &found.opened.row.item;
    let hands = row.hands().filter(|_| !row.task.state.is_ended());
    let has = hands.and_then(|hands| hands.has.as_ref());
    let aside = hands.and_then(|hands| hands.aside.as_ref());
    html! {
        @if let Some(has) = has { (who_has_it(viewer, found, has)) }
        @if let Some(aside) = aside.filter(|_| found.may.read) {
            section."note accent gap" {
                (Glyph::Info)
                div {
                    h2 { "Put aside by " (aside.by.name) ", " (instant(viewer, aside.at)) }
                    p { "What was ticked and filled in until then is below." }
                }
            }
        }
        @if let (TaskState::Declined, Some(Answer::Declined { by, reason })) = (row.task.state, &row.task.answer) {
            @if found.may.decide {
                section."note bad gap" { (Glyph::Declined) div { h2 { (by) " declined it" } p { (reason) } } }
            }
        }
        @if let Some(trouble) = trouble(row, found.may.read).filter(|_| !row.task.state.is_ended()) {
            section."note warn gap" { (Glyph::Trouble) div { h2 { "What went wrong" } p { (trouble) } } }
        }
    }
}

fn who_has_it(viewer: &Signed, found: &Found, has: &Holder) -> Markup {
    let away = found.absences.away(&has.who.address);
    let acts = found
        .absences
        .acts_for(&viewer.runbook, &found.team, &has.who.address);
    let mine = has.who.address == viewer.actor.address;
    html! {
        section."note gap" {
            (Glyph::Person)
            div {
                h2 {
                    @if mine { "You have it" } @else { (has.who.name) " has it" }
                    ", since " (instant(viewer, has.since))
                }
                @if let Some(away) = away {
                    p {
                        (away.name) " is away until " (day(viewer, away.absence.until))
                        @match acts {
                            Acts::StandIn(one) if one == viewer.actor.address => ", and you stand in.",
                            Acts::StandIn(one) => { ", and " (name_of(one)) " stands in." }
                            _ => ": anybody of the team may take it.",
                        }
                    }
                }
                @if let Some(from) = &has.from { p { (from.name) " handed it over." } }
                @if let Some(note) = has.note.as_ref().filter(|_| found.may.read) { p { "“" (note) "”" } }
            }
        }
    }
}

/// How it stands, for whoever has nothing to answer: what was said, or who has it.
fn standing(viewer: &Signed, found: &Found) -> Markup {
    let (opened, row) = (&found.opened, &found.opened.row.item);
    let task = &row.task;
    let team = team_name(&opened.runbook, &found.team);
    let address = latchkey_questions::address_of(&opened.runbook, &found.team);
    let step = row.asking.as_ref().map_or(Step::Do, |asking| asking.step);
    html! {
        section aria-labelledby="stands" {
            h2 #stands { "Where it stands" }
            p { (Standing::of_task(row, viewer.now)) }
            @match (task.state, found.question.is_some()) {
                (TaskState::Verified, _) => p { "Nothing is left to do here, and nothing can be changed any more." },
                (TaskState::Waived, _) => {}
                (TaskState::Declined, _) => p { b { (decides(&opened.runbook, row, step)) } " decides what happens then." },
                (_, true) => p { b { (team) } " has been asked: " (address) "." },
                (TaskState::Planned, false) if viewer.now < task.window.opens => p {
                    @match &task.work {
                        Work::System { .. } => "Latchkey does it ",
                        Work::Person { .. } => { (team) " is asked " }
                    }
                    (far(viewer, task.window.opens)) "."
                },
                (TaskState::Planned, false) => p { (not_asked(&opened.runbook, &opened.case, &waits_for(opened))) },
                (TaskState::Answered, false) => p { "The answer is being checked." },
                _ => {}
            }
            @match &task.answer {
                Some(Answer::Done(evidence)) if found.may.read => (said(evidence, task.approval)),
                Some(Answer::Declined { by, reason }) if found.may.read => p { "Declined by " b { (by) } ": " (reason) },
                Some(Answer::Declined { by, .. }) => p { "Declined by " b { (by) } "." },
                Some(Answer::Waived { by, reason }) => p { "Left out by " b { (by) } ": " (reason) },
                _ => {}
            }
            @if found.may.read { (files::list(opened, Some(viewer))) }
            @if !found.may.read { p.soft { "What is to be done, and what was said, is " (team) "’s." } }
        }
    }
}

/// The open tasks that it needs.
fn waits_for(opened: &Opened) -> Vec<&Task> {
    let needs = &opened.row.item.task.needs;
    let open = |one: &&Task| !one.state.is_ended() && needs.contains(&one.id);
    opened.tasks.iter().filter(open).collect()
}

/// Handing it over to somebody of the team, or to all of them.
fn hand_over(viewer: &Signed, found: &Found, form: &Form) -> Markup {
    let runbook = &viewer.runbook;
    let team = team_name(runbook, &found.team);
    let others = runbook.addresses_of(&found.team);
    let others: Vec<&str> = others.filter(|one| *one != viewer.actor.address).collect();
    let question = found.question.as_ref();
    html! {
        details open[form.answer == "handover"] {
            summary { "Hand over to a colleague " span { "– the window stays as it is" } }
            form method="post" novalidate {
                @if let Some(question) = question {
                    input type="hidden" name="question" value=(question_name(question.step, question.serial));
                }
                @if !others.is_empty() {
                    div.field {
                        label for="to" { "To" }
                        select #to name="to" {
                            option value="" { "Anybody of " (team) }
                            @for address in others {
                                option value=(address) selected[form.to == address] {
                                    (name_of(address)) ", " (address)
                                }
                            }
                        }
                    }
                }
                @if runbook.has_groups(&found.team) {
                    div.field {
                        label for="to-address" {
                            "Work e-mail address " span.hint { "(of somebody who is not in the list)" }
                        }
                        input #to-address type="email" name="to" value=(form.to) autocomplete="off" maxlength="254";
                    }
                }
                div.field {
                    label for="what-to-know" { "What they should know" }
                    textarea #what-to-know name="note" rows="2" maxlength="4000" {
                        @if form.answer == "handover" { (form.note) }
                    }
                }
                p.hint { "Latchkey writes no letter about it: it stands in their list from now on." }
                div.buttons { button.button type="submit" name="answer" value="handover" { "Hand over" } }
            }
        }
    }
}
