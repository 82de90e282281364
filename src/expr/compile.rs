//! Text to syntax tree: the only file that names the crate `cel`.
//!
//! The crate's parser runs without macros, so that `has`, `all`, `map` … arrive as the calls they were written as and
//! keep their places.

use std::ops::Range;

use cel::common::ast::{CallExpr, EntryExpr, Expr, IdedExpr, LiteralValue, SourceInfo, operators};

use super::functions::{FunctionDoc, Style, find, functions};
use super::layout::{Layout, next};
use super::plain::plain;
use super::scan::depth;
use super::tree::{Kind, Loop, LoopKind, Operator, Tree};
use crate::diagnostic::did_you_mean;
use crate::value::{Value, read};

/// Longest text of an expression in bytes, and its deepest nesting: the grammar's parser recurses.
const LONGEST: usize = 8_192;
const DEEPEST: usize = 24;
const MOST_PARTS: usize = 200;
/// Brackets that are parsed on the caller's stack, and the stack in bytes for more.
const SHALLOW: usize = 3;
const STACK: usize = 64 << 20;

/// A decimal of more digits than this has no exact double, which is what CEL's decimals are.
pub(super) const SIGNIFICANT_DIGITS: u64 = 15;

/// What is wrong with an expression, and where in its text.
#[derive(Debug)]
pub(super) struct CompileError {
    pub message: String,
    pub range: Range<usize>,
    pub help: Option<String>,
}

impl CompileError {
    fn new(message: impl Into<String>, range: Range<usize>) -> Self {
        Self { message: message.into(), range, help: None }
    }

    fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }
}

type Compiled<T = Tree> = Result<T, CompileError>;

/// Parses an expression and checks what can be checked without values: functions, their arguments, literals.
pub(super) fn compile(text: &str) -> Compiled {
    if text.trim().is_empty() {
        return Err(CompileError::new("an empty expression", 0..text.len()));
    }
    if text.len() > LONGEST || depth(text) > DEEPEST || parts(text) > MOST_PARTS {
        return Err(CompileError::new("this expression is too long or too deeply nested", 0..text.len())
            .help("split it: let `capture` hold the parts"));
    }
    if let Some(tree) = plain(text) {
        return Ok(tree);
    }
    if depth(text) > SHALLOW { on_large_stack(|| parse(text)) } else { parse(text) }
}

fn parse(text: &str) -> Compiled {
    let parser = cel::Env::default().with_optional_support(false).parser();
    let (expression, places) = parser.parse_with_source_info(text).map_err(|errors| syntax_error(text, errors))?;
    Builder { layout: Layout::new(text), places }.tree(expression)
}

/// The grammar's parser takes up to 170 KB of stack for each level of brackets: more than a worker thread has for many.
fn on_large_stack(parse: impl FnOnce() -> Compiled + Send) -> Compiled {
    let failed = || CompileError::new("no memory to read this expression", 0..0);
    std::thread::scope(|scope| {
        let worker = std::thread::Builder::new().stack_size(STACK).spawn_scoped(scope, parse).map_err(|_| failed())?;
        worker.join().unwrap_or_else(|_| Err(failed()))
    })
}

/// An upper bound of the parts of an expression: everything that is not part of a word, a number or a space.
fn parts(text: &str) -> usize {
    text.bytes().filter(|byte| byte.is_ascii_punctuation() && !b"_'\".,".contains(byte)).count()
}

fn syntax_error(text: &str, errors: cel::ParseErrors) -> CompileError {
    let Some(first) = errors.errors.into_iter().next() else {
        return CompileError::new("this is not an expression", 0..text.len());
    };
    let at = offset(text, first.pos);
    let error = CompileError::new(message(&first.msg), at..next(text, at));
    if first.msg.contains("'='") || text[at..].starts_with('=') {
        return error.help("`==` compares");
    }
    error
}

