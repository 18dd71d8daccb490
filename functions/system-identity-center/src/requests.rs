//! Requests for assignments. AWS takes one, carries it out a moment later, and tells how it ended when asked
//! (reference, "DescribeAccountAssignmentCreationStatus", "DescribeAccountAssignmentDeletionStatus").

use std::time::Duration;

use aws_sdk_ssoadmin::types::{AccountAssignmentOperationStatus, StatusValues};
use latchkey_systems::Fault;
use tokio::time::sleep;

use crate::center::Center;

/// How soon again a request is looked at that is under way; so often in a second.
const LOOK: Duration = Duration::from_millis(500);
const LOOKS: usize = 2;

/// How far a request got.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Progress {
    Done,
    /// Why it failed.
    Failed(String),
    /// The id to ask about it.
    UnderWay(String),
}

impl From<Option<AccountAssignmentOperationStatus>> for Progress {
    /// A status that is not known is not the end.
    fn from(status: Option<AccountAssignmentOperationStatus>) -> Progress {
        let status = status.as_ref();
        match status.and_then(|s| s.status()) {
            Some(StatusValues::Succeeded) => Progress::Done,
            Some(StatusValues::Failed) => {
                let reason = status.and_then(|s| s.failure_reason());
                Progress::Failed(reason.unwrap_or_default().to_owned())
            }
            _ => {
                let request = status.and_then(|s| s.request_id());
                Progress::UnderWay(request.unwrap_or_default().to_owned())
            }
        }
    }
}

/// What a request is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum About {
    Giving,
    Taking,
}

impl Center {
    /// Looks at a request until it has ended, for as long as the runbook says.
    pub(crate) async fn watch(&self, about: About, begun: Progress) -> Result<Progress, Fault> {
        let mut progress = begun;
        for _ in 0..self.choices.wait * LOOKS {
            let Progress::UnderWay(request) = &progress else {
                break;
            };
            sleep(LOOK).await;
            progress = self.progress(about, request).await?;
        }
        Ok(progress)
    }

    async fn progress(&self, about: About, request: &str) -> Result<Progress, Fault> {
        let asked = "tell how far an assignment is";
        let (client, instance) = self.admin().await?;
        let progress: Progress = match about {
            About::Giving => {
                let call = client.describe_account_assignment_creation_status();
                let call = call.account_assignment_creation_request_id(request);
                let answer = call.instance_arn(instance).send().await;
                let answer = answer.map_err(|e| self.fault(asked, &e))?;
                answer.account_assignment_creation_status.into()
            }
            About::Taking => {
                let call = client.describe_account_assignment_deletion_status();
                let call = call.account_assignment_deletion_request_id(request);
                let answer = call.instance_arn(instance).send().await;
                let answer = answer.map_err(|e| self.fault(asked, &e))?;
                answer.account_assignment_deletion_status.into()
            }
        };
        Ok(match progress {
            // It is asked about by the id that is known.
            Progress::UnderWay(_) => Progress::UnderWay(request.to_owned()),
            ended => ended,
        })
    }
}
