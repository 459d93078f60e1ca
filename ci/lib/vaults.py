"""Vaults, backups and directories that the wheel and a wallet of ours exchange. Used by foreign.py."""

import os
import shutil
import subprocess
import sys

from iota_sdk import (
    Client,
    ClientOptions,
    CoinType,
    MnemonicSecretManager,
    SecretManager,
    StrongholdSecretManager,
    Utils,
    Wallet,
)
from iota_sdk.iota_sdk import migrate_stronghold_snapshot_v2_to_v3

from ours import OurWallet

PASSWORD = "A password, with ümlaut"
COUNT = 1000
# what wallet.rs and its successor stretch a password with
SALT, ROUNDS = "wallet.rs", 100
ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../..")
TOOLS = os.path.join(ROOT, "tools/iota-sdk-export")
# a vault that wallet.rs wrote, and the mnemonic in it, of the reference vectors
OLD = os.path.join(ROOT, "native/wallet/src/keys/stronghold/fixtures/version-2.stronghold")
OLD_MNEMONIC = (
    "endorse answer radar about source reunion marriage tag sausage weekend frost daring base attack because joke "
    "dream slender leisure group reason prepare broken river"
)
CHAINS = [(coin, internal) for coin in (CoinType.IOTA, CoinType.SHIMMER) for internal in (False, True)]


class Vaults:
    """The first thousand addresses of both chains of both coin types are what is compared."""

    def __init__(self, node, directory):
        self.node, self.directory = node, directory
        self.hrp = Client(nodes=[node]).get_bech32_hrp()

    def path(self, name):
        return os.path.join(self.directory, name)

    def theirs(self, secret_manager):
        secrets = SecretManager(secret_manager)
        return [
            secrets.generate_ed25519_addresses(
                coin_type=coin, start=0, end=COUNT, bech32_hrp=self.hrp, internal=internal
            )
            for coin, internal in CHAINS
        ]

    def ours(self, vault):
        listed = []
        for coin in (CoinType.IOTA, CoinType.SHIMMER):
            with OurWallet(self.node, "", coin.name, vault=vault, password=PASSWORD) as ours:
                listed += [ours.addresses(COUNT, internal) for internal in (False, True)]
        return listed

    def of(self, mnemonic):
        expected = self.theirs(MnemonicSecretManager(mnemonic))
        assert all(len(set(chain)) == COUNT for chain in expected)
        return expected

    def steps(self):
        return [
            self.our_vault_opens_in_the_wheel,
            self.their_vault_opens_in_ours,
            self.both_migrations_of_version_2_give_the_same,
            self.their_backup_moves_in,
            self.their_directory_moves_in,
        ]

    def our_vault_opens_in_the_wheel(self):
        mnemonic, vault = Utils.generate_mnemonic(), self.path("ours.stronghold")
        with OurWallet(self.node, mnemonic, vault=vault, password=PASSWORD) as ours:
            assert len(ours.addresses(1, False)) == 1
        expected = self.of(mnemonic)
        # a copy: what the wheel does to the file is its own affair
        copy = shutil.copyfile(vault, self.path("ours-copy.stronghold"))
        assert self.theirs(StrongholdSecretManager(copy, PASSWORD)) == expected
        assert self.ours(vault) == expected

    def their_vault_opens_in_ours(self):
        mnemonic, vault = Utils.generate_mnemonic(), self.path("theirs.stronghold")
        SecretManager(StrongholdSecretManager(vault, PASSWORD)).store_mnemonic(mnemonic)
        expected = self.of(mnemonic)
        assert self.ours(vault) == expected
        # and in the wheel still
        assert self.theirs(StrongholdSecretManager(vault, PASSWORD)) == expected

    def both_migrations_of_version_2_give_the_same(self):
        by_them, by_us = self.path("by-them.stronghold"), self.path("by-us.stronghold")
        migrate_stronghold_snapshot_v2_to_v3(OLD, PASSWORD, SALT, ROUNDS, by_them, PASSWORD)
        with OurWallet(self.node, "", vault=self.path("empty.stronghold"), password=PASSWORD) as ours:
            ours.migrate(OLD, by_us)
        expected = self.of(OLD_MNEMONIC)
        for migrated in (by_them, by_us):
            assert self.ours(migrated) == expected, migrated
            assert self.theirs(StrongholdSecretManager(migrated, PASSWORD)) == expected, migrated

    def their_backup_moves_in(self):
        theirs = Wallet(
            self.path("moving"),
            ClientOptions(nodes=[self.node]),
            CoinType.SHIMMER,
            StrongholdSecretManager(self.path("moving.stronghold"), PASSWORD),
        )
        theirs.store_mnemonic(Utils.generate_mnemonic())
        for alias, public, internal in (("Treasury", 302, 3), ("Zoë & Söhne", 150, 0), ("hot", 50, 5)):
            account = theirs.create_account(alias)
            account.generate_ed25519_addresses(public - 1)
            for _ in range(internal):
                account._call_account_method(
                    "generateEd25519Addresses", {"amount": 1, "options": {"internal": True}}
                )
        expected = accounts(theirs)
        backup = self.path("backup.stronghold")
        theirs.backup(backup, PASSWORD)
        theirs.destroy()
        assert sum(len(chain) for _, *chains in expected for chain in chains) == 510
        with OurWallet(self.node, "", "SHIMMER", vault=self.path("moved.stronghold"), password=PASSWORD) as ours:
            assert ours.take_over(backup) == expected

    def their_directory_moves_in(self):
        """With the mnemonic in memory only: nothing about it is in the directory."""
        mnemonic, directory, file = Utils.generate_mnemonic(), self.path("exported"), self.path("exported.json")
        theirs = Wallet(
            directory, ClientOptions(nodes=[self.node]), CoinType.SHIMMER, MnemonicSecretManager(mnemonic)
        )
        for alias, public in (("alice", 40), ("bob", 2)):
            theirs.create_account(alias).generate_ed25519_addresses(public - 1)
        expected = accounts(theirs)
        refused = subprocess.run(export_of(sys.executable, directory, file), capture_output=True, text=True)
        assert refused.returncode == 1 and "has it open" in refused.stderr, refused
        theirs.destroy()
        export(sys.executable, directory, file)
        with OurWallet(self.node, mnemonic, "SHIMMER", origin="EXISTING") as ours:
            assert ours.take_over(file) == expected


def accounts(wallet):
    """Alias, public and internal addresses of each."""
    rows = []
    for account in wallet.get_accounts():
        listed = account.addresses()
        chains = [[one.address for one in listed if one.internal is internal] for internal in (False, True)]
        rows.append((account.get_metadata().alias, *chains))
    return rows


def export_of(python, directory, file):
    return [python, os.path.join(TOOLS, "export.py"), directory, file]


def export(python, directory, file):
    subprocess.run(export_of(python, directory, file), check=True, stdout=subprocess.DEVNULL)
