"""A load on the proxy that counts, and looks at the hit ratio.

Usage: load.py URL CA PASSWORD_FILE    until standard input ends

Readers ask for predictions, from many addresses, and a writer corrects others, as an analyst does. Writes
`ready` once it runs; at the end one line, and ends with 1 if a request failed, or if there was half a
second without a hit. As RFC 9112 has it (9.3.1), a request on a connection that has served others
already, and ends before it answers, is sent once more.
"""

import collections
import http.client
import itertools
import json
import random
import ssl
import sys
import threading
import time
import urllib.parse

WINDOW = 0.5  # seconds
GAMES = 200


class Load:
    def __init__(self, url, ca, password):
        self.url = urllib.parse.urlsplit(url)
        self.context = ssl.create_default_context(cafile=ca)
        self.password = password
        self.ended = threading.Event()
        self.numbers = itertools.count()
        self.outcomes = []  # (time, status or what went wrong, X-Cache)

    def connection(self):
        """From an address that nobody else has: so many are there before one comes again."""
        number = next(self.numbers) % 60000
        address = f"10.77.{number // 250}.{number % 250 + 1}"
        return http.client.HTTPSConnection(self.url.hostname, 443, timeout=30, context=self.context,
                                           source_address=(address, 0))

    def ask(self, connection, again, method, path, body=None, headers=None):
        """(status, X-Cache, body)"""
        try:
            connection.request(method, path, body and json.dumps(body), headers or {})
            response = connection.getresponse()
            return response.status, response.getheader("X-Cache"), response.read()
        except (http.client.RemoteDisconnected, ConnectionResetError, BrokenPipeError) as error:
            connection.close()
            return self.ask(connection, False, method, path, body, headers) if again else (repr(error), None, b"")
        except OSError as error:
            connection.close()
            return repr(error), None, b""

    def read(self):
        while not self.ended.is_set():
            connection = self.connection()
            for i in range(9):  # within what one address may ask at once
                if self.ended.is_set():
                    break
                path = f"/api/predictions/spread/{random.randint(1, GAMES)}"
                status, cache, _ = self.ask(connection, i > 0, "GET", path)
                self.outcomes.append((time.monotonic(), status, cache))
                time.sleep(0.03)
            connection.close()

    def token(self):
        status, _, body = self.ask(self.connection(), False, "POST", "/api/auth/token",
                                   {"user": "ann", "password": self.password})
        assert status == 200, (status, body)
        return json.loads(body)["token"]

    def write(self):
        headers = {"Authorization": "Bearer " + self.token()}
        for count in itertools.count():
            if self.ended.is_set():
                break
            game, value = count % 100 + 1, 30 + count % 31
            connection = self.connection()
            status, _, _ = self.ask(connection, False, "PUT", f"/api/predictions/total-points/{game}", {"value": value}, headers)
            self.outcomes.append((time.monotonic(), status, None))
            connection.close()
            time.sleep(0.2)

    def warm(self):
        for game in range(1, GAMES + 1):
            status, _, _ = self.ask(self.connection(), False, "GET", f"/api/predictions/spread/{game}")
            assert status == 200, status

    def run(self):
        self.warm()
        threads = [threading.Thread(target=self.read) for _ in range(2)] + [threading.Thread(target=self.write)]
        for thread in threads:
            thread.start()
        while len(self.outcomes) < 20:
            time.sleep(0.01)
        print("ready", flush=True)
        sys.stdin.read()
        self.ended.set()
        for thread in threads:
            thread.join()
        return self.report()

    def report(self):
        failures = collections.Counter(status for _, status, _ in self.outcomes if status != 200)
        windows = collections.defaultdict(collections.Counter)
        for when, _, cache in self.outcomes:
            if cache:
                windows[int(when / WINDOW)][cache] += 1
        full = [counts for _, counts in sorted(windows.items())][1:-1]
        ratios = [counts["hit"] / sum(counts.values()) for counts in full]
        reads = sum(sum(counts.values()) for counts in windows.values())
        hits = sum(counts["hit"] for counts in windows.values())
        print(f"{len(self.outcomes)} requests, {sum(failures.values())} failed; hit ratio {hits / reads:.3f}, "
              f"at least {min(ratios):.2f} in each of {len(full)} windows of {WINDOW} s, "
              f"which had {min(sum(counts.values()) for counts in full)} reads or more",
              *(f"{count} x {what}" for what, count in failures.items()))
        return not failures and min(ratios) > 0


url, ca, password_file = sys.argv[1:]
with open(password_file) as file:
    password = file.read().strip()
sys.exit(not Load(url, ca, password).run())
