//! The text of findings within a length: what explains least is cut first, each in its middle, and the text says where the whole is.

use super::text;
use crate::event::Finding;

/// The longest text of a case, in characters: what CodeBuild keeps of a message (AWS CodeBuild user guide, 2022; the number may have
/// moved). The terminal has the same text.
pub const LONGEST: usize = 5_000;

/// Evidence that explains least, the first to be cut. What is not named here comes after these.
const LEAST: [&str; 6] = ["states taken", "its input", "input", "started since then", "stdout", "log tail"];
/// Evidence that explains most, the last to be cut.
const MOST: [&str; 3] = ["failed state", "its cause", "cause"];
/// Commands, links and names are whole or of no use.
const WHOLE: [&str; 6] = ["look further", "console", "execution", "list them", "one of them", "call"];
/// What is left of each piece at least, in characters.
const LEFT: usize = 400;

/// The texts of findings, cut to so many characters where they are longer. `whole` says where all of it is.
pub fn findings(all: &[Finding], longest: usize, whole: &str) -> String {
    let mut shown = all.to_vec();
    for (finding, piece) in order(all) {
        if text::length(&shown) <= longest {
            break;
        }
        shrink(&mut shown, finding, piece, longest, whole);
    }
    cut_short(shown, longest, whole)
}

/// The command that shows a case of a run with everything that is known of it.
pub fn whole(run: &str, case: &str) -> String {
    let plain = case.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '/' | '-' | '_' | '.'));
    let quoted = if plain { case.to_owned() } else { format!("'{}'", case.replace('\'', r"'\''")) };
    format!("shakedown show {run} {quoted}")
}

/// A part of a finding that may be long.
#[derive(Debug, Clone, Copy)]
enum Piece {
    Expected,
    Actual,
    Detail(usize),
    Message,
}

impl Piece {
    fn of(self, finding: &mut Finding) -> Option<&mut String> {
        match self {
            Self::Expected => finding.expected.as_mut(),
            Self::Actual => finding.actual.as_mut(),
            Self::Detail(index) => finding.details.get_mut(index).map(|detail| &mut detail.text),
            Self::Message => Some(&mut finding.message),
        }
    }
}

/// All pieces, the least decisive first: later findings before the first one, then by what they say.
fn order(all: &[Finding]) -> Vec<(usize, Piece)> {
    let mut pieces = Vec::new();
    for (index, finding) in all.iter().enumerate() {
        let details = finding.details.iter().enumerate().filter(|(_, detail)| !WHOLE.contains(&detail.title.as_str()));
        pieces.extend(details.map(|(at, detail)| (rank(&detail.title), index, Piece::Detail(at))));
        pieces.extend([
            (LEAST.len() + 1, index, Piece::Expected),
            (LEAST.len() + 1, index, Piece::Actual),
            (usize::MAX, index, Piece::Message),
        ]);
    }
    pieces.sort_by_key(|(rank, index, _)| (*rank, std::cmp::Reverse(*index)));
    pieces.into_iter().map(|(_, index, piece)| (index, piece)).collect()
}

fn rank(title: &str) -> usize {
    let least = LEAST.iter().position(|known| *known == title);
    let most = MOST.iter().rev().position(|known| *known == title);
    match (least, most) {
        (Some(rank), _) => rank,
        (None, Some(rank)) => LEAST.len() + 2 + rank,
        (None, None) => LEAST.len(),
    }
}

/// Cuts a piece by no more than must be. How long the whole is then depends on its lines, which stand in: so it is tried out.
fn shrink(shown: &mut [Finding], finding: usize, piece: Piece, longest: usize, whole: &str) {
    let Some(content) = shown.get_mut(finding).and_then(|finding| piece.of(finding)).cloned() else { return };
    let mut with = |left: usize| {
        if let (Some(text), Some(cut)) =
            (shown.get_mut(finding).and_then(|finding| piece.of(finding)), cut(&content, left, whole))
        {
            *text = cut;
        }
        text::length(shown) <= longest
    };
    let (mut fits, mut too_long) = (LEFT, content.chars().count());
    while too_long > fits + 1 {
        let middle = fits.midpoint(too_long);
        if with(middle) { fits = middle } else { too_long = middle }
    }
    with(fits);
}

