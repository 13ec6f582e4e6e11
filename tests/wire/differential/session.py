"""Runs one case against one server: opens its connections, sends its steps, returns raw replies."""

import re
import time

from case_file import Placeholder
from comparison import CLOSED, SILENT
from resp import Closed, Silent, parse, request

UNTIL_SECONDS = 5
OUTSIDE = "outside"  # the connection that does not come from this machine


class Session:
    """The connections of one case to one server, and what its steps have saved."""

    def __init__(self, server, protocol, now_ms):
        self._server = server
        self._protocol = protocol
        self._now_ms = now_ms
        self._connections = {}
        self._saved = {}

    def run(self, step):
        """The raw reply to a step; CLOSED or SILENT if there is none; nothing if none is due."""
        try:
            reply = getattr(self, "_" + step.action)(self._connection(step.connection), self._resolve(step.arguments))
        except Closed:
            return CLOSED
        except Silent:
            return SILENT
        if step.save_as:
            self._saved[step.save_as] = _part(parse(reply).value, step.save_pattern)
        return reply

    def close(self):
        for connection in self._connections.values():
            connection.close()

    def _connection(self, name):
        if name not in self._connections:
            connection = self._connections[name] = self._server.connect(from_outside=name == OUTSIDE)
            if self._protocol == 3:
                password = self._server.password
                connection.command("HELLO", "3", *(["AUTH", "default", password] if password else []))
        return self._connections[name]

    def _resolve(self, arguments):
        return [self._value(argument.text) if isinstance(argument, Placeholder) else argument for argument in arguments]

    def _value(self, text):
        if match := re.fullmatch(r"now(ms)?([+-]\d+)?", text):
            base = self._now_ms if match[1] else self._now_ms // 1000
            return b"%d" % (base + int(match[2] or 0))
        if match := re.fullmatch(r"(.+)\*(\d+)", text):
            return match[1].encode() * int(match[2])
        return self._saved.get(text, b"(nothing saved)")

    # --- One function an action --------------------------------------------------------------

    def _command(self, connection, arguments):
        return connection.command(*arguments)

    def _noreply(self, connection, arguments):
        connection.send(request(arguments))
        return b""

    def _send(self, connection, arguments):
        connection.send(arguments[0])
        return b""

    def _read(self, connection, arguments):
        count = int(arguments[0]) if arguments else 1
        return b"".join(connection.read() for _ in range(count))

    def _raw(self, connection, arguments):
        connection.send(arguments[0])
        return connection.read_to_end()

    def _closed(self, connection, arguments):
        rest = connection.read_to_end()
        return b"(still sends) " + rest if rest else CLOSED

    def _until(self, connection, arguments):
        wanted, command = arguments[0] + b"\r\n", arguments[1:]
        deadline = time.monotonic() + UNTIL_SECONDS
        while (reply := connection.command(*command)) != wanted and time.monotonic() < deadline:
            time.sleep(0.002)
        return reply if reply == wanted else b"(never) " + reply

    def _scan(self, connection, arguments):
        cursor, keys = b"0", set()
        while True:
            reply = parse(connection.command(b"SCAN", cursor, *arguments))
            if reply.kind != b"*":
                return reply.raw
            keys.update(key.value for key in reply.value[1].value)
            cursor = reply.value[0].value
            if cursor == b"0":
                return request(sorted(keys))


def _part(value, pattern):
    return re.search(pattern.encode(), value)[1] if pattern else value


class Reset:
    """Puts a server back to where a case starts: no data, the configuration it began with, no latency events."""

    def __init__(self, server):
        self._server = server
        pairs = parse(server.control.command("CONFIG", "GET", "*")).pairs()
        self._configuration = {name.value: value.value for name, value in pairs}
        self._configuration[b"requirepass"] = (server.password or "").encode()  # which may not be shown

    def before(self):
        self._server.control.command("FLUSHALL")

    def after(self, case):
        """Undoes what the case's own commands have set for the whole server."""
        for step in case.steps:
            words = [word.lower() if isinstance(word, bytes) else b"" for word in step.arguments]
            if words[:2] == [b"config", b"set"]:
                self._restore(words[2::2])
                if b"latency-monitor-threshold" in words[2::2]:  # a loaded machine has been slow while it was on
                    self._server.control.command("LATENCY", "RESET")
            if words[:2] == [b"client", b"pause"]:
                self._server.control.command("CLIENT", "UNPAUSE")
            if words[:2] == [b"debug", b"set-active-expire"]:
                self._server.control.command("DEBUG", "SET-ACTIVE-EXPIRE", "1")
        if any(step.arguments[:1] == [b"ACL"] for step in case.steps):
            self._restore_users()

    def _restore_users(self):
        control, password = self._server.control, self._server.password
        names = [name.value for name in parse(control.command("ACL", "USERS")).value]
        for name in names:
            if name != b"default":
                control.command("ACL", "DELUSER", name)
        rules = ["reset", "on", "allkeys", "allchannels", "allcommands", f">{password}" if password else "nopass"]
        control.command("ACL", "SETUSER", "default", *rules)
        control.command("ACL", "LOG", "RESET")

    def _restore(self, names):
        for name in set(names):
            if name in self._configuration:
                self._server.control.command("CONFIG", "SET", name, self._configuration[name])
