//! The body of a page as blocks, read from its Markdown. Every format is written from these.
//!
//! The Markdown of pages is CommonMark with tables, alerts (`> [!NOTE]`) and heading ids (`## Title {#id}`). It holds no
//! HTML: what looks like some is text. A code block that belongs to one platform says so behind its language
//! (```` ```sh linux ````). Links between pages read `page:PATH#ANCHOR`.

use std::collections::BTreeSet;
use std::iter::Peekable;

use pulldown_cmark::{Alignment, BlockQuoteKind, CodeBlockKind, Event, HeadingLevel, Options, Parser, Tag, TagEnd};

/// A block.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Block {
    /// A heading.
    Heading {
        /// From 1.
        level: u8,
        /// Its anchor, unique on the page.
        id: String,
        /// Its text.
        text: Vec<Inline>,
    },
    /// A paragraph.
    Paragraph(Vec<Inline>),
    /// Preformatted text.
    Code(Code),
    /// A list.
    List {
        /// The first number; `None` for bullets.
        start: Option<u64>,
        /// Whether its items stand close together.
        tight: bool,
        /// The items.
        items: Vec<Vec<Block>>,
    },
    /// A table.
    Table {
        /// How its columns are aligned.
        columns: Vec<Align>,
        /// The cells of the head.
        head: Vec<Vec<Inline>>,
        /// The cells of the rows.
        rows: Vec<Vec<Vec<Inline>>>,
    },
    /// A quotation, or a note that stands out.
    Quote {
        /// What kind of note.
        note: Option<Note>,
        /// What it says.
        blocks: Vec<Block>,
    },
    /// A line across the page.
    Rule,
}

/// Preformatted text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Code {
    /// Its language, `sh`; empty if none is named.
    pub language: String,
    /// The platform that it is for, `linux` or `windows`.
    pub platform: Option<String>,
    /// The text, without the last line end.
    pub text: String,
}

/// How a column is aligned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Align {
    /// As the reader's program likes.
    Any,
    /// To the left.
    Left,
    /// In the middle.
    Center,
    /// To the right.
    Right,
}

/// What kind of note it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Note {
    /// Good to know.
    Note,
    /// Makes it easier.
    Tip,
    /// Needed.
    Important,
    /// Something may go wrong.
    Warning,
    /// Something will go wrong.
    Caution,
}

impl Note {
    /// The word in `> [!WORD]`.
    pub fn word(self) -> &'static str {
        match self {
            Note::Note => "NOTE",
            Note::Tip => "TIP",
            Note::Important => "IMPORTANT",
            Note::Warning => "WARNING",
            Note::Caution => "CAUTION",
        }
    }

    fn of(kind: BlockQuoteKind) -> Self {
        match kind {
            BlockQuoteKind::Note => Note::Note,
            BlockQuoteKind::Tip => Note::Tip,
            BlockQuoteKind::Important => Note::Important,
            BlockQuoteKind::Warning => Note::Warning,
            BlockQuoteKind::Caution => Note::Caution,
        }
    }
}

/// A piece of running text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Inline {
    /// Letters.
    Text(String),
    /// Letters as a program writes them.
    Code(String),
    /// Emphasised.
    Emphasis(Vec<Inline>),
    /// Strongly emphasised.
    Strong(Vec<Inline>),
    /// A link.
    Link {
        /// Where it leads.
        to: Target,
        /// What is read.
        text: Vec<Inline>,
    },
    /// A new line.
    Break,
}

/// Where a link leads.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Target {
    /// Another page, or a place on this one where the path is empty.
    Page {
        /// The path of the page.
        path: String,
        /// A heading of it.
        anchor: Option<String>,
    },
    /// Anywhere else.
    Elsewhere(String),
}

impl Target {
    /// From what stands in the Markdown.
    pub fn read(url: &str) -> Self {
        let Some(page) = url.strip_prefix("page:").or_else(|| url.starts_with('#').then_some(url)) else {
            return Target::Elsewhere(url.to_owned());
        };
        let (path, anchor) = page.split_once('#').map_or((page, None), |(path, anchor)| (path, Some(anchor)));
        Target::Page { path: path.to_owned(), anchor: anchor.map(str::to_owned) }
    }

    /// As it stands in the Markdown of pages.
    pub fn neutral(&self) -> String {
        match self {
            Target::Page { path, anchor: Some(anchor) } if path.is_empty() => format!("#{anchor}"),
            Target::Page { path, anchor: Some(anchor) } => format!("page:{path}#{anchor}"),
            Target::Page { path, anchor: None } => format!("page:{path}"),
            Target::Elsewhere(url) => url.clone(),
        }
    }
}

/// What the Markdown of pages makes use of.
pub fn options() -> Options {
    Options::ENABLE_TABLES | Options::ENABLE_GFM | Options::ENABLE_HEADING_ATTRIBUTES
}

/// Reads Markdown. Headings without an id get one from their text; HTML becomes text, comments are left out.
pub fn read(markdown: &str) -> Vec<Block> {
    let mut reader = Reader { events: Parser::new_ext(markdown, options()).peekable(), ids: BTreeSet::new() };
    reader.blocks(None)
}

