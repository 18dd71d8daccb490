//! Assignments of one person to accounts (reference, "CreateAccountAssignment").

use aws_sdk_ssoadmin::types::{PrincipalType, TargetType};
use latchkey_lifecycle::Entitlement;
use latchkey_systems::{Fault, Faults, Whole};

use crate::{
    answer::{CONFLICT, NOT_FOUND, is, said},
    center::{Center, PAGE, pages_are_all},
    requests::{About, Progress},
};

/// Digits of an account's id.
const ACCOUNT: usize = 12;

/// The account and the permission set of an entitlement `assignment:ACCOUNT/PERMISSION-SET`.
pub(crate) fn parts(entitlement: &Entitlement) -> Option<(&str, &str)> {
    let (account, set) = entitlement.name().split_once('/')?;
    let is_account = account.len() == ACCOUNT && account.bytes().all(|b| b.is_ascii_digit());
    let is_ours = entitlement.kind() == "assignment" && is_account && !set.is_empty();
    is_ours.then_some((account, set))
}

/// The entitlement of an account and a permission set.
pub(crate) fn assignment(account: &str, set: &str) -> Entitlement {
    Entitlement::from(format!("assignment:{account}/{set}"))
}

impl Center {
    /// The assignments that a user has directly, read afresh. Those that a group gives go with the group.
    pub(crate) async fn assignments_of(
        &self,
        user: &str,
    ) -> Result<Whole<Vec<Entitlement>>, Fault> {
        if !self.choices.assignments {
            return Ok(Whole::in_one_answer(Vec::new()));
        }
        let (client, instance) = self.admin().await?;
        let call = client.list_account_assignments_for_principal();
        let call = call.instance_arn(instance).principal_id(user);
        let call = call.principal_type(PrincipalType::User).into_paginator();
        let mut pages = call.page_size(PAGE).send();
        let mut all = Vec::new();
        while let Some(page) = pages.next().await {
            let Some(page) = self.if_there("list a user's assignments", page)? else {
                // The user went away a moment ago.
                return Ok(Whole::asked_for_itself(Vec::new()));
            };
            for one in page.account_assignments() {
                let is_direct = one.principal_type() == Some(&PrincipalType::User)
                    && one.principal_id() == Some(user);
                let (Some(account), Some(arn), true) =
                    (one.account_id(), one.permission_set_arn(), is_direct)
                else {
                    continue;
                };
                let name = self.set_name(arn).await?;
                all.extend(name.map(|name| assignment(account, &name)));
            }
        }
        Ok(pages_are_all(all))
    }

    /// Gives an assignment, and waits until it is there.
    pub(crate) async fn assign(&self, user: &str, entitlement: &Entitlement) -> Result<(), Fault> {
        let (account, set) = self.offers(entitlement)?;
        let arn = self.set_arn(set).await?.ok_or_else(|| {
            self.rejected(format!(
                "it has no permission set `{set}`; make it there, or correct its name in the runbook"
            ))
        })?;
        let (client, instance) = self.admin().await?;
        let call = client
            .create_account_assignment()
            .instance_arn(instance)
            .target_type(TargetType::AwsAccount)
            .target_id(account)
            .permission_set_arn(arn)
            .principal_type(PrincipalType::User)
            .principal_id(user);
        let status = match call.send().await {
            Ok(answer) => answer.account_assignment_creation_status,
            Err(e) if is(&e, CONFLICT) => return Err(self.other_change(entitlement)),
            Err(e) => {
                if is(&e, NOT_FOUND) {
                    self.sets.forget(set);
                }
                return Err(self.fault(&format!("give {entitlement}"), &e));
            }
        };
        match self.watch(About::Giving, status.into()).await? {
            Progress::Done => Ok(()),
            Progress::UnderWay(_) => {
                Err(self.not_yet(format!("AWS has not finished to give {entitlement}")))
            }
            Progress::Failed(why) => self.unless_so(user, entitlement, true, &why).await,
        }
    }

