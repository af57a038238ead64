//! `certwhy lsp`.

use std::process::ExitCode;

use clap::{Args, ValueEnum};

use super::Common;
use crate::error::Result;
use crate::lsp::{self, Base};

const HELP: &str = "\
The folder that the editor has open is the pack: rules/ and knowledge/ in it. Every mistake is shown
where it is, as `certwhy rules check` tells it. Ids, words and fields are completed and explained,
ids lead to where they are defined and used, signals and symptoms can be renamed, and tests run from
a line above each rule. Unsaved text counts. Nothing is written, and nothing leaves the machine.

  Neovim 0.11   vim.lsp.config('certwhy', { cmd = { 'certwhy', 'lsp' },
                  filetypes = { 'yaml', 'markdown' }, root_markers = { 'rules' } })
                vim.lsp.enable('certwhy')
  Helix         in languages.toml:
                [language-server.certwhy]
                command = \"certwhy\"
                args = [\"lsp\"]
                [[language]]
                name = \"yaml\"
                language-servers = [\"yaml-language-server\", \"certwhy\"]
  VS Code       an extension that starts any server, such as zsol.vscode-glspc; in settings.json:
                \"glspc.server.command\": \"certwhy\", \"glspc.server.commandArguments\": [\"lsp\"],
                \"glspc.server.languageId\": [\"yaml\", \"markdown\"]

Without it, the schemas alone give completion: see `certwhy rules schema --help`.

Exit codes: 0 the editor ended it, 1 the editor went away, 2 the input is not the protocol.";

#[derive(Debug, Args)]
#[command(after_help = HELP)]
pub struct LspArgs {
    /// Whether the folder is laid over the built-in rules, or is all there is.
    #[arg(long, value_name = "WHEN", default_value = "auto")]
    builtin: Builtin,
    /// Editors pass it; it is what happens anyway.
    #[arg(long, hide = true)]
    stdio: bool,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Builtin {
    /// Laid over, unless it has its own facts.yaml and symptoms.yaml.
    Auto,
    /// Laid over.
    Yes,
    /// All there is.
    No,
}

pub fn run(args: &LspArgs, common: &Common) -> Result<ExitCode> {
    let builtin = match args.builtin {
        Builtin::Auto => lsp::Builtin::Auto,
        Builtin::Yes => lsp::Builtin::Yes,
        Builtin::No => lsp::Builtin::No,
    };
    let in_order = lsp::run(Base { pack: common.pack()?, builtin })?;
    Ok(ExitCode::from(u8::from(!in_order)))
}
