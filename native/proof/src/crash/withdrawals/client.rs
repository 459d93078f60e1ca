//! The process that is killed: an exchange whose customers withdraw. Its client orders payments and withdrawals, asks
//! for the same keys again and again, cancels some, and notes what the wallet tells of them.

use std::{
    io::{Write as _, stderr},
    path::{Path, PathBuf},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    thread,
    time::Duration,
};

use stardust_proof::{Failure, Random, Wallet, WalletOptions};
use stardust_wallet::{
    error::ErrorKind,
    ledger::Amount,
    manager::{AccountManager, WalletError},
    payments::{PaymentError, PaymentRef, SendOptions, WithdrawalRequest, WithdrawalState},
};

use super::judge::CANCELLED;
use super::{
    orders,
    orders::{Kind, Order, Orders},
    terms::{ADDRESSES, SAVERS, options, quiet, savers},
};
use crate::worker::{Exchange, end_with_the_driver, say};

/// With so many open orders of a kind no new ones come.
const MOST_OPEN: usize = 60;
const SETTLE: Duration = Duration::from_secs(120);

/// What a thread of the worker does.
type Task = fn(&Client) -> Result<(), Failure>;

/// Works until it is killed, or until standard input ends.
pub(crate) fn pay(directory: &Path, node: &str) -> Result<(), Failure> {
    end_with_the_driver();
    let client = Client::open(directory, options(directory, node))?;
    say("ready")?;
    let tasks: [Task; 8] = [
        Client::show,
        |client| client.exchange.report(),
        Client::send,
        Client::withdraw,
        Client::cancel,
        Client::decide,
        Client::watch,
        Client::back_up,
    ];
    let threads = tasks.map(|task| {
        let client = Arc::clone(&client);
        thread::spawn(move || {
            if let Err(error) = task(&client) {
                // the others would go on, and nobody would know
                drop(writeln!(stderr(), "crash: {}", stardust_wallet::error::chain(&*error)));
                std::process::exit(3);
            }
        })
    });
    threads.into_iter().try_for_each(|thread| thread.join().map_err(|_| "a thread of the worker panicked".into()))
}

/// Asks for all that is open until all of it has ended, and nothing is left to be claimed; then waits for what the wallet had
/// begun by itself.
pub(crate) fn finish(directory: &Path, node: &str) -> Result<(), Failure> {
    settle(directory, options(directory, node), |client| {
        client.decide_of_all()?;
        Ok(client.again()? + client.claimable()?)
    })?;
    settle(directory, quiet(directory, node), |client| {
        Ok(client.manager().payments(None, None, 1_000)?.items.iter().filter(|payment| payment.state.is_open()).count())
    })
}

/// Has a wallet go on until nothing is `left`.
fn settle(
    directory: &Path,
    options: WalletOptions,
    left: impl Fn(&Client) -> Result<usize, Failure>,
) -> Result<(), Failure> {
    let client = Client::open(directory, options)?;
    let reporter = Arc::clone(&client);
    thread::spawn(move || reporter.exchange.report());
    client.release_issuing()?;
    client.manager().sync(SETTLE)?;
    loop {
        client.look()?;
        let left = left(&client)?;
        if left == 0 {
            client.manager().close();
            return Ok(());
        }
        say(&format!("error {left} orders, payments or outputs are open"))?;
        thread::sleep(Duration::from_millis(200));
    }
}

/// A client of an exchange.
pub(super) struct Client {
    pub(super) exchange: Exchange,
    orders: Mutex<Orders>,
    pub(super) directory: PathBuf,
}

/// What a customer has to wait for: the same key is asked for again.
fn has_to_wait(error: &WalletError) -> bool {
    matches!(error.kind(), ErrorKind::InsufficientFunds | ErrorKind::TooManyInputs)
}

/// What nobody is answered as long as a restored wallet has not seen what was paid since its backup.
fn is_frozen(error: &WalletError) -> bool {
    matches!(error.kind(), ErrorKind::IssuingFrozen | ErrorKind::PaymentsFrozen)
}

pub(super) fn pause(random: &mut Random, milliseconds: u64) {
    thread::sleep(Duration::from_millis(random.below(milliseconds)));
}

impl Client {
    fn open(directory: &Path, options: WalletOptions) -> Result<Arc<Self>, Failure> {
        let orders = Mutex::new(Orders::open(&orders(directory))?);
        let exchange = Exchange::open_with(directory, options)?;
        Ok(Arc::new(Self { exchange, orders, directory: directory.to_owned() }))
    }

    pub(super) fn manager(&self) -> &AccountManager {
        self.exchange.manager()
    }

