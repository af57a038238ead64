//! Words by which a record is looked at even where no pattern matches. The build script includes this file too.

/// Words that programs use when something fails.
pub const FAILURE: [&str; 10] =
    ["error", "failed", "failure", "fatal", "exception", "denied", "refused", "timed out", "cannot ", "unable to"];

/// Words that say why something failed, and that stand in many a line of normal operation too: with one of them, also a
/// pattern of everyday words is looked for in a long log.
pub const REASON: [&str; 17] = [
    "invalid",
    "not found",
    "no such",
    "expired",
    "could not",
    "couldn't",
    "can't",
    "unauthorized",
    "unauthorised",
    "forbidden",
    "not allowed",
    "not supported",
    "unsupported",
    "incorrect",
    "mismatch",
    "does not",
    "doesn't",
];

/// Levels of records in which something failed, where they are not one of [`FAILURE`] anyway.
pub const LEVELS: [&str; 8] =
    ["[crit]", "[alert]", "[emerg]", "[err]", "severe", "critical", "\"level\":50", "\"level\":60"];

/// What stands before the fields of a certificate.
pub const CERTIFICATE: [&str; 8] =
    ["notbefore=", "notafter=", "not before", "not after", "start date: ", "expire date: ", "subject=", "subject:"];

/// All of them.
pub fn all() -> Vec<&'static str> {
    [FAILURE.as_slice(), &REASON, &LEVELS, &CERTIFICATE].concat()
}
