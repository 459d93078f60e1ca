//! TLS: rustls with ring, and whom it trusts.

use std::sync::Arc;

use rustls::{ClientConfig, RootCertStore, crypto::ring};

/// Trusts the authorities of the machine (so that an operator's own authority works) and those that
/// browsers trust, which are built in: a machine without a certificate package can still reach public
/// nodes. What the machine cannot read or rustls does not understand is left out.
pub(crate) fn config() -> Result<ClientConfig, rustls::Error> {
    let mut roots = RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() };
    let machine = rustls_native_certs::load_native_certs();
    for error in &machine.errors {
        tracing::debug!(%error, "certificates of this machine left out");
    }
    let (added, ignored) = roots.add_parsable_certificates(machine.certs);
    tracing::debug!(added, ignored, "certificate authorities of this machine");
    let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()?
        .with_root_certificates(roots)
        .with_no_client_auth();
    Ok(config)
}

#[cfg(test)]
mod tests {
    #[test]
    fn trusts_public_authorities_without_any_on_the_machine() {
        assert!(webpki_roots::TLS_SERVER_ROOTS.len() > 50);
        super::config().unwrap();
    }
}