/// The parser's message without the rules it tried.
fn message(raw: &str) -> String {
    let raw = raw.split(" expecting ").next().unwrap_or(raw).trim();
    let raw = raw.strip_prefix("Syntax error: ").unwrap_or(raw);
    let unexpected = ["mismatched input ", "extraneous input ", "no viable alternative at input "];
    match unexpected.iter().find_map(|words| raw.strip_prefix(words)) {
        Some("'<EOF>'" | "<EOF>") => "not an expression: it ends too early".to_owned(),
        Some(found) => format!("not an expression: unexpected {}", found.replace("<EOF>", " and then the end")),
        None => format!("not an expression: {}", raw.replace("'<EOF>'", "the end").replace("<EOF>", "the end")),
    }
}

/// The byte of a line (from one) and a column (from one, in characters).
fn offset(text: &str, (line, column): (isize, isize)) -> usize {
    let skip = usize::try_from(line.saturating_sub(1)).unwrap_or(0);
    let start: usize = text.split_inclusive('\n').take(skip).map(str::len).sum();
    let column = usize::try_from(column.saturating_sub(1)).unwrap_or(0);
    text[start..].char_indices().nth(column).map_or(text.len(), |(at, _)| start + at)
}

struct Builder<'t> {
    layout: Layout<'t>,
    places: SourceInfo,
}