/// The text of a heading as an anchor, as GitHub makes it: small letters, hyphens for blanks, no punctuation.
pub fn slug(text: &str) -> String {
    let kept = text.trim().chars().filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'));
    kept.flat_map(char::to_lowercase).map(|c| if c == ' ' { '-' } else { c }).collect()
}

/// What is read of running text.
pub fn plain(text: &[Inline]) -> String {
    let mut out = String::new();
    for piece in text {
        match piece {
            Inline::Text(text) | Inline::Code(text) => out.push_str(text),
            Inline::Emphasis(inner) | Inline::Strong(inner) | Inline::Link { text: inner, .. } => {
                out.push_str(&plain(inner));
            }
            Inline::Break => out.push(' '),
        }
    }
    out
}

/// Calls `each` with every link of the blocks, and what is read of it.
pub fn links<'b>(blocks: &'b [Block], each: &mut impl FnMut(&'b Target, &'b [Inline])) {
    walk(blocks, &mut |text| inline_links(text, each));
}

fn inline_links<'b>(text: &'b [Inline], each: &mut impl FnMut(&'b Target, &'b [Inline])) {
    for piece in text {
        match piece {
            Inline::Link { to, text } => each(to, text),
            Inline::Emphasis(inner) | Inline::Strong(inner) => inline_links(inner, each),
            Inline::Text(_) | Inline::Code(_) | Inline::Break => {}
        }
    }
}

/// Calls `each` with every run of text.
fn walk<'b>(blocks: &'b [Block], each: &mut impl FnMut(&'b [Inline])) {
    for block in blocks {
        match block {
            Block::Heading { text, .. } | Block::Paragraph(text) => each(text),
            Block::List { items, .. } => items.iter().for_each(|item| walk(item, each)),
            Block::Table { head, rows, .. } => head.iter().chain(rows.iter().flatten()).for_each(|cell| each(cell)),
            Block::Quote { blocks, .. } => walk(blocks, each),
            Block::Code(_) | Block::Rule => {}
        }
    }
}

/// Lets `change` replace every run of text.
pub fn map(blocks: Vec<Block>, change: &mut impl FnMut(Vec<Inline>) -> Vec<Inline>) -> Vec<Block> {
    let each = |block| match block {
        Block::Heading { level, id, text } => Block::Heading { level, id, text: change(text) },
        Block::Paragraph(text) => Block::Paragraph(change(text)),
        Block::List { start, tight, items } => {
            let items = items.into_iter().map(|item| map(item, change)).collect();
            Block::List { start, tight, items }
        }
        Block::Table { columns, head, rows } => {
            let head = head.into_iter().map(&mut *change).collect();
            let rows = rows.into_iter().map(|row| row.into_iter().map(&mut *change).collect()).collect();
            Block::Table { columns, head, rows }
        }
        Block::Quote { note, blocks } => Block::Quote { note, blocks: map(blocks, change) },
        other @ (Block::Code(_) | Block::Rule) => other,
    };
    blocks.into_iter().map(each).collect()
}

/// All headings in their order: level, id and text.
pub fn headings(blocks: &[Block]) -> Vec<(u8, &str, String)> {
    let mut out = Vec::new();
    for block in blocks {
        if let Block::Heading { level, id, text } = block {
            out.push((*level, id.as_str(), plain(text)));
        }
    }
    out
}

struct Reader<'m> {
    events: Peekable<Parser<'m>>,
    ids: BTreeSet<String>,
}

