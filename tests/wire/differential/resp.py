"""The Redis protocol, as much of it as comparing two servers needs: replies are kept as raw bytes."""

import socket
from dataclasses import dataclass

AGGREGATES = {b"*": 1, b"~": 1, b">": 1, b"%": 2}  # type: elements per counted item
BULKS = b"$!="


class Closed(Exception):
    """The server has closed the connection."""


class Silent(Exception):
    """No complete reply came in time."""


class Connection:
    """A blocking connection that sends commands and reads one raw reply at a time."""

    def __init__(self, port, timeout=3.0, host="127.0.0.1"):
        self._socket = socket.create_connection((host, port), timeout)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._stream = self._socket.makefile("rb")

    def send(self, data):
        try:
            self._socket.sendall(data)
        except (BrokenPipeError, ConnectionResetError):
            raise Closed from None

    def command(self, *arguments):
        """Sends a command and returns its raw reply."""
        self.send(request(arguments))
        return self.read()

    def read(self):
        """The next reply, complete, as raw bytes."""
        return self._guarded(self._read_reply)

    def read_to_end(self):
        """All that comes until the server closes the connection."""
        return self._guarded(self._stream.read)

    def _guarded(self, read):
        try:
            return read()
        except TimeoutError:
            raise Silent from None
        except ConnectionResetError:
            raise Closed from None

    def _read_reply(self):
        head = self._stream.readline()
        if not head.endswith(b"\n"):
            raise Closed
        kind, size = head[:1], head[1:-2]
        if kind in BULKS and size != b"-1":
            return head + self._stream.read(int(size) + 2)
        if kind in AGGREGATES and size != b"-1":
            count = int(size) * AGGREGATES[kind]
            return head + b"".join(self._read_reply() for _ in range(count))
        return head

    def close(self):
        self._stream.close()
        self._socket.close()


def request(arguments):
    """A command as clients send it: an array of bulk strings."""
    parts = [b"*%d\r\n" % len(arguments)]
    for argument in arguments:
        data = argument if isinstance(argument, bytes) else str(argument).encode()
        parts.append(b"$%d\r\n%b\r\n" % (len(data), data))
    return b"".join(parts)


@dataclass(frozen=True)
class Node:
    """A reply taken apart: `value` is bytes, a list of nodes, or None."""

    kind: bytes
    value: object
    raw: bytes

    def pairs(self):
        """A map's entries; also those of a flat array, which is a map in RESP2."""
        return list(zip(self.value[::2], self.value[1::2]))


def parse(raw):
    """The tree of a complete raw reply."""
    node, end = _parse_at(raw, 0)
    if end != len(raw):
        raise ValueError(f"{len(raw) - end} bytes after the reply")
    return node


def _parse_at(raw, start):
    end = raw.index(b"\r\n", start) + 2
    kind, head = raw[start : start + 1], raw[start + 1 : end - 2]
    if kind in AGGREGATES and head != b"-1":
        return _parse_aggregate(raw, start, end, kind, int(head) * AGGREGATES[kind])
    if kind in BULKS and head != b"-1":
        begin, end = end, end + int(head) + 2
        return Node(kind, raw[begin : end - 2], raw[start:end]), end
    nothing = head == b"-1" and (kind in AGGREGATES or kind in BULKS)
    return Node(kind, None if nothing else head, raw[start:end]), end


def _parse_aggregate(raw, start, end, kind, count):
    elements = []
    for _ in range(count):
        element, end = _parse_at(raw, end)
        elements.append(element)
    return Node(kind, elements, raw[start:end]), end
