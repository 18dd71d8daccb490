//! Somebody with a browser: keeps the session's cookie, follows nothing by itself, and sends forms as our pages do.

use jiff::Timestamp;
use latchkey_runbook::Source;
use latchkey_tests::{Rehearsal, acme};

/// An answer of the server.
pub(crate) struct Answer {
    pub(crate) status: u16,
    /// Where it leads, for a redirect.
    pub(crate) to: Option<String>,
    pub(crate) text: String,
    /// After how many seconds a browser looks again.
    pub(crate) again: Option<String>,
}

impl Answer {
    /// The words of the page, without its markup.
    pub(crate) fn words(&self) -> String {
        let parts = self.text.split('<');
        let parts = parts.map(|part| part.split_once('>').map_or(part, |(_, text)| text));
        let text: String = parts.collect::<Vec<_>>().join(" ");
        let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
        text.replace(" ,", ",")
            .replace(" .", ".")
            .replace(" :", ":")
    }

    /// The page says it.
    pub(crate) fn says(&self, sentence: &str) {
        let words = self.words();
        assert!(words.contains(sentence), "not “{sentence}” in: {words}");
    }

    /// The page does not say it.
    pub(crate) fn does_not_say(&self, sentence: &str) {
        let words = self.words();
        assert!(!words.contains(sentence), "“{sentence}” in: {words}");
    }

