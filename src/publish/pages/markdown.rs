//! Blocks written as Markdown. What differs between the programs that read it is told by a [`Dialect`].

use super::content::{Align, Block, Code, Inline, Note, Target};

/// What a program that reads Markdown understands beside it, wherever the text stands.
pub trait Style: std::fmt::Debug {
    /// Columns by which the inside of a list item is indented; as wide as its mark if not given.
    fn indent(&self) -> Option<usize> {
        None
    }

    /// Letters that need more than the backslashes of CommonMark; `escaped` has these already.
    fn text(&self, escaped: String) -> String {
        escaped
    }

    /// A new line within a paragraph.
    fn line_break(&self) -> &'static str {
        "\\\n"
    }

    /// What begins and what ends a comment.
    fn comment(&self) -> (&'static str, &'static str) {
        ("<!--", "-->")
    }

    /// Lines that a file needs at its top for some of the text.
    fn preamble(&self, _text: &str) -> &'static str {
        ""
    }

    /// Whether a choice of platforms cannot stand inside a list, so that steps are written below each other.
    fn flat_steps(&self) -> bool {
        false
    }

    /// A block of code.
    fn code(&self, code: &Code) -> String {
        fence(&code.text, &code.language)
    }

    /// The same for several platforms.
    fn tabs(&self, tabs: &[&Code]) -> String {
        let one = |code: &&Code| format!("{}:\n\n{}", label(code), self.code(code));
        tabs.iter().map(one).collect::<Vec<_>>().join("\n\n")
    }

    /// A note that stands out; `inside` is Markdown.
    fn note(&self, note: Note, inside: &str) -> String {
        let word = note.word();
        let title = format!("**{}{}**", &word[..1], word[1..].to_lowercase());
        quoted(&format!("{title}\n\n{inside}"))
    }
}

/// CommonMark with tables.
#[derive(Debug, Clone, Copy)]
pub struct Common;

impl Style for Common {}

/// How one text is written: a style, and where its headings and links stand.
pub trait Dialect {
    /// What its reader understands.
    fn style(&self) -> &dyn Style {
        &Common
    }

    /// The line of a heading.
    fn heading(&self, level: u8, id: &str, text: &str) -> String;

    /// Where a link leads; without an address only its text stays.
    fn link(&self, to: &Target) -> Option<String>;
}

/// The form in which pages are kept: see [`super::content`].
#[derive(Debug, Clone, Copy)]
pub struct Neutral;

impl Dialect for Neutral {
    fn heading(&self, level: u8, id: &str, text: &str) -> String {
        format!("{} {text} {{#{id}}}", hashes(level))
    }

    fn link(&self, to: &Target) -> Option<String> {
        Some(to.neutral())
    }

    fn style(&self) -> &dyn Style {
        self
    }
}

impl Style for Neutral {
    fn code(&self, code: &Code) -> String {
        let platform = code.platform.as_ref().map_or(String::new(), |platform| format!(" {platform}"));
        fence(&code.text, &format!("{}{platform}", code.language))
    }

    fn tabs(&self, tabs: &[&Code]) -> String {
        tabs.iter().map(|code| self.code(code)).collect::<Vec<_>>().join("\n\n")
    }

    fn note(&self, note: Note, inside: &str) -> String {
        quoted(&format!("[!{}]\n{inside}", note.word()))
    }
}

/// Writes blocks; the text ends with a line end.
pub fn write(blocks: &[Block], dialect: &impl Dialect) -> String {
    let mut out = Writer { dialect }.blocks(blocks);
    out.push('\n');
    out
}

/// Writes running text.
pub fn running(text: &[super::content::Inline]) -> String {
    Writer { dialect: &Neutral }.inline(text, false)
}

/// What a platform is called.
pub fn label(code: &Code) -> &str {
    match code.platform.as_deref() {
        Some("linux") => "Linux",
        Some("windows") => "Windows",
        _ => "Any",
    }
}

/// The marks of a heading.
pub fn hashes(level: u8) -> String {
    "#".repeat(usize::from(level.clamp(1, 6)))
}

/// A fenced block whose fence is longer than any in the text.
pub fn fence(text: &str, info: &str) -> String {
    let longest = text.split(|c| c != '`').map(str::len).max().unwrap_or(0);
    let fence = "`".repeat(longest.max(2) + 1);
    let line_end = if text.is_empty() { "" } else { "\n" };
    format!("{fence}{info}\n{text}{line_end}{fence}")
}

