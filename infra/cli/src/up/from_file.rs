//! The file with what `latchkey up` is told. Every mistake of it is told at once, each with its line.

use std::path::{Path, PathBuf};

use latchkey_runbook::did_you_mean;
use latchkey_yaml::{Node, Place, Scalar, Value};

use super::fits;
use crate::{
    args::LogForm,
    check::count,
    outcome::{self, Problem},
};

/// What the file says; nothing of what it leaves out.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct FromFile {
    pub(crate) dir: Option<PathBuf>,
    pub(crate) runbook: Option<PathBuf>,
    pub(crate) listen: Option<String>,
    pub(crate) public_url: Option<String>,
    pub(crate) sign_in_issuer: Option<String>,
    pub(crate) sign_in_client: Option<String>,
    pub(crate) sign_in_groups: Option<String>,
    pub(crate) smtp: Option<String>,
    pub(crate) from: Option<String>,
    pub(crate) alert_command: Option<String>,
    pub(crate) alert_webhook: Option<String>,
    pub(crate) loopback: Option<bool>,
    pub(crate) sweep_every: Option<u32>,
    pub(crate) metrics: Option<String>,
    pub(crate) log: Option<LogForm>,
    pub(crate) keep_letters: Option<u32>,
}

/// Takes a value in; what is wanted instead, when it does not fit.
type Take = fn(&mut FromFile, &Scalar, &Path) -> Result<(), &'static str>;

/// Each key, and what it is for.
const KEYS: [(&str, &str, Take); 16] = [
    (
        "dir",
        "the folder (only in a file outside of it)",
        |it, scalar, beside| text(&mut it.dir, scalar, |text| beside.join(text)),
    ),
    (
        "runbook",
        "the runbook to load at each start",
        |it, scalar, beside| text(&mut it.runbook, scalar, |text| beside.join(text)),
    ),
    ("listen", "HOST:PORT", |it, scalar, _| {
        fitting(&mut it.listen, scalar, fits::host_and_port)
    }),
    (
        "public_url",
        "what links in e-mails begin with",
        |it, scalar, _| fitting(&mut it.public_url, scalar, fits::public_url),
    ),
    (
        "sign_in_issuer",
        "the sign-in provider, as it calls itself",
        |it, scalar, _| fitting(&mut it.sign_in_issuer, scalar, fits::public_url),
    ),
    (
        "sign_in_client",
        "Latchkey's client id there",
        |it, scalar, _| text(&mut it.sign_in_client, scalar, str::to_owned),
    ),
    (
        "sign_in_groups",
        "the claim of its tokens that names groups",
        |it, scalar, _| text(&mut it.sign_in_groups, scalar, str::to_owned),
    ),
    (
        "smtp",
        "the mail server, with its password",
        |it, scalar, _| fitting(&mut it.smtp, scalar, fits::mail_server),
    ),
    ("from", "whom e-mails come from", |it, scalar, _| {
        fitting(&mut it.from, scalar, fits::sender)
    }),
    (
        "alert_command",
        "run when letters do not go out",
        |it, scalar, _| text(&mut it.alert_command, scalar, str::to_owned),
    ),
    (
        "alert_webhook",
        "posted to then, signed",
        |it, scalar, _| text(&mut it.alert_webhook, scalar, str::to_owned),
    ),
    ("loopback", "yes or no", |it, scalar, _| {
        it.loopback = Some(scalar.flag().ok_or("yes or no")?);
        Ok(())
    }),
    ("sweep_every", "minutes; 0 for never", |it, scalar, _| {
        let minutes = scalar.whole().and_then(|n| u32::try_from(n).ok());
        it.sweep_every = Some(minutes.ok_or("a whole number of minutes, 0 for never")?);
        Ok(())
    }),
    ("metrics", "HOST:PORT", |it, scalar, _| {
        fitting(&mut it.metrics, scalar, fits::host_and_port)
    }),
    ("log", "text or json", |it, scalar, _| {
        it.log = Some(match scalar.text.as_str() {
            "text" => LogForm::Text,
            "json" => LogForm::Json,
            _ => return Err("`text` or `json`"),
        });
        Ok(())
    }),
    (
        "keep_letters",
        "days after which letters in the outbox are deleted",
        |it, scalar, _| {
            let days = scalar.whole().and_then(|n| u32::try_from(n).ok());
            let days = days.filter(|days| *days > 0);
            it.keep_letters = Some(days.ok_or("a whole number of days")?);
            Ok(())
        },
    ),
];

/// What `latchkey up --help` says of the file.
pub(crate) fn help() -> String {
    let mut text = String::from(
        "The file of --config, or latchkey.yaml in the folder, says the same in YAML; what the command line says counts before it.\n\
         Paths in it begin beside it. Keep it to yourself (chmod 600) where it has a password. It may have these keys:\n",
    );
    for (key, what, _) in KEYS {
        text.push_str(&format!("  {:<16}{what}\n", format!("{key}:")));
    }
    text.push_str(STOPPING);
    text
}

const STOPPING: &str = "
SIGTERM, Ctrl-C and SIGHUP stop it alike: what is at work is finished, for some seconds at most, the ledger is one file again, and
the exit status is 0. Another signal stops it at once. Started with nohup, it outlives its terminal.";

fn text<T>(
    into: &mut Option<T>,
    scalar: &Scalar,
    make: impl Fn(&str) -> T,
) -> Result<(), &'static str> {
    if scalar.is_nothing() || scalar.text.trim().is_empty() {
        return Err("a text");
    }
    *into = Some(make(&scalar.text));
    Ok(())
}

/// A text that has to fit, too.
fn fitting(
    into: &mut Option<String>,
    scalar: &Scalar,
    fits: fn(&str) -> Result<(), &'static str>,
) -> Result<(), &'static str> {
    text(into, scalar, str::to_owned)?;
    fits(&scalar.text)
}

