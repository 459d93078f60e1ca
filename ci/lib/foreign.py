"""Drives the published iota-sdk wheel against a node and its faucet. Called by ci/foreign."""

import json
import os
import shutil
import sys
import tempfile
import time
import traceback
import urllib.request

from iota_sdk import (
    Client as NodeClient,
    ClientOptions,
    CoinType,
    ConsolidationParams,
    CreateNativeTokenParams,
    MintNftParams,
    MnemonicSecretManager,
    SecretManager,
    SendNativeTokensParams,
    SendNftParams,
    SendParams,
    TransactionOptions,
    Utils,
    Wallet,
)

from ours import OurWallet
from vaults import PASSWORD, Vaults
from wallet_rs import WalletRs

MILLION = 1_000_000


class Client:
    """Two accounts of one wallet, and what the steps hand on to one another."""

    def __init__(self, node, faucet, directory):
        self.node, self.faucet = node, faucet
        self.mnemonic = Utils.generate_mnemonic()
        self.wallet = Wallet(
            directory, ClientOptions(nodes=[node]), CoinType.IOTA, MnemonicSecretManager(self.mnemonic)
        )
        self.alice = self.bob = self.token = self.nft = None

    def address(self, account):
        return account.addresses()[0].address

    def done(self, account, transaction):
        account.retry_transaction_until_included(transaction.transactionId)
        return account.sync()

    def accounts(self):
        self.alice = self.wallet.create_account("alice")
        self.bob = self.wallet.create_account("bob")
        assert self.address(self.alice) != self.address(self.bob)
        assert [account.get_metadata().alias for account in self.wallet.get_accounts()] == ["alice", "bob"]

    def faucet_pays(self):
        body = json.dumps({"address": self.address(self.alice)}).encode()
        request = urllib.request.Request(
            self.faucet + "/api/enqueue", body, {"Content-Type": "application/json"}
        )
        with urllib.request.urlopen(request, timeout=30) as answer:
            assert answer.status == 202, answer.status
        wait(lambda: available(self.alice.sync()) == 1000 * MILLION)

    def send(self):
        self.done(self.alice, self.alice.send(2 * MILLION, self.address(self.bob)))
        wait(lambda: available(self.bob.sync()) == 2 * MILLION)
        wait(lambda: available(self.alice.sync()) == 998 * MILLION)

    def hundred_recipients(self):
        params = [SendParams(self.address(self.bob), str(MILLION)) for _ in range(100)]
        self.done(self.alice, self.alice.send_with_params(params))
        wait(lambda: available(self.bob.sync()) == 102 * MILLION)
        assert len(self.bob.unspent_outputs()) == 101

    def consolidate(self):
        self.done(self.bob, self.bob.prepare_consolidate_outputs(ConsolidationParams(force=True)).send())
        wait(lambda: self.bob.sync() and len(self.bob.unspent_outputs()) == 1)
        wait(lambda: available(self.bob.sync()) == 102 * MILLION)

    def micro_amount(self):
        params = [SendParams(self.address(self.bob), "1")]
        self.done(self.alice, self.alice.send_with_params(params, TransactionOptions(allow_micro_amount=True)))

        def claimable():
            self.bob.sync()
            return self.bob.claimable_outputs("All")

        wait(claimable)
        self.done(self.bob, self.bob.claim_outputs(claimable()))
        wait(lambda: available(self.bob.sync()) == 102 * MILLION + 1)
        # the storage deposit has come back
        wait(lambda: available(self.alice.sync()) == 898 * MILLION - 1)

    def same_addresses(self):
        """The first hundred of both chains, of both coin types."""
        mnemonic = Utils.generate_mnemonic()
        hrp = NodeClient(nodes=[self.node]).get_bech32_hrp()
        theirs = SecretManager(MnemonicSecretManager(mnemonic))
        for coin_type in (CoinType.IOTA, CoinType.SHIMMER):
            with OurWallet(self.node, mnemonic, coin_type.name) as ours:
                for internal in (False, True):
                    expected = theirs.generate_ed25519_addresses(
                        coin_type=coin_type, start=0, end=100, bech32_hrp=hrp, internal=internal
                    )
                    assert len(set(expected)) == 100
                    assert ours.addresses(100, internal) == expected, (coin_type, internal)

    def money_both_ways(self):
        with OurWallet(self.node, Utils.generate_mnemonic()) as ours:
            (address,) = ours.addresses(1, False)
            before = available(self.alice.sync())
            self.done(self.alice, self.alice.send(5 * MILLION, address))
            wait(lambda: ours.available() == 5 * MILLION)
            ours.send(self.address(self.alice), 2 * MILLION)
            assert ours.available() == 3 * MILLION
            wait(lambda: available(self.alice.sync()) == before - 3 * MILLION)

    def same_balance_of_a_used_mnemonic(self):
        """A wallet of ours on their mnemonic finds what their first account has."""
        expected = available(self.alice.sync())
        with OurWallet(self.node, self.mnemonic, origin="EXISTING") as ours:
            assert ours.addresses(1, False) == [self.address(self.alice)]
            assert ours.available() == expected, (ours.available(), expected)

    def notes_move_in(self):
        note = 'for "Zoë" & Söhne: 3'
        sent = self.alice.send(MILLION, self.address(self.bob), TransactionOptions(note=note))
        self.done(self.alice, sent)
        with tempfile.TemporaryDirectory() as directory:
            backup, vault = (os.path.join(directory, name) for name in ("backup.stronghold", "vault.stronghold"))
            self.wallet.backup(backup, PASSWORD)
            with OurWallet(self.node, self.mnemonic, origin="EXISTING", vault=vault, password=PASSWORD) as ours:
                assert [alias for alias, *_ in ours.take_over(backup)] == ["alice", "bob"]
                assert ours.notes() == [("0", sent.transactionId, note)], ours.notes()

    def alias(self):
        self.done(self.alice, self.alice.create_alias_output(None, None))
        wait(lambda: len(self.alice.sync().aliases) == 1)

    def mint_tokens(self):
        prepared = self.alice.prepare_create_native_token(CreateNativeTokenParams(100, 1000), None)
        self.token = prepared.token_id()
        self.done(self.alice, prepared.send())
        wait(lambda: tokens(self.alice, self.token) == 100)

    def send_tokens(self):
        params = [SendNativeTokensParams(self.address(self.bob), [(self.token, hex(10))])]
        self.done(self.alice, self.alice.send_native_tokens(params))
        # they come with a storage deposit that wants to be returned
        wait(lambda: self.bob.sync() and self.bob.claimable_outputs("All"))
        self.done(self.bob, self.bob.claim_outputs(self.bob.claimable_outputs("All")))
        wait(lambda: tokens(self.bob, self.token) == 10)
        wait(lambda: tokens(self.alice, self.token) == 90)

    def melt_tokens(self):
        self.done(self.alice, self.alice.melt_native_token(self.token, 20))
        wait(lambda: tokens(self.alice, self.token) == 70)

    def mint_nft(self):
        self.done(self.alice, self.alice.mint_nfts([MintNftParams(immutableMetadata="0x1234")]))
        wait(lambda: self.alice.sync().nfts)
        (self.nft,) = self.alice.sync().nfts

    def send_nft(self):
        self.done(self.alice, self.alice.send_nft([SendNftParams(self.address(self.bob), self.nft)]))
        wait(lambda: self.bob.sync().nfts == [self.nft])
        wait(lambda: self.alice.sync().nfts == [])


