//! Employment types in the runbook's words.

/// Words that name one, each by itself or several in a row; those that are sought first come first.
const KNOWN: [(&str, &[&str]); 3] = [
    (
        "contractor",
        &[
            "contractor",
            "subcontractor",
            "freelance",
            "freelancer",
            "contingent worker",
        ],
    ),
    ("intern", &["intern", "internship", "trainee"]),
    (
        "employee",
        &[
            "employee",
            "full time",
            "fulltime",
            "part time",
            "parttime",
            "permanent",
        ],
    ),
];

/// Words before which nothing is what it is called.
const NOT: [&str; 5] = ["non", "not", "no", "former", "ex"];

/// The employment type in the runbook's words, from how HR systems usually name it, by whole words. What is not known
/// stays as HR writes it, in lower case, for the runbook to match or to say what it is.
pub fn employment_type(words: &str) -> String {
    let lower = words.to_lowercase();
    let parts: Vec<&str> = lower
        .split(|c: char| !c.is_alphanumeric())
        .filter(|part| !part.is_empty())
        .collect();
    let says = |known: &str| {
        let known: Vec<&str> = known.split(' ').collect();
        parts.windows(known.len()).any(|some| some == known)
    };
    let denied = NOT.iter().any(|word| parts.contains(word));
    let found = KNOWN
        .into_iter()
        .find(|(_, names)| names.iter().any(|name| says(name)));
    match found {
        Some((known, _)) if !denied => known.to_owned(),
        _ => lower,
    }
}

/// The words by which employment types are known, in lower case, each with the type that it is read as.
pub fn usual_words() -> impl Iterator<Item = (&'static str, &'static str)> {
    let of_one = |(known, names): (&'static str, &'static [&'static str])| {
        names.iter().map(move |name| (*name, known))
    };
    KNOWN.into_iter().flat_map(of_one)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn employment_types_are_read_by_whole_words() {
        for (words, expected) in [
            ("Full-Time", "employee"),
            ("Part time", "employee"),
            ("FULL_TIME", "employee"),
            ("direct_employee", "employee"),
            ("Employee", "employee"),
            ("Independent Contractor", "contractor"),
            ("Contingent Worker", "contractor"),
            ("Internship", "intern"),
            ("Werkstudent", "werkstudent"),
            ("Non-Employee", "non-employee"),
            ("NonEmployee", "nonemployee"),
            ("Not an employee", "not an employee"),
            ("Former employee", "former employee"),
            ("International assignee", "international assignee"),
            ("Internal auditor", "internal auditor"),
        ] {
            assert_eq!(employment_type(words), expected);
        }
    }
}
