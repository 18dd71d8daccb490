//! Permission sets by name. AWS lists their ARNs, and tells the name of one at a time; the name of a permission set
//! never changes (reference, "UpdatePermissionSet").

use futures::{StreamExt, TryStreamExt, stream};
use latchkey_systems::Fault;

use crate::center::{AT_ONCE, Center, PAGE};

impl Center {
    /// The name of a permission set; `None` when it is not there any more.
    pub(crate) async fn set_name(&self, arn: &str) -> Result<Option<String>, Fault> {
        if let Some(name) = self.sets.name(arn) {
            return Ok(Some(name));
        }
        let (client, instance) = self.admin().await?;
        let call = client.describe_permission_set().instance_arn(instance);
        let answer = call.permission_set_arn(arn).send().await;
        let answer = self.if_there("read a permission set", answer)?;
        let set = answer.and_then(|answer| answer.permission_set);
        let name = set.and_then(|set| set.name);
        Ok(name.inspect(|name| self.sets.know(arn, name)))
    }

    /// The ARN of a permission set; `None` when there is none of that name.
    pub(crate) async fn set_arn(&self, name: &str) -> Result<Option<String>, Fault> {
        if let Some(arn) = self.sets.id(name) {
            return Ok(Some(arn));
        }
        let (client, instance) = self.admin().await?;
        let call = client.list_permission_sets().instance_arn(instance);
        let mut pages = call.into_paginator().page_size(PAGE).send();
        while let Some(page) = pages.next().await {
            let page = page.map_err(|e| self.fault("list permission sets", &e))?;
            self.name_all(page.permission_sets()).await?;
            if let Some(arn) = self.sets.id(name) {
                return Ok(Some(arn));
            }
        }
        Ok(None)
    }

    /// Makes their names known.
    async fn name_all(&self, arns: &[String]) -> Result<(), Fault> {
        let names: Vec<_> = arns.iter().map(|arn| self.set_name(arn)).collect();
        let names = stream::iter(names).buffer_unordered(AT_ONCE);
        names.try_for_each(|_| async { Ok(()) }).await
    }

    /// The ARNs of all permission sets.
    pub(crate) async fn all_sets(&self) -> Result<Vec<String>, Fault> {
        let (client, instance) = self.admin().await?;
        let call = client.list_permission_sets().instance_arn(instance);
        let mut pages = call.into_paginator().page_size(PAGE).send();
        let mut all = Vec::new();
        while let Some(page) = pages.next().await {
            let page = page.map_err(|e| self.fault("list permission sets", &e))?;
            all.extend(page.permission_sets.unwrap_or_default());
        }
        Ok(all)
    }
}
