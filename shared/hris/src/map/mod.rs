//! Any JSON, by a mapping that the company writes: `source-NAME.yaml` beside its runbook.
//!
//! The file says where in the payload what stands, which value is which kind of event, and how a delivery proves that
//! it is from there. `docs/HR-SOURCES.md` describes it.

mod path;
mod read;

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
    sync::{LazyLock, Mutex, PoisonError},
};

use base64::{
    Engine,
    engine::general_purpose::{STANDARD, URL_SAFE},
};
use hmac::{Hmac, KeyInit, Mac};
use http::HeaderMap;
use jiff::Timestamp;
use latchkey_lifecycle::{Event, EventKind, UnknownEvent};
use serde::Serialize;
use serde_json::Value;
use sha2::{Sha256, Sha512};

use self::path::Path;
use crate::{
    Authentic, Delivery, Outgoing, Refusal, Source, SourceSecret, Translation,
    delivery::{same_text, signed_headers},
    normalise::{Reading, Told, text, told},
    record_fields::{employee_id, id_at, zoned_instant},
    signature::{check_password, check_token, password_headers, token_headers},
    translation::shortened,
    vendors::json,
};

/// A mistake in a mapping's file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, thiserror::Error)]
#[error("{file}:{line}:{column}: {message}")]
pub struct MapProblem {
    /// In which file.
    pub file: String,
    /// Line, from 1.
    pub line: u32,
    /// Column, from 1.
    pub column: u32,
    /// What is wrong, and what to write.
    pub message: String,
}

/// A source that the company describes itself.
pub struct MapSource {
    name: &'static str,
    mapping: Mapping,
}

impl fmt::Debug for MapSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "MapSource({})", self.name)
    }
}

struct Mapping {
    proof: Proof,
    id: Option<Part>,
    each: Option<Path>,
    event: Path,
    events: BTreeMap<String, Option<EventKind>>,
    at: Option<Path>,
    employee: Path,
    day: Option<Path>,
    reason: Option<Path>,
    /// By the documented names of a person's fields.
    person: BTreeMap<&'static str, Path>,
}

/// How a delivery proves where it is from.
enum Proof {
    /// A bearer token.
    Token,
    /// HTTP Basic.
    Password,
    Hmac {
        sha512: bool,
        header: &'static str,
        /// `hex`, `base64`, `base64url`.
        encoding: &'static str,
        prefix: String,
        over: Vec<Part>,
        time: Option<&'static str>,
    },
}

/// A part of what is signed, or where a delivery's id is.
enum Part {
    Body,
    Header(&'static str),
    Literal(String),
    Path(Path),
}

impl MapSource {
    /// Reads a mapping. `file` is what problems call it.
    ///
    /// # Errors
    /// Every mistake, each with its place.
    pub fn read(name: &str, file: &str, text: &str) -> Result<MapSource, Vec<MapProblem>> {
        let mapping = read::read(file, text)?;
        Ok(MapSource {
            name: intern(name),
            mapping,
        })
    }

    /// The name of the source that a runbook's file describes: `source-papaya.yaml` and `sources/papaya.yaml` describe
    /// `papaya`.
    pub fn name_in(file: &str) -> Option<&str> {
        let stem = file
            .strip_suffix(".yaml")
            .or_else(|| file.strip_suffix(".yml"))?;
        let name = stem
            .strip_prefix("source-")
            .or_else(|| stem.strip_prefix("sources/"))?;
        let fits = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        (!name.is_empty() && name.chars().all(fits)).then_some(name)
    }

    /// The source of a name, among a runbook's files; `None` when none of them describes it.
    pub fn among(
        files: &BTreeMap<String, String>,
        name: &str,
    ) -> Option<Result<MapSource, Vec<MapProblem>>> {
        let mut files = files.iter();
        let (file, text) = files.find(|(file, _)| MapSource::name_in(file) == Some(name))?;
        Some(MapSource::read(name, file, text))
    }

