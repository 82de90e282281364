//! Jayway's filters in the spelling of RFC 9535: names with a dash inside a filter get brackets, the rest is the same.

use super::scan::quote;

/// A condition for `[?…]`.
pub struct Filter {
    pub text: String,
    /// Whether a comparison may be one of two numbers: one that has no string, boolean or null literal.
    pub compares_numbers: bool,
}

/// How many brackets may be open at once. The parser of the RFC recurses, and a definition may be a megabyte long.
const DEPTH: usize = 32;

/// Rewrites what stands after `?`; mistakes, except for too deep a nesting, are left for the parser of the RFC to name.
pub fn translate(condition: &str) -> Result<Filter, String> {
    if nesting(condition) > DEPTH {
        return Err(format!("a filter may have at most {DEPTH} brackets open at once"));
    }
    let mut text = String::new();
    let (mut operators, mut literals) = (0_usize, 0_usize);
    let mut rest = condition;
    let mut in_path = false;
    while let Some(c) = rest.chars().next() {
        let taken = match c {
            '\'' | '"' => {
                let taken = literal(rest, c);
                literals += usize::from(!text.trim_end().ends_with('['));
                text.push_str(rest.get(..taken).unwrap_or_default());
                taken
            }
            '.' if in_path => member(rest, &mut text),
            _ => {
                operators += operator(rest);
                literals +=
                    usize::from(!in_path && ["true", "false", "null"].iter().any(|word| rest.starts_with(word)));
                in_path = matches!(c, '@' | '$' | ']') || (in_path && c == '[');
                text.push(c);
                c.len_utf8()
            }
        };
        rest = rest.get(taken..).unwrap_or_default();
    }
    Ok(Filter { text, compares_numbers: operators > literals })
}

/// The most brackets that are open at once; those in literals count too.
fn nesting(condition: &str) -> usize {
    let open = condition.chars().scan(0_usize, |open, c| {
        match c {
            '(' | '[' => *open += 1,
            ')' | ']' => *open = open.saturating_sub(1),
            _ => {}
        }
        Some(*open)
    });
    open.max().unwrap_or_default()
}

/// The length of a quoted literal at the beginning, both quotes included.
fn literal(text: &str, quote: char) -> usize {
    let mut escaped = false;
    for (at, c) in text.char_indices().skip(1) {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            _ if c == quote => return at + 1,
            _ => {}
        }
    }
    text.len()
}

/// Copies `.name` as `['name']`; anything else that begins with a dot stays. Answers the length read.
fn member(text: &str, into: &mut String) -> usize {
    let name: String = text.chars().skip(1).take_while(|c| c.is_alphanumeric() || matches!(c, '_' | '-')).collect();
    if name.is_empty() {
        into.push('.');
        return 1;
    }
    into.extend(["[", &quote(&name), "]"]);
    1 + name.len()
}

/// 1 where a comparison begins, 0 elsewhere (the second character of `==` or `<=` is none).
fn operator(text: &str) -> usize {
    let two = ["==", "!=", "<=", ">="].iter().any(|operator| text.starts_with(operator));
    let one = text.starts_with(['<', '>']) && !two;
    usize::from(two || one)
}
