//! Measures the interpreter against AWS's recorded answers, which are data and not part of the project:
//! `SHAKEDOWN_CORPUS=…/recorded.jsonl cargo test corpus -- --nocapture` prints the score and every failing row with its first
//! difference; `SHAKEDOWN_ROW=text` narrows it to the rows whose name has that text, and shows what was answered.
//! Answers of services are replayed from the recording, so the interpreter is measured and nothing else; rows whose S3 object
//! was not recorded are counted apart, as `inferred`.

mod compare;
mod drive;
mod infer;
mod judge;
mod pattern;
mod replay;
mod rows;
mod score;
