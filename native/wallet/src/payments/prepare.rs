//! Prepared transactions: all of a payment is decided, nothing of it is signed, and its inputs are leased for a time.
//!
//! They live in memory: a crash or a close leaves nothing locked, and an id of before is unknown. What was decided is what
//! [`submit_prepared`](Payments::submit_prepared) signs, or nothing.

mod set;

use std::ops::RangeInclusive;

pub(super) use self::set::PreparedSet;
use self::set::{Entry, Found};
use super::{
    AtWork, Payer, Payment, PaymentError, PaymentPorts, PaymentRef, Payments, Reviewed, SendRequest,
    build::Order,
    lease::Lease,
    persist::{Made, Purpose, Refused},
    pool::is_free,
    recovered::refuse_possibly_paid,
    request::Canonical,
    send::{FIRST_ANSWER, same},
    settle::refuse_to_pay,
    turns::Turn,
};
use crate::{
    keys::KeyError,
    ledger::{Address, Amount, Network, Payee, TaggedData, UnixTime},
    store::{
        account, hex, meta,
        payment::{self, NewPaymentRow, OutputRole, PaymentInputRow},
    },
};

/// How many transactions may be prepared at a time.
pub const PREPARED_LIMIT: usize = 1_000;
/// How long one may be kept, in milliseconds: a second to a day.
pub const PREPARED_TIME: RangeInclusive<u64> = 1_000..=86_400_000;

/// An output that a prepared transaction creates.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PreparedOutput {
    /// Who gets it.
    pub address: Address,
    /// Base units.
    pub amount: Amount,
    /// What it is for.
    pub role: OutputRole,
    /// Whether it goes to one of the wallet's own addresses.
    pub own: bool,
    /// The part of the amount that its owner has to give back.
    pub deposit_return: Option<Amount>,
    /// The ledger's time from which it belongs to the return address.
    pub expiration: Option<UnixTime>,
}

/// A prepared transaction. Nothing of it can change any more.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Prepared {
    /// Its name, which owns its inputs; random.
    pub id: String,
    /// Who pays.
    pub account: u32,
    /// The key that it is submitted with.
    pub idempotency_key: Option<String>,
    /// The caller's words.
    pub note: Option<String>,
    /// What it spends, in the order of selection.
    pub inputs: Vec<PaymentInputRow>,
    /// What it creates, in the transaction's order: the payees', then the remainder.
    pub outputs: Vec<PreparedOutput>,
    /// What comes back; 0: nothing.
    pub remainder: Amount,
    /// The transaction essence as on the wire (TIP-20).
    pub essence: Vec<u8>,
    /// Its Blake2b-256: what the keys sign.
    pub essence_hash: Vec<u8>,
    /// When its inputs are given back, in milliseconds since 1970 by the wallet's clock.
    pub expires_ms: u64,
    /// When it was prepared, by the same clock.
    pub created_ms: u64,
}

impl Payments {
    /// Decides all of a payment and leases its inputs for so many milliseconds, one of [`PREPARED_TIME`]. Nothing is signed
    /// or stored. The inputs are free again when it is released or has expired, and after a crash.
    ///
    /// # Errors
    /// Those of [`send`](Self::send) but those of the payment rules, which are asked when it is submitted;
    /// [`PaymentError::PreparedExpiry`], [`PaymentError::PreparedLimit`], and [`PaymentError::IdempotencyConflict`] when the
    /// key was used, whatever for. Nothing is leased then.
    pub fn prepare(&self, request: SendRequest, time_ms: u64) -> Result<Prepared, PaymentError> {
        if !PREPARED_TIME.contains(&time_ms) {
            let (least, most) = (*PREPARED_TIME.start(), *PREPARED_TIME.end());
            return Err(PaymentError::PreparedExpiry { got: time_ms, least, most });
        }
        self.release_expired();
        self.prepared.check_room()?;
        let PaymentPorts { store, codec, drafter, .. } = &self.ports;
        let network = store.readers().read(meta::network)?.ok_or(PaymentError::NetworkUnknown)?;
        let request = Canonical::read(request, &network, &**codec, &**drafter)?;
        let _turn = self.turns.take(request.key.as_deref());
        // what is asked for is made: sending it answers the payment
        if let Some(existing) = self.existing(&request)? {
            return Err(PaymentError::KeyTaken { by: Some(existing.transaction_id) });
        }
        if let Some(key) = &request.key
            && let Some(recovered) = self.recovered_for(key)?
        {
            return Err(PaymentError::KeyTaken { by: Some(recovered.transaction_id) });
        }
        request.check(&network, &**drafter)?;
        let account = store.readers().read(|conn| {
            refuse_to_pay(conn)?;
            refuse_possibly_paid(conn, &request.payees)?;
            account::by_index(conn, request.account)?.ok_or(PaymentError::AccountNotFound(request.account))
        })?;
        let payer = Payer { account: request.account, alias: account.alias, key: request.key.clone() };
        let entry = self.decide_all(request, payer, network, time_ms)?;
        self.prepared.add(entry)
    }

