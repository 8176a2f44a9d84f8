//! Certificates for tests of TLS, in files as people have them.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;

use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair, KeyUsagePurpose};
use tempfile::TempDir;

/// An authority (`ca.pem`) and what it has signed for localhost and 127.0.0.1 (`server.pem`, `key.pem`).
#[derive(Debug)]
pub struct Certificate {
    directory: TempDir,
}

impl Certificate {
    /// A new authority, which nobody trusts yet.
    ///
    /// # Panics
    ///
    /// Where the temporary directory can't be written to.
    #[expect(clippy::new_without_default, reason = "each is another one")]
    pub fn new() -> Self {
        let certificate = Self { directory: TempDir::new().expect("a temporary directory") };
        certificate.fill().expect("keys of a known kind can be made and used");
        certificate
    }

    fn fill(&self) -> Result<(), rcgen::Error> {
        let authority_key = KeyPair::generate()?;
        let mut authority = CertificateParams::new([])?;
        // Each has a name of its own, as clients look for authorities by name.
        authority.distinguished_name.push(DnType::CommonName, self.path("ca"));
        authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        // What OpenSSL's strict mode wants, which Python turns on.
        authority.key_usages = vec![KeyUsagePurpose::KeyCertSign];
        let root = authority.self_signed(&authority_key)?;
        let key = KeyPair::generate()?;
        let mut server = CertificateParams::new(["localhost".to_owned(), "127.0.0.1".to_owned()])?;
        server.use_authority_key_identifier_extension = true;
        let server = server.signed_by(&key, &Issuer::new(authority, authority_key))?;
        self.write("ca.pem", &root.pem(), 0o644);
        self.write("server.pem", &server.pem(), 0o644);
        self.write("key.pem", &key.serialize_pem(), 0o600);
        Ok(())
    }

    /// The path of a file.
    pub fn path(&self, name: &str) -> String {
        self.directory.path().join(name).to_string_lossy().into_owned()
    }

    /// Writes another file beside them, with these permissions.
    ///
    /// # Panics
    ///
    /// Where it can't be written.
    pub fn write(&self, name: &str, text: &str, mode: u32) {
        fs::write(self.path(name), text).expect("a temporary directory can be written to");
        fs::set_permissions(self.path(name), Permissions::from_mode(mode)).expect("the file is ours");
    }
}