/// A text of which so many characters are left; none if it is no longer than that. Its beginning says more than its end, and both say
/// more than its middle.
fn cut(text: &str, left: usize, whole: &str) -> Option<String> {
    let length = text.chars().count();
    let (head, tail) = (left - left / 3, left / 3);
    let note = format!("\n… {} characters are not shown: `{whole}` has it all …\n", length.checked_sub(left)?);
    if left + note.chars().count() >= length {
        return None;
    }
    let head: String = text.chars().take(head).collect();
    let tail: String = text.chars().skip(length - tail).collect();
    Some(format!("{}{note}{}", head.trim_end(), tail.trim_start()))
}

/// Where even the pieces that are left are too many: the first findings, and how many there are more.
fn cut_short(mut shown: Vec<Finding>, longest: usize, whole: &str) -> String {
    let (all, mut text) = (shown.len(), text::findings(&shown));
    while text.chars().count() > longest && shown.len() > 1 {
        shown.pop();
        let hidden = all - shown.len();
        text = format!("{}\n\nand {hidden} more: `{whole}` has them all", text::findings(&shown));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::Detail;

    const SHOW: &str = "shakedown show r1 t/load";

    fn explained(cause: &str, input: &str) -> Finding {
        Finding {
            details: vec![
                Detail::new("failed state", "Clean: ValueError"),
                Detail::new("cause", cause),
                Detail::new("input", input),
                Detail::new("states taken", "List → Clean"),
                Detail::new("look further", "aws stepfunctions get-execution-history --execution-arn arn"),
            ],
            ..Finding::new("the execution is FAILED: ValueError: row 17 is odd")
        }
    }

    /// A cause of the longest kind that AWS keeps.
    fn long_cause() -> String {
        let lines = (0..2_000).map(|n| format!("  at frame {n}"));
        let text = std::iter::once("row 17 is odd".to_owned()).chain(lines).collect::<Vec<_>>().join("\n");
        text.chars().take(32_760).chain("the end.".chars()).collect()
    }

    #[test]
    fn what_is_short_is_whole() {
        let findings = [explained("row 17", "{}")];
        assert_eq!(super::findings(&findings, LONGEST, SHOW), text::findings(&findings));
    }

    #[test]
    fn a_cause_of_32768_characters_leaves_room_for_what_decides() {
        let text = super::findings(&[explained(&long_cause(), &"x".repeat(200_000))], LONGEST, SHOW);
        assert!(text.chars().count() <= LONGEST, "{}", text.chars().count());
        for part in [
            "FAILED: ValueError",
            "failed state: Clean",
            "row 17 is odd\n",
            "the end.",
            "List → Clean",
            "--execution-arn arn",
        ] {
            assert!(text.contains(part), "{part} is not in\n{text}");
        }
        assert!(text.contains("characters are not shown: `shakedown show r1 t/load` has it all"), "{text}");
        assert!(text.chars().count() > LONGEST / 2, "no more is cut than must be: {}", text.chars().count());
    }

    #[test]
    fn the_input_is_cut_before_the_cause() {
        let cause = "c".repeat(3_000);
        let text = super::findings(&[explained(&cause, &"x".repeat(20_000))], LONGEST, SHOW);
        assert!(text.contains(&cause) && text.chars().count() <= LONGEST);
    }

    #[test]
    fn of_many_findings_the_first_ones_are_told() {
        let many: Vec<Finding> = (0..50).map(|n| explained(&format!("{n} {}", "y".repeat(1_000)), "{}")).collect();
        let text = super::findings(&many, LONGEST, SHOW);
        assert!(text.chars().count() <= LONGEST && text.contains("0 yyy"), "{text}");
        assert!(text.contains(" more: `shakedown show r1 t/load` has them all"), "{text}");
    }

    #[test]
    fn the_command_names_the_case_as_a_shell_takes_it() {
        assert_eq!(whole("r1", "orders/load"), "shakedown show r1 orders/load");
        assert_eq!(whole("r1", "it's odd/load[1]"), r"shakedown show r1 'it'\''s odd/load[1]'");
    }
}