def available(balance):
    return int(balance.baseCoin.available)


def tokens(account, token):
    found = [entry for entry in account.sync().nativeTokens if entry.tokenId == token]
    return int(found[0].available, 16) if found else 0


def wait(condition, seconds=60):
    """What their wallet knows is what the node's index says, which follows the ledger."""
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            raise AssertionError(f"not within {seconds} s")
        time.sleep(0.2)


def main():
    directory = tempfile.mkdtemp()
    passed = failed = 0
    try:
        client = Client(sys.argv[1], sys.argv[2], os.path.join(directory, "wallet"))
        files = []
        if "--without-vaults" not in sys.argv:
            files = [client.notes_move_in, *Vaults(sys.argv[1], directory).steps()]
            if "WALLET_RS_PYTHON" in os.environ:
                files += WalletRs(*sys.argv[1:3], directory, os.environ["WALLET_RS_PYTHON"]).steps()
        steps = [
            client.accounts,
            client.faucet_pays,
            client.send,
            client.hundred_recipients,
            client.consolidate,
            client.micro_amount,
            client.same_addresses,
            client.money_both_ways,
            *files,
            client.same_balance_of_a_used_mnemonic,
            client.alias,
            client.mint_tokens,
            client.send_tokens,
            client.melt_tokens,
            client.mint_nft,
            client.send_nft,
        ]
        for step in steps:
            name = step.__name__.replace("_", " ")
            try:
                step()
            except Exception:  # a step that fails is counted, and those that do not need it go on
                failed += 1
                traceback.print_exc()
                print(f"FAILED {name}", flush=True)
            else:
                passed += 1
                print(f"ok {name}", flush=True)
    finally:
        shutil.rmtree(directory, ignore_errors=True)
    print(f"{passed} passed, {failed} failed")
    return 1 if failed or not passed else 0


if __name__ == "__main__":
    sys.exit(main())
