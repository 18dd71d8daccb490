//! Findings in plain words: what differs, where, and what to do about it.

use std::collections::{BTreeMap, BTreeSet};

use latchkey_ledger::{Ledger, LedgerError};
use latchkey_lifecycle::{EmployeeId, Entitlement, Finding, FindingKind};
use latchkey_runbook::Runbook;

use crate::system_name;

/// A finding in one sentence, by ids: for the command line and records.
pub fn in_words(finding: &Finding) -> String {
    let seen = &finding.seen;
    let system = seen.system.as_ref().map_or("", |s| s.as_str());
    let who = match &seen.employee_id {
        Some(id) => format!("employee {id}"),
        None => "nobody".to_owned(),
    };
    sentence(finding, system, &who, Entitlement::to_string)
}

/// The same with the names of system and person, for pages and letters. `names`: of whom they are known.
pub fn named(finding: &Finding, runbook: &Runbook, names: &BTreeMap<EmployeeId, String>) -> String {
    let seen = &finding.seen;
    let system = seen.system.as_ref();
    let system = system
        .map(|id| system_name(runbook, id))
        .unwrap_or_default();
    let who = match &seen.employee_id {
        Some(id) => match names.get(id) {
            Some(name) => format!("{name} ({id})"),
            None => format!("employee {id}"),
        },
        None => "nobody".to_owned(),
    };
    sentence(finding, &system, &who, Entitlement::called)
}

/// The names of those whom findings are about, as far as HR's records have them.
///
/// # Errors
/// [`LedgerError`] when the ledger does not answer.
pub async fn names_in<'a>(
    ledger: &Ledger,
    findings: impl IntoIterator<Item = &'a Finding>,
) -> Result<BTreeMap<EmployeeId, String>, LedgerError> {
    let ids = findings
        .into_iter()
        .filter_map(|one| one.seen.employee_id.clone());
    let ids: BTreeSet<EmployeeId> = ids.collect();
    let ids: Vec<EmployeeId> = ids.into_iter().collect();
    let records = ledger.records_of(&ids).await?;
    let names = records.into_iter().filter_map(|(id, known)| {
        let name = known.record.full_name();
        (!name.is_empty()).then_some((id, name))
    });
    Ok(names.collect())
}

/// That a system could not be read, and why.
pub fn not_read(finding: &Finding) -> String {
    let problem = finding.problem.as_deref().unwrap_or("it did not answer");
    format!("It could not be read to its end: {problem}")
}

fn sentence(
    finding: &Finding,
    system: &str,
    who: &str,
    called: impl Fn(&Entitlement) -> String,
) -> String {
    let seen = &finding.seen;
    let account = match &seen.account {
        Some(name) => format!("the account {name}"),
        None => "an account".to_owned(),
    };
    let list: Vec<String> = seen.entitlements.iter().map(called).collect();
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

/// What to do about a kind of finding, for who reads a page, or a letter that leads to it: it names the page's buttons.
pub fn advice_of_page(kind: FindingKind) -> &'static str {
    match kind {
        FindingKind::LeaverActive => {
            "Close the account to sign-in now, or let Latchkey do it: “Repair it”."
        }
        FindingKind::UnknownPerson => {
            "Have HR confirm the person, have whoever runs Latchkey take over who is already there, or close the account: \
             “Repair it” suspends it."
        }
        FindingKind::OrphanAccount => {
            "Record the employee id on the account when it is somebody's, close it (“Repair it” suspends it), or “Leave it as it is” \
             when machines use it."
        }
        FindingKind::ExtraAccount => {
            "Close the account, or give a reason: a role of the runbook, or a confirmed hire. “Repair it” suspends it."
        }
        FindingKind::ExtraEntitlement => {
            "Take it back, or let a role of the runbook give it. “Repair it” takes it back."
        }
        FindingKind::MissingAccount | FindingKind::MissingEntitlement | FindingKind::Suspended => {
            "Give it, or let the runbook not give it any more. “Repair it” gives it."
        }
        FindingKind::Tampered => {
            "Somebody wrote to the table beside Latchkey. Keep a copy of it before anything else, see who may write to it, and \
             compare with a backup from before. Whoever runs Latchkey can have all of it verified."
        }
        FindingKind::NoReader => {
            "Have the address confirm its subscription, or give the letters to one that reads them: Readers and ReaderTeams. AWS forgets \
             what is not confirmed within two days. OPERATIONS.md, Deploy, has the commands; “Leave it as it is” when nobody is to read \
             them."
        }
        FindingKind::LeftWithoutCase | FindingKind::SecondAccount | FindingKind::NotRead => {
            advice(kind)
        }
    }
}

/// What to do about a kind of finding, for the command line.
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_pages_and_letters_advise_names_no_option_of_the_command_line() {
        for kind in [
            FindingKind::LeaverActive,
            FindingKind::LeftWithoutCase,
            FindingKind::UnknownPerson,
            FindingKind::OrphanAccount,
            FindingKind::SecondAccount,
            FindingKind::ExtraAccount,
            FindingKind::ExtraEntitlement,
            FindingKind::MissingAccount,
            FindingKind::MissingEntitlement,
            FindingKind::Suspended,
            FindingKind::NotRead,
            FindingKind::NoReader,
        ] {
            let advice = advice_of_page(kind);
            assert!(!advice.contains("--") && !advice.contains('`'), "{advice}");
        }
    }
}
