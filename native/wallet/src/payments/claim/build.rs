//! From chosen outputs to a signed claim, and to one that contests a claim which nodes refuse: one of its outputs is claimed anew,
//! for the same customer.

use super::{
    super::{
        Payer, PaymentError, Payments, RemainderStrategy,
        build::{Order, Terms},
        cancel::contest_data,
        pool::candidate,
        request::{claim_digest, contest_digest},
    },
    Chosen, kept_of, refusal,
};
use crate::{
    ledger::{Amount, Network, Payee, UnixTime},
    store::{
        StoreError, address, meta, output,
        payment::{self, NewPaymentRow, OutputRole, PaymentRow},
    },
};

impl Payments {
    /// Signs a claim of these; with `contested`, one that contests that claim.
    pub(super) fn build_claim(
        &self,
        payer: &Payer,
        network: &Network,
        now: UnixTime,
        chosen: Chosen,
        contested: Option<&PaymentRow>,
    ) -> Result<NewPaymentRow, PaymentError> {
        let Chosen { mut rows, own, back } = chosen;
        rows.sort_unstable_by_key(|row| row.output_id);
        let (mut payees, mut roles) = (Vec::new(), Vec::new());
        for ((key, role), amount) in own {
            let row = self.ports.store.readers().read(|conn| address::by_key(conn, key))?;
            let address = row.ok_or_else(|| StoreError::corrupt("an output without address"))?.raw;
            payees.push(Payee { address, amount });
            roles.push(role);
        }
        for (address, amount) in back {
            payees.push(Payee { address, amount });
            roles.push(OutputRole::DepositReturn);
        }
        let order = Order {
            payer,
            digest: match contested {
                Some(contested) => contest_digest(&contested.transaction_id),
                None => claim_digest(rows.iter().map(|row| &row.output_id)),
            },
            payees: &payees,
            role: OutputRole::Claim,
            remainder: RemainderStrategy::ReuseAddress,
            tagged_data: contested.map(|contested| contest_data(&contested.transaction_id)),
            contests: contested.map(|contested| contested.row),
            parts: 1,
        };
        let terms = Terms { roles, at: Some(now), ..Terms::default() };
        let inputs: Vec<_> = rows.into_iter().map(candidate).collect();
        self.build_on(&order, &terms, network, &inputs, Amount::ZERO)
    }

    /// A claim of one output of the claim `payment`, signed, which contests it; none: none of them can be claimed by itself.
    pub(in crate::payments) fn claim_against(
        &self,
        payer: &Payer,
        network: &Network,
        payment: &PaymentRow,
    ) -> Result<Option<NewPaymentRow>, PaymentError> {
        let drafter = &self.ports.drafter;
        let found = self.ports.store.readers().read(|conn| {
            let now = meta::cursor(conn)?.ok_or(PaymentError::NetworkUnknown)?.position.time;
            for input in payment::inputs(conn, payment.row)? {
                let held = output::by_id(conn, &input.output_id)?;
                let Some(row) = held.filter(|row| row.spent_index.is_none() && refusal(row, now).is_none()) else {
                    continue;
                };
                let owner =
                    address::by_key(conn, row.key)?.ok_or_else(|| StoreError::corrupt("an output without address"))?;
                if kept_of(&row) >= drafter.minimum_deposit(&owner.raw, &network.deposit) {
                    return Ok(Some((row, now)));
                }
            }
            Ok::<_, PaymentError>(None)
        })?;
        let Some((row, now)) = found else { return Ok(None) };
        let mut chosen = Chosen::default();
        chosen.take(row)?;
        self.build_claim(payer, network, now, chosen, Some(payment)).map(Some)
    }
}
