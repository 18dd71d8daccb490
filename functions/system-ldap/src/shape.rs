//! How a directory is laid out: what the runbook says, and what is usual where it says nothing.

use std::collections::BTreeMap;

use latchkey_systems::{Fault, Faults, Settings};
use percent_encoding::percent_decode_str;

use crate::dn::{Dn, all, any, has, is_there};

/// Accounts on a page when the runbook does not say: below the 1000 that Active Directory gives at most (MaxPageSize,
/// MS-ADTS 3.1.1.3.4.6).
const PAGE: usize = 500;

/// Partitions to which every domain controller refers beside its domain (MS-ADTS 3.1.1.1.5, 6.1.1.2.1); none has
/// people.
const OWN_PARTITIONS: [&str; 4] = [
    "configuration",
    "schema",
    "domaindnszones",
    "forestdnszones",
];

/// Whose rules a directory follows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Dialect {
    /// RFC 4511, RFC 4519 and RFC 2798, with the password policy draft for locking.
    OpenLdap,
    /// MS-ADTS.
    ActiveDirectory,
}

/// Every dialect by its name, the standard first.
pub(crate) const DIALECTS: [(&str, Dialect); 2] = [
    ("openldap", Dialect::OpenLdap),
    ("active-directory", Dialect::ActiveDirectory),
];

/// How a directory is laid out.
#[derive(Debug, Clone)]
pub(crate) struct Shape {
    pub(crate) dialect: Dialect,
    /// Where accounts are, and where new ones are made.
    pub(crate) people: Dn,
    /// Where accounts are moved to when sign-in is cut.
    pub(crate) leavers: Option<Dn>,
    /// Below which groups are.
    pub(crate) groups: Dn,
    /// Where accounts are looked for: `people`, or what it and `leavers` have in common.
    pub(crate) base: Dn,
    /// The attribute that holds the account name.
    pub(crate) name: String,
    /// The attribute that holds the employee id.
    pub(crate) employee_id: String,
    /// Our names of attributes, and what each is called there.
    pub(crate) attributes: BTreeMap<String, String>,
    /// Classes of the accounts that are made.
    pub(crate) object_classes: Vec<String>,
    /// The attribute that new accounts are named by.
    pub(crate) naming: String,
    /// The attribute of groups that holds their members.
    pub(crate) member: String,
    /// Whether the directory keeps `memberOf` and moves memberships along with an entry.
    pub(crate) member_of: bool,
    /// Who stays in a group that must not be empty.
    pub(crate) placeholder: String,
    /// The attribute and its value that lock an account. Not for Active Directory.
    pub(crate) lock: (String, String),
    /// What comes after `@` in `userPrincipalName`.
    pub(crate) domain: Option<String>,
    /// Accounts asked for at once.
    pub(crate) page: usize,
}

fn or<'a>(text: Option<&'a str>, usual: &'a str) -> String {
    text.unwrap_or(usual).to_owned()
}

/// The object classes that an account is made with.
fn object_classes(settings: &Settings, dialect: Dialect) -> Vec<String> {
    let usual: &[&str] = match dialect {
        Dialect::OpenLdap => &["top", "person", "organizationalPerson", "inetOrgPerson"],
        Dialect::ActiveDirectory => &["top", "person", "organizationalPerson", "user"],
    };
    let own = settings.list("object_classes");
    let classes = match own.is_empty() {
        true => usual.to_vec(),
        false => own,
    };
    classes.into_iter().map(str::to_owned).collect()
}

impl Shape {
    /// What the runbook says.
    ///
    /// # Errors
    /// [`Fault::Rejected`] says which setting does not fit.
    pub(crate) fn of(settings: &Settings) -> Result<Shape, Fault> {
        let named = settings.dialect.as_deref().unwrap_or(DIALECTS[0].0);
        let dialect = DIALECTS.iter().find(|(name, _)| *name == named);
        let dialect = dialect.map(|(_, dialect)| *dialect).ok_or_else(|| {
            let known = DIALECTS.map(|(name, _)| name).join(", ");
            settings.rejected(format!(
                "its dialect `{named}` is not known; there are: {known}"
            ))
        })?;
        let dn = |name: &str| {
            let text = settings.text(name);
            let none = || format!("its setting `{name}` is no distinguished name");
            // A block of YAML ends with a line break.
            let parse = |text: &str| {
                let text = text.trim_end_matches(['\n', '\r']);
                Dn::parse(text).ok_or_else(|| settings.rejected(none()))
            };
            text.map(parse).transpose()
        };
        let people = dn("people")?.ok_or_else(|| {
            settings.rejected(
                "it has no setting `people`; give the distinguished name below which accounts are",
            )
        })?;
        let leavers = dn("leavers")?;
        let base = match &leavers {
            None => people.clone(),
            Some(leavers) => people.common(leavers).ok_or_else(|| {
                settings.rejected("its settings `people` and `leavers` have nothing in common")
            })?,
        };
        let groups = dn("groups")?.unwrap_or_else(|| people.domain());
        let ad = dialect == Dialect::ActiveDirectory;
        let lock = or(
            settings.text("lock"),
            // draft-behera-ldap-password-policy section 5.3.3: this time locks for good.
            "pwdAccountLockedTime=000001010000Z",
        );
        let lock = lock.split_once('=').ok_or_else(|| {
            settings.rejected("its setting `lock` is not of the form attribute=value")
        })?;
        let domain = people.domain_labels().join(".");
        Ok(Shape {
            dialect,
            placeholder: settings
                .text("placeholder")
                .map_or_else(|| format!("cn=nobody,{}", groups.text()), str::to_owned),
            leavers,
            groups,
            base,
            name: or(
                settings.text("account_name"),
                if ad { "sAMAccountName" } else { "uid" },
            ),
            employee_id: or(
                settings.text("employee_id"),
                if ad { "employeeID" } else { "employeeNumber" },
            ),
            attributes: attributes(settings, dialect),
            object_classes: object_classes(settings, dialect),
            naming: or(settings.text("naming"), if ad { "cn" } else { "uid" }),
            member: or(settings.text("member"), "member"),
            member_of: ad || settings.flag("member_of"),
            lock: (lock.0.to_owned(), lock.1.to_owned()),
            domain: match settings.text("domain") {
                Some(domain) => Some(domain.to_owned()),
                None => Some(domain).filter(|domain| !domain.is_empty()),
            },
            page: settings.number("page").unwrap_or(PAGE).max(1),
            people,
        })
    }

