//! 389 Directory Server from Debian, which Red Hat sells as Red Hat Directory Server.
//!
//! Its own installer wants to be root and to write below `/etc`. So an instance is made here of the same template, with
//! its files in a folder of its own.

use std::path::Path;

use tokio::process::Command;

use crate::{
    Members, OpenLdap, PeerError, Process,
    debian::{self, Folder, libraries, run},
    process::free_port,
};

/// A 389 Directory Server with the same units and the same users as an [`OpenLdap`], and nobody in them.
#[derive(Debug)]
pub struct Ds389 {
    process: Process,
    _data: Folder,
}

impl Ds389 {
    /// Starts one.
    ///
    /// # Errors
    /// [`PeerError`] says what is missing on this machine.
    pub async fn start(members: Members) -> Result<Ds389, PeerError> {
        let package = "389-ds-base";
        // Its tools are in Python and Perl; the server needs neither.
        let is_needed = |name: &str| {
            let is_library = name.starts_with("lib") && !name.ends_with("-perl");
            is_library || name == "389-ds-base-libs"
        };
        let program = "usr/sbin/ns-slapd";
        let root = debian::installed("ds389", program, package, is_needed).await?;
        let port = free_port().map_err(PeerError::machine("looking for a free port"))?;
        let folder = Folder::new(format!("ds389-{port}"))?;
        let data = folder.path();
        let config = data.join("config");
        prepare(&root, data, &config, port, members)?;
        let environment = [(
            "LD_LIBRARY_PATH",
            libraries(&root, &["", "dirsrv", "dirsrv/plugins"]),
        )];
        let program = root.join(program);
        let (at, entries) = (shown(&config), shown(&data.join("entries.ldif")));
        let mut filling = Command::new(&program);
        filling
            .args(["ldif2db", "-D", &at, "-n", "people", "-i", &entries])
            .envs(environment.iter().map(|(k, v)| (*k, v.as_str())));
        run(filling, "filling 389 Directory Server").await?;
        let pid = shown(&data.join("pid"));
        let arguments = ["-D", &at, "-i", &pid, "-d", "0"].map(str::to_owned);
        let log = data.join("output");
        let process = Process::start(&program, &arguments, &environment, port, &log).await?;
        Ok(Ds389 {
            process,
            _data: folder,
        })
    }

