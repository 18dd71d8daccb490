//! One system, as its description has it.

use async_trait::async_trait;
use futures::{StreamExt, TryStreamExt, stream};
use http::{HeaderMap, HeaderName, HeaderValue};
use latchkey_http_api::{Description, Pointer, SignIn};
use latchkey_lifecycle::Change;
use latchkey_systems::{
    Fault, Found, Http, Page, PageToken, Probe, Secret, Settings, Sight, Sought, System,
    read_by_halves,
};
use reqwest::Url;
use serde_json::Value;

use crate::{entitlements::Known, pages::Position};

/// Accounts of a page that are read at once, where a list shows a part of each only.
const AT_ONCE: usize = 8;

/// One system.
pub(crate) struct Api {
    pub(crate) http: Http,
    pub(crate) base: Url,
    pub(crate) description: Description,
    /// Accounts asked for at once, as the runbook says.
    pub(crate) page: Option<u64>,
    /// The header that signs in, where it is not `Authorization: Bearer` or Basic.
    pub(crate) sign_in: HeaderMap,
    pub(crate) known: Known,
}

impl Api {
    pub(crate) fn new(
        settings: &Settings,
        description: Description,
        secret: Option<Secret>,
        client: reqwest::Client,
    ) -> Result<Api, Fault> {
        let (secret, sign_in) = shown(settings, &description.sign_in, secret)?;
        let http = Http::new(client, settings, secret)?;
        let address = settings.address.trim_end_matches('/');
        let base = Url::parse(&format!("{address}/")).map_err(|e| Fault::Rejected {
            system: settings.name.clone(),
            problem: format!("its address `{}` is none: {e}", settings.address),
        })?;
        Ok(Api {
            http,
            base,
            description,
            page: settings.number("page").and_then(|n| u64::try_from(n).ok()),
            sign_in,
            known: Known::default(),
        })
    }

    pub(crate) fn rejected(&self, problem: impl Into<String>) -> Fault {
        Fault::Rejected {
            system: self.http.system().to_owned(),
            problem: problem.into(),
        }
    }

    pub(crate) fn conflict(&self, problem: impl Into<String>) -> Fault {
        Fault::Conflict {
            system: self.http.system().to_owned(),
            problem: problem.into(),
        }
    }

    /// What stands at a place; the description's check saw to it that it is one.
    pub(crate) fn at<'v>(&self, place: &str, value: &'v Value) -> Option<&'v Value> {
        Pointer::parse(place)?.of(value)
    }

    async fn listed(&self, line: &Value) -> Result<Option<Found>, Fault> {
        let Some(found) = self.found(line) else {
            return Ok(None);
        };
        match self.whole(&found, line.clone()).await? {
            Some((found, value)) => {
                let found = self.with_what_it_shows(found, &value).await?;
                self.with_what_is_asked_for(found).await.map(Some)
            }
            // Gone since the page was read.
            None => Ok(None),
        }
    }
}

/// Either a secret that the calls show by themselves, or the header in which it is shown.
fn shown(
    settings: &Settings,
    sign_in: &SignIn,
    secret: Option<Secret>,
) -> Result<(Option<Secret>, HeaderMap), Fault> {
    let wrong = |wanted: &str| Fault::Unauthorized {
        system: settings.name.clone(),
        problem: format!("the description of its API asks for {wanted} as the secret"),
    };
    let plain = HeaderMap::new();
    match (sign_in, secret) {
        (SignIn::None, _) => Ok((None, plain)),
        (SignIn::Bearer, secret @ Some(Secret::Bearer { .. }))
        | (SignIn::Basic, secret @ Some(Secret::Basic { .. }))
        | (
            SignIn::ClientCredentials,
            secret @ Some(Secret::ClientCredentials { .. } | Secret::PrivateKey { .. }),
        ) => Ok((secret, plain)),
        (SignIn::Header { header, prefix }, Some(Secret::Bearer { token })) => {
            let unreadable = |_| wrong("a token that a header can carry");
            let name: HeaderName = header.parse().map_err(|_| Fault::Rejected {
                system: settings.name.clone(),
                problem: format!(
                    "the description of its API signs in with `{header}`, which is no header"
                ),
            })?;
            let mut value =
                HeaderValue::from_str(&format!("{prefix}{token}")).map_err(unreadable)?;
            value.set_sensitive(true);
            Ok((None, HeaderMap::from_iter([(name, value)])))
        }
        (SignIn::Bearer | SignIn::Header { .. }, _) => Err(wrong("a token")),
        (SignIn::Basic, _) => Err(wrong("a user name and a password")),
        (SignIn::ClientCredentials, _) => Err(wrong("client credentials")),
    }
}

#[async_trait]
impl System for Api {
    async fn read(&self, who: &Sought) -> Result<Option<Found>, Fault> {
        read_by_halves(self, who).await
    }

    async fn look_up(&self, who: &Sought) -> Result<Option<Sight>, Fault> {
        let Some((found, value)) = self.find(who).await? else {
            return Ok(None);
        };
        let found = self.with_what_it_shows(found, &value).await?;
        let mut kinds = self.description.entitlements.values();
        Ok(Some(match kinds.any(|rules| rules.at.is_none()) {
            true => Sight::Part(found),
            false => Sight::Whole(found),
        }))
    }

    async fn complete(&self, found: Found) -> Result<Found, Fault> {
        self.with_what_is_asked_for(found).await
    }

    async fn list(&self, page: Option<&PageToken>) -> Result<Page, Fault> {
        let request = &self.description.list;
        let from = page.map(Position::of).transpose();
        let from = from.map_err(|()| self.rejected("a list goes on at no place that it has"))?;
        let read = self.page_of(request, &|_| None, from).await?;
        let lines = &read.lines;
        if !lines.is_empty() && lines.iter().all(|line| self.found(line).is_none()) {
            return Err(self.no_account(request));
        }
        let reading: Vec<_> = lines.iter().map(|line| self.listed(line)).collect();
        let accounts = stream::iter(reading).buffered(AT_ONCE);
        let accounts: Vec<Option<Found>> = accounts.try_collect().await?;
        Ok(Page {
            accounts: accounts.into_iter().flatten().collect(),
            next: read.next.map(|next| next.token()),
        })
    }

    async fn apply(&self, at: Option<&Found>, change: &Change) -> Result<Option<Found>, Fault> {
        self.change(at, change).await
    }

    async fn probe(&self) -> Vec<Probe> {
        self.try_all().await
    }
}
