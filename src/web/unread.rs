//! What becomes of a body that nobody read to its end. The server reads and discards a chunked one for as long as it comes, once
//! its reader is gone: an endless body would never end. So the reader is kept until the answer is out, and the server hangs up.

use std::{
    cell::{Cell, RefCell},
    pin::Pin,
    rc::Rc,
    task::{Context, Poll},
};

use actix_web::{
    Error, HttpMessage as _,
    body::{BodySize, BoxBody, MessageBody},
    dev::{Payload, ServiceRequest, ServiceResponse},
    http::header,
    web::Bytes,
};
use futures_util::{StreamExt as _, stream};

/// The other end of a body that comes in chunks.
pub(super) struct Unread {
    payload: RefCell<Payload>,
    ended: Cell<bool>,
}

/// Keeps hold of the body if it comes in chunks; the handler reads it all the same.
pub(super) fn hold(req: &mut ServiceRequest) -> Option<Rc<Unread>> {
    if !req.headers().contains_key(header::TRANSFER_ENCODING) {
        return None;
    }
    let held = Rc::new(Unread { payload: RefCell::new(req.take_payload()), ended: Cell::new(false) });
    let reader = Rc::clone(&held);
    let chunks = stream::poll_fn(move |cx| {
        let next = reader.payload.borrow_mut().poll_next_unpin(cx);
        reader.ended.set(matches!(next, Poll::Ready(None)));
        next
    });
    req.set_payload(Payload::Stream { payload: Box::pin(chunks) });
    Some(held)
}

/// Hands what was held to the answer, if the body was not read to its end.
pub(super) fn hang_up_after(answer: ServiceResponse<BoxBody>, held: Option<Rc<Unread>>) -> ServiceResponse<BoxBody> {
    match held.filter(|held| !held.ended.get()) {
        Some(unread) => answer.map_body(|_, body| BoxBody::new(Last { body, _unread: unread })),
        None => answer,
    }
}

/// The last answer on a connection.
struct Last {
    body: BoxBody,
    _unread: Rc<Unread>,
}

impl MessageBody for Last {
    type Error = Error;

    fn size(&self) -> BodySize {
        self.body.size()
    }

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Bytes, Self::Error>>> {
        Pin::new(&mut self.body).poll_next(cx).map_err(Error::from)
    }
}
