//! What the tests of this crate share.

pub(crate) mod liar;
pub(crate) mod scene;
