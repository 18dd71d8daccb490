//! One instance of IAM Identity Center.

use async_trait::async_trait;
use latchkey_lifecycle::Change;
use latchkey_systems::{
    Fault, Faults, Found, KeptMemberships, Page, PageToken, Part, Probe, Settings, Sight, Sought,
    System, Whole,
};
use tokio::sync::OnceCell;

use crate::{
    clients::Clients,
    instance::Instance,
    names::Names,
    user::{self, ENTERPRISE, Seen},
};

/// The largest page that the APIs give ("MaxResults").
pub(crate) const PAGE: i32 = 100;
/// Calls that are on their way at once: AWS allows each of the two APIs some 20 in a second.
pub(crate) const AT_ONCE: usize = 4;
/// How long a change of an assignment is waited for, in seconds, where no setting says otherwise; and at most.
const WAIT: usize = 8;
const LONGEST_WAIT: usize = 20;

/// What the runbook chooses.
#[derive(Debug)]
pub(crate) struct Choices {
    region: Option<String>,
    role: Option<String>,
    pub(crate) instance: Option<String>,
    page: i32,
    /// Whether direct assignments to accounts are read and changed.
    pub(crate) assignments: bool,
    /// Whether an employee id is looked for among all users.
    pub(crate) searches: bool,
    /// Seconds.
    pub(crate) wait: usize,
}

impl Choices {
    fn of(settings: &Settings) -> Result<Choices, Fault> {
        let text = |name: &str| settings.text(name).map(str::to_owned);
        let role = text("role");
        if let Some(role) = role.as_ref().filter(|role| !role.starts_with("arn:")) {
            return Err(settings.rejected(format!(
                "its setting `role` is `{role}`, which is no role's ARN"
            )));
        }
        let page = settings.number("page").and_then(|n| i32::try_from(n).ok());
        Ok(Choices {
            region: text("region"),
            role,
            instance: text("instance"),
            page: page.unwrap_or(PAGE).clamp(1, PAGE),
            assignments: !settings.flag("groups_only"),
            searches: !settings.flag("by_name_only"),
            wait: settings.number("wait").unwrap_or(WAIT).min(LONGEST_WAIT),
        })
    }
}

/// What AWS's own paginators brought to the end. They stop at the last page or with an error, also where a token comes
/// twice ("next token did not change").
pub(crate) fn pages_are_all<T>(of: T) -> Whole<T> {
    Whole::in_one_answer(of)
}

/// One instance of IAM Identity Center.
#[derive(Debug)]
pub(crate) struct Center {
    /// Its name for people.
    system: String,
    pub(crate) choices: Choices,
    clients: OnceCell<Clients>,
    instance: OnceCell<Instance>,
    /// Names of groups.
    pub(crate) groups: Names,
    /// Names of permission sets, by their ARNs.
    pub(crate) sets: Names,
    /// Employee ids by the ids of their users.
    pub(crate) users: Names,
    /// What everybody has, while a list is read.
    members: KeptMemberships,
}

impl Center {
    pub(crate) fn new(settings: &Settings, clients: Option<Clients>) -> Result<Center, Fault> {
        Ok(Center {
            system: settings.name.clone(),
            choices: Choices::of(settings)?,
            clients: OnceCell::new_with(clients),
            instance: OnceCell::new(),
            groups: Names::default(),
            sets: Names::default(),
            users: Names::default(),
            members: KeptMemberships::default(),
        })
    }

    pub(crate) async fn clients(&self) -> &Clients {
        let (region, role) = (&self.choices.region, &self.choices.role);
        self.clients
            .get_or_init(|| Clients::of(region.as_deref(), role.as_deref()))
            .await
    }

    /// Users and groups, and the id by which they are asked for.
    pub(crate) async fn store(&self) -> Result<(&aws_sdk_identitystore::Client, &str), Fault> {
        let instance = self.instance().await?;
        Ok((&self.clients().await.store, &instance.store))
    }

