//! Live activity: lines of the audit log as they are written, to administrators who look (server-sent events). While somebody
//! looks, one follower reads what is new and tells everybody the same; nobody asks the database for news of their own.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use actix_web::{
    HttpRequest, HttpResponse,
    error::InternalError,
    http::header::{self, HeaderName},
    web::{Bytes, Data},
};
use askama::Template as _;
use futures_util::{Stream, StreamExt as _, stream};
use tokio::{
    sync::broadcast::{self, Receiver, error::RecvError},
    time::{MissedTickBehavior, interval},
};

use super::{
    guard::{Admin, Answer},
    lines::Names,
    overview::RecentRow,
};
use crate::{
    base::time::Span,
    clock::Clock,
    flows::Desk,
    oauth::{error::too_many, why::Why},
    store::{
        Reader, StoreResult,
        audit::{self, Filter, Line},
    },
    web::{arrival::Arrivals, reply},
};

/// How often the log is looked at while somebody looks.
const LOOK: Duration = Duration::from_secs(1);
/// After so many looks without news a sign of life is sent, and it is asked whether the session still lasts.
const BEAT: u32 = 5;
/// So many streams may one session have open: one for each of a few tabs.
const MOST_OF_SESSION: usize = 4;
/// So many are open in all.
const MOST: usize = 64;
/// So many lines are told at once; of more only the newest.
const MOST_LINES: usize = 20;
/// nginx would keep lines back until there are enough of them.
const UNBUFFERED: HeaderName = HeaderName::from_static("x-accel-buffering");
/// The last word of a stream: whoever reads it does not come back by itself.
const OVER: &[u8] = b"event: over\ndata:\n\n";
/// A comment, which keeps proxies from hanging up.
const ALIVE: &[u8] = b":\n\n";

/// Everybody who looks.
pub struct Live {
    news: broadcast::Sender<News>,
    looking: Mutex<Looking>,
}

/// Who looks, and whether there is a follower for them.
#[derive(Default)]
struct Looking {
    by_session: HashMap<String, usize>,
    is_followed: bool,
}

/// What everybody is told.
#[derive(Clone)]
enum News {
    /// New lines, the oldest first; mostly none.
    Lines(Arc<[Told]>),
    /// The server stops.
    Over,
}

/// A line as it is sent.
#[derive(Clone)]
struct Told {
    seq: i64,
    /// As a row of the overview.
    recent: String,
    /// As a row of the log.
    whole: String,
}

impl Default for Live {
    fn default() -> Self {
        Self { news: broadcast::Sender::new(16), looking: Mutex::default() }
    }
}

impl Live {
    /// A seat for one more stream of that session, if there is room.
    fn sit(self: &Arc<Self>, session: &str) -> Option<Seat> {
        let mut looking = self.looking();
        let all: usize = looking.by_session.values().sum();
        let own = looking.by_session.get(session).copied().unwrap_or(0);
        if all >= MOST || own >= MOST_OF_SESSION {
            return None;
        }
        looking.by_session.insert(session.to_owned(), own + 1);
        Some(Seat { live: Arc::clone(self), session: session.to_owned(), news: self.news.subscribe() })
    }

    /// Starts the follower, unless there is one.
    fn follow(self: &Arc<Self>, desk: &Arc<Desk>, seen: i64) {
        let mut looking = self.looking();
        if !looking.is_followed {
            looking.is_followed = true;
            tokio::spawn(follow(Arc::clone(self), Arc::clone(desk), seen));
        }
    }

    /// Ends all streams: the server stops.
    pub fn close(&self) {
        drop(self.news.send(News::Over));
    }

    /// Whether nobody looks any more; the follower ends then.
    fn is_left(&self) -> bool {
        let mut looking = self.looking();
        looking.is_followed = !looking.by_session.is_empty();
        !looking.is_followed
    }

