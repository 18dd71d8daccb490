//! Employee ids.

use latchkey_lifecycle::EmployeeId;
use unicode_normalization::is_nfkc;

use super::words::is_unseen;

/// The form of an id that is wanted.
pub(crate) const WANTED: &str = "an id of at most 64 bytes, without blanks, full-width letters, and characters that cannot be seen";

/// An employee id; `None` when the text cannot be one. Blanks around it are how people copy; within, nothing is put right: of two
/// ids that look alike, both would be somebody.
pub fn employee_id(text: &str) -> Option<EmployeeId> {
    let text = text.trim();
    let plain = is_nfkc(text) && !text.chars().any(is_unseen);
    plain.then(|| EmployeeId::new(text).ok())?
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_that_only_looks_like_another_is_none() {
        assert_eq!(employee_id(" 1042\u{a0}").unwrap().as_str(), "1042");
        assert_eq!(employee_id("Müller-7").unwrap().as_str(), "Müller-7");
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
        ] {
            assert_eq!(employee_id(alike), None, "{alike:?}");
        }
    }
}
