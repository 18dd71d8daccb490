//! **console**: the pages. Whoever signs in sees what is theirs and does their part; the link of a letter opens its task
//! without an account. Rendered here, without JavaScript being needed; reading a page changes nothing, so that mail
//! programs may open links to look at them.

mod attachments;
mod form;
mod frame;
mod glyph;
mod not_theirs;
mod pages;
mod record;
mod repairs;
mod router;
mod sign_in;
mod views;
mod when;

#[cfg(feature = "aws")]
pub use attachments::Bucket;
pub use attachments::{AttachmentError, Attachments, InMemory, MOST_BYTES, path_of, sha256};
pub use not_theirs::{NotTheirs, not_theirs};
pub use pages::import::MOST_FORM_BYTES;
pub use record::record;
pub use repairs::Repairs;
pub use router::{Needs, PAGES, Page, router};
pub use sign_in::{
    LINK_GOOD_FOR, LinkRefused, Provider, ProviderSettings, SignInBy, SignInError, knows,
    sign_in_link,
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
    /// What sets findings right at once; `None` where nothing beside the pages reaches the systems, and the next sweep
    /// does it.
    pub repairs: Option<Arc<dyn Repairs>>,
    /// What the checks of the installation know of the place.
    pub place: Arc<latchkey_checks::Place>,
    /// Where files of tasks are kept.
    pub attachments: Arc<dyn Attachments>,
}

impl Deps {
    fn checks(&self) -> latchkey_checks::Deps<'_> {
        latchkey_checks::Deps {
            ledger: &self.intake.ledger,
            runbooks: &self.intake.runbooks,
            place: &self.place,
            now: self.intake.clock.now(),
        }
    }

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
