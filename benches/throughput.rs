//! How fast logs are looked through, beside yardsticks in the same run: counting line ends (what reading alone costs), and
//! ripgrep and Hyperscan with the same patterns, where they are installed.
//!
//! ```text
//! cargo bench --bench throughput                       # 64 MiB per log
//! cargo bench --bench throughput -- scaling process    # some parts: throughput, mixed, generated, scaling, process
//! CERTWHY_BENCH_MIB=350 cargo bench --bench throughput # longer logs
//! cc -O2 -o /tmp/hs benches/hyperscan.c -lhs -lpcre2-8 # the other yardstick (libhyperscan-dev, libpcre2-dev)
//! CERTWHY_BENCH_HYPERSCAN=/tmp/hs cargo bench --bench throughput -- generated
//! ```
//!
//! The unit is seconds of CPU time (user and system, all threads), which a busy machine disturbs least; rows of one run may be
//! compared with each other, and with nothing else. Linux only: it reads `/proc`.

#![allow(clippy::print_stdout, reason = "it prints tables")]

mod workload;

use std::fs::{self, File};
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use regex::Regex;

use certwhy::input::Record;
use certwhy::input::sift::Sieve;
use certwhy::rule::model::SignalKind;
use certwhy::scan::frequency::EVERYDAY;
use certwhy::scan::patterns::Patterns;
use certwhy::scan::signature::Judged;
use certwhy::{Engine, Pack};
use regex_automata::Input;
use workload::{Failures, Random};

/// Ticks of the kernel's CPU accounting in a second: `USER_HZ`, the same on every Linux.
const TICKS: f64 = 100.0;
/// Seconds after which another program is stopped.
const PATIENCE: &str = "300";
/// Shares of matching lines.
const DENSITIES: [f64; 3] = [0.0001, 0.01, 0.2];
/// Bytes read at a time, as the program does.
const BLOCK: usize = 256 << 10;

fn main() {
    let mebibytes: usize = std::env::var("CERTWHY_BENCH_MIB").ok().and_then(|size| size.parse().ok()).unwrap_or(64);
    let folder = std::env::temp_dir().join(format!("certwhy-bench-{}", std::process::id()));
    fs::create_dir_all(&folder).expect("the temporary folder is writable");
    // From the text, which has the examples.
    let engine = Engine::new(&Pack::embedded().from_text()).expect("the embedded rules");
    // `cargo bench` adds options of its own.
    let parts: Vec<String> = std::env::args().skip(1).filter(|part| !part.starts_with('-')).collect();
    let asked = |part: &str| parts.is_empty() || parts.iter().any(|asked| asked == part);
    let examples = engine.knowledge.signals.iter().flat_map(|signal| &signal.examples.matching).map(String::as_str);
    let examples: Vec<&str> = examples.filter(|text| !text.contains('\n')).collect();
    let log = folder.join("a.log");
    for (part, of) in
        [("throughput", "logs of five programs"), ("mixed", "lines of many programs, most without a time")]
    {
        if !asked(part) {
            continue;
        }
        println!("\n{of}, {mebibytes} MiB each, {} patterns of the rules", texts(&engine).len());
        head();
        for density in DENSITIES {
            match part {
                "mixed" => mixed(&log, mebibytes << 20, density, &examples),
                _ => workload::log(&log, mebibytes << 20, density, &examples),
            }
            throughput(&engine, &log, density);
        }
    }
    if asked("generated") {
        generated(&folder, &log, mebibytes << 20);
    }
    if asked("scaling") {
        scaling(&engine, &log, mebibytes << 20);
    }
    if asked("process") {
        process(&examples, &folder);
    }
    fs::remove_dir_all(&folder).expect("a folder of this run");
}

fn texts(engine: &Engine) -> Vec<&String> {
    let mut texts: Vec<&String> = engine
        .knowledge
        .signals
        .iter()
        .filter_map(|signal| match &signal.kind {
            SignalKind::Log(patterns) => Some(patterns.iter().map(|pattern| &pattern.text)),
            SignalKind::Fact(_) => None,
        })
        .flatten()
        .collect();
    texts.sort();
    texts.dedup();
    texts
}

