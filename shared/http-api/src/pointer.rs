//! Where something stands in an answer.

use serde_json::Value;

/// Where something stands in an answer: `data.user.name`, or a JSON Pointer (RFC 6901) such as `/data/a.b/name` where
/// names have dots in them. Numbers count the lines of a list, from 0. An empty text is the answer itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pointer {
    steps: Vec<String>,
}

impl Pointer {
    /// Reads one; `None` when a part of it is empty.
    pub fn parse(text: &str) -> Option<Pointer> {
        let steps: Vec<String> = match text.strip_prefix('/') {
            _ if text.is_empty() => Vec::new(),
            Some(rest) => {
                let step = |step: &str| step.replace("~1", "/").replace("~0", "~");
                rest.split('/').map(step).collect()
            }
            None => text.split('.').map(str::to_owned).collect(),
        };
        let whole = steps.iter().all(|step| !step.trim().is_empty());
        whole.then_some(Pointer { steps })
    }

    /// What stands there; `None` when nothing does.
    pub fn of<'v>(&self, value: &'v Value) -> Option<&'v Value> {
        self.steps.iter().try_fold(value, |at, step| match at {
            Value::Object(map) => map.get(step),
            Value::Array(all) => all.get(step.parse::<usize>().ok()?),
            _ => None,
        })
    }
}

/// A value as a text: many APIs write ids as numbers. `None` for nothing, and for what has parts.
pub fn text_of(value: &Value) -> Option<String> {
    match value {
        Value::String(text) if !text.is_empty() => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(flag) => Some(flag.to_string()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_stands_there_is_found() {
        let answer = json!({"data": [{"id": 7, "a.b": {"c/d": "x"}}], "none": null});
        let at = |text: &str| Pointer::parse(text).and_then(|p| p.of(&answer).cloned());
        assert_eq!(at(""), Some(answer.clone()));
        assert_eq!(at("data.0.id"), Some(json!(7)));
        assert_eq!(at("/data/0/a.b/c~1d"), Some(json!("x")));
        assert_eq!(at("none"), Some(Value::Null));
        for nothing in ["data.1", "data.id", "data.0.id.more", "other"] {
            assert_eq!(at(nothing), None, "{nothing}");
        }
        for none in ["a..b", ".", "a.", "/a//b", "/"] {
            assert_eq!(Pointer::parse(none), None, "{none}");
        }
    }

    #[test]
    fn ids_may_be_numbers() {
        assert_eq!(text_of(&json!(42)), Some("42".to_owned()));
        assert_eq!(text_of(&json!("")), None);
        assert_eq!(text_of(&json!(["a"])), None);
    }
}
