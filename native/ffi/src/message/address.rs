//! Methods `address.*`.

use schemars::JsonSchema;
use serde::Deserialize;

use super::{Call, Lane, types::AccountAddress};

/// Which account and index an address belongs to.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Find {
    /// The address (bech32).
    pub(crate) address: String,
}

impl Call for Find {
    type Answer = AccountAddress;
    const NAME: &'static str = "address.find";
    const LANE: Lane = Lane::Quick;
}

/// Sets or removes the label of an address.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SetLabel {
    /// The address (bech32).
    pub(crate) address: String,
    /// The label; absent: none.
    pub(crate) label: Option<String>,
}

impl Call for SetLabel {
    type Answer = AccountAddress;
    const NAME: &'static str = "address.setLabel";
    const LANE: Lane = Lane::Work;
}
