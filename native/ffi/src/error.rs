//! Errors as they cross the border: a code, a text, and in `data` the kind that callers branch on.

mod engine;

use std::{collections::BTreeMap, error::Error, fmt};

use schemars::JsonSchema;
use serde::Serialize;
use stardust_wallet::error::{ErrorKind, chain};

/// An error as it is written into an answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub(crate) struct ErrorObject {
    /// A number for logs: JSON-RPC's own where it has one, else 1000 and the place of the kind in the list.
    pub(crate) code: i32,
    /// What happened, and why, and why that: for people. Never a secret.
    pub(crate) message: String,
    /// For programs.
    pub(crate) data: ErrorData,
}

/// The part of an error that programs read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub(crate) struct ErrorData {
    /// What went wrong; one of the listed kinds.
    pub(crate) kind: String,
    /// Whether the same call may succeed later without any change by the caller.
    pub(crate) retryable: bool,
    /// Figures that belong to the kind, as text.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    #[schemars(default)]
    pub(crate) details: BTreeMap<String, String>,
}

/// Why a request failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Fault {
    kind: ErrorKind,
    code: i32,
    message: String,
    details: BTreeMap<String, String>,
}

/// A fault as a result.
pub(crate) type Outcome<T> = Result<T, Fault>;

impl Fault {
    /// A fault that arises here.
    pub(crate) fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        Self { kind, code: code(kind), message: message.into(), details: BTreeMap::new() }
    }

    /// An engine's error with all its causes.
    pub(crate) fn of(kind: ErrorKind, error: &dyn Error) -> Self {
        Self::new(kind, chain(error))
    }

    /// A message that is no request at all.
    pub(crate) fn unparsable(message: impl Into<String>) -> Self {
        Self { code: -32700, ..Self::new(ErrorKind::InvalidMessage, message) }
    }

    /// Parameters that do not fit the method.
    pub(crate) fn params(message: impl Into<String>) -> Self {
        Self { code: -32602, ..Self::new(ErrorKind::InvalidMessage, message) }
    }

    /// What does not fit in a JSON value, without repeating the value: a caller may have put a secret where it does not
    /// belong.
    pub(crate) fn json(error: &serde_json::Error) -> String {
        let text = error.to_string();
        let text = match (text.find('"'), text.rfind('"')) {
            (Some(first), Some(last)) if first < last => format!("{}…{}", &text[..first], &text[last + 1..]),
            _ => text,
        };
        match text.strip_prefix("unknown variant `").and_then(|rest| rest.split_once("`, ")) {
            Some((_, expected)) => format!("unknown variant, {expected}"),
            None => text,
        }
    }

    /// A parameter outside its range.
    pub(crate) fn argument(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::InvalidArgument, message)
    }

    /// The wallet is closed or closing.
    pub(crate) fn closed() -> Self {
        Self::new(ErrorKind::Closed, "the wallet is closed")
    }

    /// A queue is full.
    pub(crate) fn busy() -> Self {
        Self::new(ErrorKind::Busy, "too many requests are waiting")
    }

    /// The time is up.
    pub(crate) fn timeout() -> Self {
        Self::new(ErrorKind::Timeout, "the time is up")
    }

    /// A caught panic.
    pub(crate) fn internal() -> Self {
        Self::new(ErrorKind::Internal, "a defect of the wallet ended the call; its log has more")
    }

    /// Adds a figure for programs.
    pub(crate) fn detail(mut self, name: &str, value: impl fmt::Display) -> Self {
        self.details.insert(name.to_owned(), value.to_string());
        self
    }

    /// Its kind.
    #[cfg(test)]
    pub(crate) fn kind(&self) -> ErrorKind {
        self.kind
    }

    /// As it is written.
    pub(crate) fn into_object(self) -> ErrorObject {
        ErrorObject {
            code: self.code,
            message: self.message,
            data: ErrorData {
                kind: self.kind.name().to_owned(),
                retryable: self.kind.is_retryable(),
                details: self.details,
            },
        }
    }
}

/// The number of a kind. JSON-RPC has its own for three of them.
pub(crate) fn code(kind: ErrorKind) -> i32 {
    match kind {
        ErrorKind::InvalidMessage => -32600,
        ErrorKind::UnknownMethod => -32601,
        ErrorKind::Internal => -32603,
        other => {
            let place = ErrorKind::ALL.iter().position(|kind| *kind == other).expect("ALL has every kind");
            1000 + i32::try_from(place).expect("there are fewer than two thousand million kinds")
        }
    }
}
