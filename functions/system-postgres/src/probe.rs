//! What Latchkey has to be able to do in a PostgreSQL server, tried without changing anything.

use latchkey_systems::{Fault, Faults, Probe};
use tokio_postgres::types::Type;

use crate::{faults::Trouble, names, postgres::Postgres};

/// $1 patterns of names to ignore, $2 who gets what is owned, if anybody. The rights that roles have on roles: Database
/// Roles, and its changes in PostgreSQL 16 (Release Notes, E.: CREATEROLE needs ADMIN OPTION).
const RIGHTS: &str = "\
SELECT current_setting('server_version_num')::int4,
       own.rolsuper OR own.rolcreaterole,
       own.rolsuper OR pg_has_role('pg_signal_backend', 'USAGE'),
       (SELECT own.rolsuper OR pg_has_role(heir.oid, 'USAGE') FROM pg_roles heir WHERE heir.rolname = $2),
       (SELECT count(*) FROM people WHERE NOT pg_has_role(people.oid, 'USAGE WITH ADMIN OPTION')),
       (SELECT count(*) FROM people JOIN pg_auth_members m ON m.member = people.oid
        WHERE NOT own.rolsuper AND NOT pg_has_role(m.grantor, 'USAGE'))
FROM pg_roles own
WHERE own.rolname = current_user";

/// Roles that are listed, superusers left out: those only a superuser changes.
const PEOPLE: &str = "\
WITH people AS MATERIALIZED (
    SELECT oid FROM pg_roles
    WHERE rolcanlogin AND NOT rolsuper AND rolname <> current_user AND NOT rolname::text LIKE ANY ($1)) ";

/// The version since which a role with CREATEROLE needs ADMIN OPTION on what it changes and gives.
const ADMIN_OPTION: i32 = 160_000;
/// The oldest version that gets along with what is asked here.
const OLDEST: i32 = 130_000;

struct Rights {
    version: i32,
    creates: bool,
    signals: bool,
    inherits_heir: Option<bool>,
    out_of_reach: i64,
    given_by_others: i64,
}

impl Postgres {
    pub(crate) async fn try_all(&self) -> Vec<Probe> {
        let mut probes = vec![Probe::of("read roles", self.page(None).await)];
        if probes.iter().any(|probe| probe.came.is_err()) {
            return probes;
        }
        let rights = match self.rights().await {
            Ok(rights) => rights,
            Err(fault) => {
                probes.push(Probe::failed("read its own rights", fault));
                return probes;
            }
        };
        let may = |may: bool, problem: &str| match may {
            true => Ok(()),
            false => Err(self.unauthorized(problem)),
        };
        let known = match rights.version >= OLDEST {
            true => Ok(()),
            false => Err(self.rejected("it is older than PostgreSQL 13")),
        };
        probes.push(Probe::of("speak to this version", known));
        let problem = "its role lacks CREATEROLE";
        probes.push(Probe::of(
            "make and change roles",
            may(rights.creates, problem),
        ));
        let problem = "its role is no member of pg_signal_backend";
        probes.push(Probe::of(
            "end running sessions",
            may(rights.signals, problem),
        ));
        if let Some(heir) = &self.objects_to {
            let came = match rights.inherits_heir {
                Some(inherits) => may(inherits, &format!("its role is no member of `{heir}`")),
                None => Err(self.rejected(format!(
                    "there is no role `{heir}`; correct `objects_to` in the runbook"
                ))),
            };
            probes.push(Probe::of(
                format!("give what a deleted role owns to `{heir}`"),
                came,
            ));
        }
        if rights.version >= ADMIN_OPTION && rights.creates {
            let problem = format!(
                "its role lacks ADMIN OPTION on {} of the roles that are there",
                rights.out_of_reach
            );
            let came = may(rights.out_of_reach == 0, &problem);
            probes.push(Probe::of("change the roles that are there", came));
            let came = match rights.given_by_others {
                0 => Ok(()),
                n => Err(self.rejected(format!(
                    "{n} memberships of people were given by other roles, and from PostgreSQL 16 on only those take them; \
                     give them anew with GRANTED BY and the role of Latchkey"
                ))),
            };
            probes.push(Probe::of("take the roles that people have", came));
        }
        probes
    }

    async fn rights(&self) -> Result<Rights, Fault> {
        let patterns: Vec<String> = self
            .ignore
            .iter()
            .map(|name| names::pattern(name))
            .collect();
        let statement = format!("{PEOPLE}{RIGHTS}");
        let rows = self
            .connection
            .rows(
                &statement,
                &[
                    (&patterns, Type::TEXT_ARRAY),
                    (&self.objects_to, Type::NAME),
                ],
            )
            .await;
        let rights = rows.and_then(|rows| match rows.first() {
            None => Ok(None),
            Some(row) => (|| {
                Ok(Some(Rights {
                    version: row.try_get(0)?,
                    creates: row.try_get(1)?,
                    signals: row.try_get(2)?,
                    inherits_heir: row.try_get(3)?,
                    out_of_reach: row.try_get(4)?,
                    given_by_others: row.try_get(5)?,
                }))
            })()
            .map_err(Trouble::Database),
        });
        rights
            .map_err(|trouble| trouble.fault(&self.system, "read its own rights"))?
            .ok_or_else(|| self.rejected("it does not show the role that Latchkey signs in with"))
    }
}
