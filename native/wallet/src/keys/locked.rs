//! Where secrets lie while they are not at work.

use std::{cell::Cell, fmt, marker::PhantomData, ops::Deref};

use iota_stronghold::engine::runtime::memories::buffer::{Buffer, Ref};

/// Bytes in pages of their own, of which nobody can read or write anything unless they are [borrowed](Self::borrow): between
/// guard pages, left out of core dumps, and wiped when they are dropped.
///
/// The pages are locked, so that they are never in a swap file, as far as the system lets the process lock memory
/// (`RLIMIT_MEMLOCK`; one page for each secret). Beyond that they are not, and everything else is the same.
///
/// May be sent to another thread and not be used by two at a time: borrows are counted without atomics.
pub struct LockedBytes {
    bytes: Buffer<u8>,
    not_shared: PhantomData<Cell<()>>,
}

impl LockedBytes {
    /// Copies bytes. Wiping where they come from is the caller's.
    #[must_use]
    pub fn copy_of(bytes: &[u8]) -> Self {
        Self { bytes: Buffer::alloc(bytes, bytes.len()), not_shared: PhantomData }
    }

    /// The bytes, readable for everybody until what is answered is dropped.
    #[must_use]
    pub fn borrow(&self) -> impl Deref<Target = [u8]> + '_ {
        self.reference()
    }

    pub(super) fn reference(&self) -> Ref<'_, u8> {
        self.bytes.borrow()
    }
}

impl Clone for LockedBytes {
    fn clone(&self) -> Self {
        Self::copy_of(&self.borrow())
    }
}

impl PartialEq for LockedBytes {
    fn eq(&self, other: &Self) -> bool {
        // in constant time
        self.bytes == other.bytes
    }
}

impl fmt::Debug for LockedBytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("LockedBytes(not shown)")
    }
}

/// More than deriving, hashing and encrypting take of the stack, also without optimisation.
const STACK: usize = 48 << 10;

/// Runs what handles secrets, and wipes the part of the stack that it has used: values that were moved, and what libraries
/// keep in variables, stay there otherwise until something else is written over them.
pub(crate) fn with_wiped_stack<T>(work: impl FnOnce() -> T) -> T {
    // not inlined, so that what is below this frame is the work's
    #[inline(never)]
    fn run<T>(work: impl FnOnce() -> T) -> T {
        work()
    }
    #[inline(never)]
    fn wipe() {
        let mut stack = [0_u8; STACK];
        zeroize::Zeroize::zeroize(stack.as_mut_slice());
        std::hint::black_box(&stack);
    }
    let result = run(work);
    wipe();
    result
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_come_out_as_they_went_in() {
        let bytes = LockedBytes::copy_of(b"secret");
        assert_eq!(&*bytes.borrow(), b"secret");
        assert_eq!(bytes, bytes.clone());
        assert_ne!(bytes, LockedBytes::copy_of(b"secreT"));
        assert_ne!(bytes, LockedBytes::copy_of(b"secret "));
        assert_eq!(&*LockedBytes::copy_of(b"").borrow(), b"");
        assert!(!format!("{bytes:?}").contains("115"));
    }

    /// The pages of a secret are locked, and taken out of core dumps; as the kernel tells it.
    #[cfg(target_os = "linux")]
    #[test]
    fn pages_are_locked_and_in_no_core_dump() {
        let bytes = LockedBytes::copy_of(b"secret");
        let at = format!("{:p}", bytes.borrow().as_ptr());
        let at = usize::from_str_radix(at.trim_start_matches("0x"), 16).unwrap();
        let smaps = std::fs::read_to_string("/proc/self/smaps").unwrap();
        let mut inside = false;
        let mut flags = None;
        for line in smaps.lines() {
            let first = line.split_whitespace().next().unwrap();
            if let Some((start, end)) = first.split_once('-') {
                let address = |digits| usize::from_str_radix(digits, 16).unwrap();
                inside = (address(start)..address(end)).contains(&at);
                if inside {
                    assert_eq!(line.split_whitespace().nth(1), Some("---p"), "it is not borrowed");
                }
            } else if inside && first == "VmFlags:" {
                flags = Some(line.to_owned());
            }
        }
        let flags = flags.unwrap();
        assert!(flags.contains(" dd"), "{flags}");
        assert!(flags.contains(" lo"), "{flags}: is RLIMIT_MEMLOCK below some pages?");
    }
}
