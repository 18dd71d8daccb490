//! Who somebody is: sessions behind a cookie, and links to sign in with.

mod admit;
mod cookie;
mod link;
mod pages;
mod provider;
mod signed;

pub use admit::knows;
pub(crate) use admit::{about_themselves, admit, not_of_the_team, out_of_order, refused};
pub(crate) use cookie::Secret;
pub(crate) use latchkey_questions::facts::name_of;
pub use link::{LINK_GOOD_FOR, LinkRefused, sign_in_link};
pub(crate) use pages::{back, begin, offer, out, out_everywhere, show, take};
pub use provider::{Provider, ProviderSettings, SignInError};
pub(crate) use signed::{By, Signed};

use std::sync::Arc;

/// How people sign in.
#[derive(Debug, Clone, Default)]
pub enum SignInBy {
    /// Not at all: the links of letters open their tasks, and nothing else is shown.
    #[default]
    Nothing,
    /// By links that are made on the machine itself. Never on AWS.
    Links,
    /// By the company's provider.
    Provider(Arc<Provider>),
}

impl SignInBy {
    /// The same, as the checks of the installation look at it.
    pub fn for_checks(&self) -> latchkey_checks::SignIn {
        match self {
            SignInBy::Nothing => latchkey_checks::SignIn::Nothing,
            SignInBy::Links => latchkey_checks::SignIn::Links,
            SignInBy::Provider(provider) => latchkey_checks::SignIn::Provider {
                host: provider.host(),
                back: provider.redirect_uri(),
                at: Arc::clone(provider) as Arc<dyn latchkey_checks::Outside>,
            },
        }
    }
}
