//! What Latchkey has to be able to do in Identity Center, tried without changing anything.

use aws_sdk_identitystore::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_ssoadmin::types::{PrincipalType, TargetType};
use latchkey_systems::{Fault, Probe};

use crate::{center::Center, groups::member, user};

/// Ids that nobody has: what is changed there is not there, unless changing is not allowed at all.
const NOBODY: &str = "00000000-0000-0000-0000-000000000000";
const NO_ACCOUNT: &str = "000000000000";

impl Center {
    pub(crate) async fn try_all(&self) -> Vec<Probe> {
        let instance = self.instance().await;
        let stop = instance.is_err();
        let mut probes = vec![Probe::of(
            "find the instance of IAM Identity Center",
            instance,
        )];
        if stop {
            return probes;
        }
        probes.push(Probe::of("read users", self.read_a_user().await));
        probes.push(Probe::of("read groups", self.read_a_group().await));
        if self.choices.assignments {
            let what = "read assignments to accounts";
            probes.push(Probe::of(what, self.assignments_of(NOBODY).await));
            let what = "read permission sets";
            probes.push(Probe::of(what, self.all_sets().await));
        }
        if probes.iter().any(|probe| probe.came.is_err()) {
            return probes;
        }
        probes.extend(self.try_users().await);
        if self.choices.assignments {
            probes.extend(self.try_assignments().await);
        }
        probes
    }

    async fn read_a_user(&self) -> Result<(), Fault> {
        let (client, store) = self.store().await?;
        let call = client.list_users().identity_store_id(store).max_results(1);
        let read = call.extensions(user::ENTERPRISE).send().await;
        read.map(|_| ()).map_err(|e| self.fault("list users", &e))
    }

    async fn read_a_group(&self) -> Result<(), Fault> {
        let (client, store) = self.store().await?;
        let call = client.list_groups().identity_store_id(store);
        let read = call.max_results(1).send().await;
        read.map(|_| ()).map_err(|e| self.fault("list groups", &e))
    }

    async fn try_users(&self) -> Vec<Probe> {
        let Ok((client, store)) = self.store().await else {
            return Vec::new();
        };
        // Without a name, none is made.
        let create = client.create_user().identity_store_id(store).send().await;
        let update = client.update_user().identity_store_id(store);
        let update = update.set_operations(user::operation("title", None).map(|o| vec![o]));
        let update = update.user_id(NOBODY).send().await;
        let delete = client.delete_user().identity_store_id(store);
        let delete = delete.user_id(NOBODY).send().await;
        let join = client.create_group_membership().identity_store_id(store);
        let join = join.group_id(NOBODY).member_id(member(NOBODY)).send().await;
        let leave = client.delete_group_membership().identity_store_id(store);
        let leave = leave.membership_id(NOBODY).send().await;
        vec![
            self.tried("create users", create),
            self.tried("change users", update),
            self.tried("delete users", delete),
            self.tried("put users into groups", join),
            self.tried("take users out of groups", leave),
        ]
    }

    async fn try_assignments(&self) -> Vec<Probe> {
        let Ok((client, instance)) = self.admin().await else {
            return Vec::new();
        };
        let id = instance.rsplit('/').next().unwrap_or_default();
        let partition = instance.split(':').nth(1).unwrap_or("aws");
        let no_set = format!("arn:{partition}:sso:::permissionSet/{id}/ps-0000000000000000");
        let give = client
            .create_account_assignment()
            .instance_arn(instance)
            .target_type(TargetType::AwsAccount)
            .target_id(NO_ACCOUNT)
            .permission_set_arn(&no_set)
            .principal_type(PrincipalType::User)
            .principal_id(NOBODY);
        let take = client
            .delete_account_assignment()
            .instance_arn(instance)
            .target_type(TargetType::AwsAccount)
            .target_id(NO_ACCOUNT)
            .permission_set_arn(&no_set)
            .principal_type(PrincipalType::User)
            .principal_id(NOBODY);
        vec![
            self.tried("assign accounts to users", give.send().await),
            self.tried("take accounts from users", take.send().await),
        ]
    }

    fn tried<T, E>(&self, what: &str, answer: Result<T, SdkError<E>>) -> Probe
    where
        E: ProvideErrorMetadata + std::error::Error + 'static,
    {
        Probe::of_trying(what, answer.map_err(|e| self.fault(what, &e)))
    }
}
