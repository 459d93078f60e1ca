//! The naive wallet: a list of everything that ever happened, and rules in their plainest form.

use std::collections::BTreeMap;

use crate::{
    events::{InclusionState, LedgerEvent, LoggedEvent, OwnAddress},
    ledger::{Address, LedgerOutput, OutputId, OutputKind, Position, TransactionId},
    manager::Balance,
    payments::Payment,
    store::payment::OutputRole,
};

/// Account, chain, index.
pub(super) type Key = (u32, bool, u32);

struct Mile {
    at: Position,
    created: Vec<LedgerOutput>,
    consumed: Vec<(OutputId, TransactionId)>,
}

/// Everything that ever happened.
pub(super) struct History {
    begin: Position,
    miles: Vec<Mile>,
    issued: Vec<(Key, Address)>,
    /// What each output of a payment of ours is for.
    roles: BTreeMap<OutputId, OutputRole>,
    payments: Vec<TransactionId>,
}

/// What an account holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Account {
    plain: u64,
    held: u64,
    assets: u64,
    deposit: u64,
    count: u64,
    pub(super) locked: u64,
    pub(super) incoming: u64,
}

impl Account {
    pub(super) fn available(&self) -> u64 {
        self.plain - self.locked
    }

    pub(super) fn of(balance: &Balance) -> Self {
        let Balance { total, available, incoming, locked, held, required_storage_deposit, output_count } = *balance;
        let plain = available.units() + locked.units();
        Self {
            plain,
            held: held.units(),
            assets: total.units() - plain - held.units(),
            deposit: required_storage_deposit.units(),
            count: output_count,
            locked: locked.units(),
            incoming: incoming.units(),
        }
    }
}

/// What an output is to the wallet at some time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Standing {
    key: Key,
    class: &'static str,
    origin: &'static str,
}

/// What the wallet has at some milestone: its outputs.
pub(super) struct Moment(Vec<(LedgerOutput, Standing)>);

/// An event without what a test cannot know.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Fact {
    /// Milestone and its time.
    at: (u32, u32),
    kind: &'static str,
    /// The output or transaction.
    subject: String,
    /// Whose, with the balances of the address and of the account.
    own: Option<(Key, u64, u64)>,
    /// What else it says.
    says: String,
}

impl Fact {
    /// None: a payment on its way, which no milestone decides.
    pub(super) fn of(logged: &LoggedEvent) -> Option<Self> {
        let own = |own: &OwnAddress| {
            let key = (own.account, own.internal, own.key_index);
            Some((key, own.address_balance.units(), own.account_balance.units()))
        };
        let (subject, own, says) = match &logged.event {
            LedgerEvent::NewOutput(event) => (
                event.output_id.to_string(),
                own(&event.own),
                format!("{} {} {}", event.class.name(), event.origin.name(), event.creditable),
            ),
            LedgerEvent::SpentOutput(event) => {
                (event.output_id.to_string(), own(&event.own), event.spent_by.unwrap().to_string())
            }
            LedgerEvent::OutputLapsed(event) => (
                event.output_id.to_string(),
                own(&event.own),
                format!("{} {} {} {}", event.change.name(), event.class.name(), event.origin.name(), event.creditable),
            ),
            LedgerEvent::Deposit(event) => {
                assert!(event.id.ends_with(&format!(":{}:deposit", event.output_id)));
                (event.output_id.to_string(), own(&event.own), format!("{} {}", event.origin.name(), event.amount))
            }
            LedgerEvent::Incident(event) => (event.output_id.unwrap().to_string(), None, event.kind.name().to_owned()),
            LedgerEvent::TransactionInclusion(event) => match event.state {
                InclusionState::Pending => return None,
                state => (event.transaction_id.to_string(), None, state.name().to_owned()),
            },
            LedgerEvent::Withdrawal(_) => return None,
        };
        let at = (logged.milestone_index.0, logged.milestone_time.0);
        Some(Self { at, kind: logged.event.kind(), subject, own, says })
    }
}

impl History {
    pub(super) fn beginning_at(begin: Position) -> Self {
        let (miles, issued, roles, payments) = Default::default();
        Self { begin, miles, issued, roles, payments }
    }

    pub(super) fn milestone(
        &mut self,
        at: Position,
        created: Vec<LedgerOutput>,
        consumed: Vec<(OutputId, TransactionId)>,
    ) {
        self.miles.push(Mile { at, created, consumed });
    }

    pub(super) fn issue(&mut self, key: Key, address: Address) {
        self.issued.push((key, address));
    }

