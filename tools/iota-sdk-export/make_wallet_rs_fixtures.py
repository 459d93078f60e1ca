#!/usr/bin/env python3
"""Makes the files of wallet.rs that our tests read, with its published wheel iota-wallet 1.0.0rc2, which wants Python 3.11 on
Linux with glibc 2.35 or newer, and a node with a faucet.

    pip install iota-wallet==1.0.0rc2
    stardust-devnet --hrp rms
    python3 make_wallet_rs_fixtures.py DIRECTORY NODE FAUCET [MNEMONIC]

version-2.stronghold         the vault of a Shimmer wallet: a snapshot of version 2 with the seed and nothing else
version-2-backup.stronghold  its backup when it has the account Treasury with one address
wallet-rs.stronghold         its backup when it has the accounts of backup.stronghold, was paid by the faucet, has paid, and has
                             a payment on its way
wallet                       its directory (RocksDB), when that was included
accounts.json                its accounts then: alias, public and internal addresses, available base units

The password of all is "A password, with ümlaut". The mnemonic is that of make_fixtures.py, unless another is given.
"""

import json
import os
import sys
import time
import urllib.request

from iota_wallet import IotaWallet, StrongholdSecretManager

# of the reference vectors; no money but that of a local node was ever on it
MNEMONIC = (
    "endorse answer radar about source reunion marriage tag sausage weekend frost daring base attack because joke "
    "dream slender leisure group reason prepare broken river"
)
PASSWORD = "A password, with ümlaut"
ACCOUNTS = [("Treasury", 302, 3), ("Zoë & Söhne", 150, 0), ("hot", 50, 5)]
SHIMMER = 4219
MILLION = 1_000_000


def available(account):
    return int(account.sync()["baseCoin"]["available"])


def paid_by_faucet(account, faucet):
    body = json.dumps({"address": account.addresses()[0]["address"]}).encode()
    request = urllib.request.Request(faucet + "/api/enqueue", body, {"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=30):
        pass
    wait(lambda: available(account), "the faucet has not paid")
    return available(account)


def wait(condition, otherwise, seconds=60):
    """What the wallet knows is what the node's index says, which follows the ledger."""
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            raise AssertionError(f"{otherwise} within {seconds} s")
        time.sleep(0.2)


def generate(account, amount, internal):
    if amount:
        account.generate_addresses(
            amount, {"internal": internal, "metadata": {"syncing": False, "network": "Testnet"}}
        )


def pay(account, to, amount):
    address = to.addresses()[0]["address"]
    return account.send_amount([{"address": address, "amount": str(amount)}])["transactionId"]


def row(wallet, alias):
    listed = wallet.get_account_data(alias)
    chains = [[one["address"] for one in listed[name]] for name in ("publicAddresses", "internalAddresses")]
    return [alias, *chains, available(wallet.get_account(alias))]


def main(arguments):
    if len(arguments) not in (3, 4):
        print(__doc__, file=sys.stderr)
        return 2
    directory, node, faucet, *mnemonic = arguments
    os.makedirs(directory, exist_ok=True)

    def path(name):
        return os.path.join(directory, name)

    wallet = IotaWallet(
        path("wallet"),
        {"nodes": [node], "localPow": True},
        SHIMMER,
        StrongholdSecretManager(path("version-2.stronghold"), PASSWORD),
    )
    wallet.store_mnemonic(*(mnemonic or [MNEMONIC]))
    for alias, public, internal in ACCOUNTS:
        wallet.create_account(alias)
        if alias == "Treasury":
            wallet.backup(path("version-2-backup.stronghold"), PASSWORD)
        account = wallet.get_account(alias)
        generate(account, public - 1, False)
        generate(account, internal, True)
    treasury, hot = wallet.get_account("Treasury"), wallet.get_account("hot")
    funds = paid_by_faucet(treasury, faucet)
    treasury.retry_transaction_until_included(pay(treasury, hot, 2 * MILLION))
    wait(lambda: available(treasury) == funds - 2 * MILLION, "the first payment was not seen")
    pending = pay(treasury, hot, 3 * MILLION)
    wallet.backup(path("wallet-rs.stronghold"), PASSWORD)
    treasury.retry_transaction_until_included(pending)
    wait(lambda: available(treasury) == funds - 5 * MILLION, "the second payment was not seen")
    wait(lambda: available(hot) == 5 * MILLION, "what was paid was not seen")
    with open(path("accounts.json"), "w", encoding="utf-8") as file:
        json.dump([row(wallet, alias) for alias, _, _ in ACCOUNTS], file, ensure_ascii=False)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