    /// Its port.
    pub fn port(&self) -> u16 {
        self.process.port
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

/// Makes the files of an instance.
fn prepare(
    root: &Path,
    data: &Path,
    config: &Path,
    port: u16,
    members: Members,
) -> Result<(), PeerError> {
    for folder in [
        "db",
        "log",
        "lock",
        "run",
        "ldif",
        "bak",
        "tmp",
        "config/schema",
    ] {
        let folder = data.join(folder);
        std::fs::create_dir_all(&folder)
            .map_err(PeerError::machine(format!("making {}", folder.display())))?;
    }
    copy_all(&root.join("etc/dirsrv/config"), config)?;
    let schema = config.join("schema");
    copy_all(&root.join("etc/dirsrv/schema"), &schema)?;
    // Installed, it knows where the others are.
    if root != Path::new("/") {
        copy_all(&root.join("usr/share/dirsrv/schema"), &schema)?;
    }
    let template = read(&root.join("usr/share/dirsrv/data/template-dse.ldif"))?;
    let configured = configured(&template, root, data, port, members);
    write(&config.join("dse.ldif"), &configured)?;
    write(&data.join("entries.ldif"), &entries())
}

fn copy_all(from: &Path, to: &Path) -> Result<(), PeerError> {
    let copying = || PeerError::machine(format!("copying {}", from.display()));
    for entry in std::fs::read_dir(from).map_err(copying())?.flatten() {
        let path = entry.path();
        if path.is_file() {
            std::fs::copy(&path, to.join(entry.file_name())).map_err(copying())?;
        }
    }
    Ok(())
}

/// The instance's own entries, of the template that the server's installer has.
fn configured(template: &str, root: &Path, data: &Path, port: u16, members: Members) -> String {
    let (admin, password) = OpenLdap::ADMIN;
    let at = |folder: &str| shown(&data.join(folder));
    let plugins = plugins(root);
    let mut text = template.to_owned();
    for (name, value) in [
        ("schema_dir", at("config/schema")),
        ("config_dir", at("config")),
        ("cert_dir", at("config")),
        ("lock_dir", at("lock")),
        ("tmp_dir", at("tmp")),
        ("ldif_dir", at("ldif")),
        ("bak_dir", at("bak")),
        ("run_dir", at("run")),
        ("log_dir", at("log")),
        ("inst_dir", shown(data)),
        ("db_dir", at("db")),
        ("db_home_dir", at("db")),
        ("db_lib", "bdb\nnsslapd-cache-autosize: 0\nnsslapd-dbcachesize: 4000000\nnsslapd-db-durable-transactions: off".to_owned()),
        ("ds_port", port.to_string()),
        ("ds_user", user()),
        ("ds_suffix", OpenLdap::SUFFIX.to_owned()),
        ("ds_passwd", format!("{{CLEAR}}{password}")),
        ("rootdn", admin.to_owned()),
        // Listens on this machine only, and hashes what tests sign in with quickly.
        ("fqdn", "localhost\nnsslapd-listenhost: 127.0.0.1\npasswordStorageScheme: SSHA512\nnsslapd-accesslog-logging-enabled: off\nnsslapd-threadnumber: 4".to_owned()),
        ("ldapi_enabled", "off".to_owned()),
        ("ldapi_autobind", "off".to_owned()),
        ("ldapi", at("run/ldapi")),
    ] {
        text = text.replace(&format!("%{name}%"), &value);
    }
    let lines = text.trim_end().lines().map(|line| {
        let path = line.split_once(": ").filter(|(name, value)| {
            name.eq_ignore_ascii_case("nsslapd-pluginPath") && value.starts_with("lib")
        });
        path.map_or_else(
            || line.to_owned(),
            |(name, value)| format!("{name}: {plugins}/{value}"),
        )
    });
    let mut text: String = lines.map(|line| line + "\n").collect();
    if members == Members::Tracked {
        for plugin in ["MemberOf Plugin", "referential integrity postoperation"] {
            text = switched_on(&text, plugin);
        }
    }
    text + &added(&plugins, &at("db"))
}

/// The template with a plug-in switched on.
fn switched_on(text: &str, plugin: &str) -> String {
    let Some((before, its)) = text.split_once(&format!("dn: cn={plugin},")) else {
        return text.to_owned();
    };
    let its = its.replacen("nsslapd-pluginenabled: off", "nsslapd-pluginenabled: on", 1);
    format!("{before}dn: cn={plugin},{its}")
}

fn plugins(root: &Path) -> String {
    let all = libraries(root, &["dirsrv/plugins"]);
    let mut all = all.split(':').filter(|path| Path::new(path).is_dir());
    all.next().unwrap_or_default().to_owned()
}

/// Who this process is: it starts as nobody else.
fn user() -> String {
    let name = std::process::Command::new("id").arg("-un").output();
    let name = name.map(|output| String::from_utf8_lossy(&output.stdout).trim().to_owned());
    name.unwrap_or_default()
}

/// What the installer adds to the template: the database, and plug-ins that it looks for where the machine has them.
fn added(plugins: &str, db: &str) -> String {
    let suffix = OpenLdap::SUFFIX;
    let plugin = |name: &str, kind: &str, more: &str| {
        let file = name.replace('_', "-");
        format!(
            "\ndn: cn={name},cn=plugins,cn=config\nobjectClass: top\nobjectClass: nsSlapdPlugin\ncn: {name}\n\
             nsslapd-pluginPath: {plugins}/lib{file}-plugin\nnsslapd-pluginInitfunc: {name}_plugin_init\n\
             nsslapd-pluginType: {kind}\nnsslapd-pluginEnabled: on\nnsslapd-pluginId: {name}\n\
             nsslapd-pluginDescription: {name}\nnsslapd-pluginVendor: 389 Project\nnsslapd-pluginVersion: none\n{more}"
        )
    };
    let syntax = plugin("entryuuid_syntax", "syntax", "");
    let depends = "nsslapd-plugin-depends-on-type: database\n";
    let entryuuid = plugin("entryuuid", "betxnpreoperation", depends);
    format!(
        "{syntax}{entryuuid}
dn: cn=people,cn=ldbm database,cn=plugins,cn=config
objectClass: top
objectClass: extensibleObject
objectClass: nsBackendInstance
cn: people
nsslapd-suffix: {suffix}
nsslapd-directory: {db}/people

dn: cn=\"{suffix}\",cn=mapping tree,cn=config
objectClass: top
objectClass: extensibleObject
objectClass: nsMappingTree
cn: {suffix}
cn: \"{suffix}\"
nsslapd-state: backend
nsslapd-backend: people
"
    )
}

/// The units, who may do what docs/SYSTEMS.md asks for there, and who may only read.
fn entries() -> String {
    let suffix = OpenLdap::SUFFIX;
    let service = format!("userdn=\"ldap:///{}\"", OpenLdap::SERVICE.0);
    let readers = format!(
        "userdn=\"ldap:///{} || ldap:///{}\"",
        OpenLdap::SERVICE.0,
        OpenLdap::READER.0
    );
    let may = |target: &str, what: &str, who: &str| {
        format!("aci: {target}(version 3.0; acl \"{what}\"; allow ({what}) {who};)\n")
    };
    let move_it = |from: &str, to: &str| {
        let place =
            |way: &str, unit: &str| format!("(target_{way}=\"ldap:///ou={unit},{suffix}\")");
        may(&(place("from", from) + &place("to", to)), "moddn", &service)
    };
    let unit = |name: &str, aci: String| {
        format!("dn: ou={name},{suffix}\nobjectClass: organizationalUnit\nou: {name}\n{aci}\n")
    };
    let keeps = || may("(targetattr=\"* || nsAccountLock\")", "all", &service);
    let mut text = format!("dn: {suffix}\nobjectClass: domain\ndc: acme\n");
    text += &may(
        "(targetattr!=\"userPassword\")",
        "read, search, compare",
        &readers,
    );
    text += &move_it("people", "leavers");
    text += &move_it("leavers", "people");
    text += "\n";
    text += &unit("people", keeps());
    text += &unit("leavers", keeps());
    text += &unit("groups", may("(targetattr=\"member\")", "write", &service));
    for (dn, password) in [OpenLdap::SERVICE, OpenLdap::READER] {
        text += &format!(
            "dn: {dn}\nobjectClass: organizationalRole\nobjectClass: simpleSecurityObject\n\
             userPassword: {password}\nnsSizeLimit: -1\nnsLookThroughLimit: -1\n\n"
        );
    }
    text
}
