//! Measures the interpreter against AWS's recorded answers, which are data and not part of the project:
//! `SHAKEDOWN_CORPUS=…/recorded.jsonl cargo test corpus -- --nocapture` prints the score and every failing row with its first
//! difference; `SHAKEDOWN_ROW=text` narrows it to the rows whose name has that text, and shows what was answered.

mod compare;
mod drive;
mod judge;
mod pattern;
mod replay;
mod rows;
mod score;
