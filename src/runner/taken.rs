//! How many cases each part of a selection leaves, so that an empty one says which part emptied it.

use super::select::Selection;

/// Cases that are left after each part of a selection, in the order in which the parts narrow.
#[derive(Debug, Clone, Copy, Default)]
pub struct Taken {
    /// Cases in the suites, as written.
    pub(super) written: usize,
    /// Of these, at the paths and lines.
    pub(super) at_paths: usize,
    /// Of these, with the tags.
    pub(super) with_tags: usize,
    /// The same as reported: a matrix makes several of one.
    pub(super) reported: usize,
    /// Of these, with the text in name or key.
    pub(super) with_text: usize,
    /// Of these, in the list of cases.
    pub(super) listed: usize,
}

impl Taken {
    /// Why the selection takes no case.
    pub fn why_nothing(&self, selection: &Selection) -> String {
        format!("the selection takes no case: {}", self.emptied_by(selection))
    }

    fn emptied_by(&self, selection: &Selection) -> String {
        let text = |of: Option<&String>| of.cloned().unwrap_or_default();
        if self.written == 0 {
            return "the suites have none".to_owned();
        }
        if self.at_paths == 0 {
            return format!("none of {} stands at {}", cases(self.written), paths(selection));
        }
        if self.with_tags == 0 {
            let tags = selection.tags.as_ref().map_or("", |tags| tags.source());
            return format!("none of {} has tags for which --tag '{tags}' holds", cases(self.at_paths));
        }
        if self.with_text == 0 {
            let wanted = text(selection.case.as_ref());
            return format!("none of {} has `{wanted}` in its name or key (--case)", cases(self.reported));
        }
        if self.listed == 0 {
            return format!("none of {} was red in that run (--failed)", cases(self.with_text));
        }
        match selection.shard {
            Some(shard) => {
                format!("{} leave none for shard {}/{}", cases(self.listed), shard.number, shard.of)
            }
            None => "there is none".to_owned(),
        }
    }
}

fn cases(count: usize) -> String {
    if count == 1 { "1 case".to_owned() } else { format!("{count} cases") }
}

fn paths(selection: &Selection) -> String {
    let shown = selection.paths.iter().map(|(path, line)| match line {
        Some(line) => format!("{}:{line}", path.display()),
        None => path.display().to_string(),
    });
    shown.collect::<Vec<_>>().join(", ")
}
