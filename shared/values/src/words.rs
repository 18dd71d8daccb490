//! Texts as they are kept: one Unicode form, one kind of blank, nothing that cannot be seen.

use latchkey_lifecycle::shown::is_unseen;
use unicode_normalization::UnicodeNormalization;

/// Whether nothing of a text can be seen.
pub fn is_blank(text: &str) -> bool {
    text.chars().all(|c| c.is_whitespace() || is_unseen(c))
}

/// A text in composed form (NFC), with single blanks between words and none around, without what cannot be seen; `None`
/// when nothing remains. So the same word typed by two hands is the same text.
pub fn words(text: &str) -> Option<String> {
    let mut out = String::with_capacity(text.len());
    let mut blank = false;
    // Line breaks and tabs are not seen, and are blanks.
    let kept = |c: &char| c.is_whitespace() || joins(*c) || !is_unseen(*c);
    for c in text.nfc().filter(kept) {
        if c.is_whitespace() {
            blank = !out.is_empty();
            continue;
        }
        if std::mem::take(&mut blank) {
            out.push(' ');
        }
        out.push(c);
    }
    (!is_blank(&out)).then_some(out)
}

/// Joiners between letters, which some scripts write with. On their own they are as unseen as the others.
fn joins(c: char) -> bool {
    matches!(c, '\u{200c}' | '\u{200d}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_words_typed_by_two_hands_are_the_same_text() {
        for (typed, kept) in [
            (
                "  Sales\u{a0}\u{a0}&\u{3000}Marketing ",
                "Sales & Marketing",
            ),
            ("Zoe\u{308}", "Zo\u{eb}"),
            ("\u{feff}Sa\u{200b}les\u{202e}", "Sales"),
            ("\u{2800}Sa\u{fe0f}les\u{e000}\u{ffff}\u{1160}", "Sales"),
            ("Two\r\nlines\tand a tab", "Two lines and a tab"),
            ("\u{1b}[31mred", "[31mred"),
            (
                "\u{645}\u{6cc}\u{200c}\u{62e}\u{648}\u{627}\u{647}\u{645}",
                "\u{645}\u{6cc}\u{200c}\u{62e}\u{648}\u{627}\u{647}\u{645}",
            ),
        ] {
            assert_eq!(words(typed).as_deref(), Some(kept), "{typed:?}");
        }
        assert_eq!(words(" \u{a0}\u{200b}\u{2060}"), None);
    }
}
