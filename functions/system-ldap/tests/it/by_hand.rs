//! A company with a directory, and what its people do there past Latchkey.

use std::{
    collections::{HashMap, HashSet},
    sync::{Arc, Mutex},
};

use latchkey_lifecycle::Account;
use latchkey_peers::{Ds389, Members, OpenLdap, PeerError};
use latchkey_systems::{Fault, Secret, Settings, System, client};
use ldap3::{Ldap, LdapConnAsync, Mod, Scope, SearchEntry, dn_escape, drive, ldap_escape};
use serde_json::json;

pub(crate) const GROUPS: [&str; 3] = ["everyone", "Vertrieb & Größe, (Süd)*", "vpn"];
pub(crate) const PAGE: usize = 5;

/// Whose server it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Of {
    OpenLdap,
    Ds389,
}

/// A server that runs.
pub(crate) enum Server {
    OpenLdap(OpenLdap),
    Ds389(Ds389),
}

impl Server {
    pub(crate) fn port(&self) -> u16 {
        match self {
            Server::OpenLdap(server) => server.port(),
            Server::Ds389(server) => server.port(),
        }
    }

    /// What locks an account there.
    fn lock(&self) -> (&'static str, &'static str) {
        match self {
            Server::OpenLdap(_) => ("pwdAccountLockedTime", "000001010000Z"),
            Server::Ds389(_) => ("nsAccountLock", "true"),
        }
    }
}

/// A directory that runs.
pub(crate) struct Directory {
    pub(crate) server: Server,
    members: Members,
    /// Who has been given a password by hand.
    passwords: Mutex<HashMap<String, String>>,
}

pub(crate) fn below(unit: &str) -> String {
    format!("ou={unit},{}", OpenLdap::SUFFIX)
}

pub(crate) fn group(name: &str) -> String {
    format!("cn={},{}", dn_escape(name), below("groups"))
}

/// Somebody's own connection.
pub(crate) async fn connect(port: u16) -> Ldap {
    let address = format!("ldap://127.0.0.1:{port}");
    let (connection, ldap) = LdapConnAsync::new(&address).await.unwrap();
    drive!(connection);
    ldap
}

fn values(all: &[&str]) -> HashSet<String> {
    all.iter().map(|value| (*value).to_owned()).collect()
}

impl Directory {
    /// Whether a renaming is answered before memberships have followed.
    pub(crate) fn moves_members_later(&self) -> bool {
        self.members == Members::Tracked && matches!(self.server, Server::OpenLdap(_))
    }

    pub(crate) async fn start(members: Members) -> Result<Directory, PeerError> {
        Directory::of(Of::OpenLdap, members).await
    }

    pub(crate) async fn of(of: Of, members: Members) -> Result<Directory, PeerError> {
        let server = match of {
            Of::OpenLdap => Server::OpenLdap(OpenLdap::start(members).await?),
            Of::Ds389 => Server::Ds389(Ds389::start(members).await?),
        };
        let directory = Directory {
            server,
            members,
            passwords: Mutex::default(),
        };
        let mut admin = directory.admin().await;
        for name in GROUPS {
            let placeholder = format!("cn=nobody,{}", below("groups"));
            let group_of_names = vec![
                ("objectClass".to_owned(), values(&["groupOfNames"])),
                ("member".to_owned(), values(&[&placeholder])),
            ];
            let added = admin.add(&group(name), group_of_names).await.unwrap();
            added.success().unwrap();
        }
        Ok(directory)
    }

    /// Who may do everything.
    pub(crate) async fn admin(&self) -> Ldap {
        let mut ldap = connect(self.server.port()).await;
        let (name, password) = OpenLdap::ADMIN;
        let bound = ldap.simple_bind(name, password).await.unwrap();
        bound.success().unwrap();
        ldap
    }

    pub(crate) fn settings(&self, address: String) -> Settings {
        let mut settings = vec![
            ("people", json!(below("people"))),
            ("groups", json!(below("groups"))),
            ("page", json!(PAGE)),
        ];
        // With everything, and with nothing.
        if self.members == Members::Tracked {
            settings.push(("member_of", json!(true)));
            settings.push(("leavers", json!(below("leavers"))));
        }
        if let Server::Ds389(_) = self.server {
            let (attribute, value) = self.server.lock();
            settings.push(("lock", json!(format!("{attribute}={value}"))));
        }
        let settings = settings.into_iter();
        Settings {
            id: "directory".into(),
            name: "Directory".into(),
            kind: "ldap".into(),
            address,
            settings: settings
                .map(|(name, value)| (name.to_owned(), value))
                .collect(),
            ..Settings::default()
        }
    }