    fn decide_all(
        &self,
        request: Canonical,
        payer: Payer,
        network: Network,
        time_ms: u64,
    ) -> Result<Entry, PaymentError> {
        let held = u32::try_from(time_ms.div_ceil(1_000)).unwrap_or(u32::MAX);
        let (payees, terms) = self.terms(&request, &network, held)?;
        let amount = Self::total(&network, &payees)?;
        let order = order(&request, &payer, &payees, self.carried(&request, &network)?);
        let (lease, drafted) = request.fit(|more| {
            let lease = self.select(&request, &network, amount, more)?;
            let drafted = self.draft_on(&order, &terms, &network, lease.inputs(), lease.remainder())?;
            Ok((lease, drafted))
        })?;
        let mut id = [0; 16];
        crypto::utils::rand::fill(&mut id).map_err(|_| KeyError::Random)?;
        let created_ms = self.ports.clock.now_ms();
        let conditions = terms.conditions.iter().copied().chain(std::iter::repeat(Default::default()));
        let paid = payees.iter().zip(conditions).map(|(payee, conditions)| (payee, OutputRole::Payee, conditions));
        let rest = drafted.remainder.iter().map(|rest| (rest, OutputRole::Remainder, Default::default()));
        let outputs = self.ports.store.readers().read(|conn| {
            let output = |(payee, role, conditions): (&Payee, _, crate::ledger::Conditions)| {
                Ok::<_, PaymentError>(PreparedOutput {
                    address: payee.address,
                    amount: payee.amount,
                    role,
                    own: payment::address_key(conn, &payee.address)?.is_some(),
                    deposit_return: conditions.deposit_return.map(|part| part.amount),
                    expiration: conditions.expiration.map(|end| end.time),
                })
            };
            paid.chain(rest).map(output).collect::<Result<_, _>>()
        })?;
        let inputs = drafted.inputs.iter().zip(lease.inputs());
        let shown = Prepared {
            id: hex(&id),
            account: payer.account,
            idempotency_key: payer.key.clone(),
            note: request.note.clone(),
            inputs: inputs
                .map(|(input, chosen)| PaymentInputRow {
                    output_id: input.id,
                    address: input.address,
                    amount: chosen.amount,
                })
                .collect(),
            outputs,
            remainder: lease.remainder(),
            essence: drafted.draft.wire.clone(),
            essence_hash: drafted.draft.signing_message.clone(),
            expires_ms: created_ms.saturating_add(time_ms),
            created_ms,
        };
        Ok(Entry { shown, request, payer, payees, terms, drafted, network, lease })
    }

    /// Signs, stores and submits a prepared transaction, exactly as it was prepared, and answers as [`send`](Self::send)
    /// does. Submitting it again answers the same payment, as long as the wallet is open and remembers it.
    ///
    /// # Errors
    /// [`PaymentError::PreparedNotFound`]. [`PaymentError::PreparedOutdated`] and [`PaymentError::IdempotencyConflict`]: it
    /// is released. After the other errors of [`send`](Self::send) it stays prepared until it expires, and can be submitted
    /// again: when the payment rules or the reviewer refuse it, when nobody has reviewed it, when the vault is locked.
    pub fn submit_prepared(&self, id: &str, reviewed: Reviewed) -> Result<Payment, PaymentError> {
        self.submit_prepared_at_work(id, reviewed, ())
    }

    /// As [`submit_prepared`](Self::submit_prepared); `keys` is dropped when nothing is left to be signed, before a node is
    /// waited for.
    ///
    /// # Errors
    /// Those of [`submit_prepared`](Self::submit_prepared).
    pub fn submit_prepared_at_work(
        &self,
        id: &str,
        reviewed: Reviewed,
        keys: impl AtWork,
    ) -> Result<Payment, PaymentError> {
        self.release_expired();
        let (entry, turns) = match self.take_prepared(id)? {
            (Found::Submitted(transaction), turns) => {
                drop(turns);
                return self.find(&PaymentRef::Transaction(transaction));
            }
            (Found::Here(entry), turns) => (entry, turns),
        };
        let signed = match self.sign_prepared(&entry, &reviewed) {
            Ok(signed) => signed,
            Err(error) => {
                let over =
                    matches!(error, PaymentError::PreparedOutdated { .. } | PaymentError::IdempotencyConflict { .. });
                self.note_refusal(&entry.request, &error);
                if !over {
                    self.prepared.put_back(*entry);
                }
                return Err(error);
            }
        };
        self.prepared.submitted(id, signed.transaction_id);
        // leased until here, locked since the commit
        drop((entry, turns, keys));
        self.drive.begin(signed.position, FIRST_ANSWER);
        Ok(self.find(&PaymentRef::Transaction(signed.transaction_id)).unwrap_or(signed))
    }

