//! Names of hosts, without those that lead to the cloud's own services: whoever owns a name says where it leads.

use latchkey_address::is_forbidden;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};

/// Resolves as the operating system does, and keeps back the addresses at which no system is.
pub(crate) struct Resolver;

impl Resolve for Resolver {
    fn resolve(&self, name: Name) -> Resolving {
        Box::pin(async move {
            let found = tokio::net::lookup_host((name.as_str(), 0)).await?;
            let fit: Vec<_> = found.filter(|at| !is_forbidden(at.ip())).collect();
            if fit.is_empty() {
                return Err("its name leads to no place that a system is at".into());
            }
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
        }
    }
}
