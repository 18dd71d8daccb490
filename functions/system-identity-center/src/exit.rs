//! Cutting somebody off.
//!
//! The Identity Store tells whether a user is disabled, and lets nobody disable one: only the console does, and SCIM
//! where an external identity provider is in front (reference, "User": `UserStatus` is in answers alone). So whoever is
//! cut off is deleted, which ends sign-in at once
//! (<https://docs.aws.amazon.com/singlesignon/latest/userguide/deleteusers.html>) and takes the memberships along.
//! Direct assignments stay behind with the id of nobody, so they are taken as well. AWS's own order is assignments
//! first (<https://repost.aws/knowledge-center/auto-remove-inactive-iam-identity-center-users>); both go out at the
//! same moment here, so that neither waits for the other.

use std::time::Duration;

use futures::{StreamExt, stream};
use latchkey_lifecycle::Entitlement;
use latchkey_systems::{Fault, Faults, Found};
use tokio::time::sleep;

use crate::{
    answer::said,
    center::{AT_ONCE, Center},
    requests::{About, Progress},
};

/// How often an assignment is tried, and the pause in between: once the user is gone, nobody finds what it had any
/// more.
const TRIES: usize = 4;
const PAUSE: Duration = Duration::from_millis(500);

impl Center {
    /// Deletes the user and takes what it has directly.
    pub(crate) async fn cut_off(&self, at: &Found) -> Result<(), Fault> {
        let given = at.account.entitlements.iter();
        let given = given.filter(|e| e.kind() == "assignment").cloned();
        let user = at.handle.as_str();
        let begun: Vec<_> = given.map(|e| self.begin_at_last(user, e)).collect();
        let begun = stream::iter(begun).buffer_unordered(AT_ONCE);
        let (deleted, begun) = tokio::join!(self.delete_user(user), begun.collect::<Vec<_>>());
        // Whoever is still there is looked at again, with all that they have.
        deleted?;
        let (begun, left): (Vec<_>, Vec<_>) = begun.into_iter().partition(Result::is_ok);
        let mut left: Vec<String> = left.into_iter().filter_map(Result::err).collect();
        let begun = begun.into_iter().flatten();
        let ended: Vec<_> = begun.map(|begun| self.end(begun)).collect();
        let ended = stream::iter(ended).buffer_unordered(usize::MAX);
        let ended: Vec<Result<(), String>> = ended.collect().await;
        left.extend(ended.into_iter().filter_map(Result::err));
        if left.is_empty() {
            return Ok(());
        }
        Err(self.rejected(format!(
            "the person cannot sign in any more, but what the deleted user {user} had could not all be taken; take it away \
             in IAM Identity Center: {}",
            left.join("; ")
        )))
    }

    /// Begins to take an assignment, and does not give up at once; `Err` says which is left and why.
    async fn begin_at_last(
        &self,
        user: &str,
        entitlement: Entitlement,
    ) -> Result<(Entitlement, Progress), String> {
        let mut tries = TRIES;
        loop {
            tries -= 1;
            match self.begin_to_take(user, &entitlement).await {
                Ok(begun) => return Ok((entitlement, begun)),
                Err(fault) if fault.is_retryable() && tries > 0 => sleep(PAUSE).await,
                Err(fault) => return Err(format!("{entitlement} ({fault})")),
            }
        }
    }

    /// Sees how a request ended, where it does in time; what AWS has begun, it finishes.
    /// What a deleted user has cannot be relied on to be listed, so a failure is told as it is.
    async fn end(&self, (entitlement, begun): (Entitlement, Progress)) -> Result<(), String> {
        match self.watch(About::Taking, begun).await {
            Ok(Progress::Failed(why)) => {
                Err(format!("{entitlement} (AWS failed to{})", said(Some(&why))))
            }
            _ => Ok(()),
        }
    }

    /// Deletes a user. One that is not there any more is deleted.
    pub(crate) async fn delete_user(&self, id: &str) -> Result<(), Fault> {
        let (client, store) = self.store().await?;
        let call = client.delete_user().identity_store_id(store);
        let deleted = call.user_id(id).send().await;
        self.if_there("delete a user", deleted).map(|_| ())
    }
}
