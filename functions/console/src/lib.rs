//! **console**: the page behind a task's link. It lists the steps, takes fields and evidence, and completes
//! or declines with a reason. Works without JavaScript; reading it changes nothing, so that mail programs may
//! open links to look at them.

mod form;
mod page;
mod record;
mod routes;
mod task_form;
mod task_page;

pub use record::record;
pub use routes::{PAGES, Page, router};

use std::sync::Arc;

use latchkey_runtime::Links;

/// What the console needs.
#[derive(Clone)]
pub struct Deps {
    /// Ledger, clock, runbooks and state machine.
    pub intake: latchkey_decisions::Deps,
    /// Links to task pages.
    pub links: Arc<Links>,
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
