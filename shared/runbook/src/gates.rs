//! What is given only after something else. An entitlement that needs another one is asked about after it, given after
//! it, and left out with it (promise 12).

use std::collections::{BTreeMap, BTreeSet};

use latchkey_lifecycle::{
    Entitlement, EventKind, Omission, Person, SystemId, Task, TeamId, Withheld,
};

use crate::{
    approvals::waits,
    plan::Scene,
    runbook::{Does, Line, Runbook},
};

/// An entitlement of a system.
pub(crate) type Thing = (SystemId, Entitlement);

/// A question to one team about entitlements of one system, by the id of its task.
#[derive(Debug, Default)]
pub(crate) struct Asked {
    /// The questions that are asked before it.
    pub(crate) after: BTreeSet<String>,
    pub(crate) about: BTreeSet<Entitlement>,
}

/// What stands before an entitlement.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
struct Barrier {
    /// Questions about it, and about what it needs.
    questions: BTreeSet<String>,
    /// What it needs in other systems.
    elsewhere: BTreeSet<Thing>,
}

/// Entitlements of a system that wait for the same and are given together.
#[derive(Debug)]
pub(crate) struct Group {
    /// What stands behind the line and the system in the ids of its tasks.
    pub(crate) name: String,
    pub(crate) questions: BTreeSet<String>,
    pub(crate) gives: BTreeSet<Entitlement>,
}

/// What a case gives anew, and what of it waits for what.
#[derive(Debug, Default)]
pub(crate) struct Gates {
    gained: BTreeSet<Thing>,
    /// What is not given, because something that it needs was left out before.
    denied: BTreeMap<Thing, Omission>,
    questions: BTreeMap<String, (SystemId, TeamId, Asked)>,
    barriers: BTreeMap<Thing, Barrier>,
    groups: BTreeMap<SystemId, Vec<Group>>,
    /// The lines that give in a system.
    lines: BTreeMap<SystemId, BTreeSet<String>>,
}

