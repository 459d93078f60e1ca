//! The messages: parameters and results of every method, in a file for each area, and the table of methods.
//!
//! To add a method: write its parameters with its `call` in the area's file, add one line to [`METHODS`],
//! regenerate the schema.

mod account;
mod address;
mod audit;
mod backup;
mod claim;
mod client;
mod consumer;
mod counts;
mod envelope;
pub(crate) mod event;
mod events;
#[cfg(feature = "fault-injection")]
mod fault;
mod health;
mod import;
mod list;
mod mirror;
pub(crate) mod notifications;
mod policy;
pub(crate) mod prepared;
mod recovered;
mod recovery;
pub(crate) mod scalar;
pub(crate) mod secret;
mod sweep;
pub(crate) mod transaction;
pub(crate) mod types;
pub(crate) mod wallet;
mod withdrawal;

use std::{collections::HashMap, sync::Arc, sync::LazyLock, time::Duration};

use schemars::JsonSchema;
use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;
use stardust_wallet::{manager::WalletError, payments::PaymentError};

pub(crate) use self::envelope::{Request, RequestId, answer, notification, parse};
use self::list::List;
use crate::{
    error::{Fault, Outcome},
    session::{Parked, Session, Ticket},
};

/// Where a method runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Lane {
    /// On the dispatcher's own thread: it only looks something up.
    Quick,
    /// On the pool: it may take a while (disk, keys, the vault).
    Work,
    /// On the pool for what waits for a node; where that is busy, what needs none after all is answered without it.
    Node,
    /// On no thread: it is looked at again whenever something has changed, until it is true or its time is up.
    Parked,
}

/// The parameters of a method.
pub(crate) trait Params: DeserializeOwned + JsonSchema + Send + 'static {
    /// What it answers.
    type Answer: Serialize + JsonSchema;
    /// The method's name.
    const NAME: &'static str;
}

/// A method that answers when it returns.
pub(crate) trait Call: Params {
    /// Where it runs; not [`Lane::Parked`].
    const LANE: Lane;

    /// Does it.
    ///
    /// # Errors
    /// What the caller is told.
    fn call(self, session: &Session) -> Outcome<Self::Answer>;

    /// Its answer where that takes no node: asked for on the pool for work, when all threads of the pool for nodes wait for one. None:
    /// it takes one, and nothing was done.
    ///
    /// # Errors
    /// What the caller is told.
    fn at_once(self, _: &Session) -> Outcome<Option<Self::Answer>> {
        Ok(None)
    }

    /// The idempotency keys that it pays with; parameters that cannot be read have none.
    fn keys(_: &Value) -> Vec<String> {
        Vec::new()
    }
}

/// What is cancelled by its key: requests that came before and may pay with it are waited for.
fn cancelled<T>(session: &Session, key: &str, cancel: impl Fn() -> Result<T, WalletError>) -> Outcome<T> {
    Ok(session.keys.look_for(key, || found(cancel()))?.ok_or(PaymentError::NotFound)?)
}

/// The same where that takes no node. None: it does, or such a request is there, and nothing was cancelled.
fn cancelled_at_once<T>(
    session: &Session,
    key: &str,
    cancel: impl FnOnce() -> Result<Option<T>, WalletError>,
) -> Outcome<Option<T>> {
    // before the look: who is gone now left what it did
    let open = session.keys.is_open(key);
    let ended = cancel();
    if open { Ok(found(ended)?.flatten()) } else { Ok(ended?) }
}

/// None: no payment has the key.
fn found<T>(answer: Result<T, WalletError>) -> Outcome<Option<T>> {
    match answer {
        Err(WalletError::Payment(PaymentError::NotFound)) => Ok(None),
        answer => Ok(Some(answer?)),
    }
}

/// The idempotency key in parameters.
fn key_in(params: &Value) -> Option<String> {
    params.get("idempotencyKey")?.as_str().map(str::to_owned)
}

/// A method that waits for something to become true, without a thread.
pub(crate) trait Await: Params {
    /// How long to wait.
    ///
    /// # Errors
    /// When the parameters cannot be used.
    fn timeout(&self) -> Outcome<Duration>;

