//! What is known, read from the ledger and from the place, without a call to anything outside.

use std::{collections::BTreeMap, sync::Arc};

use jiff::Timestamp;
use latchkey_hris::{CSV, MapSource, SOURCES};
use latchkey_ledger::{MailLog, SweepEnded, SystemSwept, Tried};
use latchkey_lifecycle::{RunbookVersion, SystemId};
use latchkey_runbook::{Runbook, Source};
use latchkey_runtime::Failure;

use crate::{
    Deps,
    outside::{self, MAIL, SIGN_IN},
};

/// The source of what is reported by hand, on a page.
const BY_HAND: &str = "page";
/// The source that every installation has a secret of from its beginning.
const GENERIC: &str = "generic";

/// What is known of the secret that a source signs with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum SecretIs {
    There,
    Missing,
    /// What keeps it cannot be read, or has something else under its name.
    Unreadable,
    /// It cannot be seen from here, or the source needs none.
    NotSeen,
}

/// What is known of a source.
pub(crate) struct SourceFacts {
    pub(crate) name: String,
    pub(crate) secret: SecretIs,
    /// When something of it last came (UTC).
    pub(crate) heard: Option<Timestamp>,
}

/// What is known of a system.
pub(crate) struct SystemFacts {
    pub(crate) id: SystemId,
    pub(crate) name: String,
    /// Whether it refuses our credentials, by the last step that called it.
    pub(crate) refused: bool,
    pub(crate) swept: Option<SystemSwept>,
    pub(crate) tried: Option<Tried>,
}

/// The runbook that counts.
pub(crate) struct Current {
    pub(crate) version: RunbookVersion,
    pub(crate) runbook: Arc<Runbook>,
    /// What somebody should look at in it.
    pub(crate) warnings: Vec<String>,
}

/// Everything that is known.
pub(crate) struct Facts {
    pub(crate) current: Option<Current>,
    /// Those that are set up, by name.
    pub(crate) sources: Vec<SourceFacts>,
    /// When something was last reported by hand (UTC).
    pub(crate) by_hand: Option<Timestamp>,
    pub(crate) systems: Vec<SystemFacts>,
    pub(crate) mail: MailLog,
    pub(crate) mail_tried: Option<Tried>,
    pub(crate) sign_in_tried: Option<Tried>,
    pub(crate) sweep: Option<SweepEnded>,
}

impl Facts {
    /// Reads them: so many items as the runbook has systems and there are sources.
    pub(crate) async fn of(deps: Deps<'_>) -> Result<Facts, Failure> {
        let ledger = deps.ledger;
        let (current, described) = current(deps).await?;
        let runbook = current.as_ref().map(|current| &current.runbook);
        let systems = runbook.iter().flat_map(|runbook| runbook.systems());
        let systems = systems.filter(|(_, system)| system.is_automatic());
        let systems: Vec<(&SystemId, &str)> = systems.map(|(id, s)| (id, &*s.name)).collect();
        let names = systems.iter().map(|(id, _)| outside::system(id));
        let names = names.chain([MAIL.to_owned(), SIGN_IN.to_owned()]);
        let mut tried = ledger.tried(names).await?;
        let systems = of_systems(deps, systems, &mut tried).await?;
        Ok(Facts {
            systems,
            sources: of_sources(deps, described).await?,
            by_hand: ledger.last_heard(BY_HAND).await?,
            mail: ledger.mail_log().await?,
            mail_tried: tried.remove(MAIL),
            sign_in_tried: tried.remove(SIGN_IN),
            sweep: ledger.last_sweep().await?,
            current,
        })
    }
}

/// The runbook that counts, and the sources that it describes.
async fn current(deps: Deps<'_>) -> Result<(Option<Current>, Vec<String>), Failure> {
    let Some(version) = deps.ledger.current_runbook().await? else {
        return Ok((None, Vec::new()));
    };
    let runbook = deps.runbooks.get(deps.ledger, &version).await?;
    let files = deps.ledger.runbook_files(&version).await?;
    let described = files.keys().filter_map(|file| MapSource::name_in(file));
    let described = described.map(str::to_owned).collect();
    let problems = Runbook::check(&Source::from_files(files)).problems;
    let warnings = problems.iter().filter(|problem| problem.is_warning());
    let current = Current {
        version,
        runbook,
        warnings: warnings.map(ToString::to_string).collect(),
    };
    Ok((Some(current), described))
}

async fn of_systems(
    deps: Deps<'_>,
    systems: Vec<(&SystemId, &str)>,
    tried: &mut BTreeMap<String, Tried>,
) -> Result<Vec<SystemFacts>, Failure> {
    let ids = systems.iter().map(|(id, _)| *id);
    let mut swept = deps.ledger.systems_swept(ids).await?;
    let mut facts = Vec::with_capacity(systems.len());
    for (id, name) in systems {
        facts.push(SystemFacts {
            id: id.clone(),
            name: name.to_owned(),
            refused: deps.ledger.traffic(id).await?.item.is_refused(),
            swept: swept.remove(id),
            tried: tried.remove(&outside::system(id)),
        });
    }
    Ok(facts)
}

/// The sources that are set up: something of them came, they have a secret, or the runbook describes them.
async fn of_sources(deps: Deps<'_>, described: Vec<String>) -> Result<Vec<SourceFacts>, Failure> {
    let known = SOURCES.iter().map(|source| source.name().to_owned());
    let mut names: Vec<String> = known.chain([CSV.to_owned()]).collect();
    names.extend(described.iter().cloned());
    names.sort();
    names.dedup();
    let mut sources = Vec::new();
    for name in names {
        let heard = deps.ledger.last_heard(&name).await?;
        let secret = match &deps.place.secrets {
            Some(secrets) if name != CSV => match secrets.secret(&name).await {
                Ok(Some(_)) => SecretIs::There,
                Ok(None) => SecretIs::Missing,
                Err(_) => SecretIs::Unreadable,
            },
            _ => SecretIs::NotSeen,
        };
        let own = secret == SecretIs::There && name != GENERIC;
        if heard.is_some() || own || described.contains(&name) {
            sources.push(SourceFacts {
                name,
                secret,
                heard,
            });
        }
    }
    Ok(sources)
}
