//! Texts as they are kept: one Unicode form, one kind of blank, nothing that cannot be seen.

use unicode_normalization::UnicodeNormalization;

/// Whether nothing of a text can be seen.
pub fn is_blank(text: &str) -> bool {
    text.chars().all(|c| c.is_whitespace() || is_unseen(c))
}

/// A text in composed form (NFC), with single blanks between words and none around, without what cannot be seen; `None` when
/// nothing remains. So the same word typed by two hands is the same text.
pub fn words(text: &str) -> Option<String> {
    let mut out = String::with_capacity(text.len());
    let mut blank = false;
    for c in text.nfc().filter(|c| joins(*c) || !is_unseen(*c)) {
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

/// Control characters that are no blanks, and marks that only steer how a text is set: zero width, directions, byte order, tags.
pub(super) fn is_unseen(c: char) -> bool {
    let steers = matches!(
        c,
        '\u{ad}'
            | '\u{34f}'
            | '\u{61c}'
            | '\u{180b}'..='\u{180f}'
            | '\u{200b}'..='\u{200f}'
            | '\u{202a}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}'
            | '\u{feff}'
            | '\u{fff9}'..='\u{fffb}'
            | '\u{e0000}'..='\u{e007f}'
    );
    steers || (c.is_control() && !c.is_whitespace())
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
