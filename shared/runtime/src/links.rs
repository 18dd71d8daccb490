//! Signed links to a task's page. A link names case, task, step and serial; it works for that one question
//! only, and only while the question stands.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use hmac::{Hmac, KeyInit, Mac};
use jiff::Timestamp;
use latchkey_lifecycle::{CaseId, Step, TaskId};
use sha2::Sha256;

/// Makes and checks links.
#[derive(Clone)]
pub struct Links {
    base: String,
    /// Keyed, and nothing signed yet.
    key: Hmac<Sha256>,
}

/// Whoever knows that there is no key signs as we do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the key that signs the links of letters is empty: anybody could write such links")]
pub struct NoLinkKey;

impl std::fmt::Debug for Links {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Links")
            .field("base", &self.base)
            .finish_non_exhaustive()
    }
}

/// What a link is for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Question {
    /// The case.
    pub case: CaseId,
    /// The task.
    pub task: TaskId,
    /// What is asked.
    pub step: Step,
    /// Which of the task's questions.
    pub serial: u32,
    /// Whether the reader may waive the task: only in letters to the escalation contact.
    pub may_waive: bool,
}

impl Links {
    /// What they begin with.
    pub fn base(&self) -> &str {
        &self.base
    }

    /// Links below `base` (scheme, host and port; no slash at the end), signed with `key`.
    ///
    /// # Errors
    /// [`NoLinkKey`] when it is empty.
    pub fn new(base: impl AsRef<str>, key: impl AsRef<str>) -> Result<Links, NoLinkKey> {
        let key = key.as_ref().trim();
        if key.is_empty() {
            return Err(NoLinkKey);
        }
        Ok(Links {
            base: base.as_ref().trim_end_matches('/').to_owned(),
            key: Hmac::new_from_slice(key.as_bytes()).map_err(|_| NoLinkKey)?,
        })
    }

    /// The same key for links below another address.
    #[must_use]
    pub fn at(&self, base: impl AsRef<str>) -> Links {
        Links {
            base: base.as_ref().trim_end_matches('/').to_owned(),
            ..self.clone()
        }
    }

    /// The address of a page for whoever signs in: it opens nothing by itself. `path` begins with a slash.
    pub fn page(&self, path: &str) -> String {
        format!("{}{path}", self.base)
    }

    /// The link of a question.
    pub fn url(&self, question: &Question) -> String {
        format!("{}{}", self.base, self.path(question))
    }

    /// The link's path.
    pub fn path(&self, question: &Question) -> String {
        let Question { case, task, .. } = question;
        let code = code(question);
        let signature = URL_SAFE_NO_PAD.encode(self.mac(question).finalize().into_bytes());
        format!("/tasks/{case}/{}/{code}.{signature}", encode(task.as_str()))
    }

    /// The question of a link's parts, when its signature is ours. Constant time.
    pub fn open(&self, case: &str, task: &str, code_and_signature: &str) -> Option<Question> {
        let (code, signature) = code_and_signature.split_once('.')?;
        let (kind, serial) = code.split_at_checked(2)?;
        let mut kind = kind.chars();
        let step = match kind.next()? {
            'd' => Step::Do,
            'c' => Step::Confirm,
            'm' => Step::Mend,
            _ => return None,
        };
        let may_waive = match kind.next()? {
            'o' => false,
            'e' => true,
            _ => return None,
        };
        let question = Question {
            case: CaseId::new(case).ok()?,
            task: TaskId::new(task).ok()?,
            step,
            serial: serial.parse().ok().filter(|_| !serial.starts_with('+'))?,
            may_waive,
        };
        let signature = URL_SAFE_NO_PAD.decode(signature).ok()?;
        self.mac(&question).verify_slice(&signature).ok()?;
        Some(question)
    }

    /// The question of a whole link, as it stands in a letter.
    pub fn open_url(&self, url: &str) -> Option<Question> {
        let mut parts = url.rsplit('/');
        let (code, task, case) = (parts.next()?, parts.next()?, parts.next()?);
        self.open(case, &decode(task)?, code)
    }

    /// What proves later that a page showed this, and when (UTC), to the second: a form carries it, and nobody else can
    /// make one.
    pub fn seal(&self, shown: &str, at: Timestamp) -> String {
        let second = at.as_second();
        let mac = self.mac_of_seal(shown, second).finalize().into_bytes();
        format!("{second}.{}", URL_SAFE_NO_PAD.encode(mac))
    }

    /// When a page showed this, by what its form carries; `None` where it is not our seal, or of something else. Constant
    /// time.
    pub fn sealed_at(&self, seal: &str, shown: &str) -> Option<Timestamp> {
        let (second, mac) = seal.split_once('.')?;
        let second: i64 = second.parse().ok()?;
        let mac = URL_SAFE_NO_PAD.decode(mac).ok()?;
        self.mac_of_seal(shown, second).verify_slice(&mac).ok()?;
        Timestamp::from_second(second).ok()
    }

