//! A letter as HTML: the same words as its text, in one column. No pictures, nothing from elsewhere, and no colours: a
//! mail program that is dark stays dark.

use jiff::{Timestamp, tz::TimeZone};
use latchkey_lifecycle::{Block, Content, LetterTask, Marks, Words, shown};
use maud::{DOCTYPE, Markup, html};

const PAGE: &str =
    "margin:0;padding:24px 16px;font:16px/1.5 system-ui,-apple-system,'Segoe UI',Arial,sans-serif";
const LABEL: &str =
    "padding:2px 16px 2px 0;text-align:left;vertical-align:top;font-weight:400;white-space:nowrap";
const VALUE: &str = "padding:2px 0;vertical-align:top";
const BUTTON: &str = "display:inline-block;padding:8px 16px;border:2px solid currentColor;border-radius:6px;color:inherit;font-weight:600;\
                      text-decoration:none";

/// As it reads at an instant, in a time zone.
pub(crate) fn html(
    content: &Content,
    subject: &str,
    (zone, now): (&TimeZone, Timestamp),
) -> String {
    let said = |words: &Words| words.said(zone, now);
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width";
                meta name="color-scheme" content="light dark";
                title { (shown::line(subject)) }
            }
            body style=(PAGE) {
                div style="max-width:600px" {
                    @for part in &content.blocks { (block(part, &said)) }
                    p style="font-size:14px;opacity:.75" { "Latchkey for " (shown::line(&content.company)) }
                }
            }
        }
    };
    // A tag a line: no `>` of what people wrote is one.
    page.into_string().replace("><", ">\n<")
}

fn block(block: &Block, said: &dyn Fn(&Words) -> String) -> Markup {
    html! {
        @match block {
            Block::Said(words) => p { (said(words)) },
            Block::Lines(lines) => p {
                @for (nth, line) in lines.iter().enumerate() {
                    @if nth > 0 { br; }
                    (shown::line(line))
                }
            },
            Block::Facts(facts) => table cellspacing="0" cellpadding="0" style="border:0;border-collapse:collapse;font:inherit" {
                @for (label, value) in facts {
                    tr {
                        @if label.is_empty() { td {} } @else { th scope="row" style=(LABEL) { (shown::line(label)) } }
                        td style=(VALUE) {
                            @if matches!(label.as_str(), "By" | "Was due") { b { (said(value)) } } @else { (said(value)) }
                        }
                    }
                }
            },
            Block::List { head, marks, items } => {
                @if !head.is_empty() { p style="margin-bottom:4px" { (shown::line(head)) } }
                (list(*marks, items))
            }
            Block::Open { says, link, url } => {
                p { (shown::line(says)) }
                p { a href=(url) style=(BUTTON) { (shown::line(link)) } }
            }
            Block::Tasks(tasks) => ol style="padding-left:24px" { @for one in tasks { (task(one, said)) } },
            Block::Small(text) => p style="font-size:14px;opacity:.75" { (shown::line(text)) },
        }
    }
}

fn list(marks: Marks, items: &[String]) -> Markup {
    html! {
        @match marks {
            Marks::Numbers => ol style="margin-top:0;padding-left:24px" { @for item in items { li { (shown::line(item)) } } },
            Marks::Dashes => ul style="margin-top:0;padding-left:24px" { @for item in items { li { (shown::line(item)) } } },
            Marks::None => ul style="margin-top:0;padding-left:24px;list-style:none" {
                @for item in items { li { (shown::line(item)) } }
            },
        }
    }
}

fn task(task: &LetterTask, said: &dyn Fn(&Words) -> String) -> Markup {
    html! {
        li style="margin-bottom:12px" {
            (said(&task.line))
            @for note in &task.notes { br; (shown::line(note)) }
            br;
            a href=(task.url) style="color:inherit" { "Open the task" }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn content(whom: &str) -> Content {
        let due = at("2026-12-03T16:00:00Z");
        Content {
            blocks: vec![
                Block::Said(Words::from("Hello IT, this is due ").far(due).and(":")),
                Block::Facts(vec![
                    ("For".to_owned(), whom.into()),
                    (String::new(), "Berlin".into()),
                    ("By".to_owned(), Words::of_instant(due)),
                ]),
                Block::Lines(vec!["Shelf 3".to_owned(), format!("for {whom}")]),
                Block::List {
                    head: "To fill in:".to_owned(),
                    marks: Marks::Dashes,
                    items: vec![format!("Serial of {whom}")],
                },
                Block::Tasks(vec![LetterTask {
                    line: format!("Desk for {whom}").into(),
                    notes: vec![format!("{whom} is late")],
                    url: "https://x.example/2?a=\"b\"".to_owned(),
                }]),
                Block::Open {
                    says: "Open the page:".to_owned(),
                    link: "Open the task".to_owned(),
                    url: "https://x.example/1".to_owned(),
                },
                Block::Small("For this task only.".to_owned()),
            ],
            company: "Acme & Sons".to_owned(),
        }
    }

    fn rendered(whom: &str) -> String {
        let berlin = TimeZone::get("Europe/Berlin").unwrap();
        let as_of = (&berlin, at("2026-12-03T15:35:00Z"));
        html(&content(whom), "Desk <now>", as_of)
    }

    #[test]
    fn a_letter_as_html() {
        let html = rendered("Zoë");
        for part in [
            "<title>Desk &lt;now&gt;</title>",
            "<p>Hello IT, this is due in 25 minutes:</p>",
            "<b>Thu 3 Dec 2026, 17:00 CET (in 25 minutes)</b>",
            "<p>Shelf 3<br>for Zoë</p>",
            "<li>Serial of Zoë</li>",
            "<a href=\"https://x.example/1\"",
            "Latchkey for Acme &amp; Sons",
        ] {
            assert!(html.contains(part), "{part}: {html}");
        }
    }

    #[test]
    fn what_people_wrote_stays_text() {
        let whom = "<img src=https://evil.example/x>\"'&\u{202e}\n</td><script>";
        let html = rendered(whom);
        for tag in ["<img", "<script", "\u{202e}", "a=\"b\"", "<now>"] {
            assert!(!html.contains(tag), "{tag}: {html}");
        }
        assert_eq!(
            html.matches("&lt;img src=https://evil.example/x&gt;&quot;")
                .count(),
            5
        );
        assert!(html.contains("Acme &amp; Sons"));
    }

    /// Nothing is fetched when it is opened, and nothing in it runs.
    #[test]
    fn nothing_comes_from_elsewhere() {
        let html = rendered("Zoë");
        for what in [
            "src=",
            "url(",
            "@import",
            "<link",
            "<script",
            "<img",
            "<style",
            "background",
        ] {
            assert!(!html.contains(what), "{what}");
        }
    }
}
