//! The state of a service, as systemd tells it.

use std::collections::BTreeMap;
use std::process::Stdio;

use tokio::io::AsyncReadExt;
use tokio::process::Command;
use tokio::time::{Instant, timeout_at};

use super::super::finding::{Asked, Check, Finding, Verdict};

/// What is asked for, see org.freedesktop.systemd1(5).
const PROPERTIES: &str = "LoadState,ActiveState,SubState,UnitFileState,Result,NRestarts,Type,ExecStart";
/// Where the bot is installed, as the mappings of `systemctl show` know it too.
const FOLDER: &str = "/opt/certinext/";
/// Bytes of the answer that are read.
const MAX_ANSWER: u64 = 64 << 10;
/// The longest name that systemd takes (systemd.unit(5)).
const MAX_NAME: usize = 255;

/// The unit with this name; without a kind it is a service.
///
/// # Errors
/// Why it is none (systemd.unit(5)): patterns and options do not pass.
pub fn unit(name: &str) -> Result<String, String> {
    let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, ':' | '-' | '_' | '.' | '\\' | '@');
    if name.is_empty() || name.starts_with(['-', '.']) || !name.chars().all(fits) || name.len() > MAX_NAME {
        return Err("write the name of a unit as systemctl lists it, nginx or certbot.timer".to_owned());
    }
    let kinds = [".service", ".timer", ".socket", ".path", ".mount", ".target"];
    Ok(if kinds.iter().any(|kind| name.ends_with(kind)) { name.to_owned() } else { format!("{name}.service") })
}

/// Asks systemd for the state of a unit.
pub async fn look(unit: &str, deadline: Instant) -> Finding {
    let asked = Asked::new(Check::Local, format!("the state of {unit}"), "systemd");
    match timeout_at(deadline, show(unit)).await {
        Ok(Ok(text)) => judge(asked, unit, &text),
        Ok(Err(why)) => asked.found(Verdict::Unknown, why, ""),
        Err(_) => asked.found(Verdict::Unknown, "no answer in time", ""),
    }
}

/// What `systemctl show` prints. No shell has a part in it; the process ends with the question.
async fn show(unit: &str) -> Result<String, String> {
    if cfg!(not(target_os = "linux")) {
        return Err("not looked at on this system".to_owned());
    }
    let mut command = Command::new("systemctl");
    command.args(["show", "--no-pager", "--property", PROPERTIES, "--", unit]).env("LC_ALL", "C");
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
    let mut child = command.spawn().map_err(|error| match error.kind() {
        std::io::ErrorKind::NotFound => "there is no systemctl: systemd does not manage this machine".to_owned(),
        _ => format!("systemctl: {error}"),
    })?;
    let (mut told, mut complaint) = (Vec::new(), Vec::new());
    let (out, err) = (child.stdout.take(), child.stderr.take());
    let (out, err) = (out.ok_or("systemctl has no output")?, err.ok_or("systemctl has no output")?);
    // Both at once: a program that fills the one waits until somebody reads it.
    let (mut out, mut err) = (out.take(MAX_ANSWER), err.take(MAX_ANSWER));
    let (first, second) = futures_util::join!(out.read_to_end(&mut told), err.read_to_end(&mut complaint));
    first.and(second).map_err(|error| format!("systemctl: {error}"))?;
    // What says more than that waits for a reader that does not come.
    drop((out, err));
    let status = child.wait().await.map_err(|error| format!("systemctl: {error}"))?;
    match status.success() {
        true => Ok(String::from_utf8_lossy(&told).into_owned()),
        false => {
            let complaint = String::from_utf8_lossy(&complaint);
            Err(format!("systemctl: {}", complaint.lines().next().unwrap_or("it failed")))
        }
    }
}

/// Whether the unit is that of a bot of the platform: by its name, as the rule `bot.service-stopped` knows it in logs, or by
/// the folder of its program. The command line is not told: secrets may stand in it.
fn of_bot(unit: &str, command: &str) -> bool {
    if command.split(['=', ' ']).any(|word| word.starts_with(FOLDER)) {
        return true;
    }
    let name = unit.to_ascii_lowercase();
    let Some(name) = name.strip_suffix(".service") else { return false };
    ["certinext", "emsign", "emudhra"].iter().any(|maker| name.contains(maker))
        || name.split(['-', '_', '.', '@']).any(|word| word == "bot")
}

