//! What is shipped beside the program: completions, manual pages, the unit, the container, the hooks.

use std::path::{Path, PathBuf};
use std::process::Command;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn certwhy(args: &[&str]) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_certwhy")).args(args).output().expect("the program");
    assert!(output.status.success(), "{args:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("text")
}

fn read(path: &str) -> String {
    std::fs::read_to_string(root().join(path)).expect("a file").replace("\\\n", " ")
}

#[test]
fn every_shell_completes_commands_and_names() {
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let script = certwhy(&["completions", shell]);
        // Arguments that have a place and no name are completed for these two alone.
        let names = ["dcv.caa-forbidden", "guides/4-dcv"].into_iter().filter(|_| matches!(shell, "bash" | "zsh"));
        for word in ["why-not", "min-probability"].into_iter().chain(names) {
            assert!(script.contains(word), "{shell}: {word}");
        }
    }
}

#[cfg(unix)]
#[test]
fn bash_reads_its_completions_and_completes_causes() {
    let script = certwhy(&["completions", "bash"]);
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("certwhy.bash");
    std::fs::write(&path, script).expect("a file");
    let ask = r#"bash -n "$0" && . "$0" && COMP_WORDS=(certwhy why-not dcv.caa) COMP_CWORD=2 && _certwhy certwhy dcv.caa why-not && echo "${COMPREPLY[@]}""#;
    let Ok(output) = Command::new("bash").args(["-c", ask]).arg(&path).output() else { return };
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(String::from_utf8_lossy(&output.stdout).trim(), "dcv.caa-forbidden");
}

#[test]
fn every_command_has_a_manual_page() {
    let folder = tempfile::tempdir().expect("a folder");
    let out = folder.path().join("man1");
    certwhy(&["man", "--out", out.to_str().expect("a path")]);
    let pages: Vec<PathBuf> = std::fs::read_dir(&out).expect("pages").flatten().map(|entry| entry.path()).collect();
    let commands = |help: &str| -> Vec<String> {
        let list =
            help.split("Commands:").nth(1).unwrap_or_default().split("\n\n").next().unwrap_or_default().to_owned();
        let named = list.lines().filter(|line| line.starts_with("  ") && !line.starts_with("   "));
        named.filter_map(|line| line.split_whitespace().next().map(str::to_owned)).collect()
    };
    let all = commands(&certwhy(&["--help"]));
    let rules = commands(&certwhy(&["rules", "--help"]));
    assert!(all.len() > 10 && rules.len() > 5, "{all:?} {rules:?}");
    let rules = rules.into_iter().filter(|name| name != "help").map(|name| format!("rules-{name}"));
    for name in all.into_iter().chain(rules) {
        let page = out.join(format!("certwhy-{name}.1"));
        let text = std::fs::read_to_string(&page).unwrap_or_else(|error| panic!("{}: {error}", page.display()));
        assert!(text.contains(".SH NAME") && text.contains(".SH DESCRIPTION"), "{name}");
    }
    assert!(pages.iter().any(|page| page.ends_with("certwhy.1")));
}

/// The options of a command line stand in the help of its command.
#[cfg(feature = "serve")]
#[test]
fn the_unit_and_the_container_use_options_that_exist() {
    let help = certwhy(&["serve", "--help"]);
    let unit = read("packaging/systemd/certwhy.service");
    let container = read("Dockerfile").replace(['"', ',', '[', ']'], " ");
    for (file, start) in [(&unit, "ExecStart="), (&container, "CMD ")] {
        let line = file.lines().find(|line| line.starts_with(start)).expect("a command line");
        assert!(line.contains("serve"), "{line}");
        let options: Vec<&str> = line.split_whitespace().filter(|word| word.starts_with("--")).collect();
        assert!(!options.is_empty(), "{line}");
        options.iter().for_each(|option| assert!(help.contains(option), "{option}: {help}"));
    }
}

#[test]
fn hooks_run_commands_that_exist() {
    let hooks: serde_json::Value = serde_yaml::from_str(&read(".pre-commit-hooks.yaml")).expect("YAML");
    let hooks = hooks.as_array().expect("a list");
    assert_eq!(hooks.len(), 2);
    for hook in hooks {
        let entry = hook["entry"].as_str().expect("a command");
        let words: Vec<&str> = entry.split_whitespace().chain(["--help"]).skip(1).collect();
        certwhy(&words);
    }
}

/// The steps of the action that call the program, as the runner would run them.
#[cfg(unix)]
#[test]
fn the_action_tells_good_packs_from_bad_ones() {
    let action: serde_json::Value = serde_yaml::from_str(&read("action.yml")).expect("YAML");
    let steps = action["runs"]["steps"].as_array().expect("steps");
    let folder = tempfile::tempdir().expect("a folder");
    let (sarif, output) = (folder.path().join("certwhy.sarif"), folder.path().join("output"));
    let run = |name: &str, pack: &str| {
        let step = steps.iter().find(|step| step["name"] == name).expect("a step");
        let script = step["run"].as_str().expect("a script");
        let variables: Vec<&str> = step["env"].as_object().expect("variables").keys().map(String::as_str).collect();
        let given = [("PACK", pack), ("CERTWHY", env!("CARGO_BIN_EXE_certwhy")), ("ALONE", "--no-builtin")];
        assert!(given.iter().all(|(name, _)| variables.contains(name)), "{variables:?}");
        let mut shell = Command::new("bash");
        shell.args(["--noprofile", "--norc", "-eo", "pipefail", "-c", script]).current_dir(root()).envs(given);
        shell.env("SARIF", &sarif).env("GITHUB_OUTPUT", &output).output().expect("bash")
    };
    for step in ["Check the rules", "Test the rules"] {
        let good = run(step, "tests/packs/mini");
        assert!(good.status.success(), "{}", String::from_utf8_lossy(&good.stderr));
    }
    let bad = run("Check the rules", "tests/broken/syntax");
    assert!(!bad.status.success());
    assert!(String::from_utf8_lossy(&bad.stdout).contains("::error file="), "{bad:?}");
    assert!(std::fs::read_to_string(&sarif).expect("a file").contains("\"level\":"));
    assert!(std::fs::read_to_string(&output).expect("a file").starts_with("sarif="));
}
