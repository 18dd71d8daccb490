//! The HR system: it delivers each webhook until it is taken in, whether Latchkey runs or not.

use std::{
    collections::BTreeSet,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use jiff::Timestamp;
use latchkey_hris::{Outgoing, SourceSecret, source};
use serde_json::Value;
use tokio::time::interval;

/// How long it waits before it delivers again. Real ones wait longer.
const AGAIN: Duration = Duration::from_millis(200);
/// How long it waits for an answer.
const PATIENCE: Duration = Duration::from_secs(10);

/// One webhook.
pub(crate) struct Delivery {
    pub(crate) id: String,
    pub(crate) body: Value,
    /// Sent once more after it was taken in.
    pub(crate) twice: bool,
}

pub(crate) struct Hr {
    client: reqwest::Client,
    url: String,
    secret: SourceSecret,
    cases: Mutex<BTreeSet<String>>,
    again: AtomicUsize,
}

impl Hr {
    pub(crate) fn new(port: u16, secret: String) -> Hr {
        let client = reqwest::Client::builder().timeout(PATIENCE);
        Hr {
            client: client.build().unwrap(),
            url: format!("http://127.0.0.1:{port}/hooks/generic"),
            secret: SourceSecret::new(secret),
            cases: Mutex::default(),
            again: AtomicUsize::new(0),
        }
    }

    /// The cases that it was told of.
    pub(crate) fn cases(&self) -> BTreeSet<String> {
        self.cases.lock().unwrap().clone()
    }

    /// How often it had to deliver again.
    pub(crate) fn sent_again(&self) -> usize {
        self.again.load(Ordering::Relaxed)
    }

    pub(crate) async fn deliver(self: Arc<Hr>, delivery: Delivery) {
        let case = self.until_taken_in(&delivery).await;
        if delivery.twice {
            let again = self.until_taken_in(&delivery).await;
            assert_eq!(again, case, "{}", delivery.id);
        }
        self.cases.lock().unwrap().insert(case);
    }

    async fn until_taken_in(&self, delivery: &Delivery) -> String {
        let body = delivery.body.to_string();
        let mut pause = interval(AGAIN);
        loop {
            pause.tick().await;
            let outgoing = Outgoing {
                id: &delivery.id,
                sent_at: Timestamp::now(),
                body: body.as_bytes(),
            };
            let signed = source("generic").unwrap().sign(&self.secret, &outgoing);
            let request = self.client.post(&self.url).headers(signed.unwrap());
            // No connection, or none any more: it is down.
            if let Ok(answer) = request.body(body.clone()).send().await {
                let status = answer.status();
                let said: Option<Value> = answer.json().await.ok();
                match (status.as_u16(), said) {
                    (200 | 202, Some(said)) => {
                        let case = said["case"].as_str();
                        return case
                            .unwrap_or_else(|| panic!("{said}: {}", delivery.body))
                            .to_owned();
                    }
                    // The status came, and then the process was gone.
                    (200 | 202, None) | (429 | 500..=599, _) => {}
                    (_, said) => panic!("{} is answered with {status}: {said:?}", delivery.id),
                }
            }
            self.again.fetch_add(1, Ordering::Relaxed);
        }
    }
}
