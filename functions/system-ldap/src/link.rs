//! The connection: one for each opened system, made when it is needed, made anew when it is dead.

use std::{net::SocketAddr, panic::AssertUnwindSafe, sync::Arc, time::Duration};

use futures::FutureExt;
use latchkey_address::Address;
use latchkey_systems::{Fault, Faults, Secret, Settings, places};
use ldap3::{Ldap, LdapConnAsync, LdapConnSettings, LdapError, LdapResult, StdStream};
use reqwest::Url;
use rustls::ClientConfig;
use tokio::{net::TcpStream, sync::Mutex, time::timeout};

use crate::{
    answers::{code, fault, fault_of_looking},
    calls::{Call, Came},
    tls::tls,
};

/// How long a connection may take to be made, TLS included.
const CONNECT: Duration = Duration::from_secs(5);
/// How long a call may take as a rule; of a search, how long until the next entry.
pub const ANSWER: Duration = Duration::from_secs(10);

/// A connection that is kept, and which one it is.
#[derive(Clone)]
struct Kept {
    number: u64,
    ldap: Ldap,
}

/// The way to a server.
pub(crate) struct Link {
    system: String,
    address: String,
    host: String,
    port: u16,
    start_tls: bool,
    /// `None` where nothing is encrypted: reading all that this machine trusts takes longer than a call there.
    tls: Option<Arc<ClientConfig>>,
    user: String,
    password: String,
    answer: Duration,
    kept: Mutex<(u64, Option<Kept>)>,
}

impl std::fmt::Debug for Link {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Link({})", self.address)
    }
}

impl Link {
    /// The way to a system's server, which may take so long for an answer; nothing is said to it yet.
    ///
    /// # Errors
    /// [`Fault::Rejected`] when the address is none, or not encrypted and not on this machine; [`Fault::Unauthorized`]
    /// when the secret is no user name with a password.
    pub(crate) fn new(
        settings: &Settings,
        secret: Option<Secret>,
        answer: Duration,
    ) -> Result<Link, Fault> {
        let rejected = |problem: String| settings.rejected(problem);
        let address = settings.address.trim_end_matches('/').to_owned();
        let url = Url::parse(&address)
            .map_err(|error| rejected(format!("its address `{address}` is none: {error}")))?;
        let start_tls = settings.flag("start_tls");
        let host = url.host_str().unwrap_or_default();
        let here = matches!(host, "127.0.0.1" | "localhost" | "[::1]");
        match url.scheme() {
            _ if host.is_empty() || !matches!(url.path(), "" | "/") => {
                let form = "write it as ldaps://host or ldaps://host:port";
                return Err(rejected(format!("its address `{address}` is none; {form}")));
            }
            "ldaps" if start_tls => {
                let both = "start_tls is for addresses that begin with ldap://";
                return Err(rejected(both.to_owned()));
            }
            "ldaps" => {}
            "ldap" if start_tls || here => {}
            "ldap" => {
                return Err(rejected(format!(
                    "its address `{address}` is not encrypted, so the secret would travel in the open: use ldaps:// or the \
                     setting start_tls"
                )));
            }
            _ => {
                return Err(rejected(format!(
                    "its address `{address}` does not begin with ldaps://"
                )));
            }
        }
        Address::parse(&address)
            .map_err(|unfit| rejected(format!("its address cannot be used: {unfit}")))?;
        let usual = if url.scheme() == "ldaps" { 636 } else { 389 };
        // A name without a password signs in as nobody, and succeeds (RFC 4513 section 5.1.2).
        let (user, password) = match secret {
            Some(Secret::Basic { username, password })
                if !username.is_empty() && !password.is_empty() =>
            {
                (username, password)
            }
            _ => {
                return Err(settings.unauthorized("its secret is no user name with a password"));
            }
        };
        let certificate = settings.text("certificate");
        let is_encrypted = start_tls || url.scheme() == "ldaps";
        let tls = match is_encrypted || certificate.is_some() {
            true => Some(tls(certificate).map_err(rejected)?),
            false => None,
        };
        Ok(Link {
            system: settings.name.clone(),
            host: host.trim_matches(['[', ']']).to_owned(),
            port: url.port().unwrap_or(usual),
            address,
            start_tls,
            tls,
            user,
            password,
            answer,
            kept: Mutex::default(),
        })
    }

    /// What an answer that is no success means.
    pub(crate) fn fault(&self, what: &str, answer: &LdapResult) -> Fault {
        fault(&self.system, what, answer)
    }

    /// What an answer to a search means that is no success.
    pub(crate) fn fault_of_looking(&self, what: &str, answer: &LdapResult) -> Fault {
        fault_of_looking(&self.system, what, answer)
    }