/// Everyday lines with other numbers each time, and a share of lines that signals give as their examples, behind another time and
/// process each time.
fn mixed(path: &Path, size: usize, density: f64, examples: &[&str]) {
    let everyday: Vec<&str> = EVERYDAY.lines().collect();
    let mut random = Random(0x5EED);
    let failures = Failures::of(examples, &mut random);
    workload::fill(path, size, || match failures.next(density, &mut random) {
        Some(text) => {
            let (minute, second, process) = (random.below(60), random.below(60), random.below(100_000));
            format!("2026-11-20T08:{minute:02}:{second:02}Z agent[{process}]: {text}\n")
        }
        None => {
            let line = everyday[random.below(everyday.len())].to_owned() + "\n";
            line.replace("07", &format!("{:02}", random.below(60))).replace("42", &random.below(10_000).to_string())
        }
    });
}

fn head() {
    println!("{:>8}  {:32} {:>8} {:>9} {:>8} {:>8}", "matching", "", "CPU s", "GB/CPU s", "x count", "wall s");
}

/// Rows of a table about one log; the first one is the yardstick of the others.
struct Rows {
    size: u64,
    density: f64,
    first: Option<f64>,
}

impl Rows {
    fn of(log: &Path, density: f64) -> Self {
        let mut rows = Self { size: fs::metadata(log).expect("just written").len(), density, first: None };
        rows.row("count line ends", repeated(|| blocks(log, |block| memchr::memchr_iter(b'\n', block).count())));
        rows
    }

    fn row(&mut self, name: &str, (cpu, wall): (f64, Duration)) {
        let (rate, times) = (self.size as f64 / 1e9 / cpu, cpu / *self.first.get_or_insert(cpu));
        let (density, wall) = (self.density * 100.0, wall.as_secs_f64());
        println!("{density:>7}%  {name:32} {cpu:>8.2} {rate:>9.3} {times:>8.1} {wall:>8.2}");
    }
}

fn throughput(engine: &Engine, log: &Path, density: f64) {
    let mut rows = Rows::of(log, density);
    rows.row("scanner, one thread", own(|| blocks(log, |block| scan(engine, block))));
    let program = Path::new(env!("CARGO_BIN_EXE_certwhy"));
    rows.row("certwhy diagnose", child(Command::new(program).arg("diagnose").arg(log)).0);
    let on_one = child(Command::new("taskset").args(["-c", "0"]).arg(program).arg("diagnose").arg(log));
    rows.row("  on one core", on_one.0);
}

/// 500 generated patterns, those of them that have a required text alone, and what other programs take for these.
fn generated(folder: &Path, log: &Path, size: usize) {
    let sets = [("all 500", workload::patterns(500, true)), ("500 with a text", workload::patterns(500, false))];
    let lists = ["named", "unnamed"].map(|name| folder.join(name));
    let all: Vec<String> = sets[1].1.iter().map(|pattern| format!("(?:{})", pattern.text)).collect();
    fs::write(&lists[0], all.join("\n")).expect("written");
    fs::write(&lists[1], without_names(&all.join("\n"))).expect("written");
    println!("\ngenerated patterns, {} MiB each", size >> 20);
    head();
    for density in DENSITIES {
        let samples: Vec<&str> = sets[1].1.iter().map(|pattern| pattern.sample.as_str()).collect();
        workload::log(log, size, density, &samples);
        let mut rows = Rows::of(log, density);
        for (name, set) in &sets {
            let texts: Vec<&str> = set.iter().map(|pattern| pattern.text.as_str()).collect();
            let (patterns, _) = Patterns::new(&texts, &[], None);
            rows.row(&format!("scanner, {name}"), own(|| blocks(log, |block| scan_patterns(&patterns, block)[1])));
        }
        let hyperscan = std::env::var("CERTWHY_BENCH_HYPERSCAN").ok().map(|program| vec![program]);
        let others = [("rg -n -f", ripgrep(), &lists[1]), ("Hyperscan, with groups", hyperscan, &lists[0])];
        for (name, command, list) in others {
            let Some(command) = command else { continue };
            let ((cpu, wall), _) = child(Command::new("timeout").arg(PATIENCE).args(command).arg(list).arg(log));
            let ended = wall.as_secs_f64() < PATIENCE.parse().unwrap_or(0.0);
            rows.row(&format!("{name}, with a text{}", if ended { "" } else { ", ended" }), (cpu, wall));
        }
    }
}

