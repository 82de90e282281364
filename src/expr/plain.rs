//! Names with fields, `target.bucket`: most expressions are that, and need no grammar.

use super::tree::{Kind, Tree};

/// Words that the grammar takes for something else than a name, or keeps for itself (CEL language definition, "Syntax").
const RESERVED: [&str; 21] = [
    "true",
    "false",
    "null",
    "in",
    "as",
    "break",
    "const",
    "continue",
    "else",
    "for",
    "function",
    "if",
    "import",
    "let",
    "loop",
    "package",
    "namespace",
    "return",
    "var",
    "void",
    "while",
];

/// The tree of a name with fields, as the grammar would make it; none if the text is anything else.
pub(super) fn plain(text: &str) -> Option<Tree> {
    let path = text.trim_matches(' ');
    let start = text.len() - text.trim_start_matches(' ').len();
    let mut tree: Option<Tree> = None;
    let mut end = start;
    for word in path.split('.') {
        if !is_name(word) {
            return None;
        }
        end += word.len() + usize::from(tree.is_some());
        tree = Some(match tree {
            None => Tree { range: start..end, kind: Kind::Name(word.to_owned()) },
            Some(of) => Tree { range: start..end, kind: Kind::Field { of: Box::new(of), name: word.to_owned() } },
        });
    }
    tree
}

fn is_name(word: &str) -> bool {
    let starts = word.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
    starts && word.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_') && !RESERVED.contains(&word)
}
