//! `${Name}` in definitions of state machines.

use std::collections::BTreeMap;

/// Values by name.
#[derive(Debug, Clone, Default)]
pub struct Substitutions(BTreeMap<String, String>);

impl Substitutions {
    /// What every definition can use: the account, the region, and the ARNs of functions and state machines.
    pub fn new<'n>(
        account: &str,
        region: &str,
        functions: impl Iterator<Item = &'n str>,
        machines: impl Iterator<Item = &'n str>,
    ) -> Self {
        let mut values =
            BTreeMap::from([("AccountId".to_owned(), account.to_owned()), ("Region".to_owned(), region.to_owned())]);
        let machine = |name| (pascal_arn(name), format!("arn:aws:states:{region}:{account}:stateMachine:{name}"));
        let function = |name| (pascal_arn(name), format!("arn:aws:lambda:{region}:{account}:function:{name}"));
        values.extend(machines.map(machine));
        values.extend(functions.map(function));
        Self(values)
    }

    /// These, and some more that come before them.
    #[must_use]
    pub fn with(&self, more: impl Iterator<Item = (String, String)>) -> Self {
        let mut values = self.0.clone();
        values.extend(more.map(|(name, value)| (name, self.apply(&value).0)));
        Self(values)
    }

    /// The text with its names replaced, and the names that have no value, each once with its byte offset.
    pub fn apply(&self, text: &str) -> (String, Vec<(usize, String)>) {
        let (mut out, mut unknown) = (String::with_capacity(text.len()), Vec::<(usize, String)>::new());
        let mut at = 0;
        while let Some(rest) = text.get(at..).filter(|rest| !rest.is_empty()) {
            let Some((before, name)) = next_name(rest) else {
                out.push_str(rest);
                break;
            };
            out.push_str(before);
            match self.0.get(name) {
                Some(value) => out.push_str(value),
                None if unknown.iter().any(|(_, known)| known == name) => {}
                None => unknown.push((at + before.len(), name.to_owned())),
            }
            at += before.len() + name.len() + "${}".len();
        }
        (out, unknown)
    }

    /// All names.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }
}

/// The names that a text uses.
pub fn used(text: &str) -> Vec<String> {
    Substitutions::default().apply(text).1.into_iter().map(|(_, name)| name).collect()
}

/// What stands before the next `${Name}`, and the name.
fn next_name(text: &str) -> Option<(&str, &str)> {
    text.match_indices("${").find_map(|(at, _)| {
        let (name, _) = text.get(at + 2..)?.split_once('}')?;
        let is_name =
            !name.is_empty() && name.chars().all(|letter| letter.is_ascii_alphanumeric() || "_.-:".contains(letter));
        is_name.then(|| (text.get(..at).unwrap_or_default(), name))
    })
}

/// `clean-orders` is `CleanOrdersArn`.
fn pascal_arn(name: &str) -> String {
    let words = name.split(|letter: char| !letter.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
    let mut out: String = words
        .flat_map(|word| word.chars().take(1).map(|first| first.to_ascii_uppercase()).chain(word.chars().skip(1)))
        .collect();
    out.push_str("Arn");
    out
}
