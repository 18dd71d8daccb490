//! What could hide people, or hit others: with such a description an exit would be over while somebody still has their
//! access.

use serde_json::Value;

use super::{Check, Mistake};
use crate::{Meaning, Means, Request};

/// Names that say whose account it is.
const WHOSE: [&str; 4] = [
    "account.handle",
    "account.name",
    "account.employee_id",
    "attribute.email",
];

/// Parameters that say how many lines are shown at most, as APIs call them, in small letters and without marks.
const LIMITS: [&str; 14] = [
    "limit",
    "perpage",
    "pagesize",
    "pagelimit",
    "count",
    "maxresults",
    "maxitems",
    "max",
    "size",
    "top",
    "first",
    "rows",
    "itemsperpage",
    "resultsperpage",
];

impl Check<'_> {
    pub(super) fn what_hides_people(&mut self) {
        self.who_is_looked_for();
        self.whose_account_is_changed();
        self.who_is_active();
        self.lists_that_end_early();
        self.answers_that_hide();
    }

    /// A search that does not say whom it is for finds the same for everybody.
    fn who_is_looked_for(&mut self) {
        let description = self.description;
        let find = &description.find;
        if let Some(request) = &find.by_employee_id {
            let whom = ["account.employee_id"];
            self.has_one_of(&["find", "by_employee_id"], &[request], &whom);
        }
        if let Some(request) = &find.by_name {
            self.has_one_of(
                &["find", "by_name"],
                &[request],
                &["account.name", "attribute.email"],
            );
        }
        if let Some(request) = &description.read {
            self.has_one_of(&["read"], &[request], &["account.handle"]);
        }
        for (kind, rules) in &description.entitlements {
            if let Some(request) = &rules.read {
                self.has_one_of(&["entitlements", kind, "read"], &[request], &WHOSE);
            }
        }
    }

    /// A change that does not say whose account it is about changes none, or everybody's.
    fn whose_account_is_changed(&mut self) {
        let description = self.description;
        let made = ["account.name", "attribute.email"];
        self.has_one_of(&["create"], &[&description.create], &made);
        for (what, request) in &description.update {
            self.has_one_of(&["update", what], &[request], &WHOSE);
        }
        for (name, steps) in [
            ("suspend", &description.suspend),
            ("restore", &description.restore),
            ("sign_out", &description.sign_out),
            ("delete", &description.delete),
        ] {
            let steps: Vec<&Request> = steps.0.iter().collect();
            if !steps.is_empty() {
                self.has_one_of(&[name], &steps, &WHOSE);
            }
        }
        for (kind, rules) in &description.entitlements {
            for (name, request) in [("grant", &rules.grant), ("revoke", &rules.revoke)] {
                self.has_one_of(&["entitlements", kind, name], &[request], &WHOSE);
            }
        }
    }

    fn has_one_of(&mut self, at: &[&str], requests: &[&Request], names: &[&str]) {
        let said = |request: &&Request| {
            let said = request.names();
            names.iter().any(|name| said.contains(*name))
        };
        // One that is only misspelt was told of.
        let told = |mistake: &Mistake| {
            mistake.unknown.is_some() && mistake.at.iter().zip(at).all(|(one, other)| one == other)
        };
        if self.mistakes.iter().any(told) {
            return;
        }
        if !requests.iter().any(said) {
            let names: Vec<String> = names.iter().map(|name| format!("`{{{name}}}`")).collect();
            let message = format!(
                "it does not say whose account: it has none of {}",
                names.join(", ")
            );
            self.say(at, message);
        }
    }

    /// What is compared with nothing, or with what is no single value, fits nobody.
    fn who_is_active(&mut self) {
        let Some(active) = &self.description.account.active else {
            return;
        };
        for (name, wanted) in [("is", &active.is), ("is_not", &active.is_not)] {
            let single = |value: &Value| !value.is_array() && !value.is_object();
            let fits = match wanted {
                None => true,
                Some(Value::Array(all)) => !all.is_empty() && all.iter().all(single),
                Some(one) => single(one),
            };
            if !fits {
                let message = format!(
                    "`{name}` takes a text, a number, true or false, or a list of them; nobody's account is this"
                );
                self.say(&["account", "active", name], message);
            }
        }
    }

    /// Whoever stands beyond the lines that are asked for is seen by nobody.
    fn lists_that_end_early(&mut self) {
        let description = self.description;
        self.ends_early(&["list"], &description.list);
        for (kind, rules) in &description.entitlements {
            if let Some(request) = &rules.read {
                self.ends_early(&["entitlements", kind, "read"], request);
            }
            if let Some(catalogue) = &rules.catalogue
                && !catalogue.looks_for_one()
            {
                let at = ["entitlements", kind, "catalogue", "request"];
                self.ends_early(&at, &catalogue.request);
            }
        }
    }

    fn ends_early(&mut self, at: &[&str], request: &Request) {
        if request.pages.is_some() {
            return;
        }
        let plain = |name: &str| {
            let letters = name.chars().filter(char::is_ascii_alphanumeric);
            letters.collect::<String>().to_ascii_lowercase()
        };
        let form = request.form.iter().flat_map(|form| form.keys());
        let mut limits = request.query.keys().chain(form);
        if let Some(limit) = limits.find(|name| LIMITS.contains(&plain(name).as_str())) {
            let message = format!(
                "`{limit}` asks for so many at most, and nothing says how to go on: who stands beyond would not be seen. Say `pages`"
            );
            self.say(at, message);
        }
    }

    /// An answer that says that one may not look, or not now, says nothing about who is there.
    fn answers_that_hide(&mut self) {
        let description = self.description;
        let mut all: Vec<(Vec<&str>, &[Meaning])> = vec![
            (vec![], &description.answers),
            (vec!["list"], &description.list.answers),
            (vec!["create"], &description.create.answers),
        ];
        let find = &description.find;
        let looked = [
            (vec!["find", "by_employee_id"], find.by_employee_id.as_ref()),
            (vec!["find", "by_name"], find.by_name.as_ref()),
            (vec!["read"], description.read.as_ref()),
        ];
        let looked = looked
            .into_iter()
            .filter_map(|(at, of)| Some((at, &of?.answers[..])));
        all.extend(looked);
        for (name, steps) in [
            ("suspend", &description.suspend),
            ("restore", &description.restore),
            ("sign_out", &description.sign_out),
            ("delete", &description.delete),
        ] {
            all.extend(steps.0.iter().map(|step| (vec![name], &step.answers[..])));
        }
        for (kind, rules) in &description.entitlements {
            let at = |what| vec!["entitlements", kind.as_str(), what];
            all.push((at("grant"), &rules.grant.answers));
            all.push((at("revoke"), &rules.revoke.answers));
            all.extend(
                rules
                    .read
                    .iter()
                    .map(|read| (at("read"), &read.answers[..])),
            );
        }
        for (at, meanings) in all {
            for (n, meaning) in meanings.iter().enumerate() {
                let n = n.to_string();
                if let Some(message) = hides(meaning, at == ["list"]) {
                    self.say(&[at.as_slice(), &["answers", &n]].concat(), message);
                }
            }
        }
    }
}

/// Why an answer cannot mean what it is said to.
fn hides(meaning: &Meaning, is_list: bool) -> Option<String> {
    if is_list && meaning.means == Means::NotThere {
        return Some("a list that is not there would mean that nobody has an account".to_owned());
    }
    if !matches!(meaning.means, Means::NotThere | Means::Done) || meaning.says.is_some() {
        return None;
    }
    let tells_nothing =
        |status: &&u16| matches!(**status, 401 | 403 | 407 | 408 | 425 | 429 | 500..=599);
    let status = meaning.status.0.iter().find(tells_nothing)?;
    Some(format!(
        "{status} says that one may not, or not now, and nothing of who is there; with `says` it may be told apart from that"
    ))
}
