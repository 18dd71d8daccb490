//! `check`: every problem of a runbook at once, and the runbook when none is an error.

mod audience;
mod by_kind;
mod company;
mod described;
mod employment;
mod gates;
mod matrix;
mod meaning;
mod names;
mod reached;
mod sign_in;
mod spelled;
mod systems;
mod tasks;
mod two_people;
mod windows;

use std::collections::BTreeMap;

use latchkey_lifecycle::{SystemId, TeamId};

use self::described::Described;
use crate::{
    document::Document,
    employment::EmploymentTypes,
    problem::{Place, Problem, Problems, Severity, did_you_mean},
    runbook::{Contact, Runbook},
    source::{ALSO_MAIN, MAIN, Source},
    yaml::{At, shape::Shape, typed},
};

/// What a check found.
#[derive(Debug, Clone)]
pub struct Checked {
    /// The runbook; `None` when it is in no order to be used.
    pub runbook: Option<Runbook>,
    /// Every problem, by place.
    pub problems: Vec<Problem>,
}

impl Runbook {
    /// Checks a runbook's files. Reports every problem at once; nothing makes it panic.
    pub fn check(source: &Source) -> Checked {
        let mut problems = Problems::default();
        let runbook = check(source, &mut problems);
        let wrong = problems.all.iter().any(Problem::is_error);
        Checked {
            runbook: runbook.filter(|_| !wrong),
            problems: sorted(problems, source),
        }
    }

    /// Reads a version that was published. Its cases keep it, also when the check has become stricter since: it is
    /// refused only where it is not understood.
    pub fn published(source: &Source) -> Checked {
        let mut problems = Problems::default();
        let runbook = check(source, &mut problems);
        Checked {
            runbook: runbook.filter(|_| !problems.gaps),
            problems: sorted(problems, source),
        }
    }
}

/// In the files as they are called where they were read from.
fn sorted(problems: Problems, source: &Source) -> Vec<Problem> {
    let mut all = problems.all;
    for problem in &mut all {
        problem.file = source.called(&problem.file).to_owned();
    }
    all.sort_by_cached_key(|p| (p.file.clone(), p.line, p.column, p.message.clone()));
    all.dedup();
    all
}

fn check(source: &Source, problems: &mut Problems) -> Option<Runbook> {
    let Some(text) = source.files().get(MAIN) else {
        problems.error(
            MAIN,
            Place::default(),
            format!("there is no {MAIN} in the runbook's directory"),
        );
        return None;
    };
    if source.files().contains_key(ALSO_MAIN) {
        let main = source.called(MAIN);
        let message = format!("{main} is read, and not this file: keep one of the two");
        problems.warning(ALSO_MAIN, Place { line: 1, column: 1 }, message);
    }
    let mut tree = match latchkey_yaml::read(text) {
        Ok(tree) => tree,
        Err(trouble) => {
            problems.error(MAIN, trouble.place, trouble.message);
            return None;
        }
    };
    problems.doubts(MAIN, &tree);
    let schema = crate::schema::json_schema();
    if !Shape::new(&schema, MAIN, "the runbook").check(&mut tree, problems)
        && !problems.all.iter().any(Problem::is_error)
    {
        return None;
    }
    let document: Document = match typed::from_node(&tree) {
        Ok(document) => document,
        Err(misfit) => {
            // What is missing was said by the shape; anything else is said here.
            if !problems.all.iter().any(Problem::is_error) {
                problems.error(MAIN, misfit.place, misfit.message);
            }
            return None;
        }
    };
    let mut check = Check {
        source,
        document: &document,
        problems,
        line_places: BTreeMap::new(),
        described: BTreeMap::new(),
        employment_types: EmploymentTypes::new(),
    };
    check.employment_types = check.own_employment_types();
    check.descriptions();
    check.all()
}

/// A check under way.
pub(crate) struct Check<'c> {
    pub(crate) source: &'c Source,
    pub(crate) document: &'c Document,
    pub(crate) problems: &'c mut Problems,
    /// Where the lines of the tasks stand, by event and name.
    pub(crate) line_places: BTreeMap<(&'static str, String), Place>,
    /// APIs that files beside the runbook describe, by file.
    pub(crate) described: BTreeMap<String, Described>,
    /// The runbook's own words for employment types, which its conditions are read with.
    pub(crate) employment_types: EmploymentTypes,
}

