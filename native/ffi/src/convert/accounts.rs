//! Accounts, addresses and balances.

use stardust_wallet::manager;

use crate::message::{
    scalar::Hex,
    types::{AccountAddress, AccountInfo, AccountRef, Balance},
};

impl From<&AccountRef> for manager::AccountRef {
    fn from(account: &AccountRef) -> Self {
        match account {
            // keys are hardened, so no account has the greatest index
            AccountRef::Index(index) => Self::Index(u32::try_from(*index).unwrap_or(u32::MAX)),
            AccountRef::Alias(alias) => Self::Alias(alias.clone()),
        }
    }
}

impl From<manager::AccountInfo> for AccountInfo {
    fn from(info: manager::AccountInfo) -> Self {
        Self {
            index: info.index,
            alias: info.alias,
            public_address_count: info.public_count,
            internal_address_count: info.internal_count,
        }
    }
}

impl From<manager::AccountAddress> for AccountAddress {
    fn from(address: manager::AccountAddress) -> Self {
        Self {
            address: address.address,
            raw: Hex::bytes(address.raw.as_slice()),
            account_index: address.account,
            key_index: address.key_index,
            internal: address.internal,
            label: address.label,
            used: address.used,
            balance: address.balance.into(),
            watched_from: address.watched_from.map(|index| index.0),
            past: address.past.into(),
        }
    }
}

impl From<manager::Balance> for Balance {
    fn from(balance: manager::Balance) -> Self {
        Self {
            total: balance.total.into(),
            available: balance.available.into(),
            incoming: balance.incoming.into(),
            locked: balance.locked.into(),
            held: balance.held.into(),
            required_storage_deposit: balance.required_storage_deposit.into(),
            output_count: balance.output_count,
        }
    }
}