/// Markdown as a quotation.
pub fn quoted(markdown: &str) -> String {
    let line = |line: &str| if line.is_empty() { ">".to_owned() } else { format!("> {line}") };
    markdown.lines().map(line).collect::<Vec<_>>().join("\n")
}

/// Markdown moved to the right, but for its first line and empty ones.
pub fn indented(markdown: &str, columns: usize) -> String {
    let space = " ".repeat(columns);
    let line = |(n, line): (usize, &str)| match n == 0 || line.is_empty() {
        true => line.to_owned(),
        false => format!("{space}{line}"),
    };
    markdown.lines().enumerate().map(line).collect::<Vec<_>>().join("\n")
}

/// Blocks of code for different platforms that follow each other at the beginning of `blocks`: one thing to choose from.
pub fn choice(blocks: &[Block]) -> Vec<&Code> {
    let mut tabs: Vec<&Code> = Vec::new();
    for block in blocks {
        match block {
            Block::Code(code) if code.platform.is_some() && tabs.iter().all(|t| t.platform != code.platform) => {
                tabs.push(code);
            }
            _ => break,
        }
    }
    tabs
}

fn has_choice(items: &[Vec<Block>]) -> bool {
    items.iter().any(|item| (0..item.len()).any(|at| choice(&item[at..]).len() > 1))
}

struct Writer<'d, D> {
    dialect: &'d D,
}

impl<D: Dialect> Writer<'_, D> {
    fn blocks(&self, blocks: &[Block]) -> String {
        let mut out = Vec::new();
        let mut rest = blocks;
        let mut previous: Option<&Block> = None;
        while let Some(block) = rest.first() {
            let tabs = choice(rest);
            if tabs.len() > 1 {
                out.push(self.dialect.style().tabs(&tabs));
                rest = &rest[tabs.len()..];
            } else {
                // Two lists that follow each other would become one.
                if matches!((previous, block), (Some(Block::List { .. }), Block::List { .. })) {
                    let (open, close) = self.dialect.style().comment();
                    out.push(format!("{open} {close}"));
                }
                out.push(self.block(block));
                rest = &rest[1..];
            }
            previous = Some(block);
        }
        out.join("\n\n")
    }

    fn block(&self, block: &Block) -> String {
        match block {
            Block::Heading { level, id, text } => {
                let text = self.inline(text, false).replace('\n', " ").replace('{', "\\{");
                self.dialect.heading(*level, id, &text)
            }
            Block::Paragraph(text) => guarded(&self.inline(text, false)),
            Block::Code(code) => self.dialect.style().code(code),
            Block::List { start: Some(start), items, .. } if self.dialect.style().flat_steps() && has_choice(items) => {
                self.below_each_other(*start, items)
            }
            Block::List { start, tight, items } => self.list(*start, *tight, items),
            Block::Table { columns, head, rows } => self.table(columns, head, rows),
            Block::Quote { note: Some(note), blocks } => self.dialect.style().note(*note, &self.blocks(blocks)),
            Block::Quote { note: None, blocks } => quoted(&self.blocks(blocks)),
            Block::Rule => "---".to_owned(),
        }
    }

    fn list(&self, start: Option<u64>, tight: bool, items: &[Vec<Block>]) -> String {
        let item = |(n, blocks): (usize, &Vec<Block>)| {
            let mark = start.map_or("-".to_owned(), |start| format!("{}.", start + n as u64));
            let width = self.dialect.style().indent().unwrap_or(0).max(mark.len() + 1);
            let inside = match tight {
                true => self.tight(blocks),
                false => self.blocks(blocks),
            };
            format!("{mark:width$}{}", indented(&inside, width)).trim_end().to_owned()
        };
        let items: Vec<String> = items.iter().enumerate().map(item).collect();
        items.join(if tight { "\n" } else { "\n\n" })
    }

    fn below_each_other(&self, start: u64, items: &[Vec<Block>]) -> String {
        let item = |(n, blocks): (usize, &Vec<Block>)| format!("**{}.** {}", start + n as u64, self.blocks(blocks));
        items.iter().enumerate().map(item).collect::<Vec<_>>().join("\n\n")
    }

    /// The blocks of an item in a tight list: text, and lists within it, without empty lines.
    fn tight(&self, blocks: &[Block]) -> String {
        blocks.iter().map(|block| self.block(block)).collect::<Vec<_>>().join("\n")
    }

    fn table(&self, columns: &[Align], head: &[Vec<Inline>], rows: &[Vec<Vec<Inline>>]) -> String {
        let row = |cells: &[Vec<Inline>]| {
            let cell = |cell: &Vec<Inline>| self.inline(cell, true).replace('\n', " ");
            format!("| {} |", cells.iter().map(cell).collect::<Vec<_>>().join(" | "))
        };
        let ruler = columns.iter().map(|column| match column {
            Align::Any => "---",
            Align::Left => ":--",
            Align::Center => ":-:",
            Align::Right => "--:",
        });
        let mut lines = vec![row(head), format!("| {} |", ruler.collect::<Vec<_>>().join(" | "))];
        lines.extend(rows.iter().map(|cells| row(cells)));
        lines.join("\n")
    }

    fn inline(&self, text: &[Inline], cell: bool) -> String {
        let mut out = String::new();
        for piece in text {
            match piece {
                Inline::Text(text) => {
                    let escaped = escaped(text, out.chars().next_back());
                    let escaped = if cell { escaped.replace('|', "\\|") } else { escaped };
                    out.push_str(&self.dialect.style().text(escaped));
                }
                Inline::Code(text) => out.push_str(&code_span(text, cell)),
                Inline::Emphasis(inner) => out.push_str(&format!("*{}*", self.inline(inner, cell))),
                Inline::Strong(inner) => out.push_str(&format!("**{}**", self.inline(inner, cell))),
                Inline::Link { to, text } => match self.dialect.link(to) {
                    Some(url) => out.push_str(&format!("[{}]({})", self.inline(text, cell), address(&url))),
                    None => out.push_str(&self.inline(text, cell)),
                },
                Inline::Break => out.push_str(self.dialect.style().line_break()),
            }
        }
        out
    }
}

