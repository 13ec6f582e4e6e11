"""What a storm of TLS handshakes does to who is connected already: each of its clients asks for
one, waits for the answer and goes away."""
import os
import socket
import ssl
import subprocess
import tempfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from bench.harness import load, machine
from bench.harness.servers import KINDS, Limits, Server, free_port
from bench.latency.plain_reads import alone_and_beside

CLIENTS = 300  # more than the server has under way on one thread (server/net/handshakes.h)
PATIENCE_S = 20


def tls_options(port, folder):
    """With a certificate that signs for itself, RSA 2048: the kind of key whose handshake costs a
    server most. They are the same for Redis."""
    certificate, key = Path(folder, "server.crt"), Path(folder, "server.key")
    subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2",
                    "-subj", "/CN=localhost", "-keyout", key, "-out", certificate],
                   check=True, capture_output=True)
    return ("--tls-port", str(port), "--tls-cert-file", str(certificate),
            "--tls-key-file", str(key), "--tls-auth-clients", "no")


def client_hello():
    """What a client says first. It need not be new each time: the server signs anew."""
    context = ssl.create_default_context()
    said = ssl.MemoryBIO()
    client = context.wrap_bio(ssl.MemoryBIO(), said, server_hostname="localhost")
    try:
        client.do_handshake()
    except ssl.SSLWantReadError:
        return said.read()
    raise RuntimeError("a handshake ended without a server")


class Storm:
    """Goes on from each `with` to its end; `per_second` then says how many were answered. The
    clients do nothing but ask, on the load's core: who answers has the work."""

    def __init__(self, port):
        self._port = port
        self._hello = client_hello()
        self._ended = None
        self._clients = None
        self._answers = []
        self._begun = 0.0
        self.per_second = None

    def __enter__(self):
        self._ended = threading.Event()
        self._clients = ThreadPoolExecutor(CLIENTS)
        self._begun = time.monotonic()
        self._answers = [self._clients.submit(self._ask) for _ in range(CLIENTS)]

    def __exit__(self, *_):
        self._ended.set()
        self._clients.shutdown()
        seconds = time.monotonic() - self._begun
        self.per_second = sum(answers.result() for answers in self._answers) / seconds

    def _ask(self):
        os.sched_setaffinity(0, {machine.cores()[1]})  # of this thread alone
        answered = 0
        while not self._ended.is_set():
            with socket.create_connection(("127.0.0.1", self._port), timeout=PATIENCE_S) as client:
                client.sendall(self._hello)
                answered += client.recv(1) != b""
        return answered


def reads_in_a_storm(binaries, scale, name):
    """Reads without TLS, alone and beside the storm."""
    tls_port = free_port()
    with tempfile.TemporaryDirectory() as folder, \
            Server(KINDS[name], binaries, folder, Limits(scale.maxmemory_mib),
                   options=tls_options(tls_port, folder)) as server:
        load.fill(binaries, server, scale.keys)
        latencies, per_second = alone_and_beside(binaries, server, scale, Storm(tls_port))
    return {"server": name, "handshakes_per_second": per_second} | latencies
