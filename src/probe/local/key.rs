//! A private key: who may read it, and whether it belongs to the certificate. It is read into memory that is wiped
//! afterwards; nothing of it is kept or told, and no message of a parser either, as these may quote what they read.

use std::fs::{File, Metadata};
use std::io::Read;
use std::path::Path;

use rustls::crypto::ring::sign::any_supported_type;
use rustls::pki_types::PrivateKeyDer;
use rustls::pki_types::pem::PemObject;
use zeroize::{Zeroize, Zeroizing};

use super::super::certificate::Certificate;
use super::super::finding::{Asked, Check, Finding, Verdict};

/// Bytes of a file that may hold a key: an RSA key of 16384 bits with a long chain takes a tenth of it.
const MAX_FILE: usize = 256 << 10;
/// id-PBES2 and pkcs-12PbeIds, encoded: with these begins an encrypted key in DER (RFC 8018, RFC 7292).
const ENCRYPTED: [&[u8]; 2] = [
    &[0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x05, 0x0d],
    &[0x06, 0x0a, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x0c, 0x01],
];
/// Where in the file such an identifier stands at the latest.
const HEAD: usize = 24;

/// Who may read the key, and whether it belongs to the first certificate of the chain.
pub fn look(path: &Path, chain: &[Certificate]) -> Vec<Finding> {
    let asked = Asked::new(Check::Local, format!("the private key {}", path.display()), "");
    let belongs = Asked::new(Check::Local, format!("whether {} belongs to the certificate", path.display()), "");
    let (file, meta) = match open(path) {
        Ok(file) => file,
        Err(Refused::Missing) => {
            let meaning = "Whatever is to use the key fails.";
            return vec![asked.found(Verdict::Bad, "no such file", meaning)];
        }
        Err(Refused::Other(why)) => return vec![asked.found(Verdict::Unknown, why, "")],
    };
    let key = content(file).and_then(|content| public_key(&content));
    if let Err(unusable @ Unusable::None(_)) = key {
        // Who may read what is no key matters to nobody.
        return vec![unusable.found(asked)];
    }
    let held = match (key, chain.first()) {
        (Ok(key), Some(leaf)) => compare(belongs, &key, leaf, chain),
        (Ok(_), None) => asked.found(Verdict::Good, "a server can use it", "--certificate FILE compares it with that."),
        (Err(unusable), _) => unusable.found(asked),
    };
    vec![rights(path, &meta), held]
}

fn compare(asked: Asked, key: &[u8], leaf: &Certificate, chain: &[Certificate]) -> Finding {
    let place = chain.iter().position(|certificate| certificate.public_key == key);
    let shown = leaf.line();
    let (verdict, answer, meaning) = match place {
        Some(0) => (Verdict::Good, format!("it does: {shown}"), ""),
        Some(at) => (
            Verdict::Bad,
            format!("no, but to certificate {} of the file; the first is: {shown}", at + 1),
            "Servers take the first certificate of the file as their own: the order is wrong.",
        ),
        None => (
            Verdict::Bad,
            format!("no; the certificate is: {shown}"),
            "One of the two is from another order. Servers refuse such a pair, and do not start with it.",
        ),
    };
    asked.found(verdict, answer, meaning).fact("deployment.key_matches", place == Some(0))
}

enum Refused {
    Missing,
    Other(String),
}

/// Opens a file of ordinary kind and size. A pipe would make a reader wait, and a device may do anything.
fn open(path: &Path) -> Result<(File, Metadata), Refused> {
    let refused = |error: std::io::Error| match error.kind() {
        std::io::ErrorKind::NotFound => Refused::Missing,
        std::io::ErrorKind::PermissionDenied => Refused::Other("this account may not read it".to_owned()),
        _ => Refused::Other(error.to_string()),
    };
    let fits = |meta: &Metadata| match meta.is_file() {
        false => Err(Refused::Other("it is no file".to_owned())),
        true if meta.len() > MAX_FILE as u64 => Err(Refused::Other("it is too large for a key".to_owned())),
        true => Ok(()),
    };
    fits(&path.metadata().map_err(refused)?)?;
    let mut options = File::options();
    options.read(true);
    // What took its place since is not waited for either.
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::custom_flags(&mut options, nonblocking());
    let file = options.open(path).map_err(refused)?;
    let meta = file.metadata().map_err(refused)?;
    fits(&meta)?;
    Ok((file, meta))
}

#[cfg(unix)]
fn nonblocking() -> i32 {
    i32::try_from(rustix::fs::OFlags::NONBLOCK.bits()).unwrap_or(0)
}

