//! "Did you mean".

/// The candidate that is most like the word, if one is like enough: a third of the longer one's letters may differ (at
/// least one), or the words differ only in case, `_` and `-`.
pub fn did_you_mean<'a>(word: &str, candidates: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let word = folded(word);
    candidates
        .filter_map(|candidate| {
            let other = folded(candidate);
            let allowed = (word.chars().count().max(other.chars().count()) / 3).max(1);
            let distance = strsim::damerau_levenshtein(&word, &other);
            (distance <= allowed && distance < other.chars().count()).then_some((distance, candidate))
        })
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

/// The first hundred characters in lower case, without separators: longer words are no typing errors.
fn folded(word: &str) -> String {
    word.chars().take(100).filter(|c| !matches!(c, '_' | '-')).flat_map(char::to_lowercase).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(word: &str, expected: Option<&str>) {
        let candidates = ["timeout", "expect", "retry", "id", "state_machine"];
        assert_eq!(did_you_mean(word, candidates.into_iter()), expected, "{word}");
    }

    #[test]
    fn the_nearest_word_is_suggested_and_a_far_one_is_not() {
        check("timeuot", Some("timeout"));
        check("Expects", Some("expect"));
        check("stateMachine", Some("state_machine"));
        check("ids", Some("id"));
        check("zz", None);
        check("parameters", None);
        check("", None);
    }
}
