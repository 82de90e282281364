//! The parser's events put together to a tree.

use std::collections::HashMap;
use std::ops::Range;
use std::sync::Arc;

use granit_parser::{Event, Parser, ScalarStyle, Span as Mark, StrInput, StructureStyle};

use crate::diagnostic::{Problem, Source};

use super::read::{ALIAS_LIMIT, DEPTH_LIMIT};
use super::{Entry, Key, Kind, Node, Scalar, Style, lint, scalar};

/// A finished node with what counts against the limits.
#[derive(Clone)]
struct Built {
    node: Node,
    /// Nodes in it, itself included.
    size: usize,
    /// Collections on the longest way down, itself included.
    depth: usize,
}

/// A collection whose end has not come yet.
struct Open {
    start: usize,
    /// The end of its last child.
    end: usize,
    anchor: usize,
    size: usize,
    depth: usize,
    content: Content,
}

enum Content {
    List(Vec<Node>),
    Map {
        entries: Vec<Entry>,
        keys: HashMap<String, usize>,
        key: Option<Node>,
    },
    /// What an unquoted `{{` opened: nothing in it is judged.
    Template,
}

/// Problems of one file after which it is not read on.
const PROBLEM_LIMIT: usize = 1_000;

/// Takes events and puts nodes together.
pub(super) struct Builder<'a> {
    source: &'a Arc<Source>,
    open: Vec<Open>,
    root: Option<Node>,
    anchors: HashMap<usize, Built>,
    aliased: usize,
    documents: usize,
    problems: Vec<Problem>,
    templates: Vec<Range<usize>>,
}

/// What one pass over the text came to.
pub(super) enum Outcome {
    /// All was read.
    Read(Node),
    /// Something is wrong.
    Problems(Vec<Problem>),
    /// Unquoted templates made the rest unreadable: it can be read once they are masked.
    Templates(Vec<Range<usize>>),
}

/// Whether to go on with the next event.
enum Next {
    GoOn,
    Stop,
}

impl<'a> Builder<'a> {
    pub(super) fn new(source: &'a Arc<Source>) -> Self {
        Self {
            source,
            open: Vec::new(),
            root: None,
            anchors: HashMap::new(),
            aliased: 0,
            documents: 0,
            problems: Vec::new(),
            templates: Vec::new(),
        }
    }

