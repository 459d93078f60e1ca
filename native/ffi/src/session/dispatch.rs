//! The dispatcher: reads messages, finds their method and has it run where it belongs.

use std::sync::Arc;

use serde_json::Value;

use super::{Session, Ticket, guard, keys::OpenKeys, pool::Pool};
use crate::{
    error::Fault,
    message::{self, Lane, Method, Request, RequestId},
};

/// Dispatches until the wallet closes; what is left then is answered with `CLOSED`.
pub(super) fn run(session: &Arc<Session>) {
    while let Some(messages) = session.inbox.take() {
        // answers of quick methods leave together: one wake-up of the reader for all of them
        let answers: Vec<String> = messages.iter().filter_map(|message| dispatch_guarded(session, message)).collect();
        session.outbox.answers(answers);
    }
    let rest = session.inbox.rest();
    session.outbox.answers(rest.iter().map(|message| {
        let id = message::parse(message).map_or_else(|refusal| refusal.id, |request| Some(request.id));
        message::answer(id.as_ref(), Err(Fault::closed()))
    }));
}

/// As [`dispatch`]; a panic outside of a method, which has its own guard, does not end the dispatcher.
fn dispatch_guarded(session: &Arc<Session>, message: &[u8]) -> Option<String> {
    guard(|| Ok(dispatch(session, message))).unwrap_or_else(|fault| Some(message::answer(None, Err(fault))))
}

/// The answer, when there is one at once.
fn dispatch(session: &Arc<Session>, message: &[u8]) -> Option<String> {
    let request = match message::parse(message) {
        Ok(request) => request,
        Err(refusal) => return Some(message::answer(refusal.id.as_ref(), Err(refusal.fault))),
    };
    let Request { id, method, params } = request;
    let keys = session.keys.enter((method.keys)(&params));
    let answer = |id: &RequestId, outcome| Some(message::answer(Some(id), outcome));
    match method.lane {
        Lane::Quick => {
            let outcome = guard(|| (method.call)(params, session));
            answer(&id, outcome)
        }
        Lane::Work => {
            run_on(session, &session.work, &session.ticket(id, false), method, (params, keys));
            None
        }
        Lane::Node => {
            let ticket = session.ticket(id, false);
            if session.node.has_room() {
                run_on(session, &session.node, &ticket, method, (params, keys));
            } else {
                look_first(session, ticket, method, (params, keys));
            }
            None
        }
        Lane::Parked => {
            let ticket = session.ticket(id, true);
            if let Err(fault) = guard(|| (method.wait)(params, session, &ticket)) {
                session.answer(&ticket, Err(fault));
            }
            None
        }
    }
}

/// The parameters of a request, and its keys, which are open as long as it is.
type Keyed = (Value, OpenKeys);

/// Has a method run on a pool, whose answer is the request's.
fn run_on(session: &Arc<Session>, pool: &Arc<Pool>, ticket: &Ticket, method: &'static Method, params: Keyed) {
    let (job_session, job_ticket) = (Arc::clone(session), ticket.clone());
    let taken = pool.run(Box::new(move || {
        let (params, keys) = params;
        let outcome = guard(|| (method.call)(params, &job_session));
        job_session.answer(&job_ticket, outcome);
        drop(keys);
    }));
    if !taken {
        session.answer(ticket, Err(session.overload()));
    }
}

/// All threads for nodes wait: what needs no node after all is not kept waiting with the rest.
fn look_first(session: &Arc<Session>, ticket: Ticket, method: &'static Method, params: Keyed) {
    let (job_session, job_ticket) = (Arc::clone(session), ticket.clone());
    let taken = session.work.run(Box::new(move || {
        match guard(|| (method.at_once)(params.0.clone(), &job_session)).transpose() {
            Some(outcome) => job_session.answer(&job_ticket, outcome),
            None => run_on(&job_session, &job_session.node, &job_ticket, method, params),
        }
    }));
    if !taken {
        session.answer(&ticket, Err(session.overload()));
    }
}
