//! Counting requests, and answering some of them wrongly on purpose.

mod alter;
mod body;
mod diff;
mod rule;

use std::{
    collections::BTreeMap,
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use axum::{
    extract::{ConnectInfo, MatchedPath, Request, State},
    http::StatusCode,
    middleware::Next,
    response::{IntoResponse, Response},
};

pub(crate) use self::{
    diff::{FalseDiff, ToldDiff},
    rule::{Action, Rule},
};
use super::{Context, listener::ConnectionHandle};
use crate::ledger::Ledger;

/// Requests so far, and the rules for those to come.
#[derive(Debug, Default)]
pub(crate) struct Faults(Mutex<Inner>);

#[derive(Debug, Default)]
struct Inner {
    unhealthy: bool,
    rules: Vec<Rule>,
    diffs: Vec<FalseDiff>,
    counts: BTreeMap<String, u64>,
}

impl Faults {
    pub(crate) fn add(&self, rule: Rule) {
        self.lock().rules.push(rule);
    }

    pub(crate) fn clear(&self) {
        self.lock().rules.clear();
    }

    pub(crate) fn rules(&self) -> Vec<Rule> {
        self.lock().rules.clone()
    }

    pub(crate) fn add_diff(&self, diff: FalseDiff) {
        self.lock().diffs.push(diff);
    }

    pub(crate) fn clear_diffs(&self) {
        self.lock().diffs.clear();
    }

    pub(crate) fn diffs(&self) -> Vec<FalseDiff> {
        self.lock().diffs.clone()
    }

    /// What is said of a milestone: the truth, unless a falsehood was ordered. `None` when the
    /// ledger does not know the milestone.
    pub(crate) fn told_diff(&self, ledger: &Ledger, index: u32) -> Option<ToldDiff> {
        let truth = ledger.diff(index)?;
        let mut inner = self.lock();
        let Some(at) = inner.diffs.iter().position(|diff| diff.index == index) else {
            return Some(ToldDiff { index, created: truth.created.clone(), consumed: truth.consumed.clone() });
        };
        let diff = inner.diffs.get_mut(at)?;
        let told = diff.tell(truth, |other| ledger.diff(other));
        if spend(&mut diff.count) {
            inner.diffs.remove(at);
        }
        Some(told)
    }

    /// Requests by `METHOD route` since the start or the last reset.
    pub(crate) fn counts(&self) -> BTreeMap<String, u64> {
        self.lock().counts.clone()
    }

    pub(crate) fn reset_counts(&self) {
        self.lock().counts.clear();
    }

    pub(crate) fn set_healthy(&self, healthy: bool) {
        self.lock().unhealthy = !healthy;
    }

    /// What the server says of its node's health.
    pub(crate) fn is_healthy(&self) -> bool {
        !self.lock().unhealthy
    }

    /// Counts a request and takes the first rule that is for it.
    fn note(&self, route: String, method: &str, path: &str) -> Option<Rule> {
        let mut inner = self.lock();
        *inner.counts.entry(route).or_default() += 1;
        let index = inner.rules.iter().position(|rule| rule.matches(method, path))?;
        let rule = inner.rules.get_mut(index)?;
        let taken = rule.clone();
        if spend(&mut rule.count) {
            inner.rules.remove(index);
        }
        Some(taken)
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Takes one of a number of times; whether it was the last one.
fn spend(count: &mut Option<u64>) -> bool {
    match count {
        Some(count) => {
            *count = count.saturating_sub(1);
            *count == 0
        }
        None => false,
    }
}

/// The middleware.
pub(super) async fn apply(
    State(context): State<Context>,
    ConnectInfo(connection): ConnectInfo<ConnectionHandle>,
    request: Request,
    next: Next,
) -> Response {
    let method = request.method().to_string();
    let path = request.uri().path().to_owned();
    let route = request.extensions().get::<MatchedPath>().map_or("(no route)", MatchedPath::as_str);
    let Some(rule) = context.faults.note(format!("{method} {route}"), &method, &path) else {
        return next.run(request).await;
    };
    tracing::debug!(%method, path, action = ?rule.action(), "fault");
    tokio::time::sleep(Duration::from_millis(rule.latency_ms)).await;
    match rule.action() {
        Action::Delay => next.run(request).await,
        Action::Status => alter::status(&rule),
        Action::Drop => {
            connection.cut();
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
        Action::Truncate => alter::truncate(next.run(request).await).await,
        Action::Stall => alter::stall(next.run(request).await).await,
        Action::Trickle => alter::trickle(next.run(request).await, &rule).await,
        Action::Patch => {
            let patch = rule.patch.as_ref().unwrap_or(&serde_json::Value::Null);
            alter::patch(next.run(request).await, patch).await
        }
        Action::Endless => alter::endless(),
        Action::Garbage => alter::garbage(),
        // until the peer gives up
        Action::Hang => std::future::pending().await,
    }
}