    /// A filter for entries that are accounts.
    fn accounts(&self) -> Vec<String> {
        match self.dialect {
            Dialect::OpenLdap => Vec::new(),
            // Computers and contacts have the same attributes; `objectCategory` is indexed.
            Dialect::ActiveDirectory => {
                vec![has("objectCategory", "person"), has("objectClass", "user")]
            }
        }
    }

    /// A filter for every account.
    pub(crate) fn every_account(&self) -> String {
        let mut filters = self.accounts();
        filters.push(is_there(&self.name));
        all(&filters)
    }

    /// A filter for accounts with this employee id or this name.
    pub(crate) fn account_of(&self, employee_id: &str, name: Option<&str>) -> String {
        let mut either = vec![has(&self.employee_id, employee_id)];
        either.extend(name.map(|name| has(&self.name, name)));
        let mut filters = self.accounts();
        filters.push(any(&either));
        all(&filters)
    }

    /// A filter for every group.
    pub(crate) fn every_group(&self) -> String {
        let class = match (self.dialect, self.member.as_str()) {
            (Dialect::ActiveDirectory, _) => "group",
            (Dialect::OpenLdap, "uniqueMember") => "groupOfUniqueNames",
            (Dialect::OpenLdap, _) => "groupOfNames",
        };
        has("objectClass", class)
    }

    /// The attributes that reading an account needs.
    pub(crate) fn wanted(&self) -> Vec<String> {
        let mut wanted = vec![self.name.clone(), self.employee_id.clone()];
        wanted.extend(self.attributes.values().cloned());
        wanted.push(match self.dialect {
            Dialect::OpenLdap => self.lock.0.clone(),
            Dialect::ActiveDirectory => UAC.to_owned(),
        });
        if self.member_of {
            wanted.push(MEMBER_OF.to_owned());
        }
        wanted.sort();
        wanted.dedup();
        wanted
    }

    /// Whether an address of another server (RFC 4516) leads to where accounts or groups are. One without a name leads
    /// to what was asked for.
    pub(crate) fn is_of(&self, address: &str) -> bool {
        let rest = address.split_once("://").map_or(address, |(_, rest)| rest);
        let name = rest.split_once('/').map_or("", |(_, name)| name);
        let name = name.split('?').next().unwrap_or_default();
        let name = percent_decode_str(name).decode_utf8_lossy();
        let Some(dn) = Dn::parse(&name) else {
            return true;
        };
        let is_ad = self.dialect == Dialect::ActiveDirectory;
        let first = dn.first().1.to_ascii_lowercase();
        if is_ad && OWN_PARTITIONS.contains(&first.as_str()) {
            return false;
        }
        // There accounts say which groups they are in.
        let groups = (!is_ad).then_some(&self.groups);
        let ours = [&self.people]
            .into_iter()
            .chain(&self.leavers)
            .chain(groups);
        let meets = |one: &Dn, other: &Dn| one.key() == other.key() || one.is_below(other);
        let mut ours = ours.filter(|place| meets(&dn, place) || meets(place, &dn));
        ours.next().is_some()
    }

    /// Whether an entry is where accounts are.
    pub(crate) fn holds(&self, dn: &str) -> bool {
        let Some(dn) = Dn::parse(dn) else {
            return false;
        };
        let leavers = self.leavers.as_ref();
        dn.is_below(&self.people) || leavers.is_some_and(|leavers| dn.is_below(leavers))
    }
}

/// The groups that an entry is in (MS-ADA2 2.45; OpenLDAP's overlay memberof).
pub(crate) const MEMBER_OF: &str = "memberOf";
/// What an account may do (MS-ADTS 2.2.16).
pub(crate) const UAC: &str = "userAccountControl";

