//! Requests to Microsoft Graph, one by one or several in one call
//! (<https://learn.microsoft.com/graph/json-batching>).

use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use latchkey_systems::{Call, Fault, Faults, JSON, Reply};
use reqwest::Method;
use serde_json::{Map, Value, json};

use crate::entra::Entra;

/// Microsoft Graph takes no more requests in one call.
pub(crate) const AT_ONCE: usize = 20;

/// One request.
#[derive(Debug, Clone)]
pub(crate) struct Ask {
    pub(crate) method: Method,
    /// Path and query below the version, encoded.
    pub(crate) path: String,
    pub(crate) body: Option<Value>,
}

impl Ask {
    pub(crate) fn get(path: String) -> Ask {
        Ask::new(Method::GET, path, None)
    }

    pub(crate) fn delete(path: String) -> Ask {
        Ask::new(Method::DELETE, path, None)
    }

    pub(crate) fn post(path: String, body: Option<Value>) -> Ask {
        Ask::new(Method::POST, path, body)
    }

    pub(crate) fn patch(path: String, body: Value) -> Ask {
        Ask::new(Method::PATCH, path, Some(body))
    }

    fn new(method: Method, path: String, body: Option<Value>) -> Ask {
        Ask { method, path, body }
    }

    pub(crate) fn call(&self) -> Call {
        let call = Call::new(self.method.clone(), self.path.clone());
        match &self.body {
            Some(body) => call.with(body.clone()),
            None => call,
        }
    }

    fn in_batch(&self, nth: usize, after: Option<usize>) -> Value {
        let mut request = Map::new();
        request.insert("id".into(), nth.to_string().into());
        request.insert("method".into(), self.method.as_str().into());
        request.insert("url".into(), format!("/{}", self.path).into());
        if let Some(body) = &self.body {
            request.insert("headers".into(), json!({ "Content-Type": JSON }));
            request.insert("body".into(), body.clone());
        }
        if let Some(after) = after {
            request.insert("dependsOn".into(), json!([after.to_string()]));
        }
        request.into()
    }
}

/// In which order the requests of a call are made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Order {
    /// In any, at the same time.
    Any,
    /// Each after the one before it, and only when that succeeded: else it is answered with 424.
    OneByOne,
}

impl Entra {
    /// Makes a request and leaves it to the caller what the answer means.
    pub(crate) async fn ask(&self, ask: &Ask) -> Result<Reply, Fault> {
        self.http.ask(&ask.call()).await
    }

    /// Makes a request that has to succeed.
    pub(crate) async fn get(&self, ask: &Ask) -> Result<Reply, Fault> {
        let answer = self.ask(ask).await?;
        self.means(ask, answer)
    }

    /// Makes up to [`AT_ONCE`] requests in one call. Answers come in the requests' order; what each means is the
    /// caller's to say.
    pub(crate) async fn batch(&self, asks: &[Ask], order: Order) -> Result<Vec<Reply>, Fault> {
        if let [one] = asks {
            return Ok(vec![self.ask(one).await?]);
        }
        let after = |nth: usize| nth.checked_sub(1).filter(|_| order == Order::OneByOne);
        let requests = asks.iter().enumerate();
        let requests: Vec<Value> = requests
            .map(|(nth, ask)| ask.in_batch(nth, after(nth)))
            .collect();
        let whole = Ask::post("$batch".to_owned(), Some(json!({ "requests": requests })));
        let answer = self.get(&whole).await.map_err(Fault::of_looking)?;
        let responses = answer.body.as_ref().and_then(|b| b["responses"].as_array());
        let responses = responses.ok_or_else(|| self.odd("something that is no batch"))?;
        let mut answers = Vec::with_capacity(asks.len());
        for (nth, ask) in asks.iter().enumerate() {
            let id = nth.to_string();
            let response = responses.iter().find(|r| r["id"] == id.as_str());
            let answer = response
                .and_then(of_batch)
                .ok_or_else(|| self.odd("a batch that lacks an answer"))?;
            // The token ended in between. One request gets another one by itself.
            let renewed = answer.status == StatusCode::UNAUTHORIZED;
            answers.push(if renewed {
                self.ask(ask).await?
            } else {
                answer
            });
        }
        Ok(answers)
    }
}

fn of_batch(response: &Value) -> Option<Reply> {
    let status = u16::try_from(response["status"].as_u64()?).ok()?;
    let headers = response["headers"].as_object().into_iter().flatten();
    let headers = headers.filter_map(|(name, value)| {
        let name = HeaderName::from_bytes(name.as_bytes()).ok()?;
        Some((name, HeaderValue::from_str(value.as_str()?).ok()?))
    });
    let body = Some(&response["body"]).filter(|body| !body.is_null());
    Some(Reply {
        status: StatusCode::from_u16(status).ok()?,
        headers: headers.collect::<HeaderMap>(),
        body: body.cloned(),
    })
}

/// A text within a filter (OData 4.01, URL conventions, section 5.1.1.14.1), encoded.
pub(crate) fn literal(value: &str) -> String {
    latchkey_systems::segment(&format!("'{}'", value.replace('\'', "''")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_value_breaks_out_of_a_filter() {
        assert_eq!(
            literal("x' or '1' eq '1"),
            "%27x%27%27%20or%20%27%271%27%27%20eq%20%27%271%27"
        );
        assert_eq!(literal("R&D #1+2"), "%27R%26D%20%231%2B2%27");
    }

    #[test]
    fn a_response_within_a_batch_is_read() {
        let response = json!({"id": "1", "status": 429, "headers": {"Retry-After": "7"}, "body": {"error": {}}});
        let answer = of_batch(&response).unwrap();
        assert_eq!(answer.headers["retry-after"], "7");
        assert_eq!(
            of_batch(&json!({"id": "1", "status": 204})).unwrap().body,
            None
        );
        assert!(of_batch(&json!({"id": "1", "status": "ok"})).is_none());
    }
}
