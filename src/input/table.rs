//! Tables with a head line: comma-separated values (RFC 4180) as portals export them, also with semicolons or tabs.

use serde_json::{Map, Value};

/// Columns of a table that are read.
const MAX_COLUMNS: usize = 200;

/// Reads a table: a list with an object for each row, its keys the words of the head line. None where the text is no table.
/// Cells that a row lacks are left out, and so are those without a head.
pub fn read(text: &str) -> Option<Value> {
    let text = text.trim_start_matches('\u{feff}');
    // Some programs tell the separator before the head.
    let (text, named) = match text.lines().next().and_then(|line| line.trim().strip_prefix("sep=")) {
        Some(separator) => (text.split_once('\n')?.1, separator.chars().next()),
        None => (text, None),
    };
    let separator = named.or_else(|| separator(text.lines().next()?))?;
    let mut rows = rows(text, separator).into_iter().filter(|row| row.iter().any(|cell| !cell.trim().is_empty()));
    let head: Vec<String> = rows.next()?.into_iter().map(|cell| cell.trim().to_owned()).collect();
    if head.len() < 2 || head.len() > MAX_COLUMNS {
        return None;
    }
    let object = |row: Vec<String>| {
        let cells = head.iter().zip(row).filter(|(name, _)| !name.is_empty());
        Value::Object(cells.map(|(name, cell)| (name.clone(), Value::from(cell.trim()))).collect::<Map<_, _>>())
    };
    Some(Value::Array(rows.map(object).collect()))
}

/// The separator of a head line: the one that stands in it most often, outside of quotes.
fn separator(head: &str) -> Option<char> {
    let times = |separator: char| {
        let mut quoted = false;
        head.chars()
            .filter(|c| {
                quoted ^= *c == '"';
                *c == separator && !quoted
            })
            .count()
    };
    [',', ';', '\t'].into_iter().map(|c| (times(c), c)).filter(|(n, _)| *n > 0).max_by_key(|(n, _)| *n).map(|(_, c)| c)
}

/// Cells by row. A cell in quotes may hold separators and line ends; two quotes in it are one.
fn rows(text: &str, separator: char) -> Vec<Vec<String>> {
    let (mut rows, mut row, mut cell) = (Vec::new(), Vec::new(), String::new());
    let mut quoted = false;
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '"' if quoted && chars.peek() == Some(&'"') => {
                chars.next();
                cell.push('"');
            }
            '"' if quoted => quoted = false,
            '"' if cell.trim().is_empty() => {
                cell.clear();
                quoted = true;
            }
            c if c == separator && !quoted => row.push(std::mem::take(&mut cell)),
            '\n' if !quoted => {
                row.push(std::mem::take(&mut cell));
                rows.push(std::mem::take(&mut row));
            }
            '\r' if !quoted => {}
            c => cell.push(c),
        }
    }
    if !cell.is_empty() || !row.is_empty() {
        row.push(cell);
        rows.push(row);
    }
    rows
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    #[test]
    fn separators_quotes_and_line_ends() {
        let expected =
            json!([{ "Bot Name": "A, \"the\" bot", "Status": "Stopped" }, { "Bot Name": "B\nC", "Status": "" }]);
        for separator in [',', ';', '\t'] {
            let text =
                format!("\u{feff}Bot Name{0}Status\r\n\"A, \"\"the\"\" bot\"{0} Stopped\r\n\r\n\"B\nC\"{0}", separator);
            assert_eq!(read(&text), Some(expected.clone()), "{separator:?}");
        }
        assert_eq!(read("sep=;\nA;B,C\n1;2\n"), Some(json!([{ "A": "1", "B,C": "2" }])));
        assert_eq!(
            read("A,,B\n1,2\n"),
            Some(json!([{ "A": "1" }])),
            "a cell without a head, and a head without a cell"
        );
        assert_eq!((read(""), read("one column\n1\n"), read("\"never closed, x")), (None, None, None));
    }

    proptest! {
        #[test]
        fn any_text_is_read_without_a_panic(text in "[ -~\\n\\r\"\t]{0,300}") {
            let _ = read(&text);
        }

        #[test]
        fn what_is_written_is_read(cells in proptest::collection::vec("[ -~]{1,10}", 2..6)) {
            let quote = |cell: &String| format!("\"{}\"", cell.replace('"', "\"\""));
            let head: Vec<String> = (0..cells.len()).map(|n| format!("c{n}")).collect();
            let text = format!("{}\n{}\n", head.join(","), cells.iter().map(quote).collect::<Vec<_>>().join(","));
            let read = read(&text);
            if cells.iter().any(|cell| !cell.trim().is_empty()) {
                let row = &read.expect("a table")[0];
                for (name, cell) in head.iter().zip(&cells) {
                    prop_assert_eq!(row[name].as_str(), Some(cell.trim()));
                }
            }
        }
    }
}