    /// Reads the source's text, in which templates may be masked.
    pub(super) fn build(mut self, text: &str) -> Outcome {
        let options = granit_parser::options! { emit_unresolved_aliases: true };
        for next in Parser::<StrInput<'_>>::new_from_str_with_options(text, options) {
            match next {
                Ok(_) if self.problems.len() + self.templates.len() >= PROBLEM_LIMIT => break,
                Ok((event, mark)) => match self.take(event, &mark) {
                    Next::GoOn => {}
                    Next::Stop => break,
                },
                // A syntax error may only be the consequence of an unquoted template.
                Err(_) if !self.templates.is_empty() => return Outcome::Templates(self.templates),
                Err(error) => {
                    self.problems.push(lint::explain(self.source, &error));
                    break;
                }
            }
        }
        let templates = self.templates.iter().map(|range| lint::unquoted_template(self.source, range));
        self.problems.extend(templates);
        match self.root {
            _ if !self.problems.is_empty() => Outcome::Problems(self.problems),
            Some(root) => Outcome::Read(root),
            None => Outcome::Read(Node { span: self.source.span(0..0), kind: Kind::Null }),
        }
    }

    fn take(&mut self, event: Event<'_>, mark: &Mark) -> Next {
        let range = mark.byte_range().unwrap_or(0..0);
        self.refuse_tag(&event, mark);
        match event {
            Event::DocumentStart(..) => return self.document(range),
            Event::Scalar(text, style, anchor, _) => self.scalar(text.into_owned(), style, anchor, range),
            Event::SequenceStart(_, anchor, _) => return self.start(Content::List(Vec::new()), anchor, range),
            Event::MappingStart(style, anchor, _) => {
                let content = self.mapping_content(style, &range);
                return self.start(content, anchor, range);
            }
            Event::SequenceEnd | Event::MappingEnd => self.end(range),
            Event::Alias(id) => return self.alias(id, range),
            Event::UnresolvedAlias(name) => {
                let problem =
                    Problem::error(format!("no anchor `&{name}` before this alias"), &self.source.span(range.clone()))
                        .with_help(
                            "an anchor is defined above its aliases; text that begins with `*` is written in quotes",
                        );
                self.problems.push(problem);
                self.add(null(self.source, range.clone()), range.end);
            }
            _ => {}
        }
        Next::GoOn
    }

    fn document(&mut self, range: Range<usize>) -> Next {
        self.documents += 1;
        if self.documents < 2 {
            return Next::GoOn;
        }
        let problem = Problem::error("a second document in the file", &self.source.span(range))
            .with_help("one file holds one document: remove the `---`, or write a file of its own");
        self.problems.push(problem);
        Next::Stop
    }

    fn refuse_tag(&mut self, event: &Event<'_>, mark: &Mark) {
        let Some(range) = event.tag().and_then(|_| mark.tag_span()?.byte_range()) else { return };
        let span = self.source.span(range);
        let problem = Problem::error(format!("the tag `{}` is not supported", span.text()), &span)
            .with_help("remove it; text is written in quotes, and text that begins with `!` too");
        self.problems.push(problem);
    }

    fn mapping_content(&mut self, style: StructureStyle, range: &Range<usize>) -> Content {
        let is_template = style == StructureStyle::Flow && self.source.text[range.start..].starts_with("{{");
        if !is_template || self.in_template() {
            return Content::Map { entries: Vec::new(), keys: HashMap::new(), key: None };
        }
        let is_in_flow = self.open.last().is_some_and(|open| self.source.text[open.start..].starts_with(['[', '{']));
        self.templates.push(lint::template_range(&self.source.text, range.start, is_in_flow));
        Content::Template
    }

    fn in_template(&self) -> bool {
        self.open.iter().any(|open| matches!(open.content, Content::Template))
    }

    fn start(&mut self, content: Content, anchor: usize, range: Range<usize>) -> Next {
        if self.open.len() >= DEPTH_LIMIT {
            self.problems.push(too_deep(self.source, range));
            return Next::Stop;
        }
        self.open.push(Open { start: range.start, end: range.start, anchor, size: 1, depth: 1, content });
        Next::GoOn
    }

    fn end(&mut self, range: Range<usize>) {
        let Some(open) = self.open.pop() else { return };
        // The event of a block collection's end lies where the next token begins: its last child knows better.
        let is_flow = self.source.text.get(range.clone()).is_some_and(|text| matches!(text, "]" | "}"));
        let end = if is_flow { range.end } else { open.end };
        let span = self.source.span(open.start..end);
        let kind = match open.content {
            Content::List(items) => Kind::List(items),
            Content::Map { entries, .. } => Kind::Map(entries),
            Content::Template => Kind::Scalar(Scalar { text: span.text().to_owned(), style: Style::Quoted }),
        };
        self.finish(Built { node: Node { span, kind }, size: open.size, depth: open.depth }, open.anchor);
    }

    fn scalar(&mut self, text: String, style: ScalarStyle, anchor: usize, range: Range<usize>) {
        let style = match style {
            ScalarStyle::Plain => Style::Plain,
            ScalarStyle::SingleQuoted | ScalarStyle::DoubleQuoted => Style::Quoted,
            ScalarStyle::Literal | ScalarStyle::Folded => Style::Block,
        };
        let is_null = style == Style::Plain && scalar::is_null(&text);
        let kind = if is_null { Kind::Null } else { Kind::Scalar(Scalar { text, style }) };
        let node = Node { span: self.source.span(range), kind };
        self.finish(Built { node, size: 1, depth: 0 }, anchor);
    }

    fn finish(&mut self, built: Built, anchor: usize) {
        if anchor != 0 {
            self.anchors.insert(anchor, built.clone());
        }
        let end = built.node.span.end;
        self.add(built, end);
    }

    fn alias(&mut self, id: usize, range: Range<usize>) -> Next {
        let Some(built) = self.anchors.get(&id) else {
            let problem = Problem::error("an alias inside of what it stands for", &self.source.span(range.clone()))
                .with_help("a value cannot contain itself");
            self.problems.push(problem);
            self.add(null(self.source, range.clone()), range.end);
            return Next::GoOn;
        };
        self.aliased = self.aliased.saturating_add(built.size);
        if self.aliased > ALIAS_LIMIT {
            let message = format!("the aliases of this file stand for more than {ALIAS_LIMIT} values");
            let problem = Problem::error(message, &self.source.span(range))
                .with_help("write the values out, or generate the file");
            self.problems.push(problem);
            return Next::Stop;
        }
        if self.open.len() + built.depth > DEPTH_LIMIT {
            self.problems.push(too_deep(self.source, range));
            return Next::Stop;
        }
        let built = built.clone();
        self.add(built, range.end);
        Next::GoOn
    }

    /// Puts a finished node, which ends (as it is written here) at `end`, into the collection that is open.
    fn add(&mut self, built: Built, end: usize) {
        let Some(open) = self.open.last_mut() else {
            self.root = Some(built.node);
            return;
        };
        open.end = open.end.max(end);
        open.size = open.size.saturating_add(built.size);
        open.depth = open.depth.max(built.depth + 1);
        let problem = match &mut open.content {
            Content::List(items) => {
                items.push(built.node);
                None
            }
            Content::Map { entries, keys, key } => match key.take() {
                None => {
                    *key = Some(built.node);
                    None
                }
                Some(key) => add_entry(entries, keys, key, built.node),
            },
            Content::Template => None,
        };
        self.problems.extend(problem);
    }
}

