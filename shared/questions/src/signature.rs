//! The name under an answer: whether it can be taken, and whether two of them are one.

use std::collections::BTreeSet;

use icu_properties::{props::Script, script::ScriptWithExtensions};
use latchkey_lifecycle::{Signer, shown::is_unseen};
use unicode_normalization::{
    UnicodeNormalization,
    char::{canonical_combining_class, is_combining_mark},
};

use crate::evidence::{NAME_LENGTH, too_long};

/// Scripts that are written within one word: Japanese has three, Korean and Chinese have Han with their own.
const EAST_ASIAN: [Script; 5] = [
    Script::Han,
    Script::Hiragana,
    Script::Katakana,
    Script::Hangul,
    Script::Bopomofo,
];

/// What is not right about a signature, in a sentence for whoever signed. `None` when it can be taken.
pub(crate) fn problem(by: &str) -> Option<String> {
    if let Some(problem) = too_long("Your name", by, NAME_LENGTH) {
        return Some(problem);
    }
    if !by.chars().any(char::is_alphanumeric) {
        return Some("Please sign with your name.".to_owned());
    }
    if signs_as_ours(by) {
        return Some(format!(
            "“{by}” is how Latchkey itself signs: please sign with your own whole name."
        ));
    }
    let mut parts = by.split_whitespace();
    let mixed = parts.find(|part| words(part).iter().any(|word| mixes_scripts(word)))?;
    Some(format!(
        "“{mixed}” has letters of more than one script, which can look like another name: please sign with letters of one."
    ))
}

/// Whether a name is one that Latchkey signs with itself, its systems or HR's sources.
pub fn signs_as_ours(by: &str) -> bool {
    let plain = words(by).join(" ");
    let of_hr = plain == "hr system" || plain.contains("hr system ");
    plain == "latchkey" || of_hr || !matches!(Signer::of(&plain), Signer::Person { .. })
}

/// Whether two signatures are one name: case, order, accents, what stands between the words and what cannot be seen do
/// not count, and an initial is the name that it stands for.
pub(crate) fn is_same(one: &str, other: &str) -> bool {
    let (one, other) = (words(one), words(other));
    // A narrow blank within a word can hardly be seen either.
    let together = !one.is_empty() && one.concat() == other.concat();
    if together || shortens(&one, &other) || shortens(&other, &one) {
        return true;
    }
    let sorted = |words: Vec<String>| -> BTreeSet<String> { words.into_iter().collect() };
    let one = sorted(one);
    !one.is_empty() && one == sorted(other)
}

/// Whether a signature is a name with initials in it: `S. Lehto` is Sara Lehto, and so is `Sara M. Lehto`. Initials alone
/// are nobody.
fn shortens(short: &[String], name: &[String]) -> bool {
    let is_initial = |word: &&String| {
        let mut letters = word.chars();
        letters.next().is_some_and(char::is_lowercase) && letters.next().is_none()
    };
    let (initials, whole): (Vec<&String>, Vec<&String>) = short.iter().partition(is_initial);
    if initials.is_empty() || whole.is_empty() {
        return false;
    }
    let mut left: Vec<&String> = name.iter().collect();
    let all_there = whole.iter().all(|word| {
        let at = left.iter().position(|other| other == word);
        at.map(|at| left.remove(at)).is_some()
    });
    all_there
        && initials.iter().all(|initial| {
            // Beside a name that is there whole, one more initial makes nobody else.
            let none_left = left.is_empty();
            let begins = |word: &&String| word.starts_with(initial.as_str());
            let at = left.iter().position(begins);
            at.map(|at| left.remove(at)).is_some() || none_left
        })
}

/// The words of a name as they are compared.
fn words(name: &str) -> Vec<String> {
    let seen = name
        .nfkd()
        .filter(|c| c.is_whitespace() || !(is_unseen(*c) || is_accent(*c)));
    let seen: String = seen.collect();
    // Through capitals, so that ß is ss and ı is i.
    let folded: String = seen.to_uppercase().to_lowercase().nfc().collect();
    folded
        .split(|c: char| !(c.is_alphanumeric() || is_combining_mark(c)))
        .filter(|word| !word.is_empty())
        .map(str::to_owned)
        .collect()
}

/// Marks without which a name is still that name: accents, and the vowels of Hebrew and Arabic, which are mostly not
/// written. Marks that make another letter (Japanese, Indic, Thai) are none. Source: Unicode's canonical combining
/// classes (1: overlays, 10 to 36: Hebrew, Arabic, Syriac, from 200: placed around a letter), and the marks that
/// enclose, which have none.
fn is_accent(c: char) -> bool {
    let encloses = matches!(
        c,
        '\u{488}' | '\u{489}' | '\u{1abe}' | '\u{20dd}'..='\u{20e0}' | '\u{20e2}'..='\u{20e4}' | '\u{a670}'..='\u{a672}'
    );
    encloses || matches!(canonical_combining_class(c), 1 | 10..=36 | 200..)
}

