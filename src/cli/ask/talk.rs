//! The talk: questions out, answers in.

use std::process::ExitCode;

use jiff::Timestamp;
use serde_json::json;

use super::lines::{Line, Lines};
use super::{AskArgs, Format};
use crate::ask::{Given, Interview, Kind, LETTERS, Moved, Next, Question, Reply, State};
use crate::cli::{self, Common};
use crate::error::{Error, Result};
use crate::report::redact::Redactor;
use crate::report::{percent, printable, text};
use crate::rule::model::Knowledge;

/// Moves that are told after an answer.
const MOVES: usize = 3;
/// The line that ends a pasted log.
const END: &str = ".";
/// Words of an answer from which on it is a line of the log.
const WORDS: usize = 3;

/// How it speaks.
pub struct Voice<'c> {
    format: Format,
    common: &'c Common,
    /// What was asked and answered, for a program.
    turns: Vec<serde_json::Value>,
}

impl<'c> Voice<'c> {
    pub fn new(format: Format, common: &'c Common) -> Self {
        Voice { format, common, turns: Vec::new() }
    }

    /// To a person.
    fn say(&self, text: &str) -> Result<()> {
        match self.format {
            Format::Text => self.common.print(text),
            _ => Ok(()),
        }
    }

    /// To a program, at once.
    fn event(&self, event: serde_json::Value) -> Result<()> {
        match self.format {
            Format::Ndjson => self.common.print(&event.to_string()),
            _ => Ok(()),
        }
    }
}

pub struct Talk<'t, 'e> {
    pub args: &'t AskArgs,
    pub interview: Interview<'e>,
    pub lines: Lines,
    pub voice: Voice<'t>,
    pub now: Timestamp,
    pub inputs: Vec<String>,
    pub probed: bool,
}

/// What a turn led to.
enum Turn {
    /// Evidence.
    Given(Given),
    /// The last answer is taken back.
    Back,
    /// The question stands.
    Again,
    /// Nobody answers any more.
    End,
}

