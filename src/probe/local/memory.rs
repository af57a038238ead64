//! Memory in use.

use super::super::finding::{Asked, Check, Finding, Verdict};
use super::HERE;

/// Where Linux tells it, in KiB (proc_meminfo(5)).
const MEMINFO: &str = "/proc/meminfo";
/// Percent in use from which on processes are killed, as the rule `host.resources-exhausted` has it.
const EXHAUSTED: f64 = 95.0;
/// Percent in use that is worth a look, as the practice `host-load` has it.
const SCARCE: f64 = 90.0;

/// Reads how much memory could still be given to programs.
pub fn look() -> Finding {
    let asked = Asked::new(Check::Local, "memory", HERE);
    match std::fs::read_to_string(MEMINFO) {
        Ok(text) => judge(asked, &text),
        Err(_) => asked.found(Verdict::Unknown, "not looked at on this system", ""),
    }
}

fn judge(asked: Asked, meminfo: &str) -> Finding {
    let value = |name: &str| -> Option<u64> {
        let line = meminfo.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':'))?;
        line.split_whitespace().next()?.parse().ok()
    };
    let (Some(all), Some(available)) = (value("MemTotal").filter(|all| *all > 0), value("MemAvailable")) else {
        return asked.found(Verdict::Unknown, format!("{MEMINFO} does not tell it"), "");
    };
    let used = super::percent(all.saturating_sub(available), all);
    let (verdict, meaning) = match used {
        used if used > EXHAUSTED => (Verdict::Bad, "Programs are about to be killed or to fail for want of memory."),
        used if used > SCARCE => (Verdict::Odd, "It is nearly used up."),
        _ => (Verdict::Good, ""),
    };
    let answer = format!("{used} % in use, {} of {} MiB available", available >> 10, all >> 10);
    asked.found(verdict, answer, meaning).fact("host.memory_percent", used)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judged(meminfo: &str) -> Finding {
        judge(Asked::new(Check::Local, "memory", HERE), meminfo)
    }

    #[test]
    fn what_is_available_counts_not_what_is_free() {
        let finding = judged("MemTotal:        4096000 kB\nMemFree:           10000 kB\nMemAvailable:    3072000 kB\n");
        assert_eq!(
            (finding.verdict, finding.answer.as_str()),
            (Verdict::Good, "25 % in use, 3000 of 4000 MiB available")
        );
        assert_eq!(finding.facts["host.memory_percent"], 25.0);
        assert_eq!(judged("MemTotal: 1000 kB\nMemAvailable: 80 kB\n").verdict, Verdict::Odd);
        assert_eq!(judged("MemTotal: 1000 kB\nMemAvailable: 20 kB\n").verdict, Verdict::Bad);
    }

    #[test]
    fn old_kernels_and_rubbish_tell_nothing() {
        for text in ["MemTotal: 1000 kB\nMemFree: 20 kB\n", "", "MemTotal: 0 kB\nMemAvailable: 0 kB", "MemTotal"] {
            let finding = judged(text);
            assert_eq!((finding.verdict, finding.facts.len()), (Verdict::Unknown, 0), "{text}");
        }
    }
}
