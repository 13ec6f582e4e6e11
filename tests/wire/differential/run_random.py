#!/usr/bin/env python3
"""Sends the same random commands to two servers and compares each reply and, at times, all keys.

The seed is printed; --seed runs the same sequence again.
"""

import argparse
import random
import sys
import time
from collections import deque

import comparison
from case_file import Step
from random_commands import KEYS, RandomCommands
from resp import Connection
from run import resolve_binary
from servers import RunningServer

COMMANDS_OF_A_ROUND = 500  # then all keys are compared, and the servers are emptied
HISTORY = 25  # commands that are shown before a difference
NEAR = 2000  # milliseconds (and seconds) by which times to live may differ


class Difference(Exception):
    """Two replies that differ, with what led to them."""


class Round:
    """One sequence of commands on one connection to each server."""

    def __init__(self, servers, protocol, source):
        self._connections = [Connection(server.port) for server in servers]
        self._history = deque(maxlen=HISTORY)
        if protocol == 3:
            for connection in self._connections:
                connection.command("HELLO", "3")
        self._compare(["FLUSHALL"], "bytes")
        self._commands = RandomCommands(source, int(time.time() * 1000))

    def run(self, count):
        for _ in range(count):
            self._compare(*self._commands.next())
        self._compare_keys()

    def close(self):
        for connection in self._connections:
            connection.close()

    def _compare_keys(self):
        for database in range(3):
            self._compare(["SELECT", str(database)], "bytes")
            self._compare(["KEYS", "*"], "unordered")
            for key in KEYS:
                self._compare(["GET", key], "bytes")
                self._compare(["OBJECT", "ENCODING", key], "bytes")
                self._compare(["PTTL", key], "near")

    def _compare(self, words, comparator):
        arguments = [word.encode("latin-1") for word in words]
        self._history.append(arguments)
        subject, reference = (connection.command(*arguments) for connection in self._connections)
        step = Step("", "", "command", arguments, comparator=comparator, tolerance=NEAR)
        if not comparison.same(step, 0, subject, reference):
            raise Difference(self._story(subject, reference))

    def _story(self, subject, reference):
        lines = ["  " + " ".join(map(_quoted, words)) for words in self._history]
        return "\n".join([*lines, f"    reference  {reference!r}", f"    subject    {subject!r}"])


def _quoted(word):
    return repr(word)[1:] if word == b"" or not word.isalnum() else word.decode()


def parse_command_line():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--subject", required=True, help="the server that is tested")
    parser.add_argument("--reference", default="redis-server", help="the Redis it is compared with")
    parser.add_argument("--seed", type=int, default=random.randrange(2**32))
    parser.add_argument("--rounds", type=int, default=40, help=f"of {COMMANDS_OF_A_ROUND} commands")
    return parser.parse_args()


def run(servers, seed, rounds):
    for number in range(rounds):
        one = Round(servers, 2 + number % 2, random.Random(f"{seed} {number}"))
        try:
            one.run(COMMANDS_OF_A_ROUND)
        finally:
            one.close()


def main():
    options = parse_command_line()
    servers = []
    started = time.monotonic()
    print(f"seed {options.seed}")
    try:
        for name in (options.subject, options.reference):
            servers.append(RunningServer(resolve_binary(name)))
        run(servers, options.seed, options.rounds)
    except Difference as difference:
        print(f"the replies to the last of these commands differ:\n{difference}")
        return 1
    finally:
        for server in servers:
            server.stop()
    commands = options.rounds * COMMANDS_OF_A_ROUND
    print(f"{commands} commands, no difference, {time.monotonic() - started:.1f} s")
    return 0


if __name__ == "__main__":
    sys.exit(main())
