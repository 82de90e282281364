//! From the text of an intrinsic to its calls.

use crate::sandbox::stepfunctions::jsonpath::Path;
use serde_json::Value;

/// How deep calls may nest (AWS: up to ten intrinsic functions in a field).
const DEPTH: usize = 10;

/// A call, for example `States.Array($.a, 1)`.
#[derive(Debug, Clone)]
pub struct Call {
    pub function: Function,
    pub arguments: Vec<Argument>,
}

/// What may stand between the parentheses.
#[derive(Debug, Clone)]
pub enum Argument {
    Call(Call),
    Path(Path),
    /// A number, `true`, `false` or `null`.
    Literal(Value),
    /// A string with its escapes taken out; `raw` keeps them, because `\{` differs from `{` in a format.
    Text {
        raw: String,
        value: String,
    },
}

/// The intrinsic functions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Function {
    Array,
    ArrayContains,
    ArrayGetItem,
    ArrayLength,
    ArrayPartition,
    ArrayRange,
    ArrayUnique,
    Base64Decode,
    Base64Encode,
    Format,
    Hash,
    JsonMerge,
    JsonToString,
    MathAdd,
    MathRandom,
    StringSplit,
    StringToJson,
    Uuid,
}

/// The functions by the names they are written with.
const NAMES: [(&str, Function); 18] = [
    ("States.Array", Function::Array),
    ("States.ArrayContains", Function::ArrayContains),
    ("States.ArrayGetItem", Function::ArrayGetItem),
    ("States.ArrayLength", Function::ArrayLength),
    ("States.ArrayPartition", Function::ArrayPartition),
    ("States.ArrayRange", Function::ArrayRange),
    ("States.ArrayUnique", Function::ArrayUnique),
    ("States.Base64Decode", Function::Base64Decode),
    ("States.Base64Encode", Function::Base64Encode),
    ("States.Format", Function::Format),
    ("States.Hash", Function::Hash),
    ("States.JsonMerge", Function::JsonMerge),
    ("States.JsonToString", Function::JsonToString),
    ("States.MathAdd", Function::MathAdd),
    ("States.MathRandom", Function::MathRandom),
    ("States.StringSplit", Function::StringSplit),
    ("States.StringToJson", Function::StringToJson),
    ("States.UUID", Function::Uuid),
];

impl Function {
    /// The name as it is written, with `States.`.
    pub fn name(self) -> &'static str {
        NAMES.iter().find(|(_, function)| *function == self).map_or("States", |(name, _)| name)
    }

    fn named(name: &str) -> Option<Self> {
        NAMES.iter().find(|(known, _)| *known == name).map(|(_, function)| *function)
    }
}

/// Parses a whole intrinsic. The error is a clause.
pub fn parse(text: &str) -> Result<Call, String> {
    let mut parser = Parser { rest: text.trim() };
    let call = parser.call(1)?;
    if parser.rest.is_empty() {
        Ok(call)
    } else {
        Err(format!("nothing may follow the function, but '{}' does", parser.rest))
    }
}

struct Parser<'a> {
    rest: &'a str,
}

impl Parser<'_> {
    fn call(&mut self, depth: usize) -> Result<Call, String> {
        if depth > DEPTH {
            return Err(format!("intrinsic functions are nested more than {DEPTH} deep"));
        }
        let end = self.rest.find('(').ok_or_else(|| format!("'{}' is not an intrinsic function", self.rest))?;
        let (name, rest) = self.rest.split_at(end);
        let function =
            Function::named(name.trim()).ok_or_else(|| format!("there is no intrinsic function '{}'", name.trim()))?;
        self.rest = rest;
        self.eat('(');
        let mut arguments = Vec::new();
        if !self.eat(')') {
            loop {
                arguments.push(self.argument(depth)?);
                if self.eat(')') {
                    break;
                }
                if !self.eat(',') {
                    return Err(format!("expected ',' or ')' before '{}'", self.rest));
                }
            }
        }
        Ok(Call { function, arguments })
    }

    fn argument(&mut self, depth: usize) -> Result<Argument, String> {
        match self.rest.chars().next() {
            Some('\'') => self.string(),
            Some('$') => self.path(),
            Some('S') => Ok(Argument::Call(self.call(depth + 1)?)),
            _ => self.literal(),
        }
    }

    fn string(&mut self) -> Result<Argument, String> {
        let (mut raw, mut value) = (String::new(), String::new());
        let mut chars = self.rest.chars().skip(1);
        let mut read = 1;
        loop {
            let c = chars.next().ok_or_else(|| format!("the string {} has no closing quote", self.rest))?;
            read += c.len_utf8();
            match c {
                '\'' => break,
                '\\' => {
                    let escaped = chars.next().filter(|c| matches!(c, '\'' | '{' | '}' | '\\'));
                    let escaped =
                        escaped.ok_or("a backslash in a string may only come before ', {, } or another backslash")?;
                    read += escaped.len_utf8();
                    raw.extend(['\\', escaped]);
                    value.push(escaped);
                }
                _ => {
                    raw.push(c);
                    value.push(c);
                }
            }
        }
        self.skip(read);
        Ok(Argument::Text { raw, value })
    }

    /// A path ends at a comma or parenthesis that is not inside brackets, quotes or parentheses of its own.
    fn path(&mut self) -> Result<Argument, String> {
        let (mut depth, mut quote) = (0_usize, None);
        let mut end = self.rest.len();
        for (at, c) in self.rest.char_indices() {
            match (quote, c) {
                (Some(open), _) if open == c => quote = None,
                (None, '\'' | '"') if depth > 0 => quote = Some(c),
                (None, '[' | '(') => depth += 1,
                (None, ']' | ')') if depth > 0 => depth -= 1,
                (None, ',' | ')') if depth == 0 => {
                    end = at;
                    break;
                }
                _ => {}
            }
        }
        let path = Path::parse(self.rest.get(..end).unwrap_or_default().trim())?;
        self.skip(end);
        Ok(Argument::Path(path))
    }

    fn literal(&mut self) -> Result<Argument, String> {
        let end = self.rest.find([',', ')']).unwrap_or(self.rest.len());
        let text = self.rest.get(..end).unwrap_or_default().trim();
        let Ok(value @ (Value::Null | Value::Bool(_) | Value::Number(_))) = serde_json::from_str(text) else {
            return Err(format!(
                "'{text}' is neither a path, a string in single quotes, a number, true, false, null nor a function"
            ));
        };
        self.skip(end);
        Ok(Argument::Literal(value))
    }

    fn eat(&mut self, wanted: char) -> bool {
        let Some(rest) = self.rest.strip_prefix(wanted) else { return false };
        self.rest = rest.trim_start();
        true
    }

    fn skip(&mut self, length: usize) {
        self.rest = self.rest.get(length..).unwrap_or_default().trim_start();
    }
}
