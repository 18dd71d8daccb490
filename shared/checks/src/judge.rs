//! What is in order by what is known, and what is to be done about the rest. Pure.

use jiff::{SignedDuration, Timestamp};
use latchkey_ledger::Tried;
use latchkey_lifecycle::{Load, how_long};

use crate::{
    Act, Check, Group, Mail, Place, SignIn, Stands,
    facts::{Current, Facts, SecretIs, SourceFacts, SystemFacts},
    trouble::trouble,
};

/// Minutes between sweeps where nobody says so.
const SWEEP_EVERY: u32 = 60;
/// A sweep that is late by less is only slow.
const SLACK: SignedDuration = SignedDuration::from_mins(15);

/// Everything, in the order in which it is to be done.
pub(crate) fn judge(facts: &Facts, place: &Place, now: Timestamp) -> Vec<Check> {
    let mut all = match &facts.current {
        None => vec![no_runbook()],
        Some(current) => vec![runbook(current), operators(current), brake(current)],
    };
    all.extend(sources(facts, place));
    let can_call = place.systems.is_some();
    all.extend(facts.systems.iter().map(|one| system(one, can_call)));
    all.push(mail(facts, place));
    all.push(sign_in(facts, place));
    all.push(sweep(facts, place, now));
    all
}

const RUNBOOK: &str = "A runbook is current";

fn no_runbook() -> Check {
    Check::well("runbook", Group::Runbook, RUNBOOK)
        .says("There is none, so nothing that HR confirms can be planned.")
        .to_do("Write one, beginning with a sample of the folder `runbooks`; check it, and publish it.")
        .command("latchkey check DIR && latchkey publish DIR")
}

fn runbook(current: &Current) -> Check {
    let check = Check::well("runbook", Group::Runbook, RUNBOOK);
    let version = &current.version;
    match current.warnings.as_slice() {
        [] => check.says(format!("Version {version}. No errors, no warnings.")),
        [first, more @ ..] => {
            let more = match more.len() {
                0 => String::new(),
                n => format!(", and {n} more"),
            };
            let check = check.stands(Stands::Known);
            let said = format!("Version {version}, with something to look at: {first}{more}.");
            check.says(said).command("latchkey check DIR")
        }
    }
}

fn operators(current: &Current) -> Check {
    let check = Check::well("operators", Group::Runbook, "Somebody looks after Latchkey");
    let runbook = &current.runbook;
    let team = runbook.operations_team();
    let name = runbook.team(team).map_or(team.as_str(), |team| &team.name);
    let people = runbook.addresses_of(team).count();
    match (people, runbook.has_groups(team)) {
        (0, false) => check
            .says(format!(
                "{name} has no members in the runbook, so nobody can sign in who may set things right."
            ))
            .to_do("Name people under `members` of that team, by work e-mail address or by a group of the sign-in provider.")
            .command("latchkey publish DIR"),
        (0, true) => check.says(format!("{name}: whoever is in its groups.")),
        (1, _) => check.says(format!("{name}: one person.")),
        (n, _) => check.says(format!("{name}: {n} people.")),
    }
}

fn brake(current: &Current) -> Check {
    let check = Check::well("brake", Group::Runbook, "The brake is set");
    let Some(rule) = current.runbook.brake() else {
        return check
            .says("The runbook sets none: what an HR system sends in error would cut off everybody.")
            .to_do("Write `brake` into the runbook: how many exits, transfers and hires pass in which time, and who confirms more.")
            .command("latchkey publish DIR");
    };
    let most = |load| rule.limit(load).most;
    let confirms = current.runbook.team(&rule.confirm);
    let confirms = confirms.map_or(rule.confirm.as_str(), |team| &team.name);
    check.says(format!(
        "{} exits, {} urgent exits, {} transfers and {} hires pass within {}; {confirms} confirms more.",
        most(Load::Exits),
        most(Load::UrgentExits),
        most(Load::Transfers),
        most(Load::Hires),
        how_long(rule.within)
    ))
}

