"""What a sync costs the published iota-sdk wheel. Called by the bench, with a development node and numbers of
addresses; prints "ADDRESSES SECONDS REQUESTS" for each: the second of two syncs in which nothing is new for it."""

import shutil
import sys
import tempfile
import time
import urllib.request

from iota_sdk import ClientOptions, CoinType, MnemonicSecretManager, SyncOptions, Utils, Wallet

BATCH = 5_000


def requests(node, reset=False):
    """Counts the requests that the node got since the last reset."""
    if reset:
        post = urllib.request.Request(node + "/api/devnet/v1/requests/reset", b"")
        urllib.request.urlopen(post, timeout=30).close()
        return 0
    with urllib.request.urlopen(node + "/api/devnet/v1/requests", timeout=30) as answer:
        return int(answer.read().split(b'"total":')[1].split(b",")[0].rstrip(b"}"))


def main(node, sizes):
    directory = tempfile.mkdtemp()
    try:
        secrets = MnemonicSecretManager(Utils.generate_mnemonic())
        wallet = Wallet(directory, ClientOptions(nodes=[node]), CoinType.SHIMMER, secrets)
        account = wallet.create_account("bench")
        options = SyncOptions(force_syncing=True)
        have = 1
        for size in sizes:
            while have < size:
                count = min(BATCH, size - have)
                account.generate_ed25519_addresses(count)
                have += count
            account.sync(options)
            requests(node, reset=True)
            start = time.monotonic()
            account.sync(options)
            seconds = time.monotonic() - start
            print(size, f"{seconds:.6f}", requests(node), flush=True)
    finally:
        shutil.rmtree(directory, ignore_errors=True)


main(sys.argv[1], [int(size) for size in sys.argv[2:]])
