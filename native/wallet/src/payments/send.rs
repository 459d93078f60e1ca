//! Making a payment: check, select, sign, persist, hand over to the driver.

use std::time::Duration;

use super::{
    AtWork, Payer, Payment, PaymentError, PaymentPorts, PaymentRef, Payments, RemainderStrategy, Reviewed, SendRequest,
    build::{Drafted, Order},
    lease::Lease,
    marker::Markers,
    persist::{Made, Purpose, Refused},
    policy,
    pool::AccountPool,
    query,
    recovered::refuse_possibly_paid,
    request::Canonical,
    select::{self, Wish},
    settle::refuse_to_pay,
    turns::Turn,
};
use crate::{
    audit,
    events::ProgressStage,
    ledger::{Address, Amount, Network, OutputId, Payee, TaggedData},
    store::{
        account, meta,
        payment::{self, OutputRole, PaymentRow},
        withdrawal,
    },
};

/// How often inputs are selected anew when a milestone or another payment took them meanwhile.
const ATTEMPTS: u32 = 8;
/// How long a call waits for the first answer of a node. The payment is durable and goes on without it.
pub(super) const FIRST_ANSWER: Duration = Duration::from_secs(30);

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
        let turn = self.turn(request.options.idempotency_key.as_deref());
        self.send_in_turn(request, turn, ())
    }

    /// The turn of a key, for whoever has something to do before a payment is made with it: who cancels the key waits meanwhile.
    #[must_use]
    pub fn turn(&self, key: Option<&str>) -> Turn {
        self.turns.take(key)
    }

    /// As [`send`](Self::send), in the turn of the request's key; `keys` is dropped when nothing is left to be signed, before a node
    /// is waited for.
    ///
    /// # Errors
    /// Those of [`send`](Self::send).
    pub fn send_in_turn(&self, request: SendRequest, turn: Turn, keys: impl AtWork) -> Result<Payment, PaymentError> {
        let PaymentPorts { store, codec, drafter, .. } = &self.ports;
        let network = store.readers().read(meta::network)?.ok_or(PaymentError::NetworkUnknown)?;
        let request = Canonical::read(request, &network, &**codec, &**drafter)?;
        if let Some(existing) = self.existing(&request)? {
            return Ok(existing);
        }
        if let Some(recovered) = self.recovered(&request, &network)? {
            return Ok(recovered);
        }
        request.check(&network, &**drafter)?;
        let made = self.make(&request, &network).inspect_err(|error| self.note_refusal(&request, error))?;
        let signed = match made {
            Made::New(signed) => signed,
            Made::Existing(row) => return same(&request, &row).and_then(|()| self.load(*row)),
        };
        drop((turn, keys));
        self.drive.begin(signed.position, FIRST_ANSWER);
        // an error would say that nothing was signed: if the wallet was closed meanwhile, the answer is what was stored
        Ok(self.find(&PaymentRef::Transaction(signed.transaction_id)).unwrap_or(*signed))
    }

    /// The payment that has the request's key.
    pub(super) fn existing(&self, request: &Canonical) -> Result<Option<Payment>, PaymentError> {
        let Some(key) = &request.key else { return Ok(None) };
        let found = self
            .ports
            .store
            .readers()
            .read(|conn| Ok::<_, PaymentError>((payment::by_key(conn, key)?, withdrawal::by_key(conn, key)?)))?;
        match found {
            (Some(row), _) => same(request, &row).and_then(|()| self.load(row)).map(Some),
            (None, Some(withdrawal)) => Err(PaymentError::conflict(&withdrawal.digest, &request.digest)),
            (None, None) => Ok(None),
        }
    }

    pub(super) fn load(&self, row: PaymentRow) -> Result<Payment, PaymentError> {
        self.ports.store.readers().read(|conn| query::load(conn, row))
    }

    /// Writes down that the rules refuse a payment, if it is that.
    pub(super) fn note_refusal(&self, request: &Canonical, error: &PaymentError) {
        let rule = match error {
            PaymentError::Refused(refusal) => refusal.rule(),
            PaymentError::ApprovalRequired { .. } => "approvalFrom",
            _ => return,
        };
        let (account, key, digest, reason) = (request.account, request.key.clone(), request.digest, error.to_string());
        let noted =
            self.ports.store.writer().commit(move |tx| {
                audit::payments::payment_refused(tx, account, key.as_deref(), &digest, rule, &reason)
            });
        if let Err(error) = noted {
            tracing::error!(error = &error as &dyn std::error::Error, rule, "a refused payment is in no record");
        }
    }

    /// Asks the rules about a draft before it is signed: what it lends leaves the wallet, and a remainder may. They are asked
    /// once more when it is stored.
    pub(super) fn check_draft(
        &self,
        payees: &[Payee],
        drafted: &Drafted,
        reviewed: &Reviewed,
    ) -> Result<(), PaymentError> {
        let all = payees.iter().chain(&drafted.parts).chain(&drafted.remainder).cloned().collect();
        let now_ms = self.ports.clock.now_ms();
        self.ports.store.readers().read(|conn| policy::check(conn, &self.rules, all, reviewed, now_ms))
    }

    fn make(&self, request: &Canonical, network: &Network) -> Result<Made, PaymentError> {
        let account = self.ports.store.readers().read(|conn| {
            refuse_to_pay(conn)?;
            refuse_possibly_paid(conn, &request.payees)?;
            let account =
                account::by_index(conn, request.account)?.ok_or(PaymentError::AccountNotFound(request.account))?;
            request.reviewed.refuse()?;
            // last, since people may be asked; once more when it is stored
            policy::check(conn, &self.rules, request.payees.clone(), &request.reviewed, self.ports.clock.now_ms())?;
            Ok::<_, PaymentError>(account)
        })?;
        let payer = &Payer { account: request.account, alias: account.alias, key: request.key.clone() };
        let (payees, terms) = self.terms(request, network, 0)?;
        let amount = Self::total(network, &payees)?;
        let tagged_data = self.carried(request, network)?;
        let custom =
            !request.custom_inputs.is_empty() || !matches!(request.remainder, RemainderStrategy::ChangeAddress);
        for _ in 0..ATTEMPTS {
            self.ports.tell(payer, None, ProgressStage::SelectingInputs);
            let (lease, order, drafted) = request.fit(|more| {
                let lease = self.select(request, network, amount, more)?;
                // whoever names inputs or an address decides all of it
                let parts = if custom || !more {
                    1
                } else {
                    let room = self.ports.drafter.limits().1.saturating_sub(payees.len());
                    self.ready_parts(request.account, network, lease.remainder(), room)?
                };
                let order = Order {
                    payer,
                    digest: request.digest,
                    payees: &payees,
                    role: OutputRole::Payee,
                    remainder: request.remainder,
                    tagged_data: tagged_data.clone(),
                    contests: None,
                    parts,
                };
                let drafted = self.draft_on(&order, &terms, network, lease.inputs(), lease.remainder())?;
                Ok((lease, order, drafted))
            })?;
            if !terms.conditions.is_empty() || matches!(order.remainder, RemainderStrategy::CustomAddress(_)) {
                self.check_draft(&payees, &drafted, &Reviewed::Yes)?;
            }
            let mut new = self.sign(&order, &terms, lease.inputs(), drafted)?;
            new.note.clone_from(&request.note);
            fail_point!("payment:signed");
            match self.persist(new, Purpose::Payment) {
                Err(Refused::InputTaken) => {}
                // the ledger has shown a payment with its key, which has the key from here on
                Err(Refused::Outdated) => drop(self.recovered(request, network)?),
                Err(Refused::Other(error)) => return Err(error),
                Ok(made) => {
                    fail_point!("payment:durable");
                    return Ok(made);
                }
            }
        }
        Err(PaymentError::Contention)
    }

    /// What the transaction carries: the caller's data, or else the marker of its key.
    pub(super) fn carried(&self, request: &Canonical, network: &Network) -> Result<Option<TaggedData>, PaymentError> {
        let (None, Some(key)) = (&request.tagged_data, &request.key) else { return Ok(request.tagged_data.clone()) };
        let marker = self.marker_key()?.marker(network, key);
        let payees = u8::try_from(request.payees.len()).unwrap_or(u8::MAX);
        Ok(Markers::Payment { payees, marker }.write())
    }

    /// Chooses inputs that nobody else can choose until the lease ends; with `more`, small ones beside.
    pub(super) fn select(
        &self,
        request: &Canonical,
        network: &Network,
        amount: Amount,
        more: bool,
    ) -> Result<Lease, PaymentError> {
        let payee = &request.payees.first().expect("a canonical request has a payee").address;
        let usual = self.wish(network, payee, amount);
        let wish = Wish { fold: if more { usual.fold } else { 0 }, ..usual };
        let lease = self.choose(request.account, &wish, &request.custom_inputs)?;
        let got = request.payees.len() + usize::from(lease.remainder() != Amount::ZERO);
        let (_, limit) = self.ports.drafter.limits();
        if got > limit { Err(PaymentError::OutputCount { got, limit }) } else { Ok(lease) }
    }

    /// What to ask of a selection. Every kind of address makes an output of the same size: `payee` is any.
    pub(super) fn wish(&self, network: &Network, payee: &Address, amount: Amount) -> Wish {
        let drafter = &self.ports.drafter;
        let least_remainder = drafter.minimum_deposit(payee, &network.deposit);
        Wish { amount, least_remainder, limit: drafter.limits().0, fold: self.policy.fold }
    }

    /// Leases inputs of an account: these, or by the wallet's choice.
    pub(super) fn choose(&self, account: u32, wish: &Wish, custom: &[OutputId]) -> Result<Lease, PaymentError> {
        self.release_expired();
        let chosen = self.leases.choose(|leased| {
            self.ports.store.readers().read(|conn| {
                let pool = AccountPool { conn, account, leased };
                if custom.is_empty() { select::select(wish, &pool) } else { select::take(wish, pool.custom(custom)?) }
            })
        });
        if matches!(chosen, Err(PaymentError::TooManyInputs { .. })) {
            self.hot.strained(account);
        }
        chosen
    }
}

pub(super) fn same(request: &Canonical, row: &PaymentRow) -> Result<(), PaymentError> {
    if row.digest == request.digest {
        return Ok(());
    }
    Err(PaymentError::conflict(&row.digest, &request.digest))
}
