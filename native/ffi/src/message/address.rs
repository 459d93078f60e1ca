//! Methods `address.*`.

use schemars::JsonSchema;
use serde::Deserialize;

use super::{Call, Lane, Params, types::AccountAddress};
use crate::{error::Outcome, session::Session};

/// Which account and index an address belongs to.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Find {
    /// The address (bech32).
    pub(crate) address: String,
}

impl Params for Find {
    type Answer = AccountAddress;
    const NAME: &'static str = "address.find";
}

impl Call for Find {
    const LANE: Lane = Lane::Quick;

    fn call(self, session: &Session) -> Outcome<Self::Answer> {
        Ok(session.core.manager().find_address(&self.address)?.into())
    }
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

impl Params for SetLabel {
    type Answer = AccountAddress;
    const NAME: &'static str = "address.setLabel";
}

impl Call for SetLabel {
    const LANE: Lane = Lane::Work;

    fn call(self, session: &Session) -> Outcome<Self::Answer> {
        Ok(session.core.manager().set_address_label(&self.address, self.label.as_deref())?.into())
    }
}