fn too_deep(source: &Arc<Source>, range: Range<usize>) -> Problem {
    Problem::error(lint::too_deep_message(), &source.span(range))
        .with_help("keep deep data in a file of its own (JSON) and name it")
}

fn null(source: &Arc<Source>, range: Range<usize>) -> Built {
    Built { node: Node { span: source.span(range), kind: Kind::Null }, size: 1, depth: 0 }
}

/// Adds an entry; a key that is no text or already there is a problem, and its entry is left out.
fn add_entry(entries: &mut Vec<Entry>, keys: &mut HashMap<String, usize>, key: Node, value: Node) -> Option<Problem> {
    let key = match key_of(key) {
        Ok(key) => key,
        Err(problem) => return Some(*problem),
    };
    let first = keys.get(&key.text).and_then(|index| entries.get(*index));
    if let Some(first) = first {
        let problem = Problem::error(format!("the key `{}` is there twice", key.text), &key.span)
            .with_related(&first.key.span, "first here")
            .with_help("remove one of them: YAML has no way to say which one counts");
        return Some(problem);
    }
    keys.insert(key.text.clone(), entries.len());
    entries.push(Entry { key, value });
    None
}

fn key_of(node: Node) -> Result<Key, Box<Problem>> {
    let scalar = match node.kind {
        Kind::Scalar(scalar) => scalar,
        Kind::Null => return Err(key_problem(&node, "quote it if the word is meant")),
        Kind::List(_) | Kind::Map(_) => return Err(key_problem(&node, "a key is a word or a quoted text")),
    };
    let value = scalar.value();
    let node = Node { span: node.span, kind: Kind::Scalar(scalar.clone()) };
    match value.as_text() {
        Some("<<") if scalar.style == Style::Plain => {
            Err(Box::new(Problem::error("merge keys (`<<`) are not supported", &node.span).with_help(
                "YAML 1.2 has none: write the keys out, or make the whole value an alias (`input: *shared`)",
            )))
        }
        Some(_) => Ok(Key { text: scalar.text, span: node.span }),
        None => Err(key_problem(&node, &format!("write it in quotes: \"{}\"", scalar.text))),
    }
}

fn key_problem(node: &Node, help: &str) -> Box<Problem> {
    let message = format!("a key must be text, and this is {}", node.describe());
    Box::new(Problem::error(message, &node.span).with_help(help))
}
