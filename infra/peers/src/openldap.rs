//! OpenLDAP from Debian: `slapd` with the overlays that companies use.

use std::path::{Path, PathBuf};

use tokio::process::Command;

use crate::{
    PeerError, Process,
    debian::{self, Folder, libraries, run},
    process::free_port,
    python::cache_directory,
};

/// Whether the directory keeps `memberOf`, and moves memberships along with an entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Members {
    /// It does neither: what OpenLDAP does when nobody loads an overlay.
    Plain,
    /// It does both: the overlays memberof and refint.
    Tracked,
}

/// An OpenLDAP server with the units `people`, `leavers` and `groups`, and nobody in them.
#[derive(Debug)]
pub struct OpenLdap {
    process: Process,
    tls_port: u16,
    authority: String,
    _data: Folder,
}

/// Where slapd and its libraries are.
struct Installed {
    root: PathBuf,
    tls: PathBuf,
}

impl OpenLdap {
    /// What every name in it ends with.
    pub const SUFFIX: &'static str = "dc=acme,dc=example";
    /// Who may do everything, and how they sign in.
    pub const ADMIN: (&'static str, &'static str) = ("cn=admin,dc=acme,dc=example", "peer-admin");
    /// Who may do what docs/SYSTEMS.md asks for, and how they sign in.
    pub const SERVICE: (&'static str, &'static str) =
        ("cn=latchkey,dc=acme,dc=example", "peer-service");
    /// Who may only read, and how they sign in.
    pub const READER: (&'static str, &'static str) =
        ("cn=reader,dc=acme,dc=example", "peer-reader");

    /// Starts one.
    ///
    /// # Errors
    /// [`PeerError`] says what is missing on this machine.
    pub async fn start(members: Members) -> Result<OpenLdap, PeerError> {
        let installed = installed().await?;
        let port = free_port().map_err(PeerError::machine("looking for a free port"))?;
        let tls_port = free_port().map_err(PeerError::machine("looking for a free port"))?;
        let folder = Folder::new(format!("openldap-{port}"))?;
        let data = folder.path();
        let write = |name: &str, text: String| {
            let path = data.join(name);
            std::fs::write(&path, text)
                .map_err(PeerError::machine(format!("writing {}", path.display())))?;
            Ok::<String, PeerError>(path.display().to_string())
        };
        std::fs::create_dir_all(data.join("db"))
            .map_err(PeerError::machine(format!("making {}", data.display())))?;
        let config = write("slapd.conf", config(&installed, data, members))?;
        let entries = write("entries.ldif", entries())?;
        let program = installed.root.join("usr/sbin/slapd");
        let libraries = libraries(&installed.root, &[""]);
        let slapd = program.display().to_string();
        let environment = [
            ("LD_LIBRARY_PATH", libraries),
            // The settings of the machine's own clients are not ours.
            ("LDAPNOINIT", "1".to_owned()),
        ];
        let mut filling = Command::new(&slapd);
        filling
            .args(["-T", "add", "-q", "-f", &config, "-l", &entries])
            .envs(environment.iter().map(|(k, v)| (*k, v.as_str())));
        run(filling, "filling OpenLDAP").await?;
        let listen = format!("ldap://127.0.0.1:{port}/ ldaps://127.0.0.1:{tls_port}/");
        let arguments = ["-d", "0", "-f", &config, "-h", &listen].map(str::to_owned);
        let log = data.join("log");
        let process = Process::start(&program, &arguments, &environment, port, &log).await?;
        let authority = installed.tls.join("authority.pem");
        let authority = std::fs::read_to_string(&authority).map_err(PeerError::machine(
            format!("reading {}", authority.display()),
        ))?;
        Ok(OpenLdap {
            process,
            tls_port,
            authority,
            _data: folder,
        })
    }

    /// Its port without TLS, where StartTLS can be asked for.
    pub fn port(&self) -> u16 {
        self.process.port
    }

    /// Its port with TLS.
    pub fn tls_port(&self) -> u16 {
        self.tls_port
    }

    /// The certificate of the authority that its own is of, in PEM.
    pub fn authority(&self) -> &str {
        &self.authority
    }
}

