//! Making a payment: check, select, sign, persist, hand over to the driver.

use std::{collections::HashMap, sync::Arc, time::Duration};

use rusqlite::{Connection, Transaction};

use super::{
    Payer, Payment, PaymentError, PaymentPorts, PaymentRef, Payments, RemainderStrategy, SendRequest,
    inclusion::{self, Inclusion},
    lease::{Lease, Leased},
    query,
    request::{Canonical, digest_hex},
    select::{self, Candidate, Pool, Wish},
    settle::refuse_foreign_signer,
};
use crate::{
    events::{self, ProgressStage},
    keys::{KeyPath, Signature},
    ledger::{Address, Amount, Draft, DraftInput, DraftRequest, InputSignature, Network, OutputId, Payee, Sealed},
    store::{
        AddressKey, HoldingsChange, OutputClass, OutputRow, StoreError, account, address, meta, output,
        payment::{self, NewPaymentRow, OutputRole, PaymentInputRow, PaymentOutputRow, PaymentRow},
    },
};

/// How often inputs are selected anew when a milestone or another payment took them meanwhile.
const ATTEMPTS: u32 = 8;
/// How long a call waits for the first answer of a node. The payment is durable and goes on without it.
const FIRST_ANSWER: Duration = Duration::from_secs(30);

impl Payments {
    /// Makes a payment and submits it. Returns when it is signed, on disk, and the first submission was answered, or
    /// after 30 seconds without an answer: the payment is the wallet's from the commit on, whatever the nodes do.
    ///
    /// With an idempotency key that was used for the same parameters it answers that payment and makes none, also when
    /// two threads ask at the same time, after a restart, and when the payment has ended.
    ///
    /// After an error nothing was signed and nothing is reserved. A crash before the commit leaves nothing; after it,
    /// the payment is submitted at the next start.
    ///
    /// # Errors
    /// [`PaymentError`], each bad input with its own.
    pub fn send(&self, request: SendRequest) -> Result<Payment, PaymentError> {
        let PaymentPorts { store, codec, drafter, .. } = &self.ports;
        let network = store.readers().read(meta::network)?.ok_or(PaymentError::NetworkUnknown)?;
        let request = Canonical::read(request, &network, &**codec, &**drafter)?;
        let turn = self.turns.take(request.key.as_deref());
        if let Some(existing) = self.existing(&request)? {
            return Ok(existing);
        }
        let amount = request.check(&network, &**drafter)?;
        let account = store.readers().read(|conn| {
            refuse_foreign_signer(conn)?;
            account::by_index(conn, request.account)?.ok_or(PaymentError::AccountNotFound(request.account))
        })?;
        let payer = Payer { account: request.account, alias: account.alias, key: request.key.clone() };
        let signed = match self.make(&request, &payer, &network, amount)? {
            Made::New(signed) => signed,
            Made::Existing(row) => return same(&request, &row).and_then(|()| self.load(row)),
        };
        drop(turn);
        self.drive.begin(signed.position, FIRST_ANSWER);
        // an error would say that nothing was signed: if the wallet was closed meanwhile, the answer is what was stored
        Ok(self.find(&PaymentRef::Transaction(signed.transaction_id)).unwrap_or(*signed))
    }

    /// The payment that has the request's key.
    fn existing(&self, request: &Canonical) -> Result<Option<Payment>, PaymentError> {
        let Some(key) = &request.key else { return Ok(None) };
        let Some(row) = self.ports.store.readers().read(|conn| payment::by_key(conn, key))? else { return Ok(None) };
        same(request, &row)?;
        self.load(row).map(Some)
    }

    fn load(&self, row: PaymentRow) -> Result<Payment, PaymentError> {
        self.ports.store.readers().read(|conn| query::load(conn, row))
    }

