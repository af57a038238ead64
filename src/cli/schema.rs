//! `certwhy rules schema`.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Args;
use clap::builder::{PossibleValuesParser, TypedValueParser};

use super::Common;
use crate::diagnostic::count;
use crate::error::{Error, Result};
use crate::rule::Knowledge;
use crate::rule::schema::Kind;
use crate::rule::words::Words;

/// Where the schemas stand in the repository.
const FOLDER: &str = "rules/schema";

const HELP: &str = "\
KIND is cause, signals, facts, symptoms, mapping, practice, article, pack or facts-document; without it
all of them are meant. Nothing is written unless --out says where.

  certwhy rules schema cause                    print the schema of causes
  certwhy rules schema --out rules/schema       write all schemas into a folder
  certwhy rules schema --check                  are those in rules/schema up to date?

A file tells the editor its schema in its first line:

  # yaml-language-server: $schema=../schema/cause.schema.json

Exit codes: 0 done, or no difference; 1 --check found a difference; 2 wrong use.";

#[derive(Debug, Args)]
#[command(after_help = HELP)]
pub struct SchemaArgs {
    /// The kind of file.
    #[arg(value_name = "KIND", value_parser = kind())]
    kind: Option<Kind>,
    /// Write <KIND>.schema.json into this folder; with --check, the folder to look at.
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// Write nothing, and say which files differ from what would be written [default folder: rules/schema].
    #[arg(long)]
    check: bool,
}

fn kind() -> impl TypedValueParser<Value = Kind> {
    let words = Kind::ALL.iter().map(|(word, _)| *word);
    PossibleValuesParser::new(words).try_map(|word| Kind::from_word(&word).ok_or("no kind of file"))
}

pub fn run(args: &SchemaArgs, common: &Common) -> Result<ExitCode> {
    let knowledge = common.engine()?.knowledge;
    let kinds: Vec<Kind> =
        Kind::ALL.iter().map(|(_, kind)| *kind).filter(|k| args.kind.is_none_or(|w| w == *k)).collect();
    match (&args.out, args.check) {
        (folder, true) => check(&kinds, &knowledge, folder.as_deref().unwrap_or(Path::new(FOLDER)), common),
        (Some(folder), false) => write(&kinds, &knowledge, folder, common),
        (None, false) if kinds.len() == 1 => {
            common.print(&kinds[0].text(&knowledge))?;
            Ok(ExitCode::SUCCESS)
        }
        (None, false) => {
            let rows = kinds.iter().map(|kind| format!("{:<16} {}\n", kind, kind.meaning()));
            let text: String =
                rows.chain(["\ncertwhy rules schema KIND prints one, --out DIR writes all.".to_owned()]).collect();
            common.print(&text)?;
            Ok(ExitCode::SUCCESS)
        }
    }
}

fn write(kinds: &[Kind], knowledge: &Knowledge, folder: &Path, common: &Common) -> Result<ExitCode> {
    let unwritable = |path: &Path, source| Error::Unwritable { path: path.to_owned(), source };
    std::fs::create_dir_all(folder).map_err(|e| unwritable(folder, e))?;
    for kind in kinds {
        let path = folder.join(kind.file_name());
        std::fs::write(&path, kind.text(knowledge)).map_err(|e| unwritable(&path, e))?;
    }
    common.print(&format!("{} written to {}", count(kinds.len(), "schema"), folder.display()))?;
    Ok(ExitCode::SUCCESS)
}

fn check(kinds: &[Kind], knowledge: &Knowledge, folder: &Path, common: &Common) -> Result<ExitCode> {
    let mut text = String::new();
    for kind in kinds {
        let path = folder.join(kind.file_name());
        match std::fs::read_to_string(&path) {
            // A checkout may have put other line ends.
            Ok(found) if found.replace("\r\n", "\n") == kind.text(knowledge) => {}
            Ok(_) => text.push_str(&format!("{}: differs\n", path.display())),
            Err(error) => text.push_str(&format!("{}: cannot be read: {error}\n", path.display())),
        }
    }
    if text.is_empty() {
        common.print(&format!("{} up to date", count(kinds.len(), "schema")))?;
        return Ok(ExitCode::SUCCESS);
    }
    text.push_str(&format!("write them anew: certwhy rules schema --out {}", folder.display()));
    common.print(&text)?;
    Ok(ExitCode::from(1))
}
