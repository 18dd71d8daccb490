//! Identifiers. Each is a plain string with its own type, so that none is passed for another.

use std::{collections::BTreeMap, fmt};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// Why a text cannot be an identifier.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{what} `{value}` {problem}")]
pub struct IdError {
    /// Which identifier was meant, e.g. `employee id`.
    pub what: &'static str,
    /// The text that was given.
    pub value: String,
    /// What is wrong with it.
    pub problem: &'static str,
}

macro_rules! id {
    ($(#[$doc:meta])* $name:ident, $what:literal, $max:literal) => {
        $(#[$doc])*
        #[derive(
            Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize, schemars::JsonSchema,
        )]
        #[serde(try_from = "String", into = "String")]
        #[schemars(with = "String")]
        pub struct $name(String);

        impl $name {
            /// Takes a text as an identifier.
            ///
            /// # Errors
            /// When it is empty, too long, or has spaces or control characters at its ends or within.
            pub fn new(value: impl Into<String>) -> Result<Self, $crate::ids::IdError> {
                let value = value.into();
                match $crate::ids::problem(&value, $max) {
                    None => Ok(Self(value)),
                    Some(problem) => Err($crate::ids::IdError { what: $what, value, problem }),
                }
            }

            /// The identifier as text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl TryFrom<String> for $name {
            type Error = $crate::ids::IdError;
            fn try_from(value: String) -> Result<Self, $crate::ids::IdError> {
                Self::new(value)
            }
        }

        impl From<$name> for String {
            fn from(id: $name) -> String {
                id.0
            }
        }

        impl std::str::FromStr for $name {
            type Err = $crate::ids::IdError;
            fn from_str(value: &str) -> Result<Self, $crate::ids::IdError> {
                Self::new(value)
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl std::borrow::Borrow<str> for $name {
            fn borrow(&self) -> &str {
                &self.0
            }
        }
    };
}

pub(crate) use id;

pub(crate) fn problem(value: &str, max: usize) -> Option<&'static str> {
    if value.is_empty() {
        Some("is empty")
    } else if value.len() > max {
        Some("is too long")
    } else if value.chars().any(|c| c.is_control() || c.is_whitespace()) {
        Some("has a space or control character in it")
    } else {
        None
    }
}

id!(
    /// The HR system's own identifier of a person. It never changes, also when the name does.
    EmployeeId, "employee id", 64
);
/// What ids begin with that stand in for one.
const STAND_IN: &str = "unknown-";

impl EmployeeId {
    /// Stands in for the id of a person whose record HR has still to complete: `unknown-` and the first
    /// twelve characters of a hexadecimal digest.
    pub fn stand_in(digest: &str) -> EmployeeId {
        let digits = digest.chars().filter(char::is_ascii_hexdigit).take(12);
        EmployeeId(format!("{STAND_IN}{}", digits.collect::<String>()))
    }

    /// Whether it stands in for an id that HR has still to tell.
    pub fn is_stand_in(&self) -> bool {
        self.0.starts_with(STAND_IN)
    }
}

id!(
    /// A system's name in the runbook, e.g. `directory`.
    SystemId, "system", 64
);
id!(
    /// A team's name in the runbook, e.g. `it-support`.
    TeamId, "team", 64
);
id!(
    /// A task's name within its case, e.g. `accounts.directory`.
    TaskId, "task", 128
);
id!(
    /// A runbook version: the first 16 hexadecimal digits of the SHA-256 of its files.
    RunbookVersion, "runbook version", 64
);

impl TaskId {
    /// HR's task to complete a record.
    pub fn complete_the_record() -> TaskId {
        TaskId("complete-the-record".to_owned())
    }

    /// HR's task to carry out a change that Latchkey does not carry out by itself.
    pub fn carry_out_by_hand() -> TaskId {
        TaskId("carry-out-by-hand".to_owned())
    }

    /// The confirmers' task about everything that the brake holds.
    pub fn confirm_what_is_held() -> TaskId {
        TaskId("confirm-what-is-held".to_owned())
    }
}

impl RunbookVersion {
    /// The version of these files, by their names: the same files are the same version.
    pub fn of_files(files: &BTreeMap<String, String>) -> RunbookVersion {
        let mut digest = Sha256::new();
        for (name, text) in files {
            for part in [name, text] {
                digest.update((part.len() as u64).to_be_bytes());
                digest.update(part);
            }
        }
        RunbookVersion::of_digest(&digest.finalize())
    }

    /// The version of files with this SHA-256.
    pub fn of_digest(digest: &[u8]) -> RunbookVersion {
        RunbookVersion(hex::encode(&digest[..digest.len().min(8)]))
    }
}

/// How often a case has been planned. Every step of a case carries the revision it belongs to; a step
/// whose revision is not the case's current one changes nothing.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(transparent)]
pub struct Revision(pub u32);

impl Revision {
    /// The revision a case begins with.
    pub const FIRST: Revision = Revision(1);

    /// The revision after this one.
    #[must_use]
    pub fn next(self) -> Revision {
        Revision(self.0 + 1)
    }

    /// The one before; the first has none.
    pub fn previous(self) -> Option<Revision> {
        self.0.checked_sub(1).filter(|n| *n > 0).map(Revision)
    }
}

impl fmt::Display for Revision {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}
