//! From state to state: enter, work, try again, catch, leave.

use std::sync::Arc;

use futures::future::BoxFuture;
use serde_json::{Map, Value};

use super::super::{
    history::Event,
    machine::{Catcher, Program, State, StateKind, Transition},
};
use super::failure::Failure;
use super::frame::Frame;
use super::outcome::Outcome;
use super::retry::Retries;
use super::run::{Run, Scope, Track};

/// Walks a program from its first state to its end, and gives the last output. On a failure `track` stays at the event
/// that the failure follows.
pub fn walk<'a>(
    run: &'a Run,
    program: &'a Program,
    input: Value,
    track: &'a mut Track<'_>,
    mut scope: Scope,
) -> BoxFuture<'a, Result<Value, Failure>> {
    Box::pin(async move {
        let (mut name, mut value) = (program.start_at.as_str(), input);
        loop {
            let Some(state) = program.states.get(name) else {
                return Err(Failure::new(super::failure::RUNTIME, format!("There is no state '{name}'")));
            };
            let (output, next) = visit(run, state, value, track, &mut scope).await?;
            let Some((next, _)) = next.and_then(|next| program.states.get_key_value(&next)) else { return Ok(output) };
            (name, value) = (next.as_str(), output);
        }
    })
}

/// Enters a state, does its work as often as its retriers ask, and leaves it.
async fn visit(
    run: &Run,
    state: &State,
    input: Value,
    track: &mut Track<'_>,
    scope: &mut Scope,
) -> Result<(Value, Option<String>), Failure> {
    let entered = track.event(Event::entered(state.kind.name(), &state.name, &input))?;
    // Others get their turn between entering and leaving, so that branches run side by side.
    tokio::task::yield_now().await;
    let mut frame = Frame::new(run, state, entered, input, scope);
    let mut retries = Retries::new(&state.retry);
    loop {
        let failure = match work(&mut frame, track, scope, retries.count()).await {
            Ok(outcome) => return leave(&frame, track, scope, outcome),
            Err(failure) => failure,
        };
        let Some(delay) = retries.next(&failure) else { return give_up(&frame, track, scope, failure) };
        run.clock.sleep(delay).await;
    }
}

async fn work(frame: &mut Frame<'_>, track: &mut Track<'_>, scope: &Scope, retries: u64) -> Result<Outcome, Failure> {
    match &frame.state.kind {
        StateKind::Pass(pass) => frame.pass(pass),
        StateKind::Succeed => frame.succeed(),
        StateKind::Fail(fail) => Err(frame.fail(fail)),
        StateKind::Choice(choice) => frame.choose(choice),
        StateKind::Wait(wait) => frame.wait(wait).await,
        StateKind::Task(task) => frame.task(task, track, scope, retries).await,
        StateKind::Parallel(parallel) => frame.parallel(parallel, track, scope, retries).await,
        StateKind::Map(map) => frame.map(map, track, scope, retries).await,
    }
}

/// No retrier is left: the state's own event of failure, then a catcher or the end.
fn give_up(
    frame: &Frame<'_>,
    track: &mut Track<'_>,
    scope: &mut Scope,
    failure: Failure,
) -> Result<(Value, Option<String>), Failure> {
    let composite = matches!(frame.state.kind, StateKind::Parallel(_) | StateKind::Map(_));
    if composite && !failure.is_terminal() {
        track.event(Event::plain(format!("{}StateFailed", frame.state.kind.name())))?;
    }
    let matches = |catcher: &&Catcher| catcher.errors.iter().any(|pattern| failure.matches(pattern));
    let Some(catcher) = frame.state.catch.iter().find(matches) else { return Err(failure) };
    let error = failure.output();
    let assigned = frame.assigned(catcher.assign.as_ref(), &error)?;
    let output = frame.place(&catcher.result_path, error)?;
    exit(frame, track, scope, &output, assigned)?;
    Ok((output, Some(catcher.next.clone())))
}

fn leave(
    frame: &Frame<'_>,
    track: &mut Track<'_>,
    scope: &mut Scope,
    outcome: Outcome,
) -> Result<(Value, Option<String>), Failure> {
    exit(frame, track, scope, &outcome.output, outcome.assigned)?;
    let next = match (&frame.state.next, outcome.next) {
        (Transition::Next(next), _) => Some(next.clone()),
        (Transition::End, _) => None,
        (Transition::Own, next) => next,
    };
    Ok((outcome.output, next))
}

fn exit(
    frame: &Frame<'_>,
    track: &mut Track<'_>,
    scope: &mut Scope,
    output: &Value,
    assigned: Map<String, Value>,
) -> Result<(), Failure> {
    track.event(Event::exited(frame.state.kind.name(), &frame.state.name, output, &assigned))?;
    if !assigned.is_empty() {
        Arc::make_mut(&mut scope.variables).extend(assigned);
    }
    Ok(())
}
