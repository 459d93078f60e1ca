//! What the tests share: a devnet, and a minimal HTTP client, so that the devnet is not tested by its
//! own stack.

use std::{
    io::{Read, Write},
    net::TcpStream,
    time::Duration,
};

use serde_json::Value;
use stardust_devnet::Devnet;

/// Holds the second genesis output.
pub(crate) const ADDRESS: &str = "tst1qpszqzadsym6wpppd6z037dvlejmjuke7s24hm95s9fg9vpua7vlupxvxq2";

/// A devnet that makes milestones only when it is asked to.
pub(crate) struct Net(pub(crate) Devnet);

impl Net {
    pub(crate) fn start() -> Self {
        Self(Devnet::builder().start().unwrap())
    }

    pub(crate) fn core(&self, path: &str) -> String {
        format!("{}/api/core/v2/{path}", self.0.node_url())
    }

    pub(crate) fn indexer(&self, path: &str) -> String {
        format!("{}/api/indexer/v1/{path}", self.0.node_url())
    }

    pub(crate) fn control(&self, path: &str) -> String {
        format!("{}/api/devnet/v1/{path}", self.0.node_url())
    }

    pub(crate) fn status(&self, path: &str) -> (u16, Value) {
        let answer = request("GET", &self.core(path), &[], b"").unwrap();
        (answer.status, answer.json())
    }

    /// Pays an address and returns the output's id.
    pub(crate) fn funded(&self, amount: u64) -> String {
        let id = self.0.fund(ADDRESS, amount).unwrap();
        self.0.issue_milestones(1).unwrap();
        id
    }
}

/// An answer, or as much of it as arrived.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl Answer {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(found, _)| found == name).map(|(_, value)| value.as_str())
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body)
            .unwrap_or_else(|error| panic!("{error}: {}", String::from_utf8_lossy(&self.body)))
    }
}

pub(crate) fn get(url: &str) -> Value {
    let answer = request("GET", url, &[], b"").unwrap();
    assert_eq!(answer.status, 200, "{url}: {answer:?}");
    answer.json()
}

pub(crate) fn post(url: &str, body: &str) -> Answer {
    request("POST", url, &[("content-type", "application/json")], body.as_bytes()).unwrap()
}

/// Sends one request on a connection of its own; `None` when no answer came.
pub(crate) fn request(method: &str, url: &str, headers: &[(&str, &str)], body: &[u8]) -> Option<Answer> {
    read(send(method, url, headers, body), 1 << 20)
}

/// The same, however long the answer is.
pub(crate) fn request_whole(method: &str, url: &str, body: &[u8]) -> Answer {
    read(send(method, url, &[("content-type", "application/json")], body), usize::MAX).unwrap()
}

fn send(method: &str, url: &str, headers: &[(&str, &str)], body: &[u8]) -> TcpStream {
    let (host, path) = url.strip_prefix("http://").unwrap().split_once('/').unwrap();
    let mut stream = TcpStream::connect(host).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(60))).unwrap();
    let mut head = format!("{method} /{path} HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\n");
    for (name, value) in headers {
        head += &format!("{name}: {value}\r\n");
    }
    head += &format!("content-length: {}\r\n\r\n", body.len());
    stream.write_all(head.as_bytes()).unwrap();
    stream.write_all(body).unwrap();
    stream
}

/// Reads until the server closes, or so many bytes have come.
fn read(mut stream: TcpStream, limit: usize) -> Option<Answer> {
    let mut bytes = Vec::new();
    let mut buffer = vec![0; 1 << 16];
    while bytes.len() < limit {
        match stream.read(&mut buffer) {
            Ok(0) | Err(_) => break,
            Ok(count) => bytes.extend_from_slice(&buffer[..count]),
        }
    }
    let end = bytes.windows(4).position(|window| window == b"\r\n\r\n")?;
    let head = String::from_utf8(bytes[..end].to_vec()).unwrap();
    let mut lines = head.split("\r\n");
    let status = lines.next()?.split(' ').nth(1)?.parse().unwrap();
    let headers = lines
        .filter_map(|line| line.split_once(':'))
        .map(|(name, value)| (name.to_lowercase(), value.trim().to_owned()))
        .collect();
    Some(Answer { status, headers, body: bytes[end + 4..].to_vec() })
}