    /// Takes a prepared transaction out, with the turns of its id and of its key. The key's comes first: who cancels the key has it,
    /// and finds all that is prepared with it, or what became of it.
    fn take_prepared(&self, id: &str) -> Result<(Found, [Turn; 2]), PaymentError> {
        loop {
            let key = self.prepared.key(id);
            let of_key = self.turns.take(key.as_deref());
            let of_id = self.prepared.turn(id);
            // another submission had it in its hands when its key was looked for
            if self.prepared.key(id) == key {
                return Ok((self.prepared.take(id)?, [of_id, of_key]));
            }
        }
    }

    /// What a prepared transaction was submitted as; none: it is prepared still, or unknown.
    ///
    /// # Errors
    /// [`PaymentError::Store`].
    pub fn submitted(&self, id: &str) -> Result<Option<Payment>, PaymentError> {
        let transaction = self.prepared.submitted_as(id);
        transaction.map(|transaction| self.find(&PaymentRef::Transaction(transaction))).transpose()
    }

    fn sign_prepared(&self, entry: &Entry, reviewed: &Reviewed) -> Result<Payment, PaymentError> {
        if let Some(existing) = self.existing(&entry.request)? {
            return Ok(existing);
        }
        if let Some(recovered) = self.recovered(&entry.request, &entry.network)? {
            return Ok(recovered);
        }
        let outdated = |reason| PaymentError::PreparedOutdated { id: entry.shown.id.clone(), reason };
        self.ports.store.readers().read(|conn| {
            refuse_to_pay(conn)?;
            refuse_possibly_paid(conn, &entry.request.payees)?;
            reviewed.refuse()?;
            if meta::network(conn)?.as_ref() != Some(&entry.network) {
                return Err(outdated("the network's rules have changed"));
            }
            for input in &entry.shown.inputs {
                if !is_free(conn, &input.output_id)? {
                    return Err(outdated(TAKEN));
                }
            }
            if self.is_late(conn, &entry.terms)? {
                return Err(outdated("too little of the time to claim is left"));
            }
            Ok(())
        })?;
        self.check_draft(&entry.payees, &entry.drafted, reviewed)?;
        let carried = self.carried(&entry.request, &entry.network)?;
        let order = order(&entry.request, &entry.payer, &entry.payees, carried);
        let signed = self.sign(&order, &entry.terms, entry.lease.inputs(), entry.drafted.clone())?;
        let new = NewPaymentRow { note: entry.request.note.clone(), ..signed };
        match self.persist(new, Purpose::Payment) {
            Ok(Made::New(signed)) => Ok(*signed),
            Ok(Made::Existing(row)) => same(&entry.request, &row).and_then(|()| self.load(*row)),
            Err(Refused::InputTaken | Refused::Outdated) => Err(outdated(TAKEN)),
            Err(Refused::Other(error)) => Err(error),
        }
    }

    /// Gives the inputs of a prepared transaction back.
    ///
    /// # Errors
    /// [`PaymentError::PreparedNotFound`]: they are not leased by it.
    pub fn release_prepared(&self, id: &str) -> Result<(), PaymentError> {
        self.release_expired();
        let _turn = self.prepared.turn(id);
        match self.prepared.take(id)? {
            Found::Submitted(_) => Err(PaymentError::PreparedNotFound(id.to_owned())),
            Found::Here(entry) => {
                drop(entry);
                // withdrawals may have waited for them
                self.batches.applied();
                Ok(())
            }
        }
    }

    /// Gives the inputs of all that is prepared with this key back; its turn is the caller's.
    pub(super) fn release_prepared_with(&self, key: &str) {
        for id in self.prepared.with_key(key) {
            // one that is not there any more has expired, or somebody else has released it
            drop(self.release_prepared(&id));
        }
    }

    /// What is prepared, the oldest first; of one account or of all.
    #[must_use]
    pub fn prepared(&self, account: Option<u32>) -> Vec<Prepared> {
        self.release_expired();
        self.prepared.list(account)
    }

    /// Gives the inputs of what has expired back. Costs nothing while nothing is prepared.
    pub(super) fn release_expired(&self) {
        let expired = self.prepared.expired(self.ports.clock.now_ms());
        for entry in &expired {
            tracing::info!(id = entry.shown.id, "a prepared transaction has expired");
        }
    }
}

const TAKEN: &str = "an input was spent or reserved otherwise";

fn order<'a>(request: &Canonical, payer: &'a Payer, payees: &'a [Payee], tagged_data: Option<TaggedData>) -> Order<'a> {
    Order {
        payer,
        digest: request.digest,
        payees,
        role: OutputRole::Payee,
        remainder: request.remainder,
        tagged_data,
        contests: None,
        parts: 1,
    }
}