    fn mac_of_seal(&self, shown: &str, second: i64) -> Hmac<Sha256> {
        let mut mac = self.key.clone();
        mac.update(format!("latchkey seal v1\n{second}\n{shown}").as_bytes());
        mac
    }

    fn mac(&self, q: &Question) -> Hmac<Sha256> {
        let mut mac = self.key.clone();
        mac.update(format!("latchkey link v1\n{}\n{}\n{}", q.case, q.task, code(q)).as_bytes());
        mac
    }
}

fn code(q: &Question) -> String {
    let step = match q.step {
        Step::Do => 'd',
        Step::Confirm => 'c',
        Step::Mend => 'm',
    };
    let reader = if q.may_waive { 'e' } else { 'o' };
    format!("{step}{reader}{}", q.serial)
}

/// Percent-encodes what does not stand for itself in a path segment (RFC 3986 section 2.3).
fn encode(segment: &str) -> String {
    let plain = |b: u8| b.is_ascii_alphanumeric() || b"-._~".contains(&b);
    segment.bytes().fold(String::new(), |mut out, b| {
        if plain(b) {
            out.push(char::from(b));
        } else {
            out.push_str(&format!("%{b:02X}"));
        }
        out
    })
}

/// What [`encode`] made of a segment.
fn decode(segment: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(segment.len());
    let mut rest = segment;
    while let Some((plain, coded)) = rest.split_once('%') {
        let (digits, after) = coded.split_at_checked(2)?;
        bytes.extend_from_slice(plain.as_bytes());
        // A sign is no digit, as the standard library has it.
        let digits = digits
            .bytes()
            .all(|b| b.is_ascii_hexdigit())
            .then_some(digits)?;
        bytes.push(u8::from_str_radix(digits, 16).ok()?);
        rest = after;
    }
    bytes.extend_from_slice(rest.as_bytes());
    String::from_utf8(bytes).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn question() -> Question {
        Question {
            case: CaseId::new("hire-1042-5f0c2a91").unwrap(),
            task: TaskId::new("laptop").unwrap(),
            step: Step::Do,
            serial: 3,
            may_waive: false,
        }
    }

    #[test]
    fn a_seal_is_of_what_was_shown_and_when_and_of_nothing_else() {
        let links = Links::new("https://latchkey.example", "key").unwrap();
        let at = Timestamp::from_second(1_800_000_000).unwrap();
        let seal = links.seal("repair", at);
        assert_eq!(links.sealed_at(&seal, "repair"), Some(at));
        let (_, mac) = seal.split_once('.').unwrap();
        let later = format!("1900000000.{mac}");
        let other = Links::new("https://latchkey.example", "other").unwrap();
        for wrong in [
            &later,
            "",
            ".",
            "1800000000.",
            "2099-01-01T00:00:00Z",
            &other.seal("repair", at),
        ] {
            assert_eq!(links.sealed_at(wrong, "repair"), None, "{wrong}");
        }
        assert_eq!(links.sealed_at(&seal, "report"), None);
    }

    #[test]
    fn a_whole_link_opens_whatever_the_task_is_called() {
        let links = Links::new("https://latchkey.example", "key").unwrap();
        for task in ["laptop", "new-access.erp.finance+security", "büro/1%20"] {
            let asked = Question {
                task: TaskId::new(task).unwrap(),
                ..question()
            };
            assert_eq!(links.open_url(&links.url(&asked)), Some(asked));
        }
        for odd in ["%2", "%+D"] {
            assert_eq!(decode(odd), None);
        }
    }

    #[test]
    fn a_link_opens_its_own_question_and_no_other() {
        let links = Links::new("https://latchkey.example/", "key").unwrap();
        let url = links.url(&question());
        assert!(url.starts_with("https://latchkey.example/tasks/hire-1042-5f0c2a91/laptop/do3."));
        let last = url.rsplit('/').next().unwrap();
        assert_eq!(
            links.open("hire-1042-5f0c2a91", "laptop", last),
            Some(question())
        );
        assert_eq!(links.open("hire-1042-5f0c2a91", "badge", last), None);
        assert_eq!(links.open("hire-1043-5f0c2a91", "laptop", last), None);
        for forged in ["do4", "do+3", "de3", "mo3", "co3"] {
            assert_eq!(
                links.open("hire-1042-5f0c2a91", "laptop", &last.replace("do3", forged)),
                None
            );
        }
        assert_eq!(
            Links::new("", "other")
                .unwrap()
                .open("hire-1042-5f0c2a91", "laptop", last),
            None
        );
        for none in ["", " ", "\n"] {
            assert_eq!(Links::new("", none).err(), Some(NoLinkKey));
        }
    }

    #[test]
    fn nonsense_is_no_link() {
        let links = Links::new("", "key").unwrap();
        for nonsense in [
            "",
            ".",
            "d.",
            "do.x",
            "do3",
            "do3.",
            "äö3.x",
            "do99999999999.AAAA",
        ] {
            assert_eq!(
                links.open("hire-1-0", "laptop", nonsense),
                None,
                "{nonsense}"
            );
        }
    }
}
