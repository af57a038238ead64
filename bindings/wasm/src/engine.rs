//! The calls of the library behind the functions.

use std::io::BufReader;

use certwhy::engine::{Interim, Outcome, ReadOptions};
use certwhy::input::envelope::Format;
use certwhy::report::why_not::WhyNotAnswer;
use certwhy::report::{self, FactAnswer, markdown, page, text};
use certwhy::rule::words::Words;
use certwhy::{Answer, Engine, Options, Session};
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::json;

use crate::host::{self, Input};

/// Bytes that are asked of the host at a time.
const BUFFER: usize = 256 << 10;

/// Causes that are listed at most, as on the command line.
const TOP: usize = 5;

/// A text, or why there is none.
pub type Reply = Result<String, String>;

/// What an instance holds.
#[derive(Default)]
pub struct State {
    engine: Option<&'static Engine>,
    session: Option<Session<'static>>,
    outcome: Option<Outcome<'static>>,
    ranking: Options,
}

/// What a diagnosis is asked for.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Request {
    now: Timestamp,
    #[serde(default)]
    facts: Vec<String>,
    #[serde(default)]
    options: Wishes,
}

/// As on the command line.
#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Wishes {
    input_format: Option<String>,
    since: Option<Timestamp>,
    until: Option<Timestamp>,
    limit: Option<u64>,
    min_probability: Option<f64>,
    top: Option<usize>,
}

impl State {
    pub fn open(&mut self) -> Reply {
        if self.engine.is_none() {
            // The instance ends with the engine.
            self.engine = Some(Box::leak(Box::new(Engine::embedded().map_err(|_| "the built-in rules are broken")?)));
        }
        self.version()
    }

    fn engine(&self) -> Result<&'static Engine, String> {
        self.engine.ok_or_else(|| "call open first".to_owned())
    }

    pub fn version(&self) -> Reply {
        let knowledge = &self.engine()?.knowledge;
        let (causes, signals) = (knowledge.causes.len(), knowledge.signals.len());
        Ok(json!({ "version": env!("CARGO_PKG_VERSION"), "causes": causes, "signals": signals }).to_string())
    }

    pub fn begin(&mut self, request: &str) -> Reply {
        let request: Request = serde_json::from_str(request).map_err(|error| format!("the request: {error}"))?;
        let Wishes { input_format, since, until, limit, min_probability, top } = request.options;
        let format = |word: String| Format::from_word(&word).ok_or_else(|| format!("`{word}` is no form of logs"));
        let usual = Options::default();
        self.ranking =
            Options { min_probability: min_probability.unwrap_or(usual.min_probability), top: top.unwrap_or(TOP) };
        self.outcome = None;
        let mut session = self.engine()?.session(request.now);
        let format = input_format.map(format).transpose()?;
        session.options(ReadOptions { format, since, until, limit, ..ReadOptions::default() });
        for fact in &request.facts {
            session.fact(fact).map_err(|error| error.to_string())?;
        }
        self.session = Some(session);
        Ok(String::new())
    }

    pub fn add(&mut self, name: &str, handle: u32, size: u64) -> Reply {
        let session = self.session.as_mut().ok_or("call begin first")?;
        let mut input = Input::new(handle, size);
        let reader = BufReader::with_capacity(BUFFER, input.clone());
        let ranking = self.ranking;
        let mut tell = |outcome| host::give_partial(&report::json(&Answer::new(&outcome)));
        let mut interim = Interim { due: &host::DUE, ranking, tell: &mut tell };
        session.read_file_telling(name, reader, &mut input, &mut interim);
        Ok(String::new())
    }

    pub fn finish(&mut self) -> Reply {
        let session = self.session.take().ok_or("call begin first")?;
        let outcome = session.diagnose(self.ranking);
        let json = report::json(&Answer::new(&outcome));
        self.outcome = Some(outcome);
        Ok(json)
    }

    fn outcome(&self) -> Result<&Outcome<'static>, String> {
        self.outcome.as_ref().ok_or_else(|| "nothing was diagnosed yet".to_owned())
    }

    pub fn report(&self, format: &str) -> Reply {
        let answer = Answer::new(self.outcome()?);
        match format {
            "markdown" => Ok(markdown::write(&answer)),
            "text" => Ok(text::plain(&answer, 100)),
            other => Err(format!("`{other}` is no form of reports: markdown, text")),
        }
    }

    pub fn why_not(&self, cause: &str) -> Reply {
        let engine = self.engine()?;
        let cause = engine.knowledge.cause(cause).ok_or_else(|| page::unknown(engine, cause))?;
        Ok(report::why_not_json(&WhyNotAnswer::new(self.outcome()?, cause)))
    }

    pub fn explain(&self, name: &str) -> Reply {
        let engine = self.engine()?;
        page::explain(engine, name).ok_or_else(|| page::unknown(engine, name))
    }

    pub fn facts(&self) -> Reply {
        let all: Vec<FactAnswer> = self.engine()?.knowledge.facts.values().map(FactAnswer::new).collect();
        Ok(json!(all).to_string())
    }
}