impl Gates {
    /// Of the lines of a case that give.
    pub(crate) fn of<'l>(scene: &Scene<'_>, lines: impl Iterator<Item = &'l Line>) -> Gates {
        let mut it = Gates::default();
        for line in lines {
            let Does::Grant(systems) = &line.does else {
                continue;
            };
            for system in systems {
                let of = it.lines.entry(system.clone()).or_default();
                of.insert(line.id.clone());
            }
        }
        it.gain(scene);
        let gained = it.gained.clone();
        for thing in &gained {
            it.settle(scene, thing);
        }
        it.group();
        it.refuse(scene);
        it
    }

    /// Takes out what was said no to in this case, and what needs it. The questions keep their names, and the one that
    /// was answered its words: it is not asked again.
    fn refuse(&mut self, scene: &Scene<'_>) {
        let mut refused: BTreeMap<Thing, Omission> = BTreeMap::new();
        for (id, (system, _, asked)) in &self.questions {
            // Asked for something else by now, it is asked anew.
            let decided = scene.decided.iter().find(|task| task.id.as_str() == id);
            let decided = decided.filter(|task| task.access == asked.about);
            for (entitlement, omission) in decided.map(Task::refused).unwrap_or_default() {
                refused.insert((system.clone(), entitlement), omission);
            }
        }
        if refused.is_empty() {
            return;
        }
        let no = |thing: &Thing| refused.get(thing).cloned();
        for thing in self.gained.clone() {
            let omission =
                no(&thing).or_else(|| behind(scene.runbook, &thing, &no, &mut Vec::new()));
            if let Some(omission) = omission {
                self.gained.remove(&thing);
                self.denied.insert(thing, omission);
            }
        }
        let denied = &self.denied;
        for (system, groups) in &mut self.groups {
            for group in groups.iter_mut() {
                let given = |e: &Entitlement| !denied.contains_key(&(system.clone(), e.clone()));
                group.gives.retain(given);
            }
            groups.retain(|group| !group.gives.is_empty());
        }
        for (id, (system, _, asked)) in &mut self.questions {
            asked.about.retain(|e| {
                let said = denied.get(&(system.clone(), e.clone()));
                said.is_none_or(|omission| omission.about.as_str() == id)
            });
        }
        self.questions
            .retain(|_, (_, _, asked)| !asked.about.is_empty());
    }

    /// What is new, without what was withheld before, and with what was not decided then and is needed now.
    fn gain(&mut self, scene: &Scene<'_>) {
        for system in self.lines.keys() {
            let had = had(scene, system);
            let has = gives(scene.runbook, scene.person, system);
            let new = has.difference(&had);
            self.gained.extend(new.map(|e| (system.clone(), e.clone())));
        }
        let mut queue: Vec<Thing> = self.gained.iter().cloned().collect();
        let mut looked = BTreeSet::new();
        while let Some(thing) = queue.pop() {
            if !looked.insert(thing.clone()) {
                continue;
            }
            for need in scene.runbook.needs_of(&thing) {
                let open = scene.withheld.get(&need) == Some(&Withheld::Open);
                if open && self.lines.contains_key(&need.0) && waits_for_somebody(scene, &need) {
                    self.gained.insert(need.clone());
                }
                queue.push(need);
            }
        }
        for thing in self.gained.clone() {
            if let Some(omission) = self.withheld_of(scene, &thing) {
                self.gained.remove(&thing);
                self.denied.insert(thing, omission);
            }
        }
    }

    /// Why something cannot be given: what it needs was left out before.
    fn withheld_of(&self, scene: &Scene<'_>, thing: &Thing) -> Option<Omission> {
        let left_out = |need: &Thing| match scene.withheld.get(need) {
            Some(Withheld::LeftOut(omission)) if !self.gained.contains(need) => {
                Some(omission.clone())
            }
            _ => None,
        };
        behind(scene.runbook, thing, &left_out, &mut Vec::new())
    }

    /// Works out what a thing waits for; what it needs comes first. A circle is refused by the check, and only loses
    /// its order here.
    fn settle(&mut self, scene: &Scene<'_>, thing: &Thing) {
        if self.barriers.contains_key(thing) {
            return;
        }
        self.barriers.insert(thing.clone(), Barrier::default());
        let mut of = Barrier::default();
        for need in scene.runbook.needs_of(thing) {
            if !self.gained.contains(&need) {
                continue;
            }
            self.settle(scene, &need);
            let first = self.barriers.get(&need).cloned().unwrap_or_default();
            of.questions.extend(first.questions);
            of.elsewhere.extend(first.elsewhere);
            if need.0 != thing.0 {
                of.elsewhere.insert(need);
            }
        }
        let before = of.questions.clone();
        for wait in waits(scene, &thing.0) {
            if wait.entitlement == thing.1 {
                of.questions.insert(self.ask(thing, &wait.team, &before));
            }
        }
        self.barriers.insert(thing.clone(), of);
    }

    /// Adds a thing to a question to the team; gives its id. Who decides about what it needs is asked about both at
    /// once.
    fn ask(&mut self, thing: &Thing, team: &TeamId, before: &BTreeSet<String>) -> String {
        let (system, entitlement) = thing;
        let same = before.iter().find(|id| {
            self.questions.get(*id).is_some_and(|(s, t, asked)| {
                let others = before.iter().filter(|other| other != id);
                s == system && t == team && { others }.all(|other| asked.after.contains(other))
            })
        });
        let id = same.cloned().unwrap_or_else(|| {
            let mut id = format!("approve.{system}.{team}");
            if !before.is_empty() {
                id = format!("{id}.after-{}", self.teams(before));
            }
            let taken = |id: &str| {
                let asked = self.questions.get(id);
                asked.is_some_and(|(_, _, asked)| asked.after != *before)
            };
            while taken(&id) {
                id.push('+');
            }
            id
        });
        let (_, _, asked) = self.questions.entry(id.clone()).or_insert_with(|| {
            let asked = Asked {
                after: before.clone(),
                ..Asked::default()
            };
            (system.clone(), team.clone(), asked)
        });
        asked.about.insert(entitlement.clone());
        id
    }

    /// The teams of some questions, as they stand in ids.
    fn teams(&self, questions: &BTreeSet<String>) -> String {
        let teams: BTreeSet<&str> = questions
            .iter()
            .filter_map(|id| Some(self.questions.get(id)?.1.as_str()))
            .collect();
        let teams: Vec<&str> = teams.into_iter().collect();
        teams.join("+")
    }

    /// What waits for the same is given together.
    fn group(&mut self) {
        let mut together: BTreeMap<(&SystemId, &Barrier), BTreeSet<Entitlement>> = BTreeMap::new();
        for ((system, entitlement), barrier) in &self.barriers {
            if *barrier != Barrier::default() {
                let all = together.entry((system, barrier)).or_default();
                all.insert(entitlement.clone());
            }
        }
        let mut groups: BTreeMap<SystemId, Vec<Group>> = BTreeMap::new();
        for ((system, barrier), gives) in together {
            let of_system = groups.entry(system.clone()).or_default();
            let teams = self.teams(&barrier.questions);
            let elsewhere: BTreeSet<&str> = barrier
                .elsewhere
                .iter()
                .map(|thing| thing.0.as_str())
                .collect();
            let elsewhere: Vec<&str> = elsewhere.into_iter().collect();
            let mut name = match (teams.as_str(), elsewhere.as_slice()) {
                (_, []) => teams,
                ("", systems) => format!("after-{}", systems.join("+")),
                (_, systems) => format!("{teams}.after-{}", systems.join("+")),
            };
            while of_system.iter().any(|group| group.name == name) {
                name.push('+');
            }
            of_system.push(Group {
                name,
                questions: barrier.questions.clone(),
                gives,
            });
        }
        self.groups = groups;
    }

    /// What a system's first task gives: what waits for nothing.
    pub(crate) fn at_once(&self, system: &SystemId) -> BTreeSet<Entitlement> {
        let waits_not = |thing: &&Thing| self.barriers.get(*thing) == Some(&Barrier::default());
        let here = self.gained.iter().filter(|thing| thing.0 == *system);
        here.filter(waits_not)
            .map(|thing| thing.1.clone())
            .collect()
    }

    /// What is given later in a system.
    pub(crate) fn groups(&self, system: &SystemId) -> &[Group] {
        self.groups.get(system).map_or(&[], Vec::as_slice)
    }

    /// What is not given in a system, because something that it needs was left out before.
    pub(crate) fn denied(
        &self,
        system: &SystemId,
    ) -> impl Iterator<Item = (&Entitlement, &Omission)> {
        let here = self
            .denied
            .iter()
            .filter(move |(thing, _)| thing.0 == *system);
        here.map(|(thing, omission)| (&thing.1, omission))
    }

    /// The questions about a system: id, team, and what is asked.
    pub(crate) fn questions<'g>(
        &'g self,
        system: &'g SystemId,
    ) -> impl Iterator<Item = (&'g String, &'g TeamId, &'g Asked)> {
        let here = self
            .questions
            .iter()
            .filter(move |(_, (of, _, _))| of == system);
        here.map(|(id, (_, team, asked))| (id, team, asked))
    }

    /// The tasks behind which a group stands in a line: those that give what its entitlements need.
    pub(crate) fn given_by(
        &self,
        scene: &Scene<'_>,
        (line, system): (&str, &SystemId),
        group: &Group,
    ) -> BTreeSet<String> {
        let things = group.gives.iter().map(|e| (system.clone(), e.clone()));
        let needs = things.flat_map(|thing| scene.runbook.needs_of(&thing));
        let mut all = BTreeSet::new();
        for need in needs.filter(|need| self.gained.contains(need)) {
            let in_group = self
                .groups(&need.0)
                .iter()
                .find(|group| group.gives.contains(&need.1));
            if need.0 == *system && in_group.is_some_and(|other| other.name == group.name) {
                continue;
            }
            let lines = self.lines.get(&need.0).into_iter().flatten();
            let lines = lines.filter(|other| need.0 != *system || *other == line);
            all.extend(lines.map(|line| match in_group {
                Some(group) => format!("{line}.{}.{}", need.0, group.name),
                None => format!("{line}.{}", need.0),
            }));
        }
        all
    }
}

