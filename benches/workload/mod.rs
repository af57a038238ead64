//! Logs and patterns to measure with, made by a seeded generator: every run makes the same.
//!
//! The lines are those of five programs, one event a line except for the stack traces: a web server's access log, an ACME
//! client's debug log, a Java application, JSON lines, syslog. A share of them says what a pattern looks for.

use std::fmt::Write as _;
use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;

/// A small generator (xorshift64).
pub struct Random(pub u64);

impl Random {
    pub fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % end as u64) as usize
    }

    fn one<'t>(&mut self, of: &[&'t str]) -> &'t str {
        of[self.below(of.len())]
    }
}

/// A generated pattern, and what it matches.
pub struct Pattern {
    pub text: String,
    pub sample: String,
}

/// Words that the generated lines and patterns share: what is rare must not be rare by its letters.
const WORDS: [&str; 96] = [
    "account",
    "action",
    "address",
    "agent",
    "archive",
    "attempt",
    "audit",
    "backend",
    "backup",
    "binding",
    "block",
    "bridge",
    "bundle",
    "cache",
    "channel",
    "checksum",
    "client",
    "cluster",
    "collect",
    "commit",
    "compare",
    "config",
    "connect",
    "console",
    "content",
    "context",
    "cookie",
    "counter",
    "create",
    "daemon",
    "database",
    "decode",
    "default",
    "deliver",
    "deploy",
    "device",
    "digest",
    "directory",
    "dispatch",
    "document",
    "domain",
    "driver",
    "element",
    "encode",
    "endpoint",
    "engine",
    "event",
    "exchange",
    "execute",
    "export",
    "factory",
    "failover",
    "fetch",
    "filter",
    "finalize",
    "folder",
    "forward",
    "gateway",
    "generate",
    "grant",
    "handle",
    "header",
    "history",
    "identity",
    "image",
    "import",
    "index",
    "insert",
    "inspect",
    "interface",
    "issuer",
    "journal",
    "kernel",
    "keyring",
    "label",
    "layer",
    "lease",
    "library",
    "listener",
    "loader",
    "logger",
    "manager",
    "mapping",
    "member",
    "merge",
    "message",
    "metric",
    "module",
    "monitor",
    "network",
    "notify",
    "object",
    "option",
    "output",
    "packet",
    "policy",
];
/// Patterns with a slot for a word that tells them apart, and what they match.
const TEMPLATES: [(&str, &str); 32] = [
    (r"urn:ietf:params:acme:error:{}", "urn:ietf:params:acme:error:{}"),
    (r"certificate verify failed: {} (?P<why>[^\n]{1,80})", "certificate verify failed: {} is not trusted"),
    (r"(?i)dns response code (?:was |: ?)?{}", "DNS response code was {}"),
    (r"{}\.service: Failed with result '(?P<result>[a-z-]+)'", "{}.service: Failed with result 'exit-code'"),
    (r"Caused by: \S*{}Exception\b", "Caused by: java.security.{}Exception: no"),
    (r"(?:bind|connect)\(\)[^:\n]* failed \(\d+: {} refused\)", "connect() to 10.0.0.7:443 failed (111: {} refused)"),
    (
        r"{}: failed to (?:create|find|delete) (?:TXT )?record (?P<rec>\S+)",
        "{}: failed to create TXT record _acme.example.com",
    ),
    (
        r#"(?P<kind>Order|Challenge) "(?P<obj>[^"\n]+)" of {} (?:is not ready|in errored state)"#,
        "Order \"web-1\" of {} is not ready",
    ),
    (r"unable to (?:open|read|load) {} (?P<path>\S+)", "unable to load {} /etc/ssl/private/web.key"),
    (
        r"cannot load {} \x22(?P<path>[^\x22\n]+)\x22: BIO_new_file",
        "cannot load {} \"/etc/ssl/web.pem\": BIO_new_file() failed",
    ),
    (r"AH\d{5}: {} (?P<vhost>\S+) does not match", "AH02565: {} www.example.com:443 does not match"),
    (r"SSL_CTX_use_{}(?:_file)?\([^)\n]*\) failed", "SSL_CTX_use_{}_file(\"a.key\") failed"),
    (r"too many {} (?:already issued|recently)", "too many {} already issued"),
    (r"(?i)rate ?limit of {} .*retry after (?P<when>\S+)", "rate limit of {} reached, retry after 3600s"),
    (r"\[(?P<dom>[^\]\n]+)\] acme: {} could not", "[www.example.com] acme: {} could not be solved"),
    (r"x509: {} (?:has expired|is not yet valid)", "x509: {} has expired"),
    (r"remote error: tls: {} (?P<alert>[a-z ]+)", "remote error: tls: {} handshake failure"),
    (r"(?i)external account {} (?:required|unknown)", "External account {} required"),
    (r"CertUtil: -{} command FAILED: (?P<code>0x[0-9a-f]{8})", "CertUtil: -{} command FAILED: 0x80070005"),
    (r"no {} certificate matches (?P<name>\S+)", "no {} certificate matches www.example.com"),
    (r"(?i)x509: .*{} by unknown authority", "x509: certificate {} by unknown authority"),
    (r"(?i)(?:job|unit) .*{}\.service.* (?:failed|timed out)", "Job for {}.service has failed"),
    (
        r"(?i){} .*\b(?:api (?:key|token)|credentials)\b.* (?:invalid|rejected|missing)",
        "{} says that the API key is invalid",
    ),
    (
        r"Detail: (?P<ip>[0-9a-f.:]+): {} response from (?P<url>https?://\S+): (?P<status>\d+)",
        "Detail: 192.0.2.7: {} response from http://www.example.com/: 404",
    ),
    (r"(?i)webroot .*{} (?:does not exist|not writable)", "Webroot /var/www/{} does not exist"),
    (r"(?i)(?:TXT|CNAME) record .*{} (?:not found|missing|stale)", "TXT record of {} not found"),
    (
        r"renewal config of {} (?P<path>\S+) is (?:broken|missing a required file reference)",
        "renewal config of {} /etc/a.conf is broken",
    ),
    (r"hostname '(?P<h>[^'\n]+)' doesn't match (?:either of )?{}", "hostname 'a.example.com' doesn't match {}"),
    (r"(?P<level>FATAL|PANIC): +could not load {} certificate file", "FATAL:  could not load {} certificate file"),
    (r"(?i)clock of {} .*(?:skew|drift|behind)", "Clock of {} is 300 s behind"),
    (
        r"\[ALERT\] .*'{} (?P<bind>\S+)' .*unable to (?:stat|load)",
        "[ALERT] 1: parsing 'a.cfg': '{} *:443' : unable to load",
    ),
    (r"vault: .*error (?:issuing|signing) {}: (?P<why>[^\n]+)", "vault: an error issuing {}: no"),
];
/// Patterns without a text in what they match that is long enough to be looked for.
const WITHOUT_TEXT: [(&str, &str); 5] = [
    (r"\b(?:[0-9A-F]{2}:){19}[0-9A-F]{2}\b", "0A:1B:2C:3D:4E:5F:60:71:82:93:A4:B5:C6:D7:E8:F9:0A:1B:2C:3D"),
    (r"\b[A-Z]{3,}_[A-Z]{3,}_[A-Z]{3,}(?:_[A-Z]+)*\b", "KEY_VALUES_MISMATCH"),
    (r"^[A-Z]{2,3}\d{4,5}: \S+", "AH02604: no"),
    (r"(?P<code>[45]\d\d) ::+ (?P<verb>[A-Z]{3,6}) ::", "403 :: POST ::"),
    (r"\(\d{1,3}: [A-Z][a-z]+(?: [a-z]+)+\)", "(13: Permission denied)"),
];

