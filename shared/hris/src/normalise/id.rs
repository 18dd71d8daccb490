//! Employee ids.

use latchkey_lifecycle::EmployeeId;

/// The form of an id that is wanted.
pub(crate) const WANTED: &str =
    "an id of at most 64 letters (A to Z), digits (0 to 9) and signs of ASCII, without blanks";

/// An employee id; `None` when the text cannot be one. Blanks around it are how people copy; within, nothing is put
/// right: of two ids that look alike, both would be somebody.
pub fn employee_id(text: &str) -> Option<EmployeeId> {
    let text = text.trim();
    stranger(text)
        .is_none()
        .then(|| EmployeeId::new(text).ok())?
}

/// The first character of an id that is none of ASCII's visible ones. No HR system makes ids of others, and among those
/// are letters and digits that look like these, run the other way or are not seen.
pub(crate) fn stranger(text: &str) -> Option<char> {
    text.trim().chars().find(|c| !c.is_ascii_graphic())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_that_only_looks_like_another_is_none() {
        assert_eq!(employee_id(" 1042\u{a0}").unwrap().as_str(), "1042");
        for plain in ["C-7", "a.b_c/d#e:f@g", "..", "0"] {
            assert_eq!(employee_id(plain).unwrap().as_str(), plain);
        }
        for alike in [
            "10\u{200b}42",
            "\u{feff}1042",
            "10\u{200d}42",
            "\u{ff11}\u{ff10}\u{ff14}\u{ff12}",
            "\u{202e}2401",
            "1042\u{7f}",
            "Mu\u{308}ller-7",
            "10\u{ad}42",
            "10 42",
            "",
            "M\u{fc}ller-7",
            "10\u{43e}42",
            "\u{430}dmin",
            "1042\u{301}",
            "\u{661}\u{660}\u{664}\u{662}",
            "\u{967}\u{966}\u{96a}\u{968}",
            "\u{5d0}1042",
            "10\u{2010}42",
            "10\u{2212}42",
            "1042\u{2800}",
            "1042\u{fe0f}",
            "1042\u{e000}",
            "1042\u{ffff}",
        ] {
            assert_eq!(employee_id(alike), None, "{alike:?}");
        }
    }
}