impl<'e> Talk<'_, 'e> {
    pub fn run(&mut self) -> Result<ExitCode> {
        let mut state = self.interview.state();
        if self.lines.is_person() && self.voice.format == Format::Text {
            self.voice.say(
                "Answer with yes, no, a number, a value or a line of the log; ? where you do not know. More: why, back, plan, log, quit.",
            )?;
        }
        let ended = loop {
            let question = match self.interview.next(&state) {
                Next::Ask(question) => question,
                Next::Sure => break "sure",
                Next::NothingLeft => break "nothing-left",
            };
            self.ask(&question)?;
            match self.turn(&question, &state)? {
                Turn::Again => {}
                Turn::End => break "answers-end",
                Turn::Back => {
                    let back = self.interview.back();
                    self.voice.say(if back.is_some() { "Taken back." } else { "There is no answer to take back." })?;
                    state = self.interview.state();
                    self.save()?;
                }
                Turn::Given(given) => {
                    if let Err(error) = self.interview.give(given.clone()) {
                        self.unclear(&error.to_string())?;
                        continue;
                    }
                    let after = self.interview.state();
                    self.moved(&question, &given, &state, &after)?;
                    state = after;
                    self.save()?;
                }
            }
        };
        self.save()?;
        self.end(ended, &state)
    }

    fn ask(&mut self, question: &Question) -> Result<()> {
        let number = self.interview.given().len() + 1;
        let mut out = format!("\n{number}. {}", question.text);
        if question.minutes >= 1.0 {
            out.push_str(&format!(" ({} min)", question.minutes));
        }
        if let Some(place) = &question.place {
            out.push_str(&format!("\n   {place}"));
        }
        for (ix, choice) in question.choices.iter().enumerate() {
            out.push_str(&format!("\n   {}  {}", ix + 1, choice.text));
        }
        match question.kind {
            Kind::Signs | Kind::Facts | Kind::Symptom => out.push_str("\n   0  none of them"),
            _ => {}
        }
        if self.probes(question) {
            out.push_str("\n   (probe: certwhy looks itself)");
        }
        self.voice.say(&printable(&out))?;
        self.voice.event(json!({ "event": "question", "question": question }))
    }

    fn turn(&mut self, question: &Question, state: &State<'e>) -> Result<Turn> {
        #[cfg(feature = "probe")]
        if let Some(domain) = self.args.probe.clone()
            && self.probes(question)
        {
            return self.probe(state, &domain);
        }
        let line = match self.lines.answer(question, self.interview.engine(), self.now) {
            Line::End => return Ok(Turn::End),
            Line::Given(given) => return Ok(Turn::Given(given)),
            Line::Text(line) => line,
        };
        let line = line.trim();
        let (word, rest) = line.split_once(char::is_whitespace).unwrap_or((line, ""));
        match word.to_lowercase().as_str() {
            "quit" | "exit" | "q" => return Ok(Turn::End),
            "back" | "b" => return Ok(Turn::Back),
            "why" | "w" => self.why(question)?,
            "plan" | "p" => {
                let answer = state.answer();
                self.voice.say(&text::write(&answer, cli::width(), false))?;
            }
            "help" | "h" => {
                self.voice
                    .say("yes, no, a number, a value, a line of the log; ? (not known), lines NUMBER, why, back, plan, log [FILE], probe, quit")?;
            }
            "log" => return self.log(rest.trim()),
            "lines" | "l" => self.show_lines(question, rest.trim())?,
            #[cfg(feature = "probe")]
            "probe" => return self.probe(state, rest.trim()),
            _ => match question.read(line) {
                Reply::Given(given) => return Ok(Turn::Given(self.exactly(question, given)?)),
                // The line itself.
                Reply::Unclear(_) if question.kind == Kind::Signs && line.split_whitespace().count() >= WORDS => {
                    return Ok(Turn::Given(self.pasted(format!("{line}\n"))));
                }
                Reply::Unclear(way_out) => self.unclear(&way_out)?,
            },
        }
        Ok(Turn::Again)
    }

    fn unclear(&self, why: &str) -> Result<()> {
        // What was typed may be a secret.
        let why = Redactor::default().text(why);
        self.voice.say(&printable(&format!("   {why}")))?;
        self.voice.event(json!({ "event": "unclear", "why": why }))
    }

    /// Why this is asked.
    fn why(&self, question: &Question) -> Result<()> {
        let causes = question.apart_titles(&self.interview.engine().knowledge);
        let mut out = "   It tells apart what is likeliest by now:".to_owned();
        for cause in &causes {
            out.push_str(&format!("\n   - {cause}"));
        }
        if causes.is_empty() {
            out = "   What you see says in which stage to look.".to_owned();
        }
        out.push_str(&format!(
            "\n   Its answer is worth {:.1} bits, and takes {} min to find out: more for the time than any other question.",
            question.bits, question.minutes
        ));
        self.voice.say(&out)
    }

    /// A log that is pasted, or one of a file.
    fn log(&mut self, path: &str) -> Result<Turn> {
        if !path.is_empty() {
            return match std::fs::read(path) {
                Ok(bytes) => {
                    let text = String::from_utf8_lossy(&bytes).into_owned();
                    Ok(Turn::Given(Given::Log { name: path.to_owned(), text }))
                }
                Err(error) => {
                    self.unclear(&format!("{path} cannot be read: {error}"))?;
                    Ok(Turn::Again)
                }
            };
        }
        self.voice.say(&format!("   Paste it, and end it with a line that holds {END} alone."))?;
        let mut text = String::new();
        while let Some(line) = self.lines.line().filter(|line| line.trim() != END) {
            text.push_str(&line);
            text.push('\n');
        }
        if text.trim().is_empty() {
            self.unclear("nothing was pasted")?;
            return Ok(Turn::Again);
        }
        Ok(Turn::Given(self.pasted(text)))
    }

    fn pasted(&self, text: String) -> Given {
        let number = self.interview.given().iter().filter(|given| matches!(given, Given::Log { .. })).count() + 1;
        Given::Log { name: format!("pasted log {number}"), text }
    }

    /// The lines that an item of a list stands for, each with its letter.
    fn show_lines(&self, question: &Question, item: &str) -> Result<()> {
        let Some(choice) = item.parse::<usize>().ok().and_then(|n| question.choices.get(n.checked_sub(1)?)) else {
            return self.unclear("write lines and the number of an item, as lines 2");
        };
        let knowledge = &self.interview.engine().knowledge;
        let lines: Vec<String> = LETTERS
            .chars()
            .zip(&choice.alike)
            .filter_map(|(letter, id)| {
                Some(format!("   {item}{letter}  {}", knowledge.signals[knowledge.signal(id)?].title))
            })
            .collect();
        self.voice.say(&printable(&lines.join("\n")))
    }

    /// An answer made exact, by somebody at a terminal: which of the lines of an item it is.
    fn exactly(&mut self, question: &Question, given: Given) -> Result<Given> {
        let Given::Signs { seen, .. } = &given else { return Ok(given) };
        let [only] = seen.as_slice() else { return Ok(given) };
        let number = question.choices.iter().position(|choice| choice.id == *only && choice.alike.len() > 1);
        let Some(number) = number.filter(|_| self.lines.is_person() && self.voice.format == Format::Text) else {
            return Ok(given);
        };
        self.voice
            .say("   Which line of it, as near as you can tell? Its letter, or Enter where it is another one.")?;
        let item = (number + 1).to_string();
        self.show_lines(question, &item)?;
        let letter = self.lines.line().unwrap_or_default().trim().to_lowercase();
        let letter = letter.strip_prefix(&item).unwrap_or(&letter);
        match question.read(&format!("{item}{letter}")) {
            Reply::Given(exact @ Given::Signs { .. }) if !letter.is_empty() => Ok(exact),
            _ => Ok(given),
        }
    }

    /// Whether a probe may answer a question, and none was made yet.
    fn probes(&self, question: &Question) -> bool {
        const ANSWERED: [&str; 4] = ["dcv.", "endpoint.", "deployment.target_reachable", "connector.endpoint_"];
        // These stand in the portal alone.
        const PORTAL: [&str; 4] = ["dcv.method", "dcv.status", "dcv.domain_status", "dcv.valid_till"];
        let key = question.key.as_str();
        cfg!(feature = "probe") && !self.probed && ANSWERED.iter().any(|p| key.starts_with(p)) && !PORTAL.contains(&key)
    }

    #[cfg(feature = "probe")]
    fn probe(&mut self, state: &State<'e>, domain: &str) -> Result<Turn> {
        self.probed = true;
        let found =
            cli::probe::document(&state.outcome, domain, &self.args.network, &mut |text| self.voice.common.tell(text));
        Ok(match found {
            Some((name, text)) => Turn::Given(Given::Log { name, text }),
            None => Turn::Again,
        })
    }

    /// What an answer did.
    fn moved(&mut self, question: &Question, given: &Given, before: &State<'e>, after: &State<'e>) -> Result<()> {
        let moved = self.interview.moved(before, after);
        if matches!(given, Given::Unknown { .. }) {
            self.voice.turns.push(json!({ "question": question, "answer": given, "moves": [] }));
            return self.voice.event(json!({ "event": "moved", "answer": given, "moves": [] }));
        }
        let mut out = String::new();
        for Moved { cause, from, to } in moved.iter().take(MOVES) {
            let title = &self.interview.engine().knowledge.causes[*cause].title;
            let sign = if to > from { "+" } else { "-" };
            out.push_str(&format!("   {sign} {title}: {} -> {}\n", percent(*from), percent(*to)));
        }
        out.push_str(&match (moved.is_empty(), because(&self.interview.engine().knowledge, given)) {
            (true, _) => "   It changes nothing.".to_owned(),
            (false, Some(why)) => format!("   because: {why}"),
            (false, None) => "   because of what the log shows".to_owned(),
        });
        self.voice.say(&printable(out.trim_end()))?;
        let causes = &self.interview.engine().knowledge.causes;
        let moves: Vec<_> = moved
            .iter()
            .take(MOVES)
            .map(|m| json!({ "id": causes[m.cause].id, "from": rounded(m.from), "to": rounded(m.to) }))
            .collect();
        let given = redacted(given);
        self.voice.event(json!({ "event": "moved", "answer": given, "moves": moves }))?;
        self.voice.turns.push(json!({ "question": question, "answer": given, "moves": moves }));
        Ok(())
    }

    /// Writes what was answered, where it is asked for: whole or not at all.
    fn save(&self) -> Result<()> {
        let Some(path) = &self.args.save else { return Ok(()) };
        let text = self.interview.saved(self.now, self.inputs.clone()).text();
        let unwritable = |source| Error::Unwritable { path: path.clone(), source };
        let beside = path.with_extension("part");
        std::fs::write(&beside, text).map_err(unwritable)?;
        std::fs::rename(&beside, path).map_err(unwritable)
    }

    fn end(&mut self, ended: &str, state: &State<'e>) -> Result<ExitCode> {
        let answer = state.answer();
        let why = match ended {
            "sure" => "The leading cause is certain enough.",
            "nothing-left" => "No question that is left would change what to do.",
            _ => "There are no more answers.",
        };
        self.voice.say(&format!("\n{why}\n"))?;
        self.voice.say(&text::write(&answer, cli::width(), false))?;
        if ended == "answers-end"
            && let Some(path) = &self.args.save
        {
            self.voice.say(&format!("\nGo on later: certwhy ask --resume {0} --save {0}", path.display()))?;
        }
        self.voice.event(json!({ "event": "end", "ended": ended, "diagnosis": answer }))?;
        if self.voice.format == Format::Json {
            let document =
                json!({ "schema": "certwhy/ask/1", "turns": self.voice.turns, "ended": ended, "diagnosis": answer });
            self.voice.common.print(&serde_json::to_string_pretty(&document).unwrap_or_default())?;
        }
        Ok(ExitCode::from(u8::from(!answer.causes.is_empty())))
    }
}

