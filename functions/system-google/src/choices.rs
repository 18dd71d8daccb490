//! What the runbook chooses.

use latchkey_systems::{Fault, Faults, Settings};

/// Users asked for at once, at most (`users.list`, `maxResults`).
pub(crate) const PAGE: usize = 500;
/// The account that belongs to whoever asks (`users.list`, `customer`).
const OURS: &str = "my_customer";
/// The standard types of an external id (schema `User`, `externalIds[].type`), beside `custom`.
const HOLDERS: [&str; 5] = ["account", "customer", "login_id", "network", "organization"];

/// A product and one of its SKUs, as in `Google-Apps/1010020028`:
/// <https://developers.google.com/workspace/admin/licensing/v1/how-tos/products>.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Sku {
    pub(crate) product: String,
    pub(crate) sku: String,
}

/// Who gets the files of somebody whose account is deleted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Heir {
    /// The manager that the directory has.
    Manager,
    /// This address.
    Address(String),
}

/// What the runbook chooses.
#[derive(Debug)]
pub(crate) struct Choices {
    /// Users asked for at once.
    pub(crate) page: usize,
    /// Which account of Google's it is.
    pub(crate) customer: String,
    /// The type of the external id that is the employee id.
    pub(crate) holder: String,
    /// Groups that nobody changes by hand.
    pub(crate) fixed_groups: Vec<String>,
    /// Whether organizational units are given and taken.
    pub(crate) org_units: bool,
    /// Where whoever is suspended is moved to.
    pub(crate) leavers: Option<String>,
    /// Licences that are given and taken.
    pub(crate) licences: Vec<Sku>,
    /// Whether a suspension also deletes what apps of others may do, and app passwords.
    pub(crate) app_access: bool,
    /// Who gets the files before an account is deleted; nobody when `None`.
    pub(crate) heir: Option<Heir>,
}

impl Choices {
    /// The choices that the settings make.
    pub(crate) fn of(settings: &Settings) -> Result<Choices, Fault> {
        let mut licences = Vec::new();
        for text in settings.list("licences") {
            let licence = sku(text).ok_or_else(|| {
                settings.rejected(format!(
                    "its setting `licences` has `{text}`; a licence is PRODUCT/SKU, e.g. Google-Apps/1010020028"
                ))
            })?;
            licences.push(licence);
        }
        let customer = settings.text("customer").unwrap_or(OURS).to_owned();
        if !licences.is_empty() && customer == OURS {
            return Err(settings.rejected(
                "its setting `licences` needs the setting `customer`, the customer ID of the Admin console (C…)",
            ));
        }
        let leavers = settings.text("leavers").map(str::to_owned);
        if let Some(path) = leavers.as_ref().filter(|path| !path.starts_with('/')) {
            return Err(settings.rejected(format!(
                "its setting `leavers` is `{path}`; an organizational unit begins with /, e.g. /Leavers"
            )));
        }
        let heir = match settings.text("hand_over") {
            None => None,
            Some("manager") => Some(Heir::Manager),
            Some(address) if address.contains('@') => Some(Heir::Address(address.to_owned())),
            Some(other) => {
                return Err(settings.rejected(format!(
                    "its setting `hand_over` is `{other}`; it may be manager, or an e-mail address"
                )));
            }
        };
        let fixed = settings.list("fixed_groups");
        Ok(Choices {
            page: settings.number("page").unwrap_or(PAGE).clamp(1, PAGE),
            customer,
            holder: settings
                .text("employee_id")
                .unwrap_or("organization")
                .to_owned(),
            fixed_groups: fixed.into_iter().map(str::to_lowercase).collect(),
            org_units: settings.flag("org_units"),
            leavers,
            licences,
            app_access: settings.flag("app_access"),
            heir,
        })
    }

    /// Whether the employee id has a type of the company's own (`externalIds[].customType`).
    pub(crate) fn own_holder(&self) -> bool {
        !HOLDERS.contains(&self.holder.as_str())
    }
}

/// A licence by its name.
pub(crate) fn sku(name: &str) -> Option<Sku> {
    let (product, sku) = name.split_once('/')?;
    let is_id = |text: &str| !text.is_empty() && !text.contains('/');
    (is_id(product) && is_id(sku)).then(|| Sku {
        product: product.to_owned(),
        sku: sku.to_owned(),
    })
}
