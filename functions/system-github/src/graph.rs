//! GraphQL: what REST has not, or only with a call for each team. Every answer is 200; what went wrong stands in
//! `errors`: <https://docs.github.com/graphql/overview/rate-limits-and-query-limits-for-the-graphql-api>.

use http::HeaderMap;
use jiff::Timestamp;
use latchkey_systems::{Call, Fault, Faults};
use reqwest::Method;
use serde_json::{Value, json};

use crate::{
    answer::{plain, wait},
    github::GitHub,
};

impl GitHub {
    /// What a query says of the organisation.
    pub(crate) async fn graph(&self, query: &str, variables: Value) -> Result<Value, Fault> {
        let mut data = self.data(query, variables).await?;
        Ok(data["organization"].take())
    }

    /// What a query says. The variable `org` is set here.
    pub(crate) async fn data(&self, query: &str, mut variables: Value) -> Result<Value, Fault> {
        variables["org"] = json!(self.choices.organization);
        let call = Call::new(Method::POST, "graphql");
        let call = call.with(json!({ "query": query, "variables": variables }));
        let answer = self.call(&call).await?;
        let mut body = answer.body.unwrap_or_default();
        let errors = body["errors"].as_array();
        if let Some(error) = errors.and_then(|errors| errors.first()) {
            return Err(self.graph_fault(error, &answer.headers));
        }
        let data = body["data"].take();
        if !data["organization"].is_object() {
            return Err(self.odd("something that is no organisation"));
        }
        Ok(data)
    }

    fn graph_fault(&self, error: &Value, headers: &HeaderMap) -> Fault {
        let said = plain(error["message"].as_str().unwrap_or_default());
        let kind = error["type"].as_str().unwrap_or_default();
        let limited = matches!(kind, "RATE_LIMITED" | "RATE_LIMIT");
        let text = if limited { "rate limit" } else { said.as_str() };
        match wait(headers, text, Timestamp::now()) {
            Some(wait) if limited || said.contains("rate limit") => {
                return self.busy(Some(wait));
            }
            _ => {}
        }
        if error["extensions"]["saml_failure"] == true {
            return self.unauthorized(format!(
                "{said}; allow the token for the organisation's single sign-on"
            ));
        }
        match kind {
            "FORBIDDEN" | "INSUFFICIENT_SCOPES" => self.unauthorized(said),
            "NOT_FOUND" => self.rejected(format!(
                "{said}; check the settings in the runbook, and that the token may see it"
            )),
            // Something went wrong there, or took too long.
            "" | "INTERNAL" | "SERVICE_UNAVAILABLE" => self.unreachable(said),
            _ => self.rejected(said),
        }
    }
}
