//! GitHub organisations: members and invitations, owners, teams, and who was given a repository. What to set up there
//! stands in docs/SYSTEMS.md.
//!
//! Facts about the API come from GitHub's descriptions of it (<https://github.com/github/rest-api-description>, and the
//! schema of its GraphQL API at <https://docs.github.com/graphql/overview/public-schema>), and the pages that are named
//! where they count.

mod answer;
mod app;
mod calls;
mod choices;
mod entitlements;
mod find;
mod github;
mod graph;
mod identity;
mod invitations;
mod list;
mod membership;
mod memberships;
mod pages;
mod probe;
mod queries;

use std::sync::Arc;

use latchkey_systems::{Fault, Http, Secret, Settings, System};

/// The kind's name in runbooks.
pub const KIND: &str = "github";

/// Opens a system of this kind.
///
/// # Errors
/// [`Fault::Rejected`] when its address is none, or a setting cannot be; [`Fault::Unauthorized`] when the secret is
/// neither a token nor a GitHub App.
pub fn open(
    settings: &Settings,
    secret: Option<Secret>,
    http: reqwest::Client,
) -> Result<Arc<dyn System>, Fault> {
    let choices = choices::Choices::of(settings)?;
    let address = settings.address.trim_end_matches('/');
    // A server of one's own has REST at /api/v3 and GraphQL at /api/graphql:
    // https://docs.github.com/enterprise-server/rest/quickstart,
    // https://docs.github.com/enterprise-server/graphql/guides.
    let (address, rest) = match address.strip_suffix("/v3") {
        Some(base) => (base, "v3/"),
        None => (address, ""),
    };
    let settings = Settings {
        address: address.to_owned(),
        ..settings.clone()
    };
    let key = app::Key::of(&settings.name, secret)?;
    // The key of an app is none that a call could show: each call is given its token.
    let bearer = match &key {
        app::Key::Token(token) => Some(Secret::Bearer {
            token: token.clone(),
        }),
        app::Key::App(_) => None,
    };
    let http = Http::new(http, &settings, bearer)?;
    Ok(Arc::new(github::GitHub::new(http, rest, key, choices)))
}
