//! The template engine: captured values and facts become sentences and commands. Nothing else renders knowledge.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use minijinja::value::{Object, Value};
use minijinja::{Environment, UndefinedBehavior};

use crate::rule::model::Platform;

/// Instructions that one template may take: a guard against hostile packs.
const FUEL: u64 = 20_000;
/// Name under which a template stands while it is rendered; decides the quoting.
const POSIX: &str = "posix";
const POWERSHELL: &str = "powershell";

/// Values for the placeholders of templates: captures under their names, facts under their paths.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Values(pub BTreeMap<String, String>);

impl Values {
    /// Adds a value where none stands yet: the strongest evidence comes first.
    pub fn add(&mut self, name: &str, value: &str) {
        self.0.entry(name.to_owned()).or_insert_with(|| value.to_owned());
    }
}

/// What a placeholder resolves to: a value, and what lies under it (`bot` and `bot.status`).
#[derive(Debug, Default)]
struct Named {
    path: String,
    text: Option<String>,
    under: BTreeMap<String, Arc<Named>>,
}

impl Named {
    fn tree(values: &Values) -> Arc<Self> {
        Arc::new(Self::branch("", values.0.iter().map(|(k, v)| (k.as_str(), v.as_str())).collect()))
    }

    fn branch(path: &str, entries: Vec<(&str, &str)>) -> Self {
        let mut node = Named { path: path.to_owned(), ..Named::default() };
        let mut groups: BTreeMap<&str, Vec<(&str, &str)>> = BTreeMap::new();
        for (key, value) in entries {
            let (first, rest) = key.split_once('.').unwrap_or((key, ""));
            if first.is_empty() {
                node.text = Some(value.to_owned());
            } else {
                groups.entry(first).or_default().push((rest, value));
            }
        }
        for (name, entries) in groups {
            let child = Self::branch(&join(path, name), entries);
            node.under.insert(name.to_owned(), Arc::new(child));
        }
        node
    }
}

fn join(path: &str, name: &str) -> String {
    if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") }
}

impl Object for Named {
    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        let name = key.as_str()?;
        match self.under.get(name) {
            Some(leaf) if leaf.under.is_empty() => leaf.text.as_deref().map(Value::from),
            Some(node) => Some(Value::from_dyn_object(Arc::clone(node))),
            None => Some(Value::from_object(Named { path: join(&self.path, name), ..Named::default() })),
        }
    }

    fn is_true(self: &Arc<Self>) -> bool {
        self.text.is_some()
    }

    fn render(self: &Arc<Self>, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.text {
            Some(text) => f.write_str(text),
            None => write!(f, "<{}>", self.path),
        }
    }
}

/// The template engine with the habits of this knowledge base.
#[derive(Debug)]
pub struct Remedy {
    environment: Environment<'static>,
}

impl Default for Remedy {
    fn default() -> Self {
        let mut environment = Environment::new();
        environment.set_undefined_behavior(UndefinedBehavior::Chainable);
        environment.set_fuel(Some(FUEL));
        environment.set_auto_escape_callback(|_| minijinja::AutoEscape::None);
        environment.set_formatter(|out, state, value| {
            let missing = value.downcast_object_ref::<Named>().is_some_and(|n| n.text.is_none());
            let text = value.to_string();
            let text = match state.name() {
                POSIX if !missing => quote_posix(&text),
                POWERSHELL if !missing => quote_powershell(&text),
                _ => text,
            };
            out.write_str(&text).map_err(minijinja::Error::from)
        });
        Self { environment }
    }
}

impl Remedy {
    /// A sentence or an article, with values filled in; missing ones read `<name>`.
    ///
    /// # Errors
    /// The template does not parse, fails, or runs out of fuel.
    pub fn text(&self, template: &str, values: &Values) -> Result<String, minijinja::Error> {
        self.render("text", template, values)
    }

    /// A command, with every value quoted for the shell of its platform.
    ///
    /// # Errors
    /// As [`Remedy::text`].
    pub fn command(&self, platform: Platform, template: &str, values: &Values) -> Result<String, minijinja::Error> {
        let shell = if platform == Platform::Windows { POWERSHELL } else { POSIX };
        self.render(shell, template, values)
    }