/// The command that looks for the patterns of a file with ripgrep, where it is installed.
fn ripgrep() -> Option<Vec<String>> {
    Command::new("rg").arg("--version").stdout(Stdio::null()).status().ok()?;
    let options = ["rg", "-n", "--no-config", "-a", "-j1", "--regex-size-limit=4G", "--dfa-size-limit=1G", "-f"];
    Some(options.map(str::to_owned).to_vec())
}

/// Patterns as programs take them that join all: no name may come twice.
fn without_names(pattern: &str) -> String {
    let name = Regex::new(r"\(\?P<\w+>").expect("a constant");
    name.replace_all(pattern, "(?:").into_owned()
}

/// Finds the lines of patterns, and every match with its captures on them: how many patterns were run for that, and how many
/// matched.
fn scan_patterns(patterns: &Patterns, block: &[u8]) -> [usize; 2] {
    let mut wanted = Vec::new();
    patterns.lines(block, 0, &mut |_, _| false, &mut |line| wanted.push(line));
    wanted.sort_unstable();
    wanted.dedup();
    let [mut run, mut matched] = [0, 0];
    for start in wanted {
        let end = memchr::memchr(b'\n', &block[start..]).map_or(block.len(), |end| start + end);
        let text = &block[start..end];
        for pattern in patterns.candidates(text, &Judged::of(text)) {
            let regex = patterns.regex(pattern, text.len()).expect("small patterns");
            run += 1;
            matched += usize::from(regex.captures(&Input::new(text)).is_match());
        }
    }
    [run, matched]
}

/// Blocks of whole lines, as the program reads them.
fn blocks(log: &Path, mut each: impl FnMut(&[u8]) -> usize) -> usize {
    let mut file = File::open(log).expect("just written");
    let mut block = vec![0; BLOCK];
    let (mut held, mut sum) = (0, 0);
    loop {
        let read = file.read(&mut block[held..]).expect("readable");
        held += read;
        if held == 0 {
            return sum;
        }
        let end = if read == 0 { held } else { memchr::memrchr(b'\n', &block[..held]).map_or(held, |end| end + 1) };
        sum += each(&block[..end]);
        block.copy_within(end..held, 0);
        held -= end;
    }
}

/// Finds the lines, and every pattern with its captures on them.
fn scan(engine: &Engine, block: &[u8]) -> usize {
    let mut wanted = Vec::new();
    engine.scanner.lines(block, 0, &mut wanted);
    wanted.sort_unstable();
    wanted.dedup();
    let mut marks = 0;
    for start in wanted {
        let end = memchr::memchr(b'\n', &block[start..]).map_or(block.len(), |end| start + end);
        let text = String::from_utf8_lossy(&block[start..end]).into_owned();
        let record = Record { line: 0, text, time: None, level: None, source: None };
        marks += engine.scanner.scan(&record, &engine.knowledge).len();
    }
    marks
}

/// How everything grows with the number of patterns: generated ones with a required text, and those of the rules.
fn scaling(engine: &Engine, log: &Path, size: usize) {
    println!("\n1 % matching, {} MiB each", size >> 20);
    println!("{:>22} {:>9} {:>9} {:>10} {:>9}", "patterns", "set-up s", "GB/CPU s", "hits", "run / hit");
    for count in [100, 500, 1_000, 5_000, 9_500, 0] {
        let set = workload::patterns(count, false);
        let samples: Vec<&str> = set.iter().take(500).map(|pattern| pattern.sample.as_str()).collect();
        let texts: Vec<&str> = match count {
            // The log of the last set.
            0 => texts(engine).into_iter().map(String::as_str).collect(),
            _ => set.iter().map(|pattern| pattern.text.as_str()).collect(),
        };
        if count != 0 {
            workload::log(log, size, 0.01, &samples);
        }
        let started = Instant::now();
        let (patterns, _) = Patterns::new(&texts, &[], None);
        let set_up = started.elapsed().as_secs_f64();
        let [mut run, mut hits] = [0, 0];
        let (cpu, _) = own(|| {
            blocks(log, |block| {
                let [more, matched] = scan_patterns(&patterns, block);
                run += more;
                hits += matched;
                0
            })
        });
        let name = format!("{} {}", texts.len(), if count == 0 { "of the rules" } else { "generated" });
        let per_hit = run as f64 / hits.max(1) as f64;
        println!("{name:>22} {set_up:>9.2} {:>9.3} {hits:>10} {per_hit:>9.2}", size as f64 / 1e9 / cpu);
    }
}

