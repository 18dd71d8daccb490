//! Cells that a spreadsheet or a program has spoiled: errors of formulas, words for nothing, ids that were taken for
//! numbers. To take them as they stand would give somebody the department `#N/A`.

use latchkey_sheet::{folded, shown};

/// How programs write that there is nothing.
const NOTHING: [&str; 7] = ["null", "none", "nan", "nil", "nat", "na", "undefined"];

/// Columns in which `NA` is a place.
const PLACES: [&str; 2] = ["country", "location"];

/// Columns in which ids stand.
const IDS: [&str; 3] = ["employeeId", "manager", "previousId"];

/// What is wrong with a cell that is no name; `None` when nothing is.
pub(super) fn value(column: &str, text: &str) -> Option<String> {
    if is_error(text) {
        return Some(error(text));
    }
    let place = PLACES.contains(&column) && folded(text) == "na";
    let nothing = is_nothing(text) || text.chars().all(|c| matches!(c, '-' | '–' | '—' | '?'));
    if nothing && !place {
        return Some(format!(
            "`{text}` is how programs write that there is nothing, and no value: leave the cell empty, or fill it in"
        ));
    }
    IDS.contains(&column).then(|| id(text)).flatten()
}

/// What is to be asked about a name: there are people who are called Null.
///
/// # Errors
/// What is wrong with it, when nobody writes their name so.
pub(super) fn name(column: &str, text: &str) -> Result<Option<String>, String> {
    if is_error(text) {
        return Err(error(text));
    }
    if !is_nothing(text) {
        return Ok(None);
    }
    let which = match column {
        "givenName" => "given name",
        _ => "family name",
    };
    let mut letters = text.chars();
    let as_a_name = letters.next().is_some_and(char::is_uppercase)
        && letters.clone().next().is_some()
        && letters.all(char::is_lowercase);
    match as_a_name {
        true => Ok(Some(format!(
            "is the {which} really `{text}`? It was taken as it stands; programs write so, too, when there is nothing"
        ))),
        false => Err(format!(
            "`{text}` is how programs write that there is nothing, and no {which}. If this is the person's name, write it like \
             `Null`, with one capital; if the person has one name only, write `-`"
        )),
    }
}

fn is_nothing(text: &str) -> bool {
    let inner = text.trim_matches(['(', ')', '<', '>', '[', ']']);
    let lower = inner.to_lowercase().replace(['/', '.'], "");
    NOTHING.contains(&lower.as_str()) || text == "\\N"
}

/// `#N/A`, `#REF!`, `#NAME?`, in other languages `#NV`, `#BEZUG!`, `#VALEUR!`; `####` where a column was too narrow.
fn is_error(text: &str) -> bool {
    let Some(rest) = text.strip_prefix('#') else {
        return false;
    };
    let letters =
        |c: char| c.is_uppercase() || matches!(c, '/' | '0' | '_' | '!' | '?' | '¡' | '¿');
    let word = rest.chars().all(letters) && rest.contains(char::is_alphabetic);
    word || (rest.len() > 1 && rest.chars().all(|c| c == '#'))
}

fn error(text: &str) -> String {
    format!(
        "`{text}` is what a spreadsheet shows when a formula fails or a column is too narrow: mend it, or leave the cell empty"
    )
}

/// What a spreadsheet has made of an id.
fn id(text: &str) -> Option<String> {
    let digits = |text: &str| !text.is_empty() && text.chars().all(|c| c.is_ascii_digit());
    let as_text = "Format the column as text, and fill in the ids anew from where they come";
    let (number, exponent) = text.split_once(['E', 'e']).unwrap_or((text, ""));
    let (whole, behind) = number.split_once(['.', ',']).unwrap_or((number, ""));
    let shortened = match exponent.strip_prefix(['+', '-']) {
        Some(exponent) => {
            digits(exponent) && digits(whole) && (behind.is_empty() || digits(behind))
        }
        None => digits(exponent) && digits(whole) && digits(behind),
    };
    let shown = shown(text);
    if shortened {
        return Some(format!(
            "`{shown}` is an id that a spreadsheet has shortened as a number; what it was cannot be told. {as_text}"
        ));
    }
    if exponent.is_empty()
        && digits(whole)
        && !behind.is_empty()
        && behind.chars().all(|c| c == '0')
    {
        return Some(format!(
            "`{shown}` is an id that was taken for a number; is it {whole}, with no noughts before it? {as_text}"
        ));
    }
    text.starts_with(['=', '\'', '"', '+', '@']).then(|| {
        let meant: String = text.chars().filter(|c| c.is_alphanumeric()).collect();
        format!(
            "`{shown}` is written for a spreadsheet, and no id; is it {meant}? Write the id alone"
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_of_formulas_and_words_for_nothing_are_no_values() {
        for text in [
            "#N/A",
            "#REF!",
            "#VALUE!",
            "#DIV/0!",
            "#NAME?",
            "#NULL!",
            "#NV",
            "#BEZUG!",
            "#¡REF!",
            "#####",
            "NULL",
            "null",
            "None",
            "nan",
            "NaN",
            "N/A",
            "n.a.",
            "(null)",
            "<NULL>",
            "\\N",
            "undefined",
            "-",
            "—",
            "NA",
        ] {
            assert!(value("department", text).is_some(), "{text}");
        }
        for text in [
            "#1 Sales",
            "Nancy",
            "R&D",
            "=cmd|' /C calc'!A0",
            "@sales",
            "Non-profit",
            "A-1",
            "#8",
        ] {
            assert_eq!(value("department", text), None, "{text}");
        }
        assert_eq!(value("country", "NA"), None, "Namibia");
    }

    #[test]
    fn a_person_may_be_called_null_and_a_program_may_not() {
        for text in ["Null", "None", "Nan", "Na", "Nil"] {
            let asked = name("familyName", text).unwrap();
            assert!(
                asked.unwrap().starts_with("is the family name really"),
                "{text}"
            );
        }
        for text in ["NULL", "null", "nan", "NaN", "N/A", "#N/A", "none"] {
            assert!(name("givenName", text).is_err(), "{text}");
        }
        assert_eq!(name("familyName", "Nullmann"), Ok(None));
    }

    #[test]
    fn ids_that_were_taken_for_numbers_are_refused() {
        for text in [
            "1.00123E+11",
            "1,00123E+11",
            "1E+05",
            "1042.0",
            "1042,00",
            "=\"003002\"",
            "'003002",
            "1.5e11",
        ] {
            assert!(value("employeeId", text).is_some(), "{text}");
            assert!(value("manager", text).is_some(), "{text}");
        }
        for text in [
            "1042", "003002", "7E12", "E+1", "A.0", "1.2.3", "12.34", "DE-1042",
        ] {
            assert_eq!(value("employeeId", text), None, "{text}");
        }
        assert!(
            value("employeeId", "=\"003002\"")
                .unwrap()
                .contains("is it 003002?")
        );
    }
}