    fn make(
        &self,
        request: &Canonical,
        payer: &Payer,
        network: &Network,
        amount: Amount,
    ) -> Result<Made, PaymentError> {
        for _ in 0..ATTEMPTS {
            self.ports.tell(payer, None, ProgressStage::SelectingInputs);
            let lease = self.select(request, network, amount)?;
            let new = self.sign(request, payer, network, &lease)?;
            match self.persist(new) {
                Err(Refused::InputTaken) => {}
                Err(Refused::Other(error)) => return Err(error),
                Ok(made) => return Ok(made),
            }
        }
        Err(PaymentError::Contention)
    }

    /// Chooses inputs that nobody else can choose until the lease ends.
    fn select(&self, request: &Canonical, network: &Network, amount: Amount) -> Result<Lease, PaymentError> {
        let PaymentPorts { store, drafter, .. } = &self.ports;
        let payee = &request.payees.first().expect("a canonical request has a payee").address;
        let (limit, outputs) = drafter.limits();
        // every kind of address makes an output of the same size
        let wish = Wish { amount, least_remainder: drafter.minimum_deposit(payee, &network.deposit), limit };
        let lease = self.leases.choose(|leased| {
            store.readers().read(|conn| {
                let pool = AccountPool { conn, account: request.account, leased };
                if request.custom_inputs.is_empty() {
                    select::select(&wish, &pool)
                } else {
                    select::take(&wish, pool.custom(&request.custom_inputs)?)
                }
            })
        })?;
        let got = request.payees.len() + usize::from(lease.remainder() != Amount::ZERO);
        if got > outputs { Err(PaymentError::OutputCount { got, limit: outputs }) } else { Ok(lease) }
    }

    /// Drafts, signs and seals.
    fn sign(
        &self,
        request: &Canonical,
        payer: &Payer,
        network: &Network,
        lease: &Lease,
    ) -> Result<NewPaymentRow, PaymentError> {
        let PaymentPorts { store, drafter, clock, .. } = &self.ports;
        let owners = store.readers().read(|conn| owners(conn, lease.inputs()))?;
        let inputs: Vec<DraftInput> = lease
            .inputs()
            .iter()
            .zip(&owners)
            .map(|(input, address)| DraftInput { id: input.id, address: *address, raw: input.raw.clone() })
            .collect();
        let remainder = match (lease.remainder(), request.remainder) {
            (Amount::ZERO, _) => None,
            (amount, RemainderStrategy::ReuseAddress) => Some(Payee { address: owners[0], amount }),
            (amount, RemainderStrategy::ChangeAddress) => {
                let _turn = self.change_turns.take(Some(&request.account.to_string()));
                let address = self.ports.host.change_address(request.account)?;
                Some(Payee { address, amount })
            }
        };
        let draft = drafter.draft(&DraftRequest {
            network,
            inputs: &inputs,
            payees: &request.payees,
            remainder: remainder.clone(),
            tagged_data: request.tagged_data.as_ref(),
        })?;
        self.ports.tell(payer, None, ProgressStage::Prepared);
        let paths: HashMap<Address, AddressKey> =
            owners.iter().copied().zip(lease.inputs().iter().map(|input| input.key)).collect();
        self.ports.tell(payer, None, ProgressStage::Signing);
        let sealed = drafter.seal(&draft, &signatures(&self.ports, &draft, &paths)?)?;
        let outputs = store.readers().read(|conn| outputs(conn, &sealed, &request.payees, remainder.as_ref()))?;
        Ok(NewPaymentRow {
            transaction_id: sealed.transaction_id,
            account: request.account,
            key: request.key.clone(),
            digest: request.digest,
            payload: sealed.payload,
            tagged_data: request.tagged_data.clone(),
            remainder: lease.remainder(),
            created_ms: clock.now_ms(),
            inputs: inputs
                .into_iter()
                .zip(lease.inputs())
                .map(|(input, chosen)| PaymentInputRow {
                    output_id: input.id,
                    address: input.address,
                    amount: chosen.amount,
                })
                .collect(),
            outputs,
        })
    }

