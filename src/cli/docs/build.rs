//! `certwhy docs build`.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, ValueEnum};

use super::tool;
use crate::cli::Common;
use crate::cli::site::{self, SiteArgs};
use crate::diagnostic::count;
use crate::engine::Engine;
use crate::error::{Error, Result};
use crate::publish::folder;
use crate::publish::pages::formats::{self, FragmentOptions, Tool};
use crate::publish::pages::{self, Page, check};

/// Links that lead nowhere and are listed.
const SHOWN: usize = 20;

const HELP: &str = "\
Examples:
  certwhy docs build --out site                                     a site of its own: open site/index.html
  certwhy --rules mypack docs build --out site                      with the causes of a pack of yours
  certwhy docs build --out site --title 'Certificate help' --brand '#7a1f5c' --logo logo.svg
  certwhy docs build --out site --base-url https://docs.example.com/certwhy/
  certwhy docs build --out kb --format markdown --for gitbook       a folder that GitBook imports (docusaurus, mkdocs, confluence)
  certwhy docs build --out kb --format fragment --heading-level 3   pieces of HTML to put into pages of yours
  certwhy docs build --out kb --format json                         one file with all pages, for other programs

The same rules make the same bytes. A folder of their own is wanted: files that an earlier run wrote and that are no
longer wanted are taken away, and a folder with files of others is refused.

Exit codes: 0 written, 2 a link leads nowhere, or the folder cannot be written.";

#[derive(Debug, Args)]
#[command(after_help = HELP)]
pub struct BuildArgs {
    /// The folder to write to; made where it is missing.
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
    /// What to write.
    #[arg(long, value_name = "FORMAT", default_value = "html")]
    format: Format,
    /// With --format markdown: the tool that reads it [default: plain].
    #[arg(long = "for", value_name = "TOOL", value_parser = tool(|_| true))]
    tool: Option<Tool>,
    /// With --format fragment: level of the titles, 1 to 6; the headings below follow.
    #[arg(long, value_name = "N", default_value_t = 2, value_parser = clap::value_parser!(u8).range(1..=6))]
    heading_level: u8,
    /// Write into a folder with files of others too; they stay, unless one has the name of a page.
    #[arg(long)]
    force: bool,
    #[command(flatten)]
    site: SiteArgs,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// A site of its own.
    Html,
    /// Markdown for a documentation tool, see --for.
    Markdown,
    /// Pieces of HTML without a head, styles or scripts; their classes and ids begin with certwhy-.
    Fragment,
    /// One file with all pages.
    Json,
}

pub fn run(args: &BuildArgs, common: &Common) -> Result<ExitCode> {
    if args.tool.is_some() && args.format != Format::Markdown {
        return Err(Error::Site("--for belongs to --format markdown".to_owned()));
    }
    args.site.check()?;
    let pack = common.pack()?;
    let engine = Engine::new(&pack)?;
    let pages = pages::all(&engine, &pack);
    links(&pages)?;
    let files = match args.format {
        Format::Html => {
            site::write(&engine, &pages, (&args.out, args.force), &args.site, common)?;
            return Ok(ExitCode::SUCCESS);
        }
        Format::Markdown => formats::markdown(&pages, args.tool.unwrap_or(Tool::Plain)),
        Format::Fragment => {
            let base_url = args.site.base_url.clone();
            if let Some(url) = base_url.as_ref().filter(|url| !check::is_address(url)) {
                return Err(Error::Site(format!("{url} is no address: write it as https://docs.example.com/certwhy/")));
            }
            formats::fragments(&pages, &FragmentOptions { heading_level: args.heading_level, base_url })
        }
        Format::Json => formats::json(&pages),
    };
    let files: Vec<_> = files.iter().map(|file| (file.path.as_str(), file.text.as_bytes())).collect();
    let written = folder::write(&args.out, &files, args.force, |_| ())?;
    common.print(&format!(
        "{} in {}: {} written, {} unchanged, {} removed",
        count(pages.len(), "page"),
        args.out.display(),
        count(written.changed, "file"),
        written.same,
        written.removed
    ))?;
    Ok(ExitCode::SUCCESS)
}

/// # Errors
/// Links that lead nowhere; then nothing is written.
fn links(pages: &[Page]) -> Result<()> {
    let broken = check::check(pages);
    if broken.is_empty() {
        return Ok(());
    }
    let shown = broken.iter().take(SHOWN).map(|broken| format!("  {broken}")).collect::<Vec<_>>().join("\n");
    let more = broken.len().saturating_sub(SHOWN);
    let more = if more > 0 { format!("\n  and {more} more") } else { String::new() };
    Err(Error::Site(format!(
        "{} between the pages; nothing was written:\n{shown}{more}",
        count(broken.len(), "broken link")
    )))
}