    /// Begins whatever has to be under way.
    ///
    /// # Errors
    /// What the caller is told.
    fn begin(&mut self, _: &Arc<Session>) -> Outcome<()> {
        Ok(())
    }

    /// Looks: the answer, or none to be asked again after the next change. `up` says that the time is up: no answer is
    /// then a `TIMEOUT`.
    ///
    /// # Errors
    /// What the caller is told.
    fn look(&mut self, session: &Session, up: bool) -> Outcome<Option<Self::Answer>>;
}

/// A method as the dispatcher and the schema see it.
pub(crate) struct Method {
    /// Its name.
    pub(crate) name: &'static str,
    /// Where it runs.
    pub(crate) lane: Lane,
    /// Does it; the answer as JSON.
    pub(crate) call: fn(Value, &Session) -> Outcome<String>,
    /// Does it where that takes no node; the answer as JSON.
    pub(crate) at_once: fn(Value, &Session) -> Outcome<Option<String>>,
    /// The idempotency keys that it pays with.
    pub(crate) keys: fn(&Value) -> Vec<String>,
    /// Lets it wait.
    pub(crate) wait: fn(Value, &Arc<Session>, &Ticket) -> Outcome<()>,
    /// Reads the parameters alone.
    #[cfg(any(test, feature = "fuzzing"))]
    pub(crate) read: fn(Value) -> Outcome<()>,
    /// The schema of its parameters, not as a reference.
    #[cfg(test)]
    pub(crate) params: fn(&mut schemars::SchemaGenerator) -> schemars::Schema,
    /// The schema of its result.
    #[cfg(test)]
    pub(crate) result: fn(&mut schemars::SchemaGenerator) -> schemars::Schema,
}

impl Method {
    const fn of<C: Call>() -> Self {
        Self {
            name: C::NAME,
            lane: C::LANE,
            call: |params, session| write(&read::<C>(params)?.call(session)?),
            at_once: |params, session| {
                let answer = read::<C>(params)?.at_once(session)?;
                answer.map(|answer| write(&answer)).transpose()
            },
            keys: C::keys,
            wait: |_, _, _| Err(Fault::internal()),
            #[cfg(any(test, feature = "fuzzing"))]
            read: |params| read::<C>(params).map(drop),
            #[cfg(test)]
            params: |generator| C::json_schema(generator),
            #[cfg(test)]
            result: |generator| generator.subschema_for::<C::Answer>(),
        }
    }

    const fn waiting<A: Await>() -> Self {
        Self {
            name: A::NAME,
            lane: Lane::Parked,
            call: |_, _| Err(Fault::internal()),
            at_once: |_, _| Err(Fault::internal()),
            keys: |_| Vec::new(),
            wait: wait::<A>,
            #[cfg(any(test, feature = "fuzzing"))]
            read: |params| read::<A>(params)?.timeout().map(drop),
            #[cfg(test)]
            params: |generator| A::json_schema(generator),
            #[cfg(test)]
            result: |generator| generator.subschema_for::<A::Answer>(),
        }
    }
}

fn wait<A: Await>(params: Value, session: &Arc<Session>, ticket: &Ticket) -> Outcome<()> {
    let mut waiting: A = read(params)?;
    let until = std::time::Instant::now() + waiting.timeout()?;
    waiting.begin(session)?;
    let look = move |session: &Session, up| waiting.look(session, up)?.map(|answer| write(&answer)).transpose();
    session.park(Parked { ticket: ticket.clone(), until, look: Box::new(look) });
    Ok(())
}

fn read<P: Params>(params: Value) -> Outcome<P> {
    serde_json::from_value(params)
        .map_err(|error| Fault::params(format!("parameters of {}: {}", P::NAME, Fault::json(&error))))
}

fn write(answer: &impl Serialize) -> Outcome<String> {
    serde_json::to_string(answer).map_err(|error| {
        tracing::error!(%error, "an answer could not be written");
        Fault::internal()
    })
}

/// The method of this name.
pub(crate) fn find(name: &str) -> Option<&'static Method> {
    static BY_NAME: LazyLock<HashMap<&'static str, &'static Method>> =
        LazyLock::new(|| METHODS.iter().map(|method| (method.name, method)).collect());
    BY_NAME.get(name).copied()
}

