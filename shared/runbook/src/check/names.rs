//! Account names, e-mail addresses, and names that nobody gets.

use std::collections::BTreeSet;

use super::Check;
use crate::{
    document::{OneOrMany, SystemDoc},
    kind,
    names::{LONGEST, room},
    pattern::{ACCOUNT_NAMES, Pattern, PatternError},
    problem::did_you_mean,
    yaml::At,
};

/// The shortest limit that leaves room for a name with a number.
const SHORTEST_LIMIT: u32 = 6;

impl Check<'_> {
    pub(super) fn emails(&mut self) -> Vec<Pattern> {
        let document = self.document;
        let what = "`email`";
        let mut all = Vec::new();
        for text in document.email.iter().flat_map(|e| &e.0) {
            let Some(pattern) = self.account_pattern(text, what) else {
                continue;
            };
            if pattern.ats() != 1 || pattern.names().any(|name| name == "email") {
                let message = format!(
                    "`{}` in {what} is no address; say e.g. \"{{given}}.{{family}}@acme.example\"",
                    text.value
                );
                self.error(text.place, message);
            }
            all.push(pattern);
        }
        all
    }

    pub(super) fn reserved_names(&mut self) -> BTreeSet<String> {
        let document = self.document;
        let mut all = BTreeSet::new();
        for name in &document.reserved_names {
            if name.value.contains(['@', '{', '}']) || name.value.trim().is_empty() {
                let message = format!(
                    "`{}` in `reserved_names` is not a name such as root; addresses are reserved by what stands before the @",
                    name.value
                );
                self.error(name.place, message);
            }
            all.insert(name.value.trim().to_lowercase());
        }
        all
    }

    /// The patterns of a system; none where accounts are named by the e-mail address.
    pub(super) fn account_names(&mut self, system: &SystemDoc, context: &str) -> Vec<Pattern> {
        let mut all = Vec::new();
        let texts = system.account_name.iter().flat_map(|OneOrMany(all)| all);
        for text in texts {
            all.extend(self.account_pattern(text, context));
        }
        if matches!(all.as_slice(), [only] if only.is_email()) {
            all.clear();
        }
        all
    }

    /// How long account names may be, where the runbook or the kind says so; `names` are their patterns.
    pub(super) fn longest_name(
        &mut self,
        system: &SystemDoc,
        names: &[Pattern],
        context: &str,
    ) -> Option<usize> {
        let Some(limit) = &system.account_name_max else {
            let dialect = system.dialect.as_ref().map(|dialect| &dialect.value);
            let (kind, dialect) = kind::kind(&system.kind.value).zip(dialect)?;
            return kind.longest_name.get(dialect).copied();
        };
        let longest = usize::try_from(limit.value).unwrap_or(usize::MAX);
        if limit.value < SHORTEST_LIMIT || longest > LONGEST {
            let message = format!(
                "`account_name_max` of {context} cannot be {}: say a number from {SHORTEST_LIMIT} to {LONGEST}",
                limit.value
            );
            self.error(limit.place, message);
            return None;
        }
        if names.is_empty() {
            let message = format!(
                "`account_name_max` of {context} cannot be kept: accounts there are named by the work e-mail address; say \
                 `account_name`, too"
            );
            self.refuse(limit.place, message);
        }
        let least = SHORTEST_LIMIT as usize;
        for domain in names.iter().map(Pattern::domain) {
            if room(&domain, Some(longest)) < least {
                let message = format!(
                    "`account_name_max` of {context} leaves no room for a name before `{domain}`: say at least {}",
                    domain.len() + least
                );
                self.refuse(limit.place, message);
            }
        }
        Some(longest)
    }

    /// A pattern of account names or addresses.
    fn account_pattern(&mut self, text: &At<String>, what: &str) -> Option<Pattern> {
        match Pattern::parse(&text.value, |name| ACCOUNT_NAMES.contains(&name)) {
            Ok(pattern) => {
                if let Some(misfit) = pattern.misfit() {
                    let message = format!(
                        "`{misfit}` in {what} cannot stand in a name: it takes letters without marks, digits, `.`, `-`, `_` and `@`"
                    );
                    self.error(text.place, message);
                } else if pattern.ats() > 1 {
                    self.error(text.place, format!("{what} has more than one `@`"));
                } else if pattern.names().next().is_none() {
                    let message = format!(
                        "`{}` in {what} is the same for everybody; say e.g. \"{{given}}.{{family}}\"",
                        text.value
                    );
                    self.error(text.place, message);
                }
                Some(pattern)
            }
            Err(PatternError::Open) => {
                self.error(text.place, format!("a `{{` in {what} is not closed"));
                None
            }
            Err(PatternError::Unknown(name)) => {
                let help = did_you_mean(&name, ACCOUNT_NAMES)
                    .unwrap_or_else(|| format!("there are: {{{}}}", ACCOUNT_NAMES.join("}, {")));
                self.error(
                    text.place,
                    format!("unknown name `{{{name}}}` in {what}; {help}"),
                );
                None
            }
        }
    }
}
