//! What the letter of a question says.

use jiff::Timestamp;
use latchkey_ledger::TaskRow;
use latchkey_lifecycle::{Answer, Block, Content, Marks, Stage, Step, Words, Work};
use latchkey_runbook::{Contact, Runbook};

use crate::{
    facts::{Facts, asked_team, team_name},
    in_words::steps,
};

/// Somebody who declines is heard of before the task is due.
pub(crate) fn due_in_words(facts: &Facts) -> &'static str {
    match facts.is_over {
        true => "was due",
        false => "due",
    }
}

/// What a question's letter says.
pub(crate) fn content(
    runbook: &Runbook,
    facts: &Facts,
    row: &TaskRow,
    (stage, step): (Stage, Step),
    link: &str,
) -> Content {
    let task = &row.task;
    let trouble = task.trouble.as_ref();
    let trouble = trouble.map(|trouble| format!("What went wrong: {trouble}"));
    let mut blocks = vec![
        Block::Said(opening(runbook, facts, row, stage, step)),
        Block::Facts(labelled(row, (stage, facts))),
    ];
    blocks.extend((stage == Stage::Reminded).then(|| Block::Said(then(runbook, row, step))));
    blocks.extend(trouble.map(|trouble| Block::Said(trouble.into())));
    blocks.extend(steps(runbook, row, step));
    blocks.extend(taken_along(facts, row, stage, step));
    blocks.push(Block::Open {
        says: closing(stage, step).to_owned(),
        link: "Open the task".to_owned(),
        url: link.to_owned(),
    });
    blocks.push(Block::Small(
        "The link works for this task only, until it is done. Whoever has it can answer for you: keep it \
         in your team."
            .to_owned(),
    ));
    Content {
        blocks,
        company: runbook.company().to_owned(),
    }
}

/// What the letter says by which a team hears that what it was asked for is put off.
pub(crate) fn put_off_content(
    runbook: &Runbook,
    facts: &Facts,
    row: &TaskRow,
    was_due: Timestamp,
) -> Content {
    let team = &facts.team;
    let opening = format!(
        "Hello {team}, what you were asked for is put off, since what HR says has changed:"
    );
    let mut all = labelled(row, (Stage::Reminded, facts));
    all.push(("Was due".to_owned(), Words::of_instant(was_due)));
    let nothing = Words::from("Nothing is to be done before ").at(facts.opens_at);
    let nothing = nothing.and(
        ": you are asked again then. What is done already stays done, and the link of the first letter stays good.",
    );
    Content {
        blocks: vec![
            Block::Said(opening.into()),
            Block::Facts(all),
            Block::Said(nothing),
        ],
        company: runbook.company().to_owned(),
    }
}

fn labelled(row: &TaskRow, (stage, facts): (Stage, &Facts)) -> Vec<(String, Words)> {
    let task = &row.task;
    let text = |label, text: &str| (label, Words::from(text));
    let mut all = vec![
        text("What", &task.title),
        text("For", &facts.whom),
        text("", &facts.place),
        text("Event", &facts.event),
    ];
    all.retain(|(_, value)| *value != Words::from(""));
    all.push(("From", Words::of_instant(facts.opens_at)));
    all.push(("By", Words::of_instant(facts.due_at)));
    all.extend(facts.late_at.map(|at| ("Was due", Words::of_instant(at))));
    let so_far = so_far(row).filter(|_| stage != Stage::Asked);
    all.extend(so_far.map(|so_far| text("So far", &so_far)));
    all.extend(facts.why.iter().map(|why| text("Why", why)));
    all.extend(facts.look_at.iter().map(|value| text("Look at", value)));
    let owned = all.into_iter();
    owned
        .map(|(label, value)| (label.to_owned(), value))
        .collect()
}

/// Who has it in hand, and what of it is done.
fn so_far(row: &TaskRow) -> Option<String> {
    let hands = row.hands()?;
    let has = hands.has.as_ref()?;
    let name = &has.who.name;
    let aside = hands.aside.as_ref();
    Some(match (aside, &row.task.work) {
        (Some(aside), Work::Person { checklist, .. }) if !checklist.is_empty() => format!(
            "{name} has it; {} of {} steps are ticked",
            aside.steps.len(),
            checklist.len()
        ),
        _ => format!("{name} has it"),
    })
}

/// Who hears of it when it is not done in time.
fn then(runbook: &Runbook, row: &TaskRow, step: Step) -> Words {
    let team = asked_team(row, step);
    let named = |contact: &Contact| match &contact.team {
        Some(team) => team_name(runbook, team),
        None => contact.email.clone(),
    };
    let decides = named(runbook.escalation(team));
    let said = match runbook.backup(team).map(named) {
        Some(backup) => {
            format!("When it is missed, {backup} hears of it, and {decides} after that.")
        }
        None => format!("When it is missed, {decides} hears of it."),
    };
    said.into()
}

fn opening(runbook: &Runbook, facts: &Facts, row: &TaskRow, stage: Stage, step: Step) -> Words {
    let team = &facts.team;
    let head = match stage {
        Stage::Asked => match step {
            Step::Do if facts.late.is_some() => {
                format!("Hello {team}, this is late from the start: please do it now:")
            }
            Step::Do => format!("Hello {team}, please do this:"),
            Step::Confirm => {
                let owner = team_name(runbook, &row.task.owner);
                format!(
                    "Hello {team}, {owner} says that this is done. Please look, and confirm it:"
                )
            }
            Step::Mend => {
                format!("Hello {team}, Latchkey could not do this by itself. Please mend it:")
            }
        },
        Stage::Reminded => {
            let open = Words::from(format!("Hello {team}, this is still open and due "));
            return open.far(facts.due_at).and(":");
        }
        Stage::Missed => format!("Hello {team}, this was due and is not done:"),
        Stage::Escalated => {
            format!("You are the escalation contact of {team}. This was due and is not done:")
        }
    };
    let said = match (&row.task.answer, stage) {
        (_, Stage::Escalated) if row.is_for_the_escalation() => {
            format!(
                "You are the escalation contact of {team}. This goes to and fro: please decide."
            )
        }
        (Some(Answer::Declined { by, reason }), Stage::Escalated) => {
            format!("You are the escalation contact of {team}. {by} declined this task: {reason}")
        }
        _ => head,
    };
    said.into()
}

/// What leaving it out does, said to those who can.
fn taken_along(facts: &Facts, row: &TaskRow, stage: Stage, step: Step) -> Option<Block> {
    let approves = row.task.approval && step == Step::Do;
    if facts.left_out_too.is_empty() || !(approves || stage == Stage::Escalated) {
        return None;
    }
    let head = match approves {
        true => "When it is not approved, these are left out, too:",
        false => "Leaving this out also leaves out:",
    };
    Some(Block::List {
        head: head.to_owned(),
        marks: Marks::Dashes,
        items: facts.left_out_too.clone(),
    })
}

fn closing(stage: Stage, step: Step) -> &'static str {
    match (stage, step) {
        (Stage::Escalated, _) => {
            "Open the page to complete the task, or to leave it out with your name and a reason:"
        }
        (_, Step::Do) => {
            "Open the page to tick off the steps and say that it is done, or decline with a reason:"
        }
        (_, Step::Confirm) => "Open the page to confirm, or to send it back with a reason:",
        (_, Step::Mend) => {
            "Open the page when it is mended: Latchkey tries again and reads it back. Or decline with a reason:"
        }
    }
}
