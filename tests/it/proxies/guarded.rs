//! A protected server that tells what reached it, and a client that sends what no library would.

use std::{
    io::{Read, Write},
    net::{TcpListener, TcpStream},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use actix_web::{
    App, HttpRequest, HttpResponse, HttpServer,
    dev::ServerHandle,
    http::StatusCode,
    rt::task::spawn_blocking,
    web::{self, Bytes, Data},
};
use futures_util::{StreamExt as _, stream};
use serde_json::{Value, json};
use tokio::sync::Notify;

/// The server behind the gate.
pub(crate) struct Guarded {
    /// `address:port`.
    pub(crate) at: String,
    state: Data<State>,
    server: ServerHandle,
}

#[derive(Default)]
struct State {
    reached: AtomicUsize,
    goes_on: Arc<Notify>,
}

impl Guarded {
    pub(crate) fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let at = listener.local_addr().unwrap().to_string();
        let state = Data::new(State::default());
        let shared = state.clone();
        let server = HttpServer::new(move || App::new().app_data(shared.clone()).default_service(web::to(answer)));
        let server = server.workers(1).disable_signals().shutdown_timeout(1).listen(listener).unwrap().run();
        let handle = server.handle();
        actix_web::rt::spawn(server);
        Self { at, state, server: handle }
    }

    /// How many requests came through since the last time that somebody asked.
    pub(crate) fn reached(&self) -> usize {
        self.state.reached.swap(0, Ordering::SeqCst)
    }

    /// The second event of a stream may go.
    pub(crate) fn goes_on(&self) {
        self.state.goes_on.notify_one();
    }
}

impl Drop for Guarded {
    fn drop(&mut self) {
        drop(self.server.stop(false));
    }
}

/// `.../events` streams, `.../says/418` answers with that status and words of its own, everything else tells what came.
async fn answer(state: Data<State>, req: HttpRequest, body: Bytes) -> HttpResponse {
    state.reached.fetch_add(1, Ordering::SeqCst);
    if req.path().ends_with("/events") {
        let goes_on = state.goes_on.clone();
        let first = stream::once(async { Ok::<_, actix_web::Error>(Bytes::from_static(b"data: one\n\n")) });
        let second = stream::once(async move {
            goes_on.notified().await;
            Ok(Bytes::from_static(b"data: two\n\n"))
        });
        return HttpResponse::Ok().content_type("text/event-stream").streaming(Box::pin(first.chain(second)));
    }
    if let Some((_, status)) = req.path().split_once("/says/") {
        let status = StatusCode::from_bytes(status.as_bytes()).unwrap();
        return HttpResponse::build(status).insert_header(("www-authenticate", "Own words")).body("its own");
    }
    let lines = req.headers().iter().map(|(name, value)| json!([name.as_str(), value.to_str().unwrap()]));
    let lines: Vec<Value> = lines.collect();
    let mut answer = HttpResponse::Ok();
    answer
        .insert_header(("access-control-allow-origin", "https://own.example"))
        .insert_header(("mcp-session-id", "s1"));
    answer.json(json!({
        "method": req.method().as_str(),
        "target": req.uri().to_string(),
        "body": String::from_utf8_lossy(&body),
        "headers": lines,
    }))
}

/// The values that reached the server under a name.
pub(crate) fn values<'a>(seen: &'a Value, name: &str) -> Vec<&'a str> {
    let lines = seen["headers"].as_array().unwrap();
    lines.iter().filter(|line| line[0] == name).map(|line| line[1].as_str().unwrap()).collect()
}

/// Sends these lines as they stand; the status of the answer, and all of it.
pub(crate) async fn raw(port: u16, lines: &[&str]) -> (u16, String) {
    let request = format!("{}\r\nConnection: close\r\n\r\n", lines.join("\r\n"));
    let exchange = move || {
        let mut stream = TcpStream::connect(("127.0.0.1", port)).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
        stream.write_all(request.as_bytes()).unwrap();
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).unwrap();
        let answer = String::from_utf8_lossy(&answer).into_owned();
        let status = answer.split(' ').nth(1).and_then(|code| code.parse().ok());
        (status.unwrap_or_else(|| panic!("no answer to {request}: {answer}")), answer)
    };
    spawn_blocking(exchange).await.unwrap()
}
