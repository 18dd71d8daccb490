//! Whose a role is: a line of its own in the role's comment, `latchkey employee 1042`. What people wrote on other lines
//! stays.

use latchkey_lifecycle::EmployeeId;

/// What the line begins with.
pub(crate) const BEGINS: &str = "latchkey employee ";

/// Whose a role is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Whose {
    /// It does not say.
    Nobodys,
    /// This employee's.
    Of(EmployeeId),
    /// There is such a line, and it names nobody, or two do not say the same.
    Unclear,
}

fn is_ours(line: &str) -> bool {
    let line = line.trim();
    line.starts_with(BEGINS) || line == BEGINS.trim_end()
}

/// The line for an employee.
pub(crate) fn line(id: &EmployeeId) -> String {
    format!("{BEGINS}{id}")
}

/// Whose a role is by its comment.
pub(crate) fn whose(comment: Option<&str>) -> Whose {
    let lines = comment.unwrap_or_default().lines();
    let mut whose = Whose::Nobodys;
    for line in lines.filter(|line| is_ours(line)) {
        let id = line.trim().strip_prefix(BEGINS).unwrap_or_default();
        let Ok(id) = EmployeeId::new(id) else {
            return Whose::Unclear;
        };
        let here = Whose::Of(id);
        if whose != Whose::Nobodys && whose != here {
            return Whose::Unclear;
        }
        whose = here;
    }
    whose
}

/// The comment that says whose it is from now on. `None` for none.
pub(crate) fn with(comment: Option<&str>, id: Option<&EmployeeId>) -> Option<String> {
    let lines = comment.unwrap_or_default().lines();
    let theirs = lines.filter(|line| !is_ours(line));
    let mut lines: Vec<String> = theirs.map(str::to_owned).collect();
    lines.extend(id.map(line));
    let whole = lines.join("\n");
    (!whole.trim().is_empty()).then_some(whole)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(text: &str) -> EmployeeId {
        EmployeeId::new(text).unwrap()
    }

    #[test]
    fn the_line_is_found_among_others_and_changed_alone() {
        let theirs = "Reports, night shift\nsince 2019";
        assert_eq!(whose(Some(theirs)), Whose::Nobodys);
        let ours = with(Some(theirs), Some(&id("1042"))).unwrap();
        assert_eq!(ours, format!("{theirs}\nlatchkey employee 1042"));
        assert_eq!(whose(Some(&ours)), Whose::Of(id("1042")));
        let other = with(Some(&ours), Some(&id("7"))).unwrap();
        assert_eq!(other, format!("{theirs}\nlatchkey employee 7"));
        assert_eq!(with(Some(&other), None).as_deref(), Some(theirs));
        assert_eq!(with(Some("latchkey employee 7"), None), None);
        assert_eq!(whose(None), Whose::Nobodys);
    }

    #[test]
    fn what_people_type_is_read_and_what_is_unclear_is_nobodys_guess() {
        assert_eq!(
            whose(Some("a\r\nlatchkey employee 7 \r\n")),
            Whose::Of(id("7"))
        );
        let same = "latchkey employee 7\nlatchkey employee 7";
        assert_eq!(whose(Some(same)), Whose::Of(id("7")));
        for unclear in [
            "latchkey employee 7\nlatchkey employee 8",
            "latchkey employee 7 8",
            "latchkey employee ",
            "latchkey employee  7",
        ] {
            assert_eq!(whose(Some(unclear)), Whose::Unclear, "{unclear}");
        }
    }
}
