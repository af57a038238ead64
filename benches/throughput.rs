//! How fast logs are looked through, beside two yardsticks in the same run: counting line ends (what reading alone costs) and
//! ripgrep with the same patterns, where it is installed.
//!
//! ```text
//! cargo bench --bench throughput                       # 64 MiB per log
//! cargo bench --bench throughput -- scaling process    # some parts: throughput, scaling, process, ripgrep
//! CERTWHY_BENCH_MIB=350 cargo bench --bench throughput # longer logs
//! ```
//!
//! The unit is seconds of CPU time (user and system, all threads), which a busy machine disturbs least; rows of one run may be
//! compared with each other, and with nothing else. Linux only: it reads `/proc`.

#![allow(clippy::print_stdout, reason = "it prints tables")]

use std::fs::{self, File};
use std::io::{BufWriter, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use regex::Regex;

use certwhy::input::Record;
use certwhy::input::sift::Sieve;
use certwhy::rule::model::SignalKind;
use certwhy::scan::frequency::EVERYDAY;
use certwhy::scan::patterns::Patterns;
use certwhy::{Engine, Pack};

/// Ticks of the kernel's CPU accounting in a second: `USER_HZ`, the same on every Linux.
const TICKS: f64 = 100.0;
/// Seconds after which ripgrep is stopped.
const PATIENCE: &str = "120";
/// Bytes read at a time, as the program does.
const BLOCK: usize = 256 << 10;

fn main() {
    let mebibytes: usize = std::env::var("CERTWHY_BENCH_MIB").ok().and_then(|size| size.parse().ok()).unwrap_or(64);
    let folder = std::env::temp_dir().join(format!("certwhy-bench-{}", std::process::id()));
    fs::create_dir_all(&folder).expect("the temporary folder is writable");
    // From the text, which has the examples.
    let engine = Engine::new(&Pack::embedded().from_text()).expect("the embedded rules");
    let patterns = folder.join("patterns");
    fs::write(&patterns, for_ripgrep(&engine)).expect("written");
    // `cargo bench` adds options of its own.
    let parts: Vec<String> = std::env::args().skip(1).filter(|part| !part.starts_with('-')).collect();
    let asked = |part: &str| parts.is_empty() || parts.iter().any(|asked| asked == part);
    if asked("throughput") {
        println!("{mebibytes} MiB per log, {} patterns", texts(&engine).len());
        println!("{:>8}  {:24} {:>8} {:>9} {:>8} {:>8}", "matching", "", "CPU s", "GB/CPU s", "x count", "wall s");
        for density in [0.0001, 0.01, 0.2] {
            let log = folder.join(format!("{density}.log"));
            generate(&engine, &log, mebibytes << 20, density);
            throughput(&engine, &log, density);
            fs::remove_file(&log).expect("a file of this run");
        }
    }
    if asked("scaling") {
        scaling(&engine, &folder, mebibytes.min(64) << 20);
    }
    if asked("process") {
        process(&engine, &folder);
    }
    if asked("ripgrep") {
        against_ripgrep(&engine, &folder, &patterns);
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

/// The patterns that ripgrep takes, one in each line: it looks at lines alone, and joins all, so that no name may come twice.
fn for_ripgrep(engine: &Engine) -> String {
    let name = Regex::new(r"\(\?P<\w+>").expect("a constant");
    let excluded = Regex::new(r"\[\^[^\]]*\\n[^\]]*\]").expect("a constant");
    let line = |text: &&&String| !excluded.replace_all(text, "").contains("\\n");
    texts(engine).iter().filter(line).map(|text| format!("(?:{})\n", name.replace_all(text, "(?:"))).collect()
}

/// A small generator, seeded, so that every run makes the same logs (xorshift64).
struct Random(u64);

impl Random {
    fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % end as u64) as usize
    }
}

/// Different failures in a log, the first one the most frequent (by Zipf's law).
const FAILURES: usize = 200;

/// Everyday lines with other numbers each time, and a share of lines that signals give as their examples, behind another time and
/// process each time.
fn generate(engine: &Engine, path: &Path, size: usize, density: f64) {
    let everyday: Vec<&str> = EVERYDAY.lines().collect();
    let examples: Vec<&String> = engine.knowledge.signals.iter().flat_map(|signal| &signal.examples.matching).collect();
    let examples: Vec<&str> = examples.into_iter().map(String::as_str).filter(|text| !text.contains('\n')).collect();
    let mut random = Random(0x5EED);
    let picked: Vec<&str> = (0..FAILURES).map(|_| examples[random.below(examples.len())]).collect();
    let weights: Vec<usize> = (1..=FAILURES).flat_map(|rank| std::iter::repeat_n(rank - 1, FAILURES / rank)).collect();
    let mut out = BufWriter::new(File::create(path).expect("the temporary folder is writable"));
    let mut written = 0;
    while written < size {
        let planted = (random.below(1_000_000) as f64) < density * 1e6;
        let line = if planted {
            let (minute, second, process) = (random.below(60), random.below(60), random.below(100_000));
            let text = picked[weights[random.below(weights.len())]];
            format!("2026-11-20T08:{minute:02}:{second:02}Z agent[{process}]: {text}\n")
        } else {
            let line = everyday[random.below(everyday.len())].to_owned() + "\n";
            line.replace("07", &format!("{:02}", random.below(60))).replace("42", &random.below(10_000).to_string())
        };
        out.write_all(line.as_bytes()).expect("the disk has room");
        written += line.len();
    }
    out.flush().expect("the disk has room");
}

fn throughput(engine: &Engine, log: &Path, density: f64) {
    let size = fs::metadata(log).expect("just written").len();
    let mut count = 0.0;
    let mut row = |name: &str, (cpu, wall): (f64, Duration)| {
        if count == 0.0 {
            count = cpu;
        }
        let (rate, times, wall) = (size as f64 / 1e9 / cpu, cpu / count, wall.as_secs_f64());
        println!("{:>7}%  {name:24} {cpu:>8.2} {rate:>9.3} {times:>8.1} {wall:>8.2}", density * 100.0);
    };
    row("count line ends", repeated(|| blocks(log, |block| memchr::memchr_iter(b'\n', block).count())));
    row("scanner, one thread", own(|| blocks(log, |block| scan(engine, block))));
    let program = Path::new(env!("CARGO_BIN_EXE_certwhy"));
    row("certwhy diagnose", child(Command::new(program).arg("diagnose").arg(log)).0);
    row("  on one core", child(Command::new("taskset").args(["-c", "0"]).arg(program).arg("diagnose").arg(log)).0);
}

/// Both on a small log: ripgrep takes minutes for more.
fn against_ripgrep(engine: &Engine, folder: &Path, patterns: &Path) {
    let log = folder.join("small.log");
    generate(engine, &log, 8 << 20, 0.0001);
    let program = Path::new(env!("CARGO_BIN_EXE_certwhy"));
    let ((own, _), _) = child(Command::new(program).arg("diagnose").arg(&log));
    println!("\n8 MiB, 0.01 % matching: certwhy diagnose {own:.2} CPU s");
    if Command::new("rg").arg("--version").stdout(Stdio::null()).status().is_err() {
        return println!("ripgrep is not installed");
    }
    let mut command = Command::new("timeout");
    command.args([
        PATIENCE,
        "rg",
        "-n",
        "--no-config",
        "-a",
        "-j1",
        "--regex-size-limit=4G",
        "--dfa-size-limit=1G",
        "-f",
    ]);
    let ((cpu, wall), _) = child(command.arg(patterns).arg(&log));
    let ended = if wall.as_secs() >= 120 { ", not finished" } else { "" };
    println!("8 MiB, 0.01 % matching: rg -n -f patterns {cpu:.2} CPU s{ended}: {:.0} times as much", cpu / own);
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

/// How the filter alone and its set-up grow with the number of patterns.
fn scaling(engine: &Engine, folder: &Path, size: usize) {
    println!("\n{:>9} {:>10} {:>10} {:>12}", "patterns", "set-up s", "GB/CPU s", "lines found");
    let log = folder.join("scaling.log");
    generate(engine, &log, size, 0.01);
    let own_texts = texts(engine);
    for count in [100, 1_000, own_texts.len(), 10_000] {
        // Beyond what there is: the same patterns with another ending, which is as good as another pattern.
        let more = own_texts.iter().map(|text| format!("(?:{text}) variant"));
        let set: Vec<String> = own_texts.iter().map(|text| (*text).clone()).chain(more).take(count).collect();
        let started = Instant::now();
        let set: Vec<&str> = set.iter().map(String::as_str).collect();
        let (patterns, _) = Patterns::new(&set, &[], None);
        let set_up = started.elapsed().as_secs_f64();
        let mut found = 0;
        let (cpu, _) = own(|| {
            blocks(&log, |block| {
                let mut lines = Vec::new();
                patterns.lines(block, 0, &mut |_, _| false, &mut |line| lines.push(line));
                lines.dedup();
                found += lines.len();
                0
            })
        });
        println!("{count:>9} {set_up:>10.2} {:>10.3} {found:>12}", size as f64 / 1e9 / cpu);
    }
}

/// The whole process on one line, and its memory on a long log.
fn process(engine: &Engine, folder: &Path) {
    let program = Path::new(env!("CARGO_BIN_EXE_certwhy"));
    let one: PathBuf = folder.join("one.log");
    fs::write(&one, "nginx: [emerg] bind() to 0.0.0.0:443 failed (98: Address already in use)\n").expect("written");
    let mut walls: Vec<Duration> =
        (0..21).map(|_| child(Command::new(program).arg("diagnose").arg(&one)).0.1).collect();
    walls.sort();
    println!("\none line: {:.0} ms (median of 21)", walls[10].as_secs_f64() * 1e3);
    for mebibytes in [64, 2048] {
        let log = folder.join("memory.log");
        generate(engine, &log, mebibytes << 20, 0.0001);
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
