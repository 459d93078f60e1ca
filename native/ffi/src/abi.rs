//! The C ABI.

/// Version of the C ABI: changes when a function changes its shape or meaning.
pub(crate) const ABI_VERSION: u32 = 1;
