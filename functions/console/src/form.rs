//! What a task's form sends.

use std::collections::BTreeMap;

use latchkey_hris::normalise::words;
use latchkey_lifecycle::{Answer, Evidence};

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
    /// Whom it is handed over to, by address.
    pub(crate) to: String,
    /// Who had it in hand on the page that was looked at.
    pub(crate) seen: String,
    /// Where to go back to.
    pub(crate) back: String,
}

impl Form {
    /// Reads `application/x-www-form-urlencoded`; what it does not know is left out.
    pub(crate) fn read(body: &[u8]) -> Form {
        let mut form = Form::default();
        for (name, value) in form_urlencoded::parse(body) {
            let value = value.trim().to_owned();
            match &*name {
                "answer" => form.answer = value,
                // A name as HR's are kept: in one line, one Unicode form, and nothing of it unseen.
                "by" => form.by = words(&value).unwrap_or_default(),
                "step" => form.steps.push(value),
                "note" => form.note = value,
                "reason" => form.reason = value,
                "question" => form.question = value,
                "to" if !value.is_empty() => form.to = value.to_lowercase(),
                "seen" => form.seen = value,
                "back" => form.back = value,
                other => {
                    if let Some(field) = other.strip_prefix("field.") {
                        form.fields.insert(field.to_owned(), value);
                    }
                }
            }
        }
        form
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
        }
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
