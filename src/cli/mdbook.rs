//! `certwhy mdbook`.

use std::io::Read;
use std::process::ExitCode;

use clap::{Args, Subcommand};

use super::Common;
use crate::engine::Engine;
use crate::error::{Error, Result};
use crate::publish::book::Book;
use crate::publish::embed::Embedder;
use crate::rule::Pack;

/// A larger book does not fit here.
const MAX_BYTES: u64 = 256 << 20;

const HELP: &str = "\
mdBook calls it. In book.toml:

  [preprocessor.certwhy]
  command = \"certwhy mdbook\"
  # rules = [\"../mypack\"]                        folders of rules, as seen from the book
  # no-builtin = true                            only those
  # heading-level = 2                            level of the first heading of what is filled in
  # graph = \"svg\"                                or \"mermaid\", for books that draw it
  # base-url = \"https://docs.example.com/certwhy/\"   where the pages stand: names become links

In a chapter, on a line of its own:

  {{#certwhy cause dcv.dns-record-missing}}              the whole page of a cause
  {{#certwhy cause dcv.dns-record-missing how-it-shows}} a section by its anchor; also summary, steps, verify
  {{#certwhy steps dcv.dns-record-missing}}              the steps, and how to know that they worked
  {{#certwhy symptom dcv-failed causes}}                 what is behind a symptom
  {{#certwhy table causes stage=dcv}}                    a table; also symptom=dcv-failed, and table symptoms
  {{#certwhy graph dcv.dns-record-missing}}              what leads to a cause, what it shows and leads to

The same stands in a fenced block of the language certwhy, one directive a line. Code is left alone, and so is
\\{{#certwhy …}} with a backslash before it. A name that does not exist fails the build, with file and line.

Exit codes: 0 done, 2 something in the book or in book.toml is not known.";

#[derive(Debug, Args)]
#[command(after_help = HELP)]
pub struct MdbookArgs {
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Whether a renderer of mdBook can be served: all can.
    Supports {
        /// The renderer.
        #[arg(value_name = "RENDERER")]
        renderer: String,
    },
}

pub fn run(args: &MdbookArgs, common: &Common) -> Result<ExitCode> {
    if let Some(Command::Supports { renderer }) = &args.command {
        // The name by which mdBook's own examples ask for a refusal.
        return Ok(ExitCode::from(u8::from(renderer == "not-supported")));
    }
    let mut bytes = Vec::new();
    std::io::stdin().lock().take(MAX_BYTES).read_to_end(&mut bytes)?;
    let text = String::from_utf8(bytes).map_err(|_| Error::Protocol("the book is not UTF-8".to_owned()))?;
    let book = Book::read(&text)?;
    let settings = book.settings()?;
    let without = common.no_builtin || settings.no_builtin;
    let mut pack = if without { Pack::default() } else { Pack::embedded() };
    for folder in common.rules.iter().chain(&settings.rules) {
        pack.overlay(folder)?;
    }
    let engine = Engine::new(&pack)?;
    common.print(&book.fill(&Embedder::new(&engine, settings.options))?)?;
    Ok(ExitCode::SUCCESS)
}
