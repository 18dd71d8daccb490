//! An account, as the API answers it.

use latchkey_http_api::{Active, text_of};
use latchkey_lifecycle::{Account, EmployeeId};
use latchkey_systems::Found;
use serde_json::Value;

use crate::api::Api;

impl Api {
    /// An account without its entitlements; `None` for what is none.
    pub(crate) fn found(&self, value: &Value) -> Option<Found> {
        let places = &self.description.account;
        let text = |place: &str| self.at(place, value).and_then(text_of);
        let employee_id = places.employee_id.as_deref().and_then(text);
        let attributes = places.attributes.iter();
        let active = places.active.as_ref();
        let account = Account {
            employee_id: employee_id.and_then(|id| EmployeeId::new(id).ok()),
            name: text(&places.name)?,
            active: active.is_none_or(|rule| is_active(rule, self.at(&rule.at, value))),
            attributes: attributes
                .filter_map(|(name, place)| Some((name.clone(), text(place)?)))
                .collect(),
            entitlements: Default::default(),
        };
        Some(Found::new(text(&places.handle)?, account))
    }

    /// Whether two account names are the same to this API.
    pub(crate) fn same_name(&self, one: &str, other: &str) -> bool {
        match self.description.case_sensitive {
            true => one == other,
            false => one.to_lowercase() == other.to_lowercase(),
        }
    }

    /// Whether accounts are called by their names.
    pub(crate) fn handle_is_name(&self) -> bool {
        self.description.account.handle == self.description.account.name
    }
}

/// Who is cut off is so only when the answer says it; an answer that says nothing lets them in.
fn is_active(rule: &Active, value: Option<&Value>) -> bool {
    let value = value.unwrap_or(&Value::Null);
    let among = |wanted: &Value| match wanted {
        Value::Array(all) => all.iter().any(|one| same(one, value)),
        one => same(one, value),
    };
    match (&rule.is, &rule.is_not) {
        (Some(wanted), _) => value.is_null() || among(wanted),
        (None, Some(unwanted)) => !among(unwanted),
        (None, None) => !same(&Value::Bool(false), value),
    }
}

/// Some write `false` as a text, or as 0.
fn same(wanted: &Value, value: &Value) -> bool {
    match (wanted, value) {
        (Value::Bool(flag), Value::Number(n)) => n.as_i64() == Some(i64::from(*flag)),
        _ => match (text_of(wanted), text_of(value)) {
            (Some(one), Some(other)) => one.eq_ignore_ascii_case(&other),
            _ => wanted == value,
        },
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn nobody_is_taken_for_cut_off_who_is_not() {
        let rule = |is: Option<Value>, is_not: Option<Value>| Active {
            at: "state".into(),
            is,
            is_not,
        };
        let plain = rule(None, None);
        for (value, active) in [
            (json!(true), true),
            (json!(false), false),
            (json!("False"), false),
            (json!(0), false),
            (json!(1), true),
            (Value::Null, true),
        ] {
            assert_eq!(is_active(&plain, Some(&value)), active, "{value}");
        }
        assert!(is_active(&plain, None));
        let states = rule(Some(json!(["active", "invited"])), None);
        assert!(is_active(&states, Some(&json!("Active"))));
        assert!(!is_active(&states, Some(&json!("blocked"))));
        let blocked = rule(None, Some(json!(true)));
        assert!(!is_active(&blocked, Some(&json!(true))));
        assert!(is_active(&blocked, Some(&json!(false))));
        assert!(is_active(&blocked, None));
    }
}
