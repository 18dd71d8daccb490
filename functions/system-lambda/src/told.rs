//! What is said to the function, and what it answers. Fields are only added, never changed: a company's function may be
//! years old.

use jiff::SignedDuration;
use latchkey_lifecycle::{Account, Change, EmployeeId};
use latchkey_systems::{Fault, Faults, Found, Probe, Sought};
use serde::{Deserialize, Deserializer, Serialize, de::Error as _};
use serde_json::Value;

/// The version of what is said.
const VERSION: u32 = 1;

/// What is said to the function.
#[derive(Debug, Serialize)]
pub(crate) struct Request<'a> {
    latchkey: u32,
    /// The system's short name in the runbook: one function may serve several.
    system: &'a str,
    #[serde(flatten)]
    pub(crate) verb: Verb<'a>,
}

impl<'a> Request<'a> {
    pub(crate) fn new(system: &'a str, verb: Verb<'a>) -> Request<'a> {
        Request {
            latchkey: VERSION,
            system,
            verb,
        }
    }
}

#[derive(Debug, Serialize)]
#[serde(tag = "verb", rename_all = "camelCase")]
pub(crate) enum Verb<'a> {
    Read {
        who: Who<'a>,
    },
    List {
        page: Option<&'a str>,
    },
    Apply {
        account: Option<Told>,
        change: &'a Change,
    },
    Probe,
}

/// Whose account is looked for.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Who<'a> {
    employee_id: &'a EmployeeId,
    name: Option<&'a str>,
    email: Option<&'a str>,
    /// The function's own identifier of the account that was theirs when Latchkey last saw it.
    handle: Option<&'a str>,
}

impl<'a> From<&'a Sought> for Who<'a> {
    fn from(who: &'a Sought) -> Who<'a> {
        Who {
            employee_id: &who.employee_id,
            name: who.name.as_deref(),
            email: who.email.as_deref(),
            handle: who.known.as_ref().map(|known| known.handle.as_str()),
        }
    }
}

/// An account, with the function's own identifier of it.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Told {
    handle: String,
    #[serde(default)]
    version: Option<String>,
    #[serde(flatten)]
    account: Account,
}

/// Names of accounts' fields without which an answer does not say enough: what is left out is not nothing.
const SAID: [&str; 3] = ["handle", "active", "entitlements"];

impl<'de> Deserialize<'de> for Told {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Told, D::Error> {
        #[derive(Deserialize)]
        struct Fields {
            handle: String,
            #[serde(default)]
            version: Option<String>,
            #[serde(flatten)]
            account: Account,
        }
        let value = Value::deserialize(deserializer)?;
        let said = |name: &&&str| value.get(**name).is_some_and(|v| !v.is_null());
        if let Some(missing) = SAID.iter().find(|name| !said(name)) {
            return Err(D::Error::missing_field(missing));
        }
        let Fields {
            handle,
            version,
            account,
        } = serde_json::from_value(value).map_err(D::Error::custom)?;
        Ok(Told {
            handle,
            version,
            account,
        })
    }
}

impl From<Told> for Found {
    fn from(told: Told) -> Found {
        Found {
            handle: told.handle,
            version: told.version,
            account: told.account,
        }
    }
}

impl From<&Found> for Told {
    fn from(found: &Found) -> Told {
        Told {
            handle: found.handle.clone(),
            version: found.version.clone(),
            account: found.account.clone(),
        }
    }
}

/// A page of accounts.
#[derive(Debug, Deserialize)]
pub(crate) struct Listed {
    pub(crate) accounts: Vec<Told>,
    #[serde(default)]
    pub(crate) next: Option<String>,
}

/// One thing that the function tried.
#[derive(Debug, Deserialize)]
pub(crate) struct Tried {
    what: String,
    can: bool,
    #[serde(default)]
    problem: String,
}

impl Tried {
    pub(crate) fn into_probe(self, system: &str) -> Probe {
        let came = match self.can {
            true => Ok(()),
            false => Err(system.unauthorized(tidy(&self.problem))),
        };
        Probe::of(tidy(&self.what), came)
    }
}

/// What went wrong, by the names that every kind has.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Wrong {
    name: String,
    #[serde(default)]
    problem: String,
    /// Seconds.
    #[serde(default)]
    retry_after: Option<u32>,
    /// Whose the account name is, for `Taken`.
    #[serde(default)]
    holder: Option<EmployeeId>,
    /// Which name, for `Taken`.
    #[serde(default)]
    account_name: Option<String>,
    /// The accounts that have one employee id, for `Conflict`.
    #[serde(default)]
    accounts: Value,
}

