//! What is wrong with a description, beyond its shape.

use serde_json::Value;

use crate::{
    ATTRIBUTES, Active, By, Description, EntitlementKind, Meaning, Pages, Pointer, Request, Steps,
    Template,
};

mod hides;

/// Something that is wrong with a description.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mistake {
    /// Where: the names of the lines on the way there, and the numbers of those of lists.
    pub at: Vec<String>,
    /// What is wrong.
    pub message: String,
    /// A name that is not known, and those that are.
    pub unknown: Option<Unknown>,
    /// Whether the description is understood all the same: it is not to be used, because it could hide people or hit
    /// others.
    pub hides: bool,
}

/// A name that is not known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unknown {
    /// The name.
    pub name: String,
    /// Those that are known there.
    pub valid: Vec<String>,
}

/// What a request is for: which names its texts may have, and whether its answer is looked at.
struct Purpose {
    names: Vec<String>,
    is_read: bool,
}

const METHODS: [&str; 5] = ["GET", "POST", "PUT", "PATCH", "DELETE"];

impl Description {
    /// Everything that is wrong with it.
    pub fn mistakes(&self) -> Vec<Mistake> {
        let mut check = Check {
            description: self,
            mistakes: Vec::new(),
        };
        check.account();
        check.requests();
        check.suspension();
        for (kind, rules) in &self.entitlements {
            check.entitlements(kind, rules);
        }
        if let Some(message) = &self.message {
            check.pointer(&["message"], message);
        }
        check.meanings(&[], &self.answers);
        let understood = check.mistakes.len();
        check.what_hides_people();
        for mistake in check.mistakes.iter_mut().skip(understood) {
            mistake.hides = true;
        }
        check.mistakes
    }
}

struct Check<'d> {
    description: &'d Description,
    mistakes: Vec<Mistake>,
}

fn joined(at: &[&str], more: &[&str]) -> Vec<String> {
    at.iter().chain(more).map(|s| (*s).to_owned()).collect()
}

