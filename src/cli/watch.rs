//! `certwhy watch`.

use std::collections::HashMap;
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::atomic::Ordering;
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::time::{Duration, Instant};

use clap::{Args, ValueEnum};
use jiff::{SignedDuration, Timestamp};
use notify::{RecursiveMode, Watcher};

use super::follow::{Follower, Found};
use super::{Common, inputs, stream, width};
use crate::diagnostic::count;
use crate::engine::{Engine, ReadOptions, Session};
use crate::error::Result;
use crate::input::Record;
use crate::input::envelope::Format as Carrier;
use crate::input::live::{Intake, Live};
use crate::input::tail::From;
use crate::input::time::Reference;
use crate::reason::Options;
use crate::report::{EventAnswer, printable, text};
use crate::watch::Watch;

const HELP: &str = "\
PATH is a log file, a folder with logs, or - for standard input. Of a file that is there already,
only what is written from now on is read; --from-start reads all of it first. A log that is rotated,
cut short or created later is followed too; copies that rotation puts away, and what certwhy itself
writes, are not.

  certwhy watch /var/log/letsencrypt /var/log/nginx/error.log
  journalctl -f -u certbot -u nginx -o short-iso | certwhy watch -
  certwhy watch bot.log --format ndjson >> events.ndjson

An event is printed when an incident opens, when another cause leads, and when it clears. What is
about watching itself (a log was rotated, cannot be read) goes to standard error. Ctrl-C ends it.

Exit codes: 0 no incident was open at the end, 1 one was, 2 wrong use or broken rules.";

/// Without another line for so long, what was written is weighed.
const QUIET: Duration = Duration::from_secs(1);
/// At the latest so long after the first line that may change the diagnosis.
const PATIENCE: Duration = Duration::from_secs(5);
/// Between two looks at all logs, also where nobody tells that one has grown.
const TICK: Duration = Duration::from_millis(500);
/// Between two looks where somebody tells of one change after the other.
const PAUSE: Duration = Duration::from_millis(100);
/// Between two looks for new logs, where nobody tells.
const LISTING: Duration = Duration::from_secs(5);
/// What is older says nothing about now: clients try again at least twice a day.
const MEMORY: SignedDuration = SignedDuration::from_hours(26);
/// Between two times of forgetting.
const FORGET: Duration = Duration::from_secs(600);
/// Weighing takes at most this part of the time.
const SHARE: u32 = 5;