impl Builder<'_> {
    fn tree(&self, expression: IdedExpr) -> Compiled {
        let token = self.token(expression.id);
        let (kind, range) = match expression.expr {
            Expr::Literal(literal) => (Kind::Literal(self.literal(literal, &token)?), self.layout.signed(token)),
            Expr::Ident(name) => (Kind::Name(name), token),
            Expr::Select(select) => {
                let of = Box::new(self.tree(*select.operand)?);
                let range = of.range.start..self.layout.word_end(token.end);
                (Kind::Field { of, name: select.field }, range)
            }
            Expr::List(list) => {
                (Kind::List(self.trees(list.elements)?), token.start..self.layout.bracket_end(token.start))
            }
            Expr::Map(map) => (self.map(map.entries)?, token.start..self.layout.bracket_end(token.start)),
            Expr::Call(call) => return self.call(call, token),
            Expr::Struct(message) => {
                return Err(CompileError::new(
                    format!("`{}{{…}}`: there are no message types", message.type_name),
                    token,
                )
                .help("a mapping is written {'key': value}"));
            }
            Expr::Comprehension(_) | Expr::Unspecified => {
                return Err(CompileError::new("this is not an expression", token));
            }
        };
        Ok(Tree { range, kind })
    }

    fn trees(&self, expressions: Vec<IdedExpr>) -> Compiled<Vec<Tree>> {
        expressions.into_iter().map(|expression| self.tree(expression)).collect()
    }

    fn map(&self, entries: Vec<cel::common::ast::IdedEntryExpr>) -> Compiled<Kind> {
        let mut pairs = Vec::with_capacity(entries.len());
        for entry in entries {
            if let EntryExpr::MapEntry(entry) = entry.expr {
                pairs.push((self.tree(entry.key)?, self.tree(entry.value)?));
            }
        }
        Ok(Kind::Map(pairs))
    }

    fn call(&self, call: CallExpr, token: Range<usize>) -> Compiled {
        let CallExpr { func_name, target, args } = call;
        if let Some(operator) = operator(&func_name) {
            let (left, right) = self.two(args, &token)?;
            let range = self.layout.around(&left, &right);
            return Ok(Tree { range, kind: Kind::Binary { operator, left, right } });
        }
        match func_name.as_str() {
            operators::LOGICAL_AND | operators::LOGICAL_OR => {
                let and = func_name == operators::LOGICAL_AND;
                let (left, right) = self.two(args, &token)?;
                let range = self.layout.around(&left, &right);
                Ok(Tree { range, kind: if and { Kind::And(left, right) } else { Kind::Or(left, right) } })
            }
            operators::LOGICAL_NOT | operators::NEGATE => {
                let negate = func_name == operators::NEGATE;
                let of = Box::new(self.one(args, &token)?);
                let range = self.layout.balanced(token.start..of.range.end);
                Ok(Tree { range, kind: if negate { Kind::Negate(of) } else { Kind::Not(of) } })
            }
            operators::INDEX => {
                let (of, index) = self.two(args, &token)?;
                let range = of.range.start..self.layout.bracket_end(token.start);
                Ok(Tree { range: self.layout.balanced(range), kind: Kind::Index { of, index } })
            }
            operators::CONDITIONAL => self.conditional(args, &token),
            _ => self.function(&func_name, target, args, token),
        }
    }

    fn conditional(&self, args: Vec<IdedExpr>, token: &Range<usize>) -> Compiled {
        let [condition, yes, no] = self.some(args, token)?;
        let range = self.layout.balanced(condition.range.start..no.range.end);
        let kind = Kind::Conditional { condition: Box::new(condition), yes: Box::new(yes), no: Box::new(no) };
        Ok(Tree { range, kind })
    }

    fn function(
        &self,
        name: &str,
        target: Option<Box<IdedExpr>>,
        args: Vec<IdedExpr>,
        token: Range<usize>,
    ) -> Compiled {
        let place = self.layout.name_before(name, token.start);
        let end = self.layout.bracket_end(token.start);
        if let Some(kind) = Self::special(name, target.is_some(), args.len(), &place)? {
            return self.special_form(kind, target, args, place.start, end);
        }
        let method = target.is_some();
        let mut arguments = target.map_or_else(Vec::new, |target| vec![*target]);
        arguments.extend(args);
        let arguments = self.trees(arguments)?;
        let function = check_call(name, method, arguments.len(), &place)?;
        let start = if method { arguments.first().map_or(place.start, |first| first.range.start) } else { place.start };
        Ok(Tree { range: self.layout.balanced(start..end), kind: Kind::Call { function, arguments } })
    }

    /// Which of CEL's macros a call is; an error if it is one with the wrong number of arguments.
    fn special(name: &str, method: bool, count: usize, place: &Range<usize>) -> Compiled<Option<&'static str>> {
        let Some((name, usage, counts)) = SPECIAL.iter().find(|(special, ..)| *special == name) else {
            return Ok(None);
        };
        if method == (*name != "has") && counts.contains(&count) {
            return Ok(Some(name));
        }
        Err(CompileError::new(format!("`{name}` is written `{usage}`"), place.clone()))
    }

    fn special_form(
        &self,
        name: &str,
        target: Option<Box<IdedExpr>>,
        args: Vec<IdedExpr>,
        start: usize,
        end: usize,
    ) -> Compiled {
        let mut parts = self.trees(args)?;
        let Some(over) = target else {
            return match parts.pop().map(|part| (part.range, part.kind)) {
                Some((_, Kind::Field { of, name })) => Ok(Tree { range: start..end, kind: Kind::Has { of, name } }),
                _ => Err(CompileError::new("`has` takes a field", start..end).help("write `has(a.b)`")),
            };
        };
        let over = self.tree(*over)?;
        let range = self.layout.balanced(over.range.start..end);
        let body = parts.pop();
        let condition = if parts.len() > 1 { parts.pop() } else { None };
        let (Some(Tree { kind: Kind::Name(variable), .. }), Some(body)) = (parts.pop(), body) else {
            return Err(CompileError::new(format!("the first argument of `{name}` is the name of a variable"), range)
                .help(format!("write `list.{name}(x, …)`")));
        };
        let kind = match name {
            "all" => LoopKind::All(body),
            "exists" => LoopKind::Exists(body),
            "exists_one" => LoopKind::ExistsOne(body),
            "filter" => LoopKind::Filter(body),
            _ => LoopKind::Map { condition, value: body },
        };
        Ok(Tree { range, kind: Kind::Loop(Box::new(Loop { over, variable, kind })) })
    }

    fn literal(&self, literal: LiteralValue, token: &Range<usize>) -> Compiled<Value> {
        Ok(match literal {
            LiteralValue::Boolean(bool) => Value::Bool(*bool.inner()),
            LiteralValue::Bytes(bytes) => Value::Bytes(bytes.inner().to_vec()),
            LiteralValue::Int(int) => Value::integer(*int.inner()),
            LiteralValue::UInt(int) => Value::integer(*int.inner()),
            LiteralValue::Null => Value::Null,
            LiteralValue::String(string) => Value::text(string.inner()),
            LiteralValue::Double(double) => {
                let number = read::read_number(self.layout.text(token))
                    .map_err(|_| CompileError::new("not a number", token.clone()))?;
                if number.normalized().digits() > SIGNIFICANT_DIGITS {
                    return Err(CompileError::new(
                        "a decimal of more than 15 significant digits cannot be held in an expression",
                        token.clone(),
                    )
                    .help("use a matcher under `expect`: matchers are exact"));
                }
                Value::Number(if double.inner().is_sign_negative() { -number } else { number })
            }
        })
    }

    fn one(&self, args: Vec<IdedExpr>, token: &Range<usize>) -> Compiled {
        let [one] = self.some(args, token)?;
        Ok(one)
    }

    fn two(&self, args: Vec<IdedExpr>, token: &Range<usize>) -> Compiled<(Box<Tree>, Box<Tree>)> {
        let [left, right] = self.some(args, token)?;
        Ok((Box::new(left), Box::new(right)))
    }

    fn some<const N: usize>(&self, args: Vec<IdedExpr>, token: &Range<usize>) -> Compiled<[Tree; N]> {
        <[Tree; N]>::try_from(self.trees(args)?)
            .map_err(|_| CompileError::new("this is not an expression", token.clone()))
    }

    /// The token that a node is known by: an operator, an opening bracket, a literal, a name.
    fn token(&self, id: u64) -> Range<usize> {
        let (start, last) = self.places.offset_for(id).unwrap_or((0, 0));
        self.layout.token(start as usize, last as usize)
    }
}