/// Reads it.
pub(crate) fn read(path: &Path) -> Result<FromFile, Problem> {
    let text = outcome::read(path)?;
    let name = path.display();
    let (told, mistakes) = parse(&text, path.parent().unwrap_or(Path::new("")));
    if mistakes.is_empty() {
        return Ok(told);
    }
    for (place, mistake) in &mistakes {
        eprintln!("{name}:{}:{}: error: {mistake}", place.line, place.column);
    }
    Err(Problem::new(format!(
        "{} in {name}; nothing was started. `latchkey up --help` lists what it may say",
        count(mistakes.len(), "error")
    )))
}

fn parse(text: &str, beside: &Path) -> (FromFile, Vec<(Place, String)>) {
    let mut told = FromFile::default();
    let root = match latchkey_yaml::read(text) {
        Ok(root) => root,
        Err(trouble) => return (told, vec![(trouble.place, trouble.message)]),
    };
    let entries = match root.value {
        Value::Map(entries) => entries,
        Value::Scalar(scalar) if scalar.is_nothing() => Vec::new(),
        other => {
            let mistake = format!(
                "this should have names and values, such as `listen: 127.0.0.1:8420`, and is {}",
                other.words()
            );
            return (told, vec![(root.place, mistake)]);
        }
    };
    let mut mistakes = Vec::new();
    let mut seen: Vec<&str> = Vec::new();
    for (key, node) in &entries {
        let name = key.name.as_str();
        if seen.contains(&name) {
            mistakes.push((key.place, format!("`{name}` stands here twice")));
            continue;
        }
        seen.push(name);
        match KEYS.iter().find(|(known, _, _)| *known == name) {
            Some((_, _, take)) => {
                let wanted = taken(&mut told, node, beside, *take);
                mistakes.extend(
                    wanted.map(|wanted| (node.place, format!("`{name}` should be {wanted}"))),
                );
            }
            None => {
                let near = did_you_mean(name, KEYS.iter().map(|(known, _, _)| *known));
                let near = near.map(|near| format!("; {near}")).unwrap_or_default();
                mistakes.push((key.place, format!("unknown key `{name}`{near}")));
            }
        }
    }
    (told, mistakes)
}

/// What is wanted in the place of a value that does not fit.
fn taken(told: &mut FromFile, node: &Node, beside: &Path, take: Take) -> Option<&'static str> {
    match &node.value {
        Value::Scalar(scalar) => take(told, scalar, beside).err(),
        Value::List(_) | Value::Map(_) => Some("one value; is something in it to be in quotes?"),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn every_mistake_is_told_with_its_line_and_what_is_meant() {
        let text = "lisen: 127.0.0.1:8420\nsweep_every: often\nlog: xml\nloopback: perhaps\nsmtp:\nfrom: [a]\nlog: json\ncolour: red\n";
        let (_, mistakes) = parse(text, Path::new(""));
        let told: Vec<String> = mistakes
            .iter()
            .map(|(place, mistake)| format!("{}:{} {mistake}", place.line, place.column))
            .collect();
        assert_eq!(
            told,
            [
                "1:1 unknown key `lisen`; did you mean `listen`?",
                "2:14 `sweep_every` should be a whole number of minutes, 0 for never",
                "3:6 `log` should be `text` or `json`",
                "4:11 `loopback` should be yes or no",
                "5:5 `smtp` should be a text",
                "6:7 `from` should be one value; is something in it to be in quotes?",
                "7:1 `log` stands here twice",
                "8:1 unknown key `colour`",
            ]
        );
    }

    #[test]
    fn addresses_that_are_none_are_told_where_they_stand() {
        let text = "listen: 8481\nmetrics: 9420\npublic_url: clinic.example\nsmtp: mail.acme.example\nfrom: latch\n";
        let told = |text| {
            let (_, mistakes) = parse(text, Path::new(""));
            let line = |(place, mistake): &(Place, String)| format!("{} {mistake}", place.line);
            mistakes.iter().map(line).collect::<Vec<_>>()
        };
        assert_eq!(
            told(text),
            [
                "1 `listen` should be a host and a port, like 127.0.0.1:8420",
                "2 `metrics` should be a host and a port, like 127.0.0.1:8420",
                "3 `public_url` should be an address with its scheme, like https://latchkey.acme.example",
                "4 `smtp` should be a mail server with its scheme, like smtps://user:password@mail.example:465",
                "5 `from` should be an e-mail address, like Latchkey <latchkey@acme.example>",
            ]
        );
        let right = "listen: '[::1]:8420'\nmetrics: localhost:0\npublic_url: https://clinic.example/\nsmtp: smtp://mail.example:25\n\
                     from: Latchkey <latchkey@acme.example>\n";
        assert_eq!(told(right), [""; 0]);
    }

    #[test]
    fn what_is_no_yaml_or_has_no_names_is_said_and_an_empty_file_says_nothing() {
        for (text, said) in [
            ("- listen\n", "this should have names and values"),
            ("listen: \"127\nfrom: a", ""),
        ] {
            let (_, mistakes) = parse(text, Path::new(""));
            assert_eq!(mistakes.len(), 1, "{mistakes:?}");
            assert!(mistakes[0].1.contains(said), "{mistakes:?}");
        }
        let (told, mistakes) = parse("# nothing yet\n", Path::new(""));
        assert_eq!((told, mistakes.len()), (FromFile::default(), 0));
    }

    #[test]
    fn the_help_names_every_key() {
        let help = help();
        assert!(
            KEYS.iter()
                .all(|(key, _, _)| help.contains(&format!("  {key}:"))),
            "{help}"
        );
    }
}
