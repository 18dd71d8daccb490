//! `Retry`, `Catch` and the rules of a Choice.

use serde_json::Value;

use super::{Fields, MAX_SECONDS, Reader, Scope};
use crate::{
    error::ALL,
    model::{Catcher, Choice, Compare, Retrier, Rule, StateId, Test},
};

impl Reader {
    pub(super) fn retriers(&mut self, state: &mut Fields<'_>) -> Vec<Retrier> {
        let entries = state.list(self, "Retry");
        let place = state.at("Retry");
        let mut retriers = Vec::with_capacity(entries.len());
        for (index, entry) in entries.iter().enumerate() {
            let place = format!("{place}[{index}]");
            let Some(mut fields) = Fields::new(self, entry, &place) else {
                continue;
            };
            fields.text(self, "Comment");
            let errors = self.errors(&mut fields, index + 1 == entries.len());
            let interval_seconds = fields
                .number(self, "IntervalSeconds", 1, MAX_SECONDS)
                .unwrap_or(1);
            let max_attempts = fields
                .number(self, "MaxAttempts", 0, MAX_SECONDS)
                .unwrap_or(3);
            let backoff_rate = match fields.take("BackoffRate") {
                None => 2.0,
                Some(rate) => match rate.as_f64().filter(|rate| *rate >= 1.0) {
                    Some(rate) => rate,
                    None => {
                        self.problem(fields.at("BackoffRate"), "must be a number from 1 up");
                        continue;
                    }
                },
            };
            // https://docs.aws.amazon.com/step-functions/latest/dg/concepts-error-handling.html: below 31622400.
            let max_delay_seconds = fields.number(self, "MaxDelaySeconds", 1, 31_622_399);
            if max_delay_seconds.is_some_and(|most| most < interval_seconds) {
                self.problem(fields.at("MaxDelaySeconds"), "is less than IntervalSeconds");
            }
            let full_jitter = match fields.text(self, "JitterStrategy").as_deref() {
                None | Some("NONE") => false,
                Some("FULL") => true,
                Some(_) => {
                    self.problem(fields.at("JitterStrategy"), "must be FULL or NONE");
                    false
                }
            };
            fields.finish(self);
            retriers.push(Retrier {
                errors,
                interval_seconds,
                max_attempts,
                backoff_rate,
                max_delay_seconds,
                full_jitter,
            });
        }
        retriers
    }

    pub(super) fn catchers(&mut self, state: &mut Fields<'_>, scope: &Scope) -> Vec<Catcher> {
        let entries = state.list(self, "Catch");
        let place = state.at("Catch");
        let mut catchers = Vec::with_capacity(entries.len());
        for (index, entry) in entries.iter().enumerate() {
            let place = format!("{place}[{index}]");
            let Some(mut fields) = Fields::new(self, entry, &place) else {
                continue;
            };
            fields.text(self, "Comment");
            let errors = self.errors(&mut fields, index + 1 == entries.len());
            let result_path = fields.result_path(self);
            let next = self.next(&mut fields, scope);
            fields.finish(self);
            if let Some(next) = next {
                catchers.push(Catcher {
                    errors,
                    result_path,
                    next,
                });
            }
        }
        catchers
    }

    /// `ErrorEquals`: `States.ALL` must stand alone, in the last entry.
    fn errors(&mut self, fields: &mut Fields<'_>, is_last: bool) -> Vec<String> {
        let place = fields.at("ErrorEquals");
        if !fields.has("ErrorEquals") {
            self.problem(&place, "is missing");
        }
        let mut errors = Vec::new();
        for (index, name) in fields.list(self, "ErrorEquals").iter().enumerate() {
            match name.as_str() {
                Some("") | None => {
                    self.problem(format!("{place}[{index}]"), "must be an error's name");
                }
                Some(name) => errors.push(name.to_owned()),
            }
        }
        if errors.iter().any(|name| name == ALL) && (errors.len() > 1 || !is_last) {
            self.problem(&place, "States.ALL must stand alone, in the last entry");
        }
        errors
    }

    /// The `Next` that must be there.
    pub(super) fn next(&mut self, fields: &mut Fields<'_>, scope: &Scope) -> Option<StateId> {
        let name = fields.required_text(self, "Next")?;
        self.target(scope, &fields.at("Next"), &name)
    }

    pub(super) fn choice(&mut self, state: &mut Fields<'_>, scope: &Scope) -> Choice {
        if !state.has("Choices") {
            self.problem(state.at("Choices"), "is missing");
        }
        let mut rules = Vec::new();
        let place = state.at("Choices");
        for (index, entry) in state.list(self, "Choices").iter().enumerate() {
            let place = format!("{place}[{index}]");
            let Some(mut fields) = Fields::new(self, entry, &place) else {
                continue;
            };
            let next = self.next(&mut fields, scope);
            let rule = self.rule(fields);
            if let (Some(rule), Some(next)) = (rule, next) {
                rules.push((rule, next));
            }
        }
        let default = state.text(self, "Default");
        let default = default.and_then(|name| self.target(scope, &state.at("Default"), &name));
        Choice { rules, default }
    }

    fn rule(&mut self, mut fields: Fields<'_>) -> Option<Rule> {
        fields.text(self, "Comment");
        let rule = if fields.has("And") {
            self.rules(&mut fields, "And").map(Rule::And)
        } else if fields.has("Or") {
            self.rules(&mut fields, "Or").map(Rule::Or)
        } else if let Some(inner) = fields.take("Not") {
            let inner = Fields::new(self, inner, &fields.at("Not"));
            inner
                .and_then(|inner| self.rule(inner))
                .map(|rule| Rule::Not(Box::new(rule)))
        } else {
            self.test(&mut fields)
        };
        fields.finish(self);
        rule
    }

    fn rules(&mut self, fields: &mut Fields<'_>, name: &'static str) -> Option<Vec<Rule>> {
        let place = fields.at(name);
        let entries = fields.list(self, name).iter().enumerate();
        entries
            .map(|(index, entry)| {
                let inner = Fields::new(self, entry, &format!("{place}[{index}]"))?;
                self.rule(inner)
            })
            .collect()
    }

    fn test(&mut self, fields: &mut Fields<'_>) -> Option<Rule> {
        if !fields.has("Variable") {
            self.problem(fields.at("Variable"), "is missing");
        }
        let variable = fields.path(self, "Variable");
        let mut tests = Vec::new();
        tests.extend(fields.flag(self, "IsPresent").map(Test::IsPresent));
        tests.extend(fields.flag(self, "IsNull").map(Test::IsNull));
        tests.extend(fields.flag(self, "BooleanEquals").map(Test::BooleanEquals));
        tests.extend(fields.text(self, "StringEquals").map(Test::StringEquals));
        for (name, compare) in [
            ("NumericEquals", Compare::Equals),
            ("NumericLessThan", Compare::Less),
            ("NumericLessThanEquals", Compare::LessOrEqual),
            ("NumericGreaterThan", Compare::Greater),
            ("NumericGreaterThanEquals", Compare::GreaterOrEqual),
        ] {
            match fields.take(name).map(Value::as_f64) {
                None => {}
                Some(Some(number)) => tests.push(Test::Numeric(compare, number)),
                Some(None) => self.problem(fields.at(name), "must be a number"),
            }
        }
        let test = tests.pop();
        if test.is_none() || !tests.is_empty() {
            self.problem(
                &fields.place,
                "must have exactly one test that this engine supports",
            );
            return None;
        }
        Some(Rule::Test(variable?, test?))
    }
}
