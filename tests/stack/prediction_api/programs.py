"""The programs of these tests, each in a folder of its own, and a client for the API."""
import contextlib
import http.client
import json
import os
import queue
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
import time
import unittest
from pathlib import Path

API = os.environ["PREDICTION_API"]
SERVER = os.environ["SERVER_UNDER_TEST"]
SECRET = "0123456789abcdef0123456789abcdef"
PATIENCE = 30  # seconds, for whatever comes at all


def wait_until(condition, what):
    """Until the condition holds; returns what it returned."""
    deadline = time.monotonic() + PATIENCE
    while True:
        found = condition()
        if found:
            return found
        if time.monotonic() > deadline:
            raise AssertionError(f"it did not happen: {what}")
        time.sleep(0.02)


class Program:
    """A process whose output is kept, line by line."""

    def __init__(self, arguments, **options):
        self.process = subprocess.Popen(arguments, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                                        text=True, **options)
        self.lines = []
        self._new = queue.Queue()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self):
        for line in self.process.stdout:
            self.lines.append(line.rstrip("\n"))
            self._new.put(self.lines[-1])
        self._new.put(None)

    def wait_for(self, text):
        """The next line that has this text in it."""
        while (line := self._new.get(timeout=PATIENCE)) is not None:
            if text in line:
                return line
        raise AssertionError(f"it ended without '{text}': {self.lines}")

    def pause(self):
        """Returns once none of its threads runs: the signal alone lets it answer for a while."""
        self.process.send_signal(signal.SIGSTOP)
        os.waitid(os.P_PID, self.process.pid, os.WSTOPPED)

    def end(self, how=signal.SIGTERM):
        """Its exit code."""
        if self.process.poll() is None:
            self.process.send_signal(how)
        try:
            code = self.process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            self.process.kill()
            raise
        self._reader.join(PATIENCE)
        self.process.stdout.close()
        return code


class Api(Program):
    """prediction-api on a free port. `settings` are environment variables."""

    def __init__(self, **settings):
        environment = {"PATH": os.environ["PATH"], "PORT": "0", "JWT_SECRET": SECRET, "MODEL_MS": "5",
                       "SHUTDOWN_DELAY_MS": "0", **settings}
        super().__init__([API], env=environment)
        self.port = int(self.wait_for("listening on").rsplit(":", 1)[1])

    def ask(self, method, path, body=None, headers=None):
        """The response, with its body as `text`."""
        with contextlib.closing(http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)) as connection:
            if body is not None and not isinstance(body, (str, bytes)):
                body = json.dumps(body)
            connection.request(method, path, body, headers or {})
            response = connection.getresponse()
            response.text = response.read().decode()
            return response

    def get(self, path, **headers):
        return self.ask("GET", path, headers=headers)

    def health(self):
        return json.loads(self.get("/health").text)

    def metric(self, name):
        """The value of a series, as it is spelt."""
        for line in self.get("/metrics").text.splitlines():
            if line.startswith(name + " "):
                return float(line.rsplit(" ", 1)[1])
        raise AssertionError(f"there is no {name}")


class Sidecar(Program):
    """sideline-server in a folder; on the port that is given, if any."""

    def __init__(self, folder, *arguments, port=0):
        self.port_file = Path(folder, "port")
        self.port_file.unlink(missing_ok=True)
        super().__init__([SERVER, "--port", str(port), "--port-file", str(self.port_file), "--bind", "127.0.0.1",
                          "--dir", str(folder), *arguments])
        wait_until(lambda: self.port_file.exists() and self.port_file.read_text(), "the server listens")
        self.port = int(self.port_file.read_text())

    def command(self, *words):
        """What redis-cli says."""
        return subprocess.run(["redis-cli", "-p", str(self.port), *words], check=True, text=True, timeout=PATIENCE,
                              capture_output=True).stdout.strip()


class Postgres:
    """PostgreSQL on a UNIX socket; not as root, which it refuses."""

    BIN = Path("/usr/lib/postgresql/15/bin")

    def __init__(self, folder):
        self.folder = Path(folder)
        self.options = {"user": "postgres", "group": "postgres"} if os.geteuid() == 0 else {}
        if self.options:
            shutil.chown(self.folder, "postgres", "postgres")
        self._run("initdb", "--auth", "trust", "--username", "sideline", "--no-sync", "data")
        self.url = f"postgresql://sideline@/postgres?host={self.folder}"
        self.start()

    def _run(self, tool, *arguments):
        subprocess.run([self.BIN / tool, *arguments], cwd=self.folder, check=True, timeout=PATIENCE,
                       stdout=subprocess.DEVNULL, stderr=subprocess.STDOUT, **self.options)

    def start(self):
        self._run("pg_ctl", "start", "-w", "-D", "data", "-l", "log", "-o",
                  f"-c listen_addresses='' -c unix_socket_directories='{self.folder}' -c fsync=off")

    def stop(self):
        self._run("pg_ctl", "stop", "-m", "fast", "-D", "data")

    def query(self, sql):
        """The rows, a line each."""
        return subprocess.run([self.BIN / "psql", "-h", self.folder, "-U", "sideline", "-d", "postgres", "-Atc", sql],
                              check=True, text=True, timeout=PATIENCE, capture_output=True).stdout.split("\n")[:-1]


    @contextlib.contextmanager
    def transaction(self, sql):
        """Runs the statements in a transaction that stays open."""
        with subprocess.Popen([self.BIN / "psql", "-h", self.folder, "-U", "sideline", "-d", "postgres", "-At"],
                              stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as session:
            session.stdin.write(f"BEGIN; {sql}; SELECT 'begun';\n")
            session.stdin.flush()
            while session.stdout.readline() != "begun\n":
                assert session.poll() is None
            yield
            session.stdin.close()


class ApiTest(unittest.TestCase):
    """Ends what it started, and removes its folder."""

    def setUp(self):
        # Not below TMPDIR: the path of a UNIX socket has 107 bytes at most.
        self.folder = tempfile.mkdtemp(dir="/tmp")
        self.addCleanup(shutil.rmtree, self.folder)

    def start(self, program):
        def end():
            if program.process.poll() is None:
                program.end(signal.SIGKILL)
        self.addCleanup(end)
        return program

    def api(self, **settings):
        settings.setdefault("DATABASE_URL", f"sqlite:{self.folder}/predictions.db")
        return self.start(Api(**settings))

    def sidecar(self, *arguments, port=0):
        return self.start(Sidecar(self.folder, *arguments, port=port))


def free_port():
    """A port that nobody listens to at the moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def at_once(calls):
    """What all of the calls return, which run at the same time."""
    results = [None] * len(calls)

    def run(index):
        results[index] = calls[index]()
    threads = [threading.Thread(target=run, args=(index,)) for index in range(len(calls))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE)
    return results