/// CEL's macros: name, usage, possible numbers of arguments.
const SPECIAL: [(&str, &str, &[usize]); 6] = [
    ("has", "has(a.b)", &[1]),
    ("all", "list.all(x, condition)", &[2]),
    ("exists", "list.exists(x, condition)", &[2]),
    ("exists_one", "list.exists_one(x, condition)", &[2]),
    ("filter", "list.filter(x, condition)", &[2]),
    ("map", "list.map(x, value)", &[2, 3]),
];

fn check_call(name: &str, method: bool, count: usize, place: &Range<usize>) -> Compiled<&'static FunctionDoc> {
    let Some(function) = find(name) else {
        let error = CompileError::new(format!("unknown function `{name}`"), place.clone());
        let known = functions().iter().map(|function| function.name).chain(SPECIAL.iter().map(|special| special.0));
        return Err(match did_you_mean(name, known) {
            Some(near) => error.help(format!("did you mean `{near}`?")),
            None => error,
        });
    };
    let wrong_style = match function.style {
        Style::Function => method,
        Style::Method => !method,
        Style::Either => false,
    };
    if wrong_style || !function.takes(count) {
        return Err(CompileError::new(format!("`{name}` is written `{}`", function.usage), place.clone()));
    }
    Ok(function)
}

fn operator(name: &str) -> Option<Operator> {
    Some(match name {
        operators::ADD => Operator::Add,
        operators::SUBSTRACT => Operator::Subtract,
        operators::MULTIPLY => Operator::Multiply,
        operators::DIVIDE => Operator::Divide,
        operators::MODULO => Operator::Remainder,
        operators::EQUALS => Operator::Equal,
        operators::NOT_EQUALS => Operator::NotEqual,
        operators::LESS => Operator::Less,
        operators::LESS_EQUALS => Operator::LessOrEqual,
        operators::GREATER => Operator::Greater,
        operators::GREATER_EQUALS => Operator::GreaterOrEqual,
        operators::IN => Operator::In,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use test_case::test_case;

    #[test_case("target")]
    #[test_case("target.bucket")]
    #[test_case(" steps.etl_2.output._x ")]
    #[test_case("in_.trueish.nullable")]
    fn a_plain_name_is_what_the_grammar_makes_of_it(text: &str) {
        let (plain, parsed) = (plain(text).expect("plain"), parse(text).expect("an expression"));
        assert_eq!(format!("{plain:?}"), format!("{parsed:?}"));
    }

    #[test_case(""; "nothing")]
    #[test_case("a."; "no field")]
    #[test_case("a..b"; "an empty field")]
    #[test_case("true"; "a literal")]
    #[test_case("a.in"; "a word of the grammar")]
    #[test_case("a.1"; "a number")]
    #[test_case("a - b"; "an operator")]
    #[test_case("größe"; "other letters")]
    fn the_rest_is_left_to_the_grammar(text: &str) {
        assert!(plain(text).is_none());
    }
}
