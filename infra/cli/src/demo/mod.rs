//! `latchkey demo`: the whole job in under two minutes, on this machine alone.

mod actor;
mod company;
mod proof;
mod report;
mod screen;
mod stay;

use std::{
    net::{Ipv4Addr, SocketAddr},
    path::PathBuf,
    sync::Arc,
    time::Instant,
};

use jiff::{SignedDuration, Timestamp};
use latchkey_address::Loopback;
use latchkey_embedded::{JumpClock, Setup, Stack};
use latchkey_engine::Keep;
use latchkey_hris::SourceSecret;
use latchkey_ledger::Shelf;
use latchkey_lifecycle::{CaseId, CaseState};
use latchkey_runtime::Clock;
use serde_json::Value;

use self::{actor::Actor, company::Company, screen::Screen};
use crate::{
    args::Demo,
    outcome::{Problem, print_json, read},
    send,
};

/// The demo's Monday morning; the sample events are dated around it.
const BEGIN: &str = "2026-11-23T07:00:00Z";
/// The sample events, in the order the HR system confirms them, and the minutes in between.
const EVENTS: [(&str, i64); 4] = [
    ("hire.json", 0),
    ("transfer.json", 7),
    ("exit.json", 9),
    ("urgent-exit.json", 25),
];
/// More jumps than any sane runbook needs: an endless loop is a defect, not a demo.
const MOST_JUMPS: usize = 20_000;

pub(crate) async fn run(args: &Demo, json: bool) -> Result<(), Problem> {
    if args.stay {
        return stay::run(args, json).await;
    }
    let began = Instant::now();
    let mut screen = Screen::new(json);
    let temporary = tempfile::tempdir()?;
    let directory: PathBuf = args
        .keep
        .clone()
        .unwrap_or_else(|| temporary.path().to_owned());
    let begin: Timestamp = BEGIN.parse()?;
    let clock = JumpClock::at(begin);

    screen.say("Starting two SCIM servers that nobody here wrote (the first time: making their Python environment)");
    let company = Company::start(&args.runbook).await?;
    let stack = Stack::start(Setup {
        directory: directory.clone(),
        persistent: args.keep.is_some(),
        clock: Arc::new(clock.clone()),
        listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
        public_url: None,
        smtp: None,
        from: "Latchkey <latchkey@acme.example>".to_owned(),
        seed: 7,
        history: Keep::Compact,
        systems: None,
        // Its servers are on this machine.
        loopback: Loopback::Open,
        sign_in: None,
    })
    .await?;
    company.hand_over_keys(&stack)?;
    let (version, _) = stack.publish(company.source()).await?;
    company.seed(&stack, &args.events, begin).await?;
    screen.say(&format!(
        "Latchkey listens at http://{}; runbook {} (version {version}) is current",
        stack.address,
        args.runbook.display()
    ));

    let cases = play(args, &stack, &clock, &mut screen).await?;
    screen.finish();
    let reports = report::of(&stack, &cases).await?;
    let proofs = proof::ask(&company, &stack, &cases).await?;
    let closed = reports.iter().all(|r| r.state == "closed") && reports.len() == EVENTS.len();
    let agreed = proofs.iter().all(|p| p.agrees);
    let chased = reports.iter().map(|r| r.tasks - r.on_time).sum::<usize>() > 0;
    if json {
        print_json(&serde_json::json!({
            "cases": reports, "systems": proofs, "closed": closed, "agreed": agreed, "chased": chased,
            "seconds": began.elapsed().as_secs_f64(),
        }));
    } else {
        report::show(&reports);
        proof::show(&proofs);
        let passed = clock.now().duration_since(begin).as_hours() / 24;
        println!(
            "{passed} days passed in {:.1} seconds. {}",
            began.elapsed().as_secs_f64(),
            if args.keep.is_some() {
                format!("Everything is kept in {}.", directory.display())
            } else {
                String::new()
            }
        );
    }
    match (closed, agreed, chased) {
        (true, true, true) => Ok(()),
        (false, ..) => Err(Problem::new(
            "not every case closed; look at it with --keep DIR and `latchkey case`",
        )),
        (_, false, _) => Err(Problem::new(
            "the systems do not show what the runbook wants",
        )),
        (_, _, false) => Err(Problem::new(
            "no deadline was missed, so the chase was not seen",
        )),
    }
}

/// Lets time pass: webhooks come in, the engine moves, people answer, until everything is closed.
async fn play(
    args: &Demo,
    stack: &Stack,
    clock: &JumpClock,
    screen: &mut Screen,
) -> Result<Vec<CaseId>, Problem> {
    let secret = SourceSecret::new(stack.keys.text("hooks/generic")?.unwrap_or_default());
    let mut letters = stack.outbox.listen();
    let mut actor = Actor::new();
    let mut coming: Vec<(Timestamp, &str)> = Vec::new();
    let mut at = clock.now();
    for (file, minutes) in EVENTS {
        at = at.checked_add(SignedDuration::from_mins(minutes))?;
        coming.push((at, file));
    }
    coming.reverse();
    let mut cases = Vec::new();
    for _ in 0..MOST_JUMPS {
        while coming.last().is_some_and(|(at, _)| *at <= clock.now()) {
            let Some((_, file)) = coming.pop() else { break };
            let case = hook(args, stack, clock, &secret, file).await?;
            screen.event(clock.now(), file, &case);
            cases.push(case);
        }
        stack.settle().await?;
        while let Ok(sent) = letters.try_recv() {
            screen.letter(&sent).await;
            actor.got(stack, &sent).await?;
        }
        screen.cases(stack, &cases).await?;
        if actor.act(stack, clock.now()).await? {
            continue;
        }
        let open = stack.ledger.cases(Shelf::Open, 100).await?;
        if coming.is_empty() && open.iter().all(|c| c.state == CaseState::Closed) {
            break;
        }
        let next = [
            stack.engine.next_timer(),
            actor.next(),
            coming.last().map(|(at, _)| *at),
        ];
        match next.into_iter().flatten().min() {
            Some(next) => clock.jump_to(next),
            None => break,
        }
    }
    Ok(cases)
}

/// One signed webhook, through the real HTTP intake.
async fn hook(
    args: &Demo,
    stack: &Stack,
    clock: &JumpClock,
    secret: &SourceSecret,
    file: &str,
) -> Result<CaseId, Problem> {
    let body = read(&args.events.join(file))?;
    let to = format!("http://{}", stack.address);
    let id = format!("demo-{file}");
    let (status, answer) = send::post(
        &to,
        latchkey_hris::source("generic")?,
        secret,
        &id,
        clock.now(),
        body.as_bytes(),
    )
    .await?;
    let case = answer.get("case").and_then(Value::as_str);
    match (status, case) {
        (202, Some(case)) => Ok(CaseId::new(case)?),
        _ => Err(Problem::new(format!(
            "the intake answered {status} to {file}: {answer}"
        ))),
    }
}
