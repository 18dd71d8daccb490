//! An LDAP proxy that spoils what a search shows (RFC 4511 section 4.5, RFC 2696). It reads what a server says message
//! by message; everything but the answers to searches goes through as it is.

use std::sync::{Arc, Mutex};

use bytes::BytesMut;
use lber::{
    Parser,
    common::TagClass,
    structure::{PL, StructureTag},
    write::encode_into,
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

use crate::{
    Shows,
    between::{Between, lock},
};

/// Operations: a search, an entry that it found, that it is done, a reference to another server.
const SEARCH: u64 = 3;
const ENTRY: u64 = 4;
const DONE: u64 = 5;
const REFERENCE: u64 = 19;
/// The control of pages, in requests and answers.
const PAGES: &[u8] = b"1.2.840.113556.1.4.319";
/// Where a page begins that the server does not have.
const MARK: &[u8] = b"latchkey";

#[derive(Default)]
struct Told {
    shows: Option<Shows>,
    spoiled: usize,
}

/// An LDAP proxy at a port of its own.
pub(crate) struct LdapProxy(Between<Told>);

impl LdapProxy {
    /// A proxy before a server of this machine.
    pub(crate) async fn before(server: u16) -> std::io::Result<LdapProxy> {
        Ok(LdapProxy(Between::before(server, carry).await?))
    }

    pub(crate) fn port(&self) -> u16 {
        self.0.port
    }

    pub(crate) fn shows(&self, shows: Shows) {
        *self.0.told() = Told {
            shows: Some(shows),
            spoiled: 0,
        };
    }

    pub(crate) fn spoiled(&self) -> usize {
        self.0.told().spoiled
    }
}

/// One message (RFC 4511 section 4.1.1).
struct Message {
    id: StructureTag,
    operation: StructureTag,
    controls: Option<StructureTag>,
}

fn tag(class: TagClass, id: u64, payload: PL) -> StructureTag {
    StructureTag { class, id, payload }
}

fn octets(bytes: &[u8]) -> StructureTag {
    tag(TagClass::Universal, 4, PL::P(bytes.to_vec()))
}

fn inside(of: &StructureTag) -> &[StructureTag] {
    match &of.payload {
        PL::C(tags) => tags,
        PL::P(_) => &[],
    }
}

fn bytes_of(of: &StructureTag) -> &[u8] {
    match &of.payload {
        PL::P(bytes) => bytes,
        PL::C(_) => &[],
    }
}

fn encoded(of: StructureTag) -> Vec<u8> {
    let mut bytes = BytesMut::new();
    // Into memory nothing fails.
    let _ = encode_into(&mut bytes, of);
    bytes.to_vec()
}

/// The first whole message of what was heard, and how long it is.
fn first(heard: &[u8]) -> Option<(Message, usize)> {
    let (rest, whole) = Parser::new().parse(heard).ok()?;
    let length = heard.len() - rest.len();
    let mut parts = inside(&whole).iter().cloned();
    let message = Message {
        id: parts.next()?,
        operation: parts.next()?,
        controls: parts.next(),
    };
    Some((message, length))
}

impl Message {
    /// Where a page begins, of a search or of the answer that ends one; empty on the first, and on the last.
    fn cookie(&self) -> Option<Vec<u8>> {
        let controls = inside(self.controls.as_ref()?);
        let pages = controls
            .iter()
            .map(inside)
            .find(|control| control.first().is_some_and(|oid| bytes_of(oid) == PAGES))?;
        let value = Parser::new().parse(bytes_of(pages.last()?)).ok()?.1;
        inside(&value)
            .get(1)
            .map(|cookie| bytes_of(cookie).to_vec())
    }

    /// The message with other content.
    fn with(&self, operation: StructureTag, controls: Option<StructureTag>) -> Vec<u8> {
        let parts = [Some(self.id.clone()), Some(operation), controls];
        let parts = parts.into_iter().flatten().collect();
        encoded(tag(TagClass::Universal, 16, PL::C(parts)))
    }

    /// That the search which this message asks for, or ends, is done, and goes on at a cookie.
    fn done(&self, cookie: &[u8]) -> Vec<u8> {
        let size = tag(TagClass::Universal, 2, PL::P(vec![0]));
        let value = tag(TagClass::Universal, 16, PL::C(vec![size, octets(cookie)]));
        let control = PL::C(vec![octets(PAGES), octets(&encoded(value))]);
        let control = tag(TagClass::Universal, 16, control);
        self.with(
            result(0),
            Some(tag(TagClass::Context, 0, PL::C(vec![control]))),
        )
    }
}

/// The end of a search with a result code.
fn result(code: u8) -> StructureTag {
    let code = tag(TagClass::Universal, 10, PL::P(vec![code]));
    let parts = vec![code, octets(b""), octets(b"")];
    tag(TagClass::Application, DONE, PL::C(parts))
}

/// What is known on one connection.
#[derive(Default)]
struct Leafed {
    /// Entries since the last page ended.
    entries: Vec<StructureTag>,
    /// The page before, and where the server says that it goes on.
    before: Vec<StructureTag>,
    cookie: Vec<u8>,
}

impl Leafed {
    /// What is answered to a request in the server's place.
    fn instead(&self, shows: Shows, asked: &Message) -> Option<Vec<u8>> {
        let cookie = asked.cookie().filter(|_| asked.operation.id == SEARCH)?;
        match shows {
            Shows::PagesAgain if !cookie.is_empty() => {
                let entries = self.before.iter();
                let mut said: Vec<u8> = entries
                    .flat_map(|entry| asked.with(entry.clone(), None))
                    .collect();
                said.extend(asked.done(&cookie));
                Some(said)
            }
            Shows::EmptyPages if cookie == MARK => Some(asked.done(&self.cookie)),
            _ => None,
        }
    }

    /// What is said in the place of an answer.
    fn spoiled(&mut self, shows: Shows, said: &Message) -> Option<Vec<u8>> {
        match said.operation.id {
            ENTRY if shows == Shows::PagesAgain => {
                self.entries.push(said.operation.clone());
                None
            }
            DONE => {
                self.before = std::mem::take(&mut self.entries);
                let cookie = said.cookie().filter(|cookie| !cookie.is_empty());
                match (shows, cookie) {
                    (Shows::EmptyPages, Some(cookie)) => {
                        self.cookie = cookie;
                        Some(said.done(MARK))
                    }
                    (Shows::StopsWith(code), _) => Some(said.with(result(code), None)),
                    (Shows::Elsewhere, _) => {
                        // Without a name: below what was asked for (section 4.5.3).
                        let address = PL::C(vec![octets(b"ldap://elsewhere.example/")]);
                        let reference = tag(TagClass::Application, REFERENCE, address);
                        let done = said.with(said.operation.clone(), said.controls.clone());
                        Some([said.with(reference, None), done].concat())
                    }
                    _ => None,
                }
            }
            _ => None,
        }
    }
}

async fn carry(
    mut client: TcpStream,
    mut server: TcpStream,
    told: Arc<Mutex<Told>>,
) -> std::io::Result<()> {
    let mut leafed = Leafed::default();
    let (mut asked, mut answered) = (Vec::new(), Vec::new());
    loop {
        tokio::select! {
            read = client.read_buf(&mut asked) => if read? == 0 { return Ok(()) },
            read = server.read_buf(&mut answered) => if read? == 0 { return Ok(()) },
        }
        let shows = lock(&told).shows;
        while let Some((message, length)) = first(&asked) {
            let whole: Vec<u8> = asked.drain(..length).collect();
            match shows.and_then(|shows| leafed.instead(shows, &message)) {
                Some(said) => {
                    lock(&told).spoiled += 1;
                    client.write_all(&said).await?;
                }
                None => server.write_all(&whole).await?,
            }
        }
        while let Some((message, length)) = first(&answered) {
            let whole: Vec<u8> = answered.drain(..length).collect();
            let said = shows.and_then(|shows| leafed.spoiled(shows, &message));
            lock(&told).spoiled += usize::from(said.is_some());
            client.write_all(said.as_ref().unwrap_or(&whole)).await?;
        }
    }
}