    /// Assignments and permission sets, and the ARN by which they are asked for.
    pub(crate) async fn admin(&self) -> Result<(&aws_sdk_ssoadmin::Client, &str), Fault> {
        let instance = self.instance().await?;
        Ok((&self.clients().await.admin, &instance.arn))
    }

    /// Groups go with the user. Assignments stay, and are not listed any more once it is deleted.
    async fn part(&self, found: Found) -> Result<Sight, Fault> {
        let assignments = self.assignments_of(&found.handle).await?;
        Ok(Sight::Part(found.with(assignments.into_inner())))
    }

    /// The instance that the runbook names, or the only one that this account shows.
    pub(crate) async fn instance(&self) -> Result<&Instance, Fault> {
        self.instance.get_or_try_init(|| self.look_for_it()).await
    }
}

#[async_trait]
impl System for Center {
    fn name(&self) -> &str {
        &self.system
    }

    async fn look_up(&self, who: &Sought) -> Result<Sight, Fault> {
        match self.find(who).await?.there() {
            Ok(found) => self.part(found.into_inner()).await,
            Err(nobody) => Ok(Sight::Nobody(nobody)),
        }
    }

    async fn look_at(&self, handle: &str, _: &Sought) -> Result<Sight, Fault> {
        match self.user(handle).await? {
            Some(found) => self.part(found).await,
            None => Ok(Sight::Nobody(Whole::asked_for_itself(()))),
        }
    }

    async fn complete(&self, found: Found) -> Result<Whole<Found>, Fault> {
        let groups = self.groups_of(&found.handle).await?;
        Ok(groups.map(|groups| found.with(groups)))
    }

    async fn list(&self, page: Option<&PageToken>) -> Result<Page, Fault> {
        let (client, store) = self.store().await?;
        let call = client.list_users().identity_store_id(store);
        let call = call.extensions(ENTERPRISE).max_results(self.choices.page);
        let token = page.map(|token| token.0.clone());
        let part = call.set_next_token(token).send().await;
        let part = part.map_err(|e| self.fault("list users", &e))?;
        let users = part.users.iter();
        let accounts = users.filter_map(|user| Seen::from(user).found());
        let lines = part.users.iter().map(|user| user.user_id());
        let next = part.next_token.filter(|next| !next.is_empty());
        let (accounts, part) = (accounts.collect(), Part::of(lines, next));
        let read = self.read_memberships();
        self.members.page(page, accounts, part, read).await
    }

    async fn apply(&self, at: Option<&Found>, change: &Change) -> Result<Option<Found>, Fault> {
        if let Change::Create { account } = change {
            return self.create(account).await.map(Some);
        }
        let at = at.ok_or_else(|| self.no_account(change))?;
        let id = at.handle.as_str();
        match change {
            Change::Suspend => {
                self.cut_off(at).await?;
                return Ok(None);
            }
            Change::Delete => self.delete_user(id).await?,
            Change::Restore => {
                return Err(self.rejected(format!(
                    "the user {} is disabled, and AWS lets nobody enable a user but in the console of IAM Identity Center; enable \
                     it there",
                    at.account.name
                )));
            }
            Change::Adopt { employee_id } => {
                let operation = user::adoption(employee_id.as_ref());
                self.set(id, operation, "the employee id").await?;
            }
            Change::Rename { name } => {
                let operation = user::operation("userName", Some(name));
                self.set(id, operation, "the user name").await?;
            }
            Change::SetAttribute { name, value } => {
                let operation = user::operation(name, value.as_deref());
                self.set(id, operation, name).await?;
            }
            Change::Grant { entitlement } => self.grant(id, entitlement).await?,
            Change::Revoke { entitlement } => self.revoke(id, entitlement).await?,
            Change::Create { .. } => {}
        }
        Ok(at.after(change))
    }

    async fn probe(&self) -> Vec<Probe> {
        self.try_all().await
    }
}
