//! Map states in the history of their own execution.

use std::{
    collections::{BTreeMap, VecDeque},
    sync::Arc,
};

use futures::stream::{FuturesUnordered, StreamExt};
use serde_json::{Value, json};

use super::super::{
    history::{Event, IterationEvent},
    machine::{MapMode, MapState},
};
use super::failure::Failure;
use super::frame::Frame;
use super::items::Item;
use super::outcome::Outcome;
use super::program::walk;
use super::run::{Run, Scope, Track};

/// Inline maps run at most so many iterations side by side (quota of Step Functions).
const MOST_SIDE_BY_SIDE: usize = 40;

/// What an iteration that ended says: its index, its last event and its result.
struct Iterated {
    index: usize,
    last: u64,
    result: Result<Value, Failure>,
}

impl Frame<'_> {
    /// One attempt at a Map state.
    pub async fn map(
        &mut self,
        map: &MapState,
        track: &mut Track<'_>,
        scope: &Scope,
        retries: u64,
    ) -> Result<Outcome, Failure> {
        self.refresh(scope, Some(retries), None);
        let input = self.selected_input()?;
        match &map.mode {
            MapMode::Inline => self.inline(map, &input, track, scope).await,
            MapMode::Distributed(distributed) => self.distributed(map, distributed, &input, track, scope).await,
        }
    }

    async fn inline(
        &self,
        map: &MapState,
        input: &Value,
        track: &mut Track<'_>,
        scope: &Scope,
    ) -> Result<Outcome, Failure> {
        let items = self.items(map, input)?;
        let limit = self.side_by_side(map, input, MOST_SIDE_BY_SIDE)?;
        track.event(Event::map_started(items.len()))?;
        let outputs = self.iterations(map, input, items, limit, track, scope).await?;
        self.mapped(Value::Array(outputs), track)
    }

    /// How many iterations may run side by side.
    pub fn side_by_side(&self, map: &MapState, input: &Value, most: usize) -> Result<usize, Failure> {
        let limit = self.amount(&map.max_concurrency, "MaxConcurrencyPath", input)?;
        Ok(if limit == 0 { most } else { usize::try_from(limit).unwrap_or(most).min(most) })
    }

    /// The end of a map that went well.
    pub fn mapped(&self, outputs: Value, track: &mut Track<'_>) -> Result<Outcome, Failure> {
        let result = self.selected_result(outputs)?;
        let assigned = self.assigned(self.state.data.assign.as_ref(), &result)?;
        let output = self.output(result)?;
        track.aside(track.previous, Event::plain("MapStateSucceeded"))?;
        Ok(Outcome::new(output, assigned))
    }

    /// Runs the iterations and gives their outputs in order. The first failure ends the others.
    async fn iterations(
        &self,
        map: &MapState,
        input: &Value,
        items: Vec<Item>,
        limit: usize,
        track: &mut Track<'_>,
        scope: &Scope,
    ) -> Result<Vec<Value>, Failure> {
        let mut outputs = vec![Value::Null; items.len()];
        let mut waiting: VecDeque<(usize, Item)> = items.into_iter().enumerate().collect();
        let mut running = FuturesUnordered::new();
        let mut started = BTreeMap::new();
        let mut freed: VecDeque<u64> = vec![track.previous; limit.min(outputs.len())].into();
        let line = track.branch(track.previous);
        loop {
            while let (Some(after), false) = (freed.front().copied(), waiting.is_empty()) {
                freed.pop_front();
                let Some((index, item)) = waiting.pop_front() else { break };
                let mut own = line.branch(after);
                let (value, scope) = self.iteration(map, input, index, item, scope)?;
                own.previous = own.aside(after, self.about(IterationEvent::Started, index))?;
                started.insert(index, own.previous);
                running.push(iterate(self.run, map, index, value, own, scope));
            }
            let Some(done) = running.next().await else { return Ok(outputs) };
            started.remove(&done.index);
            match done.result {
                Ok(output) => {
                    track.previous = line.aside(done.last, self.about(IterationEvent::Succeeded, done.index))?;
                    outputs[done.index] = output;
                    freed.push_back(done.last);
                }
                Err(failure) => {
                    drop(running);
                    track.previous = done.last;
                    self.end_others(&failure, done.index, &started, track)?;
                    return Err(failure);
                }
            }
        }
    }

    /// Writes down that one iteration failed and that the others that ran were given up.
    fn end_others(
        &self,
        failure: &Failure,
        index: usize,
        started: &BTreeMap<usize, u64>,
        track: &Track<'_>,
    ) -> Result<(), Failure> {
        if failure.is_terminal() {
            return Ok(());
        }
        track.aside(track.previous, self.about(IterationEvent::Failed, index))?;
        for (index, after) in started {
            track.aside(*after, self.about(IterationEvent::Aborted, *index))?;
        }
        Ok(())
    }

    fn about(&self, what: IterationEvent, index: usize) -> Event {
        Event::iteration(what, &self.state.name, index)
    }

    /// The input and the scope of one iteration.
    pub fn iteration(
        &self,
        map: &MapState,
        input: &Value,
        index: usize,
        item: Item,
        scope: &Scope,
    ) -> Result<(Value, Scope), Failure> {
        let mut scope = scope.clone();
        let mut about = json!({"Index": index});
        if let Some(key) = &item.key {
            about["Key"] = json!(key);
        }
        about["Value"] = item.value.clone();
        scope.map = Some(Arc::new(json!({ "Item": about })));
        Ok((self.item_input(map, input, item, &scope)?, scope))
    }
}

async fn iterate(
    run: &Run,
    map: &MapState,
    index: usize,
    value: Value,
    mut track: Track<'_>,
    scope: Scope,
) -> Iterated {
    let result = walk(run, &map.processor, value, &mut track, scope).await;
    Iterated { index, last: track.previous, result }
}
