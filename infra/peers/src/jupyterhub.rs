//! JupyterHub from PyPI: a hub alone. Its own extension point takes the place of the Node.js proxy, which only servers
//! of users need: <https://jupyterhub.readthedocs.io/en/stable/howto/proxy.html>.

use std::path::PathBuf;

use crate::{PeerError, Process, Venv, process::free_port, python::cache_directory};

/// Pinned, with what it needs, so that today's run is tomorrow's.
const PACKAGES: &str = "\
    jupyterhub==6.1.1 aiodns==4.0.4 aiohappyeyeballs==2.7.1 aiohttp==3.14.5 aiosignal==1.4.0 \
    alembic==1.20.1 annotated-types==0.8.0 arrow==1.4.0 attrs==26.1.0 certifi==2026.10.19.post1 \
    certipy==0.2.3 cffi==2.1.1 charset-normalizer==3.5.3 cryptography==50.0.2 fqdn==1.6.0 \
    frozenlist==1.8.0 idna==3.20 isoduration==20.11.0 Jinja2==3.1.6 jsonpointer==3.12 jsonschema==4.26.0 \
    jsonschema-specifications==2025.9.1 jupyter-events==0.12.1 lark==1.3.1 Mako==1.4.3 MarkupSafe==3.0.4 \
    multidict==7.2.1 oauthlib==4.0.1 packaging==26.4 pamela==1.2.0 prometheus_client==0.26.0 \
    propcache==0.5.4 pycares==5.2.1 pycparser==3.12 pydantic==2.14.4 pydantic_core==2.50.5 \
    python-dateutil==4.0.0 python-json-logger==4.2.0 PyYAML==6.0.4 referencing==0.37.0 requests==2.34.2 \
    rfc3339-validator==0.1.4 rfc3986-validator==0.1.1 rfc3987-syntax==1.1.0 rpds-py==2026.9.1 \
    six==1.17.0 SQLAlchemy==2.1.9 tornado==6.6.1 traitlets==5.16.1 typing-inspection==0.4.5 \
    typing_extensions==4.16.0 tzdata==2026.6 uri-template==1.3.0 urllib3==2.8.0 webcolors==25.10.0 \
    yarl==1.25.1";

const TOKEN: &str = "peer-token-of-the-service";
const WEAK_TOKEN: &str = "peer-token-that-only-reads";

/// What a hub is told. `{port}`, `{token}`, `{weak}` and `{groups}` are put in.
const CONFIGURATION: &str = r#"
from jupyterhub.proxy import Proxy


class NoProxy(Proxy):
    should_start = False

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.routes = {}

    async def add_route(self, routespec, target, data):
        self.routes[routespec] = {"routespec": routespec, "target": target, "data": data}

    async def delete_route(self, routespec):
        self.routes.pop(routespec, None)

    async def get_all_routes(self):
        return self.routes


c = get_config()  # noqa: F821
c.JupyterHub.bind_url = "http://127.0.0.1:{port}"
c.JupyterHub.hub_bind_url = "http://127.0.0.1:{port}"
c.JupyterHub.proxy_class = NoProxy
c.JupyterHub.authenticator_class = "dummy"
c.Authenticator.allow_existing_users = True
c.JupyterHub.db_url = "sqlite:///:memory:"
c.JupyterHub.cookie_secret = b"0123456789abcdef0123456789abcdef"
c.JupyterHub.load_groups = {name: {} for name in {groups}}
c.JupyterHub.services = [
    {"name": "latchkey", "api_token": "{token}"},
    {"name": "weak", "api_token": "{weak}"},
    {"name": "tests", "api_token": "tests-{token}", "admin": True},
]
c.JupyterHub.load_roles = [
    {"name": "latchkey", "scopes": ["admin:users", "admin:groups"], "services": ["latchkey"]},
    {"name": "weak", "scopes": ["list:users", "read:users"], "services": ["weak"]},
]
"#;

/// A hub with some groups, and no users at first.
#[derive(Debug)]
pub struct JupyterHub {
    process: Process,
    configuration: PathBuf,
}

impl Drop for JupyterHub {
    fn drop(&mut self) {
        // What is left of it does no harm: it lies below `target`.
        let _ = std::fs::remove_file(&self.configuration);
    }
}

impl JupyterHub {
    /// Starts one with these groups.
    ///
    /// # Errors
    /// [`PeerError`] says what is missing on this machine.
    pub async fn start(groups: &[&str]) -> Result<JupyterHub, PeerError> {
        let packages: Vec<&str> = PACKAGES.split_whitespace().collect();
        let venv = Venv::with("jupyterhub", &packages).await?;
        let port = free_port().map_err(PeerError::machine("looking for a free port"))?;
        let file = cache_directory().join(format!("jupyterhub-{port}.py"));
        let configuration = CONFIGURATION
            .replace("{port}", &port.to_string())
            .replace("{token}", TOKEN)
            .replace("{weak}", WEAK_TOKEN)
            .replace("{groups}", &format!("{groups:?}"));
        std::fs::write(&file, configuration)
            .map_err(PeerError::machine(format!("writing {}", file.display())))?;
        let arguments = ["-f".to_owned(), file.display().to_string()];
        let log = cache_directory().join(format!("jupyterhub-{port}.log"));
        let program = venv.program("jupyterhub");
        let process = Process::start(&program, &arguments, &[], port, &log).await?;
        Ok(JupyterHub {
            process,
            configuration: file,
        })
    }

    /// Its port. Its API is below `/hub/api`.
    pub fn port(&self) -> u16 {
        self.process.port
    }

    /// The token of a service that may manage users and groups.
    pub fn token(&self) -> &'static str {
        TOKEN
    }

    /// The token of a service that may only read users.
    pub fn weak_token(&self) -> &'static str {
        WEAK_TOKEN
    }

    /// The token of the tests' own service, an administrator.
    pub fn admin_token(&self) -> String {
        format!("tests-{TOKEN}")
    }
}
