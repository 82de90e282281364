//! The patterns of `StringMatches`: `*` stands for any characters, `\*` for itself, `\\` for a backslash.

/// A parsed pattern: what stands between the wildcards.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pattern {
    first: String,
    rest: Vec<String>,
}

impl Pattern {
    /// Parses a pattern. The error is a clause.
    pub fn parse(text: &str) -> Result<Self, String> {
        let mut pieces = vec![];
        let mut piece = String::new();
        let mut chars = text.chars();
        while let Some(c) = chars.next() {
            match c {
                '*' => pieces.push(std::mem::take(&mut piece)),
                '\\' => {
                    let escaped = chars.next().filter(|c| matches!(c, '*' | '\\'));
                    piece.push(escaped.ok_or_else(|| {
                        format!("in the pattern '{text}' a backslash may only come before '*' or '\\'")
                    })?);
                }
                _ => piece.push(c),
            }
        }
        pieces.push(piece);
        let first = pieces.remove(0);
        Ok(Self { first, rest: pieces })
    }

    /// Whether the whole text matches.
    pub fn matches(&self, text: &str) -> bool {
        let Some((last, middle)) = self.rest.split_last() else { return text == self.first };
        let Some(mut left) = text.strip_prefix(&self.first) else { return false };
        for piece in middle {
            match left.find(piece.as_str()) {
                Some(at) => left = left.get(at + piece.len()..).unwrap_or_default(),
                None => return false,
            }
        }
        left.ends_with(last.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::Pattern;
    use test_case::test_case;

    #[test_case("log-*.txt", "log-a.txt", true; "a wildcard in the middle")]
    #[test_case("log-*.txt", "log-.txt", true; "a wildcard for nothing")]
    #[test_case("log-*.txt", "log-a.csv", false; "another end")]
    #[test_case("*", "", true; "a wildcard alone")]
    #[test_case("", "", true; "nothing matches nothing")]
    #[test_case("", "a", false; "nothing matches only nothing")]
    #[test_case("*a*b*", "xxaxxbxx", true; "several wildcards")]
    #[test_case("*a*b*", "xxbxxaxx", false; "their order counts")]
    #[test_case("a*a", "a", false; "pieces do not overlap")]
    #[test_case("*aab", "aaab", true; "the end is found from behind")]
    #[test_case("a\\*b", "a*b", true; "an escaped star")]
    #[test_case("a\\*b", "axb", false; "an escaped star is no wildcard")]
    #[test_case("a\\\\*", "a\\b", true; "an escaped backslash")]
    fn patterns(pattern: &str, text: &str, expected: bool) {
        assert_eq!(Pattern::parse(pattern).unwrap().matches(text), expected);
    }

    #[test_case("a\\")]
    #[test_case("\\n")]
    fn an_open_escape_is_refused(pattern: &str) {
        assert!(Pattern::parse(pattern).is_err());
    }
}