    /// Makes a call. A connection that was kept may have died since: the call is then made once more on a new one.
    /// Every call of ours may be made twice, but for a further page of a list.
    ///
    /// # Errors
    /// [`Fault::Unreachable`], or why signing in is refused. What the answer means is the caller's to say.
    pub(crate) async fn call(&self, call: &Call) -> Result<Came, Fault> {
        loop {
            let (kept, is_new) = self.connection().await?;
            if call.begins_at().is_some_and(|at| at.on != kept.number) {
                return Err(self.unreachable("the connection ended in the middle of a list"));
            }
            let mut ldap = kept.ldap.clone();
            match guarded(call.on(&mut ldap, kept.number, self.answer)).await {
                // The server goes away and says so (RFC 4511 section 4.4.1).
                Ok(came) if came.answer.rc == code::UNAVAILABLE => {
                    self.forget(kept.number).await;
                    return Ok(came);
                }
                Ok(came) => return Ok(came),
                Err(error) => {
                    self.forget(kept.number).await;
                    let late = matches!(error, Some(LdapError::Timeout { .. }));
                    if is_new || late {
                        return Err(self.unreachable(problem(error)));
                    }
                }
            }
        }
    }

    /// The connection, and whether it was just made.
    async fn connection(&self) -> Result<(Kept, bool), Fault> {
        let mut place = self.kept.lock().await;
        if let Some(kept) = &mut place.1
            && !kept.ldap.is_closed()
        {
            return Ok((kept.clone(), false));
        }
        let number = place.0 + 1;
        let ldap = self.sign_in().await?;
        let kept = Kept { number, ldap };
        *place = (number, Some(kept.clone()));
        Ok((kept, true))
    }

    async fn forget(&self, number: u64) {
        let mut place = self.kept.lock().await;
        if place.1.as_ref().is_some_and(|kept| kept.number == number) {
            place.1 = None;
        }
    }

    /// Where the server's name may lead.
    async fn places(&self) -> Result<Vec<SocketAddr>, Fault> {
        let found = timeout(CONNECT, places(&self.host, self.port)).await;
        let found = found.unwrap_or_else(|late| Err(late.into()));
        found.map_err(|error| self.unreachable(format!("no connection could be made ({error})")))
    }

    /// A connection to the first place that answers. The certificate is checked by the server's name.
    async fn reach(&self, places: Vec<SocketAddr>) -> Result<(LdapConnAsync, Ldap), LdapError> {
        let mut came = Err(std::io::ErrorKind::NotFound.into());
        for place in places {
            came = TcpStream::connect(place).await;
            if came.is_ok() {
                break;
            }
        }
        let mut settings = LdapConnSettings::new()
            .set_std_stream(StdStream::Tcp(came?.into_std()?))
            .set_conn_timeout(CONNECT)
            .set_starttls(self.start_tls);
        if let Some(tls) = &self.tls {
            settings = settings.set_config(Arc::clone(tls));
        }
        LdapConnAsync::with_settings(settings, &self.address).await
    }

    /// Connects and signs in.
    async fn sign_in(&self) -> Result<Ldap, Fault> {
        // The crate's own limit does not count TLS.
        let reaching = guarded(self.reach(self.places().await?));
        let connected = timeout(CONNECT, reaching).await;
        let connected = connected.unwrap_or_else(|late| Err(Some(late.into())));
        let (connection, mut ldap) =
            connected.map_err(|error| self.unreachable(not_connected(error)))?;
        tokio::spawn(async move {
            if let Err(error) = connection.drive().await {
                tracing::debug!("a connection to a directory ends: {error}");
            }
        });
        ldap.with_timeout(self.answer);
        let answer = guarded(ldap.simple_bind(&self.user, &self.password))
            .await
            .map_err(|error| self.unreachable(problem(error)))?;
        match answer.rc {
            code::SUCCESS => Ok(ldap),
            _ => Err(match self.fault("signing in", &answer) {
                // The name to sign in with may be none at all.
                fault @ (Fault::Rejected { .. } | Fault::NotYet { .. }) => {
                    self.unauthorized(fault.problem())
                }
                other => other,
            }),
        }
    }
}

impl Faults for Link {
    fn its_name(&self) -> &str {
        &self.system
    }
}

/// What came, also when the crate gives up on an answer that does not fit (`None`).
async fn guarded<T>(
    call: impl Future<Output = ldap3::result::Result<T>>,
) -> Result<T, Option<LdapError>> {
    match AssertUnwindSafe(call).catch_unwind().await {
        Ok(came) => came.map_err(Some),
        Err(_) => Err(None),
    }
}

