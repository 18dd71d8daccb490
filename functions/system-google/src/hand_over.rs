//! Somebody's files go to an heir before the account is deleted (Data Transfer API): they would go with it.

use jiff::Timestamp;
use latchkey_systems::{Call, Fault, Faults, query};
use reqwest::Method;
use serde_json::{Value, json};

use crate::{choices::Heir, google::Google, user::manager};

/// Google Docs and Google Drive: <https://developers.google.com/workspace/admin/data-transfer/v1/parameters>.
const DRIVE: &str = "55656082996";

/// The application ids are int64, which JSON has as text.
fn is_of_drive(transfer: &Value) -> bool {
    let mut all = transfer["applicationDataTransfers"]
        .as_array()
        .into_iter()
        .flatten();
    all.any(|of| of["applicationId"] == DRIVE)
}

/// Whether it was asked for before the account was suspended: then it is of an earlier exit.
fn is_older(transfer: &Value, user: &Value) -> bool {
    let time = |value: &Value| value.as_str()?.parse::<Timestamp>().ok();
    let (asked, cut) = (
        time(&transfer["requestTime"]),
        time(&user["suspensionTime"]),
    );
    asked.zip(cut).is_some_and(|(asked, cut)| asked < cut)
}

impl Google {
    /// Returns when everything is handed over; [`Fault::NotYet`] until then.
    pub(crate) async fn hand_over(&self, id: &str, user: &Value, heir: &Heir) -> Result<(), Fault> {
        let mut latest: Option<Value> = None;
        let see = |transfer: &Value| {
            let counts = is_of_drive(transfer) && !is_older(transfer, user);
            let time = |of: &Value| of["requestTime"].as_str().unwrap_or_default().to_owned();
            let is_later = latest
                .as_ref()
                .is_none_or(|known| time(known) <= time(transfer));
            if counts && is_later {
                latest = Some(transfer.clone());
            }
        };
        let asked = query([("oldOwnerUserId", id)]);
        self.transfers
            .each("transfers", asked, "dataTransfers", see)
            .await?;
        let status = latest
            .as_ref()
            .map(|of| of["overallTransferStatusCode"].as_str().unwrap_or_default());
        match status {
            Some("completed") => return Ok(()),
            Some("failed") => {
                return Err(self.rejected(
                    "the hand-over of the files failed; hand them over in the Admin console (Drive and Docs, transfer ownership), then \
                     delete the account there",
                ));
            }
            Some(_) => {}
            None => self.begin(id, &self.heir_of(user, heir).await?).await?,
        }
        let problem = "the files are being handed over; the account is deleted after that";
        Err(self.not_yet(problem))
    }

    /// The id of whoever gets the files.
    async fn heir_of(&self, user: &Value, heir: &Heir) -> Result<String, Fault> {
        let address = match heir {
            Heir::Address(address) => Some(address.as_str()),
            Heir::Manager => manager(user),
        };
        let Some(address) = address else {
            return Err(self.rejected(
                "the account has no manager who could get its files; record one there, or name somebody in the setting `hand_over`",
            ));
        };
        let heir = self
            .user(address)
            .await?
            .filter(|heir| heir["suspended"] != true);
        let id = heir.as_ref().and_then(|heir| heir["id"].as_str());
        id.map(str::to_owned).ok_or_else(|| {
            self.rejected(
                "whoever is to get the files has no account that works; record another manager there, or name somebody else in the \
                 setting `hand_over`",
            )
        })
    }

    async fn begin(&self, from: &str, to: &str) -> Result<(), Fault> {
        let everything = json!([{"key": "PRIVACY_LEVEL", "value": ["PRIVATE", "SHARED"]}]);
        let body = json!({
            "oldOwnerUserId": from,
            "newOwnerUserId": to,
            "applicationDataTransfers": [{"applicationId": DRIVE, "applicationTransferParams": everything}],
        });
        let call = Call::new(Method::POST, "transfers").with(body);
        self.transfers.call(&call).await.map(|_| ())
    }
}
