//! What PostgreSQL's errors mean to Latchkey, by SQLSTATE (PostgreSQL Error Codes, appendix A).

use std::error::Error;

use latchkey_systems::{Fault, Faults};
use tokio_postgres::error::DbError;

/// What went wrong on the way to an answer.
#[derive(Debug)]
pub(crate) enum Trouble {
    /// No answer in time.
    Late,
    /// Its name leads nowhere that may be called.
    Nowhere(std::io::Error),
    /// The server, or the connection to it.
    Database(tokio_postgres::Error),
}

impl From<tokio_postgres::Error> for Trouble {
    fn from(error: tokio_postgres::Error) -> Trouble {
        Trouble::Database(error)
    }
}

impl Trouble {
    /// The server's error code, if it was the server that spoke.
    pub(crate) fn code(&self) -> Option<&str> {
        match self {
            Trouble::Late | Trouble::Nowhere(_) => None,
            Trouble::Database(error) => error.code().map(|code| code.code()),
        }
    }

    /// Whether the connection has ended, so that the same may go through on another one. After a failover the one to
    /// the old primary still answers, but only reads (25006).
    pub(crate) fn is_gone(&self) -> bool {
        match self {
            Trouble::Late | Trouble::Nowhere(_) => false,
            Trouble::Database(error) => {
                error.is_closed()
                    || matches!(
                        self.code(),
                        Some("57P01" | "57P02" | "57P03" | "57P05" | "25006")
                    )
            }
        }
    }

    /// What it is to people. `doing` is what was tried, as in "it may not …".
    pub(crate) fn fault(&self, system: &str, doing: &str) -> Fault {
        match self {
            Trouble::Late => system.unreachable("it did not answer in time"),
            Trouble::Nowhere(error) => system.unreachable(format!(
                "no connection could be made ({})",
                plain(&error.to_string())
            )),
            Trouble::Database(error) => match error.as_db_error() {
                Some(said) => Said::from(said).fault(system, doing),
                None => system.unreachable(causes(error)),
            },
        }
    }
}

/// An error with what caused it: the connection, TLS, or the way of signing in.
fn causes(error: &tokio_postgres::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(next) = cause {
        let next_text = next.to_string();
        if !text.ends_with(&next_text) {
            text.push_str(": ");
            text.push_str(&next_text);
        }
        cause = next.source();
    }
    plain(&text)
}

fn plain(text: &str) -> String {
    text.chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .take(200)
        .collect()
}

/// An error of the server.
struct Said<'a> {
    code: &'a str,
    message: &'a str,
    detail: Option<&'a str>,
}

impl<'a> From<&'a DbError> for Said<'a> {
    fn from(error: &'a DbError) -> Said<'a> {
        Said {
            code: error.code().code(),
            message: error.message(),
            detail: error.detail(),
        }
    }
}

impl Said<'_> {
    fn fault(&self, system: &str, doing: &str) -> Fault {
        let code = self.code;
        let says = format!("it answers with {code} ({})", plain(self.message));
        match code {
            // Administration.
            "57P01" | "57P02" => system.unreachable(format!("it is being stopped ({code})")),
            "57P03" => system.busy(None),
            "57014" => system.unreachable(format!(
                "it could not {doing} within ten seconds ({code})"
            )),
            "25006" => system.unreachable(format!(
                "a server that only reads answers there, and the address has to be the primary's ({code})"
            )),
            "42501" => {
                let problem = format!("its role may not {doing} ({code}, {})", plain(self.message));
                match doing.starts_with("read") {
                    true => system.unauthorized(problem),
                    false => system.forbidden(problem),
                }
            }
            "42710" => system.conflict(format!(
                "it has a role of the name that was to be given ({code})"
            )),
            "2BP01" => {
                let detail = self.detail.map(|detail| format!(": {}", plain(detail)));
                system.rejected(format!(
                    "something depends on what was to be taken ({code}{}); in each database that is named, \
                     give what the role owns to another one with REASSIGN OWNED and take its rights with DROP OWNED \
                     (`objects_to` in the runbook does so in the database of the address, as far as Latchkey's role may)",
                    detail.unwrap_or_default()
                ))
            }
            "3D000" => system.rejected(format!(
                "it has no such database ({code}); check the address in the runbook"
            )),
            // Another transaction was there first: serialization, deadlock, a lock, an object in use, or the row of the
            // catalog.
            "40001" | "40P01" | "55P03" | "55006" => system.busy(None),
            _ => match code.get(..2).unwrap_or_default() {
                // Invalid authorization specification.
                "28" => system.unauthorized(format!(
                    "it does not accept the user name, the password or where they come from ({code})"
                )),
                // Insufficient resources, among them too many connections (53300).
                "53" => system.busy(None),
                // Connection exception, operator intervention, system error, internal error.
                "08" | "57" | "58" | "XX" => system.unreachable(says),
                _ => system.rejected(says),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_has_its_name() {
        for (code, name) in [
            ("28P01", "Unauthorized"),
            ("28000", "Unauthorized"),
            ("42501", "Rejected"),
            ("42710", "Conflict"),
            ("53300", "Busy"),
            ("53200", "Busy"),
            ("57P03", "Busy"),
            ("40001", "Busy"),
            ("40P01", "Busy"),
            ("55P03", "Busy"),
            ("57P01", "Unreachable"),
            ("57014", "Unreachable"),
            ("25006", "Unreachable"),
            ("08006", "Unreachable"),
            ("58030", "Unreachable"),
            ("XX000", "Unreachable"),
            ("2BP01", "Rejected"),
            ("3D000", "Rejected"),
            ("42939", "Rejected"),
            ("0LP01", "Rejected"),
            ("", "Rejected"),
        ] {
            let said = Said {
                code,
                message: "message\nof the server",
                detail: Some("owner of table notes\n1 object in database shop"),
            };
            let fault = said.fault("Shop", "make a role");
            assert_eq!(fault.name(), name, "{code}");
            let text = fault.to_string();
            assert!(
                text.starts_with("Shop") || text.contains("to Shop"),
                "{text}"
            );
            assert!(!text.contains('\n'), "{text}");
        }
    }

    #[test]
    fn what_a_role_owns_is_named() {
        let said = Said {
            code: "2BP01",
            message: "role \"zoe\" cannot be dropped",
            detail: Some("1 object in database shop"),
        };
        let text = said.fault("Shop", "delete a role").to_string();
        assert!(text.contains("database shop"), "{text}");
        assert!(text.contains("REASSIGN OWNED"), "{text}");
    }
}