    pub(super) fn orders(&self) -> MutexGuard<'_, Orders> {
        self.orders.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Addresses for deposits, each told when it is issued; then no more. A restored wallet has them all.
    fn show(&self) -> Result<(), Failure> {
        if self.manager().restored()?.is_some() {
            return Ok(());
        }
        while self.manager().account(&Wallet::account())?.public_count < ADDRESSES[0] {
            self.exchange.show_address(&Wallet::account())?;
        }
        if self.manager().account(&savers()).is_err() {
            self.manager().create_account(SAVERS)?;
        }
        while self.manager().account(&savers())?.public_count < ADDRESSES[1] {
            self.exchange.show_address(&savers())?;
        }
        let first = self.manager().addresses(&Wallet::account(), None, None, 1)?.items.remove(0);
        say(&format!("offer {}", first.raw))
    }

    /// Whether each customer has an address.
    pub(super) fn has_shown(&self) -> Result<bool, Failure> {
        let savers = self.manager().account(&savers());
        Ok(savers.is_ok_and(|account| account.public_count >= ADDRESSES[1]))
    }

    /// How many outputs wait to be claimed.
    fn claimable(&self) -> Result<usize, Failure> {
        Ok(self.manager().claimable(&Wallet::account(), None, 1_000)?.items.len())
    }

    /// Before the first contact nobody can be named in words.
    fn meet(&self) {
        while self.manager().network().is_none() {
            thread::sleep(Duration::from_millis(5));
        }
    }

    /// Gives all open orders again and wishes to cancel what was to be cancelled. Answers how many are open.
    fn again(&self) -> Result<usize, Failure> {
        let (payments, withdrawals) = self.all_open()?;
        let frozen = usize::from(!(self.repeat_all(Kind::Payment)? && self.repeat_all(Kind::Withdrawal)?));
        payments.iter().try_for_each(|order| self.give(order).map(drop))?;
        withdrawals.chunks(100).try_for_each(|some| self.give_together(some).map(drop))?;
        let mut all = payments.iter().chain(&withdrawals).filter(|order| order.cancel);
        all.try_for_each(|order| self.stop(order))?;
        Ok(payments.len() + withdrawals.len() + frozen)
    }

    pub(super) fn all_open(&self) -> Result<(Vec<Order>, Vec<Order>), Failure> {
        let orders = self.orders();
        Ok((orders.open_ones(Kind::Payment)?, orders.open_ones(Kind::Withdrawal)?))
    }

    /// Payments, one at a time.
    fn send(&self) -> Result<(), Failure> {
        self.meet();
        self.repeat(Kind::Payment)?;
        let mut random = Random::new(Random::fresh_seed());
        let open = self.orders().open_ones(Kind::Payment)?;
        open.iter().try_for_each(|order| self.give(order).map(drop))?;
        loop {
            let mut orders = {
                let mut orders = self.orders();
                let open = orders.open_ones(Kind::Payment)?;
                match random.below(8) {
                    0 if !open.is_empty() => vec![random.choose(&open).clone()],
                    1 => orders.some_ended(Kind::Payment, 1)?,
                    _ if open.len() < MOST_OPEN => orders.add(Kind::Payment, 1)?,
                    _ => vec![random.choose(&open).clone()],
                }
            };
            orders.drain(..).try_for_each(|order| self.give(&order).map(drop))?;
            pause(&mut random, 40);
        }
    }

    /// Withdrawals, some at a time; now and then with keys that were used before.
    fn withdraw(&self) -> Result<(), Failure> {
        self.meet();
        self.repeat(Kind::Withdrawal)?;
        let mut random = Random::new(!Random::fresh_seed());
        let open = self.orders().open_ones(Kind::Withdrawal)?;
        open.chunks(100).try_for_each(|some| self.give_together(some).map(drop))?;
        loop {
            let mut some = Vec::new();
            {
                let mut orders = self.orders();
                let open = orders.open_ones(Kind::Withdrawal)?;
                for _ in 0..random.below(3).min(u64::try_from(open.len())?) {
                    some.push(random.choose(&open).clone());
                }
                some.extend(orders.some_ended(Kind::Withdrawal, random.below(2))?);
                if open.len() < MOST_OPEN {
                    some.extend(orders.add(Kind::Withdrawal, 1 + random.below(8))?);
                }
            }
            if !some.is_empty() {
                self.give_together(&some)?;
            }
            pause(&mut random, 80);
        }
    }

    /// Cancels an open order now and then: one payment, or some withdrawals that were ordered together.
    fn cancel(&self) -> Result<(), Failure> {
        self.meet();
        let mut random = Random::new(Random::fresh_seed().rotate_left(32));
        let (payments, withdrawals) = self.all_open()?;
        payments.iter().chain(&withdrawals).filter(|order| order.cancel).try_for_each(|order| self.stop(order))?;
        loop {
            pause(&mut random, 120);
            let (kind, most) = if random.below(2) == 0 { (Kind::Payment, 1) } else { (Kind::Withdrawal, 3) };
            let open = self.orders().open_ones(kind)?;
            let begin = usize::try_from(random.below(u64::try_from(open.len())?))?;
            let some = open.iter().skip(begin).take(1 + usize::try_from(random.below(most))?);
            // all wishes first: the second withdrawal is to find its transaction contested
            let some: Vec<_> = some.collect();
            some.iter().try_for_each(|order| self.orders().wish_to_cancel(order))?;
            some.iter().try_for_each(|order| self.stop(order))?;
        }
    }