/// For people; what the crate says itself may carry what was sent.
fn problem(error: Option<LdapError>) -> String {
    match error {
        None => "it answers what is no LDAP".to_owned(),
        Some(LdapError::Timeout { .. }) => "it did not answer in time".to_owned(),
        Some(LdapError::Io { source }) => format!("the connection failed ({})", source.kind()),
        Some(LdapError::DecodingUTF8) => "it answers what is no LDAP".to_owned(),
        Some(_) => "it hung up".to_owned(),
    }
}

fn not_connected(error: Option<LdapError>) -> String {
    match error {
        Some(LdapError::Timeout { .. }) => "no connection could be made in time".to_owned(),
        // The reason that TLS gives is inside: a name or a certificate, no secret.
        Some(LdapError::Io { source }) if source.get_ref().is_some() => {
            format!("no secure connection could be made ({source})")
        }
        Some(LdapError::Io { source }) => {
            format!("no connection could be made ({})", source.kind())
        }
        Some(LdapError::LdapResult { .. }) => "it refuses StartTLS".to_owned(),
        other => problem(other),
    }
}

#[cfg(test)]
mod tests {
    use tokio::net::TcpListener;

    use super::*;

    fn open(address: &str, start_tls: bool, secret: Option<Secret>) -> Result<Link, Fault> {
        let settings = Settings {
            name: "Directory".into(),
            address: address.into(),
            settings: [("start_tls".to_owned(), start_tls.into())].into(),
            ..Settings::default()
        };
        Link::new(&settings, secret, ANSWER)
    }

    fn secret(username: &str, password: &str) -> Option<Secret> {
        Some(Secret::Basic {
            username: username.into(),
            password: password.into(),
        })
    }

    #[test]
    fn a_secret_does_not_travel_in_the_open() {
        let known = || secret("cn=latchkey", "s3cret");
        for (address, start_tls) in [
            ("ldaps://ldap.acme.example", false),
            ("ldaps://ldap.acme.example:1636/", false),
            ("ldap://ldap.acme.example", true),
            ("ldap://127.0.0.1:389", false),
            ("ldap://[::1]", false),
        ] {
            let link = open(address, start_tls, known());
            let link = link.unwrap_or_else(|fault| panic!("{address}: {fault}"));
            assert!(!format!("{link:?}").contains("s3cret"));
        }
        for (address, start_tls) in [
            ("ldap://ldap.acme.example", false),
            ("ldap://127.0.0.1.example", false),
            ("ldaps://ldap.acme.example", true),
            ("https://ldap.acme.example", false),
            ("ldapi:///run/slapd", false),
            ("ldaps://ldap.acme.example/dc=acme", false),
            ("ldap.acme.example", false),
            ("ldaps://", false),
            ("ldaps://169.254.169.254", false),
            ("ldaps://metadata.google.internal", false),
        ] {
            let fault = open(address, start_tls, known()).expect_err(address);
            assert!(matches!(fault, Fault::Rejected { .. }), "{fault}");
        }
    }

    #[tokio::test]
    async fn only_where_its_name_may_lead_a_connection_is_made() {
        // This machine hears what is sent to 0.0.0.0, too.
        for (host, is_called) in [("0.0.0.0", false), ("localhost", true)] {
            let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
            let port = listener.local_addr().unwrap().port();
            let known = secret("cn=latchkey", "s3cret");
            let mut link = open("ldap://localhost", false, known).unwrap();
            link.address = format!("ldap://{host}:{port}");
            (link.host, link.port) = (host.to_owned(), port);
            let heard = async {
                let (called, _) = listener.accept().await.unwrap();
                drop(called);
            };
            let call = Call::Delete("uid=nobody".to_owned());
            let asked = link.call(&call);
            tokio::select! {
                biased;
                () = heard => assert!(is_called, "{host} is called"),
                came = asked => {
                    assert!(!is_called, "{host} is not called");
                    let fault = came.err().unwrap();
                    assert!(matches!(fault, Fault::Unreachable { .. }), "{fault}");
                    assert!(fault.to_string().contains("leads to no place"), "{fault}");
                }
            }
        }
    }

    #[test]
    fn nobody_signs_in_as_nobody() {
        let token = Some(Secret::Bearer { token: "t".into() });
        for secret in [None, secret("", "p"), secret("cn=latchkey", ""), token] {
            let fault = open("ldaps://ldap.acme.example", false, secret).expect_err("no secret");
            assert!(matches!(fault, Fault::Unauthorized { .. }), "{fault}");
        }
    }
}
