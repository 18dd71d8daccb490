//! Which states nothing leads to.

use super::{Reader, Scope};
use crate::model::StateId;

impl Reader {
    /// Notes the states of a level that its start does not lead to. A state with problems of its own may lead
    /// anywhere, so nothing is said then.
    pub(super) fn unreachable(&mut self, start: StateId, scope: &Scope, place: &str) {
        let mut reached = vec![start];
        let mut next = 0;
        while let Some(&id) = reached.get(next) {
            next += 1;
            let Some(state) = self.states.get(usize::from(id.0)).and_then(Option::as_ref) else {
                return;
            };
            for target in state.targets() {
                if !reached.contains(&target) {
                    reached.push(target);
                }
            }
        }
        let mut lost: Vec<_> = scope
            .iter()
            .filter(|(_, id)| !reached.contains(id))
            .collect();
        lost.sort_by_key(|(_, id)| **id);
        for (name, _) in lost {
            self.problem(format!("{place}.{name}"), "nothing leads to it");
        }
    }
}
