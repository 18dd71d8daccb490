//! The page: how far the trails were verified, the filters, and the records.

use latchkey_ledger::{LookedThrough, RecordOf};
use latchkey_lifecycle::Act;
use maud::{Markup, html};

use super::{
    List, SHOWN,
    asked::{Choice, path},
    file::MOST_LINES,
    one_person::OnePerson,
};
use crate::{
    glyph::Glyph,
    sign_in::Signed,
    views::{
        case::CaseView,
        person::person_path,
        record::{RecordView, Who},
        task::case_path,
    },
    when::{instant, to_the_second},
};

pub(super) fn content(viewer: &Signed, choice: &Choice, list: &List) -> Markup {
    html! {
        div.head { div {
            h1 { "Audit trail" }
            p.lede {
                "What Latchkey and people did, the latest first. Each record carries the hash of the one before it in its trail: what is "
                "changed, taken out, or put in between is found."
            }
        } }
        (verified(viewer, list.looked.as_ref()))
        (problems(list))
        (filters(viewer, choice, list.asked.ends_before_it_begins))
        @if let Some(who) = &list.asked.who { (known_as(choice, who)) }
        @if list.lines.is_empty() { (nothing(list)) } @else { (table(viewer, choice, list)) }
        (more(choice, list))
        (by_oneself())
    }
}

/// When all of it was verified last, by whom, and what came of it.
fn verified(viewer: &Signed, looked: Option<&LookedThrough>) -> Markup {
    html! {
        @match looked {
            None => section.note {
                (Glyph::Info)
                div {
                    h2 { "Not verified as a whole yet" }
                    p { "Each sweep verifies a part, and says here when it is through." }
                }
            },
            Some(looked) => section class=(if looked.faults == 0 { "note good" } else { "note bad" }) {
                (if looked.faults == 0 { Glyph::Verified } else { Glyph::Escalated })
                div {
                    h2 {
                        @match looked.faults {
                            0 => "Everything stands as the trails say",
                            1 => "One place does not fit its trail",
                            n => { (n) " places do not fit their trails" }
                        }
                    }
                    p {
                        "Looked through as a whole " (instant(viewer, looked.at)) " by "
                        @match looked.by.as_str() { "sweep" => "Latchkey’s sweep", by => (by) }
                        "."
                        @if looked.faults > 0 { " " a href="/findings" { "Where, and what to do" } }
                    }
                }
            },
        }
    }
}

fn problems(list: &List) -> Markup {
    html! {
        @if !list.asked.problems.is_empty() {
            section.note.warn role="alert" {
                (Glyph::Trouble)
                div {
                    h2 { "That cannot be looked for" }
                    @for problem in &list.asked.problems { p { (problem) } }
                    @if !list.asked.several.is_empty() {
                        ul {
                            @for (id, name) in &list.asked.several {
                                li { a href=(format!("/audit?on={}", encoded(id.as_str()))) { (name) ", " (id) } }
                            }
                        }
                    }
                }
            }
        }
    }
}

fn encoded(text: &str) -> String {
    form_urlencoded::byte_serialize(text.as_bytes()).collect()
}

/// `backwards`: the last day lies before the first.
fn filters(viewer: &Signed, choice: &Choice, backwards: bool) -> Markup {
    let day = |name: &str, label: &str, value: &str, why: Option<&str>| {
        let id = format!("{name}-why");
        html! {
            div.wrong[why.is_some()] {
                label for=(name) { (label) }
                input id=(name) name=(name) type="date" value=[filled(value)]
                    aria-invalid=[why.map(|_| "true")] aria-describedby=[why.map(|_| &id)];
                @if let Some(why) = why { p.why id=(id) { (why) } }
            }
        }
    };
    let early = backwards.then_some("Before the first day");
    html! {
        form.filters method="get" action="/audit" role="search" aria-label="Records" {
            div.wide {
                label for="on" { "On whom, or on what" }
                input #on name="on" type="search" value=[filled(&choice.on)] placeholder="Name, employee number, case";
            }
            div.wide {
                label for="who" { "Who acted" }
                input #who name="who" value=[filled(&choice.who)] placeholder="Work address, or name as signed";
            }
            div {
                label for="act" { "What" }
                select #act name="act" {
                    option value="" { "All" }
                    @for act in Act::all().filter(|act| *act != Act::Other) {
                        option value=(act.as_str()) selected[act.as_str() == choice.act] { (act.words()) }
                    }
                }
            }
            div {
                label for="system" { "System" }
                select #system name="system" {
                    option value="" { "All" }
                    @for (id, system) in viewer.runbook.systems() {
                        option value=(id) selected[id.as_str() == choice.system] { (system.name) }
                    }
                }
            }
            (day("from", "From", &choice.from, None))
            (day("to", "To", &choice.to, early))
            button.button { "Filter" }
        }
    }
}

/// What was taken together as one person's.
fn known_as(choice: &Choice, who: &OnePerson) -> Markup {
    let all = who.known_as();
    html! {
        p."small soft" role="status" {
            @if let [one] = all.as_slice() { "What was signed as " b { (one) } } @else {
                "Taken together as one person: what was signed as "
                @for (n, one) in all.iter().enumerate() {
                    @if n > 0 { @if n + 1 == all.len() { " and as " } @else { ", as " } }
                    b { (one) }
                }
            }
            ", also where it came by an HR system. A name without an address is what whoever had a letter’s link called themselves."
        }
        @if !who.others.is_empty() {
            p."small soft" {
                "Not only one is called so; what is signed with an address: "
                @for (n, address) in who.others.iter().enumerate() {
                    @if n > 0 { ", " }
                    a href=(by(choice, address)) { (address) }
                }
            }
        }
    }
}

