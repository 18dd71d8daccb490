//! One change of a role, in one call where that can be (SQL Commands: CREATE ROLE, ALTER ROLE, DROP ROLE, GRANT,
//! REVOKE, COMMENT).

use latchkey_lifecycle::{Account, Change, Entitlement};
use latchkey_systems::{Fault, Faults, Found};
use tokio_postgres::types::Type;

use crate::{comment, faults::Trouble, names, postgres::Postgres};

/// The object that was named is not there (PostgreSQL Error Codes, appendix A: undefined_object).
const NOT_THERE: &str = "42704";
const NOT_ALLOWED: &str = "42501";

/// Ends a role's sessions and waits until they have ended: also one that was let in a moment before `NOLOGIN` was
/// committed, and shows only now. Needs no more than five seconds, or says that they are in use (Server Signaling
/// Functions: pg_terminate_backend only sends a signal).
fn end_sessions(oid: u32) -> String {
    let body = format!(
        "BEGIN
            FOR i IN 1..200 LOOP
                PERFORM pg_stat_clear_snapshot();
                PERFORM pg_terminate_backend(pid) FROM pg_stat_activity
                    WHERE usesysid = {oid} AND pid <> pg_backend_pid();
                IF NOT FOUND THEN
                    RETURN;
                END IF;
                PERFORM pg_sleep(0.025);
            END LOOP;
            RAISE EXCEPTION 'sessions do not end' USING ERRCODE = 'object_in_use';
        END"
    );
    format!("DO {}", names::text(&body))
}

/// What was tried, as in "its role may not …".
fn doing(change: &Change) -> String {
    match change {
        Change::Suspend => "suspend a role and end its sessions".to_owned(),
        Change::Create { .. } => "make a role".to_owned(),
        Change::Adopt { .. } => "comment on a role".to_owned(),
        Change::Rename { .. } => "rename a role".to_owned(),
        Change::SetAttribute { name, .. } => format!("set {name}"),
        Change::Revoke { entitlement } => format!("take the role `{}`", entitlement.name()),
        Change::Restore => "let a role sign in again".to_owned(),
        Change::Grant { entitlement } => format!("give the role `{}`", entitlement.name()),
        Change::Delete => "delete a role".to_owned(),
    }
}

impl Postgres {
    /// A name, quoted, if it can be one.
    fn name(&self, name: &str) -> Result<String, Fault> {
        match names::problem(name) {
            Some(problem) => Err(self.rejected(problem)),
            None => Ok(names::name(name)),
        }
    }

    fn role(&self, entitlement: &Entitlement) -> Result<String, Fault> {
        if entitlement.kind() != "role" {
            return Err(self.rejected(format!(
                "it cannot give `{entitlement}`: PostgreSQL has the kind role"
            )));
        }
        self.name(entitlement.name())
    }

    /// Makes a role, without a password.
    pub(crate) async fn create(&self, account: &Account) -> Result<Found, Fault> {
        let name = self.name(&account.name)?;
        let login = if account.active { "LOGIN" } else { "NOLOGIN" };
        let comment = comment::with(None, account.employee_id.as_ref());
        let comment = comment.map_or("NULL".to_owned(), |text| names::text(&text));
        let statements = format!(
            "CREATE ROLE {name} {login}; COMMENT ON ROLE {name} IS {comment}; SELECT oid FROM pg_roles WHERE rolname = {}",
            names::text(&account.name)
        );
        let made = self.connection.change(&statements).await;
        let made = made.map_err(|trouble| trouble.fault(&self.system, "make a role"))?;
        let oid = made.first().and_then(|row| row.get(0));
        let handle =
            oid.ok_or_else(|| self.rejected("it made a role and did not say under which number"))?;
        Ok(Found::new(handle, account.clone()))
    }

    /// Applies a change to a role that is there.
    pub(crate) async fn change(&self, at: &Found, change: &Change) -> Result<Option<Found>, Fault> {
        let statements = self.statements(at, change).await?;
        let applied = match self.connection.change(&statements).await {
            Ok(rows) => {
                if let Change::Revoke { entitlement } = change {
                    let grantors: Vec<String> = rows
                        .iter()
                        .filter_map(|row| row.get(0))
                        .map(str::to_owned)
                        .collect();
                    self.revoke_from(at, entitlement, &grantors).await?;
                }
                Ok(())
            }
            Err(trouble) if trouble.code() == Some(NOT_THERE) => self.missing(at, change).await,
            Err(trouble) => Err(trouble.fault(&self.system, &doing(change))),
        };
        applied?;
        Ok(at.after(change))
    }

