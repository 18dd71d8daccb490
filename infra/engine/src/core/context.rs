//! What a state can see: its input and the context object.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::{Core, Phase};
use crate::evaluate::Scene;

/// What stands in for an ARN on one machine.
const EXECUTION_ARN: &str = "arn:aws:states:local:000000000000:execution:workflow:";
const MACHINE_ARN: &str = "arn:aws:states:local:000000000000:stateMachine:workflow";

impl Core {
    /// The context object (<https://docs.aws.amazon.com/step-functions/latest/dg/input-output-contextobject.html>).
    pub(super) fn context(&self, key: usize) -> Value {
        let branch = &self.branches[key];
        let execution = &self.executions[branch.execution as usize];
        let state = self.machine.state(branch.state);
        let id = format!("{EXECUTION_ARN}{}", execution.name);
        let mut context = json!({
            "Execution": {
                "Id": id,
                "Input": execution.input.value(),
                "Name": &*execution.name,
                "StartTime": instant(execution.started),
            },
            "State": {
                "EnteredTime": instant(branch.entered),
                "Name": &*state.name,
                "RetryCount": branch.retry_count(),
            },
            "StateMachine": { "Id": MACHINE_ARN, "Name": "workflow" },
        });
        if matches!(branch.phase, Phase::Waiting) {
            context["Task"] = json!({ "Token": self.token(key) });
        }
        let mut at = Some(branch);
        while let Some(branch) = at {
            if let Some(item) = &branch.item {
                context["Map"] =
                    json!({ "Item": { "Index": branch.index, "Value": item.value() } });
                break;
            }
            at = branch.parent.map(|parent| &self.branches[parent as usize]);
        }
        context
    }

    /// Looks into a branch's state with its input.
    pub(super) fn with_scene<T>(
        &self,
        key: usize,
        input: &Value,
        look: impl FnOnce(&Scene<'_>) -> T,
    ) -> T {
        let context = || self.context(key);
        look(&Scene {
            input,
            context: &context,
        })
    }
}

/// An instant as AWS writes it, with milliseconds.
fn instant(at: Timestamp) -> String {
    at.strftime("%Y-%m-%dT%H:%M:%S%.3fZ").to_string()
}