/// The same, by somebody.
fn by(choice: &Choice, who: &str) -> String {
    let choice = Choice {
        who: who.to_owned(),
        after: String::new(),
        ..choice.clone()
    };
    path(&choice, None)
}

fn filled(value: &str) -> Option<&str> {
    Some(value.trim()).filter(|value| !value.is_empty())
}

fn nothing(list: &List) -> Markup {
    html! {
        @if list.asked.problems.is_empty() {
            section.empty {
                h2 { @if list.next.is_some() { "None among those looked at" } @else { "No record" } }
                p {
                    @match list.next {
                        Some(_) => "Among the latest records none is like that. Earlier ones are a page further.",
                        None => "Nothing like that was recorded. Records of retired cases are in their archive.",
                    }
                }
            }
        }
    }
}

fn table(viewer: &Signed, choice: &Choice, list: &List) -> Markup {
    html! {
        section aria-label="Records" {
            div.scroll role="region" aria-label="Records, the latest first" tabindex="0" {
                table.stack role="table" {
                    caption.hidden { "Records, the latest first" }
                    thead role="rowgroup" { tr role="row" {
                        @for head in ["When", "What", "Who", "On", "Proof"] {
                            th scope="col" role="columnheader" { (head) }
                        }
                    } }
                    tbody role="rowgroup" { @for line in &list.lines { (row(viewer, choice, line)) } }
                }
            }
        }
    }
}

fn row(viewer: &Signed, choice: &Choice, line: &RecordView) -> Markup {
    let hash: String = line.hash.chars().take(8).collect();
    html! {
        tr data-row role="row" {
            th scope="row" role="rowheader" {
                (to_the_second(viewer, line.at))
                small { "record " (line.seq) " · " code { (hash) } }
            }
            td role="cell" { (line.glyph) " " (line.what) small { (line.in_words) } }
            td role="cell" data-l="Who" { (who(choice, &line.who)) }
            td role="cell" data-l="On" { (on(viewer, line)) }
            td role="cell" data-l="Proof" { @if let Some(proof) = line.proof { (proof) } @else { span.soft { "–" } } }
        }
    }
}

fn who(choice: &Choice, who: &Who) -> Markup {
    let only = who.found_by.as_ref().map(|found_by| by(choice, found_by));
    html! {
        @match only {
            Some(to) => a href=(to) { (who.name) },
            None => (who.name),
        }
        @if let Some(more) = &who.more { small { (more) } }
    }
}

/// On whom and what, each a link.
fn on(viewer: &Signed, line: &RecordView) -> Markup {
    html! {
        @match (&line.of, &line.case) {
            (RecordOf::Finding(_), _) => a href="/findings" { "a finding" },
            (RecordOf::Own(address), _) => span.soft { "letters and absences of " (address) },
            (RecordOf::Book, _) => span.soft { "the company" },
            (_, Some(case)) => (on_case(viewer, line, case)),
            (RecordOf::Case(id) | RecordOf::Task(id, _), None) => span.soft { (id) ", which is not here" },
        }
        @if let Some((_, name)) = &line.system { small { (name) } }
    }
}

fn on_case(viewer: &Signed, line: &RecordView, case: &CaseView) -> Markup {
    html! {
        a href=(person_path(&case.employee)) { (case.name) }
        small { a href=(case_path(&case.id)) { (case.happens(viewer)) } }
        @if let (RecordOf::Task(_, id), Some(title)) = (&line.of, &line.task) {
            small { a href=(format!("{}/tasks/{id}", case_path(&case.id))) { (title) } }
        }
    }
}

/// The next page, and the file.
fn more(choice: &Choice, list: &List) -> Markup {
    html! {
        @if list.asked.problems.is_empty() && (list.next.is_some() || !list.lines.is_empty()) {
            nav.pages aria-label="Pages" {
                span.soft { "The latest first, at most " (SHOWN) " on a page." }
                @if let Some(next) = &list.next {
                    a.button href=(path(choice, Some(next))) rel="next" { "Earlier" }
                }
            }
            form.gap method="post" action="/audit/download" {
                @for (name, value) in choice.fields() {
                    @if let Some(value) = filled(value) { input type="hidden" name=(name) value=(value); }
                }
                @if let Some(after) = filled(&choice.after) { input type="hidden" name="after" value=(after); }
                button.button { "Download these (CSV, with hashes)" }
                p.hint {
                    "What is filtered, from this page on, at most " (MOST_LINES) " records; its last line says how to go on. "
                    "That you downloaded it is recorded here, too."
                }
            }
        }
    }
}

fn by_oneself() -> Markup {
    html! {
        section aria-labelledby="self" {
            h2 #self { "Without trusting this page" }
            p.small.soft { "Whoever runs Latchkey verifies all of it by the command line, with your name beside it:" }
            pre.panel tabindex="0" role="region" aria-label="Command" { "latchkey audit verify --by \"Your Name\"" }
            p.small.soft { "What does not fit is named with its case, task and record. Archives of retired cases are verified with --archive." }
        }
    }
}