/// A probability in the digits that answers have.
fn rounded(p: f64) -> f64 {
    (p * 1e4).round() / 1e4
}

/// What was said, in a few words.
fn because(knowledge: &Knowledge, given: &Given) -> Option<String> {
    match given {
        Given::Symptom { symptom } => {
            Some(knowledge.symptom(symptom).map_or_else(|| symptom.clone(), |ix| knowledge.symptoms[ix].title.clone()))
        }
        Given::Fact { fact, value } => Some(Redactor::default().text(&format!("{fact} = {value}"))),
        Given::Signs { seen, .. } if seen.is_empty() => Some("none of these is there".to_owned()),
        Given::Signs { seen, .. } => {
            let titles = seen.iter().filter_map(|id| Some(knowledge.signals[knowledge.signal(id)?].title.as_str()));
            Some(format!("you see: {}", titles.collect::<Vec<_>>().join("; ")))
        }
        Given::Log { .. } | Given::Unknown { .. } => None,
    }
}

/// An answer without secrets, and without the lines of a log.
fn redacted(given: &Given) -> serde_json::Value {
    match given {
        Given::Log { name, text } => {
            json!({ "kind": "log", "name": Redactor::default().text(name), "lines": text.lines().count() })
        }
        Given::Fact { fact, value } => {
            json!({ "kind": "fact", "fact": fact, "value": Redactor::default().text(value) })
        }
        other => json!(other),
    }
}