/// A call waits for a day at most.
const LONGEST_MS: u64 = 86_400_000;
/// Reads how long to wait.
fn wait_for(timeout_ms: u64) -> Outcome<Duration> {
    if timeout_ms <= LONGEST_MS {
        Ok(Duration::from_millis(timeout_ms))
    } else {
        Err(Fault::argument("timeoutMs must be 0 to 86400000"))
    }
}

/// How many items a page may have.
const PAGE: std::ops::RangeInclusive<u32> = 1..=1000;

/// Reads a place in a list whose places are row numbers.
fn read_row(text: &str) -> Outcome<i64> {
    text.parse().map_err(|_| Fault::argument("after is not the next of an earlier answer"))
}

/// Checks the size of a page.
fn page(limit: u32, name: &str) -> Outcome<u32> {
    if PAGE.contains(&limit) { Ok(limit) } else { Err(Fault::argument(format!("{name} must be 1 to 1000"))) }
}

/// Every method.
pub(crate) const METHODS: &[Method] = &[
    Method::of::<wallet::Info>(),
    Method::of::<wallet::Start>(),
    Method::of::<wallet::Status>(),
    Method::waiting::<wallet::Sync>(),
    Method::of::<health::Repair>(),
    Method::of::<health::GetHealth>(),
    Method::of::<wallet::TotalBalance>(),
    Method::waiting::<recovery::RecoverAccounts>(),
    Method::of::<recovery::RecoveryState>(),
    Method::of::<backup::Backup>(),
    Method::of::<backup::RestoreState>(),
    Method::of::<counts::StateCounts>(),
    Method::of::<backup::ReleaseIssuing>(),
    Method::of::<backup::ReleasePayments>(),
    Method::of::<audit::Verify>(),
    Method::of::<audit::Head>(),
    Method::of::<audit::List>(),
    Method::of::<recovered::List>(),
    Method::of::<recovered::Resolve>(),
    Method::of::<recovered::ResolveTransaction>(),
    Method::of::<recovered::ReleaseForeignSigner>(),
    Method::of::<secret::Status>(),
    Method::of::<secret::SetPassword>(),
    Method::of::<secret::ChangePassword>(),
    Method::of::<secret::ClearPassword>(),
    Method::of::<secret::StoreMnemonic>(),
    Method::of::<secret::VerifyMnemonic>(),
    Method::of::<import::MigrateSnapshot>(),
    Method::of::<import::Import>(),
    Method::of::<import::Notes>(),
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
    Method::of::<List<types::Transaction>>(),
    Method::of::<claim::Claimable>(),
    Method::of::<claim::Claim>(),
    Method::of::<withdrawal::Withdraw>(),
    Method::of::<List<types::Withdrawal>>(),
    Method::of::<prepared::Prepare>(),
    Method::of::<prepared::Submit>(),
    Method::of::<prepared::Release>(),
    Method::of::<prepared::List>(),
    Method::of::<sweep::Sweep>(),
    Method::of::<sweep::Lock>(),
    Method::of::<sweep::Unlock>(),
    Method::of::<address::Find>(),
    Method::of::<address::SetLabel>(),
    Method::of::<transaction::Get>(),
    Method::of::<transaction::Cancel>(),
    Method::waiting::<transaction::AwaitInclusion>(),
    Method::waiting::<transaction::AwaitEnd>(),
    Method::of::<withdrawal::Get>(),
    Method::of::<withdrawal::Cancel>(),
    Method::of::<withdrawal::CancelKey>(),
    Method::waiting::<withdrawal::AwaitEnd>(),
    Method::of::<policy::Approve>(),
    Method::of::<policy::Refuse>(),
    Method::of::<policy::Review>(),
    Method::waiting::<policy::Waiting>(),
    Method::of::<consumer::Open>(),
    Method::waiting::<consumer::Poll>(),
    Method::of::<consumer::Acknowledge>(),
    Method::of::<consumer::Seek>(),
    Method::of::<consumer::List>(),
    Method::of::<consumer::Remove>(),
    Method::of::<events::Listen>(),
    Method::of::<events::Unlisten>(),
    Method::of::<events::SetLogLevel>(),
    Method::of::<events::CancelRequest>(),
    #[cfg(feature = "fault-injection")]
    Method::of::<fault::Panic>(),
];
