//! Texts that XML can hold, within CodeBuild's limits. The crate that writes the XML leaves both to us.

/// The longest message that CodeBuild keeps, in characters.
pub(super) const MESSAGE_LENGTH: usize = crate::report::fit::LONGEST;
/// The longest name of a case, in characters (AWS CodeBuild user guide, 2022; the number may have moved).
pub(super) const NAME_LENGTH: usize = 1_000;
/// What is said in place of what is cut.
const CUT: &str = "… (cut; the run folder has it all)";

/// A text for an attribute: one line, legal characters.
pub(super) fn attribute(text: &str, longest: usize) -> String {
    let one_line: String = text.chars().map(|c| if matches!(c, '\n' | '\r' | '\t') { ' ' } else { legal(c) }).collect();
    cut(&one_line, longest)
}

/// A text for a CDATA section: legal characters, and no `]]>` that would end it.
pub(super) fn body(text: &str, longest: usize) -> String {
    let legal: String = text.chars().map(legal).collect();
    cut(&legal, longest).replace("]]>", "]]]]><![CDATA[>")
}

/// XML 1.0 has no place for most control characters, even escaped (XML 1.0, production 2).
fn legal(c: char) -> char {
    match c {
        '\t' | '\n' | '\r' => c,
        '\u{0}'..='\u{1f}' => char::from_u32(0x2400 + u32::from(c)).unwrap_or('\u{fffd}'),
        '\u{7f}'..='\u{9f}' | '\u{fffe}' | '\u{ffff}' => '\u{fffd}',
        _ => c,
    }
}

fn cut(text: &str, longest: usize) -> String {
    if text.chars().count() <= longest {
        return text.to_owned();
    }
    let room = longest.saturating_sub(CUT.chars().count());
    text.chars().take(room).chain(CUT.chars()).collect()
}
