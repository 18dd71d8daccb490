//! What the state machine cannot get done becomes a letter to the operators: in the queue as every other, since many
//! executions may fail at the same moment.

use latchkey_lifecycle::{About, CaseId, Letter, LetterId, QueuedLetter, Revision, TaskId, shown};
use latchkey_runtime::{Failure, OPERATORS};
use serde::Deserialize;

use crate::Deps;

/// What an operator has to see to. Ids, names and instants only.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Alert {
    /// What happened, and what to do.
    pub text: String,
    /// The case that does not go on.
    #[serde(default)]
    pub case_id: Option<CaseId>,
    /// Its revision.
    #[serde(default)]
    pub revision: Option<Revision>,
    /// The task of it that is left.
    #[serde(default)]
    pub task_id: Option<TaskId>,
    /// The execution, by its ARN.
    pub execution: String,
    /// The error, or the status in which the execution ended.
    pub error: String,
}

impl Alert {
    /// A line for each thing that is known.
    fn facts(&self) -> String {
        let case = self.case_id.as_ref().map(|case| match self.revision {
            Some(revision) => format!("{case}, revision {revision}"),
            None => case.to_string(),
        });
        let task = self.task_id.as_ref().map(ToString::to_string);
        let known = [
            ("Case:      ", case),
            ("Task:      ", task),
            ("Error:     ", Some(self.error.clone())),
            ("Execution: ", Some(self.execution.clone())),
        ];
        let known = known
            .into_iter()
            .filter_map(|(name, value)| Some((name, value?)));
        let lines: Vec<String> = known
            .map(|(name, value)| format!("  {name} {}", shown::line(&value)))
            .collect();
        lines.join("\n")
    }

    /// How it is looked at and restarted.
    fn to_do(&self) -> String {
        match &self.case_id {
            None => "To see which cases do not go on: latchkey cases\n".to_owned(),
            Some(case) => format!(
                "To look at it:                    latchkey case {case}\n\
                 When the cause is mended:         latchkey redrive {case} --by \"YOUR NAME\"\n"
            ),
        }
    }

    fn subject(&self) -> String {
        match (&self.case_id, &self.task_id) {
            (Some(case), Some(task)) => {
                format!("Latchkey needs an operator: task {task} of {case}")
            }
            (Some(case), None) => format!("Latchkey needs an operator: {case}"),
            (None, _) => "Latchkey needs an operator: an execution has ended".to_owned(),
        }
    }
}

/// Writes the letter of an alert; the same alert again writes none.
///
/// # Errors
/// [`Failure`] of the ledger, or of a runbook that cannot be read.
pub(crate) async fn write(deps: &Deps<'_>, alert: &Alert) -> Result<(), Failure> {
    tracing::error!(
        case = alert.case_id.as_ref().map(CaseId::as_str),
        task = alert.task_id.as_ref().map(TaskId::as_str),
        execution = alert.execution,
        error = alert.error,
        "alert"
    );
    let (_, runbook) = deps.runbooks.current(deps.ledger).await?;
    let team = runbook.team(runbook.operations_team());
    let to = team.map(|team| team.email.clone()).unwrap_or_default();
    let (text, facts, to_do) = (shown::line(&alert.text), alert.facts(), alert.to_do());
    let text = format!(
        "{text}\n\n{facts}\n\n{to_do}\n-- \nLatchkey for {}\n",
        runbook.company()
    );
    let id = LetterId::of(&[&"alert", &facts]);
    let about = alert.case_id.clone().map(|case| About {
        case,
        task: None,
        question: None,
        record: None,
    });
    let letter = Letter::new(OPERATORS, to, alert.subject(), text);
    let letter = QueuedLetter::new(id, letter, about, deps.clock.now());
    deps.ledger.write_letters(&[letter]).await?;
    Ok(())
}
