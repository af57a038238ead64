//! What signs in: from the environment, or from a file that nobody else may read. Never from arguments, which every user of
//! a machine can list.

use std::fmt;
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use serde_json::Value;

/// The longest file of credentials.
const MAX_FILE: u64 = 64 << 10;

/// Variables of the environment, and the keys of the file that say the same.
const NAMES: [(&str, &str); 3] = [
    ("CERTINEXT_ACCOUNT_NUMBER", "account_number"),
    ("CERTINEXT_CLIENT_SECRET", "client_secret"),
    ("CERTINEXT_ACCESS_KEY", "access_key"),
];

/// A value that is never printed.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// The value, for the request that needs it.
    pub(super) fn value(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[secret]")
    }
}

/// Who asks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Credentials {
    /// Number of the account; the client id of OAuth.
    pub account: String,
    /// Secret of the OAuth client (API v2).
    pub(super) client_secret: Option<Secret>,
    /// Access key: signs requests of API v1, and the older form of the token endpoint of v2.
    pub(super) access_key: Option<Secret>,
    /// What a person should know: that something could not be checked.
    pub notes: Vec<String>,
}

/// Why there are no credentials.
#[derive(Debug, thiserror::Error)]
pub enum CredentialError {
    /// The file cannot be read.
    #[error("--credentials {path}: {source}", path = path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// Others may read the file.
    #[error("--credentials {path}: others may read it (mode {mode:04o}); let only its owner: chmod 600 {path}", path = path.display())]
    Open {
        /// The file.
        path: PathBuf,
        /// Its permissions.
        mode: u32,
    },
    /// The file is not what it should be. What stands in it is not told.
    #[error("--credentials {path}{place}: {why}; write lines as `client_secret: …` (keys: account_number, client_secret, access_key)", path = path.display())]
    Form {
        /// The file.
        path: PathBuf,
        /// `:line:column`, where it is known.
        place: String,
        /// What is wrong.
        why: String,
    },
    /// Something is missing.
    #[error(
        "{missing}; set {variable} in the environment, or write `{key}: …` into a file of mode 0600 and name it with --credentials FILE"
    )]
    Missing {
        /// What.
        missing: &'static str,
        /// Its variable.
        variable: &'static str,
        /// Its key in the file.
        key: &'static str,
    },
}

impl Credentials {
    /// Reads them from a file, if there is one, and the environment for what it does not say.
    ///
    /// # Errors
    /// See [`CredentialError`]; no value stands in one.
    pub fn read(
        file: Option<&Path>,
        environment: &dyn Fn(&str) -> Option<String>,
    ) -> Result<Credentials, CredentialError> {
        let mut notes = Vec::new();
        let written = file.map(|path| read_file(path, &mut notes)).transpose()?.unwrap_or_default();
        let mut found = NAMES.map(|(variable, key)| {
            let own = written.iter().find(|(name, _)| name == key).map(|(_, value)| value.clone());
            own.or_else(|| environment(variable)).map(|v| v.trim().to_owned()).filter(|v| !v.is_empty())
        });
        let [account, client_secret, access_key] = &mut found;
        let missing =
            |ix: usize, missing| CredentialError::Missing { missing, variable: NAMES[ix].0, key: NAMES[ix].1 };
        let account = account.take().ok_or_else(|| missing(0, "the number of the account is not known"))?;
        Ok(Credentials {
            account,
            client_secret: client_secret.take().map(Secret),
            access_key: access_key.take().map(Secret),
            notes,
        })
    }

    /// Made by hand, for programs that keep secrets elsewhere.
    pub fn new(account: &str, client_secret: Option<&str>, access_key: Option<&str>) -> Credentials {
        let secret = |value: &str| Secret(value.to_owned());
        Credentials {
            account: account.to_owned(),
            client_secret: client_secret.map(secret),
            access_key: access_key.map(secret),
            notes: Vec::new(),
        }
    }

    /// Whether they are enough for an API.
    ///
    /// # Errors
    /// What is missing.
    pub fn check(&self, api: super::Api) -> Result<(), CredentialError> {
        let (ix, missing) = match api {
            super::Api::V2 if self.client_secret.is_none() && self.access_key.is_none() => {
                (1, "API v2 needs the secret of an OAuth client")
            }
            super::Api::V1 if self.access_key.is_none() => (2, "API v1 needs an access key"),
            _ => return Ok(()),
        };
        Err(CredentialError::Missing { missing, variable: NAMES[ix].0, key: NAMES[ix].1 })
    }
}

