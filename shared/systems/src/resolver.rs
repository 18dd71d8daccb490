//! Names of hosts, without those that lead to the cloud's own services: whoever owns a name says where it leads.

use std::{io, net::SocketAddr};

use latchkey_address::is_forbidden;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};

/// Resolves as the operating system does, and keeps back the addresses at which no system is.
pub(crate) struct Resolver;

/// Where a host's name leads, as the operating system says, without the addresses at which no system is. Whoever
/// connects has to connect to one of these: asked once more, the name may lead elsewhere. An IP address of version 6 is
/// written without brackets.
///
/// # Errors
/// When the name leads nowhere, or to such places alone.
pub async fn places(host: &str, port: u16) -> io::Result<Vec<SocketAddr>> {
    let found = tokio::net::lookup_host((host, port)).await?;
    let fit: Vec<SocketAddr> = found.filter(|at| !is_forbidden(at.ip())).collect();
    match fit.is_empty() {
        true => Err(io::Error::other(
            "its name leads to no place that a system is at",
        )),
        false => Ok(fit),
    }
}

impl Resolve for Resolver {
    fn resolve(&self, name: Name) -> Resolving {
        Box::pin(async move {
            let fit = places(name.as_str(), 0).await?;
            Ok(Box::new(fit.into_iter()) as Addrs)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_name_that_leads_to_the_clouds_own_services_leads_nowhere() {
        for (name, leads) in [("127.0.0.1", true), ("169.254.169.254", false)] {
            let found = Resolver.resolve(name.parse().unwrap()).await;
            assert_eq!(found.is_ok(), leads, "{name}");
            assert_eq!(places(name, 389).await.is_ok(), leads, "{name}");
        }
    }
}
