//! What becomes of a long body that nobody read to its end. The server would read and discard it for as long as it comes: an
//! endless one for ever, at the speed of the network. Here the reader is kept, so that nothing more is read, the answer goes
//! out, the other side has a moment to see it, and the connection ends.

use std::{
    cell::{Cell, RefCell},
    pin::Pin,
    rc::Rc,
    task::{Context, Poll, ready},
    time::Duration,
};

use actix_web::{
    HttpMessage as _,
    body::{BodySize, BoxBody, MessageBody},
    dev::{Payload, ServiceRequest, ServiceResponse},
    http::header,
    web::Bytes,
};
use futures_util::{StreamExt as _, stream};
use tokio::time::Sleep;

use super::extract::{self, MOST_BYTES};

/// How long the other side has to see the answer.
const MOMENT: Duration = Duration::from_millis(500);

/// The other end of a body that comes in chunks or is announced as too long.
pub(super) struct Unread {
    payload: RefCell<Payload>,
    ended: Cell<bool>,
}

/// Keeps hold of the body if it may be long; the handler reads it all the same.
pub(super) fn hold(req: &mut ServiceRequest) -> Option<Rc<Unread>> {
    let has_body = !matches!(req.parts().1, Payload::None);
    let may_be_long = has_body
        && (req.headers().contains_key(header::TRANSFER_ENCODING) || extract::declared(req.request()) > MOST_BYTES);
    if !may_be_long {
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
pub(super) fn hang_up_after(answer: ServiceResponse<BoxBody>, held: Rc<Unread>) -> ServiceResponse<BoxBody> {
    match held.ended.get() {
        true => answer,
        false => answer.map_body(|_, body| BoxBody::new(Last { body, _unread: held, moment: None })),
    }
}

/// The last answer on a connection: it ends in an error, because the server hangs up on nothing else.
struct Last {
    body: BoxBody,
    _unread: Rc<Unread>,
    moment: Option<Pin<Box<Sleep>>>,
}

/// Why the connection ends.
#[derive(Debug, thiserror::Error)]
#[error("the request's body was not read to its end")]
struct HungUp;

impl MessageBody for Last {
    type Error = Box<dyn std::error::Error>;

    fn size(&self) -> BodySize {
        self.body.size()
    }

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Bytes, Self::Error>>> {
        if let Some(chunk) = ready!(Pin::new(&mut self.body).poll_next(cx)) {
            return Poll::Ready(Some(chunk));
        }
        let moment = self.moment.get_or_insert_with(|| Box::pin(tokio::time::sleep(MOMENT)));
        ready!(moment.as_mut().poll(cx));
        Poll::Ready(Some(Err(HungUp.into())))
    }
}
