//! Roles, from the YAML and from the CSV beside it.

use std::collections::{BTreeMap, BTreeSet};

use latchkey_lifecycle::{Entitlement, SystemId};
use latchkey_sheet::{Grid, folded, shown};

use super::Check;
use crate::{
    document::{Named, OneOrMany},
    matching::{ATTRIBUTES, Matcher, Wanted, fit_nobody},
    problem::{Place, Severity, did_you_mean},
    runbook::{Conflict, Role},
    source::MAIN,
    yaml::At,
};

/// How files of spreadsheet programs end, which hold several sheets and are no text.
const WORKBOOKS: [&str; 5] = [".xlsx", ".xlsm", ".xls", ".ods", ".numbers"];

/// What roles can give, by system.
pub(crate) type Grantable = BTreeMap<SystemId, BTreeSet<Entitlement>>;

impl Check<'_> {
    pub(super) fn roles(&mut self) -> (Vec<Role>, Grantable) {
        let document = self.document;
        let mut roles = Vec::with_capacity(document.roles.len());
        for (name, role) in &document.roles {
            let context = format!("role `{}`", name.value);
            let matcher = self.matcher(&role.matches, &context);
            let mut gets: BTreeMap<SystemId, BTreeSet<Entitlement>> = BTreeMap::new();
            for (system, entitlements) in &role.gets {
                let Some(id) = self.system(system, &context) else {
                    continue;
                };
                for entitlement in &entitlements.0 {
                    if let Some(given) = self.entitlement(MAIN, system, entitlement, &context)
                        && !gets.entry(id.clone()).or_default().insert(given)
                    {
                        self.twice(MAIN, system, entitlement, &context);
                    }
                }
                gets.entry(id).or_default();
            }
            roles.push(Role {
                name: name.value.clone(),
                matcher,
                gets,
            });
        }
        if let Some(file) = &document.matrix {
            self.csv(file, &mut roles);
        }
        let mut grantable = Grantable::new();
        for role in &roles {
            for (system, entitlements) in &role.gets {
                grantable
                    .entry(system.clone())
                    .or_default()
                    .extend(entitlements.iter().cloned());
            }
        }
        (roles, grantable)
    }

    pub(super) fn matcher(&mut self, lines: &Named<OneOrMany>, context: &str) -> Matcher {
        let mut matcher = Matcher::default();
        for (attribute, wanted) in lines {
            if !ATTRIBUTES.contains(&attribute.value.as_str()) {
                let message = format!("unknown attribute `{}` in {context}", attribute.value);
                self.unknown(MAIN, attribute, message, ATTRIBUTES.into_iter());
                continue;
            }
            if wanted.0.is_empty() {
                let message = format!(
                    "`{}` in {context} lists no value: nobody would match",
                    attribute.value
                );
                self.error(attribute.place, message);
            }
            let values = wanted.0.iter();
            let wanted = values.map(|value| self.wanted(&attribute.value, value, context));
            let wanted: Vec<Wanted> = wanted.collect();
            if fit_nobody(&wanted) {
                let message = format!(
                    "`{}` in {context} fits nobody: each value that it names is left out by a `not:` beside it",
                    attribute.value
                );
                self.refuse(attribute.place, message);
            }
            matcher.conditions.insert(attribute.value.clone(), wanted);
        }
        matcher
    }

    /// A value of a condition. One that nobody can have is refused, and stays as it is written in a version that was
    /// published with it.
    fn wanted(&mut self, attribute: &str, value: &At<String>, context: &str) -> Wanted {
        self.meant_otherwise(value, context);
        match Wanted::read(attribute, &value.value, &self.employment_types) {
            Ok(wanted) => wanted,
            Err(misread) => {
                let message = format!("`{}` in {context} {misread}", value.value);
                self.refuse(value.place, message);
                Wanted::new(&value.value)
            }
        }
    }

    /// Values that are one text as they are written, and were most likely meant as something else.
    fn meant_otherwise(&mut self, value: &At<String>, context: &str) {
        let text = value.value.trim();
        let words = || {
            let (word, rest) = text.split_once(' ')?;
            word.eq_ignore_ascii_case("not").then_some(rest)
        };
        let not = text.strip_prefix('!').or_else(words);
        if let Some(rest) = not {
            let message = format!(
                "`{text}` in {context} fits only who has these very words; for everybody else write \"not:{}\"",
                rest.trim()
            );
            self.warning(value.place, message);
        }
        if let Some((first, rest)) = text.split_once(',').filter(|_| !text.starts_with("not:")) {
            let message = format!(
                "`{text}` in {context} is one value with a comma in it; if several are meant, write a list: [{}, {}]",
                first.trim(),
                rest.trim()
            );
            self.note(value.place, message);
        }
    }

    /// An entitlement that a role gives. A name that is nearly, but not quite, one that the system declares is a
    /// typing error more often than not.
    fn entitlement(
        &mut self,
        file: &str,
        system: &At<String>,
        name: &At<String>,
        context: &str,
    ) -> Option<Entitlement> {
        if name.value.trim().is_empty() {
            self.problems.error(
                file,
                name.place,
                format!("an entitlement of {context} has no name"),
            );
            return None;
        }
        let given = Entitlement::from(name.value.as_str());
        let declared = self
            .document
            .systems
            .iter()
            .find(|(k, _)| k.value == system.value);
        let declared: Vec<&str> = declared
            .into_iter()
            .flat_map(|(_, s)| s.entitlements.keys().map(|k| k.value.as_str()))
            .collect();
        self.given_by_kind(file, system, name, &given);
        let known = declared.iter().any(|d| Entitlement::from(*d) == given);
        if !known
            && let Some(help) = did_you_mean(&name.value, declared.iter().copied()).filter(|_| {
                declared
                    .iter()
                    .any(|d| strsim::damerau_levenshtein(d, &name.value) <= 2)
            })
        {
            let message = format!(
                "`{}` in {context} is not declared by system `{}`",
                name.value, system.value
            );
            self.problems
                .add(Severity::Warning, file, name.place, message, Some(help));
        }
        Some(given)
    }

    /// Rows of `role, system, entitlement`.
    fn csv(&mut self, file: &At<String>, roles: &mut [Role]) {
        let source = self.source;
        let Some(text) = source.files().get(&file.value) else {
            if WORKBOOKS
                .iter()
                .any(|end| file.value.to_lowercase().ends_with(end))
            {
                let message = format!(
                    "`{}` is no CSV file: save its sheet as \"CSV UTF-8\" beside it, and name that file here",
                    file.value
                );
                self.error(file.place, message);
                return;
            }
            let main = source.called(MAIN);
            let message = format!("there is no file `{}` beside {main}", file.value);
            let names = source
                .files()
                .keys()
                .filter(|n| *n != MAIN)
                .map(String::as_str);
            self.unknown(MAIN, file, message, names);
            return;
        };
        let name = file.value.clone();
        let grid = Grid::read(text);
        if let Some(broken) = &grid.broken {
            let place = at(broken.line, 1);
            self.problems.error(&name, place, broken.text.as_str());
        }
        let Some(columns) = self.columns(&name, &grid) else {
            return;
        };
        for row in &grid.rows {
            if let Some(misfit) = grid.misfit(row) {
                let cell = row.cells.get(misfit.column - 1);
                let place = at(misfit.line, cell.map_or(1, |cell| cell.character));
                self.problems.error(&name, place, misfit.text);
                continue;
            }
            let [role, system, entitlement] = columns.map(|column| match row.cells.get(column) {
                Some(cell) => At {
                    value: cell.text.clone(),
                    place: at(cell.line, cell.character),
                },
                None => At {
                    value: String::new(),
                    place: at(row.line, 1),
                },
            });
            self.row(&name, roles, &role, &system, &entitlement);
        }
    }

    /// Where role, system and entitlement stand.
    fn columns(&mut self, name: &str, grid: &Grid) -> Option<[usize; 3]> {
        const WANTED: [&str; 3] = ["role", "system", "entitlement"];
        let head = &grid.head.cells;
        let mut columns = [0_usize; 3];
        for (n, wanted) in WANTED.into_iter().enumerate() {
            match head.iter().position(|cell| folded(&cell.text) == wanted) {
                Some(position) => columns[n] = position,
                None => {
                    let message = format!(
                        "the first line lacks the column `{wanted}`; it takes: role, system, entitlement"
                    );
                    self.problems.error(name, at(1, 1), message);
                    return None;
                }
            }
        }
        for (n, cell) in head.iter().enumerate() {
            if !columns.contains(&n) && !cell.text.is_empty() {
                let message = format!("the column `{}` is not read", shown(&cell.text));
                let place = at(cell.line, cell.character);
                self.problems.warning(name, place, message);
            }
        }
        Some(columns)
    }

    fn row(
        &mut self,
        file: &str,
        roles: &mut [Role],
        role: &At<String>,
        system: &At<String>,
        entitlement: &At<String>,
    ) {
        let context = format!("role `{}`", role.value);
        let found = roles.iter().position(|r| r.name == role.value);
        if found.is_none() {
            let message = format!("unknown role `{}`", role.value);
            let document = self.document;
            self.unknown(
                file,
                role,
                message,
                document.roles.keys().map(|k| k.value.as_str()),
            );
        }
        let id = self.system_in(file, system, &context);
        let given = self.entitlement(file, system, entitlement, &context);
        if let (Some(position), Some(id), Some(given)) = (found, id, given) {
            let gets = roles[position].gets.entry(id).or_default();
            if !gets.insert(given) {
                self.twice(file, system, entitlement, &context);
            }
        }
    }

    fn twice(&mut self, file: &str, system: &At<String>, name: &At<String>, context: &str) {
        let message = format!(
            "{context} gets `{}` in system `{}` already: it stands here a second time",
            name.value, system.value
        );
        self.problems.warning(file, name.place, message);
    }

    pub(super) fn conflicts(&mut self, grantable: &Grantable) -> Vec<Conflict> {
        let document = self.document;
        let mut all = Vec::new();
        for at in &document.conflicts {
            let conflict = &at.value;
            let context = format!("conflict `{}`", conflict.name);
            let owner = self.team(&conflict.owner, &context);
            let mut sides = Vec::new();
            for side in &conflict.between {
                let Some((system, entitlement)) = side.value.split_once('/') else {
                    let message = format!(
                        "`{}` in {context} is not system/entitlement, e.g. erp/approve-payments",
                        side.value
                    );
                    self.error(side.place, message);
                    continue;
                };
                let name = At {
                    value: system.to_owned(),
                    place: side.place,
                };
                if let Some(id) = self.system(&name, &context) {
                    let known = grantable.get(&id);
                    self.given_by_a_role(side, entitlement, known, &context);
                    sides.push((id, Entitlement::from(entitlement)));
                }
            }
            if conflict.between.len() != 2 {
                self.error(
                    at.place,
                    format!(
                        "{context} is between two entitlements, not {}",
                        conflict.between.len()
                    ),
                );
                continue;
            }
            if let (Some(owner), [first, second]) = (owner, sides.as_slice()) {
                if first == second {
                    self.error(
                        at.place,
                        format!("{context} is between an entitlement and itself"),
                    );
                }
                let between = [first.clone(), second.clone()];
                all.push(Conflict {
                    name: conflict.name.clone(),
                    between,
                    owner,
                });
            }
        }
        all
    }
}

impl Check<'_> {
    /// A conflict about something that no role gives guards nothing: most likely its name is a typing error.
    fn given_by_a_role(
        &mut self,
        side: &At<String>,
        entitlement: &str,
        known: Option<&BTreeSet<Entitlement>>,
        context: &str,
    ) {
        let wanted = Entitlement::from(entitlement);
        if known.is_some_and(|all| all.contains(&wanted)) {
            return;
        }
        let names: Vec<&str> = known.into_iter().flatten().map(Entitlement::name).collect();
        let help = did_you_mean(wanted.name(), names);
        let message = format!("no role gives `{}` of {context}", side.value);
        self.problems
            .add(Severity::Warning, MAIN, side.place, message, help);
    }
}

fn at(line: u64, column: u64) -> Place {
    let small = |n: u64| u32::try_from(n).unwrap_or(u32::MAX);
    Place {
        line: small(line),
        column: small(column),
    }
}