    async fn statements(&self, at: &Found, change: &Change) -> Result<String, Fault> {
        let name = self.name(&at.account.name)?;
        let oid = self.oid(at)?;
        Ok(match change {
            Change::Suspend => {
                let password = match self.keep_password {
                    true => "",
                    false => " PASSWORD NULL",
                };
                // Committed first: until then the server lets them in, and a session could begin behind our back. What
                // is about the password comes last, since some services allow it to few (`rds_password`).
                format!(
                    "ALTER ROLE {name} NOLOGIN; COMMIT; {}; COMMIT; ALTER ROLE {name} VALID UNTIL '-infinity'{password}",
                    end_sessions(oid)
                )
            }
            Change::Restore => format!("ALTER ROLE {name} LOGIN VALID UNTIL 'infinity'"),
            Change::Adopt { employee_id } => {
                let comment = self.comment_of(oid).await?;
                let comment = comment::with(comment.as_deref(), employee_id.as_ref());
                let comment = comment.map_or("NULL".to_owned(), |text| names::text(&text));
                format!("COMMENT ON ROLE {name} IS {comment}")
            }
            Change::Rename { name: new } => {
                format!("ALTER ROLE {name} RENAME TO {}", self.name(new)?)
            }
            Change::Grant { entitlement } => {
                format!("GRANT {} TO {name}", self.role(entitlement)?)
            }
            Change::Revoke { entitlement } => format!(
                "REVOKE {} FROM {name}; SELECT pg_get_userbyid(m.grantor) FROM pg_auth_members m JOIN pg_roles r \
                 ON r.oid = m.roleid WHERE m.member = {oid} AND r.rolname = {}",
                self.role(entitlement)?,
                names::text(entitlement.name())
            ),
            Change::Delete => match &self.objects_to {
                // What it owns can be given away only by who has its privileges (REASSIGN OWNED, DROP OWNED).
                Some(heir) => format!(
                    "GRANT {name} TO CURRENT_USER; REASSIGN OWNED BY {name} TO {}; DROP OWNED BY {name}; DROP ROLE {name}",
                    self.name(heir)?
                ),
                None => format!("DROP ROLE IF EXISTS {name}"),
            },
            Change::SetAttribute { name, .. } => {
                return Err(self.rejected(format!("a role has no `{name}`")));
            }
            Change::Create { .. } => {
                return Err(self.rejected("the role is there already"));
            }
        })
    }

    /// Takes a membership that was given by others. From PostgreSQL 16 on each giver's is one of its own, and only who
    /// has the giver's privileges takes it (REVOKE, notes).
    async fn revoke_from(
        &self,
        at: &Found,
        entitlement: &Entitlement,
        grantors: &[String],
    ) -> Result<(), Fault> {
        for grantor in grantors {
            let statement = format!(
                "REVOKE {} FROM {} GRANTED BY {}",
                self.role(entitlement)?,
                self.name(&at.account.name)?,
                self.name(grantor)?
            );
            match self.connection.change(&statement).await {
                Ok(_) => {}
                Err(trouble) if trouble.code() == Some(NOT_ALLOWED) => {
                    return Err(self.rejected(format!(
                        "the role `{}` was given to {} by {grantor}, and from PostgreSQL 16 on only {grantor} takes that \
                         back: have it revoked there, with GRANTED BY {grantor}",
                        entitlement.name(),
                        at.account.name
                    )));
                }
                Err(trouble) => {
                    let what = format!("take the role `{}`", entitlement.name());
                    return Err(trouble.fault(&self.system, &what));
                }
            }
        }
        Ok(())
    }

    /// A role that a change names is not there: the person's own or another one.
    async fn missing(&self, at: &Found, change: &Change) -> Result<(), Fault> {
        let name = self.name_of(self.oid(at)?).await?;
        match (name, change) {
            // What should go has gone.
            (None, Change::Suspend | Change::Revoke { .. } | Change::Delete) => Ok(()),
            (None, _) => Err(self.rejected(format!("there is no role any more to {change}"))),
            // An answer of ours was lost.
            (Some(now), Change::Rename { name }) if now == *name => Ok(()),
            (Some(now), _) if now != at.account.name => Err(self.busy(None)),
            (Some(_), Change::Revoke { .. }) => Ok(()),
            (Some(_), Change::Grant { entitlement }) => Err(self.rejected(format!(
                "there is no role `{}`; make it there, or correct the runbook",
                entitlement.name()
            ))),
            (Some(_), Change::Delete) => Err(self.rejected(format!(
                "there is no role `{}` to get what the deleted one owns; correct `objects_to` in the runbook",
                self.objects_to.as_deref().unwrap_or_default()
            ))),
            (Some(_), _) => Err(self.rejected(
                "its database lacks the language plpgsql, which every new one has: make it with CREATE EXTENSION plpgsql",
            )),
        }
    }

    fn oid(&self, at: &Found) -> Result<u32, Fault> {
        let oid = at.handle.parse();
        oid.map_err(|_| self.rejected("the account's number is none"))
    }

    async fn name_of(&self, oid: u32) -> Result<Option<String>, Fault> {
        self.one("SELECT rolname::text FROM pg_roles WHERE oid = $1", oid)
            .await
    }

    async fn comment_of(&self, oid: u32) -> Result<Option<String>, Fault> {
        self.one("SELECT shobj_description($1, 'pg_authid')", oid)
            .await
    }

    /// The text that a statement answers for a role, if it does.
    async fn one(&self, statement: &str, oid: u32) -> Result<Option<String>, Fault> {
        let rows = self.connection.rows(statement, &[(&oid, Type::OID)]).await;
        let text = rows.and_then(|rows| match rows.first() {
            Some(row) => row.try_get(0).map_err(Trouble::from),
            None => Ok(None),
        });
        text.map_err(|trouble| trouble.fault(&self.system, "read roles"))
    }
}
