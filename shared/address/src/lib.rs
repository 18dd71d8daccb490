//! Addresses that Latchkey calls. A runbook names them, and whoever may write a runbook should not be able to have a
//! secret sent in the open, or a call made to what only this machine reaches: the cloud's metadata service gives out
//! the credentials of the function itself.

mod forbidden;

use std::net::IpAddr;

use url::{Host, Url};

pub use forbidden::{is_forbidden, is_forbidden_name};

/// Whether what is on this machine may be called without encryption: for trying out, the demo and tests.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Loopback {
    /// It is encrypted like everything else.
    #[default]
    Encrypted,
    /// It may be in the open.
    Open,
}

impl Loopback {
    /// As a flag says it.
    pub fn open(yes: bool) -> Loopback {
        match yes {
            true => Loopback::Open,
            false => Loopback::Encrypted,
        }
    }
}

/// Why an address is not called. Never quotes it whole: there may be a password in it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unfit {
    /// It cannot be taken apart.
    #[error("it is no address: {0}")]
    None(String),
    /// It has no host.
    #[error("it names no host")]
    NoHost,
    /// It carries a user name or a password.
    #[error(
        "it has a user name or password in it, which everybody sees who reads the runbook: that belongs into the secret"
    )]
    Credentials,
    /// Only machines and the cloud's own services are there.
    #[error(
        "`{0}` is no place for a system: it leads back to the machine that calls, or to the cloud's metadata, which gives out \
         credentials"
    )]
    Forbidden(String),
    /// What is sent there could be read on the way.
    #[error(
        "`{0}` is called without encryption, so the secret would travel in the open: use https, or for LDAP ldaps"
    )]
    Open(String),
    /// It is on this machine, in the open, and nobody allowed that.
    #[error(
        "`{0}` is this machine and not encrypted: only with `--loopback`, which is for trying out, is it called"
    )]
    OpenLoopback(String),
}

/// Where a call goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Address {
    scheme: String,
    host: String,
    loopback: bool,
}

impl Address {
    /// Takes an address apart.
    ///
    /// # Errors
    /// [`Unfit`] when it is none, carries credentials, or leads where no system is.
    pub fn parse(text: &str) -> Result<Address, Unfit> {
        let url = Url::parse(text).map_err(|e| Unfit::None(e.to_string()))?;
        if !url.username().is_empty() || url.password().is_some() {
            return Err(Unfit::Credentials);
        }
        let host = url.host_str().filter(|host| !host.is_empty());
        let host = host.ok_or(Unfit::NoHost)?;
        // Only of web addresses the parser reads every way to write a number as the IP address that it is, as the
        // resolver does.
        let host = Host::parse(host).map_err(|e| Unfit::None(e.to_string()))?;
        let (forbidden, loopback) = match &host {
            Host::Ipv4(ip) => (is_forbidden(IpAddr::V4(*ip)), ip.is_loopback()),
            Host::Ipv6(ip) => (is_forbidden(IpAddr::V6(*ip)), ip.is_loopback()),
            Host::Domain(name) => (is_forbidden_name(name), is_localhost(name)),
        };
        let host = without_dot(&host.to_string());
        if forbidden {
            return Err(Unfit::Forbidden(host));
        }
        Ok(Address {
            scheme: url.scheme().to_owned(),
            host,
            loopback,
        })
    }

    /// An address that is called over HTTP.
    ///
    /// # Errors
    /// [`Unfit`], also when it is not encrypted and `loopback` does not allow that.
    pub fn of_http(text: &str, loopback: Loopback) -> Result<Address, Unfit> {
        let address = Address::parse(text)?;
        match address.scheme.as_str() {
            "https" => Ok(address),
            "http" if address.loopback => address.within(loopback),
            _ => Err(Unfit::Open(address.host)),
        }
    }

    /// The address, when it is not in the open on this machine, or may be.
    ///
    /// # Errors
    /// [`Unfit::OpenLoopback`].
    pub fn within(self, loopback: Loopback) -> Result<Address, Unfit> {
        if self.is_open_loopback() && loopback == Loopback::Encrypted {
            return Err(Unfit::OpenLoopback(self.host));
        }
        Ok(self)
    }

    /// Whether it is on this machine, and nothing says that it is encrypted.
    pub fn is_open_loopback(&self) -> bool {
        self.loopback && !matches!(self.scheme.as_str(), "https" | "ldaps")
    }

    /// Whether it is on this machine.
    pub fn is_loopback(&self) -> bool {
        self.loopback
    }

    /// Its scheme, without `://`.
    pub fn scheme(&self) -> &str {
        &self.scheme
    }

    /// Its host: a name in small letters, or an IP address, that of version 6 in brackets.
    pub fn host(&self) -> &str {
        &self.host
    }
}

/// A host as [`Address::host`] writes it, for comparing. `None` when it is none.
pub fn host(text: &str) -> Option<String> {
    let bare = text.trim();
    let host = Host::parse(bare).ok()?;
    Some(without_dot(&host.to_string()))
}

fn is_localhost(name: &str) -> bool {
    let name = name.trim_end_matches('.');
    name == "localhost" || name.ends_with(".localhost")
}

/// A name that ends with a dot is the same host.
fn without_dot(host: &str) -> String {
    host.trim_end_matches('.').to_owned()
}

#[cfg(test)]
mod tests;
