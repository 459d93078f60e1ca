//! For which requests a fault is, and which fault.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// What is done to a request that a rule matches, after its latency.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) enum Action {
    /// Answered with the rule's status and body.
    Status,
    /// The connection ends without an answer.
    Drop,
    /// The true answer, of whose body only half arrives before the connection ends.
    Truncate,
    /// 200 and a body that begins like JSON and never ends.
    Endless,
    /// 200 and a body that is not JSON.
    Garbage,
    /// No answer, on an open connection.
    Hang,
    /// The true answer, of whose body only half arrives; the connection stays open.
    Stall,
    /// The true answer, whose body comes in small pieces.
    Trickle,
    /// The true answer, changed by the rule's patch.
    Patch,
    /// Answered truly, but late.
    #[default]
    Delay,
}

/// A rule of `POST /api/devnet/v1/fail`.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Rule {
    /// `[METHOD ]path`; in the path `*` and `{name}` stand for anything but a slash, `**` for anything.
    pub(crate) route: String,
    /// So many requests; without it, until the rules are cleared.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) count: Option<u64>,
    /// Without it `status` when a status is given, `patch` when a patch is, and else `delay`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) action: Option<Action>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) status: Option<u16>,
    /// Body of a `status` answer; without it an error in the node's form.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) body: Option<String>,
    /// Headers of a `status` answer, such as `Location` or `Retry-After`.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) headers: BTreeMap<String, String>,
    #[serde(default)]
    pub(crate) latency_ms: u64,
    /// Bytes of a piece of a `trickle` answer.
    #[serde(default = "one_byte")]
    pub(crate) chunk_bytes: usize,
    /// Time between two pieces of a `trickle` answer.
    #[serde(default = "tenth_of_a_second")]
    pub(crate) chunk_ms: u64,
    /// A JSON merge patch (RFC 7396) for the body of a `patch` answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) patch: Option<Value>,
}

impl Rule {
    pub(super) fn action(&self) -> Action {
        self.action.unwrap_or(match (self.status, &self.patch) {
            (Some(_), _) => Action::Status,
            (None, Some(_)) => Action::Patch,
            (None, None) => Action::Delay,
        })
    }

    pub(super) fn matches(&self, method: &str, path: &str) -> bool {
        match self.route.split_once(' ') {
            Some((wanted, pattern)) => wanted.eq_ignore_ascii_case(method) && matches(pattern, path),
            None => matches(&self.route, path),
        }
    }
}

fn one_byte() -> usize {
    1
}

fn tenth_of_a_second() -> u64 {
    100
}

/// Matches a path with `*` and `{name}` (no slash) and `**` (anything).
fn matches(pattern: &str, path: &str) -> bool {
    if let Some(rest) = pattern.strip_prefix("**") {
        return (0..=path.len()).any(|at| path.is_char_boundary(at) && matches(rest, &path[at..]));
    }
    let rest = match pattern.strip_prefix('*') {
        Some(rest) => Some(rest),
        None => pattern.strip_prefix('{').and_then(|inner| inner.split_once('}')).map(|(_, rest)| rest),
    };
    if let Some(rest) = rest {
        let segment = path.find('/').unwrap_or(path.len());
        return (0..=segment).any(|at| path.is_char_boundary(at) && matches(rest, &path[at..]));
    }
    let (mut pattern, mut path) = (pattern.chars(), path.chars());
    match (pattern.next(), path.next()) {
        (None, None) => true,
        (Some(wanted), Some(found)) => wanted == found && matches(pattern.as_str(), path.as_str()),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::matches;

    #[test]
    fn patterns() {
        let path = "/api/core/v2/outputs/0x00/metadata";
        for pattern in ["/api/core/v2/outputs/*/metadata", "/api/core/v2/outputs/{outputId}/metadata", "/api/**", path]
        {
            assert!(matches(pattern, path), "{pattern}");
        }
        for pattern in ["/api/core/v2/outputs/*", "/api/*", "/api/core/v2/outputs/{outputId}", "", "/api/**/x"] {
            assert!(!matches(pattern, path), "{pattern}");
        }
    }
}