/// Our names of attributes, and what each is called there.
fn attributes(settings: &Settings, dialect: Dialect) -> BTreeMap<String, String> {
    let given = settings.map("attributes");
    let usual = [
        ("givenName", "givenName"),
        ("familyName", "sn"),
        ("displayName", "displayName"),
        ("email", "mail"),
        ("title", "title"),
        (
            "department",
            match dialect {
                // RFC 2798 section 2.2.
                Dialect::OpenLdap => "departmentNumber",
                Dialect::ActiveDirectory => "department",
            },
        ),
    ];
    let all = match given.is_empty() {
        true => usual.into(),
        false => given,
    };
    all.into_iter()
        .map(|(ours, theirs)| (ours.to_owned(), theirs.to_owned()))
        .collect()
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use latchkey_systems::Settings;

    pub(crate) fn shape(dialect: &str, settings: &[(&str, &str)]) -> Shape {
        of(dialect, settings).expect("a shape")
    }

    fn of(dialect: &str, settings: &[(&str, &str)]) -> Result<Shape, Fault> {
        let settings = settings
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).into()));
        Shape::of(&Settings {
            name: "Directory".into(),
            dialect: Some(dialect.into()),
            settings: settings.collect(),
            ..Settings::default()
        })
    }

    const PEOPLE: (&str, &str) = ("people", "OU=Staff,DC=acme,DC=example");

    #[test]
    fn what_is_usual() {
        let ad = shape("active-directory", &[PEOPLE]);
        assert_eq!(ad.groups.text(), "DC=acme,DC=example");
        assert_eq!(ad.domain.as_deref(), Some("acme.example"));
        assert!(ad.member_of);
        assert_eq!(
            ad.account_of("7", Some("a*")),
            r"(&(objectCategory=person)(objectClass=user)(|(employeeID=7)(sAMAccountName=a\2a)))"
        );
        let standard = shape("openldap", &[PEOPLE]);
        assert_eq!(
            standard.account_of("7", Some("zoe")),
            "(|(employeeNumber=7)(uid=zoe))"
        );
        assert_eq!(standard.account_of("7", None), "(employeeNumber=7)");
        assert!(!standard.member_of);
        assert_eq!(standard.placeholder, "cn=nobody,DC=acme,DC=example");
    }

    #[test]
    fn leavers_are_looked_for_too() {
        let leavers = ("leavers", "ou=left,dc=acme,dc=example");
        let shape = shape("openldap", &[PEOPLE, leavers]);
        assert_eq!(shape.base.text(), "DC=acme,DC=example");
        assert!(shape.holds("uid=a,ou=Left,dc=acme,dc=example"));
        assert!(shape.holds("uid=a,ou=x,ou=staff,dc=acme,dc=example"));
        assert!(!shape.holds("uid=a,ou=services,dc=acme,dc=example"));
    }

    #[test]
    fn what_does_not_fit_is_said() {
        for (dialect, settings, said) in [
            ("eDirectory", vec![PEOPLE], "eDirectory"),
            ("openldap", vec![], "`people`"),
            ("openldap", vec![("people", "staff")], "`people`"),
            ("openldap", vec![PEOPLE, ("lock", "locked")], "`lock`"),
            (
                "openldap",
                vec![PEOPLE, ("leavers", "o=x")],
                "nothing in common",
            ),
        ] {
            let fault = of(dialect, &settings).expect_err(said).to_string();
            assert!(fault.contains(said), "{fault}");
        }
    }

    #[test]
    fn another_server_matters_where_our_people_may_be() {
        let places = [
            ("people", "ou=staff,dc=acme,dc=example"),
            ("groups", "ou=groups,dc=acme,dc=example"),
        ];
        let (openldap, ad) = (
            shape("openldap", &places),
            shape("active-directory", &places),
        );
        let in_groups = "ldap://b.example/ou=x,ou=groups,dc=acme,dc=example";
        assert!(openldap.is_of(in_groups) && !ad.is_of(in_groups));
        let everywhere = shape("active-directory", &[("people", "dc=acme,dc=example")]);
        assert!(!everywhere.is_of("ldap://x.example/DC=ForestDnsZones,DC=acme,DC=example"));
        assert!(everywhere.is_of("ldap://x.example/dc=sub,dc=acme,dc=example"));
        for (address, is_of) in [
            ("ldap://b.example", true),
            ("ldap://b.example/??sub", true),
            ("ldap://b.example/ou=staff,dc=acme,dc=example", true),
            (
                "ldap://b.example/OU=Sales%2COU=staff,DC=acme,DC=example??sub",
                true,
            ),
            ("ldap://b.example/dc=acme,dc=example", true),
            ("ldap://b.example/ou=else,dc=acme,dc=example", false),
        ] {
            assert_eq!(openldap.is_of(address), is_of, "{address}");
            assert_eq!(ad.is_of(address), is_of, "{address}");
        }
    }
}
