//! Roles as the catalog shows them (System Catalogs: pg_authid by its view pg_roles, pg_auth_members, pg_shdescription;
//! The Cumulative Statistics System: pg_stat_activity).

use std::collections::BTreeSet;

use latchkey_lifecycle::{Account, Entitlement};
use latchkey_systems::{Fault, Faults, Found, Page, PageToken, Sought};
use tokio_postgres::{Row, types::Type};

use crate::{
    comment::{self, Whose},
    faults::Trouble,
    names,
    postgres::Postgres,
};

/// A role with its comment and memberships. `VALID UNTIL` is not looked at: it ends a password, while signing in by
/// certificate, LDAP or IAM goes on (CREATE ROLE). Whoever still has a session counts as active, since `NOLOGIN` does
/// not end it.
const ROLES: &str = "\
SELECT r.oid, r.rolname::text, d.description, r.rolname = session_user,
       r.rolcanlogin OR r.oid IN (SELECT usesysid FROM pg_stat_activity WHERE usesysid IS NOT NULL),
       NOT r.rolcanlogin AND EXISTS (
           SELECT FROM pg_auth_members m JOIN pg_roles p ON p.oid = m.member
           WHERE m.roleid = r.oid AND NOT p.rolcreaterole AND NOT p.rolsuper),
       ARRAY(SELECT DISTINCT g.rolname::text FROM pg_auth_members m JOIN pg_roles g ON g.oid = m.roleid
             WHERE m.member = r.oid)
FROM pg_roles r LEFT JOIN pg_shdescription d ON d.objoid = r.oid AND d.classoid = 'pg_authid'::regclass ";

/// $1 an employee's line, $2 a name.
const MATCHING: &str = "\
WHERE r.rolname = $2 OR (strpos(d.description, $1) > 0 AND strpos(
    E'\\n' || btrim(regexp_replace(d.description, '\\s*\\n\\s*', E'\\n', 'g'), E' \\t\\r\\n') || E'\\n',
    E'\\n' || $1 || E'\\n') > 0)";

/// $1 the name before, $2 how many, $3 patterns of names to ignore, $4 what our line begins with.
const NEXT: &str = "\
WHERE r.rolname > $1 AND r.rolname <> session_user
  AND (strpos(E'\\n' || d.description, E'\\n' || $4) > 0
       OR (r.rolcanlogin AND NOT r.rolname::text LIKE ANY ($3)))
ORDER BY r.rolname LIMIT $2";

/// A role.
#[derive(Debug)]
struct Role {
    found: Found,
    whose: Whose,
    /// Whether it is the one that Latchkey signs in with.
    is_own: bool,
    /// Whether it is given to others and cannot sign in itself.
    is_group: bool,
}

impl TryFrom<&Row> for Role {
    type Error = tokio_postgres::Error;

    fn try_from(row: &Row) -> Result<Role, tokio_postgres::Error> {
        let oid: u32 = row.try_get(0)?;
        let comment: Option<&str> = row.try_get(2)?;
        let whose = comment::whose(comment);
        let given: Vec<&str> = row.try_get(6)?;
        let entitlements: BTreeSet<Entitlement> = given.into_iter().map(role).collect();
        let account = Account {
            employee_id: match &whose {
                Whose::Of(id) => Some(id.clone()),
                Whose::Nobodys | Whose::Unclear => None,
            },
            name: row.try_get(1)?,
            active: row.try_get(4)?,
            attributes: [].into(),
            entitlements,
        };
        Ok(Role {
            found: Found::new(oid.to_string(), account),
            whose,
            is_own: row.try_get(3)?,
            is_group: row.try_get(5)?,
        })
    }
}

fn role(name: &str) -> Entitlement {
    Entitlement::from(format!("role:{name}"))
}

impl Postgres {
    async fn roles(
        &self,
        which: &str,
        parameters: crate::connection::Parameters<'_>,
    ) -> Result<Vec<Role>, Fault> {
        let statement = format!("{ROLES}{which}");
        let rows = self.connection.rows(&statement, parameters).await;
        let roles = rows.and_then(|rows| {
            let roles = rows.iter().map(Role::try_from);
            roles.collect::<Result<_, _>>().map_err(Trouble::from)
        });
        roles.map_err(|trouble| trouble.fault(&self.system, "read roles"))
    }

    /// The person's role: by the employee id in its comment, or else by its name.
    pub(crate) async fn find(&self, who: &Sought) -> Result<Option<Found>, Fault> {
        let id = &who.employee_id;
        // What cannot be a role's name is no role's.
        let name = who
            .name
            .as_deref()
            .filter(|name| names::problem(name).is_none());
        let line = comment::line(id);
        let roles = self
            .roles(MATCHING, &[(&line, Type::TEXT), (&name, Type::NAME)])
            .await?;
        let theirs = Whose::Of(id.clone());
        let (mut by_id, others): (Vec<Role>, Vec<Role>) =
            roles.into_iter().partition(|role| role.whose == theirs);
        match by_id.len() {
            0 => {}
            1 => return Ok(by_id.pop().map(|role| role.found)),
            _ => {
                return Err(self.several(id, by_id.into_iter().map(|role| role.found).collect()));
            }
        }
        // One that is unclear is here for its comment or for its name.
        let named = |role: &Role| Some(role.found.account.name.as_str()) == name;
        let by_name = |role: &Role| role.whose == Whose::Unclear || named(role);
        let Some(role) = others.into_iter().find(by_name) else {
            return Ok(None);
        };
        let name = &role.found.account.name;
        if let Whose::Of(holder) = role.whose {
            return Err(self.taken(name, Some(holder)));
        }
        let is_service = self.ignore.iter().any(|ignore| names::fits(ignore, name));
        let problem = if role.whose == Whose::Unclear {
            "has a comment that does not say clearly whose it is"
        } else if role.is_own {
            "is the one that Latchkey signs in with"
        } else if is_service {
            "is among those that the runbook ignores"
        } else if role.is_group {
            "cannot sign in and is given to others"
        } else {
            return Ok(Some(role.found));
        };
        Err(self.conflict(format!(
            "the role {name} {problem}; write the line `{line}` into its comment when it is theirs, or give them another \
             account name"
        )))
    }

    /// The role with this object identifier.
    pub(crate) async fn role_at(&self, handle: &str) -> Result<Option<Found>, Fault> {
        let Ok(oid) = handle.parse::<u32>() else {
            return Ok(None);
        };
        let mut roles = self.roles("WHERE r.oid = $1", &[(&oid, Type::OID)]).await?;
        Ok(roles.pop().map(|role| role.found))
    }

    /// The roles after a name, as many as a page has.
    pub(crate) async fn page(&self, after: Option<&PageToken>) -> Result<Page, Fault> {
        let after = after.map(|token| token.0.as_str()).unwrap_or_default();
        let patterns: Vec<String> = self
            .ignore
            .iter()
            .map(|name| names::pattern(name))
            .collect();
        let begins = comment::BEGINS;
        // One more tells whether there is another page.
        let many = self.page + 1;
        let mut roles = self
            .roles(
                NEXT,
                &[
                    (&after, Type::NAME),
                    (&many, Type::INT8),
                    (&patterns, Type::TEXT_ARRAY),
                    (&begins, Type::TEXT),
                ],
            )
            .await?;
        let page = usize::try_from(self.page).unwrap_or(usize::MAX);
        let more = roles.len() > page;
        roles.truncate(page);
        let last = roles.last().map(|role| role.found.account.name.clone());
        let accounts = roles.into_iter().map(|role| role.found).collect();
        Ok(Page::every(accounts, last.filter(|_| more)))
    }
}
