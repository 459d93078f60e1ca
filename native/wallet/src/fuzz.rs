//! What fuzzers feed with bytes that no wallet wrote. Each function answers whether it understood them, and panics only
//! when something is wrong with us. Built for tests and with the feature `fuzzing`.

use crate::{
    ledger::{AddressCodec as _, Amount, DepositRule, Network, OutputId},
    stardust::{Stardust, decode_output, decode_output_json},
};

pub use crate::{
    backup::fuzz::{backup_content, backup_file},
    import::fuzz::{import_backup, import_export},
    keys::fuzz::{snapshot_file, snapshot_values, vault_contents, vault_file},
    payments::fuzz::{journal_file, journal_record},
};

/// The network of TIP-19's examples.
fn network() -> Network {
    Network {
        name: "testnet".to_owned(),
        id: 8_342_982_141_227_064_571,
        protocol_version: 2,
        hrp: "rms".to_owned(),
        min_pow_score: 1500,
        below_max_depth: 15,
        deposit: DepositRule { v_byte_cost: 500, v_byte_factor_data: 1, v_byte_factor_key: 10 },
        token_supply: Amount::new(1_813_620_509_061_365),
    }
}

fn id() -> OutputId {
    OutputId::from_slice(&[0; 34]).expect("an id has up to 34 bytes")
}

/// An output's bytes on the wire.
pub fn output(bytes: &[u8]) -> bool {
    let Ok(output) = decode_output(&id(), bytes, &network()) else { return false };
    assert_eq!(output.raw, bytes, "what is kept are other bytes than the ledger has");
    for address in output.addresses() {
        let text = Stardust.format(address, "rms");
        assert_eq!(Stardust.parse(&text, "rms").as_ref(), Ok(address), "an owner whose address is another's");
    }
    true
}

/// An output as a node's JSON.
pub fn output_json(bytes: &[u8]) -> bool {
    let Ok(text) = std::str::from_utf8(bytes) else { return false };
    let Ok(decoded) = decode_output_json(&id(), text, &network()) else { return false };
    assert!(output(&decoded.raw), "JSON that is an output, and bytes that are none");
    true
}

/// The text of an address.
pub fn address(bytes: &[u8]) -> bool {
    let Ok(text) = std::str::from_utf8(bytes) else { return false };
    let Ok(address) = Stardust.parse(text, "iota") else { return false };
    assert_eq!(Stardust.format(&address, "iota"), text.to_lowercase(), "two texts for an address");
    true
}

#[cfg(test)]
#[path = "../../fuzz/replay.rs"]
mod replay;

#[cfg(test)]
mod tests {
    use super::replay::replay;

    #[test]
    fn outputs() {
        replay("output", super::output, 1);
    }

    #[test]
    fn outputs_in_json() {
        replay("output_json", super::output_json, 1);
    }

    #[test]
    fn addresses() {
        replay("address", super::address, 1);
    }

    #[test]
    fn vault_files() {
        replay("vault_file", super::vault_file, 5);
    }

    #[test]
    fn contents_of_vaults() {
        replay("vault_contents", super::vault_contents, 13);
    }
    #[test]
    fn files_of_backups() {
        replay("backup_file", super::backup_file, 5);
    }

    #[test]
    fn contents_of_backups() {
        replay("backup_content", super::backup_content, 1);
    }

    #[test]
    fn files_of_old_snapshots() {
        replay("snapshot_file", super::snapshot_file, 5);
    }

    #[test]
    fn values_of_snapshots() {
        replay("snapshot_values", super::snapshot_values, 61);
    }

    #[test]
    fn accounts_of_imported_backups() {
        replay("import_backup", super::import_backup, 1);
    }

    #[test]
    fn imported_exports() {
        replay("import_export", super::import_export, 1);
    }

    #[test]
    fn key_journals() {
        replay("journal_file", super::journal_file, 1);
    }

    #[test]
    fn records_of_key_journals() {
        replay("journal_record", super::journal_record, 1);
    }
}
