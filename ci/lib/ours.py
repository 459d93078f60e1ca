"""A wallet of ours, OurWallet.java, for the foreign client to deal with."""

import os
import subprocess
import tempfile


class OurWallet:
    """One account of a wallet of ours in a process of its own. Needs JAVA_HOME and OUR_CLASS_PATH."""

    def __init__(self, node, mnemonic, coin_type="IOTA", origin="NEW", vault=None, password=None):
        self.directory = tempfile.TemporaryDirectory()
        source = os.path.join(os.path.dirname(os.path.abspath(__file__)), "OurWallet.java")
        java = os.path.join(os.environ["JAVA_HOME"], "bin", "java")
        command = [java, "-cp", os.environ["OUR_CLASS_PATH"], source]
        self.process = subprocess.Popen(
            command + [self.directory.name, node, coin_type, origin] + ([vault] if vault else []),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            encoding="utf-8",
        )
        self._say(mnemonic + (f"\n{password}" if vault else ""))

    def _say(self, line):
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()
        answer = self.process.stdout.readline()
        if not answer:
            raise AssertionError(f"our wallet ended with status {self.process.wait()}")
        return answer.strip()

    def addresses(self, count, internal):
        return self._say(f"addresses {count} {'internal' if internal else 'public'}").split(" ")

    def available(self):
        return int(self._say("sync"))

    def send(self, address, amount):
        answer = self._say(f"send {address} {amount}")
        assert len(answer) == 66, answer

    def take_over(self, file):
        """The accounts of a foreign backup or export: alias, public and internal addresses."""
        accounts = [entry.split(":") for entry in self._say(f"import {file}").split("\t")]
        return [(alias, *(part.split(",") if part else [] for part in parts)) for alias, *parts in accounts]

    def notes(self):
        """What an import brought: account index, transaction id, text."""
        return [tuple(entry.split(":", 2)) for entry in self._say("notes").split("\t")]

    def migrate(self, old, new):
        assert self._say(f"migrate {old} {new}") == "done"

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.stdin.close()
        try:
            self.process.wait(30)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.process.stdout.close()
        self.directory.cleanup()
