"""A client of the proxy that counts.

Usage: client.py burst URL CA COUNT      that many requests of one address, as fast as they are answered
       client.py flood URL CA SECONDS    the same, for so long
       client.py load URL CA             a load of many addresses, until standard input ends

The first two write one line: how many were answered with 200, how many with 429, and the milliseconds from
before the first to after the last. `load` writes `ready` once it runs, then how many requests there
were, and of each that was not answered with 200 why. As RFC 9112 has it (9.3.1), a request on a
connection that has served others already, and ends before it answers, is sent once more.
"""

import collections
import http.client
import random
import ssl
import sys
import threading
import time
import urllib.parse


class Client:
    def __init__(self, url, ca):
        self.url = urllib.parse.urlsplit(url)
        self.context = ssl.create_default_context(cafile=ca)

    def connection(self):
        """From an address that nobody else has: all of 127.0.0.0/8 is this machine."""
        address = f"127.{random.randint(1, 254)}.{random.randint(1, 254)}.{random.randint(1, 254)}"
        return http.client.HTTPSConnection(self.url.hostname, self.url.port, timeout=60, context=self.context,
                                           source_address=(address, 0))

    def get(self, connection):
        connection.request("GET", self.url.path)
        response = connection.getresponse()
        response.read()
        return response.status

    def burst(self, count):
        self.ask(lambda asked, seconds: asked < count)

    def flood(self, duration):
        self.ask(lambda asked, seconds: seconds < duration)

    def ask(self, goes_on):
        connection = self.connection()
        connection.connect()
        begin = time.monotonic()
        statuses = collections.Counter()
        while goes_on(sum(statuses.values()), time.monotonic() - begin):
            statuses[self.get(connection)] += 1
        milliseconds = int((time.monotonic() - begin) * 1000) + 1
        print(statuses.pop(200, 0), statuses.pop(429, 0), milliseconds, *statuses)

    def load(self):
        outcomes = []
        ended = threading.Event()

        def run():
            while not ended.is_set():
                connection = self.connection()
                for i in range(8):  # within what one address may ask at once
                    if ended.is_set():
                        break
                    outcomes.append(self.outcome(connection, i > 0))
                connection.close()

        threads = [threading.Thread(target=run) for _ in range(4)]
        for thread in threads:
            thread.start()
        while len(outcomes) < 20:
            time.sleep(0.01)
        print("ready", flush=True)
        sys.stdin.read()
        ended.set()
        for thread in threads:
            thread.join()
        failures = collections.Counter(outcome for outcome in outcomes if outcome != 200)
        print(len(outcomes), *(f"{count} x {outcome}" for outcome, count in failures.items()))

    def outcome(self, connection, again):
        """The status, or what went wrong."""
        try:
            return self.get(connection)
        except (http.client.RemoteDisconnected, ConnectionResetError, BrokenPipeError) as error:
            connection.close()
            return self.outcome(connection, False) if again else repr(error)
        except OSError as error:
            connection.close()
            return repr(error)


mode, url, ca, *arguments = sys.argv[1:]
getattr(Client(url, ca), mode)(*map(int, arguments))
