//! The second way to be told, for when letters do not go out: a command, or a signed webhook.

use std::{process::Stdio, time::Duration};

use jiff::{SignedDuration, Timestamp};
use latchkey_embedded::Keys;
use latchkey_hris::{Outgoing, SourceSecret, source};
use reqwest::{Client, Url, redirect::Policy};
use serde_json::json;
use tokio::io::AsyncWriteExt as _;

use super::settings::Settings;
use crate::outcome::Problem;

/// Letters may wait so long before an alarm is raised: mail servers restart.
const PATIENCE: SignedDuration = SignedDuration::from_mins(5);
/// It is raised again after so long, for as long as they wait.
const AGAIN: SignedDuration = SignedDuration::from_hours(1);
/// How long command and webhook may take.
const LIMIT: Duration = Duration::from_secs(30);
/// The name of the secret that the webhook is signed with.
const SECRET: &str = "alerts";

/// Ways to tell an operator without mail. Without any it is the log that tells.
pub(super) struct Alarm {
    command: Option<String>,
    webhook: Option<(Url, SourceSecret)>,
    client: Client,
    raised_at: Option<Timestamp>,
}

impl Alarm {
    pub(super) fn new(args: &Settings, keys: &Keys) -> Result<Alarm, Problem> {
        let webhook = match &args.alert_webhook {
            None => None,
            Some(text) => {
                let url = Url::parse(text).map_err(|e| {
                    Problem::new(format!("`{text}` is no address for --alert-webhook: {e}"))
                })?;
                let key = keys.text(SECRET)?.ok_or_else(|| {
                    let path = keys.path().display().to_string();
                    Problem::new(format!("{path} has no secret `{SECRET}`"))
                })?;
                Some((url, SourceSecret::new(key)))
            }
        };
        Ok(Alarm {
            command: args.alert_command.clone(),
            webhook,
            client: Client::builder()
                .timeout(LIMIT)
                .redirect(Policy::none())
                .build()?,
            raised_at: None,
        })
    }

    /// Looks at what sending letters came to, and raises the alarm when somebody has to know.
    pub(super) async fn look(&mut self, report: &mail::Report, now: Timestamp) {
        let Some(text) = self.cause(report, now) else {
            return;
        };
        tracing::error!("{text}");
        let told = [self.run(&text).await, self.post(&text, now).await];
        for problem in told.into_iter().filter_map(Result::err) {
            tracing::error!(problem, "the second way to be told does not work either");
        }
    }

    /// What somebody has to know now, in words: no name and no address of a person stands in it.
    fn cause(&mut self, report: &mail::Report, now: Timestamp) -> Option<String> {
        let problem = report.problem.as_deref();
        let problem = problem
            .map(|p| format!(" The mail server: {p}"))
            .unwrap_or_default();
        if report.given_up > 0 {
            let count = report.given_up;
            return Some(format!(
                "Latchkey gave up {count} of its letters.{problem} See: latchkey status"
            ));
        }
        let Some(since) = report.waiting_since else {
            self.raised_at = None;
            return None;
        };
        let long = |since: Timestamp, most| now.duration_since(since) >= most;
        if !long(since, PATIENCE) || self.raised_at.is_some_and(|at| !long(at, AGAIN)) {
            return None;
        }
        self.raised_at = Some(now);
        Some(format!(
            "Letters of Latchkey have not gone out since {since}.{problem} Deadlines go on. See: latchkey status"
        ))
    }

    async fn run(&self, text: &str) -> Result<(), String> {
        let Some(command) = &self.command else {
            return Ok(());
        };
        let told = async {
            let mut child = tokio::process::Command::new("sh")
                .args(["-c", command])
                .stdin(Stdio::piped())
                .stdout(Stdio::null())
                .kill_on_drop(true)
                .spawn()?;
            if let Some(mut input) = child.stdin.take() {
                // A command that reads nothing has closed it.
                let _ = input.write_all(format!("{text}\n").as_bytes()).await;
            }
            child.wait().await
        };
        match tokio::time::timeout(LIMIT, told).await {
            Err(_) => Err("the command did not end in time".to_owned()),
            Ok(Err(problem)) => Err(format!("the command: {problem}")),
            Ok(Ok(status)) if status.success() => Ok(()),
            Ok(Ok(status)) => Err(format!("the command ended with {status}")),
        }
    }

    /// Signed as the Standard Webhooks specification has it, like what HR sends.
    async fn post(&self, text: &str, now: Timestamp) -> Result<(), String> {
        let Some((url, secret)) = &self.webhook else {
            return Ok(());
        };
        let body =
            json!({ "type": "latchkey.letters", "timestamp": now, "text": text }).to_string();
        let id = format!("alert_{}", now.as_millisecond());
        let outgoing = Outgoing {
            id: &id,
            sent_at: now,
            body: body.as_bytes(),
        };
        let generic = source("generic").map_err(|e| e.to_string())?;
        let headers = generic.sign(secret, &outgoing).map_err(|e| e.to_string())?;
        let request = self.client.post(url.clone()).headers(headers).body(body);
        let answer = request.send().await;
        match answer.map_err(|e| e.without_url().to_string())?.status() {
            status if status.is_success() => Ok(()),
            status => Err(format!("the webhook answered {status}")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(minutes: i64) -> Timestamp {
        Timestamp::UNIX_EPOCH + SignedDuration::from_mins(minutes)
    }

    fn waiting(since: Option<Timestamp>, given_up: usize) -> mail::Report {
        mail::Report {
            waiting_since: since,
            given_up,
            problem: Some("connection refused".to_owned()),
            ..mail::Report::default()
        }
    }

    fn alarm(command: Option<&str>) -> Alarm {
        Alarm {
            command: command.map(str::to_owned),
            webhook: None,
            client: Client::new(),
            raised_at: None,
        }
    }

    #[test]
    fn it_is_raised_once_an_hour_for_as_long_as_letters_wait() {
        let mut alarm = alarm(None);
        let since = Some(at(0));
        let raised: Vec<i64> = (0..200)
            .filter(|n| alarm.cause(&waiting(since, 0), at(*n)).is_some())
            .collect();
        assert_eq!(raised, [5, 65, 125, 185]);
        assert_eq!(alarm.cause(&waiting(None, 0), at(201)), None);
        let again = alarm.cause(&waiting(Some(at(202)), 0), at(207)).unwrap();
        assert!(again.contains("connection refused"), "{again}");
        assert!(
            alarm
                .cause(&waiting(None, 2), at(208))
                .unwrap()
                .contains("gave up 2")
        );
    }

    #[tokio::test]
    async fn the_command_reads_what_it_is_about() {
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("told");
        let command = format!("cat > {}", file.display());
        alarm(Some(&command))
            .look(&waiting(Some(at(0)), 0), at(9))
            .await;
        let told = std::fs::read_to_string(&file).unwrap();
        assert!(
            told.starts_with("Letters of Latchkey have not gone out since 1970-01-01T00:00:00Z."),
            "{told}"
        );
        let told = alarm(Some("exit 3")).run("text").await.unwrap_err();
        assert!(told.contains("exit status: 3"), "{told}");
    }
}