impl Check<'_> {
    fn say(&mut self, at: &[&str], message: impl Into<String>) {
        self.mistakes.push(Mistake {
            at: joined(at, &[]),
            message: message.into(),
            unknown: None,
            hides: false,
        });
    }

    fn unknown(&mut self, at: &[&str], message: String, name: &str, valid: Vec<String>) {
        self.mistakes.push(Mistake {
            at: joined(at, &[]),
            message,
            unknown: Some(Unknown {
                name: name.to_owned(),
                valid,
            }),
            hides: false,
        });
    }

    fn pointer(&mut self, at: &[&str], text: &str) {
        if Pointer::parse(text).is_none() {
            self.say(
                at,
                format!("`{text}` is no place in an answer; say e.g. `data.user.name`"),
            );
        }
    }

    fn account(&mut self) {
        let account = &self.description.account;
        self.pointer(&["account", "handle"], &account.handle);
        self.pointer(&["account", "name"], &account.name);
        if let Some(place) = &account.employee_id {
            self.pointer(&["account", "employee_id"], place);
        }
        if let Some(Active { at, is, is_not }) = &account.active {
            self.pointer(&["account", "active", "at"], at);
            if is.is_some() && is_not.is_some() {
                self.say(
                    &["account", "active"],
                    "`active` says `is` and `is_not`; it takes one of them",
                );
            }
        }
        for (name, place) in &account.attributes {
            let at = ["account", "attributes", name];
            if !ATTRIBUTES.contains(&name.as_str()) {
                let valid = ATTRIBUTES.map(str::to_owned).into();
                self.unknown(&at, format!("unknown attribute `{name}`"), name, valid);
            }
            self.pointer(&at, place);
        }
    }

    /// Names that stand for what an account has; with the handle where there is one already.
    fn account_names(&self, there: bool) -> Vec<String> {
        let mut names = vec!["account.name".to_owned(), "account.active".to_owned()];
        if there {
            names.push("account.handle".to_owned());
        }
        if self.description.keeps_employee_id() {
            names.push("account.employee_id".to_owned());
        }
        let attributes = self.description.kept();
        names.extend(attributes.map(|name| format!("attribute.{name}")));
        names
    }

    fn requests(&mut self) {
        let description = self.description;
        let of = |names: Vec<String>, is_read| Purpose { names, is_read };
        let sought = || {
            ["account.name", "account.employee_id", "attribute.email"]
                .map(str::to_owned)
                .to_vec()
        };
        if let Some(request) = &description.find.by_employee_id {
            self.request(&["find", "by_employee_id"], request, &of(sought(), true));
            if description.account.employee_id.is_none() {
                let message = "accounts are looked for by employee id, and `account` does not say where it stands";
                self.say(&["find", "by_employee_id"], message);
            }
        }
        if let Some(request) = &description.find.by_name {
            let mut names = sought();
            names.retain(|name| name != "account.employee_id");
            self.request(&["find", "by_name"], request, &of(names, true));
        }
        if let Some(request) = &description.read {
            let names = vec!["account.handle".to_owned()];
            self.request(&["read"], request, &of(names, true));
        }
        self.request(&["list"], &description.list, &of(Vec::new(), true));
        let made = of(self.account_names(false), true);
        self.request(&["create"], &description.create, &made);
        let there = of(self.account_names(true), false);
        for (name, request) in &description.update {
            let known = ["all", "name", "employee_id"].map(str::to_owned);
            let attributes = description.account.attributes.keys().cloned();
            let known: Vec<String> = known.into_iter().chain(attributes).collect();
            if !known.contains(name) {
                let message = format!(
                    "`{name}` is changed, and `account` does not say where it stands in an answer"
                );
                self.unknown(&["update", name], message, name, known);
            }
            self.request(&["update", name], request, &there);
        }
        for (name, steps) in [
            ("suspend", &description.suspend),
            ("restore", &description.restore),
            ("sign_out", &description.sign_out),
            ("delete", &description.delete),
        ] {
            self.steps(name, steps, &there);
        }
        for (n, each) in description.tries.iter().enumerate() {
            let n = n.to_string();
            let at = ["tries", &n, "request"];
            self.request(&at, &each.request, &of(Vec::new(), true));
            if each
                .request
                .method_and_path()
                .is_some_and(|(m, _)| m != "GET")
            {
                self.say(
                    &at,
                    "what is only tried may change nothing; it has to be a GET",
                );
            }
        }
    }

    fn steps(&mut self, name: &str, steps: &Steps, purpose: &Purpose) {
        match steps.0.as_slice() {
            [one] => self.request(&[name], one, purpose),
            many => {
                for (n, request) in many.iter().enumerate() {
                    self.request(&[name, &n.to_string()], request, purpose);
                }
            }
        }
    }

    /// An exit has to cut somebody off, and a return from leave to let them in again.
    fn suspension(&mut self) {
        let description = self.description;
        let active = description.account.active.is_some();
        match (description.suspends(), active) {
            (true, false) => self.say(
                &["suspend"],
                "sign-in is cut, and `account` does not say under `active` where that shows",
            ),
            (false, true) => self.say(
                &["account", "active"],
                "`active` says who can sign in, and nothing says how to `suspend` somebody",
            ),
            _ => {}
        }
        if description.suspends() && description.restore.0.is_empty() {
            let message = "somebody is suspended, and nothing says how to `restore` them";
            self.say(&["suspend"], message);
        }
        if !description.suspends() && description.delete.0.is_empty() {
            let message = "nothing says how to `suspend` or how to `delete` an account: an exit could not cut it off";
            self.say(&[], message);
        }
    }

    fn entitlements(&mut self, kind: &str, rules: &EntitlementKind) {
        let at = ["entitlements", kind];
        let under = |more: &'static str| ["entitlements", kind, more];
        if kind.is_empty() || !kind.chars().all(|c| c.is_ascii_lowercase()) {
            let message = format!("`{kind}` is no kind: it takes small letters only, e.g. group");
            self.say(&at, message);
        }
        match (&rules.at, &rules.read) {
            (Some(place), None) => self.pointer(&under("at"), place),
            (None, Some(request)) => {
                let purpose = Purpose {
                    names: self.account_names(true),
                    is_read: true,
                };
                self.request(&under("read"), request, &purpose);
            }
            _ => {
                let message = format!(
                    "`{kind}` takes either `at`, the place in the account, or `read`, a request of its own"
                );
                self.say(&at, message);
            }
        }
        if let Some(place) = &rules.name {
            self.pointer(&under("name"), place);
        }
        if let Some(place) = &rules.id {
            self.pointer(&under("id"), place);
            if rules.name.is_none() && rules.catalogue.is_none() {
                let message = "ids are read, and no `catalogue` says whose they are";
                self.say(&under("id"), message);
            }
        }
        if let Some(catalogue) = &rules.catalogue {
            let at = ["entitlements", kind, "catalogue"];
            self.pointer(&["entitlements", kind, "catalogue", "id"], &catalogue.id);
            self.pointer(
                &["entitlements", kind, "catalogue", "name"],
                &catalogue.name,
            );
            let purpose = Purpose {
                names: vec!["entitlement.name".to_owned()],
                is_read: true,
            };
            let request = ["entitlements", kind, "catalogue", "request"];
            self.request(&request, &catalogue.request, &purpose);
            if catalogue.looks_for_one() && rules.id.is_some() && rules.name.is_none() {
                let message = "the catalogue looks for one name, and the names of ids are needed: it has to read all";
                self.say(&at, message);
            }
        }
        let mut names = self.account_names(true);
        names.push("entitlement.name".to_owned());
        if rules.catalogue.is_some() {
            names.push("entitlement.id".to_owned());
        }
        let purpose = Purpose {
            names,
            is_read: false,
        };
        self.request(&under("grant"), &rules.grant, &purpose);
        self.request(&under("revoke"), &rules.revoke, &purpose);
    }

    fn request(&mut self, at: &[&str], request: &Request, purpose: &Purpose) {
        let mut here: Vec<&str> = at.to_vec();
        here.push("call");
        match request.method_and_path() {
            Some((method, path)) if METHODS.contains(&method) => {
                if path.contains(['?', '#']) || path.contains("://") {
                    let message = "a path has neither address nor query; the address stands in the runbook, and parameters under `query`";
                    self.say(&here, message);
                }
                if method == "GET" && (request.json.is_some() || request.form.is_some()) {
                    self.say(&here, "a GET has no body; parameters stand under `query`");
                }
            }
            _ => {
                let message = format!(
                    "`{}` is no call: it takes a method ({}) and a path, e.g. `GET /users/{{account.name}}`",
                    request.call,
                    METHODS.join(", ")
                );
                self.say(&here, message);
            }
        }
        self.text(&here, &request.call, purpose);
        for (field, texts) in [
            ("query", Some(&request.query)),
            ("headers", Some(&request.headers)),
            ("form", request.form.as_ref()),
        ] {
            for (name, text) in texts.into_iter().flatten() {
                let at = [at, &[field, name]].concat();
                self.text(&at, text, purpose);
            }
        }
        if let Some(body) = &request.json {
            self.body(&[at, &["json"]].concat(), body, purpose);
            if request.form.is_some() {
                self.say(at, "a request has one body: `json` or `form`");
            }
        }
        if !purpose.is_read && (request.at.is_some() || request.pages.is_some()) {
            let message = "nothing is read here: `at` and `pages` have no meaning";
            self.say(at, message);
        }
        if let Some(place) = &request.at {
            self.pointer(&[at, &["at"]].concat(), place);
        }
        if let Some(pages) = &request.pages {
            self.pages(&[at, &["pages"]].concat(), pages);
        }
        self.meanings(at, &request.answers);
    }

    fn text(&mut self, at: &[&str], text: &str, purpose: &Purpose) {
        let Ok(template) = Template::parse(text) else {
            self.say(at, "a `{` is not closed; a brace itself is written `{{`");
            return;
        };
        for name in template.names() {
            if !purpose.names.iter().any(|known| known == name) {
                let message = self.why_not(name);
                self.unknown(at, message, name, purpose.names.clone());
            }
        }
    }

    /// A name may be a good one that only this description has no value for.
    fn why_not(&self, name: &str) -> String {
        let attribute = name.strip_prefix("attribute.");
        let ours = attribute.filter(|a| ATTRIBUTES.contains(a));
        match ours {
            Some(attribute) if self.description.account.attributes.contains_key(attribute) => {
                format!(
                    "`{{{name}}}` has no value: nothing under `update` says how `{attribute}` is changed"
                )
            }
            Some(attribute) => format!(
                "`{{{name}}}` has no value: `account.attributes` does not say where `{attribute}` stands in an answer"
            ),
            None => format!("unknown name `{{{name}}}`"),
        }
    }

    fn body(&mut self, at: &[&str], body: &Value, purpose: &Purpose) {
        match body {
            Value::String(text) => self.text(at, text, purpose),
            Value::Array(all) => {
                for (n, each) in all.iter().enumerate() {
                    self.body(&[at, &[&n.to_string()]].concat(), each, purpose);
                }
            }
            Value::Object(map) => {
                for (key, each) in map {
                    self.body(&[at, &[key]].concat(), each, purpose);
                }
            }
            _ => {}
        }
    }

    fn pages(&mut self, at: &[&str], pages: &Pages) {
        for (field, place) in [("next", &pages.next), ("total", &pages.total)] {
            if let Some(place) = place {
                self.pointer(&[at, &[field]].concat(), place);
            }
        }
        let needs_parameter = matches!(pages.by, By::Page | By::Offset | By::Cursor);
        if needs_parameter && pages.parameter.is_none() {
            self.say(
                at,
                "these pages lack `parameter`, which says where one begins",
            );
        }
        if matches!(pages.by, By::Cursor | By::Address) && pages.next.is_none() {
            self.say(
                at,
                "these pages lack `next`, the place of what leads to the next one",
            );
        }
        if pages.most == Some(0) {
            self.say(&[at, &["most"]].concat(), "a page has at least 1");
        }
        if pages.most.is_some() && pages.size.is_none() {
            let message = "`most` needs `size`, the parameter that says it";
            self.say(&[at, &["most"]].concat(), message);
        }
    }

    fn meanings(&mut self, at: &[&str], meanings: &[Meaning]) {
        for (n, meaning) in meanings.iter().enumerate() {
            let n = n.to_string();
            let at = [at, &["answers", &n]].concat();
            if let Some(place) = &meaning.at {
                self.pointer(&[at.as_slice(), &["at"]].concat(), place);
            }
            if meaning.is.is_some() && meaning.at.is_none() {
                self.say(&at, "`is` needs `at`, the place of what is compared");
            }
            let unconditional =
                meaning.status.0.is_empty() && meaning.at.is_none() && meaning.says.is_none();
            if unconditional {
                let message = "this would be the meaning of every answer; say for which: `status`, `at`, `says`";
                self.say(&at, message);
            }
        }
    }
}

#[cfg(test)]
mod tests;
