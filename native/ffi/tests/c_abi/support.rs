//! A caller of the C ABI, as a binding would be one.
#![expect(unsafe_code, reason = "calls the library the way foreign code does")]

use std::{
    collections::VecDeque,
    path::Path,
    ptr, slice,
    sync::atomic::{AtomicI64, Ordering},
    time::{Duration, Instant},
};

use serde_json::{Value, json};
use stardust_wallet_ffi::abi::{
    Block, wallet_close, wallet_free, wallet_generate_mnemonic, wallet_open, wallet_put_secret, wallet_receive,
    wallet_send,
};

/// How long a test waits for something that must come.
const PATIENCE: Duration = Duration::from_secs(60);

/// Copies a block and gives it back.
pub(crate) fn take(block: *mut Block) -> Option<Vec<u8>> {
    if block.is_null() {
        return None;
    }
    // SAFETY: a block of the library: a length and that many bytes after it; given back once.
    unsafe {
        let length = usize::try_from((*block).length).unwrap();
        let bytes = slice::from_raw_parts(block.cast::<u8>().add(8), length).to_vec();
        wallet_free(block);
        Some(bytes)
    }
}

pub(crate) fn open(config: &[u8]) -> Result<u64, Value> {
    let mut error = ptr::null_mut();
    // SAFETY: a slice and its length, and a pointer to write to.
    let handle = unsafe { wallet_open(config.as_ptr(), i64::try_from(config.len()).unwrap(), &raw mut error) };
    if handle > 0 {
        assert!(error.is_null());
        return Ok(handle);
    }
    Err(serde_json::from_slice(&take(error).unwrap()).unwrap())
}

pub(crate) fn send(handle: u64, message: &[u8]) -> i32 {
    // SAFETY: a slice and its length.
    unsafe { wallet_send(handle, message.as_ptr(), i64::try_from(message.len()).unwrap()) }
}

pub(crate) fn put_secret(handle: u64, secret: &[u8]) -> i32 {
    // SAFETY: a slice and its length.
    unsafe { wallet_put_secret(handle, secret.as_ptr(), i64::try_from(secret.len()).unwrap()) }
}

/// Null pointers and negative lengths for every function that takes bytes.
pub(crate) fn bad_pointers(handle: u64) -> Vec<i64> {
    let byte = 7_u8;
    // SAFETY: what is not readable is null or has a negative length, which the library checks.
    unsafe {
        let open = wallet_open(ptr::null(), 3, ptr::null_mut());
        vec![
            i64::from(wallet_send(handle, ptr::null(), 3)),
            i64::from(wallet_send(handle, &raw const byte, -1)),
            i64::from(wallet_send(handle, &raw const byte, i64::MIN)),
            i64::from(wallet_put_secret(handle, ptr::null(), 0)),
            i64::from(wallet_put_secret(handle, &raw const byte, -5)),
            i64::try_from(open).unwrap() - 5,
        ]
    }
}

pub(crate) fn free_null() {
    // SAFETY: null is nothing.
    unsafe { wallet_free(ptr::null_mut()) }
}

pub(crate) fn mnemonic() -> String {
    // SAFETY: null: no error is wanted.
    let block = unsafe { wallet_generate_mnemonic(ptr::null_mut()) };
    String::from_utf8(take(block).unwrap()).unwrap()
}

/// A batch as it comes: none on time-out, empty at the end.
pub(crate) fn receive(handle: u64, timeout_ms: i64) -> Option<Vec<Value>> {
    let bytes = take(wallet_receive(handle, timeout_ms))?;
    let text = String::from_utf8(bytes).unwrap();
    Some(text.lines().map(|line| serde_json::from_str(line).unwrap()).collect())
}

pub(crate) fn config(directory: &Path, node: &str) -> Value {
    json!({
        "storagePath": directory.join("wallet"),
        "coinType": 4219,
        "secretManager": { "type": "mnemonic" },
        "client": { "nodes": [{ "url": node }], "pollIntervalMs": 20, "requestTimeoutMs": 60_000 },
        "logLevel": "info",
    })
}