impl Check<'_> {
    fn all(&mut self) -> Option<Runbook> {
        let company = self.company();
        let teams = self.teams();
        let brake = self.brake();
        let sign_in = self.sign_in(brake.as_ref());
        self.two_decide(&teams, &sign_in);
        let (roles, grantable) = self.roles();
        let systems = self.systems(&grantable);
        let conflicts = self.conflicts(&grantable);
        let lines = self.lines();
        let [hire, transfer, exit, urgent_exit, leave, back] = lines;
        // Gaps were reported above; what they leave is looked at all the same.
        let operations_email = teams
            .iter()
            .find(|(id, _)| id.as_str() == self.document.operations.value);
        let operations_contact = Contact {
            team: TeamId::new(self.document.operations.value.clone()).ok(),
            email: operations_email
                .map(|(_, team)| team.email.clone())
                .unwrap_or_default(),
        };
        let hr = TeamId::new(self.document.hr.value.clone()).ok()?;
        let operations = TeamId::new(self.document.operations.value.clone()).ok()?;
        let runbook = Runbook {
            company: self.document.company.clone(),
            zone: company.zone,
            emails: company.emails,
            reserved_names: company.reserved_names,
            employment_types: self.employment_types.clone(),
            calendar: company.calendar,
            hr,
            operations,
            operations_contact,
            brake,
            teams,
            sign_in,
            systems,
            roles,
            conflicts,
            hire,
            transfer,
            exit,
            urgent_exit,
            leave,
            back,
        };
        self.meaning(&runbook);
        self.gates(&runbook);
        self.two_people(&runbook);
        Some(runbook)
    }

    pub(crate) fn error(&mut self, place: Place, message: impl Into<String>) {
        self.problems.error(MAIN, place, message);
    }

    /// An error that a version which was published before it was one may have; see [`Problems::refuse`].
    pub(crate) fn refuse(&mut self, place: Place, message: impl Into<String>) {
        self.problems.refuse(MAIN, place, message);
    }

    pub(crate) fn warning(&mut self, place: Place, message: impl Into<String>) {
        self.problems.warning(MAIN, place, message);
    }

    pub(crate) fn note(&mut self, place: Place, message: impl Into<String>) {
        self.problems.note(MAIN, place, message);
    }

    pub(crate) fn unknown<'a>(
        &mut self,
        file: &str,
        name: &At<String>,
        message: String,
        valid: impl Iterator<Item = &'a str> + Clone,
    ) {
        if self.problems.cut.iter().any(|(_, cut)| *cut == name.value) {
            return;
        }
        let near = did_you_mean(&name.value, valid.clone());
        let help = near.or_else(|| {
            let all: Vec<&str> = valid.take(12).collect();
            (!all.is_empty()).then(|| format!("there are: {}", all.join(", ")))
        });
        self.problems
            .add(Severity::Error, file, name.place, message, help);
    }

    /// A team by its name.
    pub(crate) fn team(&mut self, name: &At<String>, context: &str) -> Option<TeamId> {
        let document = self.document;
        if document.teams.keys().any(|k| k.value == name.value) {
            return TeamId::new(name.value.clone()).ok();
        }
        let message = format!("unknown team `{}` in {context}", name.value);
        self.unknown(
            MAIN,
            name,
            message,
            document.teams.keys().map(|k| k.value.as_str()),
        );
        None
    }

    /// A system by its name.
    pub(crate) fn system(&mut self, name: &At<String>, context: &str) -> Option<SystemId> {
        self.system_in(MAIN, name, context)
    }

    pub(crate) fn system_in(
        &mut self,
        file: &str,
        name: &At<String>,
        context: &str,
    ) -> Option<SystemId> {
        let document = self.document;
        if document.systems.keys().any(|k| k.value == name.value) {
            return SystemId::new(name.value.clone()).ok();
        }
        let message = format!("unknown system `{}` in {context}", name.value);
        self.unknown(
            file,
            name,
            message,
            document.systems.keys().map(|k| k.value.as_str()),
        );
        None
    }
}