/// A set of patterns; one in twenty has no text to look for where `all` are wanted. Smaller sets begin larger ones.
pub fn patterns(count: usize, all: bool) -> Vec<Pattern> {
    let slots = WORDS.iter().flat_map(|one| WORDS.iter().map(move |other| (*one, *other)));
    // Single words first, then pairs.
    let single = WORDS.iter().map(|word| (*word).to_owned());
    let pairs = slots.map(|(one, other)| format!("{one} {other}"));
    let of = |slot: String| TEMPLATES.iter().map(move |(text, sample)| filled(text, sample, &slot)).collect::<Vec<_>>();
    let mut with_text = single.chain(pairs).flat_map(of);
    let mut without =
        (1..).flat_map(|width| WITHOUT_TEXT.iter().map(move |(text, sample)| widened(text, sample, width)));
    let next = |ix: usize| if all && ix % 20 == 19 { without.next() } else { with_text.next() };
    (0..count).map_while(next).collect()
}

fn filled(text: &str, sample: &str, slot: &str) -> Pattern {
    Pattern { text: text.replace("{}", slot), sample: sample.replace("{}", slot) }
}

fn widened(text: &str, sample: &str, width: usize) -> Pattern {
    Pattern { text: format!(r"{text} ?\d{{{width},9}}"), sample: format!("{sample} {}", "7".repeat(width)) }
}

