//! `certwhy collect certinext`.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use clap::builder::PossibleValuesParser;
use clap::{ArgGroup, Args, ValueEnum};
use jiff::Timestamp;
use serde_json::json;

use super::Common;
use crate::cli;
use crate::collect::{self, Api, Collected, Credentials, REGIONS, Request, Want, base_of_region};
use crate::error::{Error, Result};
use crate::input::snapshot::{Missing, Snapshot};
use crate::observe::snapshot::{Answered, Asked, build};
use crate::report::{printable, snapshot};
use crate::rule::model::Knowledge;

const HELP: &str = "\
Credentials come from the environment, or from a file that only you may read (chmod 600); never from
arguments. They stand in no output, no error and no file that is written.
  CERTINEXT_ACCOUNT_NUMBER   account_number: …   the number of the account
  CERTINEXT_CLIENT_SECRET    client_secret: …    API v2: the secret of its OAuth client
  CERTINEXT_ACCESS_KEY       access_key: …       API v1, and an older form of v2: its key

Why does this order not move? Why is this domain not validated?
  certwhy collect certinext --region us --order 7100000003 --out snapshot.json
  certwhy collect certinext --region us --domain api.example.com --facts
  certwhy diagnose bot.log snapshot.json

Without --order and --domain, recent orders that are not as they should be are looked into:
  certwhy collect certinext --region us | certwhy diagnose -

The proxy is the one of the environment (HTTPS_PROXY, NO_PROXY), which may name its own credentials.
Bots, connectors, deployments and schedules have no API: docs/collect.md says how to hand them in.

Exit codes: 0 everything came, 1 a part is missing (it is said which), 2 wrong use, or nothing came.";

#[derive(Debug, Args)]
#[command(after_help = HELP, group(ArgGroup::new("where").required(true).args(["region", "base"])))]
pub struct CertinextArgs {
    /// The region of the account: credentials of one are unknown to the others.
    #[arg(long, value_name = "REGION", value_parser = PossibleValuesParser::new(REGIONS.map(|(name, _)| name)))]
    region: Option<String>,
    /// Where the API is instead, https://HOST.
    #[arg(long, value_name = "URL")]
    base: Option<String>,
    /// Which generation of the API.
    #[arg(long, value_name = "VERSION", default_value = "v2")]
    api: Version,
    /// This order, with the domains that it waits for.
    #[arg(long, value_name = "ID", conflicts_with = "domain")]
    order: Option<String>,
    /// This domain, with its recent orders.
    #[arg(long, value_name = "NAME")]
    domain: Option<String>,
    /// Look into this many orders at most.
    #[arg(long, value_name = "N", default_value = "10", value_parser = clap::value_parser!(u16).range(1..=200))]
    limit: u16,
    /// Orders placed within this many days count as recent.
    #[arg(long, value_name = "DAYS", default_value = "30", value_parser = clap::value_parser!(u32).range(1..=3650))]
    days: u32,
    /// Take the credentials from this file.
    #[arg(long, value_name = "FILE", value_hint = clap::ValueHint::FilePath)]
    credentials: Option<PathBuf>,
    /// Write the snapshot into this file instead of printing it.
    #[arg(long, value_name = "FILE", value_hint = clap::ValueHint::FilePath)]
    out: Option<PathBuf>,
    /// Print the facts for a person, instead of the snapshot unless --out says where that goes.
    #[arg(long)]
    facts: bool,
    /// Keep the answers in this folder, without secrets and persons: for whoever writes mappings.
    #[arg(long, value_name = "DIR", value_hint = clap::ValueHint::DirPath)]
    raw: Option<PathBuf>,
    /// Seconds for everything together.
    #[arg(long, value_name = "SECONDS", default_value = "120", value_parser = clap::value_parser!(u64).range(1..=3600))]
    timeout: u64,
    /// Ask this many times more where that can help.
    #[arg(long, value_name = "N", default_value = "3", value_parser = clap::value_parser!(u32).range(0..=10))]
    retries: u32,
    /// Go through this proxy, http://HOST:PORT.
    #[arg(long, value_name = "URL", conflicts_with = "no_proxy")]
    proxy: Option<reqwest::Url>,
    /// Go through no proxy, whatever the environment says.
    #[arg(long)]
    no_proxy: bool,
    /// Trust the CA certificates in this file (PEM or DER) too.
    #[arg(long, value_name = "FILE", value_hint = clap::ValueHint::FilePath)]
    ca_file: Option<PathBuf>,
    /// Allow http:// for a server on this machine, for tests.
    #[arg(long)]
    allow_http: bool,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Version {
    /// OAuth; tells more about domain validation.
    V2,
    /// Signed requests.
    V1,
}

impl CertinextArgs {
    fn request(&self) -> Result<Request> {
        let api = match self.api {
            Version::V1 => Api::V1,
            Version::V2 => Api::V2,
        };
        let want = match (&self.order, &self.domain) {
            (Some(order), _) => Want::Order(order.clone()),
            (None, Some(domain)) => Want::Domain(domain.clone()),
            (None, None) => Want::Trouble,
        };
        let base = self.base.as_deref().or_else(|| base_of_region(self.region.as_deref()?)).unwrap_or_default();
        let mut request =
            Request::new(api, base, want, self.allow_http).map_err(|error| Error::Unknown(error.to_string()))?;
        (request.limit, request.days, request.retries) = (usize::from(self.limit), self.days, self.retries);
        request.timeout = Duration::from_secs(self.timeout);
        request.no_proxy = self.no_proxy;
        request.proxy.clone_from(&self.proxy);
        if self.proxy.as_ref().is_some_and(|proxy| !proxy.username().is_empty() || proxy.password().is_some()) {
            let why = "--proxy: leave name and password out of the arguments; HTTPS_PROXY may have them";
            return Err(Error::Unknown(why.to_owned()));
        }
        if let Some(path) = &self.ca_file {
            request.roots = cli::probe::certificates(path)?.into_iter().map(|certificate| certificate.der).collect();
        }
        Ok(request)
    }

