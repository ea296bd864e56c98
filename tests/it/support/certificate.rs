//! Certificates of a test authority.

use rcgen::{BasicConstraints, Certificate, CertificateParams, IsCa, Issuer, KeyPair};

/// A certificate, and what it takes to show and to trust it.
pub(crate) struct Certified {
    /// The authority's own certificate, as PEM.
    pub(crate) root: String,
    pub(crate) leaf: Certificate,
    pub(crate) key: KeyPair,
}

impl Certified {
    /// For these names and addresses, by an authority of its own.
    pub(crate) fn of(names: &[&str]) -> Self {
        let mut authority = CertificateParams::new(Vec::new()).unwrap();
        authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let key = KeyPair::generate().unwrap();
        let root = authority.self_signed(&key).unwrap().pem();
        let issuer = Issuer::new(authority, key);
        let key = KeyPair::generate().unwrap();
        let names: Vec<_> = names.iter().map(|name| (*name).to_owned()).collect();
        let leaf = CertificateParams::new(names).unwrap().signed_by(&key, &issuer).unwrap();
        Self { root, leaf, key }
    }
}
