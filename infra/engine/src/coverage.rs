//! Which ways through the machine were taken: for tests that are to have taken them all.

use std::{collections::BTreeSet, fmt};

use crate::model::{Kind, Machine, State, StateId};

/// One way out of a state, or back into it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Way {
    /// To the next state, or to the end.
    Next,
    /// By a rule of a Choice, or by its default.
    Rule(Option<usize>),
    /// By a Retry: the same state again.
    Retry(usize),
    /// A Retry that has no attempts left.
    Exhausted(usize),
    /// By a Catch.
    Catch(usize),
    /// Nothing deals with the error.
    Fails,
}

/// A way that an execution can take, as people read it. Two are equal when they are the same way.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Transition {
    /// The state it begins in.
    pub from: String,
    /// How: `next`, `rule 1`, `otherwise`, `retry Busy`, `retries exhausted Busy`, `catch Fenced`, `fails`.
    pub how: String,
    /// The state it leads to; `None` at an end.
    pub to: Option<String>,
}

impl fmt::Display for Transition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let to = self.to.as_deref().unwrap_or("the end");
        write!(f, "{} —{}→ {to}", self.from, self.how)
    }
}

/// What was taken so far.
#[derive(Debug, Default)]
pub(crate) struct Coverage(BTreeSet<(StateId, Way)>);

impl Coverage {
    pub(crate) fn take(&mut self, from: StateId, way: Way) {
        self.0.insert((from, way));
    }

    pub(crate) fn show(&self, machine: &Machine) -> BTreeSet<Transition> {
        let show = |(from, way): &(StateId, Way)| transition(machine, machine.state(*from), *way);
        self.0.iter().map(show).collect()
    }
}

fn transition(machine: &Machine, state: &State, way: Way) -> Transition {
    let (how, to) = match (way, &state.kind) {
        (Way::Rule(rule), Kind::Choice(choice)) => match rule {
            Some(n) => (
                format!("rule {}", n + 1),
                choice.rules.get(n).map(|(_, next)| *next),
            ),
            None => ("otherwise".to_owned(), choice.default),
        },
        (Way::Retry(n), _) => (format!("retry {}", errors(state, n)), Some(state.id)),
        (Way::Exhausted(n), _) => (format!("retries exhausted {}", errors(state, n)), None),
        (Way::Catch(n), _) => {
            let catcher = state.catch.get(n);
            let names = catcher.map(|c| c.errors.join(", ")).unwrap_or_default();
            (format!("catch {names}"), catcher.map(|c| c.next))
        }
        (Way::Fails, _) => ("fails".to_owned(), None),
        (Way::Next | Way::Rule(_), _) => ("next".to_owned(), state.next),
    };
    Transition {
        from: state.name.to_string(),
        how,
        to: to.map(|id| machine.state(id).name.to_string()),
    }
}

fn errors(state: &State, retrier: usize) -> String {
    let retrier = state.retry.get(retrier);
    retrier.map(|r| r.errors.join(", ")).unwrap_or_default()
}

impl Machine {
    /// Every way that the definition offers: each `Next`, each rule of a Choice, each Retry (taken, and exhausted) and
    /// each Catch. That a state fails with nothing to deal with it is offered by a Fail only.
    #[must_use]
    pub fn transitions(&self) -> BTreeSet<Transition> {
        let mut all = BTreeSet::new();
        for state in self.states() {
            let mut ways: Vec<Way> = Vec::new();
            match &state.kind {
                Kind::Choice(choice) => {
                    ways.extend((0..choice.rules.len()).map(|n| Way::Rule(Some(n))));
                    ways.extend(choice.default.map(|_| Way::Rule(None)));
                }
                Kind::Fail(_) => ways.push(Way::Fails),
                _ => ways.push(Way::Next),
            }
            for n in 0..state.retry.len() {
                ways.extend([Way::Retry(n), Way::Exhausted(n)]);
            }
            ways.extend((0..state.catch.len()).map(Way::Catch));
            all.extend(ways.into_iter().map(|way| transition(self, state, way)));
        }
        all
    }
}
