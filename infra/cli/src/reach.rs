//! The systems, letters and ledger of a place, for commands that do a function's work by hand.

use std::sync::Arc;

use aws_config::BehaviorVersion;
use latchkey_embedded::{Outbox, file};
use latchkey_ledger::Ledger;
use latchkey_runtime::{KnownSystems, Letter, Mail, MailError, Runbooks, WallClock, aws};
use latchkey_systems::{Secrets, SecretsFile};

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
        })
    }
}

impl Reach {
    pub(crate) async fn new(place: &Place, stack: &Stack) -> Result<Reach, Problem> {
        let ledger = place::ledger(place).await?;
        let (secrets, mail): (Arc<dyn Secrets>, Box<dyn Mail>) = match &place.table {
            None => {
                let outbox = place.dir.join(file::OUTBOX);
                let outbox = Outbox::open(Some(&outbox), None, FROM, Arc::new(WallClock))?;
                let secrets = SecretsFile::new(place.dir.join(file::SECRETS));
                (Arc::new(secrets), Box::new(outbox))
            }
            Some(_) => {
                let prefix = stack.secrets.clone().ok_or_else(|| {
                    Problem::new(
                        "say where the systems' secrets are with --secrets, e.g. --secrets latchkey/systems/",
                    )
                })?;
                let config = aws_config::load_defaults(BehaviorVersion::latest()).await;
                let mail: Box<dyn Mail> = match &stack.topic {
                    Some(arn) => Box::new(aws::Topic::new(&config, arn)),
                    None => Box::new(NoMail),
                };
                (Arc::new(aws::SecretsManager::new(&config, prefix)), mail)
            }
        };
        Ok(Reach {
            ledger,
            runbooks: Runbooks::default(),
            systems: KnownSystems::new(latchkey_kinds::open, secrets)?,
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
            heard: None,
        }
    }
}
