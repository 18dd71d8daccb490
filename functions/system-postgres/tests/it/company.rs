//! A company's PostgreSQL server, its superuser, and Latchkey's own role with the rights that docs/SYSTEMS.md lists.

use std::{collections::HashMap, sync::Arc};

use async_trait::async_trait;
use latchkey_conformance::{Company, Lists, Offers};
use latchkey_lifecycle::{Account, EmployeeId, Entitlement};
use latchkey_peers::{PeerError, PostgresServer};
use latchkey_systems::{Fault, Secret, Settings, Sought, System, client};
use serde_json::{Value, json};
use tokio::sync::Mutex;
use tokio_postgres::{Client, NoTls};

/// Roles that are given. Quotes and letters beyond ASCII are part of a name.
pub(crate) const ROLES: [&str; 3] = ["everyone", "Vertrieb \"Größe\"; DROP ROLE x; --", "vpn"];
pub(crate) const PAGE: usize = 5;
pub(crate) const PASSWORD: &str = "hunter2 by hand";

pub(crate) struct Database {
    pub(crate) server: PostgresServer,
    pub(crate) superuser: Client,
    /// Whether ADMIN OPTION and who gave something count.
    pub(crate) since_16: bool,
    sessions: Mutex<HashMap<String, Client>>,
}

pub(crate) fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

impl Database {
    pub(crate) async fn oldest() -> Result<Database, PeerError> {
        Database::start(PostgresServer::OLDEST).await
    }

    pub(crate) async fn newest() -> Result<Database, PeerError> {
        Database::start(PostgresServer::NEWEST).await
    }

    async fn start(version: &str) -> Result<Database, PeerError> {
        let server = PostgresServer::start(version).await?;
        let (name, password) = server.superuser();
        let superuser = sign_in(server.port(), name, password).await.unwrap();
        let database = Database {
            since_16: version != PostgresServer::OLDEST,
            superuser,
            sessions: Mutex::default(),
            server,
        };
        database
            .run(&format!(
                "CREATE ROLE latchkey LOGIN CREATEROLE PASSWORD '{PASSWORD}'"
            ))
            .await;
        database.run("GRANT pg_signal_backend TO latchkey").await;
        for role in ROLES.map(quoted) {
            database.run(&format!("CREATE ROLE {role} NOLOGIN")).await;
            database
                .run(&format!("GRANT {role} TO latchkey WITH ADMIN OPTION"))
                .await;
        }
        Ok(database)
    }

    /// What the superuser does by hand.
    pub(crate) async fn run(&self, statement: &str) {
        let done = self.superuser.batch_execute(statement).await;
        done.unwrap_or_else(|error| panic!("{statement}: {error:?}"));
    }

    pub(crate) async fn ask(&self, statement: &str) -> Option<String> {
        let rows = self.superuser.query(statement, &[]).await.unwrap();
        rows.first()?.get(0)
    }

    pub(crate) fn address(&self, port: u16) -> String {
        format!("postgres://127.0.0.1:{port}/postgres")
    }

    pub(crate) fn open_with(
        &self,
        port: u16,
        username: &str,
        password: &str,
        more: &[(&str, Value)],
    ) -> Result<Arc<dyn System>, Fault> {
        let mut settings = Settings {
            name: "Shop database".into(),
            address: self.address(port),
            ..Settings::default()
        };
        let usual = [("page", json!(PAGE)), ("ignore", json!(["postgres"]))];
        for (name, value) in usual.iter().chain(more) {
            settings.settings.insert((*name).to_owned(), value.clone());
        }
        let secret = Secret::Basic {
            username: username.to_owned(),
            password: password.to_owned(),
        };
        system_postgres::open(&settings, Some(secret), client().unwrap())
    }

    pub(crate) fn latchkey(&self, more: &[(&str, Value)]) -> Arc<dyn System> {
        self.open_with(self.server.port(), "latchkey", PASSWORD, more)
            .unwrap()
    }
}

