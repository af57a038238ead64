//! The runs of plain letters in the text of a pattern, found without a parser.

/// The runs of plain letters of a pattern, in lower case. Only a guess at what a match holds: what is told by them is
/// compared with what a parser says when it is written.
pub fn runs(pattern: &str) -> Vec<String> {
    let mut runs: Vec<String> = vec![String::new()];
    let cut = |runs: &mut Vec<String>| {
        if runs.last().is_some_and(|run| !run.is_empty()) {
            runs.push(String::new());
        }
    };
    let add = |runs: &mut Vec<String>, letter: char| {
        runs.last_mut().expect("never empty").push(letter.to_ascii_lowercase());
    };
    let mut rest = pattern.chars();
    // Bytes of the last letter, where it stands alone.
    let mut last = 0;
    while let Some(letter) = rest.next() {
        let before = std::mem::take(&mut last);
        match letter {
            '\\' => match rest.next() {
                // Boundaries of words take no room.
                Some('b' | 'B') => last = before,
                Some(letter) if !letter.is_ascii_alphanumeric() => {
                    add(&mut runs, letter);
                    last = letter.len_utf8();
                }
                _ => cut(&mut runs),
            },
            '[' => match folded(rest.as_str()) {
                Some((letter, length)) => {
                    add(&mut runs, letter);
                    last = letter.len_utf8();
                    rest = rest.as_str()[length..].chars();
                }
                None => {
                    cut(&mut runs);
                    rest = rest.as_str()[end_of_class(rest.as_str())..].chars();
                }
            },
            '(' => {
                cut(&mut runs);
                if rest.as_str().starts_with('?') {
                    rest.by_ref().find(|letter| matches!(letter, ':' | '>' | ')'));
                }
            }
            '*' | '?' | '{' => {
                // What is repeated is a run of its own.
                let run = runs.last_mut().expect("never empty");
                if before > 0 && run.len() > before {
                    let repeated = run.split_off(run.len() - before);
                    runs.push(repeated);
                }
                cut(&mut runs);
                if letter == '{' {
                    rest.by_ref().find(|letter| *letter == '}');
                }
            }
            ')' | '|' | '.' | '+' => cut(&mut runs),
            '^' | '$' => last = before,
            letter => {
                add(&mut runs, letter);
                last = letter.len_utf8();
            }
        }
    }
    if runs.last().is_some_and(String::is_empty) {
        runs.pop();
    }
    runs
}

/// The letter of a class of one letter in both cases, and the bytes of the class behind its bracket.
fn folded(class: &str) -> Option<(char, usize)> {
    let mut letters = class.chars();
    let (one, other, end) = (letters.next()?, letters.next()?, letters.next()?);
    (end == ']' && one.is_ascii_alphabetic() && one.eq_ignore_ascii_case(&other)).then_some((one, 3))
}

/// The bytes of a class behind its opening bracket.
fn end_of_class(class: &str) -> usize {
    let mut escaped = false;
    let end = class.char_indices().find(|(at, letter)| {
        let ends = *letter == ']' && !escaped && *at > 0;
        escaped = *letter == '\\' && !escaped;
        ends
    });
    end.map_or(class.len(), |(at, _)| at + 1)
}

#[cfg(test)]
mod tests {
    use super::runs;

    #[test]
    fn runs_are_the_plain_letters_of_a_pattern() {
        assert_eq!(runs(r"(?i)curl: \(6\) (?P<host>\S+)"), ["curl: (6) "]);
        assert_eq!(runs(r"[Cc]ert nonces?|a\.b{2}[^\n]{0,4}c"), ["cert nonce", "s", "a.", "b", "c"]);
    }
}