    pub(super) fn sign(&mut self, payment: &Payment) {
        self.payments.push(payment.transaction_id);
        self.roles.extend(payment.outputs.iter().map(|output| (output.output_id, output.role)));
    }

    pub(super) fn addresses(&self) -> impl Iterator<Item = Address> {
        self.issued.iter().map(|(_, address)| *address)
    }

    /// The public addresses of an account.
    pub(super) fn addresses_of(&self, account: u32) -> impl Iterator<Item = Address> {
        self.issued.iter().filter(move |(key, _)| (key.0, key.1) == (account, false)).map(|(_, address)| *address)
    }

    /// All outputs of the ledger that nobody has spent.
    pub(super) fn unspent(&self) -> Vec<LedgerOutput> {
        self.unspent_after(self.miles.len())
    }

    pub(super) fn now(&self) -> Moment {
        self.after(self.miles.len())
    }

    /// The events of all milestones.
    pub(super) fn facts(&self) -> Vec<Fact> {
        (0..self.miles.len()).flat_map(|mile| self.facts_of(mile)).collect()
    }

    fn time(&self, count: usize) -> u32 {
        count.checked_sub(1).map_or(self.begin.time.0, |last| self.miles[last].at.time.0)
    }

    fn unspent_after(&self, count: usize) -> Vec<LedgerOutput> {
        let miles = &self.miles[..count];
        let spent = |id| miles.iter().any(|mile| mile.consumed.iter().any(|(consumed, _)| *consumed == id));
        miles.iter().flat_map(|mile| &mile.created).filter(|output| !spent(output.id)).cloned().collect()
    }

    /// What the wallet has after so many milestones.
    fn after(&self, count: usize) -> Moment {
        let time = self.time(count);
        let ours = self.unspent_after(count).into_iter();
        Moment(ours.filter_map(|output| Some((output.clone(), self.standing(&output, time)?))).collect())
    }

    fn key_of(&self, address: &Address) -> Option<Key> {
        self.issued.iter().find(|(_, issued)| issued == address).map(|(key, _)| *key)
    }

    /// What an output is to us at a time, by the table of conditional outputs.
    fn standing(&self, output: &LedgerOutput, time: u32) -> Option<Standing> {
        let conditions = &output.conditions;
        let expired = conditions.expiration.filter(|expiration| time >= expiration.time.0);
        let owner = expired.map_or(output.owner, |expiration| expiration.return_address);
        let key = self.key_of(&owner)?;
        let locked = conditions.timelock.is_some_and(|until| time < until.0);
        let bound = conditions.expiration.is_some() || conditions.deposit_return.is_some();
        let class = if output.kind != OutputKind::Basic || !output.native_tokens.is_empty() {
            "asset"
        } else if locked || (bound && expired.is_none()) {
            "held"
        } else {
            "plain"
        };
        let created = self.origin(output);
        let origin = if expired.is_some() && created != "unknownOwn" { "ownReturn" } else { created };
        Some(Standing { key, class, origin })
    }

