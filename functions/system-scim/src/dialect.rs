//! What a dialect can say: how a vendor deviates from RFC 7643 and RFC 7644. Which vendor does what stands in
//! `dialects`.

use crate::dialects::DIALECTS;

/// Attributes of a person that SCIM has a place for, by our names.
pub(crate) const ALL: &[&str] = &[
    "givenName",
    "familyName",
    "displayName",
    "email",
    "title",
    "department",
];

/// Where the employee id is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum IdAt {
    /// `externalId` (RFC 7643 section 3.1).
    ExternalId,
    /// `employeeNumber` of the enterprise extension (RFC 7643 section 4.3).
    EmployeeNumber,
}

/// How a person's groups are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Membership {
    /// `GET /Groups?filter=members.value eq "ID"` (RFC 7644 section 3.4.2.2), and each answer checked.
    GroupsByMember,
    /// The same where groups never show their members, so that the filter has to be believed. A list asks for the
    /// members of each group with `GET /Users?filter=groups.value eq "ID"`.
    FilterAlone,
    /// The user's own `groups` (RFC 7643 section 4.1.2). Where they are missing, as [`Membership::AllGroups`].
    UserGroups,
    /// Every group, member by member. Also where the vendor documents neither of the others: a filter that is not known
    /// to a server may be answered with nobody, and an exit would leave the person in their groups.
    AllGroups,
}

/// How attributes of a user are changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum UserChange {
    /// PATCH with a path (RFC 7644 section 3.5.2).
    Patch,
    /// PATCH with the attribute within the value. What is cleared is replaced by an empty text.
    PatchWithoutPath,
    /// PUT of what changes; the rest stays as it is. Only `active` is changed by PATCH.
    PutOfParts,
    /// There is no PATCH: what is read is changed and written whole (RFC 7644 section 3.5.1).
    Whole,
}

/// How a member is put into a group, and taken out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum MemberChange {
    /// As RFC 7644 section 3.5.2 shows it: taken by a path with a filter.
    Standard,
    /// Taken by a list of values.
    RemoveByValue,
    /// Added by a value that repeats the word `members`.
    AddNested,
    /// There is no PATCH: the group is read, changed and written whole.
    Whole,
}

/// How lists are paged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Paging {
    /// `startIndex` and `count` (RFC 7644 section 3.4.2.4).
    Index,
    /// `cursor` and `count` (RFC 9865).
    Cursor,
}

/// How a vendor deviates.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Dialect {
    pub(crate) name: &'static str,
    /// Where the employee id is kept.
    pub(crate) id_at: IdAt,
    /// Users can be filtered by it. Without it they are looked for by name first, and then all are read.
    pub(crate) finds_by_id: bool,
    /// The attribute by which users are filtered to find an account name; `None` where everything is read.
    pub(crate) finds_by_name: Option<&'static str>,
    /// Groups can be filtered by `displayName`; without it, all are read.
    pub(crate) finds_groups: bool,
    pub(crate) membership: Membership,
    pub(crate) members: MemberChange,
    pub(crate) users: UserChange,
    /// `active` is written as the text `True` or `False`.
    pub(crate) active_as_text: bool,
    /// A person's full name stands in `name.formatted`; else in `displayName`.
    pub(crate) formatted_name: bool,
    /// Attributes of a person that are kept, by our names.
    pub(crate) keeps: &'static [&'static str],
    /// Values of users that can be given and taken: our kind of entitlement, and the attribute.
    pub(crate) values: &'static [(&'static str, &'static str)],
    /// The `type` of values that an account cannot be without; they are not ours to take.
    pub(crate) fixed_values: Option<&'static str>,
    /// Account names are e-mail addresses.
    pub(crate) name_is_email: bool,
    /// A user who is set inactive is not there any more.
    pub(crate) suspended_is_gone: bool,
    /// DELETE removes a user; else it only deactivates.
    pub(crate) deletes: bool,
    pub(crate) paging: Paging,
    /// Resources asked for at once.
    pub(crate) page: usize,
    /// Media type of what is sent.
    pub(crate) media: &'static str,
}

/// The dialect of a name; the standard when there is none.
pub(crate) fn dialect(name: Option<&str>) -> Option<Dialect> {
    let name = name.unwrap_or("rfc");
    DIALECTS.into_iter().find(|d| d.name == name)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn runbooks_may_say_the_dialects_that_there_are() {
        let lines = lines_of("dialects").into_iter();
        let said = lines.map(|line| line.split_once(':').unwrap().0).collect();
        let known: BTreeSet<&str> = DIALECTS.iter().map(|d| d.name).collect();
        assert_eq!(known, said);
        assert_eq!(known.len(), DIALECTS.len(), "a dialect is there twice");
    }

    /// The lines below a word of what runbooks may say.
    fn lines_of(word: &str) -> BTreeSet<&'static str> {
        let all = include_str!("../../../shared/runbook/kinds/scim.yaml");
        let (_, after) = all.split_once(&format!("\n{word}:\n")).unwrap();
        let lines = after.lines().take_while(|line| line.starts_with("  "));
        lines.map(str::trim).collect()
    }

    #[test]
    fn runbooks_may_want_of_a_dialect_what_it_has() {
        let fewer = DIALECTS.iter().filter(|d| d.keeps != ALL);
        let keeps = fewer.map(|d| format!("{}: [{}]", d.name, d.keeps.join(", ")));
        let keeps: BTreeSet<String> = keeps.collect();
        assert_eq!(
            lines_of("keeps"),
            keeps.iter().map(String::as_str).collect()
        );
        let only = ["licence", "role"].map(|kind| {
            let has = |d: &&Dialect| d.values.iter().any(|(of, _)| *of == kind);
            let names: Vec<&str> = DIALECTS.iter().filter(has).map(|d| d.name).collect();
            format!("{kind}: [{}]", names.join(", "))
        });
        assert_eq!(
            lines_of("only_in"),
            only.iter().map(String::as_str).collect()
        );
    }

    #[test]
    fn dialects_only_name_what_there_is() {
        for dialect in DIALECTS {
            assert!(
                dialect.keeps.iter().all(|kept| ALL.contains(kept)),
                "{}",
                dialect.name
            );
            for (kind, _) in dialect.values {
                assert!(["role", "licence"].contains(kind), "{}", dialect.name);
            }
            assert!((1..=1000).contains(&dialect.page), "{}", dialect.name);
        }
    }
}
