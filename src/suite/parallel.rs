//! Independent work side by side: on each core there is, the answers in the order of the questions.

use std::num::NonZero;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread::{Builder, available_parallelism, scope};

/// As much stack as the main thread has, in bytes: files are nested as deep there as here.
const STACK: usize = 8 << 20;
/// A thread is not worth starting for fewer questions than this.
const FEW: usize = 8;

/// The answer to each question. A panic in one of them is a panic here.
pub(super) fn each<Q: Sync, A: Send>(questions: &[Q], answer: impl Fn(&Q) -> A + Sync) -> Vec<A> {
    let cores = available_parallelism().map_or(1, NonZero::get);
    let helpers = cores.min(questions.len().div_ceil(FEW)).saturating_sub(1);
    let next = AtomicUsize::new(0);
    let work = || {
        let mut answers = Vec::new();
        while let Some((index, question)) = take(questions, &next) {
            answers.push((index, answer(question)));
        }
        answers
    };
    let mut answers = scope(|scope| {
        // A thread that cannot be had is one fewer: this one does what is left.
        let start = |_| Builder::new().stack_size(STACK).spawn_scoped(scope, work).ok();
        let helpers: Vec<_> = (0..helpers).filter_map(start).collect();
        let mut answers = work();
        for helper in helpers {
            answers.extend(helper.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)));
        }
        answers
    });
    answers.sort_unstable_by_key(|(index, _)| *index);
    answers.into_iter().map(|(_, answer)| answer).collect()
}

fn take<'q, Q>(questions: &'q [Q], next: &AtomicUsize) -> Option<(usize, &'q Q)> {
    let index = next.fetch_add(1, Ordering::Relaxed);
    questions.get(index).map(|question| (index, question))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_question_has_its_answer_in_order() {
        for count in [0, 1, 7, 8, 9, 500] {
            let questions: Vec<usize> = (0..count).collect();
            let expected: Vec<usize> = questions.iter().map(|n| n * n).collect();
            assert_eq!(each(&questions, |n| n * n), expected);
        }
    }
}
