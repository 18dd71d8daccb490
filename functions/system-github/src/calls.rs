//! Calls.

use http::{HeaderName, HeaderValue, header};
use latchkey_systems::{Call, Fault, Reply, segment};
use reqwest::Method;

use crate::{
    answer::{is_gone, means, show},
    app::Key,
    github::GitHub,
};

const MEDIA_TYPE: HeaderValue = HeaderValue::from_static("application/vnd.github+json");
/// <https://docs.github.com/rest/about-the-rest-api/api-versions>.
const VERSION: HeaderName = HeaderName::from_static("x-github-api-version");

impl GitHub {
    /// A call below `/orgs/ORGANISATION`.
    pub(crate) fn org(&self, method: Method, path: &str) -> Call {
        let org = segment(&self.choices.organization);
        Call::new(method, format!("{}orgs/{org}/{path}", self.rest))
    }

    /// A call below `/repos/ORGANISATION/REPOSITORY`.
    pub(crate) fn repo(&self, method: Method, name: &str, path: &str) -> Call {
        let org = segment(&self.choices.organization);
        let name = segment(name);
        Call::new(method, format!("{}repos/{org}/{name}/{path}", self.rest))
    }

    /// Makes a call and leaves it to the caller what the answer means. A token of an app that is not accepted any more
    /// is renewed once.
    pub(crate) async fn ask(&self, call: &Call) -> Result<Reply, Fault> {
        let mut call = call.clone();
        call.headers.insert(header::ACCEPT, MEDIA_TYPE);
        let version = HeaderValue::from_static("2022-11-28");
        call.headers.insert(VERSION, version);
        let Key::App(app) = &self.key else {
            return self.http.ask(&call).await;
        };
        show(&mut call, &app.token(&self.http).await?, self.http.system())?;
        let answer = self.http.ask(&call).await?;
        if answer.status != 401 {
            return Ok(answer);
        }
        app.forget();
        show(&mut call, &app.token(&self.http).await?, self.http.system())?;
        self.http.ask(&call).await
    }

    /// Makes a call that has to succeed.
    pub(crate) async fn call(&self, call: &Call) -> Result<Reply, Fault> {
        let answer = self.ask(call).await?;
        means(&self.http, call, answer)
    }

    /// Makes a call; `None` when what it is about is not there.
    pub(crate) async fn call_if_there(&self, call: &Call) -> Result<Option<Reply>, Fault> {
        let answer = self.ask(call).await?;
        if is_gone(&answer) {
            return Ok(None);
        }
        means(&self.http, call, answer).map(Some)
    }
}
