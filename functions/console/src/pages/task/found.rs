//! A task as somebody asks for it: whether they may see it, and what they may do about it.

use axum::response::Response;
use latchkey_access::{Action, On, Reach, Refused};
use latchkey_ledger::{Asking, Talk};
use latchkey_lifecycle::{CaseId, Step, TaskId, TeamId, Themselves};
use latchkey_questions::{
    Absences, Acts, QuestionState, answered_it, is_about, named_in, state_of,
};
use latchkey_runtime::{Failure, Question};

use super::{Opened, open};
use crate::{
    Deps,
    router::no_such_page,
    sign_in::{Signed, name_of, out_of_order, refused},
    views::{case::on, read::is_contact},
};

/// What somebody may do about a task as it stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct May {
    /// Answer it, take it, hand it over, put it aside.
    pub(super) answer: bool,
    /// Decide about it, as whoever it was escalated to.
    pub(super) decide: bool,
    /// Leave it out.
    pub(super) leave_out: bool,
    /// Read what is to be done, and what was said.
    pub(super) read: bool,
    /// Not answer it, because it is about themselves.
    pub(super) own: bool,
}

/// A task, and what somebody may do about it.
pub(super) struct Found {
    pub(super) opened: Opened,
    pub(super) question: Option<Question>,
    pub(super) team: TeamId,
    pub(super) may: May,
    /// The case, for who may do something about it.
    pub(super) on: On,
    /// Who of the team is away.
    pub(super) absences: Absences,
    /// What was asked of HR about it.
    pub(super) talk: Option<Talk>,
}

impl Found {
    /// The question, as of whoever can leave it out, or not.
    pub(super) fn asked(&self, may_waive: bool) -> Option<Question> {
        let question = self.question.clone()?;
        Some(Question {
            may_waive,
            ..question
        })
    }
}

/// Reads a task for somebody who may see it.
///
/// # Errors
/// The page that says why not.
pub(super) async fn find(
    deps: &Deps,
    viewer: &Signed,
    (case, task): (String, String),
) -> Result<Found, Response> {
    let (Ok(case), Ok(task)) = (CaseId::new(case), TaskId::new(task)) else {
        return Err(not_to_be_seen(viewer));
    };
    let opened = match open(deps, (&case, &task), true).await {
        Ok(Some(opened)) => opened,
        Ok(None) => return Err(not_to_be_seen(viewer)),
        Err(failure) => return Err(out_of_order(&failure)),
    };
    let row = &opened.row.item;
    let asking = row.asking.as_ref().filter(|asking| !asking.answered);
    let team = row.asked_team(asking.map_or(Step::Do, |asking| asking.step));
    let question = asking.map(|asking| question_of(&opened, asking));
    let case = on(&opened.case, opened.teams.iter().cloned());
    let of_task = On {
        teams: [team.clone()].into(),
        ..case.clone()
    };
    let contact = opened.runbook.escalation(team).email.trim().to_lowercase();
    let of_contact = named_in(&viewer.runbook, &contact);
    let teams: Vec<&TeamId> = of_contact.into_iter().chain([team]).collect();
    let (ledger, runbook) = (&deps.intake.ledger, &viewer.runbook);
    let absences = Absences::read(ledger, runbook, &teams, viewer.now).await;
    let absences = absences.map_err(|error| out_of_order(&Failure::from(error)))?;
    let contact = is_contact(viewer, &opened.runbook, team)
        || stands_in_for_contact(viewer, &opened, &absences, &contact);
    let sees = contact || viewer.can(Action::SeeTasks, &of_task);
    if !sees && !viewer.can(Action::SeeCases, &case) {
        return Err(not_to_be_seen(viewer));
    }
    let may = may(viewer, &opened, question.as_ref(), (team, contact), &case);
    let task = &row.task;
    let talk = match deps.intake.ledger.talk(&task.case_id, &task.id).await {
        Ok(talk) => talk.map(|row| row.item),
        Err(error) => return Err(out_of_order(&Failure::from(error))),
    };
    Ok(Found {
        talk,
        team: team.clone(),
        question,
        may,
        opened,
        on: case,
        absences,
    })
}

/// The page for whoever asks for a task that is not theirs to see, or that is not there. An id says who and when to
/// whoever works it out: whether there is such a case is for who may see all, so for others both are one answer.
fn not_to_be_seen(viewer: &Signed) -> Response {
    match viewer.actor.reach(Action::SeeCases) {
        Reach::Everything => no_such_page(),
        _ => refused(viewer, &Refused::not_theirs(Action::SeeCases)),
    }
}

fn question_of(opened: &Opened, asking: &Asking) -> Question {
    let task = &opened.row.item.task;
    Question {
        case: task.case_id.clone(),
        task: task.id.clone(),
        step: asking.step,
        serial: asking.serial,
        may_waive: false,
    }
}

/// Whether somebody stands in for whom a team's tasks are escalated to by address. What that one may not decide, nobody
/// decides for them; nor does whoever answered it decide about their own answer.
fn stands_in_for_contact(
    viewer: &Signed,
    opened: &Opened,
    absences: &Absences,
    contact: &str,
) -> bool {
    let (name, them) = (&viewer.actor.name, &viewer.actor.themselves);
    let answer = opened.row.item.task.answer.as_ref();
    if is_about(&opened.case, &name_of(contact), &Themselves::at(contact))
        || answer.is_some_and(|answer| answered_it(answer, name, them))
    {
        return false;
    }
    let teams = named_in(&viewer.runbook, contact);
    teams.into_iter().any(|team| {
        let acts = absences.acts_for(&viewer.runbook, team, contact);
        acts == Acts::StandIn(&viewer.actor.address)
    })
}

fn may(
    viewer: &Signed,
    opened: &Opened,
    question: Option<&Question>,
    (team, contact): (&TeamId, bool),
    case: &On,
) -> May {
    let row = &opened.row.item;
    let stands = |may_waive: bool| {
        question.is_some_and(|question| {
            let question = Question {
                may_waive,
                ..question.clone()
            };
            state_of(&opened.row, &question) == QuestionState::Open
        })
    };
    let held = row.task.id == TaskId::confirm_what_is_held();
    let team_of = On::teams([team.clone()]);
    let of_team = viewer.can(Action::AnswerTask, &team_of)
        && (!held || viewer.can(Action::DecideHeld, &On::default()));
    let parts = [
        row.task.owner.clone(),
        row.asked_team(Step::Confirm).clone(),
    ];
    let takes_part = of_team || viewer.can(Action::AnswerTask, &On::teams(parts));
    let escalated = row.asking.as_ref().is_some_and(is_escalated);
    let about_them = is_about(&opened.case, &viewer.actor.name, &viewer.actor.themselves);
    let takes = opened.runbook.takes_back(opened.case.kind, &row.task.id);
    // Nobody takes their own access back, nor completes their own record. Of approvals and what is held the answer is
    // refused with its reason.
    let theirs = takes || latchkey_decisions::asks_for_record(&row.task);
    let own = about_them && theirs && !row.task.approval && !held;
    let leave_out =
        !about_them && viewer.can(Action::LeaveOut, case) && !row.task.state.is_ended() && !held;
    let decide = !about_them && contact && escalated && stands(true);
    May {
        answer: of_team && !own && stands(false),
        decide,
        leave_out,
        read: takes_part || contact || viewer.can(Action::SeeReasons, case),
        own: own && of_team,
    }
}

fn is_escalated(asking: &Asking) -> bool {
    asking.sent.iter().any(|sent| sent == "escalated")
}