fn sources(facts: &Facts, place: &Place) -> Vec<Check> {
    if !facts.sources.is_empty() {
        return facts.sources.iter().map(|one| source(one, place)).collect();
    }
    let check = Check::well("source", Group::Events, "HR confirms what happens");
    vec![match facts.by_hand {
        Some(at) => check
            .stands(Stands::Known)
            .says("No HR system is connected; hires, transfers and exits are reported on a page.")
            .seen(Some(at)),
        None => check
            .says("Nothing has come from HR, and nothing was reported.")
            .to_do(format!(
                "Let the HR system post to {}, or let HR report the first event on a page.",
                hook(place, "SOURCE")
            ))
            .command("latchkey source test FILE --source SOURCE"),
    }]
}

/// Where a source posts to.
fn hook(place: &Place, source: &str) -> String {
    let base = place.address.as_deref().unwrap_or_default();
    format!("{}/hooks/{source}", base.trim_end_matches('/'))
}

fn source(source: &SourceFacts, place: &Place) -> Check {
    let SourceFacts {
        name,
        secret,
        heard,
    } = source;
    let title = format!("{name} tells what happens, and signs it");
    let check = Check::well(format!("source/{name}"), Group::Events, title).seen(*heard);
    match (secret, heard) {
        (SecretIs::Missing, _) => check
            .says(
                "There is no secret that its deliveries are known by, so all of them are refused.",
            )
            .to_do(format!(
                "Store what it signs with as the secret `hooks/{name}`; docs/RUNNING.md says where."
            )),
        (SecretIs::Unreadable, _) => check
            .says("The secret that its deliveries are known by cannot be read.")
            .to_do("Mend where secrets are kept.")
            .command("latchkey status"),
        (_, Some(_)) => check.says("Something that was its own came."),
        (_, None) => check
            .says("It is set up, and nothing of it has come yet.")
            .to_do(format!("Let it post to {}.", hook(place, name)))
            .command(format!("latchkey source test FILE --source {name}")),
    }
}

fn system(system: &SystemFacts, can_call: bool) -> Check {
    let SystemFacts {
        id,
        name,
        refused,
        swept,
        tried,
    } = system;
    let title = format!("{name}: address, credentials, rights");
    let check =
        Check::well(format!("system/{id}"), Group::Systems, title).act(Act::System(id.clone()));
    if let Some(trouble) = trouble(tried.as_ref(), swept.as_ref()) {
        let to_do = trouble.to_do();
        return check
            .says(trouble.said)
            .seen(Some(trouble.at))
            .to_do(to_do)
            .command(test(id.as_str(), can_call));
    }
    let read = swept.as_ref().and_then(|swept| swept.read.as_ref());
    match (tried, read) {
        (Some(tried), _) => check
            .says("It lets Latchkey do all that was tried.")
            .seen(Some(tried.at)),
        (None, Some(_)) if *refused => check
            .says("It does not accept our credentials, by the last step that called it.")
            .to_do("Store a valid secret, then test it.")
            .command(test(id.as_str(), can_call)),
        (None, Some(read)) => check
            .stands(Stands::Known)
            .says("The last sweep read all of it. Whether Latchkey may change what it has to was not tested.")
            .seen(Some(read.at))
            .command(test(id.as_str(), can_call)),
        (None, None) => {
            let check = check
                .says("It was never called.")
                .to_do("Test it: address, credentials and rights are tried, and nothing is changed there.")
                .command(test(id.as_str(), can_call));
            match can_call {
                true => check.act(Act::Look),
                false => check,
            }
        }
    }
}

/// How a system is tested by a command.
fn test(id: &str, can_call: bool) -> String {
    match can_call {
        true => format!("latchkey system test {id}"),
        false => format!("latchkey system test {id} --table TABLE --secrets PREFIX"),
    }
}

