//! What a task's form sends.

use std::collections::BTreeMap;

use axum::{
    body::{Body, to_bytes},
    extract::{DefaultBodyLimit, FromRequest, Multipart, Request},
    http::{StatusCode, header},
};
use latchkey_hris::normalise::words;
use latchkey_lifecycle::{Answer, Entitlement, Evidence};

/// A form as it was sent; also what the page shows again when something is missing.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Form {
    pub(crate) answer: String,
    pub(crate) by: String,
    pub(crate) steps: Vec<String>,
    pub(crate) fields: BTreeMap<String, String>,
    pub(crate) note: String,
    pub(crate) reason: String,
    /// Which question of the task the page showed.
    pub(crate) question: String,
    /// The checksum of what the brake holds, as the page showed it.
    pub(crate) list: String,
    /// How many go on of what it holds, as somebody typed it.
    pub(crate) count: String,
    /// Whom it is handed over to, by address.
    pub(crate) to: String,
    /// Who had it in hand on the page that was looked at.
    pub(crate) seen: String,
    /// Where to go back to.
    pub(crate) back: String,
    /// What is said to HR, or by HR.
    pub(crate) text: String,
    /// Where more of the evidence is.
    pub(crate) link: String,
    /// Files that were chosen, as the browser sent them.
    pub(crate) files: Vec<Sent>,
    /// What is said to each thing of an approval: `yes` or `no`.
    pub(crate) grants: BTreeMap<Entitlement, String>,
    /// Why not, of each.
    pub(crate) whys: BTreeMap<Entitlement, String>,
}

/// A file as a browser sends it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Sent {
    /// Its name, as the browser says.
    pub(crate) name: String,
    pub(crate) bytes: Vec<u8>,
}

/// What a form is at most beside its files.
pub(crate) const MOST_OF_A_FORM: usize = 64 * 1024;
/// Parts of a form with files, at most: more than any form of ours has.
const MOST_PARTS: usize = 200;

/// Why a form could not be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Unread {
    /// It is longer than its fields and files may be.
    TooLong,
    /// It is none, or was cut off.
    Broken,
}

impl Unread {
    /// What to say of it, where `most` bytes of files are taken at a time.
    pub(crate) fn in_words(self, most: usize) -> (StatusCode, String) {
        let most = most / (1024 * 1024);
        match self {
            Unread::TooLong => (
                StatusCode::PAYLOAD_TOO_LARGE,
                format!(
                    "Files are {most} MB at most at a time, and a form 64 KB beside them: nothing was recorded."
                ),
            ),
            Unread::Broken => (
                StatusCode::UNPROCESSABLE_ENTITY,
                "The form did not come whole: send it again.".to_owned(),
            ),
        }
    }
}

impl Form {
    /// Reads `application/x-www-form-urlencoded`; what it does not know is left out.
    pub(crate) fn read(body: &[u8]) -> Form {
        let mut form = Form::default();
        for (name, value) in form_urlencoded::parse(body) {
            form.take(&name, &value);
        }
        form
    }

    /// Reads a form as it comes, with files or without. `most`: the most bytes of its files together.
    ///
    /// # Errors
    /// [`Unread`].
    pub(crate) async fn of(request: Request, most: usize) -> Result<Form, Unread> {
        let kind = request.headers().get(header::CONTENT_TYPE);
        let kind = kind.and_then(|kind| kind.to_str().ok()).unwrap_or_default();
        if !kind.starts_with("multipart/form-data") {
            let body = to_bytes(request.into_body(), MOST_OF_A_FORM).await;
            return body
                .map(|body| Form::read(&body))
                .map_err(|_| Unread::TooLong);
        }
        let (parts, body) = request.into_parts();
        let body = to_bytes(body, most + MOST_OF_A_FORM).await;
        let body = Body::from(body.map_err(|_| Unread::TooLong)?);
        let mut request = Request::from_parts(parts, body);
        // It is read already, and no longer than it may be.
        DefaultBodyLimit::disable().apply(&mut request);
        let multipart = Multipart::from_request(request, &()).await;
        Form::of_parts(multipart.map_err(|_| Unread::Broken)?).await
    }

    async fn of_parts(mut parts: Multipart) -> Result<Form, Unread> {
        let mut form = Form::default();
        let mut text = 0;
        for _ in 0..MOST_PARTS {
            let Some(part) = parts.next_field().await.map_err(|_| Unread::Broken)? else {
                return Ok(form);
            };
            let name = part.name().unwrap_or_default().to_owned();
            let file = part.file_name().map(str::to_owned);
            let bytes = part.bytes().await.map_err(|_| Unread::Broken)?;
            match file {
                // A browser sends a field without a file, too.
                Some(file) if file.is_empty() && bytes.is_empty() => {}
                Some(file) if name == "file" => form.files.push(Sent {
                    name: file,
                    bytes: bytes.to_vec(),
                }),
                Some(_) => {}
                None => {
                    text += bytes.len();
                    if text > MOST_OF_A_FORM {
                        return Err(Unread::TooLong);
                    }
                    form.take(&name, &String::from_utf8_lossy(&bytes));
                }
            }
        }
        Err(Unread::Broken)
    }

