//! From the text of a path to its steps. Accepts what Jayway's `PathCompiler` accepts; nothing is evaluated here.

use super::filter;
use super::function::Function;

/// One step of a path, in order from the root.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// `.name`, `['name']`, `["name"]`.
    Name(String),
    /// `[3]`, `[-1]`.
    Index(i64),
    /// What may select any number of nodes, in the text of RFC 9535: `[*]`, `[1:]`, `[0,2]`, `..['x']`, `[?(…)]`.
    Many(String),
}

/// The steps after the root, and the function at the end, if any.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Scanned {
    pub steps: Vec<Step>,
    pub function: Option<Function>,
    /// Whether a filter compares numbers, which `serde_json_path` does in floating point.
    pub compares_numbers: bool,
}

/// Reads the text that follows the root (`$` or `$$`).
pub fn steps(text: &str) -> Result<Scanned, String> {
    let mut scanner = Scanner { rest: text, found: Scanned::default() };
    while !scanner.rest.is_empty() {
        if scanner.found.function.is_some() {
            return Err(format!("nothing may follow the function, but '{}' does", scanner.rest));
        }
        scanner.step()?;
    }
    Ok(scanner.found)
}

struct Scanner<'a> {
    rest: &'a str,
    found: Scanned,
}

impl Scanner<'_> {
    fn step(&mut self) -> Result<(), String> {
        if let Some(rest) = self.rest.strip_prefix("..") {
            self.rest = rest;
            return self.descendant();
        }
        if let Some(rest) = self.rest.strip_prefix('.') {
            self.rest = rest;
            return if rest.starts_with('[') { self.bracket("") } else { self.dotted() };
        }
        if self.rest.starts_with('[') {
            return self.bracket("");
        }
        Err(format!("expected '.' or '[' before '{}'", self.rest))
    }

    fn descendant(&mut self) -> Result<(), String> {
        if self.rest.starts_with('[') {
            return self.bracket("..");
        }
        let name = self.word()?;
        let text = if name == "*" { "..[*]".to_owned() } else { format!("..[{}]", quote(&name)) };
        self.found.steps.push(Step::Many(text));
        Ok(())
    }

    fn dotted(&mut self) -> Result<(), String> {
        let name = self.word()?;
        if let Some(rest) = self.rest.strip_prefix('(') {
            let Some(rest) = rest.trim_start().strip_prefix(')') else {
                return Err(format!("the function '{name}()' takes no arguments"));
            };
            self.rest = rest;
            self.found.function = Some(Function::named(&name)?);
            return Ok(());
        }
        let step = if name == "*" { Step::Many("[*]".to_owned()) } else { Step::Name(name) };
        self.found.steps.push(step);
        Ok(())
    }

    /// A property after a dot: anything up to a dot, a bracket or a parenthesis; blanks need the bracket notation.
    fn word(&mut self) -> Result<String, String> {
        let end = self.rest.find(['.', '[', '(']).unwrap_or(self.rest.len());
        let (word, rest) = self.rest.split_at(end);
        if word.is_empty() {
            return Err("a path must not end with a '.', nor may a name be empty".to_owned());
        }
        if let Some(odd) = word.chars().find(|c| c.is_whitespace() || matches!(c, ']' | ')' | '\'' | '"' | ',')) {
            return Err(format!("the name '{word}' holds {odd:?}: write ['{word}']"));
        }
        self.rest = rest;
        Ok(word.to_owned())
    }

    /// A bracket; `prefix` is `..` for a descendant.
    fn bracket(&mut self, prefix: &str) -> Result<(), String> {
        let end = closing(self.rest).ok_or_else(|| format!("no closing ']' for '{}'", self.rest))?;
        let inside = self.rest.get(1..end).unwrap_or_default().trim();
        let step = self.selector(inside, prefix)?;
        self.found.steps.push(step);
        self.rest = self.rest.get(end + 1..).unwrap_or_default();
        Ok(())
    }

    fn selector(&mut self, inside: &str, prefix: &str) -> Result<Step, String> {
        if let Some(condition) = inside.strip_prefix('?') {
            let filter = filter::translate(condition)?;
            self.found.compares_numbers |= filter.compares_numbers;
            return Ok(Step::Many(format!("{prefix}[?{}]", filter.text)));
        }
        if inside.starts_with(['\'', '"']) {
            let name = quoted(inside)?;
            return Ok(if prefix.is_empty() {
                Step::Name(name)
            } else {
                Step::Many(format!("{prefix}[{}]", quote(&name)))
            });
        }
        if prefix.is_empty()
            && let Ok(index) = inside.parse()
        {
            return Ok(Step::Index(index));
        }
        let numbers = |c: char| c.is_ascii_digit() || matches!(c, '-' | ',' | ':' | ' ');
        if inside == "*" || (!inside.is_empty() && inside.chars().all(numbers)) {
            return Ok(Step::Many(format!("{prefix}[{inside}]")));
        }
        Err(format!("'[{inside}]' is neither a quoted name, an index, a slice, '*' nor a filter"))
    }
}

/// The place of the bracket that closes the one at the beginning, strings skipped.
fn closing(text: &str) -> Option<usize> {
    let (mut depth, mut quote, mut escaped) = (0_usize, None, false);
    for (at, c) in text.char_indices() {
        match (quote, c) {
            _ if escaped => escaped = false,
            (Some(_), '\\') => escaped = true,
            (Some(open), _) if open == c => quote = None,
            (None, '\'' | '"') => quote = Some(c),
            (None, '[') => depth += 1,
            (None, ']') => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth == 0 && quote.is_none() {
            return Some(at);
        }
    }
    None
}

/// One quoted name; several (`['a','b']`) are refused, because Jayway then answers an object and the RFC a list.
fn quoted(inside: &str) -> Result<String, String> {
    let mut chars = inside.chars();
    let open = chars.next();
    let mut name = String::new();
    loop {
        match chars.next() {
            None => return Err(format!("the name in [{inside}] has no closing quote")),
            Some('\\') => name.extend(chars.next()),
            c if c == open => break,
            Some(c) => name.push(c),
        }
    }
    let rest = chars.as_str().trim();
    if rest.is_empty() { Ok(name) } else { Err(format!("[{inside}] selects several names, which is not supported")) }
}

/// A name in the quotes of RFC 9535.
pub fn quote(name: &str) -> String {
    let mut text = String::from("'");
    for c in name.chars() {
        match c {
            '\'' | '\\' => text.extend(['\\', c]),
            c if u32::from(c) < 0x20 => text.extend(format!("\\u{:04x}", u32::from(c)).chars()),
            c => text.push(c),
        }
    }
    text.push('\'');
    text
}
