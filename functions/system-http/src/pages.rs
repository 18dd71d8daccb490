//! Lists, page by page.

use http::HeaderMap;
use latchkey_http_api::{By, Pages, Request, Values, Without, text_of};
use latchkey_systems::{Fault, Faults, Leafing, PageToken, Part, System, Turn, Whole, next_link};
use serde_json::{Value, json};

use crate::{answer::Came, api::Api, call::From, lines::says_more};

/// More lines than this are not read to find one.
const MOST: usize = 50_000;

/// Where a page begins.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Position {
    /// Number, cursor or address.
    at: String,
    /// Lines before it.
    seen: u64,
}

impl Position {
    pub(crate) fn token(&self) -> PageToken {
        PageToken(json!([self.at, self.seen]).to_string())
    }

    pub(crate) fn of(token: &PageToken) -> Result<Position, ()> {
        let (at, seen) = serde_json::from_str(&token.0).map_err(|_| ())?;
        Ok(Position { at, seen })
    }
}

/// A page.
#[derive(Debug, Default)]
pub(crate) struct Read {
    pub(crate) lines: Vec<Value>,
    pub(crate) part: Part,
    /// Whether nothing stands where the list is: some say so of an empty one, and some of what they could not read.
    is_null: bool,
}

/// All that a search told.
#[derive(Debug, Default)]
pub(crate) struct Told {
    pub(crate) lines: Vec<Value>,
    /// Whether it told anything: `null` in the place of the list says nothing of who is there.
    pub(crate) is_told: bool,
}

/// What a list is read for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// To find one. Where it is not there, nothing is found; who is found among more is found all the same.
    Search,
    /// To know what an account has. It is always there.
    Holdings,
    /// The same, where the description says that it may be missing: then the account has nothing.
    HoldingsOrNone,
    /// To know what can be given. It is always there.
    Catalogue,
    /// To know all accounts. It is always there, and its lines are told apart by the accounts' handles.
    Accounts,
}

impl Purpose {
    /// Whether the list is always there.
    fn is_there(self) -> bool {
        matches!(
            self,
            Purpose::Holdings | Purpose::Catalogue | Purpose::Accounts
        )
    }
}

impl Api {
    /// Reads a page of the list of all accounts.
    pub(crate) async fn page_of_all(&self, from: Option<Position>) -> Result<Read, Fault> {
        let list = &self.description.list;
        self.page_of(list, &|_| None, from, Purpose::Accounts).await
    }

    /// Reads a page of a list.
    async fn page_of(
        &self,
        request: &Request,
        values: &Values<'_>,
        from: Option<Position>,
        purpose: Purpose,
    ) -> Result<Read, Fault> {
        let is_first = from.is_none();
        let pages = request.pages.as_ref();
        let begin = match (pages, &from) {
            (None, _) => From::Path(Vec::new()),
            (Some(pages), from) => self.begin(pages, from.as_ref()),
        };
        let sent = self.send_from(request, Without::LeftOut, values, begin);
        let answer = match sent.await? {
            // Some say so of the page after the last.
            Came::NotThere if !purpose.is_there() || !is_first => {
                return Ok(Read::default());
            }
            Came::NotThere => {
                return Err(self.rejected(format!(
                    "`{}` is answered with not found; check the address in the runbook, and the description of its API{}",
                    request.call,
                    or_say_so(purpose)
                )));
            }
            Came::Done(answer) => answer,
        };
        let headers = answer.headers.clone();
        let body = self.json(request, answer)?;
        let place = request.at.as_deref().unwrap_or_default();
        let lines = match self.at(place, &body) {
            None if purpose == Purpose::HoldingsOrNone => Vec::new(),
            // Behind the last page some say only how many there are: whether those were shown is counted.
            None if !is_first && self.total(pages, &body).is_some() => Vec::new(),
            _ => self.lines(request, &body, purpose)?,
        };
        let is_null = is_first && self.is_null(request, &body);
        if purpose.is_there() && is_null {
            return Err(self.no_list(request, purpose));
        }
        let identities = lines.iter().map(|line| self.identity(line, purpose));
        let Some(pages) = pages else {
            let part = Part::of(identities, None);
            if purpose != Purpose::Search
                && let Some(why) = says_more(&body, &headers, lines.len())
            {
                let mut list = self.leafing(request);
                list.turn(&part)?;
                return Err(list.incomplete(&format!(
                    "goes on: {why}. Say `pages` in the description of its API"
                )));
            }
            return Ok(Read {
                lines,
                part,
                is_null,
            });
        };
        let from = from.unwrap_or_default();
        let seen = from.seen + lines.len() as u64;
        let total = self.total(Some(pages), &body);
        let by_number = matches!(pages.by, By::Page | By::Offset);
        let at = match lines.is_empty() && by_number {
            true => None,
            false => self.next(pages, &from, seen, &body, &headers)?,
        };
        let next = at.map(|at| Position { at, seen }.token().0);
        let part = Part::of(identities, next).out_of(total);
        Ok(Read {
            lines,
            part,
            is_null,
        })
    }

    /// Everything on all pages.
    pub(crate) async fn all(
        &self,
        request: &Request,
        values: &Values<'_>,
        purpose: Purpose,
    ) -> Result<Whole<Vec<Value>>, Fault> {
        let told = self.told(request, values, purpose).await?;
        Ok(told.map(|told| told.lines))
    }

    /// Everything on all pages, and whether that was told.
    pub(crate) async fn told(
        &self,
        request: &Request,
        values: &Values<'_>,
        purpose: Purpose,
    ) -> Result<Whole<Told>, Fault> {
        let mut all = Told {
            is_told: true,
            ..Told::default()
        };
        let mut list = self.leafing(request);
        let mut from = None;
        loop {
            let read = self.page_of(request, values, from, purpose).await?;
            all.lines.extend(read.lines);
            all.is_told &= !read.is_null;
            from = match list.turn(&read.part)? {
                Turn::To(next) => Position::of(&PageToken(next)).ok(),
                Turn::End(whole) => return Ok(whole.map(|()| all)),
            };
        }
    }

