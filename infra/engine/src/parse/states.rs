//! Each type of state, with the fields it may have.

use jiff::Timestamp;
use serde_json::Value;

use super::{Fields, MAX_SECONDS, Reader, Scope};
use crate::{
    MAX_MAP_CONCURRENCY,
    model::{Fail, Kind, Map, Resource, Seconds, State, StateId, Task, Template, Wait, Words},
    path::Path,
};

impl Reader {
    pub(super) fn state(
        &mut self,
        value: &Value,
        name: &str,
        place: &str,
        id: StateId,
        parent: Option<StateId>,
        scope: &Scope,
    ) -> Option<State> {
        let before = self.problems.len();
        let mut fields = Fields::new(self, value, place)?;
        let mut state = State {
            id,
            name: name.into(),
            place: place.to_owned(),
            parent,
            comment: fields.text(self, "Comment"),
            kind: Kind::Succeed,
            input_path: Some(Path::root()),
            output_path: Some(Path::root()),
            parameters: None,
            result_selector: None,
            result_path: Some(Path::root()),
            retry: Vec::new(),
            catch: Vec::new(),
            next: None,
        };
        let kind = fields.required_text(self, "Type")?;
        if let Some(language) = fields.text(self, "QueryLanguage")
            && language != "JSONPath"
        {
            self.problem(fields.at("QueryLanguage"), "only JSONPath is supported");
        }
        if kind != "Fail" {
            state.input_path = fields.nullable_path(self, "InputPath");
            state.output_path = fields.nullable_path(self, "OutputPath");
        }
        if !matches!(kind.as_str(), "Choice" | "Succeed" | "Fail") {
            state.next = self.next_or_end(&mut fields, scope);
        }
        if matches!(kind.as_str(), "Task" | "Map" | "Parallel") {
            state.result_selector = fields.template(self, "ResultSelector");
            state.result_path = fields.result_path(self);
            state.retry = self.retriers(&mut fields);
            state.catch = self.catchers(&mut fields, scope);
        }
        state.kind = match kind.as_str() {
            "Task" => {
                state.parameters = fields.template(self, "Parameters");
                Kind::Task(self.task(&mut fields, state.parameters.as_ref())?)
            }
            "Wait" => Kind::Wait(self.wait(&mut fields)?),
            "Choice" => Kind::Choice(self.choice(&mut fields, scope)),
            "Map" => {
                state.parameters = fields.template(self, "ItemSelector");
                Kind::Map(self.map(&mut fields, id)?)
            }
            "Parallel" => {
                state.parameters = fields.template(self, "Parameters");
                Kind::Parallel(self.parallel(&mut fields, id)?)
            }
            "Pass" => {
                state.parameters = fields.template(self, "Parameters");
                state.result_path = fields.result_path(self);
                Kind::Pass(fields.take("Result").cloned())
            }
            "Succeed" => Kind::Succeed,
            "Fail" => Kind::Fail(Fail {
                error: self.words(&mut fields, "Error", "ErrorPath"),
                cause: self.words(&mut fields, "Cause", "CausePath"),
            }),
            other => {
                self.problem(
                    fields.at("Type"),
                    format!("there is no type of state `{other}`"),
                );
                return None;
            }
        };
        fields.finish(self);
        (self.problems.len() == before).then_some(state)
    }

    fn next_or_end(&mut self, fields: &mut Fields<'_>, scope: &Scope) -> Option<StateId> {
        let end = fields.flag(self, "End").unwrap_or(false);
        if fields.has("Next") == end {
            self.problem(&fields.place, "must have either Next or `End: true`");
        }
        let next = fields.text(self, "Next")?;
        self.target(scope, &fields.at("Next"), &next)
    }

    fn seconds(
        &mut self,
        fields: &mut Fields<'_>,
        fixed: &'static str,
        path: &'static str,
        least: u32,
    ) -> Option<Seconds> {
        if fields.has(fixed) && fields.has(path) {
            self.problem(&fields.place, format!("has both {fixed} and {path}"));
        }
        let number = fields
            .number(self, fixed, least, MAX_SECONDS)
            .map(Seconds::Fixed);
        let at = fields.path(self, path).map(Seconds::At);
        number.or(at)
    }

