//! Text from outside (HR's records, systems' answers, what people wrote on a page), as it is shown: in letters, on
//! pages, in a terminal. What one cannot see in a text must not decide what one reads: no escape sequence reaches a
//! terminal, no line of a letter is written by a job title, and nothing is read from right to left that was written
//! from left to right.

use std::borrow::Cow;

/// Stands for a character that would act instead of being seen.
const ACTS: char = '\u{fffd}';

/// A text in one line: line breaks and tabs become blanks.
pub fn line(text: &str) -> Cow<'_, str> {
    shown(text, |c| matches!(c, '\n' | '\r' | '\t').then_some(' '))
}

/// A text of several lines, as Latchkey laid it out: its line breaks and tabs stay.
pub fn text(text: &str) -> Cow<'_, str> {
    shown(text, |c| matches!(c, '\n' | '\t').then_some(c))
}

/// A text as the subject of an e-mail. What begins like an encoded word is taken apart: mail programs decode those, and
/// what comes of it acts again.
/// Source: RFC 2047, section 2.
pub fn subject(text: &str) -> Cow<'_, str> {
    let text = line(text);
    match text.contains(ENCODED) {
        true => text.replace(ENCODED, "= ?").into(),
        false => text,
    }
}

/// What an encoded word begins with.
const ENCODED: &str = "=?";

/// JSON that says the same, and nothing of it is unseen: such characters stand in it as JSON escapes them.
pub fn json(text: &str) -> Cow<'_, str> {
    let unseen = |c: char| c != '\n' && is_unseen(c);
    if !text.contains(unseen) {
        return Cow::Borrowed(text);
    }
    let mut all = String::with_capacity(text.len());
    for c in text.chars() {
        if !unseen(c) {
            all.push(c);
            continue;
        }
        for unit in c.encode_utf16(&mut [0; 2]) {
            all.push_str(&format!("\\u{unit:04x}"));
        }
    }
    Cow::Owned(all)
}

/// Lines as one text. None of them becomes two.
pub fn lines<T: AsRef<str>>(lines: impl IntoIterator<Item = T>) -> String {
    let mut all = String::new();
    for (n, each) in lines.into_iter().enumerate() {
        if n > 0 {
            all.push('\n');
        }
        all.push_str(&line(each.as_ref()));
    }
    all
}

/// A parser's message without the values that it quotes: they can be personal. What it expected stays, which is ours.
pub fn without_values(message: &str) -> String {
    const EXPECTED: &str = ", expected ";
    let balanced = |text: &&str| {
        ['"', '`']
            .iter()
            .all(|quote| text.matches(*quote).count() % 2 == 0)
    };
    let at = message
        .rfind(EXPECTED)
        .filter(|at| balanced(&&message[*at..]));
    let (head, tail) = message.split_at(at.unwrap_or(message.len()));
    let quotes = |c: char| {
        matches!(
            c,
            '"' | '`' | '\'' | '\u{2018}'..='\u{201f}' | '\u{ab}' | '\u{bb}'
        )
    };
    // From the first quote to the last: a value may have quotes in it.
    let (Some(first), Some(last)) = (head.find(quotes), head.rfind(quotes)) else {
        return message.to_owned();
    };
    let rest = &head[last..];
    let rest = rest.strip_prefix(quotes).unwrap_or(rest);
    // One that is not closed goes on to the end.
    let rest = if first == last { "" } else { rest };
    format!("{}\u{2026}{rest}{tail}", &head[..first])
}

/// Whether a character is not seen, and does something to what is, or means nothing: a control character, a mark of
/// direction, one without width, one that is nobody's. The one list of them.
/// Source: Unicode 16, general categories Cc, Zl and Zp, Co and Cn (non-characters), of Cf what has no shape of its
/// own, Bidi_Control, Default_Ignorable_Code_Point; and the blank of Braille, U+2800.
pub fn is_unseen(c: char) -> bool {
    c.is_control() || is_zero_width(c) || acts_on_direction(c) || is_line_end(c) || is_nobodys(c)
}

/// Private use and non-characters: what they look like, if like anything, is another thing on each machine.
fn is_nobodys(c: char) -> bool {
    let non_character = matches!(c, '\u{fdd0}'..='\u{fdef}') || u32::from(c) & 0xfffe == 0xfffe;
    non_character || matches!(c, '\u{e000}'..='\u{f8ff}' | '\u{f0000}'..)
}

fn is_line_end(c: char) -> bool {
    matches!(c, '\u{2028}' | '\u{2029}')
}

fn acts_on_direction(c: char) -> bool {
    matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// Joiners and marks that some scripts write within words, and fillers.
fn is_zero_width(c: char) -> bool {
    matches!(
        c,
        '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{180b}'..='\u{180f}'
            | '\u{200b}'..='\u{200f}' | '\u{2060}'..='\u{2065}' | '\u{206a}'..='\u{206f}' | '\u{2800}' | '\u{3164}'
            | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{fffc}' | '\u{110bd}' | '\u{110cd}'
            | '\u{13430}'..='\u{13440}' | '\u{1bca0}'..='\u{1bca3}' | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}'
    )
}

