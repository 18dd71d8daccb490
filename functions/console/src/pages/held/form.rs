//! What the forms about held cases send.

use std::collections::BTreeMap;

use latchkey_decisions::NotDecided;
use latchkey_lifecycle::{CaseId, Choice};
use latchkey_questions::TEXT_LENGTH;

/// A form as it was sent.
#[derive(Debug, Default)]
pub(super) struct Said {
    /// Which button: `keep`, `look`, `second`, `take-back` or `carry-on`.
    pub(super) act: String,
    /// What is said of everything that is held, where it is.
    pub(super) all: Option<Choice>,
    /// What is said of each that the page showed, with the reason.
    pub(super) each: Vec<(CaseId, Choice, String)>,
    /// Why those are left out that have no reason of their own.
    pub(super) reason: String,
    /// The page that was shown, and the next one, by the last case before each.
    pub(super) from: String,
    pub(super) next: String,
    /// The checksum of what was shown.
    pub(super) list: String,
    /// How many go on, as somebody typed it.
    count: String,
}

fn choice(word: &str) -> Option<Choice> {
    match word {
        "go" => Some(Choice::GoesOn),
        "out" => Some(Choice::LeftOut),
        "later" => Some(Choice::Later),
        _ => None,
    }
}

impl Said {
    /// Reads `application/x-www-form-urlencoded`; what it does not know is left out.
    pub(super) fn read(body: &[u8]) -> Said {
        let mut said = Said::default();
        let (mut each, mut why) = (BTreeMap::new(), BTreeMap::new());
        for (name, value) in form_urlencoded::parse(body) {
            let value = value.trim().to_owned();
            match &*name {
                "do" => said.act = value,
                "all" => said.all = choice(&value),
                "reason" => said.reason = value,
                "from" => said.from = value,
                "next" => said.next = value,
                "list" => said.list = value,
                "count" => said.count = value,
                other => {
                    let of = |prefix| {
                        let id = other.strip_prefix(prefix)?;
                        CaseId::new(id).ok()
                    };
                    if let (Some(id), Some(choice)) = (of("d."), choice(&value)) {
                        each.insert(id, choice);
                    } else if let Some(id) = of("why.") {
                        why.insert(id, value);
                    }
                }
            }
        }
        let with_reason = |(id, choice)| {
            let reason = why.remove(&id).unwrap_or_default();
            (id, choice, reason)
        };
        said.each = each.into_iter().map(with_reason).collect();
        said
    }

    /// The number that was typed, however its thousands are set apart.
    pub(super) fn typed(&self) -> Option<usize> {
        crate::form::number(&self.count)
    }

    /// Why it cannot be kept.
    pub(super) fn problem(&self) -> Option<NotDecided> {
        let reasons = self.each.iter().map(|(_, _, reason)| reason);
        let mut reasons = reasons.chain([&self.reason]);
        reasons
            .any(|reason| reason.chars().count() > TEXT_LENGTH)
            .then_some(NotDecided::TooLong)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_says_something_of_each_that_it_shows() {
        let said = Said::read(
            b"do=look&all=each&d.exit-1=go&d.exit-2=out&why.exit-2=+not+yet+&why.exit-3=x&d.exit-4=nonsense&d.=go&count=3%2c000",
        );
        let of = |n: &str| CaseId::new(n).unwrap();
        assert_eq!(
            said.each,
            [
                (of("exit-1"), Choice::GoesOn, String::new()),
                (of("exit-2"), Choice::LeftOut, "not yet".to_owned()),
            ]
        );
        assert_eq!((said.all, said.typed()), (None, Some(3000)));
        assert_eq!(Said::read(b"all=out&count=").all, Some(Choice::LeftOut));
        assert_eq!(Said::read(b"count=").typed(), None);
        assert_eq!(Said::read(b"count=-1").typed(), None);
    }
}