    /// At the beginning of what a request lists.
    pub(crate) fn leafing(&self, request: &Request) -> Leafing {
        let lines = format!("lines of `{}`", request.call);
        let many = format!(
            "`{}` answers with more than {MOST} lines, and one is looked for; describe how it is found",
            request.call
        );
        Leafing::through(self.name(), &lines).up_to(MOST, many)
    }

    /// The list in an answer; what is one thing and no list is a list of one.
    pub(crate) fn lines(
        &self,
        request: &Request,
        body: &Value,
        purpose: Purpose,
    ) -> Result<Vec<Value>, Fault> {
        let place = request.at.as_deref().unwrap_or_default();
        match self.at(place, body) {
            Some(Value::Array(all)) => Ok(all.clone()),
            Some(one @ Value::Object(_)) => Ok(vec![one.clone()]),
            Some(Value::Null) => Ok(Vec::new()),
            _ if self.total(request.pages.as_ref(), body) == Some(0) => Ok(Vec::new()),
            _ => Err(self.no_list(request, purpose)),
        }
    }

    /// Whether nothing stands where the list is, and nothing beside it says that there is nothing.
    fn is_null(&self, request: &Request, body: &Value) -> bool {
        let place = request.at.as_deref().unwrap_or_default();
        self.at(place, body) == Some(&Value::Null)
            && self.total(request.pages.as_ref(), body) != Some(0)
    }

    fn no_list(&self, request: &Request, purpose: Purpose) -> Fault {
        let place = request.at.as_deref().unwrap_or_default();
        self.rejected(format!(
            "the answer to `{}` has no list at `{place}`; check the address in the runbook, and the description of its API{}",
            request.call,
            or_say_so(purpose)
        ))
    }

    fn total(&self, pages: Option<&Pages>, body: &Value) -> Option<u64> {
        let total = self.at(pages?.total.as_deref()?, body)?;
        text_of(total)?.parse().ok()
    }

    /// What tells a line apart from others. Several memberships of one account may name the account in the same place.
    fn identity(&self, line: &Value, purpose: Purpose) -> String {
        let handle = self.at(&self.description.account.handle, line);
        let handle = handle.filter(|_| purpose == Purpose::Accounts);
        handle.and_then(text_of).unwrap_or_else(|| line.to_string())
    }

    fn begin(&self, pages: &Pages, from: Option<&Position>) -> From {
        let at = from.map(|from| from.at.clone());
        let first = || match pages.by {
            By::Page => Some(pages.first.unwrap_or(1).to_string()),
            By::Offset => Some(pages.first.unwrap_or(0).to_string()),
            By::Cursor | By::Address | By::Link => None,
        };
        let mut more = Vec::new();
        if let (Some(size), Some(most)) = (&pages.size, self.page.or(pages.most)) {
            more.push((size.clone(), most.to_string()));
        }
        match (pages.by, at) {
            (By::Address | By::Link, Some(address)) => return From::Address(address),
            (_, at) => {
                if let (Some(parameter), Some(at)) = (&pages.parameter, at.or_else(first)) {
                    more.push((parameter.clone(), at));
                }
            }
        }
        From::Path(more)
    }

    /// Where the next page begins; `None` on the last.
    fn next(
        &self,
        pages: &Pages,
        from: &Position,
        seen: u64,
        body: &Value,
        headers: &HeaderMap,
    ) -> Result<Option<String>, Fault> {
        if self
            .total(Some(pages), body)
            .is_some_and(|total| seen >= total)
        {
            return Ok(None);
        }
        let next = pages.next.as_deref().map(|place| {
            let there = self.at(place, body).filter(|v| **v != Value::Bool(false));
            there.map(|value| text_of(value).unwrap_or_else(|| value.to_string()))
        });
        let next = match next {
            Some(None) => return Ok(None),
            Some(Some(text)) if text.is_empty() || text == "\"\"" || text == "null" => {
                return Ok(None);
            }
            Some(next) => next,
            None => None,
        };
        Ok(match pages.by {
            By::Page => {
                let number = from.at.parse().unwrap_or(pages.first.unwrap_or(1));
                Some((number + 1).to_string())
            }
            By::Offset => Some((pages.first.unwrap_or(0) + seen).to_string()),
            By::Cursor => next,
            By::Address => next.map(|next| self.below(&next)).transpose()?,
            By::Link => next_link(headers)
                .map(|next| self.below(&next))
                .transpose()?,
        })
    }

    /// An address that an answer leads to. The secret goes nowhere but to the system's own.
    fn below(&self, address: &str) -> Result<String, Fault> {
        let elsewhere = || {
            self.rejected(
                "its list goes on at another address than the one in the runbook; correct it there",
            )
        };
        let next = self.base.join(address).map_err(|_| elsewhere())?;
        match next.as_str().starts_with(self.base.as_str()) {
            true => Ok(next.into()),
            false => Err(elsewhere()),
        }
    }
}

/// What may be mended in the description where a list is missing.
fn or_say_so(purpose: Purpose) -> &'static str {
    match purpose {
        Purpose::Holdings => {
            ", or say `may_be_missing: true` there when the API answers so about accounts that have nothing of this kind"
        }
        _ => "",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_position_survives_its_token() {
        let position = Position {
            at: "c\"7".into(),
            seen: 12,
        };
        assert_eq!(Position::of(&position.token()), Ok(position));
        assert_eq!(Position::of(&PageToken("7".into())), Err(()));
    }
}
