//! A site on the web, with a certificate of a test authority: what stands at its addresses, and what it was asked.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use serde_json::Value;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    sync::Notify,
    task::JoinHandle,
};
use tokio_rustls::{
    TlsAcceptor,
    rustls::{
        ServerConfig,
        pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer},
    },
};

use super::certificate::Certified;

/// What stands at an address.
#[derive(Clone)]
pub(crate) enum Page {
    /// JSON, with these lines in the head.
    Json(Value, &'static str),
    /// A status, a head and a body.
    Raw(u16, &'static str, String),
    /// JSON, once somebody says so.
    Held(Value, Arc<Notify>),
    /// Nothing ever comes.
    Silence,
}

/// What somebody sent.
#[derive(Clone)]
pub(crate) struct Sent {
    path: String,
    pub(crate) head: String,
    pub(crate) body: String,
}

impl Sent {
    /// The value of a header; empty without one.
    pub(crate) fn header(&self, name: &str) -> &str {
        let lines = self.head.lines().filter_map(|line| line.split_once(": "));
        lines.into_iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map_or("", |(_, value)| value)
    }
}

#[derive(Default)]
struct State {
    pages: HashMap<String, Page>,
    asked: Vec<Sent>,
}

/// A running site.
pub(crate) struct Site {
    port: u16,
    root: String,
    state: Arc<Mutex<State>>,
    task: JoinHandle<()>,
}

/// Under which names it is known.
pub(crate) const HOSTS: [&str; 2] = ["app.example", "other.example"];

impl Site {
    pub(crate) async fn start() -> Self {
        let (root, acceptor) = certified();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let state = Arc::new(Mutex::new(State::default()));
        let task = tokio::spawn(serve(listener, acceptor, state.clone()));
        Self { port, root, state, task }
    }

    /// The address of a page.
    pub(crate) fn url(&self, path: &str) -> String {
        format!("https://app.example:{}{path}", self.port)
    }

    /// The address of a page for programs of this computer, which know no made-up names.
    pub(crate) fn here(&self, path: &str) -> String {
        format!("https://localhost:{}{path}", self.port)
    }

    /// The certificate of the authority.
    pub(crate) fn root(&self) -> &str {
        &self.root
    }

    pub(crate) fn shows(&self, path: &str, page: Page) {
        self.state().pages.insert(path.to_owned(), page);
    }

    /// How often a page was asked for.
    pub(crate) fn asked(&self, path: &str) -> usize {
        self.sent(path).len()
    }

    /// What was sent to a page, oldest first.
    pub(crate) fn sent(&self, path: &str) -> Vec<Sent> {
        self.state().asked.iter().filter(|sent| sent.path == path).cloned().collect()
    }

    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Site {
    fn drop(&mut self) {
        self.task.abort();
    }
}

fn certified() -> (String, TlsAcceptor) {
    let Certified { root, leaf, key } = Certified::of(&[HOSTS.as_slice(), &["localhost"]].concat());
    let private = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
    let provider = Arc::new(tokio_rustls::rustls::crypto::aws_lc_rs::default_provider());
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![leaf.der().clone()], private)
        .unwrap();
    (root, TlsAcceptor::from(Arc::new(config)))
}

async fn serve(listener: TcpListener, acceptor: TlsAcceptor, state: Arc<Mutex<State>>) {
    while let Ok((socket, _)) = listener.accept().await {
        tokio::spawn(answer(socket, acceptor.clone(), state.clone()));
    }
}

/// One request, one answer.
async fn answer(socket: TcpStream, acceptor: TlsAcceptor, state: Arc<Mutex<State>>) {
    let Ok(mut stream) = acceptor.accept(socket).await else { return };
    let mut head = Vec::new();
    let mut chunk = [0; 1_024];
    while !head.windows(4).any(|end| end == b"\r\n\r\n") {
        match stream.read(&mut chunk).await {
            Ok(n) if n > 0 => head.extend_from_slice(&chunk[..n]),
            _ => return,
        }
    }
    let text = String::from_utf8_lossy(&head).into_owned();
    let (head, begun) = text.split_once("\r\n\r\n").unwrap();
    let path = head.split(' ').nth(1).unwrap_or_default().to_owned();
    let mut sent = Sent { path: path.clone(), head: head.to_owned(), body: begun.to_owned() };
    let length = sent.header("content-length").parse().unwrap_or(0);
    while sent.body.len() < length {
        match stream.read(&mut chunk).await {
            Ok(n) if n > 0 => sent.body.push_str(&String::from_utf8_lossy(&chunk[..n])),
            _ => return,
        }
    }
    let page = {
        let mut state = state.lock().unwrap_or_else(PoisonError::into_inner);
        state.asked.push(sent);
        state.pages.get(&path).cloned()
    };
    let (status, lines, body) = match page {
        Some(Page::Json(value, lines)) => {
            (200, format!("content-type: application/json\r\n{lines}"), value.to_string())
        }
        Some(Page::Held(value, go)) => {
            go.notified().await;
            (200, "content-type: application/json\r\n".to_owned(), value.to_string())
        }
        Some(Page::Raw(status, lines, body)) => (status, lines.to_owned(), body),
        Some(Page::Silence) => return std::future::pending().await,
        None => (404, "content-type: application/json\r\n".to_owned(), "{}".to_owned()),
    };
    let text =
        format!("HTTP/1.1 {status} X\r\ncontent-length: {}\r\nconnection: close\r\n{lines}\r\n{body}", body.len());
    drop(stream.write_all(text.as_bytes()).await);
    drop(stream.shutdown().await);
}