    fn render(&self, name: &str, template: &str, values: &Values) -> Result<String, minijinja::Error> {
        if !template.contains('{') {
            return Ok(template.to_owned());
        }
        let context = Value::from_dyn_object(Named::tree(values));
        self.environment.template_from_named_str(name, template)?.render(context)
    }
}

/// Whether a template parses, and renders when no value is known.
///
/// # Errors
/// What the engine says about it.
pub fn check(template: &str) -> Result<(), minijinja::Error> {
    Remedy::default().text(template, &Values::default()).map(drop)
}

/// Names that a template asks for: captures, and paths of facts. None of one that does not parse.
pub fn variables(template: &str) -> Vec<String> {
    let environment = Remedy::default().environment;
    let parsed = environment.template_from_str(template);
    let mut names: Vec<String> = parsed.map(|t| t.undeclared_variables(true).into_iter().collect()).unwrap_or_default();
    names.sort();
    names
}

/// Whether a command template leaves the quoting to the engine: a placeholder inside quotes could be broken out of.
pub fn has_quoted_placeholder(template: &str) -> bool {
    let mut quote = None;
    let mut rest = template;
    while let Some(c) = rest.chars().next() {
        if rest.starts_with("{{") || rest.starts_with("{%") {
            if quote.is_some() && rest.starts_with("{{") {
                return true;
            }
            let end = rest.find(if rest.starts_with("{{") { "}}" } else { "%}" });
            rest = &rest[end.map_or(rest.len(), |at| at + 2)..];
            continue;
        }
        match quote {
            None if c == '"' || c == '\'' => quote = Some(c),
            Some(open) if open == c => quote = None,
            _ => {}
        }
        rest = &rest[c.len_utf8()..];
    }
    false
}

fn is_plain(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"@%+=:,./_-".contains(&b))
}

/// One word for a POSIX shell.
fn quote_posix(text: &str) -> String {
    if is_plain(text) && !text.starts_with('-') {
        text.to_owned()
    } else {
        format!("'{}'", text.replace('\'', r"'\''"))
    }
}

/// One word for PowerShell. A leading `@` or `%` and a comma mean something there.
fn quote_powershell(text: &str) -> String {
    let plain = text.bytes().all(|b| b.is_ascii_alphanumeric() || b"+=:./\\_-".contains(&b));
    if plain && !text.is_empty() && !text.starts_with('-') {
        text.to_owned()
    } else {
        format!("'{}'", text.replace('\'', "''"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn values() -> Values {
        let mut values = Values::default();
        values.add("record", "_acme-challenge.example.com");
        values.add("path", "/etc/it's here");
        values.add("host", "web1");
        values.add("host.cpu_percent", "97");
        values
    }

    #[test]
    fn values_fill_in_and_missing_ones_keep_their_name() {
        let remedy = Remedy::default();
        let text = remedy.text(
            "{{ record or \"x\" }} on {{ host }} at {{ host.cpu_percent }} % for {{ domain }}, bot {{ bot.name }}",
            &values(),
        );
        assert_eq!(text.unwrap(), "_acme-challenge.example.com on web1 at 97 % for <domain>, bot <bot.name>");
        let text = remedy.text("{% if domain %}yes{% else %}no{% endif %} {{ domain or '<that name>' }}", &values());
        assert_eq!(text.unwrap(), "no <that name>");
    }

    #[test]
    fn values_in_commands_are_quoted() {
        let remedy = Remedy::default();
        let posix = remedy.command(Platform::Linux, "ls -l {{ path }} {{ record }} {{ domain }}", &values());
        assert_eq!(posix.unwrap(), r"ls -l '/etc/it'\''s here' _acme-challenge.example.com <domain>");
        let windows = remedy.command(Platform::Windows, "Get-Item {{ path }}", &values());
        assert_eq!(windows.unwrap(), "Get-Item '/etc/it''s here'");
    }

    #[test]
    fn a_placeholder_in_quotes_is_found() {
        assert!(has_quoted_placeholder(r#"grep "{{ domain }}" file"#));
        assert!(!has_quoted_placeholder(r#"grep "x" {{ domain or "y" }} 'z'"#));
    }

    #[test]
    fn endless_templates_run_out_of_fuel() {
        let looping = "{% for a in range(9999) %}{% for b in range(9999) %}x{% endfor %}{% endfor %}";
        assert!(check(looping).is_err());
    }
}