fn shown(text: &str, keep: impl Fn(char) -> Option<char>) -> Cow<'_, str> {
    if !text.contains(is_unseen) {
        return Cow::Borrowed(text);
    }
    let seen = text.chars().filter_map(|c| match keep(c) {
        Some(kept) => Some(kept),
        None if is_line_end(c) => Some(' '),
        None if is_zero_width(c) || c == '\r' => None,
        None if is_unseen(c) => Some(ACTS),
        None => Some(c),
    });
    Cow::Owned(seen.collect())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_acts_is_shown_as_such_and_what_is_only_not_seen_is_left_out() {
        assert_eq!(line("Zoë Öz, 田中"), "Zoë Öz, 田中");
        assert_eq!(line("a\r\nHTTPS://evil"), "a  HTTPS://evil");
        assert_eq!(line("\u{1b}[2Jgone"), "\u{fffd}[2Jgone");
        assert_eq!(line("\u{9b}2J"), "\u{fffd}2J");
        assert_eq!(line("a\u{202e}fdp.exe"), "a\u{fffd}fdp.exe");
        assert_eq!(line("pay\u{200b}roll"), "payroll");
        assert_eq!(text("one\r\n\ttwo\u{85}\u{2028}"), "one\n\ttwo\u{fffd} ");
        assert_eq!(line("a\u{e000}\u{ffff}b"), "a\u{fffd}\u{fffd}b");
        let unseen = "\u{2800}\u{115f}\u{1160}\u{17b4}\u{17b5}\u{fe00}\u{fe0f}\u{e0100}\u{1d173}\u{1bca0}\u{13430}\u{110bd}\u{fffc}";
        assert_eq!(line(unseen), "");
        assert!(!"Zoë Öz, 田中, Ольга, مریم, \u{fffd}".contains(is_unseen));
        assert_eq!(json("\"\u{202e}\u{e0041}ö\""), "\"\\u202e\\udb40\\udc41ö\"");
        assert_eq!(lines(["a\nb", "c"]), "a b\nc");
    }

    #[test]
    fn nothing_in_a_subject_is_decoded_by_a_mail_program() {
        let word = "Laptop for =?utf-8?q?=E2=80=AEdeifirev_si=0A?= Lee";
        let apart = "Laptop for = ?utf-8?q?=E2=80=AEdeifirev_si=0A?= Lee";
        assert_eq!(subject(word), apart);
        assert_eq!(subject("=\u{200b}?utf-8"), "= ?utf-8");
        assert_eq!(subject("==??="), "== ??=");
        assert_eq!(subject("1 + 1 = ?"), "1 + 1 = ?");
    }

    #[test]
    fn a_message_keeps_what_was_expected_and_no_value() {
        for (message, left) in [
            (
                "invalid type: string \"Zoe \\\"Z\\\" Oz\", expected a day",
                "invalid type: string …, expected a day",
            ),
            (
                "unknown variant `Zoe`, expected one of `a`, `b`",
                "unknown variant …, expected one of `a`, `b`",
            ),
            (
                "employee id `Z o`e` has a space in it",
                "employee id … has a space in it",
            ),
            (
                "employee id `x, expected Zoe` is too long",
                "employee id … is too long",
            ),
            (
                "invalid value: integer `7`, expected x at line 1 column 9",
                "invalid value: integer …, expected x at line 1 column 9",
            ),
            ("no day: 'Zoe'", "no day: …"),
            ("no day: “Zoe", "no day: …"),
            ("EOF while parsing", "EOF while parsing"),
        ] {
            assert_eq!(without_values(message), left);
        }
    }

    proptest! {
        #[test]
        fn no_value_outlives_its_quotes(value in "[ -~“”‘’]{0,12}canary[ -~“”‘’]{0,12}", quote in "[\"`']") {
            for message in [
                format!("invalid type: string {quote}{value}{quote}, expected `a` or `b`"),
                format!("employee id {quote}{value}{quote} is too long"),
                serde_json::from_value::<u8>(serde_json::json!(value)).unwrap_err().to_string(),
            ] {
                prop_assert!(!without_values(&message).contains("canary"), "{}", message);
            }
        }

        #[test]
        fn nothing_that_is_shown_has_a_character_that_is_not_seen(any in "\\PC{0,8}|(.|\n|[\u{80}-\u{9f}\u{200b}-\u{206f}]){0,40}") {
            let unseen = |c: char| is_unseen(c);
            prop_assert!(!line(&any).contains(unseen));
            prop_assert!(!text(&any).replace(['\n', '\t'], "").contains(unseen));
            prop_assert!(!subject(&any).contains("=?"));
            // Shown twice is shown once.
            let once = line(&any);
            prop_assert_eq!(line(&once), once.as_ref());
            let told = serde_json::to_string(&any).unwrap();
            prop_assert!(!json(&told).contains(unseen));
            prop_assert_eq!(serde_json::from_str::<String>(&json(&told)).unwrap(), any);
        }
    }
}