    /// The value of a field that the page sends along.
    pub(crate) fn value(&self, name: &str) -> String {
        let (_, rest) = self
            .text
            .split_once(&format!(r#"name="{name}" value=""#))
            .unwrap();
        rest.split('"').next().unwrap().to_owned()
    }
}

/// A browser.
pub(crate) struct Browser {
    client: reqwest::Client,
    base: String,
    cookie: Option<String>,
}

/// The company of the samples, with everybody's access, and somebody of each role in its runbook.
pub(crate) async fn company() -> Rehearsal {
    let rehearsal = Rehearsal::of(&acme()).await;
    rehearsal.seed().await;
    rehearsal
}

/// The samples' company with other people in its runbook.
pub(crate) async fn company_with(replaced: &[(&str, &str)]) -> Rehearsal {
    let mut files = acme().files().clone();
    for text in files.values_mut() {
        for (old, new) in replaced {
            assert!(text.contains(old) || !text.contains("teams:"), "{old}");
            *text = text.replace(old, new);
        }
    }
    let rehearsal = Rehearsal::of(&Source::from_files(files)).await;
    rehearsal.seed().await;
    rehearsal
}

impl Browser {
    /// Of nobody yet.
    pub(crate) fn of_nobody(rehearsal: &Rehearsal) -> Browser {
        Browser::at(format!("http://{}", rehearsal.stack.address))
    }

    /// Of nobody yet, where pages are at this address.
    pub(crate) fn at(base: String) -> Browser {
        let client = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none());
        Browser {
            client: client.build().unwrap(),
            base,
            cookie: None,
        }
    }

    /// Of somebody whom the runbook names, signed in.
    pub(crate) async fn of(rehearsal: &Rehearsal, address: &str) -> Browser {
        let link = link(rehearsal, address).await.unwrap();
        let mut browser = Browser::of_nobody(rehearsal);
        let answer = browser.post(&link, &[]).await;
        assert_eq!(
            (answer.status, answer.to.as_deref()),
            (303, Some("/")),
            "{}",
            answer.text
        );
        assert!(browser.cookie.is_some());
        browser
    }

    /// Changes the value of the cookie, as whoever sits at the browser can.
    pub(crate) fn change_cookie(&mut self, change: impl Fn(&str) -> String) {
        let cookie = self.cookie.take().unwrap();
        let (name, value) = cookie.split_once('=').unwrap();
        self.cookie = Some(format!("{name}={}", change(value)));
    }

    pub(crate) async fn get(&mut self, path: &str) -> Answer {
        let request = self.client.get(format!("{}{path}", self.base));
        self.send(request).await
    }

    /// Sends a form, as a page of ours does.
    pub(crate) async fn post(&mut self, path: &str, form: &[(&str, &str)]) -> Answer {
        let request = self.client.post(format!("{}{path}", self.base)).form(form);
        let request = request.header("sec-fetch-site", "same-origin");
        self.send(request).await
    }

    /// Sends a form with a file in it, as a page of ours does.
    pub(crate) async fn give(&mut self, path: &str, name: &str, bytes: &[u8]) -> Answer {
        let part = format!(
            "--part\r\ncontent-disposition: form-data; name=\"file\"; filename=\"{name}\"\r\ncontent-type: text/csv\r\n\r\n"
        );
        let body = [part.as_bytes(), bytes, b"\r\n--part--\r\n"].concat();
        let request = self.client.post(format!("{}{path}", self.base)).body(body);
        let request = request
            .header("content-type", "multipart/form-data; boundary=part")
            .header("sec-fetch-site", "same-origin");
        self.send(request).await
    }

    /// Sends a form with files, as a page of ours does: name and bytes of each.
    pub(crate) async fn post_files(
        &mut self,
        path: &str,
        form: &[(&str, &str)],
        files: &[(&str, &[u8])],
    ) -> Answer {
        const BETWEEN: &str = "----latchkey";
        let mut body = Vec::new();
        for (name, value) in form {
            let head =
                format!("--{BETWEEN}\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n");
            body.extend(head.as_bytes());
            body.extend(value.as_bytes());
            body.extend(b"\r\n");
        }
        for (name, bytes) in files {
            let head = format!(
                "--{BETWEEN}\r\nContent-Disposition: form-data; name=\"file\"; filename=\"{name}\"\r\nContent-Type: text/html\r\n\r\n"
            );
            body.extend(head.as_bytes());
            body.extend(*bytes);
            body.extend(b"\r\n");
        }
        body.extend(format!("--{BETWEEN}--\r\n").as_bytes());
        let request = self.client.post(format!("{}{path}", self.base)).body(body);
        let kind = format!("multipart/form-data; boundary={BETWEEN}");
        let request = request.header("content-type", kind);
        let request = request.header("sec-fetch-site", "same-origin");
        self.send(request).await
    }

    /// A file, with the headers that say what a browser does with it.
    pub(crate) async fn download(&mut self, path: &str) -> (u16, Vec<(String, String)>, Vec<u8>) {
        let mut request = self.client.get(format!("{}{path}", self.base));
        if let Some(cookie) = &self.cookie {
            request = request.header("cookie", cookie);
        }
        let response = request.send().await.unwrap();
        let headers = response.headers().iter();
        let headers =
            headers.map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned()));
        let headers = headers.collect();
        (
            response.status().as_u16(),
            headers,
            response.bytes().await.unwrap().to_vec(),
        )
    }

    /// Sends a form, as a page of somebody else does.
    pub(crate) async fn post_from_elsewhere(
        &mut self,
        path: &str,
        form: &[(&str, &str)],
    ) -> Answer {
        let request = self.client.post(format!("{}{path}", self.base)).form(form);
        let request = request.header("sec-fetch-site", "cross-site");
        self.send(request).await
    }

    async fn send(&mut self, mut request: reqwest::RequestBuilder) -> Answer {
        if let Some(cookie) = &self.cookie {
            request = request.header("cookie", cookie);
        }
        let response = request.send().await.unwrap();
        // One at a time is enough: of a sign-in under way, then of a session.
        for kept in response.headers().get_all("set-cookie") {
            let kept = kept.to_str().unwrap();
            let (pair, attributes) = kept.split_once(';').unwrap();
            let (name, _) = pair.split_once('=').unwrap();
            let own = self
                .cookie
                .as_ref()
                .is_some_and(|own| own.starts_with(&format!("{name}=")));
            match attributes.contains("Max-Age=0") {
                true if own => self.cookie = None,
                true => {}
                false => self.cookie = Some(pair.to_owned()),
            }
        }
        let to = response.headers().get("location");
        let again = response.headers().get("refresh");
        let again = again.map(|again| again.to_str().unwrap().to_owned());
        Answer {
            again,
            status: response.status().as_u16(),
            to: to.map(|to| to.to_str().unwrap().to_owned()),
            text: response.text().await.unwrap(),
        }
    }
}

/// The path of a link for somebody whom the runbook names.
pub(crate) async fn link(
    rehearsal: &Rehearsal,
    address: &str,
) -> Result<String, console::LinkRefused> {
    let stack = &rehearsal.stack;
    let (_, runbook) = stack.runbooks.current(&stack.ledger).await.unwrap();
    let now: Timestamp = stack.clock.now();
    console::sign_in_link(&stack.ledger, &runbook, now, ("", address)).await
}

/// The cookie of somebody who signed in.
pub(crate) async fn cookie_of(rehearsal: &Rehearsal, address: &str) -> String {
    Browser::of(rehearsal, address).await.cookie.unwrap()
}
