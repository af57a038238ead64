//! The command line: parse, call, exit code.

use std::process::ExitCode;

fn main() -> ExitCode {
    certwhy::cli::run(std::env::args_os())
}
