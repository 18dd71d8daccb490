//! Findings: differences between ledger and reality that were found outside a case.

use std::{collections::BTreeSet, fmt};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::{EmployeeId, Entitlement, SystemId, TeamId, Window, ids::id};

id!(
    /// A finding's identifier. It depends on what differs and where, and on nothing else, so that the same
    /// difference is the same finding each time it is seen.
    FindingId, "finding", 64
);

impl FindingId {
    /// The identifier of a kind of difference of one subject (an employee id, or a system's own id of an account)
    /// in one system; `None` for what is about no single system.
    pub fn of(kind: FindingKind, system: Option<&SystemId>, subject: &str) -> FindingId {
        let system = system.map(SystemId::as_str).unwrap_or_default();
        let digest = Sha256::digest(format!("{}\n{system}\n{subject}", kind.as_str()));
        FindingId(hex::encode(&digest[..8]))
    }
}

/// What differs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum FindingKind {
    /// Somebody who has left, or from whom everything was taken back, can still sign in.
    LeaverActive,
    /// A last day has passed, and no exit was ever confirmed.
    LeftWithoutCase,
    /// An account with an employee id that the ledger does not know.
    UnknownPerson,
    /// An account without an employee id whose name is nobody's.
    OrphanAccount,
    /// Two accounts in one system have the same employee id.
    SecondAccount,
    /// Somebody can sign in where nothing gives them a reason to, or before they have begun.
    ExtraAccount,
    /// Somebody has what the runbook can give and does not give them.
    ExtraEntitlement,
    /// Somebody should have an account and has none.
    MissingAccount,
    /// Somebody lacks what they should have.
    MissingEntitlement,
    /// Somebody should be able to sign in and cannot.
    Suspended,
    /// The system could not be read to its end, so nothing is known of it.
    NotRead,
    /// A case, a task or a finding is not as its audit trail says.
    Tampered,
    /// A team's letters reach nobody.
    NoReader,
}

impl FindingKind {
    /// The kind as the ledger writes it.
    pub fn as_str(self) -> &'static str {
        match self {
            FindingKind::LeaverActive => "leaverActive",
            FindingKind::LeftWithoutCase => "leftWithoutCase",
            FindingKind::UnknownPerson => "unknownPerson",
            FindingKind::OrphanAccount => "orphanAccount",
            FindingKind::SecondAccount => "secondAccount",
            FindingKind::ExtraAccount => "extraAccount",
            FindingKind::ExtraEntitlement => "extraEntitlement",
            FindingKind::MissingAccount => "missingAccount",
            FindingKind::MissingEntitlement => "missingEntitlement",
            FindingKind::Suspended => "suspended",
            FindingKind::NotRead => "notRead",
            FindingKind::Tampered => "tampered",
            FindingKind::NoReader => "noReader",
        }
    }

    /// The kind as people say it.
    pub fn words(self) -> &'static str {
        match self {
            FindingKind::LeaverActive => "leaver can still sign in",
            FindingKind::LeftWithoutCase => "left without an exit",
            FindingKind::UnknownPerson => "account of an unknown person",
            FindingKind::OrphanAccount => "orphan account",
            FindingKind::SecondAccount => "second account of one person",
            FindingKind::ExtraAccount => "account without a reason",
            FindingKind::ExtraEntitlement => "extra access",
            FindingKind::MissingAccount => "missing account",
            FindingKind::MissingEntitlement => "missing access",
            FindingKind::Suspended => "cannot sign in",
            FindingKind::NotRead => "system could not be read",
            FindingKind::Tampered => "audit trail does not hold",
            FindingKind::NoReader => "letters reach nobody",
        }
    }

    /// Whether every minute counts.
    pub fn is_urgent(self) -> bool {
        matches!(
            self,
            FindingKind::LeaverActive | FindingKind::NotRead | FindingKind::Tampered
        )
    }

    /// Whether somebody may decide that it stays as it is. Not where every minute counts.
    pub fn is_acceptable(self) -> bool {
        !self.is_urgent()
    }

    /// Whether Latchkey can set it right when it is asked to; the others need a person's decision.
    pub fn is_repairable(self) -> bool {
        !matches!(
            self,
            FindingKind::LeftWithoutCase
                | FindingKind::SecondAccount
                | FindingKind::NotRead
                | FindingKind::Tampered
                | FindingKind::NoReader
        )
    }
}

