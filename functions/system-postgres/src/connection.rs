//! The connection to a server: made when it is needed, kept, and made again when it has ended.

use std::{sync::Arc, time::Duration};

use latchkey_systems::{Secret, places};
use tokio::sync::Mutex;
use tokio_postgres::{
    Client, Config, NoTls, Row, SimpleQueryMessage, SimpleQueryRow,
    config::SslMode,
    types::{ToSql, Type},
};

use crate::{address::Address, faults::Trouble, tls::Tls};

/// How long a connection may take, and an answer. The server itself gives up a little earlier.
const CONNECTING: Duration = Duration::from_secs(5);
const ANSWERING: Duration = Duration::from_secs(12);

/// What every session begins with. Objects that others made are never found in the place of the catalog's (Writing
/// SECURITY DEFINER Functions Safely, in CREATE FUNCTION, has the reason); notices would name people in logs.
const SESSION: &str = "SET search_path = pg_catalog, pg_temp; SET statement_timeout = '10s'; SET lock_timeout = '5s'; \
    SET client_min_messages = error; SET standard_conforming_strings = on";

/// A statement's parameters, with their types: so that it takes one call, and not a second one that asks for them.
pub(crate) type Parameters<'a> = &'a [(&'a (dyn ToSql + Sync), Type)];

/// The connection to a server.
pub(crate) struct Connection {
    host: String,
    port: u16,
    config: Config,
    tls: Option<Tls>,
    kept: Mutex<Option<Arc<Client>>>,
}

impl Connection {
    /// To a server, for a user. Without TLS only on this machine.
    pub(crate) fn new(
        address: &Address,
        username: &str,
        password: &str,
        tls: Option<Tls>,
    ) -> Connection {
        let mut config = Config::new();
        config
            .port(address.port)
            .dbname(&address.database)
            .user(username)
            .password(password)
            .application_name("latchkey")
            .connect_timeout(CONNECTING)
            .ssl_mode(match tls {
                Some(_) => SslMode::Require,
                None => SslMode::Disable,
            });
        Connection {
            host: address.host.clone(),
            port: address.port,
            config,
            tls,
            kept: Mutex::default(),
        }
    }

    /// What a statement answers.
    pub(crate) async fn rows(
        &self,
        statement: &str,
        parameters: Parameters<'_>,
    ) -> Result<Vec<Row>, Trouble> {
        self.ask(|client| async move { client.query_typed(statement, parameters).await })
            .await
    }

    /// Statements that change something, all in one call: in one transaction unless there is a COMMIT among them
    /// (Message Flow: Multiple Statements in a Simple Query). What the last of them answers.
    pub(crate) async fn change(&self, statements: &str) -> Result<Vec<SimpleQueryRow>, Trouble> {
        let answer = self
            .ask(|client| async move { client.simple_query(statements).await })
            .await?;
        let rows = answer.into_iter().filter_map(|message| match message {
            SimpleQueryMessage::Row(row) => Some(row),
            _ => None,
        });
        Ok(rows.collect())
    }

    /// Asks on the connection that is kept. Has it ended meanwhile, once more on a new one: everything that is asked
    /// may be asked twice.
    async fn ask<T, F>(&self, question: impl Fn(Arc<Client>) -> F) -> Result<T, Trouble>
    where
        F: Future<Output = Result<T, tokio_postgres::Error>>,
    {
        let (client, is_new) = self.client().await?;
        match self.answer(&client, question(Arc::clone(&client))).await {
            Err(trouble) if trouble.is_gone() && !is_new => {
                let (client, _) = self.client().await?;
                self.answer(&client, question(Arc::clone(&client))).await
            }
            answer => answer,
        }
    }

    async fn answer<T>(
        &self,
        client: &Arc<Client>,
        answer: impl Future<Output = Result<T, tokio_postgres::Error>>,
    ) -> Result<T, Trouble> {
        let answer = match tokio::time::timeout(ANSWERING, answer).await {
            Ok(answer) => answer.map_err(Trouble::from),
            Err(_) => Err(Trouble::Late),
        };
        if let Err(trouble) = &answer
            && (trouble.is_gone() || matches!(trouble, Trouble::Late))
        {
            let mut kept = self.kept.lock().await;
            kept.take_if(|kept| Arc::ptr_eq(kept, client));
        }
        answer
    }

    /// The connection, and whether it was made just now.
    async fn client(&self) -> Result<(Arc<Client>, bool), Trouble> {
        let mut kept = self.kept.lock().await;
        if let Some(client) = kept.as_ref().filter(|client| !client.is_closed()) {
            return Ok((Arc::clone(client), false));
        }
        let made = tokio::time::timeout(ANSWERING, self.connect()).await;
        let client = Arc::new(made.map_err(|_| Trouble::Late)??);
        *kept = Some(Arc::clone(&client));
        Ok((client, true))
    }

    async fn connect(&self) -> Result<Client, Trouble> {
        let mut config = self.config.clone();
        // By its name the certificate is checked; where that leads was looked at, and is not asked once more.
        for place in places(&self.host, self.port)
            .await
            .map_err(Trouble::Nowhere)?
        {
            config.host(&self.host).hostaddr(place.ip());
        }
        // What ends a connection is told to whoever asks on it.
        let client = match &self.tls {
            Some(tls) => {
                let (client, connection) = config.connect(tls.clone()).await?;
                tokio::spawn(async move { drop(connection.await) });
                client
            }
            None => {
                let (client, connection) = config.connect(NoTls).await?;
                tokio::spawn(async move { drop(connection.await) });
                client
            }
        };
        client.batch_execute(SESSION).await?;
        Ok(client)
    }
}

/// The user name and password of a secret, or what is wrong with it.
pub(crate) fn credentials(secret: Option<&Secret>) -> Result<(&str, &str), String> {
    match secret {
        Some(Secret::Basic { username, password }) => Ok((username, password)),
        Some(_) => Err("its secret is no user name and password".to_owned()),
        None => Err("it has no secret".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use tokio::net::TcpListener;

    use super::*;

    #[tokio::test]
    async fn only_where_its_name_may_lead_a_connection_is_made() {
        // This machine hears what is sent to 0.0.0.0, too.
        for (host, is_called) in [("0.0.0.0", false), ("localhost", true)] {
            let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
            let address = Address {
                host: host.to_owned(),
                port: listener.local_addr().unwrap().port(),
                database: "postgres".to_owned(),
                here: true,
            };
            let connection = Connection::new(&address, "latchkey", "s3cret", None);
            let heard = async {
                let (called, _) = listener.accept().await.unwrap();
                drop(called);
            };
            let asked = connection.rows("SELECT 1", &[]);
            tokio::select! {
                biased;
                () = heard => assert!(is_called, "{host} is called"),
                rows = asked => {
                    assert!(!is_called, "{host} is not called");
                    let fault = rows.unwrap_err().fault("Shop", "read roles");
                    assert!(fault.to_string().contains("leads to no place"), "{fault}");
                }
            }
        }
    }
}
