//! Which employee ids are one human (rules I1 to I5).

use std::collections::HashMap;

use latchkey_lifecycle::{EmployeeId, HeardKind};

use crate::{names::Marks, order::Decided};

/// What was said of one human, under whatever ids.
pub(crate) struct Group<'a> {
    pub(crate) said: Vec<Decided<'a>>,
    /// Claims that nobody can believe, or refuse: the place of the event in `said`.
    pub(crate) doubtful: Vec<usize>,
}

/// The events of each human, each in the order of decisions.
pub(crate) fn humans(said: Vec<Decided<'_>>) -> Vec<Group<'_>> {
    let mut ids: HashMap<&EmployeeId, usize> = HashMap::new();
    for event in &said {
        let next = ids.len();
        ids.entry(&event.heard.employee_id).or_insert(next);
    }
    let mut links = Links::new(ids.len());
    let mut doubtful = Vec::new();
    if said.iter().any(|event| event.heard.claim().is_some()) {
        doubtful = believe(&said, &ids, &mut links);
    }
    let mut groups: Vec<Group<'_>> = Vec::new();
    let mut group_of: HashMap<usize, usize> = HashMap::new();
    for (place, event) in said.into_iter().enumerate() {
        let root = ids
            .get(&event.heard.employee_id)
            .map_or(0, |id| links.root(*id));
        let nr = *group_of.entry(root).or_insert(groups.len());
        if nr == groups.len() {
            groups.push(Group {
                said: Vec::new(),
                doubtful: Vec::new(),
            });
        }
        let group = &mut groups[nr];
        if doubtful.contains(&place) {
            group.doubtful.push(group.said.len());
        }
        group.said.push(event);
    }
    groups
}

/// Links the ids that are one human; the places of events whose claim HR is asked about.
fn believe(
    said: &[Decided<'_>],
    ids: &HashMap<&EmployeeId, usize>,
    links: &mut Links,
) -> Vec<usize> {
    let known: Known<'_> = Known::of(said);
    let mut follower: HashMap<&EmployeeId, &EmployeeId> = HashMap::new();
    let mut doubtful = Vec::new();
    for (place, event) in said.iter().enumerate() {
        let id = &event.heard.employee_id;
        let previous = event.heard.person.previous_id.as_ref();
        // I1: what an exit says of an earlier id links nothing, nor an id of which nothing was told.
        let Some(previous) = previous.filter(|p| *p != id && event.heard.kind.links()) else {
            continue;
        };
        let (Some(theirs), Some(own)) = (known.marks.get(previous), known.marks.get(id)) else {
            continue;
        };
        let first = follower.get(previous).is_none_or(|f| *f == id); // I3
        let answer = known.answers.get(&(id, previous)).copied(); // I5
        if answer.unwrap_or_else(|| first && theirs.agree(own)) {
            if let (Some(a), Some(b)) = (ids.get(id), ids.get(previous)) {
                links.join(*a, *b);
            }
            follower.entry(previous).or_insert(id);
            follower.remove(id); // they go by it again: whoever comes next goes on from it anew
        } else if answer.is_none() {
            doubtful.push(place); // I4
        }
    }
    doubtful
}

/// By what a human is known again, and what HR answered.
struct Known<'a> {
    marks: HashMap<&'a EmployeeId, Marks<'a>>,
    answers: HashMap<(&'a EmployeeId, &'a EmployeeId), bool>,
}

impl<'a> Known<'a> {
    fn of(said: &[Decided<'a>]) -> Known<'a> {
        let mut known = Known {
            marks: HashMap::new(),
            answers: HashMap::new(),
        };
        for event in said {
            let id = &event.heard.employee_id;
            if event.heard.kind != HeardKind::Identity {
                known.marks.entry(id).or_default().add(&event.told);
            } else if let Some(previous) = &event.heard.person.previous_id {
                known
                    .answers
                    .insert((id, previous), event.heard.same == Some(true));
            }
        }
        known
    }
}

/// Ids that lead to others, until one that leads to none.
struct Links(Vec<usize>);

impl Links {
    fn new(count: usize) -> Links {
        Links((0..count).collect())
    }

    fn root(&self, mut id: usize) -> usize {
        while self.0[id] != id {
            id = self.0[id];
        }
        id
    }

    fn join(&mut self, a: usize, b: usize) {
        let (a, b) = (self.root(a), self.root(b));
        self.0[a] = b;
    }
}
