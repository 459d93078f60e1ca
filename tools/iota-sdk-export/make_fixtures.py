#!/usr/bin/env python3
"""Makes the files of iota-sdk that our tests read, with the published wheel iota-sdk 1.1.4.

    pip install iota-sdk==1.1.4
    python3 make_fixtures.py DIRECTORY

backup.stronghold  a backup of a Shimmer wallet on a network with addresses rms1...: accounts Treasury (302 public and
                   3 internal addresses), "Zoë & Söhne" (150 public), hot (50 public, 5 internal); its password is
                   "A password, with ümlaut", and its mnemonic the one below
export.json        the same wallet through export.py
addresses.json     for each coin type and chain the first 1,000 addresses of account 0: the first, the last, and the
                   SHA-256 of all of them as text, with a line feed after each
"""

import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile

from iota_sdk import (
    ClientOptions,
    CoinType,
    MnemonicSecretManager,
    SecretManager,
    StrongholdSecretManager,
    Wallet,
)

# of the reference vectors; no money was ever on it
MNEMONIC = (
    "endorse answer radar about source reunion marriage tag sausage weekend frost daring base attack because joke "
    "dream slender leisure group reason prepare broken river"
)
PASSWORD = "A password, with ümlaut"
ACCOUNTS = [("Treasury", 302, 3), ("Zoë & Söhne", 150, 0), ("hot", 50, 5)]
HRP = "rms"


def generate(account, amount, internal):
    if amount:
        account._call_account_method(
            "generateEd25519Addresses", {"amount": amount, "options": {"internal": internal}}
        )


def wallet(scratch, target):
    vault = os.path.join(scratch, "wallet.stronghold")
    directory = os.path.join(scratch, "wallet")
    theirs = Wallet(
        directory, ClientOptions(nodes=["http://localhost:1"]), CoinType.SHIMMER, StrongholdSecretManager(vault, PASSWORD)
    )
    theirs.store_mnemonic(MNEMONIC)
    for alias, public, internal in ACCOUNTS:
        account = theirs.create_account(alias, HRP)
        generate(account, public - 1, False)
        generate(account, internal, True)
    backup = os.path.join(scratch, "backup.stronghold")
    theirs.backup(backup, PASSWORD)
    theirs.destroy()
    shutil.copyfile(backup, os.path.join(target, "backup.stronghold"))
    export = os.path.join(target, "export.json")
    if os.path.exists(export):
        os.unlink(export)
    script = os.path.join(os.path.dirname(os.path.abspath(__file__)), "export.py")
    subprocess.run([sys.executable, script, directory, export], check=True)


def vectors():
    theirs = SecretManager(MnemonicSecretManager(MNEMONIC))
    rows = []
    for coin_type, hrp in ((CoinType.IOTA, "iota"), (CoinType.SHIMMER, "smr")):
        for internal in (False, True):
            listed = theirs.generate_ed25519_addresses(
                coin_type=coin_type, start=0, end=1000, bech32_hrp=hrp, internal=internal
            )
            text = "".join(address + "\n" for address in listed)
            rows.append(
                {
                    "coinType": int(coin_type),
                    "hrp": hrp,
                    "internal": internal,
                    "first": listed[0],
                    "last": listed[-1],
                    "sha256": hashlib.sha256(text.encode()).hexdigest(),
                }
            )
    return rows


def main(arguments):
    if len(arguments) != 1:
        print(__doc__, file=sys.stderr)
        return 2
    (target,) = arguments
    os.makedirs(target, exist_ok=True)
    with tempfile.TemporaryDirectory() as scratch:
        wallet(scratch, target)
    with open(os.path.join(target, "addresses.json"), "w", encoding="utf-8") as file:
        json.dump(vectors(), file, indent=1)
        file.write("\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