fn config(installed: &Installed, data: &Path, members: Members) -> String {
    let root = installed.root.display().to_string();
    let root = root.trim_end_matches('/');
    let (tls, data) = (installed.tls.display(), data.display());
    let suffix = OpenLdap::SUFFIX;
    let (admin, admin_password) = OpenLdap::ADMIN;
    let service = OpenLdap::SERVICE.0;
    let reader = OpenLdap::READER.0;
    let (load, overlays) = match members {
        Members::Plain => ("", ""),
        Members::Tracked => (
            "moduleload memberof\nmoduleload refint",
            "overlay memberof\noverlay refint\nrefint_attributes member",
        ),
    };
    format!(
        "include {root}/etc/ldap/schema/core.schema
include {root}/etc/ldap/schema/cosine.schema
include {root}/etc/ldap/schema/inetorgperson.schema
modulepath {root}/usr/lib/ldap
moduleload back_mdb
moduleload ppolicy
{load}
pidfile {data}/slapd.pid
argsfile {data}/slapd.args
TLSCACertificateFile {tls}/authority.pem
TLSCertificateFile {tls}/server.pem
TLSCertificateKeyFile {tls}/server.key
database mdb
suffix {suffix}
rootdn {admin}
rootpw {admin_password}
directory {data}/db
maxsize 1073741824
dbnosync
index objectClass,uid,employeeNumber,cn,member eq
limits dn.exact={service} size=unlimited
access to attrs=userPassword by dn.exact={service} write by anonymous auth by * none
access to dn.subtree=ou=people,{suffix} by dn.exact={service} write by dn.exact={reader} read by * none
access to dn.subtree=ou=leavers,{suffix} by dn.exact={service} write by dn.exact={reader} read by * none
access to dn.subtree=ou=groups,{suffix} attrs=member by dn.exact={service} write by dn.exact={reader} read by * none
access to * by dn.exact={service} read by dn.exact={reader} read by * none
overlay ppolicy
ppolicy_default cn=default,ou=policies,{suffix}
ppolicy_hash_cleartext
{overlays}
"
    )
}

fn entries() -> String {
    let suffix = OpenLdap::SUFFIX;
    let mut entries = format!(
        "dn: {suffix}\nobjectClass: domain\ndc: acme\n\n\
         dn: ou=policies,{suffix}\nobjectClass: organizationalUnit\n\n\
         dn: cn=default,ou=policies,{suffix}\nobjectClass: device\nobjectClass: pwdPolicy\n\
         pwdAttribute: userPassword\npwdLockout: TRUE\n\n"
    );
    for unit in ["people", "leavers", "groups"] {
        entries += &format!("dn: ou={unit},{suffix}\nobjectClass: organizationalUnit\n\n");
    }
    for (dn, password) in [OpenLdap::SERVICE, OpenLdap::READER] {
        entries += &format!(
            "dn: {dn}\nobjectClass: organizationalRole\nobjectClass: simpleSecurityObject\n\
             userPassword: {password}\n\n"
        );
    }
    entries
}

/// slapd, and its certificates, which are made once.
async fn installed() -> Result<Installed, PeerError> {
    let root = debian::installed("openldap", "usr/sbin/slapd", "slapd", |_| true).await?;
    let tls = cache_directory().join("openldap-tls");
    std::fs::create_dir_all(&tls)
        .map_err(PeerError::machine(format!("making {}", tls.display())))?;
    let _lock = debian::lock("openldap-tls").await?;
    if !tls.join("server.pem").exists() {
        certify(&tls).await?;
    }
    Ok(Installed { root, tls })
}

/// Makes an authority, and a certificate of it for this machine.
async fn certify(at: &Path) -> Result<(), PeerError> {
    let common = [
        "req",
        "-x509",
        "-newkey",
        "ec",
        "-pkeyopt",
        "ec_paramgen_curve:P-256",
        "-nodes",
        "-days",
        "36500",
    ];
    let mut authority = Command::new("openssl");
    authority.args(common).args([
        "-keyout",
        "authority.key",
        "-out",
        "authority.pem",
        "-subj",
        "/CN=Authority of the peers",
    ]);
    let mut server = Command::new("openssl");
    server.args(common).args([
        "-CA",
        "authority.pem",
        "-CAkey",
        "authority.key",
        "-keyout",
        "server.key",
        "-out",
        "server.pem",
        "-subj",
        "/CN=127.0.0.1",
        "-addext",
        "subjectAltName=IP:127.0.0.1",
        "-addext",
        "basicConstraints=critical,CA:FALSE",
    ]);
    for mut command in [authority, server] {
        command.current_dir(at);
        run(command, "making a certificate").await?;
    }
    Ok(())
}
