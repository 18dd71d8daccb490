//! What `latchkey up` is told: by its command line, and by a file for what does not change from start to start. What
//! the command line says counts before what the file says.

use std::path::{Path, PathBuf};

use latchkey_embedded::{SignInAt, file::SETTINGS};

use super::{
    fits,
    from_file::{self, FromFile},
};
use crate::{
    args::{LogForm, Up},
    outcome::Problem,
};

const FOLDER: &str = ".latchkey";
const LISTEN: &str = "127.0.0.1:8420";
const FROM: &str = "Latchkey <latchkey@localhost.localdomain>";
/// Minutes between sweeps.
const SWEEP_EVERY: u32 = 60;

/// What it does, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Settings {
    pub(crate) dir: PathBuf,
    pub(crate) runbook: Option<PathBuf>,
    /// A host or an address, and a port.
    pub(crate) listen: String,
    pub(crate) public_url: Option<String>,
    /// The sign-in provider, Latchkey's name there, and the claim with groups.
    pub(crate) sign_in_issuer: Option<String>,
    pub(crate) sign_in_client: Option<String>,
    pub(crate) sign_in_groups: Option<String>,
    pub(crate) smtp: Option<String>,
    pub(crate) from: String,
    /// What is run when letters do not go out.
    pub(crate) alert_command: Option<String>,
    /// What is posted to then.
    pub(crate) alert_webhook: Option<String>,
    pub(crate) loopback: bool,
    /// Minutes; 0 for never.
    pub(crate) sweep_every: u32,
    /// A host or an address, and a port.
    pub(crate) metrics: Option<String>,
    pub(crate) log: LogForm,
    /// Days after which letters are deleted.
    pub(crate) keep_letters: Option<u32>,
    /// What whoever started it should know of the file.
    pub(crate) warning: Option<String>,
}

impl Settings {
    /// Reads the file, if there is one, and puts both together.
    pub(crate) fn of(args: &Up) -> Result<Settings, Problem> {
        let folder = || args.dir.clone().unwrap_or_else(|| FOLDER.into());
        let path = match &args.config {
            Some(path) => Some(path.clone()),
            None => Some(folder().join(SETTINGS)).filter(|path| path.exists()),
        };
        let Some(path) = path else {
            return together(args, FromFile::default(), None).fitting();
        };
        let told = from_file::read(&path)?;
        if told.dir.is_some() && args.config.is_none() {
            return Err(Problem::new(format!(
                "{}: this file is in the folder that `dir` would name: take `dir` out, or keep the file elsewhere and name it with \
                 --config",
                path.display()
            )));
        }
        let warning = open_secret(&path, &told);
        together(args, told, warning).fitting()
    }

    /// Refuses addresses that are none. Those of the file were told with their lines.
    fn fitting(self) -> Result<Settings, Problem> {
        let of = |option, text: Option<&str>, fits: Fits| match text.map(fits) {
            Some(Err(wanted)) => Err(Problem::new(format!("{option} should be {wanted}"))),
            _ => Ok(()),
        };
        of("--listen", Some(&self.listen), fits::host_and_port)?;
        of("--metrics", self.metrics.as_deref(), fits::host_and_port)?;
        of("--public-url", self.public_url.as_deref(), fits::public_url)?;
        of(
            "--sign-in-issuer",
            self.sign_in_issuer.as_deref(),
            fits::public_url,
        )?;
        if self.sign_in_issuer.is_some() != self.sign_in_client.is_some() {
            let one = "a sign-in provider needs both: --sign-in-issuer and --sign-in-client";
            return Err(Problem::new(one));
        }
        of("--smtp", self.smtp.as_deref(), fits::mail_server)?;
        of("--from", Some(&self.from), fits::sender)?;
        Ok(self)
    }
}

impl Settings {
    /// What is usual, in a folder and at an address. Systems on this machine are called in the open.
    pub(crate) fn usual(dir: PathBuf, listen: String) -> Settings {
        Settings {
            dir,
            listen,
            runbook: None,
            public_url: None,
            sign_in_issuer: None,
            sign_in_client: None,
            sign_in_groups: None,
            smtp: None,
            from: FROM.to_owned(),
            alert_command: None,
            alert_webhook: None,
            loopback: true,
            sweep_every: SWEEP_EVERY,
            metrics: None,
            log: LogForm::Text,
            keep_letters: None,
            warning: None,
        }
    }

    /// The sign-in provider, where there is one.
    pub(crate) fn sign_in(&self) -> Option<SignInAt> {
        Some(SignInAt {
            issuer: self.sign_in_issuer.clone()?,
            client: self.sign_in_client.clone()?,
            groups_claim: self.sign_in_groups.clone(),
        })
    }
}

/// Whether an address is one; what is wanted when it is not.
type Fits = fn(&str) -> Result<(), &'static str>;