/// An address that ends where its brackets do.
fn address(url: &str) -> String {
    let mut out = String::with_capacity(url.len());
    for c in url.chars() {
        match c {
            ' ' => out.push_str("%20"),
            '(' => out.push_str("%28"),
            ')' => out.push_str("%29"),
            '<' => out.push_str("%3C"),
            '>' => out.push_str("%3E"),
            c => out.push(c),
        }
    }
    out
}

/// A code span whose marks are longer than any in it.
fn code_span(text: &str, cell: bool) -> String {
    let longest = text.split(|c| c != '`').map(str::len).max().unwrap_or(0);
    let marks = "`".repeat(longest + 1);
    let space = if text.starts_with('`') || text.ends_with('`') { " " } else { "" };
    let text = if cell { text.replace('|', "\\|") } else { text.to_owned() };
    format!("{marks}{space}{text}{space}{marks}")
}

/// Letters that Markdown does not take for marks. `<` and `&` become entities, which all programs read.
pub fn escaped(text: &str, before: Option<char>) -> String {
    let mut out = String::with_capacity(text.len());
    let mut before = before;
    let mut rest = text.chars().peekable();
    while let Some(c) = rest.next() {
        let word = |c: Option<char>| c.is_some_and(char::is_alphanumeric);
        match c {
            '<' => out.push_str("&lt;"),
            '&' if rest.peek().is_some_and(|next| next.is_ascii_alphabetic() || *next == '#') => out.push_str("&amp;"),
            '\\' if rest.peek().is_none_or(char::is_ascii_punctuation) => out.push_str("\\\\"),
            '`' | '*' | '[' | ']' => out.extend(['\\', c]),
            '_' if !(word(before) && word(rest.peek().copied())) => out.push_str("\\_"),
            '~' if before == Some('~') || rest.peek() == Some(&'~') => out.push_str("\\~"),
            c => out.push(c),
        }
        before = Some(c);
    }
    out
}

/// A paragraph that begins as another block would.
fn guarded(paragraph: &str) -> String {
    let digits = paragraph.trim_start_matches(|c: char| c.is_ascii_digit());
    let after_number = digits.len() < paragraph.len() && digits.starts_with(['.', ')']);
    if after_number {
        let at = paragraph.len() - digits.len();
        return format!("{}\\{digits}", &paragraph[..at]);
    }
    match paragraph.starts_with(['#', '>', '+', '-', '=', '|', ':']) {
        true => format!("\\{paragraph}"),
        false => paragraph.to_owned(),
    }
}
