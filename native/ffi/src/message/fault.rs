//! A method that panics on purpose, for tests of the guard. Never in a release.

use schemars::JsonSchema;
use serde::Deserialize;

use super::{Call, Lane, Params, types::Nothing};
use crate::{error::Outcome, session::Session};

/// Panics.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Panic {}

impl Params for Panic {
    type Answer = Nothing;
    const NAME: &'static str = "test.panic";
}

impl Call for Panic {
    const LANE: Lane = Lane::Quick;

    fn call(self, _: &Session) -> Outcome<Nothing> {
        panic!("on purpose")
    }
}