    /// Takes an assignment, and waits until it is gone.
    pub(crate) async fn unassign(
        &self,
        user: &str,
        entitlement: &Entitlement,
    ) -> Result<(), Fault> {
        let begun = self.begin_to_take(user, entitlement).await?;
        match self.watch(About::Taking, begun).await? {
            Progress::Done => Ok(()),
            Progress::UnderWay(_) => {
                Err(self.not_yet(format!("AWS has not finished to take {entitlement}")))
            }
            Progress::Failed(why) => self.unless_so(user, entitlement, false, &why).await,
        }
    }

    /// Begins to take an assignment. What is not there any more is taken.
    pub(crate) async fn begin_to_take(
        &self,
        user: &str,
        entitlement: &Entitlement,
    ) -> Result<Progress, Fault> {
        let (account, set) = self.offers(entitlement)?;
        let Some(arn) = self.set_arn(set).await? else {
            return Ok(Progress::Done);
        };
        let (client, instance) = self.admin().await?;
        let call = client
            .delete_account_assignment()
            .instance_arn(instance)
            .target_type(TargetType::AwsAccount)
            .target_id(account)
            .permission_set_arn(arn)
            .principal_type(PrincipalType::User)
            .principal_id(user);
        match call.send().await {
            Ok(answer) => Ok(answer.account_assignment_deletion_status.into()),
            Err(e) if is(&e, NOT_FOUND) => {
                self.sets.forget(set);
                Ok(Progress::Done)
            }
            Err(e) if is(&e, CONFLICT) => Err(self.other_change(entitlement)),
            Err(e) => Err(self.fault(&format!("take {entitlement}"), &e)),
        }
    }

    /// A request that failed is none where it stands as it should already.
    async fn unless_so(
        &self,
        user: &str,
        entitlement: &Entitlement,
        has: bool,
        reason: &str,
    ) -> Result<(), Fault> {
        if self.assignments_of(user).await?.get().contains(entitlement) == has {
            return Ok(());
        }
        let what = if has { "give" } else { "take" };
        let problem = format!("AWS failed to {what} {entitlement}{}", said(Some(reason)));
        let small = reason.to_lowercase();
        // AWS's own reasons for what goes through later: "… Please try again", "An unexpected internal service
        // exception …".
        if small.contains("try again") || small.contains("internal") {
            return Err(self.unreachable(problem));
        }
        Err(self.rejected(problem))
    }

    /// AWS changes one thing at a time in an account, and recommends to try again (reference, "ConflictException").
    fn other_change(&self, entitlement: &Entitlement) -> Fault {
        self.not_yet(format!(
            "another change of assignments is under way, and {entitlement} has to wait for it"
        ))
    }

    /// The account and the permission set of what the runbook lets us give and take.
    fn offers<'a>(&self, entitlement: &'a Entitlement) -> Result<(&'a str, &'a str), Fault> {
        let problem = match (entitlement.kind(), parts(entitlement)) {
            ("assignment", Some(_)) if !self.choices.assignments => {
                "its setting `groups_only` is true in the runbook"
            }
            (_, Some(parts)) => return Ok(parts),
            ("assignment", None) => {
                "an assignment is an account's 12 digits and a permission set, as in assignment:123456789012/ReadOnlyAccess"
            }
            _ => "IAM Identity Center has the kinds group and assignment",
        };
        Err(self.rejected(format!("it cannot give or take `{entitlement}`: {problem}")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_assignment_is_an_account_and_a_permission_set() {
        let of = |name: &str| {
            let entitlement = Entitlement::from(name);
            parts(&entitlement).map(|(a, s)| (a.to_owned(), s.to_owned()))
        };
        assert_eq!(
            of("assignment:123456789012/Admin+Billing"),
            Some(("123456789012".into(), "Admin+Billing".into()))
        );
        for none in [
            "assignment:123456789012/",
            "assignment:123456789012",
            "assignment:12345678901/Admin",
            "assignment:production/Admin",
            "group:123456789012/Admin",
        ] {
            assert_eq!(of(none), None, "{none}");
        }
    }
}
