//! Response bodies that break off or never end.

use std::{
    io,
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
};

use axum::body::Bytes;
use http_body::{Body, Frame};
use tokio::time::Sleep;

/// Time for what was sent to arrive before the connection breaks.
const BREAK_AFTER: Duration = Duration::from_millis(20);

/// A body that ends in an error, or not at all.
#[derive(Debug)]
pub(super) struct FaultBody {
    next: Option<Bytes>,
    then: Then,
}

#[derive(Debug)]
enum Then {
    Repeat(Bytes),
    Break(Pin<Box<Sleep>>),
}

impl FaultBody {
    /// Gives `bytes` and then breaks the connection.
    pub(super) fn broken(bytes: Bytes) -> Self {
        Self { next: Some(bytes), then: Then::Break(Box::pin(tokio::time::sleep(BREAK_AFTER))) }
    }

    /// A JSON string without end.
    pub(super) fn endless() -> Self {
        let begin = Bytes::from_static(b"{\"data\":\"");
        Self { next: Some(begin), then: Then::Repeat(Bytes::from(vec![b'x'; 1 << 16])) }
    }
}

impl Body for FaultBody {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, io::Error>>> {
        if let Some(bytes) = self.next.take() {
            return Poll::Ready(Some(Ok(Frame::data(bytes))));
        }
        match &mut self.then {
            Then::Repeat(bytes) => Poll::Ready(Some(Ok(Frame::data(bytes.clone())))),
            Then::Break(after) => after.as_mut().poll(cx).map(|()| Some(Err(io::ErrorKind::ConnectionAborted.into()))),
        }
    }
}
