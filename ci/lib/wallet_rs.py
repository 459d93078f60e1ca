"""What the published wheel of wallet.rs writes, and a wallet of ours takes over. Used by foreign.py."""

import json
import os
import subprocess
import sys
import time

from iota_sdk import Utils

from ours import OurWallet
from vaults import PASSWORD, TOOLS, export


class WalletRs:
    """A wallet of wallet.rs that was paid and has paid, in files; `python` is one that has the wheel."""

    def __init__(self, node, faucet, directory, python):
        self.node, self.faucet, self.python = node, faucet, python
        self.directory = os.path.join(directory, "wallet-rs")
        self.accounts = self.available = None

    def path(self, name):
        return os.path.join(self.directory, name)

    def steps(self):
        return [
            self.wallet_rs_writes_its_files,
            self.a_backup_of_wallet_rs_moves_in,
            self.a_vault_and_a_directory_of_wallet_rs_move_in,
        ]

    def wallet_rs_writes_its_files(self):
        maker = os.path.join(TOOLS, "make_wallet_rs_fixtures.py")
        arguments = [self.directory, self.node, self.faucet, Utils.generate_mnemonic()]
        subprocess.run([self.python, maker, *arguments], check=True)
        with open(self.path("accounts.json"), encoding="utf-8") as file:
            rows = json.load(file)
        self.accounts = [tuple(row[:3]) for row in rows]
        self.available = rows[0][3]
        assert self.available > 0
        assert sum(len(chain) for _, *chains in self.accounts for chain in chains) == 510

    def ours(self, vault):
        return OurWallet(self.node, "", "SHIMMER", vault=self.path(vault), password=PASSWORD)

    def a_backup_of_wallet_rs_moves_in(self):
        with self.ours("moved.stronghold") as ours:
            assert ours.take_over(self.path("wallet-rs.stronghold")) == self.accounts
            self.assert_has_the_money(ours)

    def a_vault_and_a_directory_of_wallet_rs_move_in(self):
        by_sdk, by_itself = self.path("by-iota-sdk.json"), self.path("by-wallet-rs.json")
        for python, file in ((sys.executable, by_sdk), (self.python, by_itself)):
            export(python, self.path("wallet"), file)
        with open(by_sdk, "rb") as one, open(by_itself, "rb") as other:
            assert one.read() == other.read()
        with self.ours("none.stronghold") as ours:
            ours.migrate(self.path("version-2.stronghold"), self.path("version-3.stronghold"))
        with self.ours("version-3.stronghold") as ours:
            assert ours.take_over(by_sdk) == self.accounts
            self.assert_has_the_money(ours)

    def assert_has_the_money(self, ours):
        """It is searched for in the background."""
        end = time.monotonic() + 60
        while ours.available() != self.available:
            assert time.monotonic() < end, (ours.available(), self.available)
            time.sleep(0.2)
