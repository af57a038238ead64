//! What `certwhy docs build` does for the site: options, progress, the links, and a line about what was written.

use std::io::{self, IsTerminal};
use std::path::{Path, PathBuf};

use clap::Args;
use indicatif::{ProgressBar, ProgressStyle};

use super::Common;
use crate::diagnostic::count;
use crate::engine::Engine;
use crate::error::{Error, Result};
use crate::publish::folder;
use crate::publish::pages::Page;
use crate::publish::site::options::LOGOS;
use crate::publish::site::{self, Logo, Options, links};

/// Links that lead nowhere and are listed.
const SHOWN: usize = 20;

#[derive(Debug, Args)]
#[command(next_help_heading = "Options of the site")]
pub struct SiteArgs {
    /// What the site is called.
    #[arg(long, value_name = "TEXT", default_value = "certwhy")]
    title: String,
    /// Where the site will stand (https://docs.example.com/certwhy/): gives canonical links, a sitemap.xml, and a 404 page that works at any depth.
    #[arg(long, value_name = "URL")]
    pub(super) base_url: Option<String>,
    /// A picture beside the title (.svg, .png or .webp).
    #[arg(long, value_name = "FILE")]
    logo: Option<PathBuf>,
    /// The colour of the site; text on it becomes black or white, whichever is the easier to read.
    #[arg(long, value_name = "#RRGGBB")]
    brand: Option<String>,
    /// Where one can hand in a log, such as the page of `certwhy serve`: the site links to it.
    #[arg(long, value_name = "URL")]
    diagnose_url: Option<String>,
}

impl SiteArgs {
    /// Looks at the options before the work begins.
    ///
    /// # Errors
    /// An option that does not fit, with what would.
    pub fn check(&self) -> Result<()> {
        self.options()?.check().map_err(Error::Site)
    }

    fn options(&self) -> Result<Options> {
        Ok(Options {
            title: self.title.clone(),
            base_url: self.base_url.clone(),
            logo: self.logo.as_deref().map(logo).transpose()?,
            brand: self.brand.clone(),
            diagnose_url: self.diagnose_url.clone(),
        })
    }
}

/// Makes the site of some pages and writes it into a folder, by force or not.
///
/// # Errors
/// Options that do not fit, files that cannot be written, and links between pages that lead nowhere; the site is written
/// by then, so that one can look at them.
pub fn write(engine: &Engine, pages: &[Page], to: (&Path, bool), args: &SiteArgs, common: &Common) -> Result<()> {
    let (folder, force) = to;
    let options = args.options()?;
    let site = site::build(engine, pages, &options)?;
    let bar = io::stderr().is_terminal().then(|| bar(site.files.len()));
    let files: Vec<_> = site.files.iter().map(|file| (file.path.as_str(), file.content.as_slice())).collect();
    folder::write(folder, &files, force, |done| bar.iter().for_each(|bar| bar.set_position(done as u64)))?;
    if let Some(bar) = bar {
        bar.finish_and_clear();
    }
    let dead = links::check(&site, &options);
    if !dead.is_empty() {
        let shown = dead.iter().take(SHOWN).map(|dead| format!("  {}: {} {}", dead.file, dead.link, dead.why));
        let more = dead.len().saturating_sub(SHOWN);
        let more = if more > 0 { format!("\n  and {more} more") } else { String::new() };
        let links = count(dead.len(), "link");
        let list = shown.collect::<Vec<_>>().join("\n");
        return Err(Error::Site(format!("{links} of the site in {} lead nowhere:\n{list}{more}", folder.display())));
    }
    common.print(&format!(
        "{} in {}: {} in {}, of which the index of the search has {}",
        count(site.pages, "page"),
        folder.display(),
        size(site.bytes()),
        count(site.files.len(), "file"),
        size(site.index_bytes()),
    ))
}

fn bar(files: usize) -> ProgressBar {
    let bar = ProgressBar::new(files as u64);
    match ProgressStyle::with_template("writing {wide_bar} {pos}/{len} files") {
        Ok(style) => bar.with_style(style),
        Err(_) => bar,
    }
}

fn logo(path: &Path) -> Result<Logo> {
    let ending = path.extension().and_then(|ending| ending.to_str()).unwrap_or_default().to_ascii_lowercase();
    let name = format!("logo.{ending}");
    if !LOGOS.contains(&name.as_str()) {
        let path = path.display();
        return Err(Error::Site(format!(
            "{path} is no picture that browsers show: take one that ends in .svg, .png or .webp"
        )));
    }
    let unreadable = |error: io::Error| Error::Site(format!("cannot read the logo {}: {error}", path.display()));
    Ok(Logo { name, content: std::fs::read(path).map_err(unreadable)? })
}

/// Bytes as people say them.
fn size(bytes: usize) -> String {
    if bytes >= 1_000_000 { format!("{:.1} MB", bytes as f64 / 1e6) } else { format!("{} kB", bytes.div_ceil(1000)) }
}
