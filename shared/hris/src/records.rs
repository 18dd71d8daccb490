//! Records: what a vendor's API says about one person, for webhooks that carry only an id.

use async_trait::async_trait;
use latchkey_lifecycle::EmployeeId;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// The request that reads one record, as data: an edge with an HTTP client carries it out.
///
/// The edge adds what is the company's own: the API's base address in front of `path`, and the authentication that the
/// vendor documents: HTTP Basic (BambooHR: the API key as user name and any password; HiBob: a service user's id and
/// token), a bearer token, or one that is asked for with the client's id and secret.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RecordRequest {
    /// The source whose API is asked.
    pub source: String,
    /// Whose record, for the edge's error texts.
    pub employee_id: EmployeeId,
    /// `GET` or `POST`.
    pub method: String,
    /// The path after the API's base address, e.g. `/v1/employees/1042`. Safe to append as it is.
    pub path: String,
    /// Query parameters, not yet encoded.
    #[serde(default)]
    pub query: Vec<(String, String)>,
    /// Headers, apart from authentication.
    #[serde(default)]
    pub headers: Vec<(String, String)>,
    /// The JSON body of a `POST`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub body: Option<Value>,
    /// Further requests whose answers belong to the record. When there are any, the record is a list: the answer to
    /// this request, then theirs.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub also: Vec<RecordRequest>,
    /// Whether the answer is about many people, and longer than a record.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub list: bool,
}

/// Reads records from the HR system. The HTTP implementation lives at the edge.
#[async_trait]
pub trait Records: Send + Sync {
    /// The record as the API answers it.
    ///
    /// # Errors
    /// A [`RecordError`] of the kind that decides what happens next: see [`RecordError::is_passing`].
    async fn fetch(&self, request: RecordRequest) -> Result<Value, RecordError>;
}

/// Why a record could not be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RecordError {
    /// The API asks to slow down (429), or is busy (503).
    #[error("the HR system is busy; the record of {employee_id} is read again later")]
    Busy {
        /// Whose record.
        employee_id: EmployeeId,
        /// How long the API asks to wait, in seconds (`Retry-After`).
        retry_after: Option<u64>,
    },
    /// The API did not answer, or with a server error.
    #[error("the HR system cannot be reached for the record of {employee_id}: {problem}")]
    Unreachable {
        /// Whose record.
        employee_id: EmployeeId,
        /// What happened.
        problem: String,
    },
    /// The API refuses our key (401, 403).
    #[error(
        "the HR system refuses the API key stored for `{source_name}`; give its user access to the record of \
         {employee_id}, or store a valid key"
    )]
    Unauthorized {
        /// Whose record.
        employee_id: EmployeeId,
        /// The source whose key it is.
        source_name: String,
    },
    /// The API knows no such person (404). Right after a creation this passes: vendors' reads lag
    /// (HiBob by up to 20 seconds: <https://apidocs.hibob.com/docs/people-read-api-contract>).
    #[error("the HR system has no record of {employee_id}")]
    NotFound {
        /// Whose record.
        employee_id: EmployeeId,
    },
    /// The answer is not what the vendor documents.
    #[error("the record of {employee_id} cannot be read: {problem}")]
    Unreadable {
        /// Whose record.
        employee_id: EmployeeId,
        /// Which part, and what is expected there.
        problem: String,
    },
}

impl RecordError {
    /// Whether asking again later can help. The others need a person.
    pub fn is_passing(&self) -> bool {
        match self {
            RecordError::Busy { .. }
            | RecordError::Unreachable { .. }
            | RecordError::NotFound { .. } => true,
            RecordError::Unauthorized { .. } | RecordError::Unreadable { .. } => false,
        }
    }

    /// The error that an HTTP status of the API stands for; `None` for success (2xx).
    /// `retry_after` is in seconds.
    pub fn from_status(
        request: &RecordRequest,
        status: u16,
        retry_after: Option<u64>,
    ) -> Option<RecordError> {
        let employee_id = request.employee_id.clone();
        match status {
            200..=299 => None,
            401 | 403 => Some(RecordError::Unauthorized {
                employee_id,
                source_name: request.source.clone(),
            }),
            404 | 410 => Some(RecordError::NotFound { employee_id }),
            429 | 503 => Some(RecordError::Busy {
                employee_id,
                retry_after,
            }),
            500..=599 => Some(RecordError::Unreachable {
                employee_id,
                problem: format!("it answers with status {status}"),
            }),
            other => Some(RecordError::Unreadable {
                employee_id,
                problem: format!("the HR system answers with status {other}"),
            }),
        }
    }
}
