//! Response bodies that break off or never end.

use std::{
    io,
    pin::Pin,
    task::{Context, Poll},
};

use axum::body::Bytes;
use http_body::{Body, Frame};

/// A body that ends in an error, or not at all.
#[derive(Debug)]
pub(super) struct FaultBody {
    next: Option<Bytes>,
    repeat: Option<Bytes>,
}

impl FaultBody {
    /// Gives `bytes` and then breaks the connection.
    pub(super) fn broken(bytes: Bytes) -> Self {
        Self { next: Some(bytes), repeat: None }
    }

    /// A JSON string without end.
    pub(super) fn endless() -> Self {
        Self { next: Some(Bytes::from_static(b"{\"data\":\"")), repeat: Some(Bytes::from(vec![b'x'; 1 << 16])) }
    }
}

impl Body for FaultBody {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, io::Error>>> {
        let bytes = self.next.take().or_else(|| self.repeat.clone());
        Poll::Ready(Some(bytes.map(Frame::data).ok_or_else(|| io::ErrorKind::ConnectionAborted.into())))
    }
}
