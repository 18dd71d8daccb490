//! Which ways through the machine were taken: for tests that are to have taken them all.

use std::{collections::BTreeSet, fmt};

use crate::model::{Kind, Machine, State, StateId, Target};

/// One way out of a state, or back into it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
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
        let show = |(from, way): &(StateId, Way)| transition(machine.state(*from), *way);
        self.0.iter().map(show).collect()
    }
}

fn transition(state: &State, way: Way) -> Transition {
    let name = |target: &Target| target.name.clone();
    let (how, to) = match (way, &state.kind) {
        (Way::Rule(Some(n)), Kind::Choice(choice)) => (
            format!("rule {}", n + 1),
            choice.choices.get(n).map(|it| name(&it.next)),
        ),
        (Way::Rule(None), Kind::Choice(choice)) => {
            ("otherwise".to_owned(), Some(name(&choice.default)))
        }
        (Way::Catch(n), _) => {
            let catcher = state.catch().get(n);
            let names = catcher
                .map(|it| it.error_equals.join(", "))
                .unwrap_or_default();
            (format!("catch {names}"), catcher.map(|it| name(&it.next)))
        }
        (Way::Retry(n), _) => (
            format!("retry {}", retried(state, n)),
            Some(state.name.to_string()),
        ),
        (Way::Exhausted(n), _) => (format!("retries exhausted {}", retried(state, n)), None),
        (Way::Fails, _) => ("fails".to_owned(), None),
        (Way::Next | Way::Rule(_), _) => ("next".to_owned(), state.next().map(name)),
    };
    Transition {
        from: state.name.to_string(),
        how,
        to,
    }
}

fn retried(state: &State, retrier: usize) -> String {
    let retrier = state.retry().get(retrier);
    retrier
        .map(|it| it.error_equals.join(", "))
        .unwrap_or_default()
}

impl Machine {
    /// Every way that the definition offers: each `Next`, each rule of a Choice, each Retry (taken, and exhausted) and
    /// each Catch. That a state fails with nothing to deal with it is offered by a Fail only.
    #[must_use]
    pub fn transitions(&self) -> BTreeSet<Transition> {
        let ways = |state: &State| {
            let mut ways: Vec<Way> = match &state.kind {
                Kind::Choice(choice) => {
                    let rules = (0..choice.choices.len()).map(Some);
                    rules.chain([None]).map(Way::Rule).collect()
                }
                Kind::Fail(_) => vec![Way::Fails],
                _ => vec![Way::Next],
            };
            for n in 0..state.retry().len() {
                ways.extend([Way::Retry(n), Way::Exhausted(n)]);
            }
            ways.extend((0..state.catch().len()).map(Way::Catch));
            ways
        };
        let states = self.states.iter();
        let all =
            states.flat_map(|state| ways(state).into_iter().map(|way| transition(state, way)));
        all.collect()
    }
}