impl Reader<'_> {
    /// Blocks up to the end of what they stand in.
    fn blocks(&mut self, until: Option<TagEnd>) -> Vec<Block> {
        let mut out = Vec::new();
        // Text of a tight list item stands there without a paragraph.
        let mut loose = Vec::new();
        let flush = |loose: &mut Vec<Inline>, out: &mut Vec<Block>| {
            if !loose.is_empty() {
                out.push(Block::Paragraph(joined(std::mem::take(loose))));
            }
        };
        while let Some(event) = self.events.next() {
            let tag = match event {
                Event::End(end) if Some(end) == until => break,
                Event::Start(tag) => tag,
                Event::Rule => {
                    flush(&mut loose, &mut out);
                    out.push(Block::Rule);
                    continue;
                }
                other => {
                    loose.extend(piece(other));
                    continue;
                }
            };
            if matches!(tag, Tag::Emphasis | Tag::Strong | Tag::Strikethrough | Tag::Link { .. } | Tag::Image { .. }) {
                loose.extend(self.span(tag));
                continue;
            }
            flush(&mut loose, &mut out);
            out.extend(self.block(tag));
        }
        flush(&mut loose, &mut out);
        out
    }

    fn block(&mut self, tag: Tag<'_>) -> Option<Block> {
        let end = tag.to_end();
        Some(match tag {
            Tag::Heading { level, id, .. } => {
                let text = self.text(end);
                let id = self.unique(id.map_or_else(|| slug(&plain(&text)), |id| id.into_string()));
                Block::Heading { level: number(level), id, text }
            }
            Tag::CodeBlock(kind) => {
                let info = match &kind {
                    CodeBlockKind::Fenced(info) => info.as_ref(),
                    CodeBlockKind::Indented => "",
                };
                let mut words = info.split_whitespace();
                let language = words.next().unwrap_or_default().to_owned();
                let platform = words.next().filter(|word| matches!(*word, "linux" | "windows")).map(str::to_owned);
                let text = plain(&self.text(end)).trim_end_matches('\n').to_owned();
                Block::Code(Code { language, platform, text })
            }
            Tag::List(start) => {
                let mut items = Vec::new();
                let mut tight = true;
                while let Some(event) = self.events.next() {
                    match event {
                        Event::End(found) if found == end => break,
                        Event::Start(Tag::Item) => {
                            let (item, close) = self.item();
                            tight &= close;
                            items.push(item);
                        }
                        _ => {}
                    }
                }
                Block::List { start, tight, items }
            }
            Tag::Table(columns) => {
                let columns = columns.into_iter().map(align).collect();
                let mut rows: Vec<Vec<Vec<Inline>>> = Vec::new();
                while let Some(event) = self.events.next() {
                    match event {
                        Event::End(found) if found == end => break,
                        Event::Start(Tag::TableHead | Tag::TableRow) => rows.push(Vec::new()),
                        Event::Start(Tag::TableCell) => {
                            let cell = self.text(TagEnd::TableCell);
                            rows.last_mut()?.push(cell);
                        }
                        _ => {}
                    }
                }
                let mut rows = rows.into_iter();
                Block::Table { columns, head: rows.next().unwrap_or_default(), rows: rows.collect() }
            }
            Tag::BlockQuote(kind) => Block::Quote { note: kind.map(Note::of), blocks: self.blocks(Some(end)) },
            Tag::HtmlBlock => {
                let text = joined(self.text(end));
                if text.is_empty() {
                    return None;
                }
                Block::Paragraph(text)
            }
            _ => Block::Paragraph(self.text(end)),
        })
    }

    /// The blocks of an item, and whether it is a tight one.
    fn item(&mut self) -> (Vec<Block>, bool) {
        let close = !matches!(self.events.peek(), Some(Event::Start(Tag::Paragraph)));
        (self.blocks(Some(TagEnd::Item)), close)
    }

    /// Running text up to an end.
    fn text(&mut self, until: TagEnd) -> Vec<Inline> {
        let mut out = Vec::new();
        while let Some(event) = self.events.next() {
            match event {
                Event::End(end) if end == until => break,
                Event::Start(tag) => out.extend(self.span(tag)),
                other => out.extend(piece(other)),
            }
        }
        joined(out)
    }

    fn span(&mut self, tag: Tag<'_>) -> Vec<Inline> {
        let end = tag.to_end();
        match tag {
            Tag::Emphasis => vec![Inline::Emphasis(self.text(end))],
            Tag::Strong => vec![Inline::Strong(self.text(end))],
            Tag::Link { dest_url, .. } => vec![Inline::Link { to: Target::read(&dest_url), text: self.text(end) }],
            // No format can rely on a picture that stands elsewhere: a link leads to it.
            Tag::Image { dest_url, .. } => vec![Inline::Link { to: Target::read(&dest_url), text: self.text(end) }],
            _ => self.text(end),
        }
    }

    fn unique(&mut self, id: String) -> String {
        let id = if id.is_empty() { "section".to_owned() } else { id };
        let mut free = id.clone();
        let mut n = 0;
        while !self.ids.insert(free.clone()) {
            n += 1;
            free = format!("{id}-{n}");
        }
        free
    }
}

fn piece(event: Event<'_>) -> Option<Inline> {
    Some(match event {
        Event::Text(text) => Inline::Text(text.into_string()),
        Event::Code(text) => Inline::Code(text.into_string()),
        Event::Html(text) | Event::InlineHtml(text) if text.trim_start().starts_with("<!--") => return None,
        Event::Html(text) | Event::InlineHtml(text) => Inline::Text(text.replace('\n', " ")),
        Event::SoftBreak => Inline::Text(" ".to_owned()),
        Event::HardBreak => Inline::Break,
        _ => return None,
    })
}

/// Neighbouring letters in one piece.
fn joined(pieces: Vec<Inline>) -> Vec<Inline> {
    let mut out: Vec<Inline> = Vec::new();
    for piece in pieces {
        match (out.last_mut(), piece) {
            (Some(Inline::Text(text)), Inline::Text(more)) => text.push_str(&more),
            (_, piece) => out.push(piece),
        }
    }
    out
}

fn number(level: HeadingLevel) -> u8 {
    match level {
        HeadingLevel::H1 => 1,
        HeadingLevel::H2 => 2,
        HeadingLevel::H3 => 3,
        HeadingLevel::H4 => 4,
        HeadingLevel::H5 => 5,
        HeadingLevel::H6 => 6,
    }
}

fn align(alignment: Alignment) -> Align {
    match alignment {
        Alignment::None => Align::Any,
        Alignment::Left => Align::Left,
        Alignment::Center => Align::Center,
        Alignment::Right => Align::Right,
    }
}