    fn signature(
        &self,
        secret: &SourceSecret,
        header: &dyn Fn(&'static str) -> Result<String, Refusal>,
        body: &[u8],
    ) -> Result<String, Refusal> {
        let Proof::Hmac {
            sha512,
            encoding,
            prefix,
            over,
            ..
        } = &self.mapping.proof
        else {
            return Ok(String::new());
        };
        let mut message = Vec::with_capacity(body.len() + 32);
        for part in over {
            match part {
                Part::Body => message.extend_from_slice(body),
                Part::Header(name) => message.extend_from_slice(header(name)?.as_bytes()),
                Part::Literal(text) => message.extend_from_slice(text.as_bytes()),
                Part::Path(_) => {}
            }
        }
        let key = secret.text(self.name)?.as_bytes();
        let unusable = |_| Refusal::SecretUnusable {
            source_name: self.name,
            problem: "cannot be a key",
        };
        let mac = if *sha512 {
            let mut mac = Hmac::<Sha512>::new_from_slice(key).map_err(unusable)?;
            mac.update(&message);
            mac.finalize().into_bytes().to_vec()
        } else {
            let mut mac = Hmac::<Sha256>::new_from_slice(key).map_err(unusable)?;
            mac.update(&message);
            mac.finalize().into_bytes().to_vec()
        };
        let text = match *encoding {
            "base64" => STANDARD.encode(mac),
            "base64url" => URL_SAFE.encode(mac),
            _ => hex::encode(mac),
        };
        Ok(format!("{prefix}{text}"))
    }

    fn unreadable(&self, path: &Path, problem: &str) -> Refusal {
        Refusal::Unreadable {
            source_name: self.name,
            problem: format!("`{}` {problem}", path.written()),
        }
    }

    /// What one entry says: an event, nothing, or one that the mapping does not know.
    fn event(
        &self,
        authentic: &Authentic,
        entry: &Value,
    ) -> Result<Result<Option<Event>, UnknownEvent>, Refusal> {
        let map = &self.mapping;
        let name = text(map.event.of(entry))
            .ok_or_else(|| self.unreadable(&map.event, "is missing: it says what happened"))?;
        let Some(kind) = map.events.get(&name) else {
            return Ok(Err(UnknownEvent {
                source: self.name.to_owned(),
                name: shortened(&name),
                described: true,
                employee_id: employee_id(map.employee.of(entry)),
            }));
        };
        let Some(kind) = *kind else {
            return Ok(Ok(None));
        };
        let employee = id_at(self.name, map.employee.written(), map.employee.of(entry))?;
        let found =
            |path: &Option<Path>| path.as_ref().map_or(Value::Null, |p| p.of(entry).clone());
        let confirmed = text(&found(&map.at)).and_then(|at| moment(&at));
        if let (Some(at), None) = (&map.at, confirmed) {
            let wanted = "has to be a date and time with an offset, like 2026-11-23T07:00:00-08:00, or seconds since 1970";
            return Err(self.unreadable(at, wanted));
        }
        let mut read = Reading::of(&employee);
        for (name, path) in &map.person {
            read = read.value(name, path.written(), path.of(entry));
        }
        let written = |path: &Option<Path>| {
            path.as_ref()
                .map_or(String::new(), |p| p.written().to_owned())
        };
        let Told {
            effective,
            reason,
            person,
        } = told(
            self.name,
            kind,
            (&written(&map.day), &found(&map.day)),
            (&written(&map.reason), &found(&map.reason)),
            read.done(),
        )?;
        Ok(Ok(Some(Event {
            kind,
            source: self.name.to_owned(),
            delivery_id: authentic.delivery_id.clone(),
            occurred_at: confirmed.unwrap_or(authentic.timestamp),
            effective,
            person,
            reason,
            confirmed_by: None,
        })))
    }
}

impl Source for MapSource {
    fn name(&self) -> &'static str {
        self.name
    }

