//! Which instance of IAM Identity Center it is.

use latchkey_systems::{Fault, Faults};

use crate::center::Center;

/// The ids of an instance, which do not change.
#[derive(Debug)]
pub(crate) struct Instance {
    pub(crate) arn: String,
    pub(crate) store: String,
}

impl Center {
    /// The instance that the runbook names, or the only one that this account shows.
    pub(crate) async fn look_for_it(&self) -> Result<Instance, Fault> {
        let client = &self.clients().await.admin;
        let mut pages = client.list_instances().into_paginator().send();
        let mut shown = Vec::new();
        while let Some(page) = pages.next().await {
            let page = page.map_err(|e| self.fault("list the instances", &e))?;
            shown.extend(page.instances.unwrap_or_default());
        }
        let wanted = self.choices.instance.as_deref();
        shown.retain(|one| wanted.is_none() || one.instance_arn() == wanted);
        let one = match shown.as_slice() {
            [one] => one,
            [] => {
                return Err(self.rejected(match wanted {
                    Some(arn) => format!(
                        "there is no instance {arn} in this region, or this account does not show it"
                    ),
                    None => "this account shows no instance of IAM Identity Center in this region; name the region, and a role in \
                             the account that it is managed from, in the runbook"
                        .to_owned(),
                }));
            }
            more => {
                return Err(self.rejected(format!(
                    "this account shows {} instances of IAM Identity Center; name one of them in the runbook's `instance`",
                    more.len()
                )));
            }
        };
        match (one.instance_arn(), one.identity_store_id()) {
            (Some(arn), Some(store)) => Ok(Instance {
                arn: arn.to_owned(),
                store: store.to_owned(),
            }),
            _ => Err(self.not_yet("its instance has no identity store")),
        }
    }
}