    /// Where an output came from when it was created, but for a return by expiration.
    fn origin(&self, output: &LedgerOutput) -> &'static str {
        if let Some(role) = self.roles.get(&output.id) {
            return match role {
                OutputRole::Payee => "paymentRecipient",
                OutputRole::Remainder => "change",
                other => panic!("no payment makes {other:?}"),
            };
        }
        let mile = self.miles.iter().find(|mile| mile.created.iter().any(|created| created.id == output.id)).unwrap();
        let all = || self.miles.iter().flat_map(|mile| &mile.created);
        let spends_ours = mile.consumed.iter().any(|(id, by)| {
            let consumed = all().find(|created| created.id == *id).unwrap();
            *by == output.transaction_id && self.owned(consumed, mile.at.time.0)
        });
        if spends_ours { "unknownOwn" } else { "external" }
    }

    fn owned(&self, output: &LedgerOutput, time: u32) -> bool {
        let expired = output.conditions.expiration.filter(|expiration| time >= expiration.time.0);
        self.key_of(&expired.map_or(output.owner, |expiration| expiration.return_address)).is_some()
    }

    fn facts_of(&self, number: usize) -> Vec<Fact> {
        let mile = &self.miles[number];
        let (before, time) = (self.time(number), mile.at.time.0);
        let moment = self.after(number + 1);
        let at = (mile.at.index.0, time);
        let fact = |kind, subject: String, key: Option<Key>, says| {
            let own = key.map(|key| (key, moment.address(key), moment.account(key.0).total()));
            Fact { at, kind, subject, own, says }
        };
        let credit = |output: &LedgerOutput, now: &Standing| {
            let deposit = now.class == "plain" && matches!(now.origin, "external" | "paymentRecipient");
            if deposit { output.amount.units() } else { 0 }
        };
        let (mut facts, mut deposits, mut incidents) = (Vec::new(), Vec::new(), Vec::new());
        let mut created = mile.created.clone();
        created.sort_by_key(|output| output.id);
        for output in &created {
            let Some(now) = self.standing(output, time) else { continue };
            let credit = credit(output, &now);
            let says = format!("{} {} {credit}", now.class, now.origin);
            facts.push(fact("newOutput", output.id.to_string(), Some(now.key), says));
            if credit > 0 {
                deposits.push((output.id, now, credit));
            }
            if now.origin == "unknownOwn" {
                incidents.push(fact("incident", output.id.to_string(), None, "unknownOwn".to_owned()));
            }
        }
        let known = |id: &OutputId| self.miles.iter().flat_map(|mile| &mile.created).find(|output| output.id == *id);
        let mut consumed = mile.consumed.clone();
        consumed.sort();
        for (id, by) in &consumed {
            let Some(now) = self.standing(known(id).unwrap(), time) else { continue };
            facts.push(fact("spentOutput", id.to_string(), Some(now.key), by.to_string()));
        }
        let mut older = self.unspent_after(number);
        older.sort_by_key(|output| output.id);
        for output in &older {
            let (was, now) = (self.standing(output, before), self.standing(output, time));
            let mut lapsed = |key, change: &str, class, origin, credit: u64| {
                let says = format!("{change} {class} {origin} {credit}");
                facts.push(fact("lapsedOutput", output.id.to_string(), Some(key), says));
            };
            let end = output.conditions.expiration.map(|expiration| expiration.time.0);
            if end.is_some_and(|end| before < end && end <= time) {
                if let Some(was) = was.filter(|was| now.is_none_or(|now| now.key != was.key)) {
                    lapsed(was.key, "lost", "foreign", was.origin, 0);
                }
                if let Some(now) = now {
                    lapsed(now.key, "returned", now.class, now.origin, 0);
                }
            } else if let (Some(was), Some(now)) = (was, now)
                && was.class != now.class
            {
                let credit = credit(output, &now);
                lapsed(now.key, "unlocked", now.class, now.origin, credit);
                if credit > 0 {
                    deposits.push((output.id, now, credit));
                }
            }
        }
        deposits.sort_by_key(|(id, ..)| *id);
        let told = deposits.iter().map(|(id, now, credit)| {
            fact("deposit", id.to_string(), Some(now.key), format!("{} {credit}", now.origin))
        });
        facts.extend(told);
        let mut confirmed: Vec<_> = self.payments.clone();
        confirmed.retain(|payment| consumed.iter().any(|(_, by)| by == payment));
        confirmed.sort();
        facts.extend(confirmed.iter().map(|id| fact("transactionInclusion", id.to_string(), None, "confirmed".into())));
        facts.extend(incidents);
        // only our keys can spend what is plain, and of all transactions only our payments are ours
        let mut strangers = BTreeMap::new();
        for (id, by) in consumed.iter().filter(|(_, by)| !self.payments.contains(by)) {
            if self.standing(known(id).unwrap(), time).is_some_and(|now| now.class == "plain") {
                strangers.entry(*by).or_insert(*id);
            }
        }
        let stranger = |id: &OutputId| fact("incident", id.to_string(), None, "foreignSigner".to_owned());
        facts.extend(strangers.values().map(stranger));
        facts
    }
}

impl Account {
    fn total(&self) -> u64 {
        self.plain + self.held + self.assets
    }
}

impl Moment {
    pub(super) fn account(&self, index: u32) -> Account {
        let mut account = Account::default();
        for (output, now) in self.0.iter().filter(|(_, now)| now.key.0 == index) {
            let amount = output.amount.units();
            match now.class {
                "plain" => account.plain += amount,
                "held" => account.held += amount,
                _ => account.assets += amount,
            }
            account.deposit += output.minimum_deposit.units();
            account.count += 1;
        }
        account
    }

    pub(super) fn address(&self, key: Key) -> u64 {
        self.0.iter().filter(|(_, now)| now.key == key).map(|(output, _)| output.amount.units()).sum()
    }

    pub(super) fn outputs_of(&self, account: u32) -> Vec<(OutputId, Key, &'static str, &'static str)> {
        let ours = self.0.iter().filter(|(_, now)| now.key.0 == account);
        let mut ours: Vec<_> = ours.map(|(output, now)| (output.id, now.key, now.class, now.origin)).collect();
        ours.sort_unstable();
        ours
    }
}
