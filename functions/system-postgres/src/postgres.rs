//! One PostgreSQL server.

use async_trait::async_trait;
use latchkey_lifecycle::Change;
use latchkey_systems::{
    Fault, Faults, Found, Page, PageToken, Probe, Secret, Settings, Sight, Sought, System, Whole,
};

use crate::{
    address::Address,
    connection::{Connection, credentials},
    names,
    tls::Tls,
};

/// Roles asked for at once: some hundred bytes each.
const PAGE: usize = 500;

/// One PostgreSQL server.
pub(crate) struct Postgres {
    pub(crate) system: String,
    pub(crate) connection: Connection,
    /// Names of roles that are services; `*` stands for anything.
    pub(crate) ignore: Vec<String>,
    /// Who gets what a deleted role owns.
    pub(crate) objects_to: Option<String>,
    /// Whether a suspended role keeps its password.
    pub(crate) keep_password: bool,
    pub(crate) page: i64,
}

impl Postgres {
    pub(crate) fn new(settings: &Settings, secret: Option<Secret>) -> Result<Postgres, Fault> {
        let rejected = |problem: String| settings.rejected(problem);
        let address = Address::parse(&settings.address).map_err(rejected)?;
        let ca = settings.text("ca");
        let tls = match address.here && ca.is_none() {
            true => None,
            false => Some(Tls::trusting(ca).map_err(rejected)?),
        };
        let objects_to = settings.text("objects_to").map(str::to_owned);
        if let Some(problem) = objects_to.as_deref().and_then(names::problem) {
            return Err(rejected(format!("its setting `objects_to`: {problem}")));
        }
        let (username, password) =
            credentials(secret.as_ref()).map_err(|problem| settings.unauthorized(problem))?;
        let page = settings.number("page").unwrap_or(PAGE).max(1);
        Ok(Postgres {
            connection: Connection::new(&address, username, password, tls),
            ignore: settings
                .list("ignore")
                .into_iter()
                .map(str::to_owned)
                .collect(),
            objects_to,
            keep_password: settings.flag("keep_password"),
            page: i64::try_from(page).unwrap_or(i64::MAX - 1),
            system: settings.name.clone(),
        })
    }
}

#[async_trait]
impl System for Postgres {
    fn name(&self) -> &str {
        &self.system
    }

    async fn look_up(&self, who: &Sought) -> Result<Sight, Fault> {
        let found = self.find(who).await?;
        Ok(Whole::in_one_answer(found).into())
    }

    async fn look_at(&self, handle: &str, _: &Sought) -> Result<Sight, Fault> {
        let found = self.role_at(handle).await?;
        Ok(Whole::asked_for_itself(found).into())
    }

    async fn complete(&self, found: Found) -> Result<Whole<Found>, Fault> {
        Ok(Whole::in_one_answer(found))
    }

    async fn list(&self, page: Option<&PageToken>) -> Result<Page, Fault> {
        self.page(page).await
    }

    async fn apply(&self, found: Option<&Found>, change: &Change) -> Result<Option<Found>, Fault> {
        if let Change::Create { account } = change {
            return self.create(account).await.map(Some);
        }
        let at = found.ok_or_else(|| self.no_account(change))?;
        self.change(at, change).await
    }

    async fn probe(&self) -> Vec<Probe> {
        self.try_all().await
    }
}