    /// The one commit: payment, locks, counters and event, or nothing of them.
    fn persist(&self, new: NewPaymentRow) -> Result<Made, Refused> {
        let host = Arc::clone(&self.ports.host);
        self.ports.store.writer().commit_then(
            move |tx| write(tx, &new),
            move |made| {
                if let Made::New(signed) = made {
                    host.signed(&signed.transaction_id);
                }
            },
        )
    }
}

/// What the commit did.
enum Made {
    /// The payment is on disk, as it is here.
    New(Box<Payment>),
    /// Its key was used meanwhile.
    Existing(PaymentRow),
}

/// Why the commit did nothing.
enum Refused {
    /// An input is no longer free.
    InputTaken,
    /// Anything else.
    Other(PaymentError),
}

impl From<StoreError> for Refused {
    fn from(error: StoreError) -> Self {
        Self::Other(error.into())
    }
}

fn same(request: &Canonical, row: &PaymentRow) -> Result<(), PaymentError> {
    if row.digest == request.digest {
        return Ok(());
    }
    Err(PaymentError::IdempotencyConflict { used: digest_hex(&row.digest), given: digest_hex(&request.digest) })
}

fn write(tx: &Transaction<'_>, new: &NewPaymentRow) -> Result<Made, Refused> {
    refuse_foreign_signer(tx).map_err(Refused::Other)?;
    if let Some(key) = &new.key
        && let Some(row) = payment::by_key(tx, key)?
    {
        return Ok(Made::Existing(row));
    }
    let row = payment::insert(tx, new)?;
    for input in &new.inputs {
        if !output::lock(tx, &input.output_id, row)? {
            return Err(Refused::InputTaken);
        }
    }
    let incoming = i64::try_from(new.remainder.units()).expect("a remainder is part of the supply, below 2^63");
    account::change(tx, new.account, &HoldingsChange { incoming, ..HoldingsChange::default() })?;
    let row = payment::by_row(tx, row)?.ok_or_else(|| StoreError::corrupt("a payment just written is not there"))?;
    let event = inclusion::event(tx, &row, Inclusion::Pending).map_err(Refused::Other)?;
    events::append(tx, vec![event]).map_err(|error| Refused::Other(error.into()))?;
    Ok(Made::New(Box::new(query::load(tx, row).map_err(Refused::Other)?)))
}

fn owners(conn: &Connection, inputs: &[Candidate]) -> Result<Vec<Address>, PaymentError> {
    let owner = |input: &Candidate| {
        let row = address::by_key(conn, input.key)?;
        Ok(row.ok_or_else(|| StoreError::corrupt(format!("output {} has no address", input.id)))?.raw)
    };
    inputs.iter().map(owner).collect()
}

/// Signs for each address once. A key that is not the address's comes from another seed.
fn signatures(
    ports: &PaymentPorts,
    draft: &Draft,
    paths: &HashMap<Address, AddressKey>,
) -> Result<Vec<InputSignature>, PaymentError> {
    let mut addresses = draft.unlocks.clone();
    addresses.sort_unstable();
    addresses.dedup();
    let message = draft.signing_message.as_slice();
    let request = |address: &Address| {
        let key = paths.get(address).expect("the draft unlocks the inputs it was given");
        Ok((KeyPath::new(key.account, key.internal, key.key_index)?, message))
    };
    let requests = addresses.iter().map(request).collect::<Result<Vec<_>, PaymentError>>()?;
    let signed = ports.keys.sign(&requests)?;
    let of_address = |(address, signed): (&Address, Signature)| {
        if ports.codec.of_public_key(&signed.public_key) != *address {
            return Err(PaymentError::SeedMismatch);
        }
        Ok(InputSignature { address: *address, public_key: signed.public_key, signature: signed.signature })
    };
    addresses.iter().zip(signed).map(of_address).collect()
}