pub(crate) async fn sign_in(
    port: u16,
    name: &str,
    password: &str,
) -> Result<Client, tokio_postgres::Error> {
    let mut config = tokio_postgres::Config::new();
    config
        .host("127.0.0.1")
        .port(port)
        .user(name)
        .password(password)
        .dbname("postgres");
    let (client, connection) = config.connect(NoTls).await?;
    tokio::spawn(connection);
    Ok(client)
}

pub(crate) fn who(id: &str, name: &str) -> Sought {
    Sought {
        employee_id: EmployeeId::new(id).unwrap(),
        name: Some(name.to_owned()),
        email: None,
        previous_id: None,
        known: None,
    }
}

pub(crate) fn account(id: &str, name: &str, roles: &[&str]) -> Account {
    Account {
        employee_id: Some(EmployeeId::new(id).unwrap()),
        name: name.to_owned(),
        active: true,
        attributes: [].into(),
        entitlements: roles
            .iter()
            .map(|role| format!("role:{role}").into())
            .collect(),
    }
}

#[async_trait]
impl Company for Database {
    fn port(&self) -> u16 {
        self.server.port()
    }

    fn offers(&self) -> Offers {
        Offers {
            entitlements: ROLES.map(|name| format!("role:{name}").into()),
            attributes: [].into(),
            employee_id: true,
            renames: true,
            suspends: true,
            http: false,
            calls_to_read: 1,
            // Read, suspend with its sessions.
            calls_to_cut: 2,
            // Take.
            calls_to_exit: 3,
            page: PAGE,
        }
    }

    fn open(&self, port: u16) -> Result<Arc<dyn System>, Fault> {
        self.open_with(port, "latchkey", PASSWORD, &[])
    }

    /// What may not be read is tested in `roles`.
    fn lists(&self) -> Lists {
        Lists::Whole(
            "a statement answers with every row, or ends with an error (Message Flow: Extended Query); where a page ends is a \
             condition of ours, catalogs have no row security, and a right that is missing is an error",
        )
    }

    async fn make(&self, account: &Account) {
        let name = quoted(&account.name);
        self.run(&format!("CREATE ROLE {name} LOGIN")).await;
        self.run(&format!("GRANT {name} TO latchkey WITH ADMIN OPTION"))
            .await;
        if let Some(id) = &account.employee_id {
            let comment =
                format!("COMMENT ON ROLE {name} IS 'From before\nlatchkey employee {id}'");
            self.run(&comment).await;
        }
        self.set_active(&account.name, account.active).await;
        for entitlement in &account.entitlements {
            self.entitle(&account.name, entitlement, true).await;
        }
    }

    async fn set_active(&self, name: &str, active: bool) {
        let login = if active { "LOGIN" } else { "NOLOGIN" };
        self.run(&format!("ALTER ROLE {} {login}", quoted(name)))
            .await;
    }

    async fn entitle(&self, name: &str, entitlement: &Entitlement, has: bool) {
        let (role, name) = (quoted(entitlement.name()), quoted(name));
        let by = if self.since_16 {
            "GRANTED BY latchkey"
        } else {
            ""
        };
        let statement = match has {
            true => format!("GRANT {role} TO {name} {by}"),
            false => format!("REVOKE {role} FROM {name} {by}"),
        };
        self.run(&statement).await;
    }

    async fn can_use(&self, name: &str) -> Option<bool> {
        let mut sessions = self.sessions.lock().await;
        if let Some(session) = sessions.get(name)
            && session.batch_execute("SELECT 1").await.is_ok()
        {
            return Some(true);
        }
        // A password by hand does not let them in either.
        let password = format!("ALTER ROLE {} PASSWORD '{PASSWORD}'", quoted(name));
        let _ = self.superuser.batch_execute(&password).await;
        let session = sign_in(self.port(), name, PASSWORD).await;
        let lets_in = session.is_ok();
        if let Ok(session) = session {
            sessions.insert(name.to_owned(), session);
        }
        Some(lets_in)
    }
}