    fn watch(&self) -> Result<(), Failure> {
        loop {
            self.look()?;
            thread::sleep(Duration::from_millis(60));
        }
    }

    /// Notes which open orders have ended, and does what a restored wallet needs.
    fn look(&self) -> Result<(), Failure> {
        self.release()?;
        let (payments, withdrawals) = self.all_open()?;
        for order in payments.iter().chain(&withdrawals) {
            match (state(self.manager(), order)?, order.kind) {
                // only its own answer says that it is in the key journal
                (Some((CANCELLED, _)), Kind::Withdrawal) => self.stop(order)?,
                (Some((state, true)), _) => self.orders().ended(order, state)?,
                _ => {}
            }
        }
        Ok(())
    }

    /// Notes an end that the wallet answered.
    pub(super) fn ended(&self, order: &Order, state: WithdrawalState) -> Result<(), Failure> {
        if state == WithdrawalState::Cancelled { self.stop(order) } else { self.orders().ended(order, state.name()) }
    }

    /// Asks for a payment. Whether the wallet answers, be it that there are no funds.
    pub(super) fn give(&self, order: &Order) -> Result<bool, Failure> {
        let address = self.manager().address_text(&order.recipient());
        let options = SendOptions { idempotency_key: Some(order.key()), ..SendOptions::default() };
        let payees = vec![(address, Amount::new(order.amount()))];
        match self.manager().send_amount(&Wallet::account(), payees, options) {
            Ok(payment) => {
                if !payment.state.is_open() {
                    self.orders().ended(order, payment.state.name())?;
                }
                self.orders().made(order, &payment.transaction_id.to_string())?;
                Ok(true)
            }
            Err(error) if is_frozen(&error) => Ok(false),
            Err(error) if has_to_wait(&error) => Ok(true),
            Err(error) => Err(error.into()),
        }
    }

    /// Asks for withdrawals. Whether the wallet answers all of them.
    pub(super) fn give_together(&self, orders: &[Order]) -> Result<bool, Failure> {
        let request = |order: &Order| WithdrawalRequest {
            key: order.key(),
            address: self.manager().address_text(&order.recipient()),
            amount: Amount::new(order.amount()),
            micro_amount: None,
        };
        let mut all = true;
        let answers = match self.manager().withdraw(&Wallet::account(), orders.iter().map(request).collect()) {
            Err(error) if is_frozen(&error) => return Ok(false),
            answers => answers?,
        };
        for (order, answer) in orders.iter().zip(answers) {
            let withdrawal = match answer.map_err(WalletError::from) {
                Err(error) if is_frozen(&error) => {
                    all = false;
                    continue;
                }
                answer => answer?,
            };
            let answered = (withdrawal.idempotency_key, withdrawal.address, withdrawal.amount.units());
            if answered != (order.key(), order.recipient(), order.amount()) {
                return Err(format!("{order:?} was answered with {answered:?}").into());
            }
            if withdrawal.state.is_final() {
                self.ended(order, withdrawal.state)?;
            }
        }
        Ok(all)
    }

    /// Cancels an order, unless the wallet has not heard of it yet.
    pub(super) fn stop(&self, order: &Order) -> Result<(), Failure> {
        let stopped = match order.kind {
            Kind::Payment => self.manager().cancel(&PaymentRef::Key(order.key())).map(|_| None),
            Kind::Withdrawal => self.manager().cancel_withdrawal(&order.key()).map(|withdrawal| Some(withdrawal.state)),
        };
        match stopped {
            Ok(Some(state)) if state.is_final() => self.orders().ended(order, state.name()),
            Ok(_) | Err(WalletError::Payment(PaymentError::NotFound)) => Ok(()),
            Err(error) if is_frozen(&error) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }
}

/// What the wallet says of an order, and whether that is final; none: it does not know the key.
pub(super) fn state(manager: &AccountManager, order: &Order) -> Result<Option<(&'static str, bool)>, Failure> {
    let state = match order.kind {
        Kind::Payment => manager
            .payment(&PaymentRef::Key(order.key()))
            .map(|payment| (payment.state.name(), !payment.state.is_open())),
        Kind::Withdrawal => {
            manager.withdrawal(&order.key()).map(|withdrawal| (withdrawal.state.name(), withdrawal.state.is_final()))
        }
    };
    match state {
        Ok(state) => Ok(Some(state)),
        // after a restore it is not known yet
        Err(WalletError::Payment(PaymentError::NotFound | PaymentError::Frozen { .. })) => Ok(None),
        Err(error) => Err(error.into()),
    }
}