fn outputs(
    conn: &Connection,
    sealed: &Sealed,
    payees: &[Payee],
    remainder: Option<&Payee>,
) -> Result<Vec<PaymentOutputRow>, PaymentError> {
    let roles = payees
        .iter()
        .map(|payee| (payee, OutputRole::Payee))
        .chain(remainder.map(|remainder| (remainder, OutputRole::Remainder)));
    let row = |(output_id, (payee, role)): (&OutputId, (&Payee, OutputRole))| {
        let ours = payment::address_key(conn, &payee.address)?.map(|key| key.account);
        Ok(PaymentOutputRow { output_id: *output_id, address: payee.address, amount: payee.amount, role, ours })
    };
    sealed.outputs.iter().zip(roles).map(row).collect()
}

/// The spendable outputs of an account in one read transaction, without those leased.
struct AccountPool<'a> {
    conn: &'a Connection,
    account: u32,
    leased: &'a Leased,
}

impl AccountPool<'_> {
    /// Rows to read so that `count` free ones are among them.
    fn rows(&self, count: usize) -> u32 {
        let leased = self.leased.values().filter(|(account, _)| *account == self.account).count();
        u32::try_from(count + leased).unwrap_or(u32::MAX)
    }

    fn free(&self, rows: Vec<OutputRow>) -> impl Iterator<Item = Candidate> {
        rows.into_iter().filter(|row| !self.leased.contains_key(&row.output_id)).map(candidate)
    }

    /// The caller's choice, each checked.
    fn custom(&self, ids: &[OutputId]) -> Result<Vec<Candidate>, PaymentError> {
        ids.iter().map(|id| self.checked(id)).collect()
    }

    fn checked(&self, id: &OutputId) -> Result<Candidate, PaymentError> {
        let row = output::by_id(self.conn, id)?.ok_or(PaymentError::InputUnknown(*id))?;
        if row.key.account != self.account {
            return Err(PaymentError::InputNotOurs(*id));
        }
        if row.spent_index.is_some() {
            return Err(PaymentError::InputSpent(*id));
        }
        match row.class {
            OutputClass::Plain => {}
            OutputClass::Held | OutputClass::Asset => return Err(PaymentError::InputNotPlain(*id)),
            OutputClass::Foreign => return Err(PaymentError::InputNotOurs(*id)),
        }
        if row.locked_by.is_some() || self.leased.contains_key(id) {
            return Err(PaymentError::InputLocked(*id));
        }
        Ok(candidate(row))
    }
}

impl Pool for AccountPool<'_> {
    fn at_least(&self, amount: Amount) -> Result<Option<Candidate>, PaymentError> {
        let rows = payment::spendable_from(self.conn, self.account, amount, self.rows(1))?;
        Ok(self.free(rows).next())
    }

    fn largest(&self, count: usize) -> Result<Vec<Candidate>, PaymentError> {
        let rows = output::spendable(self.conn, self.account, self.rows(count))?;
        Ok(self.free(rows).take(count).collect())
    }

    fn available(&self) -> Result<Amount, PaymentError> {
        let row = account::by_index(self.conn, self.account)?.ok_or(PaymentError::AccountNotFound(self.account))?;
        let mut taken = Some(row.holdings.locked);
        for (id, (account, amount)) in self.leased {
            // between a payment's commit and the end of its lease an output is both, and counts once
            let free =
                *account == self.account && output::by_id(self.conn, id)?.is_some_and(|row| row.locked_by.is_none());
            taken = if free { taken.and_then(|sum| sum.checked_add(*amount)) } else { taken };
        }
        Ok(taken.and_then(|taken| row.holdings.plain.checked_sub(taken)).unwrap_or(Amount::ZERO))
    }
}

fn candidate(row: OutputRow) -> Candidate {
    Candidate { id: row.output_id, amount: row.amount, key: row.key, raw: row.raw }
}
