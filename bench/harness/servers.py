"""The servers that are compared: how each is started, and what the kernel knows of its process."""
import contextlib
import os
import socket
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

from bench.harness import machine
from bench.harness.resp import Resp

PATIENCE_S = 20


@dataclass(frozen=True)
class Limits:
    maxmemory_mib: int = 256
    policy: str = "allkeys-lru"
    value_size: int = 64  # of the floor's constant


def redis_options(at, limits):
    return ["--port", str(at.port), "--unixsocket", at.socket,
            "--maxmemory", f"{limits.maxmemory_mib}mb", "--maxmemory-policy", limits.policy]


def sideline(binaries, at, limits):
    return [str(binaries / "sideline-server"), *redis_options(at, limits), "--loglevel", "warning"]


def sideline_one_thread(binaries, at, limits):
    return [*sideline(binaries, at, limits), "--io-threads", "1"]


def redis(_, at, limits):
    return ["redis-server", *redis_options(at, limits), "--save", "", "--appendonly", "no",
            "--loglevel", "warning"]


def memcached(_, at, limits):
    place = ["-s", at.socket] if at.transport == "unix" else ["-l", "127.0.0.1", "-p", str(at.port)]
    user = ["-u", "root"] if os.geteuid() == 0 else []
    return ["memcached", "-t", "1", "-U", "0", "-m", str(limits.maxmemory_mib),
            *place, *user]


def floor(binaries, at, limits):
    place = at.socket if at.transport == "unix" else str(at.port)
    return [str(binaries / "bench-floor"), place, str(limits.value_size)]


@dataclass(frozen=True)
class Kind:
    """One row of a comparison."""
    name: str
    command: callable
    protocol: str = "resp"
    stores: bool = True   # the floor stores nothing
    pinned: bool = True   # to the server's core


KINDS = {kind.name: kind for kind in (
    Kind("sideline", sideline_one_thread),
    Kind("sideline, all cores", sideline, pinned=False),
    Kind("redis", redis),
    Kind("memcached", memcached, protocol="memcached"),
    Kind("floor", floor, stores=False),
)}


def wait_until_idle(servers, window_s=0.1, patience_s=PATIENCE_S):
    """Until none of them has work left of its own. Some go on for seconds after they were filled
    (memcached sorts its lists), and would take the core from the one that is measured first."""
    deadline = time.monotonic() + patience_s
    while True:
        before = [server.cpu_seconds() for server in servers]
        time.sleep(window_s)
        busy = max(server.cpu_seconds() - used for server, used in zip(servers, before))
        if busy <= 0.03 * window_s:
            return
        if time.monotonic() > deadline:
            raise RuntimeError("a server does not come to rest")


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def prepare_process(core):
    """What runs in a child before it becomes the program: on one core, and ahead of what else runs
    on the machine, if that is allowed."""
    def prepare():
        if core is not None:
            os.sched_setaffinity(0, {core})
        os.setsid()  # Linux weighs sessions against each other, and processes only within one
        with contextlib.suppress(OSError):
            os.setpriority(os.PRIO_PROCESS, 0, -20)
            Path("/proc/self/autogroup").write_text("-20", encoding="utf-8")
    return prepare


class Server:
    """A running server, on a port and a UNIX socket of its own. memcached and the floor listen only
    at the one that `transport` names. `options` end its command line."""

    def __init__(self, kind, binaries, folder, limits=Limits(), transport="tcp", options=()):
        self.kind = kind
        self.transport = transport
        self.port = free_port()
        self.socket = str(Path(folder) / f"{self.port}.sock")
        self._log = open(Path(folder) / "servers.log", "ab")  # pylint: disable=consider-using-with
        core = machine.cores()[0] if kind.pinned else None
        self._process = subprocess.Popen(  # pylint: disable=consider-using-with
            [*kind.command(binaries, self, limits), *options], stdin=subprocess.DEVNULL,
            stdout=self._log, stderr=self._log, cwd=folder, preexec_fn=prepare_process(core))
        try:
            self._wait_until_it_listens()
        except BaseException:
            self.stop()
            raise

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()

    @property
    def pid(self):
        return self._process.pid

    def stop(self):
        self._process.terminate()
        try:
            self._process.wait(PATIENCE_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._log.close()

    def client(self):
        return Resp(self.port)

    def cpu_seconds(self):
        """User and system time so far; the clock is the kernel's own, in nanoseconds."""
        return time.clock_gettime(~self.pid << 3 | 2)  # what clock_getcpuclockid() returns

    def memory_kib(self, field):
        """VmRSS, or VmHWM: the most that it ever was."""
        with open(f"/proc/{self.pid}/status", encoding="utf-8") as status:
            return next(int(line.split()[1]) for line in status if line.startswith(field + ":"))

    def forget_peak(self):
        """VmHWM counts anew from here."""
        with open(f"/proc/{self.pid}/clear_refs", "w", encoding="utf-8") as file:
            file.write("5")

    def keys(self):
        """How many keys it holds."""
        if self.kind.protocol == "resp":
            with self.client() as client:
                return client.run("DBSIZE")
        with socket.create_connection(("127.0.0.1", self.port), timeout=PATIENCE_S) as connection:
            connection.sendall(b"stats\r\nquit\r\n")
            with connection.makefile() as lines:
                return next(int(line.split()[2]) for line in lines if " curr_items " in line)

    def _wait_until_it_listens(self):
        family, place = ((socket.AF_UNIX, self.socket) if self.transport == "unix" else
                         (socket.AF_INET, ("127.0.0.1", self.port)))
        deadline = time.monotonic() + PATIENCE_S
        while True:
            if self._process.poll() is not None:
                said = Path(self._log.name).read_text(encoding="utf-8")
                raise RuntimeError(f"{self.kind.name} did not start: {said}")
            with socket.socket(family) as probe:
                if probe.connect_ex(place) == 0:
                    return
            if time.monotonic() > deadline:
                raise RuntimeError(f"{self.kind.name} does not listen")
            time.sleep(0.02)
