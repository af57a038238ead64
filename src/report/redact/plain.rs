//! What stands where a secret could and is none.

/// Words that follow "password:" in messages and are no secrets.
const PLAIN: &[&str] = &[
    "a",
    "access",
    "accepted",
    "an",
    "and",
    "any",
    "are",
    "argument",
    "as",
    "at",
    "auth",
    "authentication",
    "authorization",
    "bad",
    "be",
    "because",
    "by",
    "callback",
    "can",
    "cannot",
    "certificate",
    "changed",
    "check",
    "checking",
    "contains",
    "could",
    "decryption",
    "default",
    "denied",
    "did",
    "disabled",
    "do",
    "does",
    "empty",
    "enabled",
    "enter",
    "error",
    "exists",
    "expected",
    "expired",
    "failed",
    "failure",
    "false",
    "file",
    "for",
    "found",
    "from",
    "given",
    "has",
    "hash",
    "have",
    "hidden",
    "if",
    "ignored",
    "illegal",
    "in",
    "incorrect",
    "integrity",
    "invalid",
    "is",
    "it",
    "its",
    "key",
    "keystore",
    "length",
    "login",
    "mac",
    "masked",
    "mismatch",
    "missing",
    "must",
    "no",
    "none",
    "not",
    "null",
    "of",
    "off",
    "ok",
    "on",
    "or",
    "permission",
    "please",
    "policy",
    "prompt",
    "protected",
    "provided",
    "read",
    "redacted",
    "rejected",
    "removed",
    "required",
    "reset",
    "see",
    "set",
    "sha1",
    "sha256",
    "sha384",
    "sha512",
    "md5",
    "strength",
    "supplied",
    "that",
    "the",
    "this",
    "to",
    "too",
    "true",
    "try",
    "type",
    "unable",
    "unauthorized",
    "undefined",
    "unknown",
    "unset",
    "unspecified",
    "unsupported",
    "unexpected",
    "updated",
    "use",
    "used",
    "user",
    "username",
    "using",
    "verification",
    "verify",
    "was",
    "when",
    "while",
    "will",
    "with",
    "wrong",
    "yes",
    "you",
    "your",
];

/// Endings of files: a name of one is where a secret is, not what it is.
const FILES: &[&str] = &[
    ".key",
    ".pem",
    ".crt",
    ".cer",
    ".p12",
    ".pfx",
    ".jks",
    ".json",
    ".txt",
    ".conf",
    ".ini",
    ".yaml",
    ".yml",
    ".ks",
    ".keystore",
    ".der",
    ".csr",
];

/// Whether a value is a word of a message, a placeholder, a mask or the name of a file.
pub fn is_plain(value: &str) -> bool {
    let trimmed = value.trim();
    let word = trimmed.trim_end_matches(['.', ',', ':', '!', '?']).to_ascii_lowercase();
    let masked = word.chars().all(|c| matches!(c, '*' | 'x' | '•' | '.' | '-'));
    word.is_empty()
        || masked
        || is_placeholder(trimmed)
        || PLAIN.contains(&word.as_str())
        || is_file(&word)
        || trimmed == "("
        || trimmed == "["
}

/// `<password>`, `${PASSWORD}`, `$PASSWORD`, `{{ password }}`, `%PASSWORD%`, `[redacted]`, `[secret 1]`.
fn is_placeholder(value: &str) -> bool {
    let name =
        |text: &str| !text.is_empty() && text.chars().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_');
    match value.as_bytes() {
        [b'<', .., b'>'] => true,
        [b'$', b'{' | b'(', ..] | [b'{', b'{', ..] | [b'%', b'(' | b'{', ..] => true,
        [b'[', ..] => value.ends_with(']') || value.starts_with("[secret") || value.starts_with("[redacted"),
        [b'$', ..] => name(&value[1..]) || value.starts_with("$env:"),
        [b'%', .., b'%'] => true,
        _ => false,
    }
}

fn is_file(word: &str) -> bool {
    let rooted =
        word.starts_with(['/', '~', '.']) || word.get(1..3).is_some_and(|drive| drive == ":\\" || drive == ":/");
    let path = rooted && word.matches(['/', '\\']).count() >= 2 && word.split(['/', '\\']).all(|part| part.len() <= 24);
    // Base64 may begin with a slash.
    !word.contains(['=', '+']) && (path || FILES.iter().any(|ending| word.ends_with(ending)))
}

/// Whether a value looks like no word: digits among letters, both cases within, or signs.
pub fn is_opaque(value: &str) -> bool {
    let value = value.trim();
    let digit = value.bytes().any(|b| b.is_ascii_digit());
    let letter = value.bytes().any(|b| b.is_ascii_alphabetic());
    let upper = value.bytes().skip(1).any(|b| b.is_ascii_uppercase());
    let lower = value.bytes().any(|b| b.is_ascii_lowercase());
    value.len() >= 6
        && (digit && letter && !is_version(value) || upper && lower && value.len() >= 12 || value.ends_with('='))
}

/// `v1.2.3`, `1.2.3-rc1`, `2026-11-24T03:00:04Z`, `10.0.0.1:443`: words with digits that prose has too.
fn is_version(value: &str) -> bool {
    let core = value.trim_start_matches(['v', 'V']);
    core.starts_with(|c: char| c.is_ascii_digit())
        && core.contains(['.', ':', '-'])
        && core.len() < 40
        && core.bytes().filter(u8::is_ascii_alphabetic).count() <= 4
}

/// Whether a secret can be told from words wherever it stands.
pub fn is_distinct(secret: &str) -> bool {
    let digit = secret.bytes().any(|b| b.is_ascii_digit());
    let letter = secret.bytes().any(|b| b.is_ascii_alphabetic());
    let sign = secret.bytes().any(|b| !b.is_ascii_alphanumeric());
    !secret.contains('\n')
        && (digit && letter || sign && letter && secret.len() >= 8)
        && !is_version(secret)
        && !is_plain(secret)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_and_values() {
        for plain in [
            "incorrect",
            "Required.",
            "*****",
            "<password>",
            "${STORE_PASS}",
            "$PASS",
            "[redacted]",
            "/etc/ssl/private/a.key",
        ] {
            assert!(is_plain(plain), "{plain}");
        }
        for value in ["hunter2", "$ecret1", "%40bc", "changeit", "/aB3+kd9/Zz=="] {
            assert!(!is_plain(value), "{value}");
        }
        assert!(
            is_opaque("hunter2x") && is_opaque("AbCdEfGhIjKlMn") && !is_opaque("connector") && !is_opaque("v1.20.3")
        );
        assert!(is_distinct("hunter2") && !is_distinct("changeit") && !is_distinct("10.0.0.1:443"));
    }
}
