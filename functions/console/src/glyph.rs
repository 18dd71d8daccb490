//! The shapes of states: each is told apart without colour, and stands beside its word. A page carries those that it uses.

use maud::{Markup, PreEscaped, Render, html};

/// The shape of a state.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Glyph {
    /// Its team has it.
    Asked,
    /// A second team has been asked to confirm.
    Confirming,
    /// With a reason.
    Declined,
    /// By the word of a person; not verified.
    Done,
    /// Somebody above decides; also what is urgent.
    Escalated,
    /// By the brake; also whoever is on leave.
    Held,
    /// Said by HR.
    Hr,
    /// One thing to know.
    Info,
    /// Left out.
    Left,
    /// A letter.
    Letter,
    /// Its window closed.
    Missed,
    /// Somebody.
    Person,
    /// Its window has not opened.
    Planned,
    /// Reminded, or it ends soon.
    Reminded,
    /// A question.
    Talk,
    /// A system, a conflict, a warning.
    Trouble,
    /// Read back, attested or confirmed.
    Verified,
    /// For another task, a system, an answer.
    Waiting,
    /// A system is being changed or read.
    Working,
}

/// Each with its name, and how it is drawn around the middle of 18 by 18.
#[rustfmt::skip]
const DRAWN: [(Glyph, &str, &str); 19] = [
    (Glyph::Asked, "asked", r#"<circle class="s-ink" r="5.2"/>"#),
    (Glyph::Confirming, "confirming", r#"<circle class="s-person" r="6"/><circle class="f-person" r="3"/>"#),
    (Glyph::Declined, "declined", r#"<path class="s-bad" d="M-5-5 5 5M5-5-5 5"/>"#),
    (Glyph::Done, "done", r#"<circle class="f-person" r="5"/>"#),
    (Glyph::Escalated, "escalated", r#"<path class="f-bad" d="M0-7.5 7.5 0 0 7.5-7.5 0Z"/><path class="s-on" d="M0-3.4V.8M0 3v.1"/>"#),
    (Glyph::Held, "held", r#"<circle class="f-warn" r="6.5"/><path class="s-on" d="M-1.9-2.6v5.2M1.9-2.6v5.2"/>"#),
    (Glyph::Hr, "hr", r#"<path class="f-accent" d="M-5-7h10v9L0 7-5 2Z"/><path class="s-on" d="M-2.2-2.2H2.2M0-4.4V0"/>"#),
    (Glyph::Info, "info", r#"<circle class="f-accent" r="6.5"/><path class="s-on" d="M0-.6V3.2M0-3.3v.1"/>"#),
    (Glyph::Left, "left", r#"<circle class="f-soft" r="6.5"/><path class="s-on" d="M-3 0H3"/>"#),
    (Glyph::Letter, "letter", r#"<rect class="s-soft" x="-6" y="-4.5" width="12" height="9" rx="1.5"/><path class="s-soft" d="M-5.6-3.6 0 .8 5.6-3.6"/>"#),
    (Glyph::Missed, "missed", r#"<circle class="f-bad" r="6.5"/><path class="s-on" d="M-2.5-2.5 2.5 2.5M2.5-2.5-2.5 2.5"/>"#),
    (Glyph::Person, "person", r#"<circle class="s-soft" cy="-3" r="3"/><path class="s-soft" d="M-5.6 6.4a5.6 5.6 0 0 1 11.2 0"/>"#),
    (Glyph::Planned, "planned", r#"<circle class="s-soft dash" r="5.4"/>"#),
    (Glyph::Reminded, "reminded", r#"<path class="f-warn" d="M0-6 6 5H-6Z"/>"#),
    (Glyph::Talk, "talk", r#"<path class="s-soft" d="M-6-5.5H6v8.3H-.6L-3.8 6V2.8H-6Z"/>"#),
    (Glyph::Trouble, "trouble", r#"<rect class="f-warn" x="-5.5" y="-5.5" width="11" height="11" rx="2"/><path class="s-on" d="M0-3V.6M0 2.9V3"/>"#),
    (Glyph::Verified, "verified", r#"<circle class="f-good" r="6.5"/><path class="s-on" d="M-3 .2-.9 2.4 3.2-2.2"/>"#),
    (Glyph::Waiting, "waiting", r#"<circle class="s-soft" r="6"/><path class="s-soft" d="M0-3V.4L2.2 1.8"/>"#),
    (Glyph::Working, "working", r#"<circle class="s-machine" r="5.2"/><path class="f-machine" d="M0-5.2a5.2 5.2 0 0 1 0 10.4Z"/>"#),
];

impl Glyph {
    /// Where its drawing is: for charts, which place it themselves.
    pub(crate) fn link(self) -> String {
        let drawn = DRAWN.iter().find(|(glyph, ..)| *glyph == self);
        format!("#g-{}", drawn.map_or("", |(_, name, _)| name))
    }
}

impl Render for Glyph {
    fn render(&self) -> Markup {
        html! {
            svg.g viewBox="-9 -9 18 18" aria-hidden="true" { use href=(self.link()) {} }
        }
    }
}

/// The drawings of the shapes that a page uses.
pub(crate) fn sprite(page: &str) -> Markup {
    let used = DRAWN
        .iter()
        .filter(|(_, name, _)| page.contains(&format!("\"#g-{name}\"")));
    let used: Vec<_> = used.collect();
    html! {
        @if !used.is_empty() {
            svg width="0" height="0" hidden aria-hidden="true" {
                defs { @for (_, name, drawn) in used { g id=(format!("g-{name}")) { (PreEscaped(drawn)) } } }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_carries_what_it_uses_and_nothing_else() {
        let page = html! { (Glyph::Held) (Glyph::Verified) (Glyph::Held) }.0;
        let sprite = sprite(&page).0;
        assert_eq!(sprite.matches("<g id=").count(), 2, "{sprite}");
        assert!(sprite.contains(r#"<g id="g-held">"#) && sprite.contains(r#"<g id="g-verified">"#));
        assert_eq!(super::sprite("<p>none</p>").0, "");
    }
}
