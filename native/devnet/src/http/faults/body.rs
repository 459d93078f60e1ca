//! Response bodies that break off, never end or come slowly.

use std::{
    io,
    pin::Pin,
    task::{Context, Poll, ready},
    time::Duration,
};

use axum::body::Bytes;
use http_body::{Body, Frame};
use tokio::time::{Instant, Sleep};

/// Time for what was sent to arrive before the connection breaks.
const BREAK_AFTER: Duration = Duration::from_millis(20);

/// A body that ends in an error, not at all, or late.
#[derive(Debug)]
pub(super) struct FaultBody {
    next: Option<Bytes>,
    then: Then,
}

#[derive(Debug)]
enum Then {
    Repeat(Bytes),
    Break(Pin<Box<Sleep>>),
    Nothing,
    Trickle { rest: Bytes, chunk: usize, every: Duration, pause: Pin<Box<Sleep>> },
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

    /// Gives `bytes` and then nothing more, on an open connection.
    pub(super) fn stalled(bytes: Bytes) -> Self {
        Self { next: Some(bytes), then: Then::Nothing }
    }

    /// Gives `bytes` in pieces of `chunk` bytes, one `every` so long.
    pub(super) fn trickled(bytes: Bytes, chunk: usize, every: Duration) -> Self {
        let pause = Box::pin(tokio::time::sleep(every));
        Self { next: None, then: Then::Trickle { rest: bytes, chunk: chunk.max(1), every, pause } }
    }
}

impl Body for FaultBody {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, io::Error>>> {
        if let Some(bytes) = self.next.take() {
            if let Then::Break(after) = &mut self.then {
                // it may have waited long for its turn; both at once would break before anything is sent
                after.as_mut().reset(Instant::now() + BREAK_AFTER);
            }
            return Poll::Ready(Some(Ok(Frame::data(bytes))));
        }
        match &mut self.then {
            Then::Repeat(bytes) => Poll::Ready(Some(Ok(Frame::data(bytes.clone())))),
            Then::Break(after) => after.as_mut().poll(cx).map(|()| Some(Err(io::ErrorKind::ConnectionAborted.into()))),
            // nobody wakes it: it ends with the connection
            Then::Nothing => Poll::Pending,
            Then::Trickle { rest, .. } if rest.is_empty() => Poll::Ready(None),
            Then::Trickle { rest, chunk, every, pause } => {
                ready!(pause.as_mut().poll(cx));
                pause.as_mut().reset(Instant::now() + *every);
                let piece = rest.split_to(rest.len().min(*chunk));
                Poll::Ready(Some(Ok(Frame::data(piece))))
            }
        }
    }
}