/// The whole process on one line, and its memory on a long log.
fn process(examples: &[&str], folder: &Path) {
    let program = Path::new(env!("CARGO_BIN_EXE_certwhy"));
    let one: PathBuf = folder.join("one.log");
    fs::write(&one, "nginx: [emerg] bind() to 0.0.0.0:443 failed (98: Address already in use)\n").expect("written");
    let wall = |_| {
        let started = Instant::now();
        let mut command = Command::new(program);
        command.arg("diagnose").arg(&one).stdout(Stdio::null()).status().expect("the program runs");
        started.elapsed()
    };
    let mut walls: Vec<Duration> = (0..21).map(wall).collect();
    walls.sort();
    println!("\none line: {:.0} ms (median of 21)", walls[10].as_secs_f64() * 1e3);
    for mebibytes in [64, 2048] {
        let log = folder.join("memory.log");
        workload::log(&log, mebibytes << 20, 0.0001, examples);
        let ((cpu, wall), peak) = child(Command::new(program).arg("diagnose").arg(&log));
        println!(
            "{mebibytes} MiB: peak memory {:.0} MiB, {cpu:.1} CPU s, {:.1} s",
            peak as f64 / 1024.0,
            wall.as_secs_f64()
        );
        fs::remove_file(&log).expect("a file of this run");
    }
}

/// CPU and wall time of a piece of work in this process.
fn own(work: impl FnOnce() -> usize) -> (f64, Duration) {
    let (before, started) = (ticks()[0], Instant::now());
    std::hint::black_box(work());
    ((ticks()[0] - before).max(1.0) / TICKS, started.elapsed())
}

/// CPU and wall time of a piece of work that takes a few ticks of the clock: the mean of as many times as fill a second.
fn repeated(work: impl Fn() -> usize) -> (f64, Duration) {
    let mut times = 0;
    let (cpu, wall) = own(|| {
        let before = ticks()[0];
        let mut sum = 0;
        while ticks()[0] - before < TICKS {
            sum += work();
            times += 1;
        }
        sum
    });
    (cpu / f64::from(times), wall / times)
}

/// CPU and wall time of a process, and the most memory that it had, in KiB.
fn child(command: &mut Command) -> ((f64, Duration), u64) {
    let (before, started) = (ticks()[1], Instant::now());
    let mut child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("the program runs");
    let mut peak = 0;
    while child.try_wait().expect("a child of this process").is_none() {
        let status = fs::read_to_string(format!("/proc/{}/status", child.id())).unwrap_or_default();
        let high =
            status.lines().find_map(|line| line.strip_prefix("VmHWM:")?.trim().strip_suffix(" kB")?.parse().ok());
        peak = peak.max(high.unwrap_or(0));
        std::thread::sleep(Duration::from_millis(1));
    }
    (((ticks()[1] - before).max(1.0) / TICKS, started.elapsed()), peak)
}

/// CPU time of this process and of its children, from `/proc/self/stat` (fields 14 to 17).
fn ticks() -> [f64; 2] {
    let stat = fs::read_to_string("/proc/self/stat").expect("Linux");
    let fields: Vec<f64> =
        stat.rsplit(')').next().unwrap_or("").split_whitespace().map(|field| field.parse().unwrap_or(0.0)).collect();
    [fields[11] + fields[12], fields[13] + fields[14]]
}
