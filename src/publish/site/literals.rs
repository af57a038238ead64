//! The text that a pattern asks for, in words: what a record that it matches says for certain, and what it may say.

use regex_syntax::ast::{Ast, parse::Parser};

/// The literal text of a regex, its parts apart by spaces. Alternatives are all in it.
pub fn text(pattern: &str) -> String {
    let Ok(ast) = Parser::new().parse(pattern) else { return String::new() };
    let mut out = String::new();
    walk(&ast, &mut out);
    out
}

fn walk(ast: &Ast, out: &mut String) {
    match ast {
        Ast::Literal(literal) => out.push(literal.c),
        Ast::Concat(list) => list.asts.iter().for_each(|ast| walk(ast, out)),
        Ast::Alternation(list) => {
            for ast in &list.asts {
                gap(out);
                walk(ast, out);
            }
            gap(out);
        }
        Ast::Group(group) => walk(&group.ast, out),
        Ast::Repetition(repetition) => {
            // `s?` at the end of a word belongs to it, `.*` is a gap.
            walk(&repetition.ast, out);
            if !matches!(*repetition.ast, Ast::Literal(_)) {
                gap(out);
            }
        }
        Ast::Empty(_) | Ast::Flags(_) | Ast::Assertion(_) => {}
        Ast::Dot(_) | Ast::ClassUnicode(_) | Ast::ClassPerl(_) | Ast::ClassBracketed(_) => gap(out),
    }
}

fn gap(out: &mut String) {
    if !out.ends_with(' ') {
        out.push(' ');
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_pattern_asks_for() {
        assert_eq!(text(r"(?i)EMS-1162\b|\bInvalid Product Code\b").trim(), "EMS-1162 Invalid Product Code");
        assert_eq!(text(r"No TXT records? found at (?P<record>[^\s]+)").trim(), "No TXT records found at");
        assert_eq!(text("(broken"), "");
    }
}
