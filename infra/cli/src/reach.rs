//! The systems, letters and ledger of a place, for commands that do a function's work by hand.

use std::sync::Arc;

use aws_config::BehaviorVersion;
use latchkey_address::Loopback;
use latchkey_embedded::{Keys, Outbox, file};
use latchkey_ledger::Ledger;
use latchkey_runtime::{KnownSystems, Letter, Mail, MailError, Runbooks, WallClock, aws};
use latchkey_systems::Secrets;

use crate::{
    args::{Place, Stack},
    outcome::Problem,
    place,
};

/// Whom letters come from that a command puts into the outbox.
const FROM: &str = "Latchkey <latchkey@localhost.localdomain>";

/// What a command stands on. No state machine is within its reach: cases are restarted by what runs them.
pub(crate) struct Reach {
    pub(crate) ledger: Ledger,
    runbooks: Runbooks,
    systems: KnownSystems,
    mail: Box<dyn Mail>,
}

/// Where no letter may go out.
struct NoMail;

#[async_trait::async_trait]
impl Mail for NoMail {
    async fn send(&self, letter: &Letter) -> Result<(), MailError> {
        Err(MailError {
            team: letter.team.clone(),
            problem: "name the topic of letters with --topic".to_owned(),
            refused: false,
        })
    }
}

/// The systems of a place, with the secrets that are kept there. Needs no ledger.
pub(crate) async fn systems(place: &Place, stack: &Stack) -> Result<KnownSystems, Problem> {
    let secrets: Arc<dyn Secrets> = match &place.table {
        None => Arc::new(Keys::reading(&place.dir.join(file::SECRETS))),
        Some(_) => Arc::new(secrets_manager(stack).await?),
    };
    let loopback = Loopback::open(stack.loopback);
    Ok(KnownSystems::new(latchkey_kinds::open, secrets, loopback)?)
}

/// The secrets of a stack's systems.
pub(crate) async fn secrets_manager(stack: &Stack) -> Result<aws::SecretsManager, Problem> {
    let prefix = stack.secrets.clone().ok_or_else(|| {
        Problem::new(
            "say where the systems' secrets are with --secrets, e.g. --secrets latchkey/systems/",
        )
    })?;
    let config = aws_config::load_defaults(BehaviorVersion::latest()).await;
    Ok(aws::SecretsManager::new(&config, prefix))
}

impl Reach {
    pub(crate) async fn new(place: &Place, stack: &Stack) -> Result<Reach, Problem> {
        let ledger = place::ledger(place).await?;
        let mail: Box<dyn Mail> = match (&place.table, &stack.topic) {
            (None, _) => {
                let outbox = place.dir.join(file::OUTBOX);
                let outbox = Outbox::open(Some(&outbox), None, FROM, Arc::new(WallClock))?;
                Box::new(outbox)
            }
            (Some(_), Some(arn)) => {
                let config = aws_config::load_defaults(BehaviorVersion::latest()).await;
                Box::new(aws::Topic::new(&config, arn))
            }
            (Some(_), None) => Box::new(NoMail),
        };
        Ok(Reach {
            ledger,
            runbooks: Runbooks::default(),
            systems: systems(place, stack).await?,
            mail,
        })
    }

    pub(crate) fn deps(&self) -> sweep::Deps<'_> {
        sweep::Deps {
            ledger: &self.ledger,
            clock: &WallClock,
            runbooks: &self.runbooks,
            systems: &self.systems,
            mail: self.mail.as_ref(),
            workflow: None,
            hr: None,
            heard: None,
        }
    }
}
