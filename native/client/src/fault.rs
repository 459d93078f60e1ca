//! What went wrong with a request, decided where it was seen.

use std::time::Duration;

use stardust_wallet::{error::ErrorKind, ledger::NodeError};

/// The most characters of a foreign text that go into a message of ours.
const FOREIGN_TEXT: usize = 200;

/// A fault of one node or of the whole client.
#[derive(Clone, Debug)]
pub(crate) struct Fault {
    pub(crate) kind: ErrorKind,
    pub(crate) message: String,
    /// How long the node wants to be left alone.
    pub(crate) retry_after: Option<Duration>,
    /// It took the whole time that a request may take: not worth an immediate repetition.
    pub(crate) timed_out: bool,
    /// The node works and only does not offer this: it is not put aside.
    pub(crate) not_offered: bool,
    /// Nothing was sent: the node had asked to be left alone.
    pub(crate) not_sent: bool,
}

impl Fault {
    pub(crate) fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        Self { kind, message: message.into(), retry_after: None, timed_out: false, not_offered: false, not_sent: false }
    }

    /// The node's answer is not what the protocol says.
    pub(crate) fn invalid(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::NodeAnswerInvalid, message)
    }

    /// The node works, but not for this.
    pub(crate) fn not_offered(kind: ErrorKind, message: impl Into<String>) -> Self {
        Self { not_offered: true, ..Self::new(kind, message) }
    }

    /// The client was closed.
    pub(crate) fn closed() -> Self {
        Self::new(ErrorKind::Closed, "the node client is closed")
    }

    /// A panic of ours, which the panic hook has reported.
    pub(crate) fn defect() -> Self {
        Self::new(ErrorKind::Internal, "the node client broke down at this request")
    }

    /// Whether a node did wrong, and not only declined.
    pub(crate) fn is_of_a_node(&self) -> bool {
        !self.not_offered && !self.not_sent && !matches!(self.kind, ErrorKind::Closed | ErrorKind::Internal)
    }

    /// Names the node that it was seen at.
    pub(crate) fn at(mut self, node: &str) -> Self {
        self.message = format!("{node}: {}", self.message);
        self
    }

    /// One fault for those of several nodes: the first that may pass by itself, or else the first, with
    /// the words of all.
    pub(crate) fn of_all(faults: Vec<Self>) -> Self {
        let main = faults.iter().find(|fault| fault.kind.is_retryable()).or(faults.first()).cloned();
        let Some(mut main) = main else {
            return Self::new(ErrorKind::NodeUnreachable, "no node can be used");
        };
        let all: Vec<_> = faults.into_iter().map(|fault| fault.message).collect();
        main.message = all.join("; ");
        main
    }
}

impl From<Fault> for NodeError {
    fn from(fault: Fault) -> Self {
        Self { kind: fault.kind, message: fault.message }
    }
}

/// A text from outside: shortened, one line, printable.
pub(crate) fn printable(text: &str) -> String {
    let plain =
        |c: char| if c.is_control() || !(c.is_alphanumeric() || c.is_ascii() || c == ' ') { '\u{fffd}' } else { c };
    let mut short: String = text.trim().chars().take(FOREIGN_TEXT).map(plain).collect();
    if text.trim().chars().nth(FOREIGN_TEXT).is_some() {
        short.push('…');
    }
    short
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn foreign_text_is_short_and_printable() {
        assert_eq!(printable(" a\r\nb\u{1b}[31m\u{202e}é "), "a\u{fffd}\u{fffd}b\u{fffd}[31m\u{fffd}é");
        assert_eq!(printable(&"x".repeat(201)).chars().count(), 201);
        assert_eq!(printable(&"x".repeat(200)), "x".repeat(200));
    }

    #[test]
    fn several_faults_are_retryable_when_one_is() {
        let faults = vec![Fault::new(ErrorKind::NodeWrongNetwork, "a"), Fault::new(ErrorKind::NodeUnreachable, "b")];
        let fault = Fault::of_all(faults);
        assert_eq!((fault.kind, fault.message.as_str()), (ErrorKind::NodeUnreachable, "a; b"));
    }
}