/// Why something is not given that needs, directly or by way of others, what is not given: `why` says it of one thing.
fn behind(
    runbook: &Runbook,
    thing: &Thing,
    why: &dyn Fn(&Thing) -> Option<Omission>,
    path: &mut Vec<Thing>,
) -> Option<Omission> {
    if path.contains(thing) {
        return None;
    }
    path.push(thing.clone());
    let needs = runbook.needs_of(thing);
    let found = needs
        .iter()
        .find_map(|need| why(need).or_else(|| behind(runbook, need, why, path)));
    path.pop();
    found
}

/// What a person has in a system by the matrix.
fn gives(runbook: &Runbook, person: &Person, system: &SystemId) -> BTreeSet<Entitlement> {
    let account = runbook.desired(person, system);
    account.map(|a| a.entitlements).unwrap_or_default()
}

/// What they had there before the case.
fn had(scene: &Scene<'_>, system: &SystemId) -> BTreeSet<Entitlement> {
    let before = scene.case.before.as_ref();
    before.map_or_else(BTreeSet::new, |before| gives(scene.runbook, before, system))
}

/// Whether a team decides on it, or on what it needs.
fn waits_for_somebody(scene: &Scene<'_>, (system, entitlement): &Thing) -> bool {
    waiting(scene, system).contains(entitlement)
}

/// Everything in a system that other tasks see to, of what the person has after the case, or had before it: what a team
/// decides on, and what needs such a thing.
pub(crate) fn waiting(scene: &Scene<'_>, system: &SystemId) -> BTreeSet<Entitlement> {
    let mut all: BTreeSet<Entitlement> = waits(scene, system)
        .into_iter()
        .map(|wait| wait.entitlement)
        .collect();
    let mut others: Vec<Entitlement> = gives(scene.runbook, scene.person, system)
        .into_iter()
        .chain(had(scene, system))
        .filter(|e| !all.contains(e))
        .collect();
    loop {
        let before = all.len();
        others.retain(|entitlement| {
            let needs = scene
                .runbook
                .needs_of(&(system.clone(), entitlement.clone()));
            let waits = needs
                .iter()
                .any(|need| need.0 != *system || all.contains(&need.1));
            if waits {
                all.insert(entitlement.clone());
            }
            !waits
        });
        if all.len() == before {
            return all;
        }
    }
}

/// What a person's roles give in a system and what it needs there is not; `already`: those that were so before the
/// case.
pub(crate) fn not_there(scene: &Scene<'_>, system: &SystemId) -> Vec<(Entitlement, Thing)> {
    let of = |person: &Person| scene.runbook.without_needs(person, system);
    let already = match (&scene.case.before, scene.case.kind) {
        (Some(before), EventKind::Transfer) => of(before),
        _ => Vec::new(),
    };
    let mut now = of(scene.person);
    now.retain(|thing| !already.contains(thing));
    now
}