    fn authenticate(
        &self,
        delivery: &Delivery<'_>,
        secret: &SourceSecret,
    ) -> Result<Authentic, Refusal> {
        delivery.check_json()?;
        let mut timestamp = delivery.now;
        match &self.mapping.proof {
            Proof::Token => check_token(delivery, self.name, secret)?,
            Proof::Password => check_password(delivery, self.name, secret)?,
            Proof::Hmac {
                header,
                time,
                encoding,
                prefix,
                ..
            } => {
                let given = delivery.header(header)?;
                // Hexadecimal digits are written in either case.
                let given = match (*encoding, given.strip_prefix(prefix.as_str())) {
                    ("hex", Some(digits)) => format!("{prefix}{}", digits.to_ascii_lowercase()),
                    _ => given.to_owned(),
                };
                let read = |name| delivery.header(name).map(str::to_owned);
                let right = self.signature(secret, &read, delivery.body)?;
                if !same_text(&right, &given) {
                    return Err(Refusal::Forged {
                        header,
                        source_name: self.name,
                    });
                }
                if let Some(time) = time {
                    timestamp = moment(delivery.header(time)?).ok_or(Refusal::Unsigned {
                        header: time,
                        problem: "is not a time",
                    })?;
                    delivery.check_fresh(timestamp)?;
                }
            }
        }
        let id = match &self.mapping.id {
            Some(Part::Header(name)) => Some(delivery.header(name)?.to_owned()),
            Some(Part::Path(path)) => {
                let body = json(delivery.body).unwrap_or_default();
                text(path.of(&body))
            }
            _ => None,
        };
        Ok(Authentic {
            delivery_id: id.unwrap_or_else(|| delivery.body_id()),
            timestamp,
        })
    }

    fn translate(&self, authentic: &Authentic, body: &[u8]) -> Result<Translation, Refusal> {
        let body = json(body)?;
        let entries = match &self.mapping.each {
            None => std::slice::from_ref(&body),
            Some(path) => path
                .of(&body)
                .as_array()
                .ok_or_else(|| self.unreadable(path, "is no list"))?,
        };
        let (mut events, mut unknown) = (Vec::new(), Vec::new());
        for entry in entries {
            match self.event(authentic, entry)? {
                Ok(event) => events.extend(event),
                Err(one) => unknown.push(one),
            }
        }
        if !unknown.is_empty() {
            return Ok(Translation::beside_unknown(events, unknown));
        }
        let why = format!("the mapping of `{}` makes nothing of it", self.name);
        Ok(Translation::of_events(events, &why))
    }

    fn sign(&self, secret: &SourceSecret, outgoing: &Outgoing<'_>) -> Result<HeaderMap, Refusal> {
        let Proof::Hmac {
            header, over, time, ..
        } = &self.mapping.proof
        else {
            return match self.mapping.proof {
                Proof::Password => password_headers(self.name, secret),
                _ => token_headers(self.name, secret),
            };
        };
        let sent_at = outgoing.sent_at.as_second().to_string();
        let value = |name: &'static str| match time {
            Some(time) if *time == name => sent_at.clone(),
            _ => outgoing.id.to_owned(),
        };
        let signature = self.signature(secret, &|name| Ok(value(name)), outgoing.body)?;
        let mut headers = vec![(*header, signature)];
        let id = self.mapping.id.iter();
        for part in over.iter().chain(id) {
            if let Part::Header(name) = part {
                headers.push((name, value(name)));
            }
        }
        signed_headers(&headers)
    }
}

/// A time as vendors write it: seconds since 1970, or a date and time.
fn moment(text: &str) -> Option<Timestamp> {
    match text.parse::<i64>() {
        // From the year 2286 on in seconds, and in milliseconds ever since 1970.
        Ok(number) if number.unsigned_abs() >= 10_000_000_000 => {
            Timestamp::from_millisecond(number).ok()
        }
        Ok(seconds) => Timestamp::from_second(seconds).ok(),
        Err(_) => zoned_instant(text),
    }
}

/// A name that lives as long as the process. Only runbooks bring new ones, and each is kept once.
fn intern(name: &str) -> &'static str {
    static NAMES: LazyLock<Mutex<BTreeSet<&'static str>>> = LazyLock::new(Mutex::default);
    let mut names = NAMES.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(known) = names.get(name) {
        return known;
    }
    let kept: &'static str = Box::leak(name.to_owned().into_boxed_str());
    names.insert(kept);
    kept
}
