//! The form of a report by hand: one page for all kinds, of which the style sheet shows the chosen one.

use axum::{http::StatusCode, response::Response};
use latchkey_access::{Action, On};
use latchkey_lifecycle::EventKind;
use maud::{Markup, html};

use super::{
    read::Known,
    said::{Field, KINDS, Said, WHO, Wrong, fields_of},
};
use crate::{frame::page_with, sign_in::Signed};

/// The kinds that somebody may report.
fn kinds(viewer: &Signed) -> Vec<(usize, &'static str, &'static str, &'static str)> {
    let all = viewer.can(Action::Report, &On::default());
    let kinds = KINDS.into_iter().enumerate();
    let kinds = kinds.filter(|(_, (_, kind, ..))| all || *kind == EventKind::UrgentExit);
    let kinds = kinds.map(|(nth, (name, _, what, more))| (nth + 1, name, what, more));
    kinds.collect()
}

/// The form, with all that was typed, and what is wrong about it. `people`: those who may be meant.
pub(super) fn form_page(
    viewer: &Signed,
    status: StatusCode,
    said: &Said,
    wrong: &[Wrong],
    people: &[Known],
) -> Response {
    let kinds = kinds(viewer);
    let chosen = kinds.iter().find(|(_, name, ..)| *name == said.kind_name());
    let chosen = chosen.or(kinds.first()).map_or("", |(_, name, ..)| name);
    let form = Form { said, wrong };
    let content = html! {
        nav.crumbs aria-label="Where you are" {
            ol { li { a href="/cases" { "Cases" } } li aria-current="page" { "Report by hand" } }
        }
        (form.errors())
        div.head {
            div {
                h1 { "Report by hand" }
                p.lede {
                    "For what the HR system does not know, or not in time. "
                    "It counts as if the HR system had sent it, under your name."
                }
            }
        }
        div.split {
            form method="post" action="/report" novalidate {
                fieldset {
                    legend { "What happens?" }
                    div.ticks {
                        @for (nth, name, what, more) in &kinds {
                            label.tick {
                                input type="radio" name="kind" value=(name) id=(format!("k{nth}"))
                                    checked[*name == chosen];
                                span { (what) small { (more) } }
                            }
                        }
                    }
                }
                @if kinds.len() > 1 {
                    section."k k1" aria-labelledby="h-hire" {
                        h2 #h-hire { "Who starts, and as what" }
                        (form.fields(viewer, "hire"))
                    }
                }
                div."k k2 k3 k4 k5 k6 k7 k8 k9 gap" { (form.who(people)) }
                @for (nth, name, head, hint) in SECTIONS {
                    @if kinds.iter().any(|(_, of, ..)| *of == name) {
                        section class=(format!("k k{nth}")) aria-labelledby=(format!("h-{name}")) {
                            h2 id=(format!("h-{name}")) { (head) }
                            @if !hint.is_empty() { p.hint { (hint) } }
                            (form.fields(viewer, name))
                        }
                    }
                }
                div.buttons {
                    button."button main" type="submit" { "Show what happens" }
                    span.hint { "Nothing counts before you have seen it." }
                }
            }
            aside.aside aria-label="Good to know" {
                section {
                    h2 { "When to do this by hand" }
                    p.small {
                        "The HR system tells Latchkey of hires, transfers and exits by itself. By hand is for people who are "
                        "not in it, for a day when it is down, and for what cannot wait."
                    }
                }
            }
        }
    };
    page_with(status, viewer, "/cases", "Report by hand", &content)
}

/// The sections below "Who": the number of the kind, its name, the head, and a line.
const SECTIONS: [(u8, &str, &str, &str); 8] = [
    (
        2,
        "transfer",
        "What changes",
        "What you leave empty stays as it is.",
    ),
    (3, "exit", "When", ""),
    (
        4,
        "urgent",
        "Why",
        "The next page says what is cut, and asks for the employee number before anything happens.",
    ),
    (
        5,
        "leave",
        "From when on",
        "The return is reported when it is known.",
    ),
    (6, "return", "When", ""),
    (
        7,
        "rescind",
        "Why",
        "For a hire whose first day is to come.",
    ),
    (
        8,
        "stays",
        "Why",
        "For an exit that was reported, also an urgent one, or one whose last day has come.",
    ),
    (
        9,
        "moves",
        "To which day",
        "Write the one that moves, and leave the other one empty.",
    ),
];