    pub(crate) fn open_as(
        &self,
        settings: &Settings,
        who: (&str, &str),
    ) -> Result<Arc<dyn System>, Fault> {
        let secret = Secret::Basic {
            username: who.0.to_owned(),
            password: who.1.to_owned(),
        };
        system_ldap::open(settings, Some(secret), client().unwrap())
    }

    pub(crate) fn open_at(&self, port: u16) -> Result<Arc<dyn System>, Fault> {
        let settings = self.settings(format!("ldap://127.0.0.1:{port}"));
        self.open_as(&settings, OpenLdap::SERVICE)
    }

    pub(crate) fn open(&self) -> Arc<dyn System> {
        self.open_at(self.server.port()).unwrap()
    }

    /// The account, and where it does not say them its groups.
    pub(crate) fn calls_to_read(&self) -> usize {
        match self.members {
            Members::Plain => 2,
            Members::Tracked => 1,
        }
    }

    /// The entry with this account name, wherever it is.
    pub(crate) async fn entry(&self, name: &str) -> Option<SearchEntry> {
        let filter = format!("(uid={})", ldap_escape(name));
        let mut admin = self.admin().await;
        let found = admin
            .search(
                OpenLdap::SUFFIX,
                Scope::Subtree,
                &filter,
                vec!["*", "+", "nsAccountLock"],
            )
            .await
            .unwrap();
        let mut entries = found.success().unwrap().0;
        assert!(entries.len() < 2, "{name}");
        entries.pop().map(SearchEntry::construct)
    }

    pub(crate) async fn dn(&self, name: &str) -> String {
        let entry = self.entry(name).await;
        entry.unwrap_or_else(|| panic!("{name}")).dn
    }

    pub(crate) async fn modify(&self, dn: &str, change: Mod<String>) {
        let mut admin = self.admin().await;
        let modified = admin.modify(dn, vec![change]).await.unwrap();
        modified.success().unwrap();
    }

    pub(crate) async fn make(&self, account: &Account) {
        let mut entry = vec![
            ("objectClass".to_owned(), values(&["inetOrgPerson"])),
            ("uid".to_owned(), values(&[&account.name])),
            ("cn".to_owned(), values(&["by hand"])),
            ("sn".to_owned(), values(&["by hand"])),
        ];
        if let Some(id) = &account.employee_id {
            entry.push(("employeeNumber".to_owned(), values(&[id.as_str()])));
        }
        if let Some(email) = account.attributes.get("email") {
            entry.push(("mail".to_owned(), values(&[email])));
        }
        let dn = format!(
            "uid={},{}",
            dn_escape(account.name.as_str()),
            below("people")
        );
        let mut admin = self.admin().await;
        admin.add(&dn, entry).await.unwrap().success().unwrap();
        for entitlement in &account.entitlements {
            self.entitle(&account.name, entitlement.name(), true).await;
        }
    }

    pub(crate) async fn set_active(&self, name: &str, active: bool) {
        let (attribute, value) = self.server.lock();
        let locked = if active {
            values(&[])
        } else {
            values(&[value])
        };
        let lock = Mod::Replace(attribute.to_owned(), locked);
        self.modify(&self.dn(name).await, lock).await;
    }

    pub(crate) async fn entitle(&self, name: &str, of: &str, has: bool) {
        let member = values(&[&self.dn(name).await]);
        let change = match has {
            true => Mod::Add("member".to_owned(), member),
            false => Mod::Delete("member".to_owned(), member),
        };
        self.modify(&group(of), change).await;
    }

    /// The help desk gives somebody a password.
    pub(crate) async fn give_password(&self, name: &str) -> String {
        let password = format!("Of-{name}-1");
        let change = Mod::Replace("userPassword".to_owned(), values(&[&password]));
        self.modify(&self.dn(name).await, change).await;
        let mut passwords = self.passwords.lock().unwrap();
        passwords.insert(name.to_owned(), password.clone());
        password
    }

    pub(crate) async fn signs_in(&self, name: &str, password: &str) -> bool {
        let dn = self.dn(name).await;
        let mut theirs = connect(self.server.port()).await;
        theirs.simple_bind(&dn, password).await.unwrap().rc == 0
    }

    /// Whether somebody can sign in with the password that they were given. Who has none, or whose does not work and
    /// who is not locked, asks the help desk for one.
    pub(crate) async fn can_use(&self, name: &str) -> bool {
        let Some(entry) = self.entry(name).await else {
            return false;
        };
        let known = self.passwords.lock().unwrap().get(name).cloned();
        if let Some(password) = known
            && self.signs_in(name, &password).await
        {
            return true;
        }
        if entry.attrs.contains_key(self.server.lock().0) {
            return false;
        }
        let password = self.give_password(name).await;
        self.signs_in(name, &password).await
    }
}
