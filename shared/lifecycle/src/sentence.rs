//! What somebody wrote, where a sentence of ours ends with it.

use std::borrow::Cow;

/// With a full stop, unless it ends as a sentence does already.
pub fn sentence(words: &str) -> Cow<'_, str> {
    let words = words.trim_end();
    match words.ends_with(['.', '!', '?', '…']) {
        true => Cow::Borrowed(words),
        false => Cow::Owned(format!("{words}.")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sentence_ends_once() {
        for (words, ends) in [
            ("agreed with Bo", "agreed with Bo."),
            ("Agreed with Bo.", "Agreed with Bo."),
            ("Really? \n", "Really?"),
        ] {
            assert_eq!(sentence(words), ends);
        }
    }
}
