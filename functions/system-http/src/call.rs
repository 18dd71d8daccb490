//! A request of the description, made and sent.

use http::{HeaderName, HeaderValue};
use latchkey_http_api::{Misfit, Request, Template, Values, Without};
use latchkey_systems::{Call, FORM, Fault, Faults, JSON};
use reqwest::Method;
use serde_json::{Map, Value};

use crate::{answer::Came, api::Api};

/// Where a request begins to read.
#[derive(Debug, Clone)]
pub(crate) enum From {
    /// At its path, with these parameters beside its own.
    Path(Vec<(String, String)>),
    /// At an address that the page before gave.
    Address(String),
}

impl Api {
    /// Sends a request that changes something, or reads one thing.
    pub(crate) async fn send(
        &self,
        request: &Request,
        otherwise: Without,
        values: &Values<'_>,
    ) -> Result<Came, Fault> {
        self.send_from(request, otherwise, values, From::Path(Vec::new()))
            .await
    }

    /// Sends a request; `otherwise` is what becomes of lines without a value where the description says nothing.
    pub(crate) async fn send_from(
        &self,
        request: &Request,
        otherwise: Without,
        values: &Values<'_>,
        from: From,
    ) -> Result<Came, Fault> {
        let without = request.without.unwrap_or(otherwise);
        let call = self
            .call(request, without, values, from)
            .map_err(|why| self.rejected(format!("`{}` cannot be called: {why}", request.call)))?;
        // A token that has run out is renewed there; everything else is judged here.
        let answer = self.http.ask(&call).await?;
        self.judge(request, &call, answer)
    }

    fn call(
        &self,
        request: &Request,
        without: Without,
        values: &Values<'_>,
        from: From,
    ) -> Result<Call, Misfit> {
        let template = |text: &str| Template::parse(text).map_err(|_| Misfit::Unclosed);
        let (method, path) = request.method_and_path().unwrap_or(("GET", &request.call));
        let method = Method::from_bytes(method.as_bytes()).unwrap_or(Method::GET);
        let (path, more) = match from {
            From::Path(more) => (template(path)?.path(values)?, Some(more)),
            From::Address(address) => (address, None),
        };
        let mut call = Call::new(method, path);
        if let Some(more) = more {
            for (name, text) in &request.query {
                // What the page says takes the place of what stands here.
                if let (Some(value), false) = (
                    template(text)?.query(values)?,
                    more.iter().any(|(m, _)| m == name),
                ) {
                    call.query.push((name.clone(), value));
                }
            }
            call.query.extend(more);
        }
        call.headers = self.sign_in.clone();
        for (name, text) in &request.headers {
            let name_of = name.parse::<HeaderName>();
            let value = template(text)?.plain(values)?;
            let value = value.map(|value| HeaderValue::from_str(&value)).transpose();
            match (name_of, value) {
                (Ok(name), Ok(Some(value))) => {
                    call.headers.insert(name, value);
                }
                (Ok(_), Ok(None)) => {}
                _ => return Err(Misfit::Dangerous(name.clone())),
            }
        }
        if let Some(body) = &request.json {
            let body = Template::body(body, without, values)?;
            call.body = body.map(|body| (JSON, body));
        } else if let Some(form) = &request.form {
            let mut body = Map::new();
            for (name, text) in form {
                match (template(text)?.plain(values)?, without) {
                    (Some(value), _) => {
                        body.insert(name.clone(), value.into());
                    }
                    (None, Without::LeftOut) => {}
                    // A form has no null.
                    (None, Without::Null | Without::Empty) => {
                        body.insert(name.clone(), "".into());
                    }
                }
            }
            call.body = Some((FORM, Value::Object(body)));
        }
        Ok(call)
    }
}