    fn take(&mut self, name: &str, value: &str) {
        let value = value.trim().to_owned();
        match name {
            "answer" => self.answer = value,
            // A name as HR's are kept: in one line, one Unicode form, and nothing of it unseen.
            "by" => self.by = words(&value).unwrap_or_default(),
            "step" => self.steps.push(value),
            "note" => self.note = value,
            "reason" => self.reason = value,
            "question" => self.question = value,
            "list" => self.list = value,
            "count" => self.count = value,
            "to" if !value.is_empty() => self.to = value.to_lowercase(),
            "seen" => self.seen = value,
            "back" => self.back = value,
            "link" => self.link = value,
            "text" => self.text = value,
            other => {
                if let Some(field) = other.strip_prefix("field.") {
                    self.fields.insert(field.to_owned(), value);
                } else if let Some(entitlement) = other.strip_prefix("grant.") {
                    self.grants.insert(Entitlement::from(entitlement), value);
                } else if let Some(entitlement) = other.strip_prefix("why.") {
                    self.whys.insert(Entitlement::from(entitlement), value);
                }
            }
        }
    }

    /// What is filled in, as of somebody.
    pub(crate) fn evidence(&self, by: String, address: Option<String>) -> Evidence {
        let fields = self.fields.iter().filter(|(_, v)| !v.is_empty());
        Evidence {
            by,
            address,
            steps: self.steps.clone(),
            fields: fields.map(|(k, v)| (k.clone(), v.clone())).collect(),
            note: Some(self.note.clone()).filter(|n| !n.is_empty()),
            link: Some(self.link.clone()).filter(|link| !link.is_empty()),
            refused: self.refused(),
        }
    }

    /// What an approval says no to, each with why.
    fn refused(&self) -> BTreeMap<Entitlement, String> {
        let no = self.grants.iter().filter(|(_, said)| *said == "no");
        let why = |entitlement| self.whys.get(entitlement).cloned().unwrap_or_default();
        no.map(|(entitlement, _)| (entitlement.clone(), why(entitlement)))
            .collect()
    }

    /// The answer that the pressed button stands for, of whoever signed the form.
    pub(crate) fn answer(&self) -> Option<Answer> {
        let (by, reason) = (self.by.clone(), self.reason.clone());
        match self.answer.as_str() {
            "done" => Some(Answer::Done(self.evidence(by, None))),
            "declined" => Some(Answer::Declined { by, reason }),
            "waived" => Some(Answer::Waived { by, reason }),
            _ => None,
        }
    }
}

/// A number that somebody typed, however its thousands are set apart.
pub(crate) fn number(typed: &str) -> Option<usize> {
    let digits = |c: &char| !matches!(c, ',' | '.' | '\'' | ' ' | '\u{a0}' | '\u{202f}');
    let digits: String = typed.chars().filter(digits).collect();
    digits.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_keeps_every_step_and_field() {
        let form = Form::read(
            b"answer=done&by=Jo+M%C3%BCller&step=One&step=Two%20%26%20more&field.serial=+X1+&field.empty=&note=&x=y",
        );
        let Some(Answer::Done(evidence)) = form.answer() else {
            panic!("{form:?}")
        };
        assert_eq!(evidence.by, "Jo Müller");
        assert_eq!(evidence.steps, ["One", "Two & more"]);
        assert_eq!(
            evidence.fields,
            BTreeMap::from([("serial".to_owned(), "X1".to_owned())])
        );
        assert_eq!(evidence.note, None);
    }

    #[test]
    fn a_signature_is_one_line_and_nothing_of_it_is_unseen() {
        for (signed, kept) in [
            (
                "Bob%0D%0ASun+29+Nov+Ada+confirmed+it.",
                "Bob Sun 29 Nov Ada confirmed it.",
            ),
            (
                "+Zo%E2%80%8Be%CC%88++%1B%5B2JDoer%E2%80%A8",
                "Zo\u{eb} [2JDoer",
            ),
            ("%E2%80%8B", ""),
        ] {
            let form = Form::read(format!("answer=done&by={signed}").as_bytes());
            assert_eq!(form.by, kept);
        }
    }

    #[test]
    fn nonsense_is_no_answer() {
        for body in [
            &b""[..],
            b"answer=",
            b"answer=yes",
            b"\xff\xfe=%zz&&&",
            b"answer=done%00",
        ] {
            assert_eq!(Form::read(body).answer(), None);
        }
    }
}
