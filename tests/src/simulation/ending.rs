//! How a story ended, and what of it is to be the same whatever became of its steps.

use std::collections::BTreeMap;

use latchkey_ledger::Ledger;
use latchkey_lifecycle::{CaseId, EmployeeId, SystemId};

use super::{field::Field, right::SYSTEMS, steps::Met};

/// How a story ended.
#[derive(Debug, Clone)]
pub struct End {
    /// The steps, in the order in which each ran first.
    pub steps: Vec<Met>,
    /// Steps that met something.
    pub struck: usize,
    /// What the judge of simulations says, and what late copies changed.
    pub broken: Vec<String>,
    /// Cases, tasks and what is known of accounts in the ledger; accounts in the systems; what was recorded, chains
    /// checked.
    pub(crate) lines: Vec<String>,
    /// How often each letter went out.
    pub(crate) letters: BTreeMap<String, usize>,
}

/// All that the ledger has on cases, versions, records and all.
pub(crate) async fn everything(ledger: &Ledger, cases: &[CaseId]) -> String {
    let mut all = String::new();
    for id in cases {
        let case = ledger.case(id).await.unwrap();
        let tasks = ledger.tasks(id).await.unwrap();
        let trails = ledger.audit_trail(id).await.unwrap();
        all.push_str(&format!("{case:?}\n{tasks:?}\n{trails:?}\n"));
    }
    all
}

/// What is to be the same. Instants and counters are not.
pub(crate) async fn lines(
    ledger: &Ledger,
    field: &Field,
    employee: &EmployeeId,
    cases: &[CaseId],
) -> Vec<String> {
    let mut all = Vec::new();
    for id in cases {
        let case = ledger.case(id).await.unwrap().item;
        all.push(format!("{id} {} revision {}", case.state, case.revision));
        for row in ledger.tasks(id).await.unwrap() {
            let task = row.item.task;
            // A wake-up that was lost shows as a task that is late.
            let (state, in_time) = (task.state, task.on_time());
            let answer = task.answer;
            all.push(format!("{id} {}: {state} {in_time:?} {answer:?}", task.id));
        }
        for trail in ledger.audit_trail(id).await.unwrap() {
            let mut words: Vec<_> = trail.records.iter().map(|r| r.body.what.as_str()).collect();
            // A second look that finds all as desired is recorded, too.
            words.dedup();
            all.push(format!("{id} {:?} {:?} {words:?}", trail.task, trail.fault));
        }
    }
    for known in ledger.accounts_of(employee).await.unwrap() {
        let (system, account, grants) = (known.system, known.account, known.grants);
        all.push(format!(
            "the ledger knows of {system}: {account:?} {grants:?}"
        ));
    }
    for system in SYSTEMS {
        all.push(format!(
            "{system}: {:?}",
            field.accounts(system, employee.as_str())
        ));
        let standing = SystemId::new(system).unwrap();
        let standing = ledger.standing(employee, &standing).await.unwrap().item;
        all.push(format!("claims in {system}: {standing:?}"));
    }
    all
}

impl End {
    /// What is not as in the plain run. Letters go out at least once: the answer of a mail server that is lost with the
    /// step that asked for it makes the next try send the same again. Nothing else may come twice.
    pub fn differences(&self, plain: &End, letters_may_double: bool) -> Vec<String> {
        let mut all = self.broken.clone();
        all.retain(|line| !plain.broken.contains(line));
        let missing = |from: &[String], there: &[String], what: &str| -> Vec<String> {
            let lines = from.iter().filter(|line| !there.contains(line));
            lines.map(|line| format!("{what}: {line}")).collect()
        };
        all.extend(missing(&plain.lines, &self.lines, "lost"));
        all.extend(missing(&self.lines, &plain.lines, "new"));
        for letter in self.letters.keys().chain(plain.letters.keys()) {
            let count = |end: &End| end.letters.get(letter).copied().unwrap_or_default();
            let (sent, wanted) = (count(self), count(plain));
            let most = if letters_may_double {
                2 * wanted
            } else {
                wanted
            };
            if sent < wanted || most < sent {
                all.push(format!("{sent} times instead of {wanted}: {letter}"));
            }
        }
        all
    }
}
