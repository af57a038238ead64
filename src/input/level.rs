//! Levels of records.

use crate::rule::words::{Words, words};

words! {
    /// How serious the program that wrote a record found it.
    Level {
        /// Finest detail.
        Trace = "trace",
        /// For developers.
        Debug = "debug",
        /// Normal operation.
        Info = "info",
        /// Normal but worth a look.
        Notice = "notice",
        /// Something is odd.
        Warning = "warning",
        /// Something failed.
        Error = "error",
        /// The program cannot go on.
        Critical = "critical",
    }
}
