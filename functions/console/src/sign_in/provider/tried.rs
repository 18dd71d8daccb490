//! The provider as the checks of the installation try it: whether it answers, and whether it sends people back here.

use async_trait::async_trait;
use jiff::Timestamp;
use latchkey_checks::Outside;
use latchkey_ledger::OneTried;
use reqwest::{StatusCode, header};

use super::{Begun, Discovered, Provider, SignInError};

fn tried(what: &str, came: Result<(), String>) -> OneTried {
    OneTried {
        what: what.to_owned(),
        problem: came.err(),
    }
}

#[async_trait]
impl Outside for Provider {
    async fn try_it(&self) -> Vec<OneTried> {
        let find = "read what the provider says of itself";
        let discovered = match self.discover(Timestamp::now()).await {
            Ok(discovered) => discovered,
            Err(error) => return vec![tried(find, Err(sentence(&error)))],
        };
        let back = self.sends_back(&discovered).await;
        vec![
            tried(find, Ok(())),
            tried("have it send people back here", back),
        ]
    }
}

/// An error as a sentence of its own.
fn sentence(error: &SignInError) -> String {
    let text = error.to_string();
    let mut letters = text.chars();
    let first = letters.next().map(|c| c.to_uppercase().to_string());
    format!("{}{}.", first.unwrap_or_default(), letters.as_str())
}

impl Provider {
    /// Whether it knows the client and the redirect address, by asking it as a browser does in which nobody is signed in,
    /// and who is not to be asked: it answers with a redirect that says so, and to an address that it does not know with
    /// a page of its own.
    /// Sources: OpenID Connect Core 1.0, sections 3.1.2.1 (`prompt`) and 3.1.2.6; RFC 6749 section 4.1.2.1.
    async fn sends_back(&self, discovered: &Discovered) -> Result<(), String> {
        let begun = Begun::new("/", Timestamp::now());
        let begun = begun.map_err(|e| format!("This machine gives no random numbers: {e}."))?;
        let mut at = self.asked_at(discovered, &begun);
        at.query_pairs_mut().append_pair("prompt", "none");
        let answer = self.client.get(at).send().await;
        let answer = answer.map_err(|e| format!("It does not answer: {}.", e.without_url()))?;
        let to = answer.headers().get(header::LOCATION);
        let to = to.and_then(|to| to.to_str().ok()).unwrap_or_default();
        match answer.status() {
            status if status.is_redirection() && to.starts_with(&self.redirect_uri()) => {
                match to.contains("error=unauthorized_client") || to.contains("error=invalid_request") {
                    true => Err("It sends people back with an error: the client is not set up for the code flow.".to_owned()),
                    false => Ok(()),
                }
            }
            // Its own page to sign in at: some do not mind `prompt`.
            status if status.is_redirection() || status == StatusCode::OK => Ok(()),
            status => Err(format!(
                "It answers {status}, as to a client or a redirect address that it does not know."
            )),
        }
    }
}
