//! What is looked at on this machine: the options of `certwhy probe`, and of the commands that probe beside a log.

use std::path::PathBuf;

use clap::{Args, ValueHint};

use super::certificates;
use crate::error::Result;
use crate::probe::{Local, Request, unit};

/// Where the options stand in the help.
const HEADING: &str = "This machine";

/// What to look at on the machine that certwhy runs on.
#[derive(Debug, Clone, Args)]
pub struct LocalArgs {
    /// Look at the file system under this path: free space and inodes, mounted read-only. May be repeated.
    #[arg(long, help_heading = HEADING, value_name = "PATH", value_hint = ValueHint::AnyPath)]
    path: Vec<PathBuf>,
    /// Look at this private key: who may read it, and whether it belongs to the --certificate. Nothing of it is told.
    #[arg(long, help_heading = HEADING, value_name = "FILE", value_hint = ValueHint::FilePath)]
    key: Option<PathBuf>,
    /// Ask systemd for the state of this service. May be repeated.
    #[arg(long, help_heading = HEADING, value_name = "NAME", value_parser = unit)]
    service: Vec<String>,
    /// The certificate, PEM (with its chain) or DER: the endpoint should present it, and the --key belong to it.
    #[arg(long, help_heading = HEADING, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub certificate: Option<PathBuf>,
}

impl LocalArgs {
    /// What is looked at.
    pub fn local(&self) -> Local {
        Local { paths: self.path.clone(), key: self.key.clone(), services: self.service.clone() }
    }

    /// A request for it alone, without the network.
    ///
    /// # Errors
    /// The file with the certificate cannot be read.
    pub fn alone(&self) -> Result<Request> {
        let mut request = Request::here(self.local());
        self.set(&mut request)?;
        Ok(request)
    }

    /// Adds it to a request.
    ///
    /// # Errors
    /// The file with the certificate cannot be read.
    pub fn set(&self, request: &mut Request) -> Result<()> {
        request.local = self.local();
        if let Some(path) = &self.certificate {
            request.expected.chain = certificates(path)?;
        }
        Ok(())
    }
}