fn judge(asked: Asked, unit: &str, text: &str) -> Finding {
    let told: BTreeMap<&str, &str> = text.lines().filter_map(|line| line.trim().split_once('=')).collect();
    let value = |name: &str| told.get(name).copied().filter(|value| !value.is_empty());
    let Some(active) = value("ActiveState") else {
        return asked.found(Verdict::Unknown, "systemctl does not tell its state", "");
    };
    if value("LoadState") == Some("not-found") {
        let meaning = "Where the deployment profile names it, tell so: --fact deployment.service_exists=no.";
        return asked.found(Verdict::Bad, "there is no such unit", meaning);
    }
    let mut answer = active.to_owned();
    if let Some(sub) = value("SubState") {
        answer.push_str(&format!(" ({sub})"));
    }
    let more = [("UnitFileState", "set to"), ("Result", "last result"), ("NRestarts", "restarts by systemd")];
    for (name, words) in more {
        if let Some(value) = value(name).filter(|value| !(name == "NRestarts" && *value == "0")) {
            answer.push_str(&format!("; {words}: {value}"));
        }
    }
    let well = value("Result").is_none_or(|result| result == "success");
    // It does its work and ends, started by a timer or another unit.
    let ends = value("Type") == Some("oneshot");
    let state = (active, value("SubState"), value("UnitFileState"));
    let (verdict, running, meaning) = match state {
        (_, _, Some("masked" | "masked-runtime")) if active != "active" => {
            (Verdict::Bad, Some(false), "It is masked: nothing can start it before systemctl unmask.")
        }
        (_, Some("auto-restart"), _) => {
            (Verdict::Bad, Some(false), "It ends again and again, and systemd starts it anew: its log tells why.")
        }
        ("active" | "reloading" | "refreshing", _, Some("disabled")) => {
            (Verdict::Odd, Some(true), "It runs, and does not start by itself with the machine.")
        }
        ("active" | "reloading" | "refreshing", ..) => (Verdict::Good, Some(true), ""),
        ("failed", ..) => (Verdict::Bad, Some(false), "It failed: systemctl status and journalctl -u tell why."),
        ("inactive", ..) if ends && well => (Verdict::Good, None, "It runs only now and then, and ended well."),
        ("inactive", ..) => (Verdict::Bad, Some(false), "It does not run."),
        _ => (Verdict::Odd, None, "It is between two states."),
    };
    let finding = asked.found(verdict, answer, meaning);
    match running.filter(|_| of_bot(unit, value("ExecStart").unwrap_or_default())) {
        Some(running) => finding.fact("bot.service_running", running),
        None => finding,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judged(unit: &str, text: &str) -> Finding {
        judge(Asked::new(Check::Local, unit, "systemd"), unit, text)
    }

    #[test]
    fn names_of_units() {
        assert_eq!(unit("nginx").as_deref(), Ok("nginx.service"));
        assert_eq!(unit("certbot.timer").as_deref(), Ok("certbot.timer"));
        assert_eq!(unit("openvpn@site.service").as_deref(), Ok("openvpn@site.service"));
        assert_eq!(unit(r"dev-disk\x2d1.mount").as_deref(), Ok(r"dev-disk\x2d1.mount"));
        for wrong in ["", "--all", "-H", "*", "nginx*", "a b", "a;b", "$(id)", "../x", "a/b", "ä", &"x".repeat(300)] {
            assert!(unit(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn states() {
        for (text, verdict, words) in [
            ("LoadState=loaded\nActiveState=active\nSubState=running\nUnitFileState=enabled", Verdict::Good, "running"),
            ("ActiveState=active\nSubState=running\nUnitFileState=disabled\nNRestarts=3", Verdict::Odd, "systemd: 3"),
            ("ActiveState=failed\nSubState=failed\nResult=exit-code\nNRestarts=5", Verdict::Bad, "exit-code"),
            ("ActiveState=activating\nSubState=auto-restart\nNRestarts=9", Verdict::Bad, "auto-restart"),
            ("ActiveState=activating\nSubState=start\nNRestarts=0", Verdict::Odd, "activating (start)"),
            ("ActiveState=inactive\nSubState=dead\nUnitFileState=masked", Verdict::Bad, "masked"),
            ("ActiveState=inactive\nSubState=dead\nResult=success\nType=oneshot", Verdict::Good, "dead"),
            ("ActiveState=inactive\nSubState=dead\nResult=timeout\nType=oneshot", Verdict::Bad, "timeout"),
            ("ActiveState=inactive\nSubState=dead\nType=simple", Verdict::Bad, "dead"),
            ("LoadState=not-found\nActiveState=inactive\nSubState=dead", Verdict::Bad, "no such unit"),
            ("", Verdict::Unknown, "does not tell"),
            ("rubbish\n=\n", Verdict::Unknown, "does not tell"),
        ] {
            let finding = judged("nginx.service", text);
            assert_eq!(finding.verdict, verdict, "{text}");
            assert!(finding.answer.contains(words), "{}", finding.answer);
            assert!(finding.facts.is_empty(), "{:?}", finding.facts);
        }
    }

    #[test]
    fn the_bot_is_known_by_its_name_or_folder() {
        let (runs, failed) = ("ActiveState=active", "ActiveState=failed");
        for bot in ["certinext-agent.service", "bot.service", "provisioning-bot.service", "emSign_bot@1.service"] {
            assert_eq!(judged(bot, runs).facts["bot.service_running"], true, "{bot}");
            assert_eq!(judged(bot, failed).facts["bot.service_running"], false, "{bot}");
        }
        for other in ["certbot.service", "certbot.timer", "robot.service", "bot.timer", "zabbix-agent.service"] {
            assert!(judged(other, failed).facts.is_empty(), "{other}");
        }
        let command = "ExecStart={ path=/opt/certinext/run ; argv[]=/opt/certinext/run --token abc ; pid=0 }";
        let finding = judged("worker.service", &format!("{failed}\n{command}"));
        assert_eq!(finding.facts["bot.service_running"], false);
        assert!(!finding.answer.contains("token"), "{}", finding.answer);
        let other = "ExecStart={ path=/usr/bin/x ; argv[]=/usr/bin/x /srv/opt/certinext/ ; pid=0 }";
        assert!(judged("worker.service", &format!("{failed}\n{other}")).facts.is_empty());
        // A name that was not found may be a wrong one.
        assert!(judged("bot.service", "LoadState=not-found\nActiveState=inactive").facts.is_empty());
    }
}