impl fmt::Display for FindingKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.words())
    }
}

/// Where a finding stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum FindingState {
    /// The difference is there.
    Open,
    /// It is there, and somebody has decided that it may stay as it is.
    Accepted,
    /// The difference is gone.
    Closed,
}

/// A difference as it was seen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Seen {
    /// What differs.
    pub kind: FindingKind,
    /// In which system; `None` for what is about no single system.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub system: Option<SystemId>,
    /// Whose account it is, or should be.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub employee_id: Option<EmployeeId>,
    /// The account's name there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account: Option<String>,
    /// The system's own id of the account.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub handle: Option<String>,
    /// The entitlements that are extra or missing.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub entitlements: BTreeSet<Entitlement>,
}

impl Seen {
    /// The finding that the difference belongs to.
    pub fn id(&self) -> FindingId {
        let by_handle = matches!(
            self.kind,
            FindingKind::OrphanAccount | FindingKind::SecondAccount
        );
        let employee = self.employee_id.as_ref().map(EmployeeId::as_str);
        let handle = self.handle.as_deref();
        let subject = if by_handle {
            handle.or(employee)
        } else {
            employee.or(handle)
        };
        FindingId::of(self.kind, self.system.as_ref(), subject.unwrap_or_default())
    }
}

/// A difference between ledger and reality, and who sees to it by when.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Finding {
    /// Its identifier.
    pub id: FindingId,
    /// What differs, as last seen.
    #[serde(flatten)]
    pub seen: Seen,
    /// The team that sees to it.
    pub owner: TeamId,
    /// From when it was seen until when it should be gone (UTC).
    pub window: Window,
    /// Where it stands.
    pub state: FindingState,
    /// Whether its owner got a letter about it as it is.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub told: bool,
    /// Whether the escalation contact was told that its window has ended.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub missed: bool,
    /// What the system said, in plain words, where it could not be read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub problem: Option<String>,
    /// When the difference was gone (UTC).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub closed_at: Option<Timestamp>,
    /// Who decided that it may stay as it is, while it does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub accepted: Option<Acceptance>,
    /// Who asked for it to be set right, until it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub repair: Option<RepairAsked>,
}

/// Somebody's word that a difference is to be set right.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RepairAsked {
    /// Who asked for it, by name and address.
    pub by: String,
    /// When (UTC).
    pub at: Timestamp,
    /// Why it was not done when it was tried, in plain words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub problem: Option<String>,
    /// Whether it is not tried again.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub given_up: bool,
}

/// Somebody's decision that a difference may stay as it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Acceptance {
    /// Who decided so, by name.
    pub by: String,
    /// Why.
    pub reason: String,
    /// When (UTC).
    pub at: Timestamp,
}

impl Finding {
    /// The finding when its difference is gone.
    pub fn closed(&self, at: Timestamp) -> Finding {
        Finding {
            state: FindingState::Closed,
            closed_at: Some(at),
            accepted: None,
            repair: None,
            ..self.clone()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(kind: FindingKind) -> Seen {
        Seen {
            kind,
            system: SystemId::new("chat").ok(),
            employee_id: EmployeeId::new("7").ok(),
            account: Some("zoe".into()),
            handle: Some("u1".into()),
            entitlements: BTreeSet::new(),
        }
    }

    #[test]
    fn the_same_difference_is_the_same_finding_and_another_one_is_not() {
        let missing = seen(FindingKind::MissingEntitlement);
        let grown = Seen {
            entitlements: [Entitlement::from("sales")].into(),
            account: Some("zoe.renamed".into()),
            handle: Some("u2".into()),
            ..missing.clone()
        };
        assert_eq!(missing.id(), grown.id());
        let elsewhere = Seen {
            system: SystemId::new("mail").ok(),
            ..missing.clone()
        };
        assert_ne!(missing.id(), elsewhere.id());
        assert_ne!(missing.id(), seen(FindingKind::ExtraEntitlement).id());
        // A second account is told apart from the first by the system's own id.
        let second = seen(FindingKind::SecondAccount);
        let third = Seen {
            handle: Some("u3".into()),
            ..second.clone()
        };
        assert_ne!(second.id(), third.id());
    }
}
