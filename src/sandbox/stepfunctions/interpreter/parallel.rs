//! Parallel states: every branch on a copy of the input, side by side.

use futures::stream::{FuturesUnordered, StreamExt};
use serde_json::Value;

use super::super::{
    history::Event,
    machine::{ParallelState, Program},
};
use super::failure::Failure;
use super::frame::Frame;
use super::outcome::Outcome;
use super::program::walk;
use super::run::{Run, Scope, Track};

impl Frame<'_> {
    /// A Parallel state: the outputs of its branches in their order. The first failure ends the others.
    pub async fn parallel(
        &mut self,
        parallel: &ParallelState,
        track: &mut Track<'_>,
        scope: &Scope,
        retries: u64,
    ) -> Result<Outcome, Failure> {
        self.refresh(scope, Some(retries), None);
        let input = self.effective_input()?;
        let started = track.event(Event::plain("ParallelStateStarted"))?;
        let outputs = self.branches(&parallel.branches, &input, track, scope, started).await?;
        let result = self.selected_result(Value::Array(outputs))?;
        let assigned = self.assigned(self.state.data.assign.as_ref(), &result)?;
        let output = self.output(result)?;
        track.aside(track.previous, Event::plain("ParallelStateSucceeded"))?;
        Ok(Outcome::new(output, assigned))
    }

    async fn branches(
        &self,
        branches: &[Program],
        input: &Value,
        track: &mut Track<'_>,
        scope: &Scope,
        started: u64,
    ) -> Result<Vec<Value>, Failure> {
        let line = &*track;
        let branch =
            |(index, program)| branch(self.run, program, input.clone(), line.branch(started), scope.clone(), index);
        let mut running: FuturesUnordered<_> = branches.iter().enumerate().map(branch).collect();
        let mut outputs = vec![Value::Null; branches.len()];
        let mut ended = Ok(());
        let mut previous = started;
        while let Some((index, last, result)) = running.next().await {
            previous = last;
            match (result, outputs.get_mut(index)) {
                (Ok(output), Some(place)) => *place = output,
                (Ok(_), None) => {}
                (Err(failure), _) => {
                    ended = Err(failure);
                    break;
                }
            }
        }
        drop(running);
        track.previous = previous;
        ended.map(|()| outputs)
    }
}

/// One branch: its index, its last event, and what came of it.
async fn branch(
    run: &Run,
    program: &Program,
    input: Value,
    mut track: Track<'_>,
    scope: Scope,
    index: usize,
) -> (usize, u64, Result<Value, Failure>) {
    let result = walk(run, program, input, &mut track, scope).await;
    (index, track.previous, result)
}
