//! The messages: parameters and results of every method, in a file for each area, and the table of methods.
//!
//! To add a method: write its parameters with its `call` in the area's file, add one line to [`METHODS`],
//! regenerate the schema.

mod account;
mod address;
mod client;
mod consumer;
pub(crate) mod event;
mod events;
pub(crate) mod scalar;
mod secret;
mod transaction;
pub(crate) mod types;
mod wallet;

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::{Serialize, de::DeserializeOwned};

/// Where a method runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Lane {
    /// On the dispatcher's own thread: it only looks something up.
    Quick,
    /// On the pool: it may take a while (disk, keys, the vault).
    Work,
    /// On the pool for what waits for a node.
    Node,
    /// On no thread: it is looked at again whenever something has changed, until it is true or its time is up.
    Parked,
}

/// The parameters of a method.
pub(crate) trait Call: DeserializeOwned + JsonSchema + Send + 'static {
    /// What it answers.
    type Answer: Serialize + JsonSchema;
    /// The method's name.
    const NAME: &'static str;
    /// Where it runs.
    const LANE: Lane;
}

/// A method as the dispatcher and the schema see it.
pub(crate) struct Method {
    /// Its name.
    pub(crate) name: &'static str,
    /// Where it runs.
    pub(crate) lane: Lane,
    /// The schema of its parameters, not as a reference.
    pub(crate) params: fn(&mut SchemaGenerator) -> Schema,
    /// The schema of its result.
    pub(crate) result: fn(&mut SchemaGenerator) -> Schema,
}

impl Method {
    const fn of<C: Call>() -> Self {
        Self {
            name: C::NAME,
            lane: C::LANE,
            params: |generator| C::json_schema(generator),
            result: |generator| generator.subschema_for::<C::Answer>(),
        }
    }
}

/// Every method.
pub(crate) const METHODS: &[Method] = &[
    Method::of::<wallet::Info>(),
    Method::of::<wallet::Start>(),
    Method::of::<wallet::Status>(),
    Method::of::<wallet::Sync>(),
    Method::of::<wallet::TotalBalance>(),
    Method::of::<secret::Status>(),
    Method::of::<secret::SetPassword>(),
    Method::of::<secret::ChangePassword>(),
    Method::of::<secret::ClearPassword>(),
    Method::of::<secret::StoreMnemonic>(),
    Method::of::<secret::VerifyMnemonic>(),
    Method::of::<client::SetNodeAuth>(),
    Method::of::<client::GetNodeStatus>(),
    Method::of::<account::Create>(),
    Method::of::<account::Get>(),
    Method::of::<account::List>(),
    Method::of::<account::Rename>(),
    Method::of::<account::GetBalance>(),
    Method::of::<account::GenerateAddresses>(),
    Method::of::<account::Addresses>(),
    Method::of::<account::Outputs>(),
    Method::of::<transaction::SendAmount>(),
    Method::of::<transaction::List>(),
    Method::of::<address::Find>(),
    Method::of::<address::SetLabel>(),
    Method::of::<transaction::Get>(),
    Method::of::<transaction::AwaitInclusion>(),
    Method::of::<consumer::Open>(),
    Method::of::<consumer::Poll>(),
    Method::of::<consumer::Acknowledge>(),
    Method::of::<consumer::List>(),
    Method::of::<consumer::Remove>(),
    Method::of::<events::Listen>(),
    Method::of::<events::Unlisten>(),
    Method::of::<events::SetLogLevel>(),
    Method::of::<events::CancelRequest>(),
];
