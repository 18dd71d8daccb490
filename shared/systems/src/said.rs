//! What systems say, as it is read and shown.

use serde_json::Value;

/// A text that says something.
pub fn text(value: &Value) -> Option<&str> {
    value.as_str().filter(|text| !text.is_empty())
}

/// What a system says of an error, for people: in one line, not too long, and without addresses, since an account name
/// is one.
pub fn without_addresses(said: &str) -> String {
    let word = |word: &str| match word.contains('@') {
        true => "…".to_owned(),
        false => word.chars().filter(|c| !c.is_control()).collect(),
    };
    let words: Vec<String> = said.split_whitespace().map(word).collect();
    words.join(" ").chars().take(300).collect()
}