    fn credentials(&self, api: Api) -> Result<Credentials> {
        let environment = |name: &str| std::env::var(name).ok();
        let read = Credentials::read(self.credentials.as_deref(), &environment);
        let read = read.and_then(|credentials| credentials.check(api).map(|()| credentials));
        read.map_err(|error| Error::Unknown(error.to_string()))
    }
}

pub fn run(args: &CertinextArgs, common: &Common) -> Result<ExitCode> {
    let request = args.request()?;
    let credentials = args.credentials(request.api)?;
    let knowledge = common.engine()?.knowledge;
    let collected =
        collect::run(&request, &credentials).map_err(|failure| Error::NoInput(vec![failure.to_string()]))?;
    if let Some(folder) = &args.raw {
        keep(&collected, folder)?;
    }
    let snapshot = of(&knowledge, &collected);
    let mut stderr = cli::stream(std::io::stderr(), common.color);
    let mut tell = |text: &str| drop(writeln!(stderr, "certwhy: {}", printable(text)));
    credentials.notes.iter().for_each(|note| tell(note));
    let nothing = snapshot.sets.is_empty() && !snapshot.missing.is_empty();
    if nothing {
        let why = snapshot.missing.iter().map(|missing| printable(&format!("{}: {}", missing.endpoint, missing.why)));
        return Err(Error::NoInput(why.collect()));
    }
    if let Some(path) = &args.out {
        write(path, &format!("{}\n", snapshot::json(&snapshot)))?;
    }
    match (args.facts, &args.out) {
        (true, _) => common.print(&snapshot::write(&snapshot, &knowledge, Timestamp::now(), cli::width()))?,
        (false, None) => common.print(&snapshot::json(&snapshot))?,
        (false, Some(path)) => common.print(&format!("{} written; certwhy diagnose {0}", path.display()))?,
    }
    if !args.facts {
        snapshot.notes.iter().for_each(|note| tell(note));
        snapshot
            .missing
            .iter()
            .for_each(|missing| tell(&format!("not collected: {}: {}", missing.endpoint, missing.why)));
    }
    Ok(if snapshot.missing.is_empty() { ExitCode::SUCCESS } else { ExitCode::from(1) })
}

fn of(knowledge: &Knowledge, collected: &Collected) -> Snapshot {
    let missing =
        collected.missing.iter().map(|m| Missing { endpoint: m.endpoint.clone(), why: m.why.clone() }).collect();
    let asked = Asked {
        source: collected.source.clone(),
        base: collected.base.clone(),
        at: collected.at,
        missing,
        notes: collected.notes.clone(),
    };
    let told = collected.parts.iter().filter(|part| part.tells);
    let answers: Vec<Answered> =
        told.map(|part| Answered { endpoint: &part.endpoint, at: part.at, body: &part.body }).collect();
    build(knowledge, asked, &answers)
}

/// Keeps every answer in a file of its own, numbered in the order in which they came.
fn keep(collected: &Collected, folder: &Path) -> Result<()> {
    std::fs::create_dir_all(folder).map_err(|source| Error::Unwritable { path: folder.to_owned(), source })?;
    for (ix, part) in collected.parts.iter().enumerate() {
        let name: String = part.endpoint.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).collect();
        let name: Vec<&str> = name.split('-').filter(|word| !word.is_empty()).collect();
        let name: String = name.join("-").chars().take(80).collect();
        let path = folder.join(format!("{:02}-{name}.json", ix + 1));
        let page = json!({ "endpoint": part.endpoint, "at": part.at.to_string(), "body": part.body });
        write(&path, &format!("{}\n", serde_json::to_string_pretty(&page).unwrap_or_default()))?;
    }
    Ok(())
}

fn write(path: &Path, text: &str) -> Result<()> {
    std::fs::write(path, text).map_err(|source| Error::Unwritable { path: path.to_owned(), source })
}
