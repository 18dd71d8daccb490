//! Findings in plain words: what differs, where, and what to do about it.

use latchkey_lifecycle::{Entitlement, Finding, FindingKind};

/// A finding in one sentence.
pub fn in_words(finding: &Finding) -> String {
    let seen = &finding.seen;
    let system = seen.system.as_ref().map_or("", |s| s.as_str());
    let account = match &seen.account {
        Some(name) => format!("the account {name}"),
        None => "an account".to_owned(),
    };
    let who = match &seen.employee_id {
        Some(id) => format!("employee {id}"),
        None => "nobody".to_owned(),
    };
    let list: Vec<String> = seen
        .entitlements
        .iter()
        .map(Entitlement::to_string)
        .collect();
    let list = list.join(", ");
    let with = if list.is_empty() {
        String::new()
    } else {
        format!(" (with {list})")
    };
    match seen.kind {
        FindingKind::LeaverActive => {
            format!("{system}: {account} of {who}, who has left, can still sign in{with}.")
        }
        FindingKind::LeftWithoutCase => {
            format!("The last day of {who} has passed, and no exit was ever confirmed.")
        }
        FindingKind::UnknownPerson => {
            format!("{system}: {account} belongs to {who}, whom the ledger does not know.")
        }
        FindingKind::OrphanAccount => {
            format!("{system}: {account} has no employee id, and its name is nobody's.")
        }
        FindingKind::SecondAccount => {
            format!("{system}: {account} is another one with the id of {who}.")
        }
        FindingKind::ExtraAccount => {
            format!("{system}: {account} of {who} can sign in without a reason{with}.")
        }
        FindingKind::ExtraEntitlement => {
            format!("{system}: {account} of {who} has {list}, which nothing gives them.")
        }
        FindingKind::MissingAccount => {
            format!("{system}: {who} should have an account{with} and has none.")
        }
        FindingKind::MissingEntitlement => {
            format!("{system}: {account} of {who} lacks {list}.")
        }
        FindingKind::Suspended => {
            format!("{system}: {account} of {who} cannot sign in and should.")
        }
        FindingKind::NotRead => {
            let problem = finding.problem.as_deref().unwrap_or("it did not answer");
            format!("{system} could not be read to its end: {problem}")
        }
        FindingKind::Tampered => {
            let problem = finding.problem.as_deref().unwrap_or("it is not known what");
            format!("The ledger is not as its audit trail says. {problem}.")
        }
        FindingKind::NoReader => {
            let team = seen.handle.as_deref().unwrap_or_default();
            let problem = finding.problem.as_deref().unwrap_or("nobody is subscribed");
            format!("Letters to {team} reach nobody: {problem}.")
        }
    }
}

/// What to do about a kind of finding.
pub fn advice(kind: FindingKind) -> &'static str {
    match kind {
        FindingKind::LeaverActive => {
            "Close the account to sign-in now, or let Latchkey do it with --repair."
        }
        FindingKind::LeftWithoutCase => {
            "Confirm the exit in the HR system, so that everything is taken back; or correct the last day there."
        }
        FindingKind::UnknownPerson => {
            "Have HR confirm the person (or `latchkey import` them), or close the account: --repair suspends it."
        }
        FindingKind::OrphanAccount => {
            "Record the employee id on the account when it is somebody's, close it (--repair suspends it), or --accept it when machines use it."
        }
        FindingKind::SecondAccount => {
            "Keep one of the accounts, and take the employee id off the other; Latchkey does not guess which."
        }
        FindingKind::ExtraAccount => {
            "Close the account, or give a reason: a role of the runbook, or a confirmed hire. --repair suspends it."
        }
        FindingKind::ExtraEntitlement => {
            "Take it back, or let a role of the runbook give it. --repair takes it back."
        }
        FindingKind::MissingAccount | FindingKind::MissingEntitlement | FindingKind::Suspended => {
            "Give it, or let the runbook not give it any more. --repair gives it."
        }
        FindingKind::NotRead => {
            "Look at address, secret and state of the system. Until it can be read, nothing is known of it."
        }
        FindingKind::Tampered => {
            "Somebody wrote to the table beside Latchkey. Keep a copy of it before anything else, see who may write to it, and \
             compare with a backup from before; `latchkey audit verify` looks at all of it."
        }
        FindingKind::NoReader => {
            "Have the address confirm its subscription, or give the letters to one that reads them: Readers and ReaderTeams. AWS forgets \
             what is not confirmed within two days. OPERATIONS.md, Deploy, has the commands; --accept it when nobody is to read them."
        }
    }
}
