//! Who is subscribed to letters, where letters go to a topic and not to an address.

use async_trait::async_trait;
use serde_json::Value;

use crate::Failure;

/// The name under which managers get their letters: each is a person's own manager, and none is a team of the runbook.
pub const MANAGERS: &str = "managers";

/// The name under which alerts go to whoever runs Latchkey; no team of the runbook. By SNS they have a topic of their
/// own, elsewhere they go to the address of the operations team.
pub const OPERATORS: &str = "operators";

/// One subscription to the topic of letters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subscription {
    /// Where its letters go: an address, or another endpoint.
    pub endpoint: String,
    /// What it gets.
    pub gets: Gets,
}

/// What a subscription gets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Gets {
    /// Nothing: nobody has confirmed it, or the mail service has taken it out since too much came at once.
    Unconfirmed,
    /// Every letter.
    Everything,
    /// The letters that its filter lets through.
    Filtered(Value),
}

impl Subscription {
    /// Whether the letters of a team (`Letter::team`) go there.
    #[must_use]
    pub fn gets(&self, team: &str) -> bool {
        match &self.gets {
            Gets::Unconfirmed => false,
            Gets::Everything => true,
            Gets::Filtered(policy) => passes(policy, team),
        }
    }
}

/// Whether a filter on message attributes lets a letter through. A letter has one attribute, `team`; a filter on others
/// wants them absent or lets nothing through. What is not known here is taken for a reader: somebody made it for a
/// reason.
/// Source: SNS developer guide, "Amazon SNS subscription filter policies", string value matching.
fn passes(policy: &Value, team: &str) -> bool {
    let Some(keys) = policy.as_object() else {
        return true;
    };
    keys.iter().all(|(key, rules)| {
        let mut rules = rules.as_array().into_iter().flatten();
        match key.as_str() {
            "team" => rules.any(|rule| fits(rule, team)),
            "$or" => true,
            _ => rules.any(|rule| rule.get("exists") == Some(&Value::Bool(false))),
        }
    })
}

fn fits(rule: &Value, team: &str) -> bool {
    let Some((operator, value)) = rule.as_object().and_then(|rule| rule.iter().next()) else {
        return rule == team;
    };
    match (operator.as_str(), value) {
        ("prefix", Value::String(start)) => team.starts_with(start.as_str()),
        ("suffix", Value::String(end)) => team.ends_with(end.as_str()),
        ("equals-ignore-case", Value::String(same)) => team.eq_ignore_ascii_case(same),
        ("exists", Value::Bool(there)) => *there,
        ("anything-but", Value::Array(others)) => !others.iter().any(|other| fits(other, team)),
        ("anything-but", other) => !fits(other, team),
        _ => true,
    }
}

/// Looking at who is subscribed.
#[async_trait]
pub trait Subscriptions: Send + Sync {
    /// Every subscription to the letters, whatever becomes of it.
    ///
    /// # Errors
    /// [`Failure`] when the service cannot tell now, or not at all.
    async fn subscriptions(&self) -> Result<Vec<Subscription>, Failure>;
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_filter_lets_through_what_sns_would() {
        for (policy, people, it) in [
            (json!({ "team": ["people", "managers"] }), true, false),
            (json!({ "team": [{ "prefix": "peo" }] }), true, false),
            (json!({ "team": [{ "suffix": "t" }] }), false, true),
            (
                json!({ "team": [{ "equals-ignore-case": "IT" }] }),
                false,
                true,
            ),
            (json!({ "team": [{ "anything-but": ["it"] }] }), true, false),
            (
                json!({ "team": [{ "anything-but": "people" }] }),
                false,
                true,
            ),
            (
                json!({ "team": [{ "anything-but": { "prefix": "p" } }] }),
                false,
                true,
            ),
            (json!({ "team": [{ "exists": true }] }), true, true),
            (json!({ "team": [{ "exists": false }] }), false, false),
            (json!({ "team": ["it"], "kind": ["alert"] }), false, false),
            (
                json!({ "team": ["it"], "kind": [{ "exists": false }] }),
                false,
                true,
            ),
            (json!({}), true, true),
            (json!({ "team": [{ "of-next-year": "x" }] }), true, true),
        ] {
            let one = Subscription {
                endpoint: "it@acme.example".into(),
                gets: Gets::Filtered(policy.clone()),
            };
            assert_eq!(
                (one.gets("people"), one.gets("it")),
                (people, it),
                "{policy}"
            );
        }
    }

    #[test]
    fn what_nobody_confirmed_gets_nothing() {
        let one = |gets| Subscription {
            endpoint: "it@acme.example".into(),
            gets,
        };
        assert!(!one(Gets::Unconfirmed).gets("it"));
        assert!(one(Gets::Everything).gets("it"));
    }
}