fn read_file(path: &Path, notes: &mut Vec<String>) -> Result<Vec<(String, String)>, CredentialError> {
    let unreadable = |source| CredentialError::Unreadable { path: path.to_owned(), source };
    let file = File::open(path).map_err(unreadable)?;
    private(path, &file, notes)?;
    let mut text = String::new();
    file.take(MAX_FILE).read_to_string(&mut text).map_err(unreadable)?;
    let form = |place: String, why: &str| CredentialError::Form { path: path.to_owned(), place, why: why.to_owned() };
    let document: Value = serde_yaml::from_str(&text).map_err(|error| {
        // What the reader says may quote the file.
        form(
            error.location().map_or_else(String::new, |at| format!(":{}:{}", at.line(), at.column())),
            "not valid YAML",
        )
    })?;
    let Value::Object(map) = document else { return Err(form(String::new(), "it holds no keys")) };
    let mut out = Vec::new();
    for (key, value) in map {
        if !NAMES.iter().any(|(_, name)| *name == key) {
            return Err(form(String::new(), "it has a key that means nothing here"));
        }
        let text = match value {
            Value::String(text) => text,
            Value::Number(number) => number.to_string(),
            _ => return Err(form(String::new(), &format!("{key} has no text"))),
        };
        out.push((key, text));
    }
    Ok(out)
}

/// Refuses a file that others may read.
#[cfg(unix)]
fn private(path: &Path, file: &File, _: &mut Vec<String>) -> Result<(), CredentialError> {
    use std::os::unix::fs::PermissionsExt;
    let metadata = file.metadata().map_err(|source| CredentialError::Unreadable { path: path.to_owned(), source })?;
    let mode = metadata.permissions().mode() & 0o777;
    if mode & 0o077 != 0 { Err(CredentialError::Open { path: path.to_owned(), mode }) } else { Ok(()) }
}

/// Who may read a file is not told by a mode here.
#[cfg(not(unix))]
fn private(path: &Path, _: &File, notes: &mut Vec<String>) -> Result<(), CredentialError> {
    notes.push(format!("who else may read {} was not checked on this system", path.display()));
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn from_the_environment_and_never_printed() {
        let environment = |name: &str| match name {
            "CERTINEXT_ACCOUNT_NUMBER" => Some(" 2170000001 ".to_owned()),
            "CERTINEXT_CLIENT_SECRET" => Some("hunter2hunter2".to_owned()),
            _ => None,
        };
        let read = Credentials::read(None, &environment).expect("credentials");
        assert_eq!(read.account, "2170000001");
        assert!(!format!("{read:?}").contains("hunter2"));
        assert!(read.check(crate::collect::Api::V2).is_ok());
        let why = read.check(crate::collect::Api::V1).expect_err("no access key").to_string();
        assert!(why.contains("CERTINEXT_ACCESS_KEY") && why.contains("access_key:"), "{why}");
        let none = Credentials::read(None, &|_| None).expect_err("no account").to_string();
        assert!(none.contains("CERTINEXT_ACCOUNT_NUMBER"), "{none}");
    }

    #[cfg(unix)]
    #[test]
    fn a_file_counts_only_while_nobody_else_may_read_it() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("credentials.yaml");
        let write = |text: &str, mode: u32| {
            std::fs::write(&path, text).expect("a file");
            std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).expect("a mode");
            Credentials::read(Some(&path), &|_| None)
        };
        let text = "account_number: 2170000001\nclient_secret: hunter2hunter2\n";
        assert_eq!(write(text, 0o600).expect("credentials").account, "2170000001");
        let open = write(text, 0o640).expect_err("open to the group").to_string();
        assert!(open.contains("0640") && open.contains("chmod 600"), "{open}");
        for broken in ["client_secret: [hunter2hunter2\n", "hunter2hunter2\n", "client_secrets: hunter2hunter2\n"] {
            let why = write(broken, 0o600).expect_err("no credentials").to_string();
            assert!(!why.contains("hunter2"), "{why}");
        }
    }
}
