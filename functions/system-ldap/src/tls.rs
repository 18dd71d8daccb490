//! TLS: whom a secret may be told.

use std::sync::Arc;

use rustls::{
    ClientConfig, RootCertStore,
    pki_types::{CertificateDer, pem::PemObject},
};
use rustls_platform_verifier::Verifier;

/// Whose certificates are trusted: those of the company's own authority, or those that this machine trusts.
pub(crate) fn tls(certificate: Option<&str>) -> Result<Arc<ClientConfig>, String> {
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let builder = ClientConfig::builder_with_provider(Arc::clone(&provider))
        .with_safe_default_protocol_versions()
        .map_err(|error| format!("TLS cannot be set up: {error}"))?;
    let config = match certificate {
        None => {
            let verifier = Verifier::new(provider)
                .map_err(|error| format!("TLS cannot be set up: {error}"))?;
            builder
                .dangerous()
                .with_custom_certificate_verifier(Arc::new(verifier))
        }
        Some(pem) => {
            let none = || "its setting `certificate` holds no certificate in PEM".to_owned();
            let mut roots = RootCertStore::empty();
            for certificate in CertificateDer::pem_slice_iter(pem.as_bytes()) {
                let certificate = certificate.map_err(|_| none())?;
                roots.add(certificate).map_err(|_| none())?;
            }
            if roots.is_empty() {
                return Err(none());
            }
            builder.with_root_certificates(roots)
        }
    };
    Ok(Arc::new(config.with_no_client_auth()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_certificate_that_is_none_is_said() {
        assert!(tls(Some("no PEM")).is_err());
        assert!(tls(None).is_ok());
    }
}