/// Whether no one script has all letters of a word.
fn mixes_scripts(word: &str) -> bool {
    let mut letters = word.chars().filter_map(scripts);
    let Some(mut common) = letters.next() else {
        return false;
    };
    letters.any(|of| {
        common.retain(|script| of.contains(script));
        common.is_empty()
    })
}

/// The scripts that a character belongs to; `None` where it belongs to all, as digits do.
fn scripts(c: char) -> Option<Vec<Script>> {
    const ALL: [Script; 3] = [Script::Common, Script::Inherited, Script::Unknown];
    let of = ScriptWithExtensions::new().get_script_extensions_val(c);
    let of: Vec<Script> = of.iter().collect();
    if of.iter().any(|script| ALL.contains(script)) {
        return None;
    }
    let east_asian = of.iter().any(|script| EAST_ASIAN.contains(script));
    Some(if east_asian { EAST_ASIAN.to_vec() } else { of })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_name_is_one_name_however_it_is_written() {
        for (one, other, same) in [
            ("Zoë Müller", "müller, zoë", true),
            ("ZOË  MÜLLER", "Zoë Müller", true),
            ("Zoë Müller", "Zoë Meier", false),
            ("Zoë", "Zoë Müller", false),
            ("", "", false),
            ("zoe@acme.example", "Zoe@acme.example", true),
            ("Ann Bee", "bee, ANN", true),
            // What cannot be seen cuts no word in two.
            ("Zoe Doer", "Zo\u{200b}e Doer", true),
            ("Zoe Doer", "Zo\u{ad}e D\u{2060}oer", true),
            ("Zoe Doer", "Zo\u{200a}e Doer", true),
            // One Unicode form, with accents and without.
            ("Zo\u{e9} Doer", "Zoe\u{301} Doer", true),
            (
                "Zo\u{eb} M\u{fc}ller",
                "Mu\u{308}ller, Zoe\u{308}\u{301}",
                true,
            ),
            ("Zoe Doer", "Z\u{338}o\u{20dd}e Doer", true),
            ("Zoe Doer", "\u{ff3a}\u{ff4f}\u{ff45} Doer", true),
            ("Jörg Groß", "JORG GROSS", true),
            ("S. Lehto", "Sara Lehto", true),
            ("lehto, S", "Sara Lehto", true),
            ("Sara L.", "Sara Lehto", true),
            ("Sara M. Lehto", "Sara Lehto", true),
            ("S. M. Lehto", "Sara Maria Lehto", true),
            ("S. Lehto", "Sara Maria Lehto", true),
            ("Ó. Lehto", "Ola Lehto", true),
            ("T. Lehto", "Sara Lehto", false),
            ("S. Lehtonen", "Sara Lehto", false),
            ("S. L.", "Sara Lehto", false),
            ("王 小明", "李 小明", false),
            // Marks that make another letter stay.
            ("はた", "はだ", false),
            ("सिंह", "सेह", false),
            ("מֹשֶׁה", "משה", true),
        ] {
            assert_eq!(is_same(one, other), same, "{one:?} / {other:?}");
        }
    }

    #[test]
    fn a_word_is_of_one_script_and_a_name_of_any() {
        for name in [
            "Zoë Müller",
            "Jo O’Brien-Smith 2",
            "Nguyễn Thị Ánh",
            "Зоя Мюллер",
            "Ζωή Αλεξίου",
            "田中 さくら Taro",
            "ささきエリ子",
            "佐々木 ユーコ",
            "김영희",
            "محمد علی",
            "नरेन्द्र सिंह",
            "ศิริพร",
            "משה לוי",
            "1042",
            "zoe@acme.example",
        ] {
            assert_eq!(problem(name), None, "{name}");
        }
        for name in [
            "Z\u{43e}e Doer",
            "\u{410}nn Bee",
            "Zo\u{3bf} Doer",
            "Zoe\u{3099} Doer",
            "Zo\u{200b}\u{435} Doer",
        ] {
            let problem = problem(name).unwrap_or_default();
            assert!(problem.contains("more than one script"), "{name:?}");
        }
        for ours in [
            "verify",
            " Sweep ",
            "LATCHKEY",
            "system chat",
            "HR system (bamboohr)",
            "Ada, by HR system (bamboohr)",
            "v\u{e9}rify",
        ] {
            let problem = problem(ours).unwrap_or_default();
            assert!(problem.contains("how Latchkey itself signs"), "{ours:?}");
        }
        for nobody in ["", " ", "…", "\u{200b}", "\u{301}"] {
            let problem = problem(nobody);
            assert_eq!(problem.as_deref(), Some("Please sign with your name."));
        }
    }
}
