//! **console**: the pages. Whoever signs in sees what is theirs and does their part; the link of a letter opens its task
//! without an account. Rendered here, without JavaScript being needed; reading a page changes nothing, so that mail
//! programs may open links to look at them.

mod attachments;
mod form;
mod frame;
mod glyph;
mod pages;
mod record;
mod router;
mod sign_in;
mod views;
mod when;

#[cfg(feature = "aws")]
pub use attachments::Bucket;
pub use attachments::{AttachmentError, Attachments, InMemory, MOST_BYTES, path_of, sha256};
pub use record::record;
pub use router::{Needs, PAGES, Page, router};
pub use sign_in::{
    LINK_GOOD_FOR, LinkRefused, Provider, ProviderSettings, SignInBy, SignInError, sign_in_link,
};

use std::sync::Arc;

use latchkey_runtime::Links;

/// What the console needs.
#[derive(Clone)]
pub struct Deps {
    /// Ledger, clock, runbooks and state machine.
    pub intake: latchkey_decisions::Deps,
    /// Links to task pages.
    pub links: Arc<Links>,
    /// How people sign in.
    pub sign_in: SignInBy,
    /// Where files of tasks are kept.
    pub attachments: Arc<dyn Attachments>,
}

impl Deps {
    fn ask(&self) -> latchkey_questions::Deps<'_> {
        latchkey_questions::Deps {
            ledger: &self.intake.ledger,
            clock: self.intake.clock.as_ref(),
            runbooks: &self.intake.runbooks,
            workflow: self.intake.workflow.as_ref(),
            links: &self.links,
        }
    }
}