/// The first of two fields that stand side by side.
const PAIRED: [&str; 8] = [
    "hire.givenName",
    "hire.employeeId",
    "hire.department",
    "hire.location",
    "transfer.department",
    "transfer.level",
    "transfer.country",
    "moves.first",
];

/// Fields that are seldom known.
const MORE: [&str; 4] = [
    "hire.level",
    "hire.timeZone",
    "hire.personalEmail",
    "hire.workEmail",
];

struct Form<'a> {
    said: &'a Said,
    wrong: &'a [Wrong],
}

impl Form<'_> {
    fn errors(&self) -> Markup {
        html! {
            @if !self.wrong.is_empty() {
                section.errors role="alert" aria-labelledby="err-t" tabindex="-1" {
                    h2 #err-t {
                        "Nothing has happened yet: "
                        @match self.wrong.len() { 1 => "one thing is not right", n => { (n) " things are not right" } }
                    }
                    ul {
                        @for one in self.wrong {
                            li { a href=(format!("#{}", if one.at == "kind" { "k1" } else { one.at })) { (one.text) } }
                        }
                    }
                }
            }
        }
    }

    /// Whom it is about: typed, or one of those who may be meant.
    fn who(&self, people: &[Known]) -> Markup {
        html! {
            @match people.is_empty() {
                true => (self.field(&WHO, None)),
                false => fieldset.field.wrong #who {
                    legend { "Who" }
                    p.why { "Several are called that: choose who is meant." }
                    div.ticks {
                        @for one in people {
                            label.tick {
                                input type="radio" name="who" value=(one.id);
                                span { (one.name()) small { (one.what()) } }
                            }
                        }
                    }
                    label.tick {
                        input type="radio" name="who" value="" checked;
                        span { "Somebody else" small { "asks again for name or number" } }
                    }
                }
            }
        }
    }

    /// A kind's fields, two short ones side by side, and those that are seldom known behind a summary.
    fn fields(&self, viewer: &Signed, kind: &str) -> Markup {
        let is_more = |field: &&Field| MORE.contains(&field.name);
        let (more, fields): (Vec<&Field>, Vec<&Field>) = fields_of(kind).iter().partition(is_more);
        let told = |field: &&Field| {
            let wrong = self.wrong.iter().any(|one| one.at == field.name);
            wrong || !self.said.value(field.name).is_empty() || self.said.change == field.name
        };
        let mut rows: Vec<Vec<&Field>> = Vec::new();
        for field in fields {
            match rows.last_mut() {
                Some(row) if row.len() == 1 && PAIRED.contains(&row[0].name) => row.push(field),
                _ => rows.push(vec![field]),
            }
        }
        html! {
            @for row in rows {
                @match row.as_slice() {
                    [field] => (self.suggested(viewer, field)),
                    both => div.pair { @for field in both { (self.suggested(viewer, field)) } },
                }
            }
            @if !more.is_empty() {
                details.gap open[more.iter().any(told)] {
                    summary { "More, if you know it" }
                    @for field in more { (self.suggested(viewer, field)) }
                }
            }
        }
    }

    /// A field, with the values that roles name.
    fn suggested(&self, viewer: &Signed, field: &Field) -> Markup {
        let list = (!field.list.is_empty()).then(|| format!("list-{}", field.name));
        html! {
            (self.field(field, list.as_deref()))
            @if let Some(id) = list {
                datalist id=(id) {
                    @for value in viewer.runbook.named_values(field.list) { option value=(value) {} }
                }
            }
        }
    }

    fn field(&self, field: &Field, list: Option<&str>) -> Markup {
        let name = field.name;
        let wrong = self.wrong.iter().find(|one| one.at == name);
        let (hint, why) = (format!("{name}-h"), format!("{name}-e"));
        let described = match (field.hint.is_empty(), wrong) {
            (true, None) => None,
            (true, Some(_)) => Some(why.clone()),
            (false, None) => Some(hint.clone()),
            (false, Some(_)) => Some(format!("{hint} {why}")),
        };
        html! {
            div.field.wrong[wrong.is_some()].short[field.kind == "date"] {
                label for=(name) { (field.label) }
                @if !field.hint.is_empty() { p.hint id=(hint) { (field.hint) } }
                @if let Some(one) = wrong { p.why id=(why) { (one.text) } }
                input type=(field.kind) id=(name) name=(name) value=(self.said.value(name)) autocomplete="off"
                    maxlength="1000" list=[list] autofocus[self.said.change == name] aria-describedby=[described]
                    aria-invalid=[wrong.map(|_| "true")];
            }
        }
    }
}