fn together(args: &Up, file: FromFile, warning: Option<String>) -> Settings {
    let args = args.clone();
    Settings {
        dir: args.dir.or(file.dir).unwrap_or_else(|| FOLDER.into()),
        runbook: args.runbook.or(file.runbook),
        listen: args
            .listen
            .or(file.listen)
            .unwrap_or_else(|| LISTEN.to_owned()),
        public_url: args.public_url.or(file.public_url),
        sign_in_issuer: args.sign_in_issuer.or(file.sign_in_issuer),
        sign_in_client: args.sign_in_client.or(file.sign_in_client),
        sign_in_groups: args.sign_in_groups.or(file.sign_in_groups),
        smtp: args.smtp.or(file.smtp),
        from: args.from.or(file.from).unwrap_or_else(|| FROM.to_owned()),
        alert_command: args.alert_command.or(file.alert_command),
        alert_webhook: args.alert_webhook.or(file.alert_webhook),
        loopback: args.loopback || file.loopback.unwrap_or(false),
        sweep_every: args.sweep_every.or(file.sweep_every).unwrap_or(SWEEP_EVERY),
        metrics: args.metrics.or(file.metrics),
        log: args.log.or(file.log).unwrap_or_default(),
        keep_letters: args.keep_letters.or(file.keep_letters),
        warning,
    }
}

/// Says so when others on the machine may read a file with a password in it.
#[cfg(unix)]
fn open_secret(path: &Path, told: &FromFile) -> Option<String> {
    use std::os::unix::fs::PermissionsExt;
    let mode = std::fs::metadata(path).ok()?.permissions().mode();
    let secret = told.smtp.as_ref().is_some_and(|url| url.contains('@'));
    (secret && mode & 0o077 != 0).then(|| {
        let path = path.display();
        format!(
            "others on this machine may read {path}, which has the password of the mail server: chmod 600 {path}, and give the mail \
             server another password"
        )
    })
}

/// Not told on machines that have no such modes.
#[cfg(not(unix))]
fn open_secret(_path: &Path, _told: &FromFile) -> Option<String> {
    None
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use clap::Parser;

    use super::*;
    use crate::args::{Cli, Command};

    fn up(arguments: &[&str]) -> Up {
        let cli = Cli::parse_from([&["latchkey", "up"][..], arguments].concat());
        let Command::Up(up) = cli.command else {
            panic!("it is `up`")
        };
        up
    }

    #[test]
    fn the_command_line_counts_before_the_file_and_the_file_before_what_is_usual() {
        let directory = tempfile::tempdir().unwrap();
        let dir = directory.path().to_str().unwrap();
        let usual = Settings::of(&up(&["--dir", dir])).unwrap();
        assert_eq!((usual.listen.as_str(), usual.sweep_every), (LISTEN, 60));
        let text = "listen: localhost:9000\nsweep_every: 15\nsmtp: smtp://mail.example:25\nloopback: yes\nlog: json\nrunbook: acme\n";
        let file = directory.path().join(SETTINGS);
        std::fs::write(&file, text).unwrap();
        let both = Settings::of(&up(&["--dir", dir, "--sweep-every", "0"])).unwrap();
        let expected = Settings {
            dir: dir.into(),
            listen: "localhost:9000".to_owned(),
            sweep_every: 0,
            smtp: Some("smtp://mail.example:25".to_owned()),
            loopback: true,
            log: LogForm::Json,
            // Beside the file that names it.
            runbook: Some(directory.path().join("acme")),
            ..usual
        };
        assert_eq!(both, expected);
    }

    #[test]
    fn an_address_that_is_none_is_refused_by_the_name_of_its_option() {
        for (option, wrong) in [
            ("--public-url", "clinic.example"),
            ("--public-url", "clinic.example:8420"),
            ("--listen", "8481"),
            ("--metrics", "9420"),
            ("--smtp", "mail.acme.example"),
            ("--from", "latch"),
        ] {
            let refused = Settings::of(&up(&["--dir", "nowhere", option, wrong])).unwrap_err();
            let begins = format!("{option} should be ");
            assert!(refused.text.starts_with(&begins), "{}", refused.text);
        }
    }

    #[test]
    fn a_file_elsewhere_may_name_the_folder_and_one_in_it_may_not() {
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join(SETTINGS);
        std::fs::write(&file, "dir: /var/lib/latchkey\n").unwrap();
        let named = Settings::of(&up(&["--config", file.to_str().unwrap()])).unwrap();
        assert_eq!(named.dir, Path::new("/var/lib/latchkey"));
        let dir = directory.path().to_str().unwrap();
        let inside = Settings::of(&up(&["--dir", dir])).unwrap_err();
        assert!(inside.text.contains("take `dir` out"), "{}", inside.text);
    }

    #[cfg(unix)]
    #[test]
    fn who_keeps_a_password_where_others_may_read_it_is_told() {
        use std::os::unix::fs::PermissionsExt;
        let directory = tempfile::tempdir().unwrap();
        let dir = directory.path().to_str().unwrap();
        let file = directory.path().join(SETTINGS);
        let warning = |text: &str, mode| {
            std::fs::write(&file, text).unwrap();
            std::fs::set_permissions(&file, std::fs::Permissions::from_mode(mode)).unwrap();
            Settings::of(&up(&["--dir", dir])).unwrap().warning
        };
        let secret = "smtp: smtps://latchkey:s3cret@mail.example:465\n";
        let told = warning(secret, 0o640).unwrap();
        assert!(
            told.contains("chmod 600") && !told.contains("s3cret"),
            "{told}"
        );
        assert_eq!(warning(secret, 0o600), None);
        assert_eq!(warning("listen: 127.0.0.1:0\n", 0o644), None);
    }
}