/// Why a file tells no public key.
enum Unusable {
    Unread,
    Encrypted,
    Broken,
    None(&'static str),
    Unknown,
}

impl Unusable {
    fn found(self, asked: Asked) -> Finding {
        let by_hand = "openssl pkey -in KEY -pubout and openssl x509 -in CERTIFICATE -noout -pubkey print the same where \
                       the two belong together.";
        let (verdict, answer, meaning) = match self {
            Unusable::Unread => (Verdict::Unknown, "the file could not be read to its end", ""),
            Unusable::Encrypted => (Verdict::Unknown, "the key is encrypted, and was not opened", by_hand),
            Unusable::Broken => (Verdict::Bad, "the PEM is broken", "A server cannot read it."),
            Unusable::None(what) => (Verdict::Bad, what, "A server finds no key in it."),
            Unusable::Unknown => (
                Verdict::Unknown,
                "the key is broken, or none of RSA from 2048 to 4096 bits, ECDSA with P-256 or P-384, and Ed25519",
                by_hand,
            ),
        };
        asked.found(verdict, answer, meaning)
    }
}

fn content(file: File) -> Result<Zeroizing<Vec<u8>>, Unusable> {
    // Room for all of it at once: what grows leaves copies behind.
    let mut content = Zeroizing::new(Vec::with_capacity(MAX_FILE + 1));
    file.take(MAX_FILE as u64 + 1).read_to_end(&mut content).map_err(|_| Unusable::Unread)?;
    if content.len() > MAX_FILE { Err(Unusable::Unread) } else { Ok(content) }
}

/// The public key that belongs to the private one, as it stands in a certificate (SubjectPublicKeyInfo, DER).
fn public_key(content: &[u8]) -> Result<Vec<u8>, Unusable> {
    let mut key = match content.windows(11).any(|window| window == b"-----BEGIN ") {
        true => in_pem(content)?,
        false => {
            let head = &content[..content.len().min(HEAD + 11)];
            if ENCRYPTED.iter().any(|id| head.windows(id.len()).any(|window| window == *id)) {
                return Err(Unusable::Encrypted);
            }
            PrivateKeyDer::try_from(content).map_err(|_| Unusable::None("no private key is in it"))?.clone_key()
        }
    };
    let signing = any_supported_type(&key);
    key.zeroize();
    let signing = signing.map_err(|_| Unusable::Unknown)?;
    signing.public_key().map(|key| key.to_vec()).ok_or(Unusable::Unknown)
}

/// The first private key of a PEM file, which may hold certificates and parameters before it.
fn in_pem(content: &[u8]) -> Result<PrivateKeyDer<'static>, Unusable> {
    let begin = |line: &&[u8]| line.starts_with(b"-----BEGIN ") && line.ends_with(b"PRIVATE KEY-----");
    let mut lines = content.split(|byte| *byte == b'\n').map(<[u8]>::trim_ascii);
    let Some(label) = lines.find(begin) else {
        return Err(Unusable::None("no private key is in it, only other objects in PEM"));
    };
    let head = lines.next().unwrap_or_default();
    match label {
        // RFC 5958; or the header of RFC 1421 before keys in the form of PKCS#1 and SEC1.
        b"-----BEGIN ENCRYPTED PRIVATE KEY-----" => return Err(Unusable::Encrypted),
        _ if head.starts_with(b"Proc-Type:") && head.ends_with(b"ENCRYPTED") => return Err(Unusable::Encrypted),
        b"-----BEGIN OPENSSH PRIVATE KEY-----" => {
            return Err(Unusable::None("the key is one in the form of OpenSSH, which TLS servers do not read"));
        }
        _ => {}
    }
    PrivateKeyDer::from_pem_slice(content).map_err(|_| Unusable::Broken)
}

/// Who may read the file.
#[cfg(unix)]
fn rights(path: &Path, meta: &Metadata) -> Finding {
    use std::os::unix::fs::MetadataExt;
    let asked = Asked::new(Check::Local, format!("who may read {}", path.display()), "");
    let (mode, owner) = (meta.mode() & 0o7777, account(meta.uid()));
    let answer = format!("mode {mode:04o}, owner {owner}, group {}", account(meta.gid()));
    let told = |asked: Asked, verdict, answer: String, meaning: &str, others: bool| {
        asked.found(verdict, answer, meaning).fact("deployment.key_readable_by_others", others)
    };
    // A folder above that others may not enter keeps them from the key, whatever its own mode.
    let closed = path.canonicalize().ok().and_then(|path| {
        let shut = |folder: &&Path| folder.metadata().is_ok_and(|meta| meta.mode() & 0o001 == 0);
        path.ancestors().skip(1).find(shut).map(Path::to_owned)
    });
    match (mode & 0o006, mode & 0o060, closed) {
        (0, 0, _) => told(asked, Verdict::Good, answer, "Only its owner may read it.", false),
        (0, _, _) => told(asked, Verdict::Good, answer, "Its owner and its group may read it.", false),
        (_, _, Some(folder)) => {
            let meaning =
                format!("Only the folder {} keeps others from it: give the key the mode 0600.", folder.display());
            told(asked, Verdict::Odd, answer, &meaning, false)
        }
        (4, ..) => told(asked, Verdict::Bad, answer, "Every account of this machine may read it.", true),
        (2, ..) => told(asked, Verdict::Bad, answer, "Every account of this machine may overwrite it.", false),
        _ => told(asked, Verdict::Bad, answer, "Every account of this machine may read and overwrite it.", true),
    }
}

/// Elsewhere rights are lists, which are not looked at.
#[cfg(not(unix))]
fn rights(path: &Path, _: &Metadata) -> Finding {
    let asked = Asked::new(Check::Local, format!("who may read {}", path.display()), "");
    asked.found(Verdict::Unknown, "not looked at on this system", "icacls shows it.")
}

/// An account or group for a person; names of others stand in databases that may be far away.
#[cfg(unix)]
fn account(id: u32) -> String {
    if id == 0 { "root".to_owned() } else { id.to_string() }
}
