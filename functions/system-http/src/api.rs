//! One system, as its description has it.

use async_trait::async_trait;
use futures::{StreamExt, TryStreamExt, stream};
use http::{HeaderMap, HeaderName, HeaderValue};
use latchkey_http_api::{Description, Pointer, SignIn};
use latchkey_lifecycle::Change;
use latchkey_systems::{
    Fault, Faults, Found, Http, Page, PageToken, Probe, Secret, Settings, Sight, Sought, System,
    Whole,
};
use reqwest::Url;
use serde_json::Value;

use crate::{entitlements::Known, find::Match, lines::AT_ONCE, pages::Position};

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
        let base = Url::parse(&format!("{address}/")).map_err(|e| {
            settings.rejected(format!("its address `{}` is none: {e}", settings.address))
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

    /// What stands at a place; the description's check saw to it that it is one.
    pub(crate) fn at<'v>(&self, place: &str, value: &'v Value) -> Option<&'v Value> {
        Pointer::parse(place)?.of(value)
    }

    async fn sight(&self, (found, value): Match) -> Result<Sight, Fault> {
        let found = self.with_what_it_shows(found, &value).await?;
        let mut kinds = self.description.entitlements.values();
        Ok(match kinds.any(|rules| rules.at.is_none()) {
            true => Sight::Part(found),
            false => Sight::Whole(Whole::in_one_answer(found)),
        })
    }

    async fn listed(&self, line: Value) -> Result<Option<Found>, Fault> {
        let on = self.account_on(&self.description.list, line, false).await?;
        let Some((found, value)) = on else {
            return Ok(None);
        };
        match self.whole(&found, value).await? {
            Some((found, value)) => {
                let found = self.with_what_it_shows(found, &value).await?;
                let whole = self.with_what_is_asked_for(found).await?;
                Ok(Some(whole.into_inner()))
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
    let wrong = |wanted: &str| {
        settings.unauthorized(format!(
            "the description of its API asks for {wanted} as the secret"
        ))
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
            let name: HeaderName = header.parse().map_err(|_| {
                settings.rejected(format!(
                    "the description of its API signs in with `{header}`, which is no header"
                ))
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
    fn name(&self) -> &str {
        self.http.system()
    }

    async fn look_up(&self, who: &Sought) -> Result<Sight, Fault> {
        match self.find(who).await?.there() {
            Ok(seen) => self.sight(seen.into_inner()).await,
            Err(nobody) => Ok(Sight::Nobody(nobody)),
        }
    }

    async fn look_at(&self, handle: &str, who: &Sought) -> Result<Sight, Fault> {
        match self.by_handle(handle, who).await?.there() {
            Ok(seen) => self.sight(seen.into_inner()).await,
            Err(nobody) => Ok(Sight::Nobody(nobody)),
        }
    }

    async fn complete(&self, found: Found) -> Result<Whole<Found>, Fault> {
        self.with_what_is_asked_for(found).await
    }

    /// Nobody knows of what is behind an API.
    fn refuses_twins(&self) -> bool {
        false
    }

    async fn list(&self, page: Option<&PageToken>) -> Result<Page, Fault> {
        let from = page.map(Position::of).transpose();
        let from = from.map_err(|()| self.rejected("a list goes on at no place that it has"))?;
        let read = self.page_of_all(from).await?;
        let reading: Vec<_> = read
            .lines
            .into_iter()
            .map(|line| self.listed(line))
            .collect();
        let accounts = stream::iter(reading).buffered(AT_ONCE);
        let accounts: Vec<Option<Found>> = accounts.try_collect().await?;
        Ok(Page::new(
            accounts.into_iter().flatten().collect(),
            read.part,
        ))
    }

    async fn apply(&self, at: Option<&Found>, change: &Change) -> Result<Option<Found>, Fault> {
        self.change(at, change).await
    }

    async fn probe(&self) -> Vec<Probe> {
        self.try_all().await
    }
}
