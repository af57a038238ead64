//! The page of every code: what it means, an example of it, and the same made right.
//!
//! The pages are part of the documentation and of the program; a test checks that their examples do what they say.

use include_dir::{Dir, include_dir};

static PAGES: Dir<'static> = include_dir!("$CARGO_MANIFEST_DIR/docs/authoring/codes");

/// The page of a code, Markdown; upper and lower case are the same.
pub fn page(code: &str) -> Option<&'static str> {
    PAGES.get_file(format!("{}.md", code.to_ascii_uppercase()))?.contents_utf8()
}

/// Every code with its title, in ascending order.
pub fn all() -> Vec<(&'static str, &'static str)> {
    let mut all: Vec<_> = PAGES.files().filter_map(|file| Some((file.path().file_stem()?.to_str()?, file))).collect();
    all.sort_by_key(|(code, _)| *code);
    all.into_iter().map(|(code, file)| (code, title(file.contents_utf8().unwrap_or_default()))).collect()
}

fn title(page: &'static str) -> &'static str {
    page.lines().next().and_then(|line| line.split_once(": ")).map_or("", |(_, title)| title)
}
