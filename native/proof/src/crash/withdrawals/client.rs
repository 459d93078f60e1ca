//! The process that is killed: an exchange whose customers withdraw. Its client orders payments and withdrawals, asks
//! for the same keys again and again, cancels some, and notes what the wallet tells of them.

use std::{
    io::{Write as _, stderr},
    path::Path,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    thread,
    time::Duration,
};

use stardust_proof::{Failure, Random, Wallet};
use stardust_wallet::{
    ledger::Amount,
    manager::{AccountManager, WalletError},
    payments::{PaymentError, PaymentRef, SendOptions, WithdrawalRequest},
};

use super::{
    orders,
    orders::{Kind, Order, Orders},
};
use crate::worker::{Exchange, end_with_the_driver, say};

/// Addresses that customers deposit to.
const ADDRESSES: u32 = 20;
/// With so many open orders of a kind no new ones come.
const MOST_OPEN: usize = 60;
const SETTLE: Duration = Duration::from_secs(120);

/// What a thread of the worker does.
type Task = fn(&Client) -> Result<(), Failure>;

/// Works until it is killed, or until standard input ends.
pub(crate) fn pay(directory: &Path, node: &str) -> Result<(), Failure> {
    end_with_the_driver();
    let client = Client::open(directory, node)?;
    say("ready")?;
    let tasks: [Task; 6] = [
        Client::show,
        |client| client.exchange.report(),
        Client::send,
        Client::withdraw,
        Client::cancel,
        Client::watch,
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

/// Asks for all that is open until all of it has ended.
pub(crate) fn finish(directory: &Path, node: &str) -> Result<(), Failure> {
    let client = Client::open(directory, node)?;
    let reporter = Arc::clone(&client);
    thread::spawn(move || reporter.exchange.report());
    client.manager().sync(SETTLE)?;
    loop {
        let open = client.again()?;
        if open == 0 {
            client.manager().close();
            return Ok(());
        }
        say(&format!("error {open} orders are open"))?;
        thread::sleep(Duration::from_millis(200));
        client.look()?;
    }
}

struct Client {
    exchange: Exchange,
    orders: Mutex<Orders>,
}

/// What a customer has to wait for: the same key is asked for again.
const fn has_to_wait(error: &WalletError) -> bool {
    matches!(error, WalletError::Payment(PaymentError::InsufficientFunds { .. } | PaymentError::TooManyInputs { .. }))
}

fn pause(random: &mut Random, milliseconds: u64) {
    thread::sleep(Duration::from_millis(random.below(milliseconds)));
}

impl Client {
    fn open(directory: &Path, node: &str) -> Result<Arc<Self>, Failure> {
        let orders = Mutex::new(Orders::open(&orders(directory))?);
        Ok(Arc::new(Self { exchange: Exchange::open(directory, node)?, orders }))
    }

    fn manager(&self) -> &AccountManager {
        self.exchange.manager()
    }

    fn orders(&self) -> MutexGuard<'_, Orders> {
        self.orders.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Addresses for deposits, each told when it is issued; then no more.
    fn show(&self) -> Result<(), Failure> {
        while self.manager().account(&Wallet::account())?.public_count < ADDRESSES {
            self.exchange.show_address()?;
        }
        Ok(())
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
        payments.iter().try_for_each(|order| self.give(order))?;
        withdrawals.chunks(100).try_for_each(|some| self.give_together(some))?;
        let mut all = payments.iter().chain(&withdrawals).filter(|order| order.cancel);
        all.try_for_each(|order| self.stop(order))?;
        Ok(payments.len() + withdrawals.len())
    }

    fn all_open(&self) -> Result<(Vec<Order>, Vec<Order>), Failure> {
        let orders = self.orders();
        Ok((orders.open_ones(Kind::Payment)?, orders.open_ones(Kind::Withdrawal)?))
    }

    /// Payments, one at a time.
    fn send(&self) -> Result<(), Failure> {
        self.meet();
        let mut random = Random::new(Random::fresh_seed());
        let open = self.orders().open_ones(Kind::Payment)?;
        open.iter().try_for_each(|order| self.give(order))?;
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
            orders.drain(..).try_for_each(|order| self.give(&order))?;
            pause(&mut random, 40);
        }
    }

    /// Withdrawals, some at a time; now and then with keys that were used before.
    fn withdraw(&self) -> Result<(), Failure> {
        self.meet();
        let mut random = Random::new(!Random::fresh_seed());
        let open = self.orders().open_ones(Kind::Withdrawal)?;
        open.chunks(100).try_for_each(|some| self.give_together(some))?;
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

    /// Notes which open orders have ended.
    fn look(&self) -> Result<(), Failure> {
        let (payments, withdrawals) = self.all_open()?;
        for order in payments.iter().chain(&withdrawals) {
            if let Some((state, true)) = state(self.manager(), order)? {
                self.orders().ended(order, state)?;
            }
        }
        Ok(())
    }

    fn give(&self, order: &Order) -> Result<(), Failure> {
        let address = self.manager().address_text(&order.recipient());
        let options = SendOptions { idempotency_key: Some(order.key()), ..SendOptions::default() };
        let payees = vec![(address, Amount::new(order.amount()))];
        match self.manager().send_amount(&Wallet::account(), payees, options) {
            Ok(payment) => {
                if !payment.state.is_open() {
                    self.orders().ended(order, payment.state.name())?;
                }
                self.orders().made(order, &payment.transaction_id.to_string())
            }
            Err(error) if has_to_wait(&error) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }

    fn give_together(&self, orders: &[Order]) -> Result<(), Failure> {
        let request = |order: &Order| WithdrawalRequest {
            key: order.key(),
            address: self.manager().address_text(&order.recipient()),
            amount: Amount::new(order.amount()),
            micro_amount: None,
        };
        let answers = self.manager().withdraw(&Wallet::account(), orders.iter().map(request).collect())?;
        for (order, answer) in orders.iter().zip(answers) {
            let withdrawal = answer.map_err(WalletError::from)?;
            let answered = (withdrawal.idempotency_key, withdrawal.address, withdrawal.amount.units());
            if answered != (order.key(), order.recipient(), order.amount()) {
                return Err(format!("{order:?} was answered with {answered:?}").into());
            }
            if withdrawal.state.is_final() {
                self.orders().ended(order, withdrawal.state.name())?;
            }
        }
        Ok(())
    }

    /// Cancels an order, unless the wallet has not heard of it yet.
    fn stop(&self, order: &Order) -> Result<(), Failure> {
        let stopped = match order.kind {
            Kind::Payment => self.manager().cancel(&PaymentRef::Key(order.key())).map(drop),
            Kind::Withdrawal => self.manager().cancel_withdrawal(&order.key()).map(drop),
        };
        match stopped {
            Ok(()) | Err(WalletError::Payment(PaymentError::NotFound)) => Ok(()),
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
        Err(WalletError::Payment(PaymentError::NotFound)) => Ok(None),
        Err(error) => Err(error.into()),
    }
}