    fn task(&mut self, fields: &mut Fields<'_>, parameters: Option<&Template>) -> Option<Task> {
        let resource = fields.required_text(self, "Resource")?;
        let known = [Resource::Invoke, Resource::InvokeAndWait, Resource::Publish];
        let Some(resource) = known.into_iter().find(|known| known.arn() == resource) else {
            self.problem(
                fields.at("Resource"),
                format!("`{resource}` is not supported"),
            );
            return None;
        };
        let (required, supported): (&[&str], &[&str]) = match resource {
            Resource::Publish => (
                &["TopicArn", "Message"],
                &["TopicArn", "Message", "Subject"],
            ),
            _ => (&["FunctionName"], &["FunctionName", "Payload"]),
        };
        let place = fields.at("Parameters");
        if let Some(Template::Object(given)) = parameters {
            for (name, _) in given {
                if !supported.contains(&name.as_str()) {
                    let message = "is not a field that this engine supports here";
                    self.problem(format!("{place}.{name}"), message);
                }
            }
            for name in required {
                if !given.iter().any(|(given, _)| given == name) {
                    self.problem(format!("{place}.{name}"), "is missing");
                }
            }
        } else if parameters.is_none() && !fields.has("Parameters") {
            self.problem(place, "is missing");
        }
        let timeout = self.seconds(fields, "TimeoutSeconds", "TimeoutSecondsPath", 1);
        let heartbeat = self.seconds(fields, "HeartbeatSeconds", "HeartbeatSecondsPath", 1);
        if let (Some(Seconds::Fixed(timeout)), Some(Seconds::Fixed(heartbeat))) =
            (&timeout, &heartbeat)
            && heartbeat >= timeout
        {
            self.problem(
                fields.at("HeartbeatSeconds"),
                "must be less than TimeoutSeconds",
            );
        }
        Some(Task {
            resource,
            timeout,
            heartbeat,
        })
    }

    fn wait(&mut self, fields: &mut Fields<'_>) -> Option<Wait> {
        let all = ["Seconds", "SecondsPath", "Timestamp", "TimestampPath"];
        if all.into_iter().filter(|name| fields.has(name)).count() != 1 {
            let message = format!("must have exactly one of {}", all.join(", "));
            self.problem(&fields.place, message);
        }
        if let Some(seconds) = self.seconds(fields, "Seconds", "SecondsPath", 0) {
            return Some(Wait::For(seconds));
        }
        if let Some(path) = fields.path(self, "TimestampPath") {
            return Some(Wait::UntilAt(path));
        }
        let text = fields.text(self, "Timestamp")?;
        let at = instant(&text);
        if at.is_none() {
            let message = "must be an instant such as 2026-03-01T09:00:00Z (RFC 3339)";
            self.problem(fields.at("Timestamp"), message);
        }
        at.map(Wait::Until)
    }

    fn map(&mut self, fields: &mut Fields<'_>, id: StateId) -> Option<Map> {
        let items = match fields.has("ItemsPath") {
            true => fields.path(self, "ItemsPath"),
            false => Some(Path::root()),
        };
        let most = MAX_MAP_CONCURRENCY;
        // https://docs.aws.amazon.com/step-functions/latest/dg/state-map-inline.html: at most 40 run at once,
        // whatever is asked for; more is refused here so that nobody counts on it.
        let max_concurrency = match fields.number(self, "MaxConcurrency", 0, most) {
            None | Some(0) => most,
            Some(number) => number,
        };
        let Some(processor) = fields.take("ItemProcessor") else {
            self.problem(fields.at("ItemProcessor"), "is missing");
            return None;
        };
        let mut processor = Fields::new(self, processor, &fields.at("ItemProcessor"))?;
        processor.text(self, "Comment");
        if let Some(config) = processor.take("ProcessorConfig") {
            let mut config = Fields::new(self, config, &processor.at("ProcessorConfig"))?;
            if config
                .text(self, "Mode")
                .is_some_and(|mode| mode != "INLINE")
            {
                self.problem(config.at("Mode"), "only INLINE is supported");
            }
            config.finish(self);
        }
        let start = self.scope(&mut processor, Some(id));
        processor.finish(self);
        Some(Map {
            items: items?,
            max_concurrency,
            start: start?,
        })
    }

    fn parallel(&mut self, fields: &mut Fields<'_>, id: StateId) -> Option<Vec<StateId>> {
        if !fields.has("Branches") {
            self.problem(fields.at("Branches"), "is missing");
        }
        let place = fields.at("Branches");
        let branches = fields.list(self, "Branches").iter().enumerate();
        let starts: Vec<Option<StateId>> = branches
            .map(|(index, branch)| {
                let mut branch = Fields::new(self, branch, &format!("{place}[{index}]"))?;
                branch.text(self, "Comment");
                let start = self.scope(&mut branch, Some(id));
                branch.finish(self);
                start
            })
            .collect();
        starts.into_iter().collect()
    }

    fn words(
        &mut self,
        fields: &mut Fields<'_>,
        fixed: &'static str,
        path: &'static str,
    ) -> Option<Words> {
        if fields.has(fixed) && fields.has(path) {
            self.problem(&fields.place, format!("has both {fixed} and {path}"));
        }
        let text = fields.text(self, fixed).map(Words::Fixed);
        let at = fields.path(self, path).map(Words::At);
        text.or(at)
    }
}

/// An RFC 3339 instant with upper-case `T`, as the Amazon States Language demands.
pub(crate) fn instant(text: &str) -> Option<Timestamp> {
    let strict = text.as_bytes().get(10) == Some(&b'T') && !text.ends_with(']');
    text.parse().ok().filter(|_| strict)
}
