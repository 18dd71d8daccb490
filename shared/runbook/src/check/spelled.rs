//! Values that differ from others by a typing error: HR's word then fits one role and not the other, and nothing says
//! so.

use std::collections::BTreeMap;

use super::Check;
use crate::{
    document::{Named, OneOrMany},
    matching::ATTRIBUTES,
    problem::Place,
};

/// Shorter words differ by a letter on purpose.
const SHORTEST: usize = 5;
/// In words of so many letters two may be wrong.
const LONG: usize = 9;

/// A value, how often it stands in conditions, and where first.
struct Value<'d> {
    text: &'d str,
    times: usize,
    first: Place,
}

impl<'c> Check<'c> {
    /// Values of conditions that are nearly, but not quite, another one: `Nurisng` beside `Nursing`.
    pub(super) fn near_misses(&mut self) {
        // A country is read by its name, whatever it is like.
        for attribute in ATTRIBUTES.into_iter().filter(|a| *a != "country") {
            let values = self.values_of(attribute);
            for value in values.values() {
                let near = values.values().filter(|other| is_near(value, other));
                if let Some(other) = near.max_by_key(|other| other.times) {
                    let message = format!(
                        "`{}` is nearly `{}`, which stands in line {}: if one person has both, write it alike",
                        value.text, other.text, other.first.line
                    );
                    self.warning(value.first, message);
                }
            }
        }
    }

    fn values_of(&self, attribute: &str) -> BTreeMap<String, Value<'c>> {
        let document = self.document;
        let roles = document.roles.values().map(|role| &role.matches);
        let events = [
            &document.hire,
            &document.transfer,
            &document.exit,
            &document.urgent_exit,
            &document.leave,
            &document.back,
        ];
        let tasks = events
            .into_iter()
            .flat_map(|e| e.values())
            .map(|task| &task.only);
        let mut values: BTreeMap<String, Value<'c>> = BTreeMap::new();
        let conditions: Vec<&'c Named<OneOrMany>> = roles.chain(tasks).collect();
        let lines = conditions.into_iter().flatten();
        for (_, wanted) in lines.filter(|(name, _)| name.value == attribute) {
            for one in &wanted.0 {
                let text = one.value.trim();
                let text = text.strip_prefix("not:").unwrap_or(text).trim();
                let value = values.entry(text.to_lowercase()).or_insert(Value {
                    text,
                    times: 0,
                    first: one.place,
                });
                value.times += 1;
                value.first = value.first.min(one.place);
            }
        }
        values
    }
}

/// Whether the first is likely to be the second, mistyped: it is the rarer one, or the later one.
fn is_near(value: &Value<'_>, other: &Value<'_>) -> bool {
    let letters = |value: &Value<'_>| -> String {
        let letters = value.text.to_lowercase();
        letters.chars().filter(|c| !c.is_ascii_digit()).collect()
    };
    let (one, two) = (letters(value), letters(other));
    let shorter = one.chars().count().min(two.chars().count());
    let most = match shorter {
        n if n < SHORTEST => return false,
        n if n < LONG => 1,
        _ => 2,
    };
    let rank = |value: &Value<'_>| (value.times, std::cmp::Reverse(value.first));
    // Differences in digits alone count on purpose: Level 1, Level 2.
    one != two
        && rank(value) < rank(other)
        && value.times == 1
        && strsim::damerau_levenshtein(&one, &two) <= most
}