/// Different failures in a log, the first one the most frequent (by Zipf's law).
const FAILURES: usize = 200;

/// Samples of failures, some of them more frequent than others.
pub struct Failures<'s> {
    picked: Vec<&'s str>,
    weights: Vec<usize>,
}

impl<'s> Failures<'s> {
    pub fn of(samples: &[&'s str], random: &mut Random) -> Self {
        let picked = (0..FAILURES).map(|_| random.one(samples)).collect();
        let weights = (1..=FAILURES).flat_map(|rank| std::iter::repeat_n(rank - 1, FAILURES / rank)).collect();
        Self { picked, weights }
    }

    /// What the next line says, if it is one of the share that says something.
    pub fn next(&self, density: f64, random: &mut Random) -> Option<&'s str> {
        let planted = (random.below(1_000_000) as f64) < density * 1e6;
        planted.then(|| self.picked[self.weights[random.below(self.weights.len())]])
    }
}

/// Writes lines, each with its end, until there are so many bytes.
pub fn fill(path: &Path, size: usize, mut line: impl FnMut() -> String) {
    let mut out = BufWriter::new(File::create(path).expect("the temporary folder is writable"));
    let mut written = 0;
    while written < size {
        let line = line();
        out.write_all(line.as_bytes()).expect("the disk has room");
        written += line.len();
    }
    out.flush().expect("the disk has room");
}

/// Writes a log of about so many bytes; a share of the lines says one of the samples.
pub fn log(path: &Path, size: usize, density: f64, samples: &[&str]) {
    let mut random = Random(0x5EED);
    let failures = Failures::of(samples, &mut random);
    let mut seconds = 0;
    fill(path, size, || {
        seconds += random.below(3);
        let says = failures.next(density, &mut random);
        line(&mut random, seconds, says)
    });
}

/// What one program writes of one event.
fn line(random: &mut Random, seconds: usize, says: Option<&str>) -> String {
    let (hour, minute, second) = (seconds / 3600 % 24, seconds / 60 % 60, seconds % 60);
    let day = 1 + seconds / 86_400 % 28;
    let clock = format!("{hour:02}:{minute:02}:{second:02}");
    let mut some_words = |count: usize| (0..count).map(|_| random.one(&WORDS)).collect::<Vec<_>>().join(" ");
    let words = some_words(6);
    let text = says.unwrap_or(&words);
    let (failed, number) = (says.is_some(), random.below(100_000));
    // Nobody's failures stand in an access log.
    let program = if failed { 1 + random.below(4) } else { random.below(8).min(5) };
    match program {
        1 => format!(
            "2026-11-{day:02} {clock},{:03}:{}:certbot._internal.client:{text}\n",
            number % 1000,
            if failed { "ERROR" } else { "DEBUG" },
        ),
        2 => {
            let level = if failed { "ERROR" } else { "INFO " };
            let mut out = format!(
                "2026-11-{day:02} {clock}.{:03} {level} [worker-{}] c.e.{}: {text}\n",
                number % 1000,
                number % 16,
                random.one(&WORDS)
            );
            if random.below(20) == 0 {
                for _ in 0..random.below(12) {
                    let (one, other) = (random.one(&WORDS), random.one(&WORDS));
                    _ = writeln!(out, "\tat com.example.{one}.{other}({one}.java:{})", random.below(900));
                }
            }
            out
        }
        3 => format!(
            "{{\"ts\":\"2026-11-{day:02}T{clock}.{:03}Z\",\"level\":\"{}\",\"logger\":\"{}\",\"msg\":\"{}\",\"took\":{number}}}\n",
            number % 1000,
            if failed { "error" } else { "info" },
            random.one(&WORDS),
            text.replace('\\', "\\\\").replace('"', "\\\""),
        ),
        4 => format!("Nov {day:2} {clock} web-{} {}[{number}]: {text}\n", number % 9, random.one(&WORDS)),
        _ => format!(
            "192.0.2.{} - - [{day:02}/Nov/2026:{clock} +0000] \"GET /{}/{}?id={number} HTTP/1.1\" 200 {} \"-\" \"Mozilla/5.0 (X11; Linux x86_64) Chrome/126.0.{}\"\n",
            number % 255,
            random.one(&WORDS),
            random.one(&WORDS),
            random.below(100_000),
            number % 5000,
        ),
    }
}
