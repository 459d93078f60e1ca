//! The C ABI: eight functions over integers and byte buffers.
//!
//! - Every function catches panics and checks its pointers for null and its lengths for sign.
//! - Handles are numbers in a table. An unknown one is answered, never followed.
//! - What the library hands out is a *block*: one allocation, of which the caller sees `{int64 length; bytes}`, to be
//!   given back to [`wallet_free`] once.
//! - All functions may be called from any thread at any time; only [`wallet_receive`] waits.
//!
//! `README.md` has the whole contract.
#![expect(unsafe_code, reason = "the one file in which memory is shared with the caller")]

use std::{
    alloc::{Layout, alloc, dealloc, handle_alloc_error},
    panic::{AssertUnwindSafe, catch_unwind},
    ptr, slice,
    time::Duration,
};

use stardust_wallet::{error::ErrorKind, keys::Mnemonic};
use zeroize::Zeroize;

use crate::{
    config::Config,
    error::{Fault, Outcome},
    handles,
    session::{Received, Refused, Session, secrets::put_early},
};

/// Version of the C ABI: grows when a function changes its shape or meaning.
pub const ABI_VERSION: u32 = 1;

/// `wallet_send`: taken.
pub const OK: i32 = 0;
/// A queue is full; nothing was started. Try again later.
pub const BUSY: i32 = -1;
/// The wallet is closed or being closed.
pub const CLOSED: i32 = -2;
/// No wallet has this handle.
pub const UNKNOWN_HANDLE: i32 = -3;
/// More bytes than are taken.
pub const TOO_LARGE: i32 = -4;
/// A null pointer or a negative length.
pub const INVALID: i32 = -5;
/// A defect: the call ended in a panic that was caught.
pub const INTERNAL: i32 = -6;

/// The handle that no wallet has.
const NO_WALLET: u64 = 0;

/// What the caller sees of a block: its length; the bytes follow.
#[repr(C)]
#[derive(Debug)]
pub struct Block {
    /// How many bytes follow.
    pub length: i64,
}

/// Before what the caller sees: what freeing needs. Never trusted to the caller, who can write to the rest.
#[repr(C)]
struct Hidden {
    size: usize,
    secret: usize,
}

const HIDDEN: usize = size_of::<Hidden>();
const HEAD: usize = HIDDEN + size_of::<Block>();
/// Status of [`Refused`] as the ABI answers it.
const fn status(refused: Refused) -> i32 {
    match refused {
        Refused::Busy => BUSY,
        Refused::Closed => CLOSED,
        Refused::TooLarge => TOO_LARGE,
    }
}

/// The version of this ABI, to be compared with the one the caller was written for.
#[unsafe(no_mangle)]
pub extern "C" fn wallet_abi_version() -> u32 {
    ABI_VERSION
}

/// A new mnemonic: 24 words, UTF-8, in a block that is wiped when it is freed; null and `*error` when the system has no
/// randomness.
///
/// # Safety
/// `error` is null or points to a writable pointer.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wallet_generate_mnemonic(error: *mut *mut Block) -> *mut Block {
    let made = guarded(|| {
        let mnemonic = Mnemonic::generate().map_err(|error| Fault::of(error.kind(), &error))?;
        Ok(block(mnemonic.phrase().as_bytes(), true))
    });
    // SAFETY: `error` is null or writable, as the caller promises.
    made.unwrap_or_else(|fault| unsafe { refuse(error, fault, ptr::null_mut()) })
}

/// Opens a wallet: a handle above 0; or 0, and `*error` is a JSON-RPC error object.
///
/// # Safety
/// `config` points to `length` readable bytes; `error` is null or points to a writable pointer.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wallet_open(config: *const u8, length: i64, error: *mut *mut Block) -> u64 {
    // SAFETY: `config` has `length` bytes, as the caller promises, for as long as this call lasts.
    let bytes = unsafe { bytes(config, length) };
    let opened = guarded(|| {
        let invalid = |text: String| Fault::new(ErrorKind::InvalidConfiguration, text);
        let bytes = bytes.ok_or_else(|| invalid("the configuration is null or has a negative length".to_owned()))?;
        let config: Config = serde_json::from_slice(bytes).map_err(|error| invalid(Fault::json(&error)))?;
        let session = Session::open(handles::next(), &config)?;
        let handle = session.handle();
        handles::insert(session);
        Ok(handle)
    });
    // SAFETY: `error` is null or writable, as the caller promises.
    opened.unwrap_or_else(|fault| unsafe { refuse(error, fault, 0) })
}

/// Takes a copy of a secret; answers a number above 0 that names it in one message within a minute, or a status below 0.
/// Put for the handle 0, it is named in the configuration of the next [`wallet_open`] instead.
///
/// # Safety
/// `bytes` points to `length` readable bytes. The caller wipes them.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wallet_put_secret(handle: u64, secret: *const u8, length: i64) -> i32 {
    // SAFETY: `secret` has `length` bytes, as the caller promises, for as long as this call lasts.
    let bytes = unsafe { bytes(secret, length) };
    caught(INTERNAL, || match (bytes, handles::get(handle)) {
        (None, _) => INVALID,
        (Some(bytes), _) if handle == NO_WALLET => put_early(bytes).unwrap_or_else(status),
        (_, None) => UNKNOWN_HANDLE,
        (Some(bytes), Some(session)) => session.put_secret(bytes).unwrap_or_else(status),
    })
}