#[derive(Debug, Args)]
#[command(after_help = HELP)]
pub struct WatchArgs {
    /// Log files and folders; - reads standard input.
    #[arg(value_name = "PATH", required = true)]
    paths: Vec<PathBuf>,
    /// Read what the files hold already, too.
    #[arg(long)]
    from_start: bool,
    /// How to print events.
    #[arg(long, default_value = "text")]
    format: Format,
    /// Open an incident only if its leading cause is at least this likely (0 to 1).
    #[arg(long, value_name = "P", default_value_t = 0.4, value_parser = super::diagnose::probability)]
    min_probability: f64,
    /// The form of every log, where certwhy does not find it out by itself.
    #[arg(long, value_name = "FORMAT", value_parser = super::diagnose::input_format())]
    input_format: Option<Carrier>,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Format {
    /// For a person.
    Text,
    /// For a program: a line of JSON for each event, the contract certwhy/event/1.
    Ndjson,
}

/// What wakes the watch up.
enum Wake {
    /// A file has changed.
    Changed,
    /// A file came, went, or was renamed.
    Listing,
    /// From standard input.
    Bytes(Vec<u8>),
    /// Standard input has ended; why, where that was an error.
    Ended(Option<io::Error>),
}

pub fn run(args: &WatchArgs, common: &Common) -> Result<ExitCode> {
    let stop = inputs::stop_at_interrupt();
    let engine: &Engine = Box::leak(Box::new(common.engine()?));
    let reference = Reference { now: Timestamp::now() };
    let (wake, wakes) = mpsc::channel();
    let (piped, named): (Vec<_>, Vec<_>) = args.paths.iter().cloned().partition(|path| path.as_os_str() == "-");
    let stdin = !piped.is_empty();
    let mut watcher = Watched::new(engine, args, common);
    let mut follower = Follower::new(named.clone(), reference, args.input_format);
    for missing in named.iter().filter(|path| !path.exists()) {
        watcher.note(missing, "is not there yet; waiting for it");
    }
    if args.from_start {
        for path in follower.files() {
            watcher.read_all(&path, &mut follower);
        }
    }
    follower.look(&mut |found| watcher.take(found));
    let _keep = notifier(&named, &wake, &mut watcher);
    if stdin {
        watcher.piped = Some(Live::new(reference, args.input_format));
        read_stdin(wake);
    }
    watcher.begin(follower.count(), stdin)?;
    let mut listed = Instant::now();
    let mut more = false;
    while !stop.load(Ordering::Relaxed) {
        let (ended, listing) = watcher.wait(&wakes, if more { Duration::ZERO } else { TICK });
        if listing || listed.elapsed() >= LISTING {
            follower.look(&mut |found| watcher.take(found));
            listed = Instant::now();
        }
        more = follower.read(&mut |found| watcher.take(found));
        watcher.weigh_if_due()?;
        if ended && named.is_empty() {
            break;
        }
        if !more {
            std::thread::sleep(PAUSE);
        }
    }
    follower.finish(&mut |found| watcher.take(found));
    watcher.settle();
    watcher.weigh()?;
    Ok(ExitCode::from(u8::from(watcher.watch.open() > 0)))
}

/// Wakes the watch up when a file changes. Where the system cannot tell, looking now and then has to do.
fn notifier(named: &[PathBuf], wake: &Sender<Wake>, watched: &mut Watched) -> Option<notify::RecommendedWatcher> {
    let wake = wake.clone();
    let tell = move |event: notify::Result<notify::Event>| {
        let kind = event.map(|event| event.kind);
        let wakes = match kind {
            Ok(notify::EventKind::Access(_)) => return,
            Ok(notify::EventKind::Modify(notify::event::ModifyKind::Data(_))) => Wake::Changed,
            _ => Wake::Listing,
        };
        // Nobody listens any more: the watch has ended.
        let _ = wake.send(wakes);
    };
    let mut watcher = match notify::recommended_watcher(tell) {
        Ok(watcher) => watcher,
        Err(error) => {
            watched.note(
                Path::new("watching"),
                &format!("the system does not tell of changes ({error}); looking twice a second"),
            );
            return None;
        }
    };
    for path in named {
        // Of a file its folder is watched: rotation gives its name to another.
        let (place, mode) = match path.is_dir() {
            true => (path.as_path(), RecursiveMode::Recursive),
            false => (parent(path), RecursiveMode::NonRecursive),
        };
        if let Err(error) = watcher.watch(place, mode) {
            watched.note(place, &format!("the system does not tell of changes ({error}); looking twice a second"));
        }
    }
    Some(watcher)
}

fn parent(path: &Path) -> &Path {
    match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    }
}

fn read_stdin(wake: Sender<Wake>) {
    std::thread::spawn(move || {
        let mut stdin = io::stdin().lock();
        let mut buffer = vec![0; 64 << 10];
        loop {
            let wakes = match stdin.read(&mut buffer) {
                Ok(0) => Wake::Ended(None),
                Ok(read) => Wake::Bytes(buffer[..read].to_vec()),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => Wake::Ended(Some(error)),
            };
            let ended = matches!(wakes, Wake::Ended(_));
            if wake.send(wakes).is_err() || ended {
                return;
            }
        }
    });
}

/// Everything that was seen so far, and what was said of it.
struct Watched<'a> {
    session: Session<'a>,
    watch: Watch,
    options: Options,
    format: Format,
    common: &'a Common,
    /// Numbers of the logs as inputs.
    numbers: HashMap<PathBuf, usize>,
    /// Standard input.
    piped: Option<Live>,
    heard: Instant,
    /// Since when something is there that may change the diagnosis.
    due: Option<Instant>,
    weighed: Instant,
    /// How long weighing took the last time.
    took: Duration,
    forgot: Instant,
}

impl<'a> Watched<'a> {
    fn new(engine: &'a Engine, args: &WatchArgs, common: &'a Common) -> Self {
        let mut session = engine.session(Timestamp::now());
        let stop = Some(inputs::stop_at_interrupt());
        session.options(ReadOptions { format: args.input_format, stop, ..ReadOptions::default() });
        let now = Instant::now();
        Watched {
            session,
            watch: Watch::default(),
            options: Options { min_probability: args.min_probability, ..Options::default() },
            format: args.format,
            common,
            numbers: HashMap::new(),
            piped: None,
            heard: now,
            due: None,
            weighed: now,
            took: Duration::ZERO,
            forgot: now,
        }
    }

