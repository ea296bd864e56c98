//! As little HTTP/1.1 as a load generator needs: one keep-alive connection, requests made beforehand, answers with a length.

use std::{
    io::{ErrorKind, Read, Write},
    net::{SocketAddr, TcpStream},
    time::Duration,
};

use anyhow::{Context, bail};

/// A keep-alive connection.
pub(crate) struct Connection {
    stream: TcpStream,
    buffer: Vec<u8>,
}

/// An answer; borrowed from the connection's buffer.
pub(crate) struct Answer<'a> {
    pub(crate) status: u16,
    pub(crate) head: &'a str,
    pub(crate) body: &'a [u8],
}

impl Answer<'_> {
    /// All values of a header, by its name in lower case.
    pub(crate) fn header(&self, name: &str) -> impl Iterator<Item = &str> {
        self.head
            .lines()
            .skip(1)
            .filter_map(|line| line.split_once(':'))
            .filter(move |(key, _)| key.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.trim())
    }

    /// The body as text.
    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(self.body).into_owned()
    }
}

impl Connection {
    /// Connects; every later wait ends after ten seconds.
    pub(crate) fn open(to: SocketAddr) -> anyhow::Result<Self> {
        let stream = TcpStream::connect(to)?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(Duration::from_secs(10)))?;
        Ok(Self { stream, buffer: Vec::with_capacity(16 * 1024) })
    }

    /// Sends a request and does not wait.
    pub(crate) fn send(&mut self, request: &[u8]) -> anyhow::Result<()> {
        Ok(self.stream.write_all(request)?)
    }

    /// Waits for the answer to the request that was sent.
    pub(crate) fn receive(&mut self) -> anyhow::Result<Answer<'_>> {
        self.buffer.clear();
        let mut chunk = [0; 16 * 1024];
        let (head, length) = loop {
            let n = match self.stream.read(&mut chunk) {
                Err(e) if e.kind() == ErrorKind::Interrupted => continue,
                other => other?,
            };
            if n == 0 {
                bail!("the server closed the connection");
            }
            self.buffer.extend_from_slice(chunk.get(..n).unwrap_or_default());
            let Some(head) = self.buffer.windows(4).position(|four| four == b"\r\n\r\n") else { continue };
            let length = content_length(self.buffer.get(..head).unwrap_or_default())?;
            if self.buffer.len() >= head + 4 + length {
                break (head, length);
            }
        };
        let head_text = std::str::from_utf8(self.buffer.get(..head).unwrap_or_default())?;
        Ok(Answer {
            status: head_text.get(9..12).context("no status line")?.parse()?,
            head: head_text,
            body: self.buffer.get(head + 4..head + 4 + length).unwrap_or_default(),
        })
    }

    /// Sends a request and waits for its answer.
    pub(crate) fn ask(&mut self, request: &[u8]) -> anyhow::Result<Answer<'_>> {
        self.send(request)?;
        self.receive()
    }
}

fn content_length(head: &[u8]) -> anyhow::Result<usize> {
    let head = std::str::from_utf8(head)?;
    for line in head.lines().skip(1) {
        let Some((key, value)) = line.split_once(':') else { continue };
        if key.eq_ignore_ascii_case("content-length") {
            return Ok(value.trim().parse()?);
        }
        if key.eq_ignore_ascii_case("transfer-encoding") {
            bail!("an answer without a length: {head}");
        }
    }
    Ok(0)
}

/// A request, ready to be sent. `headers` are whole lines without their ends.
pub(crate) fn request(method: &str, path: &str, host: &str, headers: &[&str], body: &str) -> Vec<u8> {
    let mut text = format!("{method} {path} HTTP/1.1\r\nHost: {host}\r\n");
    for line in headers {
        text.push_str(line);
        text.push_str("\r\n");
    }
    if method == "POST" {
        text.push_str(&format!("Content-Length: {}\r\n", body.len()));
    }
    text.push_str("\r\n");
    text.push_str(body);
    text.into_bytes()
}

/// The value of a string member, found without parsing the whole: `"name":"value"`.
pub(crate) fn member(json: &[u8], name: &str) -> Option<String> {
    let text = std::str::from_utf8(json).ok()?;
    let (_, rest) = text.split_once(&format!("\"{name}\":\""))?;
    rest.split_once('"').map(|(value, _)| value.to_owned())
}
