//! The dispatcher: reads messages, finds their method and has it run where it belongs.

use std::sync::Arc;

use super::{Session, guard};
use crate::{
    error::Fault,
    message::{self, Lane, Request, RequestId},
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
    let answer = |id: &RequestId, outcome| Some(message::answer(Some(id), outcome));
    match method.lane {
        Lane::Quick => {
            let outcome = guard(|| (method.call)(params, session));
            answer(&id, outcome)
        }
        Lane::Work | Lane::Node => {
            let pool = if method.lane == Lane::Node { &session.node } else { &session.work };
            let ticket = session.ticket(id, false);
            let (job_session, job_ticket) = (Arc::clone(session), ticket.clone());
            let taken = pool.run(Box::new(move || {
                let outcome = guard(|| (method.call)(params, &job_session));
                job_session.answer(&job_ticket, outcome);
            }));
            if !taken {
                session.answer(&ticket, Err(session.overload()));
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
