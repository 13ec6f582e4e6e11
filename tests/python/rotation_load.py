"""Clients that connect anew for each request, with the password that a file holds at that moment.

Usage: rotation_load.py URL PASSWORD_FILE FOLDER     until SIGTERM; then prints "ASKED FAILED"

What each of them has used last for a request that is through stands in FOLDER/used.0, used.1, ...
"""
import signal
import sys
import threading
from pathlib import Path

import redis

THREADS = 2
url, password_file, folder = sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3])
stop = threading.Event()
asked, failures = [0] * THREADS, []


def ask(thread):
    while not stop.is_set():
        password = password_file.read_text().strip()
        client = redis.Redis.from_url(url, password=password, socket_timeout=20)
        try:
            client.set(f"key:{thread}", asked[thread])
            assert int(client.get(f"key:{thread}")) == asked[thread]
        except (redis.RedisError, AssertionError, TypeError) as error:
            failures.append(error)
            print(repr(error), file=sys.stderr, flush=True)
        client.connection_pool.disconnect()
        asked[thread] += 1
        used, partial = folder / f"used.{thread}", folder / f"partial.{thread}"
        partial.write_text(f"{asked[thread]} {password}\n")
        partial.rename(used)


signal.signal(signal.SIGTERM, lambda *_: stop.set())
threads = [threading.Thread(target=ask, args=(number,)) for number in range(THREADS)]
for one in threads:
    one.start()
stop.wait()
for one in threads:
    one.join()
print(sum(asked), len(failures))
