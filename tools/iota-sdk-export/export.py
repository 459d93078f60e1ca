#!/usr/bin/env python3
"""Writes what our wallet needs of a wallet directory of iota-sdk or wallet.rs into a JSON file.

    pip install iota-sdk==1.1.4
    python3 export.py WALLET_DIRECTORY EXPORT.json

The directory is the storage path of a wallet of iota-sdk 1.x or wallet.rs 1.0-rc (RocksDB); nothing else may have it open.
Where the wheel iota-sdk is not installed, the wheel iota-wallet of wallet.rs is taken, which reads its own directories only.
What has it open is noticed where RocksDB locks it, on Unix, and refused: addresses that the old program has issued and not
written into its tables yet would be missing, and be issued once more.
A copy of the directory is read, since opening it lets RocksDB write to it: the original stays as it is. No password is asked
for and no secret is written: the seed comes from the Stronghold file or from the mnemonic.

The file is UTF-8 JSON:

    {
      "format": "iota-sdk-export",
      "version": 1,
      "coinType": 4219,
      "accounts": [                    every account, indexes 0, 1, 2, ... without holes
        {
          "index": 0,
          "coinType": 4219,
          "alias": "alice",
          "publicCount": 2,            one more than the highest key index that was issued
          "internalCount": 0,
          "publicAddresses": [         in the order of their key indexes; "label" is optional and never written here
            {"address": "smr1...", "keyIndex": 0, "internal": false},
            {"address": "smr1...", "keyIndex": 1, "internal": false}
          ],
          "internalAddresses": [],
          "notes": {                   what was written to transactions, by their ids; optional
            "0x52fd...": "for the auditor"
          }
        }
      ]
    }
"""

import contextlib
import errno
import json
import os
import shutil
import sys
import tempfile

try:
    import fcntl
except ImportError:  # not on Windows, where nobody can copy what is open
    fcntl = None

try:
    from iota_sdk import Wallet
except ImportError:
    from iota_wallet import IotaWallet as Wallet


def addresses(listed):
    # two calls of iota-sdk at once list the same addresses twice; two different ones of a key index the import refuses
    rows = {(row["keyIndex"], row["address"], row["internal"]) for row in listed}
    return [
        {"address": address, "keyIndex": key_index, "internal": internal} for key_index, address, internal in sorted(rows)
    ]


def count(rows):
    return max((row["keyIndex"] + 1 for row in rows), default=0)


def notes(data):
    transactions = data.get("transactions", {})
    return {key: transactions[key]["note"] for key in sorted(transactions) if transactions[key].get("note")}


def account(data):
    public, internal = addresses(data["publicAddresses"]), addresses(data["internalAddresses"])
    return {
        "index": data["index"],
        "coinType": data["coinType"],
        "alias": data["alias"],
        "publicCount": count(public),
        "internalCount": count(internal),
        "publicAddresses": public,
        "internalAddresses": internal,
        "notes": notes(data),
    }


def listed(wallet):
    """All that the wallet says of each account."""
    for item in wallet.get_accounts():
        # wallet.rs lists them whole
        yield item if isinstance(item, dict) else wallet.get_account_data(item.get_metadata().index)


@contextlib.contextmanager
def locked(directory):
    """Holds RocksDB's own lock of a directory, so that no program opens it for writing meanwhile. Changes nothing there."""
    lock = os.path.join(directory, "LOCK")
    if fcntl is None or not os.path.exists(lock):
        yield
        return
    with open(lock, "rb") as file:
        try:
            fcntl.lockf(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except OSError as error:
            if error.errno not in (errno.EACCES, errno.EAGAIN):
                raise ValueError(f"it cannot be locked ({error}): copy it to a local disk first") from None
            raise ValueError("a program has it open: stop that first") from None
        yield


def read(directory):
    """The accounts of the wallet, from a copy of its directory."""
    with tempfile.TemporaryDirectory() as scratch:
        copy = os.path.join(scratch, "wallet")
        with locked(directory):
            shutil.copytree(directory, copy, ignore=shutil.ignore_patterns("LOCK"))
        # with the client options that the directory has: given others, iota-sdk rewrites the addresses for another network;
        # and with no secrets, which a directory does not have when they were in memory only
        wallet = Wallet(copy, secret_manager="placeholder")
        accounts = [account(data) for data in listed(wallet)]
        if hasattr(wallet, "destroy"):
            wallet.destroy()
    return sorted(accounts, key=lambda item: item["index"])


def write(path, text):
    """Whole or not at all, readable by the owner only, and never over another file."""
    # readable by the owner only; of a name of its own, so that one that a crash left is in nobody's way
    descriptor, temporary = tempfile.mkstemp(".new", os.path.basename(path) + ".", os.path.dirname(path) or ".")
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        os.link(temporary, path)
    finally:
        os.unlink(temporary)


def main(arguments):
    if len(arguments) != 2:
        print(__doc__, file=sys.stderr)
        return 2
    directory, target = arguments
    if not os.path.isfile(os.path.join(directory, "CURRENT")):
        print(f"{directory} is not a wallet directory of iota-sdk or wallet.rs: it has no file CURRENT", file=sys.stderr)
        return 1
    if os.path.exists(target):
        print(f"{target} exists already", file=sys.stderr)
        return 1
    try:
        accounts = read(directory)
    except (OSError, shutil.Error, ValueError) as error:
        print(f"{directory} cannot be read: {error}", file=sys.stderr)
        return 1
    if not accounts:
        print(f"{directory} has no accounts", file=sys.stderr)
        return 1
    export = {
        "format": "iota-sdk-export",
        "version": 1,
        "coinType": accounts[0]["coinType"],
        "accounts": accounts,
    }
    try:
        write(target, json.dumps(export, ensure_ascii=False, indent=1) + "\n")
    except OSError as error:
        print(f"{target} cannot be written: {error}", file=sys.stderr)
        return 1
    total = sum(item["publicCount"] + item["internalCount"] for item in accounts)
    written = sum(len(item["notes"]) for item in accounts)
    print(f"{len(accounts)} accounts with {total} addresses and {written} notes are in {target}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
