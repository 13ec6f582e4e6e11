"""Stand-ins for replicas of the API: each listens on a port of its own, and can be told to fail.

Usage: replicas.py FOLDER NAME...

Writes `NAME PORT` for each to standard output, and listens on the UNIX socket FOLDER/switch for
  GET /NAME/MODE   from now on the replica is in this mode, and its counts are 0:
                     ok     answers
                     fail   answers with 500
                     slow   answers after 0.2 s
                     hang   reads requests and does not answer
                     die    closes the connection when it has read a request
                     dead   nothing listens, and all connections are closed
  GET /NAME        its counts: {"connections": 1, "requests": 3, "POST": 1}

What it answers depends on the path: /api/status/404 has that status, /api/bytes/4000 is a JSON of so
many bytes, /metrics is for Prometheus; any other tells what arrived.
"""

import asyncio
import json
import socket
import sys

METRICS = """# TYPE prediction_http_requests_total counter
prediction_http_requests_total{method="GET",route="/metrics",status="200"} %d
"""


async def read_request(reader):
    """(method, path, headers, body), or None when the peer has ended."""
    try:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    except (asyncio.IncompleteReadError, ConnectionError):
        return None
    first, *lines = head.split("\r\n")
    method, path, _ = first.split(" ")
    headers = {name.lower(): value.strip() for name, value in (line.split(":", 1) for line in lines if line)}
    return method, path, headers, await reader.readexactly(int(headers.get("content-length", 0)))


def answer(status, body, headers="", content_type="application/json"):
    return (f"HTTP/1.1 {status} -\r\nContent-Type: {content_type}\r\nContent-Length: {len(body)}\r\n"
            f"{headers}\r\n{body}").encode()


class Replica:
    def __init__(self, name):
        self.name = name
        self.mode = "ok"
        self.counts = {}
        self.writers = set()
        self.listener = None
        # Keeps the port while nothing listens.
        self.holder = self.bound(0)
        self.port = self.holder.getsockname()[1]

    @staticmethod
    def bound(port):
        bound = socket.socket()
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        bound.bind(("127.0.0.1", port))
        return bound

    async def switch(self, mode):
        self.mode = mode
        self.counts = {"connections": 0, "requests": 0}
        if mode == "dead":
            self.listener.close()
            self.listener = None
            for writer in self.writers:
                writer.transport.abort()
        elif not self.listener:
            self.listener = await asyncio.start_server(self.serve, sock=self.bound(self.port), backlog=1000)

    def count(self, what):
        self.counts[what] = self.counts.get(what, 0) + 1

    async def serve(self, reader, writer):
        self.writers.add(writer)
        self.count("connections")
        try:
            while request := await read_request(reader):
                self.count("requests")
                self.count(request[0])
                if self.mode == "die":
                    break
                if self.mode == "hang":
                    await reader.read()  # until nginx gives up
                    break
                if self.mode == "slow":
                    await asyncio.sleep(0.2)
                writer.write(self.reply(*request))
                await writer.drain()
        except ConnectionError:
            pass
        finally:
            self.writers.discard(writer)
            writer.close()

    def reply(self, method, path, headers, body):
        if self.mode == "fail":
            return answer(500, f'{{"replica":"{self.name}"}}')
        parts = path.split("/")
        if path.startswith("/api/status/"):
            return answer(parts[3], "{}", "X-Frame-Options: SAMEORIGIN\r\n")
        if path.startswith("/api/bytes/"):
            return answer(200, json.dumps("x" * (int(parts[3]) - 2)))
        if path == "/metrics":
            return answer(200, METRICS % self.counts["requests"], content_type="text/plain; version=0.0.4")
        told = {"replica": self.name, "method": method, "path": path, "headers": headers, "body": len(body)}
        return answer(200, json.dumps(told))


async def main(folder, *names):
    replicas = {name: Replica(name) for name in names}
    for replica in replicas.values():
        await replica.switch("ok")

    async def control(reader, writer):
        _, path, _, _ = await read_request(reader)
        _, name, *mode = path.split("/")
        if mode:
            await replicas[name].switch(*mode)
        writer.write(answer(200, json.dumps(replicas[name].counts)))
        writer.close()

    await asyncio.start_unix_server(control, f"{folder}/switch")
    for replica in replicas.values():
        print(replica.name, replica.port, flush=True)
    await asyncio.Event().wait()


asyncio.run(main(*sys.argv[1:]))
