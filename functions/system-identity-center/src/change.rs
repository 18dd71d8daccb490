//! Making and changing users.

use aws_sdk_identitystore::types::AttributeOperation;
use latchkey_lifecycle::Account;
use latchkey_systems::{Fault, Faults, Found};

use crate::{center::Center, user};

impl Center {
    /// Makes a user. Whoever is made by API sets a password the first time they sign in, where Identity Center sends
    /// them a code (<https://docs.aws.amazon.com/singlesignon/latest/userguide/userswithoutpwd.html>).
    pub(crate) async fn create(&self, account: &Account) -> Result<Found, Fault> {
        let (client, store) = self.store().await?;
        let made = client
            .create_user()
            .identity_store_id(store)
            .user_name(&account.name)
            .name(user::name(account))
            .display_name(user::display_name(account))
            .set_emails(user::emails(account))
            .set_title(account.attributes.get("title").cloned())
            .set_extensions(user::extensions(account))
            .send()
            .await
            .map_err(|e| self.fault("create a user", &e))?;
        let account = Account {
            active: true,
            entitlements: Default::default(),
            ..account.clone()
        };
        Ok(Found::new(made.user_id, account))
    }

    /// Changes one attribute of a user.
    pub(crate) async fn set(
        &self,
        id: &str,
        operation: Option<AttributeOperation>,
        what: &str,
    ) -> Result<(), Fault> {
        let operation = operation
            .ok_or_else(|| self.rejected(format!("a user there has no attribute for `{what}`")))?;
        let (client, store) = self.store().await?;
        let call = client.update_user().identity_store_id(store).user_id(id);
        let done = call.operations(operation).send().await;
        let asked = format!("set {what} of a user");
        done.map(|_| ()).map_err(|e| self.fault(&asked, &e))
    }
}