    /// What is there before watching begins, read as `diagnose` does.
    fn read_all(&mut self, path: &Path, follower: &mut Follower) {
        let before = self.session.inputs().len();
        let result = std::fs::File::open(path).and_then(|file| {
            let length = file.metadata()?.len();
            let reader = io::BufReader::with_capacity(256 << 10, file.take(length));
            self.session.read(&path.display().to_string(), reader);
            follower.behind(path, From::Byte(length))
        });
        match (result, self.session.inputs()) {
            (Err(error), _) => self.note(path, &format!("cannot be read: {error}")),
            (Ok(()), [.., input]) if self.session.inputs().len() == before + 1 && input.kind == "log" => {
                self.numbers.insert(path.to_owned(), before);
            }
            _ => {}
        }
        self.due = Some(Instant::now());
    }

    /// Says what is watched, and what it said so far.
    fn begin(&mut self, files: usize, stdin: bool) -> Result<()> {
        let logs = count(files, "log");
        let what = match (files, stdin) {
            (0, true) => "standard input".to_owned(),
            (_, true) => format!("{logs} and standard input"),
            _ => logs,
        };
        self.tell(&format!("certwhy: watching {what}; Ctrl-C ends it"));
        if self.due.is_some() { self.weigh() } else { Ok(()) }
    }

    /// Waits until there is something to do; returns whether standard input has ended, and whether files came or went.
    fn wait(&mut self, wakes: &Receiver<Wake>, longest: Duration) -> (bool, bool) {
        let (mut ended, mut listing) = (false, false);
        let mut next = wakes.recv_timeout(longest);
        loop {
            match next {
                Ok(Wake::Changed) => {}
                Ok(Wake::Listing) => listing = true,
                Ok(Wake::Bytes(bytes)) => self.bytes(&bytes),
                Ok(Wake::Ended(why)) => {
                    ended = true;
                    if let Some(error) = why {
                        self.note(Path::new("standard input"), &format!("cannot be read any more: {error}"));
                    }
                }
                Err(RecvTimeoutError::Timeout) => return (ended, listing),
                Err(RecvTimeoutError::Disconnected) => {
                    std::thread::sleep(longest);
                    return (ended, listing);
                }
            }
            next = wakes.recv_timeout(Duration::ZERO);
        }
    }

    fn bytes(&mut self, bytes: &[u8]) {
        let Some(mut live) = self.piped.take() else { return };
        self.heard = Instant::now();
        if live.push(bytes, &mut |record| self.record(Path::new("standard input"), record)) == Intake::Binary {
            return self.note(Path::new("standard input"), "not text (binary data); not watched");
        }
        self.piped = Some(live);
    }

    /// What standard input still holds is complete.
    fn settle(&mut self) {
        if let Some(mut live) = self.piped.take() {
            live.settle(&mut |record| self.record(Path::new("standard input"), record));
            self.piped = Some(live);
        }
    }

    fn take(&mut self, found: Found) {
        match found {
            Found::Record(path, record) => self.record(path, record),
            Found::Note(path, note) => self.note(path, &note),
        }
    }

    fn record(&mut self, path: &Path, record: Record) {
        self.heard = Instant::now();
        let number = match self.numbers.get(path) {
            Some(number) => *number,
            None => {
                let number = self.session.growing(&path.display().to_string());
                self.numbers.insert(path.to_owned(), number);
                number
            }
        };
        if self.session.record(number, record) {
            self.due.get_or_insert_with(Instant::now);
        }
    }

    fn note(&mut self, path: &Path, note: &str) {
        self.tell(&format!("certwhy: {}: {note}", path.display()));
    }

    /// To standard error. That nobody reads it is no reason to stop watching.
    fn tell(&self, text: &str) {
        let _ = writeln!(stream(io::stderr(), self.common.color), "{}", printable(text));
    }

    fn weigh_if_due(&mut self) -> Result<()> {
        if self.heard.elapsed() >= QUIET {
            self.settle();
        }
        if self.forgot.elapsed() >= FORGET {
            self.forgot = Instant::now();
            self.session.forget(Timestamp::now().saturating_sub(MEMORY).unwrap_or(Timestamp::MIN));
            self.due.get_or_insert_with(Instant::now);
        }
        let Some(since) = self.due else { return Ok(()) };
        let complete = self.heard.elapsed() >= QUIET || since.elapsed() >= PATIENCE;
        if complete && self.weighed.elapsed() >= self.took * SHARE { self.weigh() } else { Ok(()) }
    }

    fn weigh(&mut self) -> Result<()> {
        let started = Instant::now();
        let now = Timestamp::now();
        let outcome = self.session.so_far(now, self.options);
        for change in self.watch.take(&outcome) {
            let event = EventAnswer::new(&outcome, &change, now);
            let page = match self.format {
                Format::Text => text::event(&event, width()),
                Format::Ndjson => event.json(),
            };
            self.common.print(&page)?;
        }
        self.due = None;
        self.weighed = Instant::now();
        self.took = started.elapsed();
        Ok(())
    }
}
