"""What payments cost the published iota-sdk wheel. Called by the bench with a node: prints an address of its own, and then
answers each line that it reads: "ready N" when N outputs are spendable, "send N THREADS" with elapsed seconds and seconds
of the processor."""

import shutil
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor

from iota_sdk import ClientOptions, CoinType, MnemonicSecretManager, SyncOptions, Utils, Wallet

AMOUNT = 300_000


def main(node):
    directory = tempfile.mkdtemp()
    try:
        secrets = MnemonicSecretManager(Utils.generate_mnemonic())
        wallet = Wallet(directory, ClientOptions(nodes=[node]), CoinType.SHIMMER, secrets)
        account = wallet.create_account("payer")
        payee = wallet.create_account("payee").addresses()[0].address
        print(account.addresses()[0].address, flush=True)
        for line in sys.stdin:
            command, count, *rest = line.split()
            if command == "ready":
                while len(account.unspent_outputs()) < int(count) or account.pending_transactions():
                    account.sync(SyncOptions(force_syncing=True))
                    time.sleep(0.2)
                print("ready", flush=True)
            else:
                with ThreadPoolExecutor(int(rest[0])) as pool:
                    start, busy = time.monotonic(), time.process_time()
                    # errors are raised here
                    list(pool.map(lambda _: account.send(AMOUNT, payee), range(int(count))))
                    print(time.monotonic() - start, time.process_time() - busy, flush=True)
    finally:
        shutil.rmtree(directory, ignore_errors=True)


main(sys.argv[1])
