"""Starts the two servers that are compared, each in a directory of its own, and stops them by their process."""

import shutil
import socket
import subprocess
import tempfile
import time
from pathlib import Path

from resp import Closed, Connection, Silent, parse

# So that both evict alike, and no command counts as slow, not even under a sanitizer.
COMMON_ARGUMENTS = [
    *("--bind", "127.0.0.1"),
    *("--enable-debug-command", "yes"),
    *("--maxmemory", "256mb"),
    *("--maxmemory-policy", "allkeys-lru"),
    *("--slowlog-log-slower-than", "1000000"),
]
REDIS_ARGUMENTS = ["--save", "", "--appendonly", "no"]


class StartFailed(Exception):
    """The server ended, or did not answer, after its start."""


class RunningServer:
    """A server process and a control connection to it."""

    def __init__(self, binary, arguments=()):
        self.is_redis = Path(binary).name.startswith(("redis", "valkey"))
        self._binary = str(Path(binary).absolute())
        self._arguments = list(arguments)
        self._password = _option(arguments, "--requirepass")
        self.start()

    @property
    def password(self):
        return self._password

    def start(self):
        self._directory = tempfile.mkdtemp(prefix="sideline-differential-")
        self.port = _free_port()
        extra = REDIS_ARGUMENTS if self.is_redis else []
        arguments = ["--port", str(self.port), *COMMON_ARGUMENTS, *extra, *self._arguments]
        with open(self.log, "wb") as log:
            self._process = subprocess.Popen(
                [self._binary, *arguments], cwd=self._directory, stdout=log, stderr=log, stdin=subprocess.DEVNULL
            )
        self._wait_until_it_answers()
        self.version = _version(self.control)

    @property
    def log(self):
        return Path(self._directory) / "log"

    def connect(self, from_outside=False):
        return Connection(self.port, host=outside_address() if from_outside else "127.0.0.1")

    def alive(self):
        return self._process.poll() is None

    def stop(self):
        self._process.terminate()
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        shutil.rmtree(self._directory, ignore_errors=True)

    def _wait_until_it_answers(self):
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline and self.alive():
            try:
                self.control = Connection(self.port, timeout=15)
                if self._password:
                    self.control.command("AUTH", self._password)
                if self.control.command("PING") == b"+PONG\r\n":
                    return
            except (OSError, Closed, Silent):
                time.sleep(0.01)
        log = self.log.read_text(errors="replace")
        self.stop()
        raise StartFailed(f"{self._binary} does not answer. Its log:\n{log[-2000:]}")


def outside_address():
    """An address of this machine whose connections do not count as coming from it; None if there is none."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))  # sends nothing
            return probe.getsockname()[0]
        except OSError:
            return None


def _option(arguments, name):
    return next((value for key, value in zip(arguments, arguments[1:]) if key == name), None)


def _free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def _version(control):
    text = parse(control.command("INFO", "server")).value.decode()
    fields = dict(line.split(":", 1) for line in text.splitlines() if ":" in line)
    return tuple(int(part) for part in fields["redis_version"].split(".")[:2])
