//! The recordings replace what differs from run to run by words (`timestamp`, `snf_role_arn`) and by `<tokens>` inside texts.

/// Whole texts that stand for any value.
const WORDS: &[&str] = &[
    "timestamp",
    "date",
    "datetime",
    "start-date",
    "stop-date",
    "start-time",
    "entered-time",
    "creation-date",
    "update-date",
    "snf_role_arn",
    "sfn_role_arn",
    "snf_role_arn_t0",
    "snf_role_arn_t1",
    "snf_role_arn_t2",
    "map_run_arn",
    "activity_arn",
    "bucket-name",
    "function_name",
    "lambda_function_name",
    "file-key",
    "table-name",
];

/// What stands for anything inside a longer text: the account of the recordings, and the name of a function.
const INSIDE: [&str; 2] = ["111111111111", "lambda_function_name"];

/// Whether a recorded text may stand for others than itself.
pub fn is_pattern(recorded: &str) -> bool {
    WORDS.contains(&recorded) || pieces(recorded).len() > 1
}

/// Whether a recorded text stands for an actual one.
pub fn stands_for(recorded: &str, actual: &str) -> bool {
    if WORDS.contains(&recorded) || recorded == actual {
        return true;
    }
    let pieces = pieces(recorded);
    match pieces.split_first() {
        Some((first, rest)) if !rest.is_empty() => {
            actual.strip_prefix(first.as_str()).is_some_and(|left| fits(left, rest))
        }
        _ => false,
    }
}

/// Whether the text is made of anything, then the pieces in order with anything between, the last at the end.
fn fits(text: &str, pieces: &[String]) -> bool {
    let Some((last, middle)) = pieces.split_last() else { return false };
    let mut left = text;
    for piece in middle {
        match left.find(piece.as_str()) {
            Some(at) => left = &left[at + piece.len()..],
            None => return false,
        }
    }
    left.ends_with(last.as_str())
}

/// What stands between the tokens.
fn pieces(recorded: &str) -> Vec<String> {
    let (mut pieces, mut piece) = (vec![], String::new());
    let mut rest = recorded;
    while let Some(c) = rest.chars().next() {
        let token = match c {
            '<' => rest.find('>').map(|end| end + 1),
            _ => INSIDE.iter().find(|word| rest.starts_with(**word)).map(|word| word.len()),
        };
        if token.is_some() {
            pieces.push(std::mem::take(&mut piece));
        } else {
            piece.push(c);
        }
        rest = &rest[token.unwrap_or(c.len_utf8())..];
    }
    pieces.push(piece);
    pieces
}

#[test]
fn tokens_stand_for_anything_and_words_for_all() {
    assert!(stands_for("timestamp", "1.5"));
    assert!(stands_for(
        "arn:<partition>:states:<region>:111111111111:x:<n>",
        "arn:aws:states:eu-west-1:000000000000:x:y"
    ));
    assert!(stands_for("plain", "plain"));
    assert!(!stands_for("plain", "other"));
    assert!(!stands_for("a<b>c", "a-d"));
}