/// Several accounts of one employee id; `None` when these are none.
fn several(accounts: &Value, system: &str) -> Option<Fault> {
    let accounts = Vec::<Told>::deserialize(accounts).ok()?;
    let accounts: Vec<Found> = accounts.into_iter().map(Found::from).collect();
    let employee_id = accounts.first()?.account.employee_id.clone()?;
    let mut ids = accounts.iter().map(|found| &found.account.employee_id);
    let are_one = ids.all(|id| id.as_ref() == Some(&employee_id));
    (are_one && accounts.len() > 1).then(|| system.several(&employee_id, accounts))
}

impl Wrong {
    /// The fault that an answer tells; a name that nobody knows is [`Fault::Rejected`].
    pub(crate) fn of(answer: &Value, system: &str) -> Option<Fault> {
        let told = answer.get("fault")?;
        let Ok(wrong) = Wrong::deserialize(told) else {
            return Some(system.rejected("its function tells a fault without a name"));
        };
        let problem = tidy(&wrong.problem);
        if wrong.name == "Conflict"
            && let Some(fault) = several(&wrong.accounts, system)
        {
            return Some(fault);
        }
        Some(
            match (wrong.name.as_str(), wrong.holder, wrong.account_name) {
                ("Busy", ..) => system.busy(
                    wrong
                        .retry_after
                        .map(|s| SignedDuration::from_secs(s.into())),
                ),
                ("Unreachable", ..) => system.unreachable(problem),
                ("Unauthorized", ..) => system.unauthorized(problem),
                ("Taken", Some(holder), Some(name)) => system.taken(name, Some(holder)),
                ("Conflict" | "Taken", ..) => system.conflict(problem),
                ("Incomplete", ..) => system.incomplete(problem),
                ("NotYet", ..) => system.not_yet(problem),
                _ => system.rejected(problem),
            },
        )
    }
}

/// A text of the function's as people get to see it: one line, not too long.
fn tidy(text: &str) -> String {
    let text: String = text.chars().filter(|c| !c.is_control()).take(200).collect();
    match text.trim_end_matches(['.', ' ']) {
        "" => "its function does not say why".to_owned(),
        text => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_is_said_is_as_documented() {
        let who = Sought {
            employee_id: EmployeeId::new("1042").unwrap(),
            name: Some("zoe".into()),
            email: None,
            previous_id: None,
            known: None,
        };
        let said = |verb| serde_json::to_value(Request::new("stock", verb)).unwrap();
        assert_eq!(
            said(Verb::Read {
                who: Who::from(&who)
            }),
            json!({"latchkey": 1, "system": "stock", "verb": "read",
                "who": {"employeeId": "1042", "name": "zoe", "email": null, "handle": null}})
        );
        assert_eq!(
            said(Verb::List { page: Some("2") }),
            json!({"latchkey": 1, "system": "stock", "verb": "list", "page": "2"})
        );
        assert_eq!(
            said(Verb::Apply {
                account: None,
                change: &Change::Suspend
            }),
            json!({"latchkey": 1, "system": "stock", "verb": "apply", "account": null, "change": {"change": "suspend"}})
        );
    }

    #[test]
    fn every_fault_has_its_name() {
        for (told, name) in [
            (json!({"name": "Busy", "retryAfter": 30}), "Busy"),
            (
                json!({"name": "Unreachable", "problem": "down"}),
                "Unreachable",
            ),
            (json!({"name": "Unauthorized"}), "Unauthorized"),
            (
                json!({"name": "Taken", "holder": "7", "accountName": "zoe"}),
                "Conflict",
            ),
            (json!({"name": "Conflict", "problem": "two"}), "Conflict"),
            (
                json!({"name": "Incomplete", "problem": "20 of 60"}),
                "Incomplete",
            ),
            (
                json!({"name": "Conflict", "accounts": [{"handle": "1"}]}),
                "Conflict",
            ),
            (json!({"name": "NotYet"}), "NotYet"),
            (json!({"name": "Rejected"}), "Rejected"),
            (json!({"name": "Whatever"}), "Rejected"),
            (json!("nonsense"), "Rejected"),
        ] {
            let fault = Wrong::of(&json!({ "fault": told }), "Stock").unwrap();
            assert_eq!(fault.name(), name, "{fault:?}");
        }
        assert!(Wrong::of(&json!({"account": null}), "Stock").is_none());
        let account = |handle: &str, id: &str| json!({"handle": handle, "employeeId": id, "name": "zoe", "active": true, "entitlements": []});
        let of = |accounts: Value| {
            let fault = json!({"name": "Conflict", "accounts": accounts});
            Wrong::of(&json!({ "fault": fault }), "Stock").unwrap()
        };
        let two = of(json!([account("1", "7"), account("2", "7")]));
        assert!(matches!(two, Fault::Several { accounts, .. } if accounts.len() == 2));
        for others in [
            json!([account("1", "7")]),
            json!([account("1", "7"), account("2", "8")]),
        ] {
            assert!(matches!(of(others), Fault::Conflict { .. }));
        }
    }
}