/// Takes a copy of a message (JSON-RPC 2.0, UTF-8): 0, or a status below 0. Does not wait; the answer comes through
/// [`wallet_receive`].
///
/// # Safety
/// `message` points to `length` readable bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wallet_send(handle: u64, message: *const u8, length: i64) -> i32 {
    // SAFETY: `message` has `length` bytes, as the caller promises, for as long as this call lasts.
    let bytes = unsafe { bytes(message, length) };
    caught(INTERNAL, || match (bytes, handles::get(handle)) {
        (None, _) => INVALID,
        (_, None) => UNKNOWN_HANDLE,
        (Some(bytes), Some(session)) => session.send(bytes).map_or_else(status, |()| OK),
    })
}

/// A batch of messages, one JSON object a line; null when none came within `timeout_ms` (below 0 counts as 0); a block of
/// length 0 when the wallet is closed and everything was read, or no wallet has this handle: stop calling.
#[unsafe(no_mangle)]
pub extern "C" fn wallet_receive(handle: u64, timeout_ms: i64) -> *mut Block {
    let timeout = Duration::from_millis(u64::try_from(timeout_ms).unwrap_or(0));
    caught(ptr::null_mut(), || {
        let received = handles::get(handle).map_or(Received::End, |session| session.receive(timeout));
        match received {
            Received::Batch { text, .. } => block(text.as_bytes(), false),
            Received::Nothing => ptr::null_mut(),
            Received::End => {
                handles::remove(handle);
                block(&[], false)
            }
        }
    })
}

/// Closes a wallet: 0, or [`UNKNOWN_HANDLE`]. Returns before everything has ended; [`wallet_receive`] says when it has.
/// Calling it again changes nothing.
#[unsafe(no_mangle)]
pub extern "C" fn wallet_close(handle: u64) -> i32 {
    caught(INTERNAL, || match handles::get(handle) {
        None => UNKNOWN_HANDLE,
        Some(session) => {
            session.close();
            OK
        }
    })
}

/// Gives a block back; null is nothing.
///
/// # Safety
/// `block` is null or came from this library and was not given back before.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wallet_free(block: *mut Block) {
    if block.is_null() {
        return;
    }
    // SAFETY: a block of ours was made by `block()`: `Hidden` lies right before it, in the same allocation of
    // `size` bytes, and nobody else has it.
    unsafe {
        let start = block.cast::<u8>().sub(HIDDEN);
        let Hidden { size, secret } = start.cast::<Hidden>().read();
        if secret != 0 {
            slice::from_raw_parts_mut(start.add(HEAD), size - HEAD).zeroize();
        }
        dealloc(start, layout(size));
    }
}

/// The caller's bytes; none for null or a negative length.
///
/// # Safety
/// `start` is null or points to `length` bytes that stay as they are for `'a`.
unsafe fn bytes<'a>(start: *const u8, length: i64) -> Option<&'a [u8]> {
    let length = usize::try_from(length).ok().filter(|length| isize::try_from(*length).is_ok())?;
    // SAFETY: not null, and `length` bytes are readable, as the caller promises; no more than half of the address space.
    (!start.is_null()).then(|| unsafe { slice::from_raw_parts(start, length) })
}

/// A block with a copy of `bytes`.
fn block(bytes: &[u8], secret: bool) -> *mut Block {
    let size = HEAD + bytes.len();
    let length = i64::try_from(bytes.len()).expect("no slice is longer than half of the address space");
    // SAFETY: the size is not 0; everything written lies inside of the new allocation, which is aligned for both structs.
    unsafe {
        let start = alloc(layout(size));
        if start.is_null() {
            handle_alloc_error(layout(size));
        }
        start.cast::<Hidden>().write(Hidden { size, secret: usize::from(secret) });
        let seen = start.add(HIDDEN).cast::<Block>();
        seen.write(Block { length });
        ptr::copy_nonoverlapping(bytes.as_ptr(), start.add(HEAD), bytes.len());
        seen
    }
}

fn layout(size: usize) -> Layout {
    Layout::from_size_align(size, align_of::<Hidden>().max(align_of::<Block>()))
        .expect("a slice's size and a header fit")
}

/// Writes an error where the caller wants it; answers `value`.
///
/// # Safety
/// `error` is null or points to a writable pointer.
unsafe fn refuse<T>(error: *mut *mut Block, fault: Fault, value: T) -> T {
    if !error.is_null() {
        let text = serde_json::to_vec(&fault.into_object()).unwrap_or_default();
        // SAFETY: not null, so writable, as the caller promises.
        unsafe { error.write(block(&text, false)) };
    }
    value
}

/// The one guard of all functions that can panic.
fn caught<T>(fallback: T, run: impl FnOnce() -> T) -> T {
    catch_unwind(AssertUnwindSafe(run)).unwrap_or(fallback)
}

fn guarded<T>(run: impl FnOnce() -> Outcome<T>) -> Outcome<T> {
    caught(Err(Fault::internal()), run)
}