/// A wallet that is used from one thread.
pub(crate) struct Wallet {
    pub(crate) handle: u64,
    /// What came without having been asked for.
    pub(crate) notifications: VecDeque<Value>,
    answers: Vec<Value>,
}

static NEXT: AtomicI64 = AtomicI64::new(1);

impl Wallet {
    pub(crate) fn open(config: &Value) -> Self {
        let handle = open(config.to_string().as_bytes()).unwrap();
        Self { handle, notifications: VecDeque::new(), answers: Vec::new() }
    }

    /// Opens a wallet on a node, with a new mnemonic.
    pub(crate) fn start(directory: &Path, node: &str) -> Self {
        Self::start_with(&config(directory, node))
    }

    /// The same with a configuration.
    pub(crate) fn start_with(config: &Value) -> Self {
        let mut wallet = Self::open(config);
        let reference = put_secret(wallet.handle, mnemonic().as_bytes());
        wallet.call("secret.storeMnemonic", &json!({ "mnemonic": reference, "origin": "new" })).unwrap();
        wallet.call("wallet.start", &json!({})).unwrap();
        wallet
    }

    /// Sends a request; its id.
    pub(crate) fn ask(&self, method: &str, params: &Value) -> i64 {
        let id = NEXT.fetch_add(1, Ordering::Relaxed);
        let message = json!({ "jsonrpc": "2.0", "id": id, "method": method, "params": params });
        assert_eq!(send(self.handle, message.to_string().as_bytes()), 0);
        id
    }

    /// Waits for the answer with this id.
    pub(crate) fn answer(&mut self, id: &Value) -> Result<Value, Value> {
        let deadline = Instant::now() + PATIENCE;
        loop {
            if let Some(at) = self.answers.iter().position(|answer| answer["id"] == *id) {
                let mut answer = self.answers.remove(at);
                assert_eq!(answer["jsonrpc"], "2.0");
                return match answer.get_mut("error") {
                    Some(error) => Err(error.take()),
                    None => Ok(answer["result"].take()),
                };
            }
            assert!(Instant::now() < deadline, "no answer to {id}");
            self.pull(1000);
        }
    }

    /// Takes a batch in; false at the end.
    pub(crate) fn pull(&mut self, timeout_ms: i64) -> bool {
        let Some(batch) = receive(self.handle, timeout_ms) else { return true };
        let more = !batch.is_empty();
        for message in batch {
            if message.get("method").is_some() {
                self.notifications.push_back(message);
            } else {
                self.answers.push(message);
            }
        }
        more
    }

    pub(crate) fn call(&mut self, method: &str, params: &Value) -> Result<Value, Value> {
        let id = self.ask(method, params);
        self.answer(&json!(id))
    }

    /// How many answers have come that nobody has waited for.
    pub(crate) fn unasked(&self) -> usize {
        self.answers.len()
    }

    /// The kind of the error that a call ends with.
    pub(crate) fn kind(&mut self, method: &str, params: &Value) -> String {
        let error = self.call(method, params).unwrap_err();
        error["data"]["kind"].as_str().unwrap().to_owned()
    }

    /// Waits for a notification that `wanted` wants; those before it are dropped.
    pub(crate) fn notification(&mut self, wanted: impl Fn(&Value) -> bool) -> Value {
        let deadline = Instant::now() + PATIENCE;
        loop {
            while let Some(notification) = self.notifications.pop_front() {
                if wanted(&notification) {
                    return notification;
                }
            }
            assert!(Instant::now() < deadline, "the notification did not come");
            self.pull(1000);
        }
    }

    /// Closes and reads to the end; the answers that were still to be read.
    pub(crate) fn close(mut self) -> Vec<Value> {
        assert_eq!(wallet_close(self.handle), 0);
        let deadline = Instant::now() + PATIENCE;
        while self.pull(1000) {
            assert!(Instant::now() < deadline, "the end did not come");
        }
        assert_eq!(wallet_close(self.handle), -3);
        self.answers
    }
}
