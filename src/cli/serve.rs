//! `certwhy serve`.

use std::io::IsTerminal;
use std::process::ExitCode;
use std::time::Duration;

use axum::http::HeaderValue;
use clap::{Args, ValueEnum};
use tracing_subscriber::EnvFilter;

use super::Common;
use crate::engine::Engine;
use crate::error::Result;
use crate::publish::service::{self, Config};

const HELP: &str = "\
Examples:
  certwhy serve                                            a page at http://127.0.0.1:8080
  curl --data-binary @bot.log localhost:8080/api/v1/diagnose?format=text
  curl -F file=@bot.log -F file=@status.yaml -F fact=dcv.method=dns-01 localhost:8080/api/v1/diagnose
  certwhy serve --listen unix:/run/certwhy/http.sock --trust-proxy    behind a proxy on the same machine
  certwhy --rules mypack serve                             with rules of your own; SIGHUP reads them anew

GET /api/v1/openapi.json describes everything that it answers. It has no accounts and no TLS: put a
proxy before it that has both before others can reach it. What is handed in is not kept and not
logged, and no address or path in it is opened. CERTWHY_LOG=debug makes the log talk more.

Exit codes: 0 stopped by Ctrl-C or SIGTERM, 2 wrong use, broken rules, or an address that cannot be had.";

#[derive(Debug, Args)]
#[command(after_help = HELP)]
pub struct ServeArgs {
    /// Where to listen: an address with a port (0: any free one), or unix:PATH for a socket.
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:8080")]
    listen: String,
    /// The largest body that is taken, after gzip of the transfer is undone: 500K, 64M, 1G.
    #[arg(long, value_name = "SIZE", default_value = "64M", value_parser = size)]
    max_body: u64,
    /// How many diagnoses work at once [default: as many as there are processors].
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    max_concurrent: Option<u16>,
    /// How many diagnoses wait beside these before others are turned away (503).
    #[arg(long, value_name = "N", default_value_t = 256)]
    max_waiting: u16,
    /// How many connections may be open.
    #[arg(long, value_name = "N", default_value_t = 1024, value_parser = clap::value_parser!(u16).range(1..))]
    max_connections: u16,
    /// The longest time for a diagnosis, from its headers to its answer.
    #[arg(long, value_name = "SECONDS", default_value_t = 60, value_parser = clap::value_parser!(u32).range(1..=86400))]
    timeout: u32,
    /// The longest time for the headers of a request, and the longest silence in its body.
    #[arg(long, value_name = "SECONDS", default_value_t = 10, value_parser = clap::value_parser!(u32).range(1..=86400))]
    read_timeout: u32,
    /// How long what is under way may take when the service is stopped.
    #[arg(long, value_name = "SECONDS", default_value_t = 20, value_parser = clap::value_parser!(u32).range(0..=86400))]
    grace: u32,
    /// How many diagnoses a minute one address may ask for; 0: any number.
    #[arg(long, value_name = "N", default_value_t = 120)]
    rate: u32,
    /// Believe the last address in X-Forwarded-For. Only behind a proxy that sets it.
    #[arg(long)]
    trust_proxy: bool,
    /// Let pages of this origin use the service (https://help.example.com). May be repeated.
    #[arg(long, value_name = "ORIGIN", value_parser = origin)]
    allow_origin: Vec<HeaderValue>,
    /// How lines of the log look.
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    log_format: LogFormat,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum LogFormat {
    /// For a person.
    Text,
    /// For a program: a line of JSON each.
    Json,
}

fn size(text: &str) -> std::result::Result<u64, String> {
    let letters = text.trim_start_matches(|c: char| c.is_ascii_digit());
    let number: Option<u64> = text.strip_suffix(letters).and_then(|digits| digits.parse().ok());
    let shift = match letters.to_ascii_uppercase().as_str() {
        "" => Some(0),
        "K" | "KB" | "KIB" => Some(10),
        "M" | "MB" | "MIB" => Some(20),
        "G" | "GB" | "GIB" => Some(30),
        _ => None,
    };
    let size = number.zip(shift).and_then(|(number, shift)| number.checked_mul(1 << shift));
    size.filter(|size| *size > 0).ok_or_else(|| "write a size as 500K, 64M or 1G".to_owned())
}

fn origin(text: &str) -> std::result::Result<HeaderValue, String> {
    let wrong =
        || "write an origin as https://help.example.com: a scheme and a host, and nothing behind them".to_owned();
    let host = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://")).ok_or_else(wrong)?;
    if host.is_empty() || host.contains(['/', '?', '#', '*', ' ']) {
        return Err(wrong());
    }
    text.parse().map_err(|_| wrong())
}

pub fn run(args: &ServeArgs, common: &Common) -> Result<ExitCode> {
    log(args.log_format);
    let seconds = |seconds: u32| Duration::from_secs(seconds.into());
    let config = Config {
        listen: args.listen.clone(),
        max_body: args.max_body,
        max_concurrent: args.max_concurrent.map_or_else(|| Config::default().max_concurrent, usize::from),
        max_waiting: args.max_waiting.into(),
        max_connections: args.max_connections.into(),
        timeout: seconds(args.timeout),
        read_timeout: seconds(args.read_timeout),
        grace: seconds(args.grace),
        rate: args.rate,
        trust_proxy: args.trust_proxy,
        allow_origin: args.allow_origin.clone(),
        signals: true,
    };
    let common = common.clone();
    let running = service::start(config, Box::new(move || -> Result<Engine> { common.engine() }))?;
    match running.address() {
        Some(address) => {
            tracing::info!("listening on http://{address}");
            if !address.ip().is_loopback() {
                tracing::warn!(
                    "others can reach it: it has no accounts and no TLS of its own, so let a proxy stand before it"
                );
            }
        }
        None => tracing::info!("listening on {}", args.listen),
    }
    running.wait();
    Ok(ExitCode::SUCCESS)
}

/// To standard error, from a level that CERTWHY_LOG may set.
fn log(format: LogFormat) {
    let filter = EnvFilter::try_from_env("CERTWHY_LOG").unwrap_or_else(|_| EnvFilter::new("info"));
    let lines = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).with_target(false);
    // There may be one already, in a test.
    let _ = match format {
        LogFormat::Text => lines.with_ansi(std::io::stderr().is_terminal()).try_init(),
        LogFormat::Json => lines.json().flatten_event(true).with_current_span(false).try_init(),
    };
}
