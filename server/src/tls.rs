//! TLS: a certificate and its key from files, read once at the start. Whatever is wrong with them ends
//! the start, so that nobody believes to be private who is not.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use planner::system_table::Encryption;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::rustls::{self, ProtocolVersion, ServerConfig, ServerConnection};

/// No certificate or key is larger.
const FILE_BYTES_MAX: u64 = 1 << 20;

/// Where the certificate and its key are.
#[derive(Clone, Debug)]
pub struct TlsFiles {
    /// The server's certificate first, then those that vouch for it (PEM).
    pub certificate: PathBuf,
    /// Its private key (PEM: PKCS #8, PKCS #1 or SEC 1).
    pub key: PathBuf,
}

/// Why there can be no TLS.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// A file can't be read.
    #[error("cannot read {path}: {source}")]
    File {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// A file holds something else.
    #[error("{path} does not hold {what} in PEM form: {reason}")]
    Content {
        /// The file.
        path: PathBuf,
        /// What it should hold.
        what: &'static str,
        /// Why it does not.
        reason: String,
    },
    /// Others can read the key.
    #[error(
        "private key file {path} has group or world access: it must be for its owner alone (chmod 600), or belong to root and be readable by its group at most (chmod 640)"
    )]
    Permissions {
        /// The file.
        path: PathBuf,
    },
    /// The certificate and the key are of no use together.
    #[error("the certificate {certificate} and the private key {key} cannot be used: {source}")]
    Pair {
        /// The certificate's file.
        certificate: PathBuf,
        /// The key's file.
        key: PathBuf,
        /// Why.
        #[source]
        source: rustls::Error,
    },
}

/// What makes connections private with these files: TLS 1.2 and 1.3, no certificates of clients.
pub fn config(files: &TlsFiles) -> Result<Arc<ServerConfig>, TlsError> {
    let pair =
        |source| TlsError::Pair { certificate: files.certificate.clone(), key: files.key.clone(), source };
    let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(pair)?
        .with_no_client_auth()
        .with_single_cert(certificates(&files.certificate)?, key(&files.key)?)
        .map_err(pair)?;
    Ok(Arc::new(config))
}

fn certificates(path: &Path) -> Result<Vec<CertificateDer<'static>>, TlsError> {
    let content = |reason: String| TlsError::Content { path: path.to_owned(), what: "a certificate", reason };
    let text = read(path, false)?;
    let chain = CertificateDer::pem_slice_iter(&text).collect::<Result<Vec<_>, _>>();
    match chain {
        Ok(chain) if chain.is_empty() => Err(content("there is none".to_owned())),
        Ok(chain) => Ok(chain),
        Err(error) => Err(content(error.to_string())),
    }
}

fn key(path: &Path) -> Result<PrivateKeyDer<'static>, TlsError> {
    PrivateKeyDer::from_pem_slice(&read(path, true)?).map_err(|error| TlsError::Content {
        path: path.to_owned(),
        what: "a private key that is not encrypted",
        reason: error.to_string(),
    })
}

fn read(path: &Path, is_secret: bool) -> Result<Vec<u8>, TlsError> {
    let failed = |source| TlsError::File { path: path.to_owned(), source };
    let mut file = File::open(path).map_err(failed)?;
    if is_secret && !is_private(&file.metadata().map_err(failed)?) {
        return Err(TlsError::Permissions { path: path.to_owned() });
    }
    let mut text = Vec::new();
    file.by_ref().take(FILE_BYTES_MAX).read_to_end(&mut text).map_err(failed)?;
    Ok(text)
}

/// PostgreSQL's rule (15, 19.9.1): 0600, or 0640 where the file is root's.
#[cfg(unix)]
fn is_private(file: &std::fs::Metadata) -> bool {
    use std::os::unix::fs::MetadataExt;
    let others = if file.uid() == 0 { 0o037 } else { 0o077 };
    file.mode() & others == 0
}

#[cfg(not(unix))]
fn is_private(_: &std::fs::Metadata) -> bool {
    true
}

/// How a connection is encrypted, in OpenSSL's words.
pub fn encryption(connection: &ServerConnection) -> Encryption {
    let version = match connection.protocol_version() {
        Some(ProtocolVersion::TLSv1_2) => "TLSv1.2",
        _ => "TLSv1.3",
    };
    let suite = connection.negotiated_cipher_suite();
    let name = suite.and_then(|suite| suite.suite().as_str()).unwrap_or_default();
    let bits = if name.contains("AES_128") { 128 } else { 256 };
    Encryption { version, cipher: openssl_name(name), bits }
}

/// `TLS13_AES_256_GCM_SHA384` is `TLS_AES_256_GCM_SHA384`, and
/// `TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384` of TLS 1.2 `ECDHE-RSA-AES256-GCM-SHA384`.
fn openssl_name(suite: &str) -> String {
    if let Some(name) = suite.strip_prefix("TLS13_") {
        return format!("TLS_{name}");
    }
    let name = suite.strip_prefix("TLS_").unwrap_or(suite);
    let name = name.replace("_WITH_", "-").replace("AES_", "AES").replace('_', "-");
    name.strip_suffix("POLY1305-SHA256").map_or(name.clone(), |rest| format!("{rest}POLY1305"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn suites_are_named_as_openssl_names_them() {
        for (suite, name) in [
            ("TLS13_AES_256_GCM_SHA384", "TLS_AES_256_GCM_SHA384"),
            ("TLS13_CHACHA20_POLY1305_SHA256", "TLS_CHACHA20_POLY1305_SHA256"),
            ("TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256", "ECDHE-RSA-AES128-GCM-SHA256"),
            ("TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384", "ECDHE-ECDSA-AES256-GCM-SHA384"),
            ("TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256", "ECDHE-RSA-CHACHA20-POLY1305"),
        ] {
            assert_eq!(openssl_name(suite), name);
        }
    }
}