    fn looking(&self) -> MutexGuard<'_, Looking> {
        self.looking.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The place of one stream, given back when it ends.
struct Seat {
    live: Arc<Live>,
    session: String,
    news: Receiver<News>,
}

impl Drop for Seat {
    fn drop(&mut self) {
        let mut looking = self.live.looking();
        let left = looking.by_session.get(&self.session).copied().unwrap_or(0).saturating_sub(1);
        if left == 0 {
            looking.by_session.remove(&self.session);
        } else {
            looking.by_session.insert(self.session.clone(), left);
        }
    }
}

/// Looks once a second as long as somebody does, and tells them what is new.
async fn follow(live: Arc<Live>, desk: Arc<Desk>, mut seen: i64) {
    let mut turns = interval(LOOK);
    turns.set_missed_tick_behavior(MissedTickBehavior::Delay);
    while !live.is_left() {
        turns.tick().await;
        let base = desk.config.issuer.path().to_owned();
        let lines = desk.store.read(move |reader| since(reader, &base, seen)).await.unwrap_or_else(|error| {
            log::warn!("the log cannot be read for those who look: {error}");
            Vec::new()
        });
        seen = lines.last().map_or(seen, |line| line.seq);
        drop(live.news.send(News::Lines(lines.into())));
    }
}

/// The newest of the lines after that one, as they are sent.
fn since(reader: &mut Reader<'_>, base: &str, seen: i64) -> StoreResult<Vec<Told>> {
    let filter = Filter { first: Some(seen + 1), ..Filter::default() };
    let mut lines = audit::page(reader, &filter, None, MOST_LINES)?.rows;
    lines.reverse();
    let names = Names::load(reader, base, &lines)?;
    Ok(lines.iter().map(|line| told(&names, line)).collect())
}

fn told(names: &Names, line: &Line) -> Told {
    // An event's data is one line.
    let event = |row: String| format!("id: {}\nevent: line\ndata: {}\n\n", line.seq, row.replace(['\r', '\n'], " "));
    Told {
        seq: line.seq,
        recent: event(RecentRow::of(names, line, line.at).render().unwrap_or_default()),
        whole: event(names.row(line).render().unwrap_or_default()),
    }
}

/// `GET /admin/live`: lines after the one in `after`, or after the last one that this browser got, as rows of the overview; with
/// `rows=log` as those of the log. They come until the browser goes away, its session ends or the person is no longer an
/// administrator.
pub async fn get(admin: Admin, req: HttpRequest, live: Data<Live>, arrivals: Data<Arrivals>) -> Answer {
    let live = live.into_inner();
    let Some(seat) = live.sit(admin.csrf()) else {
        let refusal = reply::refusal(&too_many(Why::TooMany, Span::seconds(30)));
        return Err(InternalError::from_response("too many streams", refusal).into());
    };
    let got = req.headers().get("last-event-id").and_then(|id| id.to_str().ok()?.parse().ok());
    let after: Option<i64> = got.or_else(|| admin.one("after").parse().ok());
    let base = admin.desk.config.issuer.path().to_owned();
    let ((newest, missed), _) = admin
        .read(move |reader| {
            let newest = audit::ends(reader)?.map_or(0, |(_, newest)| newest);
            Ok((newest, since(reader, &base, after.unwrap_or(newest))?))
        })
        .await?;
    live.follow(&admin.desk, newest);
    let whole = admin.one("rows") == "log";
    let watch = Watch { admin, whole, clock: arrivals.clock().clone(), seat, last: newest, quiet: 0, is_over: false };
    let first = Ok(together(missed.iter(), whole).unwrap_or_else(|| Bytes::from_static(ALIVE)));
    let body = stream::iter([first]).chain(watch.stream());
    Ok(HttpResponse::Ok()
        .insert_header((header::CONTENT_TYPE, "text/event-stream"))
        .insert_header((UNBUFFERED, "no"))
        .streaming(Box::pin(body)))
}

/// An administrator who looks.
struct Watch {
    admin: Admin,
    /// They get the rows of the log.
    whole: bool,
    clock: Clock,
    seat: Seat,
    /// The last line that they got.
    last: i64,
    /// Looks since something was sent.
    quiet: u32,
    is_over: bool,
}

impl Watch {
    fn stream(self) -> impl Stream<Item = Result<Bytes, actix_web::Error>> {
        stream::unfold(self, |mut watch| async move {
            if watch.is_over {
                return None;
            }
            let next = watch.next().await;
            watch.is_over |= next.is_none();
            Some((Ok(next.unwrap_or_else(|| Bytes::from_static(OVER))), watch))
        })
    }

    /// What is sent next; `None` when they may look no longer.
    async fn next(&mut self) -> Option<Bytes> {
        loop {
            let lines = match self.seat.news.recv().await {
                Ok(News::Lines(lines)) => lines,
                Err(RecvError::Lagged(_)) => continue,
                Ok(News::Over) | Err(RecvError::Closed) => {
                    // Whoever reads it may come back once the server runs again.
                    self.is_over = true;
                    return Some(Bytes::from_static(ALIVE));
                }
            };
            if !self.admin.is_still_one() {
                return None;
            }
            self.quiet += 1;
            let new = together(lines.iter().filter(|line| line.seq > self.last), self.whole);
            if new.is_none() && self.quiet < BEAT {
                continue;
            }
            if !self.admin.is_still_signed_in(self.clock.now()).await {
                return None;
            }
            self.quiet = 0;
            self.last = lines.last().map_or(self.last, |line| line.seq.max(self.last));
            return Some(new.unwrap_or_else(|| Bytes::from_static(ALIVE)));
        }
    }
}

/// Lines in one piece; `None` when there are none.
fn together<'a>(lines: impl Iterator<Item = &'a Told>, whole: bool) -> Option<Bytes> {
    let text: String = lines.map(|line| if whole { line.whole.as_str() } else { line.recent.as_str() }).collect();
    (!text.is_empty()).then(|| text.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_session_has_a_few_seats_and_gives_them_back() {
        let live = Arc::new(Live::default());
        let seats: Vec<_> = (0..=MOST_OF_SESSION).filter_map(|_| live.sit("ada")).collect();
        assert_eq!(seats.len(), MOST_OF_SESSION);
        assert!(live.sit("grace").is_some(), "others have theirs");
        drop(seats);
        let again = live.sit("ada");
        assert!(again.is_some() && !live.is_left());
        drop(again);
        assert!(live.is_left());
    }

    #[test]
    fn the_house_is_full_at_some_point() {
        let live = Arc::new(Live::default());
        let seats: Vec<_> = (0..=MOST).filter_map(|n| live.sit(&n.to_string())).collect();
        assert_eq!(seats.len(), MOST);
        assert!(!live.is_left());
    }
}