fn mail(facts: &Facts, place: &Place) -> Check {
    let check = Check::well("mail", Group::Letters, "Letters leave and arrive").act(Act::Letter);
    let log = &facts.mail;
    let wrong = facts.mail_tried.as_ref().and_then(Tried::first_problem);
    let tried = facts.mail_tried.as_ref().map(|tried| tried.at);
    let refused = log
        .failed_at
        .filter(|at| log.sent_at.is_none_or(|sent| sent < *at));
    let ask = "Send a letter to yourself, and look whether it arrives.";
    let letter = "latchkey doctor --letter-to YOU@COMPANY";
    match (&place.mail, wrong, refused) {
        (Mail::Folder(_), ..) => check
            .says("Letters are written into a folder of the machine, and nobody gets them.")
            .to_do("Name a mail server: `--smtp` of `latchkey up`, or `smtp` in its file.")
            .command("latchkey up --smtp smtps://mail.example:465"),
        (Mail::Server(_), Some((_, problem)), _) => check
            .says(format!("The mail server was tried: {problem}"))
            .seen(tried)
            .to_do("Correct its address, user or password where `latchkey up` reads it, and start that again."),
        (_, _, Some(at)) => check
            .says(match &log.problem {
                Some(problem) => format!("The last letter was not taken: {problem}"),
                None => "The last letter was not taken.".to_owned(),
            })
            .seen(Some(at))
            .to_do(format!("Mend that. {ask}"))
            .command(letter),
        (_, _, None) if log.sent_at.is_none() => {
            check.says("No letter has left yet.").to_do(ask).command(letter)
        }
        _ => check.says("The last letter was taken.").seen(log.sent_at),
    }
}

fn sign_in(facts: &Facts, place: &Place) -> Check {
    let check = Check::well("sign-in", Group::Letters, "People sign in");
    let (host, back) = match &place.sign_in {
        SignIn::NotSeen => {
            return check.stands(Stands::NotSeen).says(
                "How people sign in is not seen from here: the page “Set up and check” shows it.",
            );
        }
        SignIn::Nothing => {
            return check
                .says("No sign-in provider is set up, so nobody can sign in to the pages.")
                .to_do("Name the company's provider (OpenID Connect) in the stack's parameters: docs/RUNNING.md.");
        }
        SignIn::Links => {
            return check
                .says("By links, good once, that whoever runs Latchkey makes. For more than a few people name the company's provider.")
                .command("latchkey sign-in YOU@COMPANY");
        }
        SignIn::Provider { host, back, .. } => (host, back),
    };
    let Some(tried) = &facts.sign_in_tried else {
        return check
            .says(format!("By {host}, which was not tried yet."))
            .to_do("Try it: whether it answers, and sends people back here.")
            .command("latchkey doctor")
            .act(Act::Look);
    };
    match tried.first_problem() {
        Some((what, problem)) => check
            .says(format!("{host} was tried: Latchkey cannot {what}. {problem}"))
            .to_do(format!(
                "Correct the issuer or the client here, or enter the redirect address {back} there; then try again."
            ))
            .act(Act::Look),
        None => check.says(format!("By {host}, which answers and sends people back to {back}.")),
    }
    .seen(Some(tried.at))
}

fn sweep(facts: &Facts, place: &Place, now: Timestamp) -> Check {
    let check = Check::well(
        "sweep",
        Group::Sweep,
        "Systems are compared with the ledger",
    );
    let minutes = place.sweep_every.get().copied().unwrap_or(SWEEP_EVERY);
    if minutes == 0 {
        return check
            .says("Sweeps are switched off: what somebody changes beside Latchkey is not seen, and cases that stopped are not taken up.")
            .to_do("Start `latchkey up` with sweeps: without `--sweep-every 0`.")
            .command("latchkey up --sweep-every 60");
    }
    let last = facts.sweep.as_ref();
    let since = last.map(|last| last.ended).max(place.started);
    let patience = SignedDuration::from_mins(i64::from(minutes) * 2) + SLACK;
    let late = since
        .map(|since| now.duration_since(since))
        .filter(|passed| *passed > patience);
    let check = check.seen(last.map(|last| last.ended));
    match (late, last) {
        (Some(passed), _) => check
            .says(format!("No sweep came to its end for {}.", how_long(passed)))
            .to_do("Look at the log of `latchkey up`, or at the alarms of the stack; start it again where it stands still.")
            .command("latchkey status"),
        (None, None) => check
            .stands(Stands::Comes)
            .says("None yet; the first comes within minutes of the start."),
        (None, Some(last)) => match &last.failure {
            Some(failure) => check
                .says(format!("The last one failed ({failure}); some of it was done."))
                .to_do("Look at the log. It is tried again with the next one.")
                .command("latchkey status"),
            None => check.says("The last one came to its end."),
        },
    }
}

#[cfg(test)]
mod tests;
