#!/usr/bin/env python3
"""Sends the commands of the case files to two servers and compares the raw replies.

The reference is Redis; the subject is what is tested. README.md describes the case files.
"""

import argparse
import re
import shutil
import sys
import time
from pathlib import Path

import case_file
import comparison
from servers import RunningServer, StartFailed, outside_address
from session import OUTSIDE, Reset, Session

HERE = Path(__file__).resolve().parent
DIFFERENCES = HERE.parents[2] / "docs" / "differences.md"
NEWER = (7, 2)  # the version whose behaviour ~7.2 lines write down


class Comparison:
    """Runs cases against a pair of servers and counts and prints what differs."""

    def __init__(self, subject, reference, differences):
        self._subject_binary = subject
        self._reference_binary = reference
        self._differences = differences
        self.steps = self.cases = self.failures = 0

    def run_file(self, file, wanted_line=None):
        cases = [case for case in file.cases if wanted_line in (None, case.line) or _covers(case, wanted_line)]
        if not cases:
            return
        servers = []
        try:
            for binary in (self._subject_binary, self._reference_binary):
                servers.append(RunningServer(binary, file.server_arguments))
            self._subject, self._reference = servers
            self._resets = [Reset(server) for server in servers]
            for case in cases:
                for protocol in case.protocols:
                    self._run_case(case, protocol)
        finally:
            for server in servers:
                server.stop()

    def _run_case(self, case, protocol):
        if outside_address() is None and any(step.connection == OUTSIDE for step in case.steps):
            return
        self.cases += 1
        for reset in self._resets:
            reset.before()
        now_ms = int(time.time() * 1000)
        sessions = [Session(server, protocol, now_ms) for server in (self._subject, self._reference)]
        try:
            for step in case.steps:
                replies = [session.run(step) for session in sessions]
                self.steps += 1
                fault = self._fault(step, protocol, *replies)
                if fault:
                    self._report(case, step, protocol, fault, *replies)
                if comparison.SILENT in replies or not self._subject_alive(step):
                    break
        finally:
            for session in sessions:
                session.close()
            for reset in self._resets:
                reset.after(case)

    def _subject_alive(self, step):
        if self._subject.alive():
            return True
        log = self._subject.log.read_text(errors="replace")
        raise StartFailed(f"{step.place}: the subject died. Its log ends:\n{log[-2000:]}")

    def _fault(self, step, protocol, subject, reference):
        """What is wrong with the subject's reply, or nothing."""
        equal = comparison.same(step, protocol, subject, reference)
        if step.difference:
            return None if self._subject.is_redis else self._difference_fault(step, protocol, subject, equal)
        if step.newer and self._reference.version < NEWER:
            return self._newer_fault(step, protocol, subject)
        if not equal and step.comparator == "fields":
            return "; ".join(comparison.field_faults(step, protocol, subject, reference))
        if not equal:
            return "the replies differ"
        if step.comparator != "fields" and not self._expected(step, protocol, subject):
            return "equal, but not what the case says"
        return None

    def _difference_fault(self, step, protocol, subject, equal):
        if step.difference not in self._differences:
            return f"no entry '{step.difference}' in {DIFFERENCES.name}"
        if equal:
            return f"no difference: '{step.difference}' does not apply here"
        return None if self._expected(step, protocol, subject) else "not the reply that the case says"

    def _newer_fault(self, step, protocol, subject):
        if self._subject.is_redis and self._subject.version < NEWER:
            return None
        return None if self._expected(step, protocol, subject) else "not the reply of Redis 7.2 that the case says"

    def _expected(self, step, protocol, reply):
        return comparison.matches_expected(step, protocol, reply)

    def _report(self, case, step, protocol, fault, subject, reference):
        self.failures += 1
        title = f"  ({case.title})" if case.title else ""
        print(f"{step.place}  RESP{protocol}  {step.text}{title}\n  {fault}")
        if step.comparator == "fields":
            return
        for text in step.expected_for(protocol):
            print(f"    case       {text}")
        print(f"    reference  {_shown(reference)}\n    subject    {_shown(subject)}")


def _covers(case, line):
    return any(int(step.place.rsplit(":", 1)[1]) == line for step in case.steps)


def _shown(reply, limit=300):
    text = repr(reply)[2:-1]
    return text if len(text) <= limit else f"{text[:limit]}... ({len(reply)} bytes)"


def difference_ids(path):
    """The entries of docs/differences.md."""
    return set(re.findall(r'<a id="([a-z0-9-]+)">', path.read_text())) if path.exists() else set()


def parse_command_line():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--subject", required=True, help="the server that is tested")
    parser.add_argument("--reference", default="redis-server", help="the Redis it is compared with")
    parser.add_argument("selection", nargs="*", help="case files by name (strings), or one case (strings:120)")
    return parser.parse_args()


def selected(selection):
    """Pairs of a case file and a line (or none)."""
    if not selection:
        return [(path, None) for path in sorted((HERE / "cases").glob("*.txt"))]
    chosen = []
    for name in selection:
        stem, _, line = name.partition(":")
        chosen.append((HERE / "cases" / f"{stem.removesuffix('.txt')}.txt", int(line) if line else None))
    return chosen


def resolve_binary(name):
    found = shutil.which(name)
    if not found:
        sys.exit(f"run.py: no such server: {name}")
    return found


def main():
    options = parse_command_line()
    binaries = [resolve_binary(name) for name in (options.subject, options.reference)]
    run = Comparison(*binaries, difference_ids(DIFFERENCES))
    started = time.monotonic()
    try:
        for path, line in selected(options.selection):
            run.run_file(case_file.load(path), line)
    except (case_file.BadCase, StartFailed) as error:
        print(error)
        run.failures += 1
    seconds = time.monotonic() - started
    print(f"{run.cases} cases, {run.steps} commands, {run.failures} differences, {seconds:.1f} s")
    return 1 if run.failures else 0


if __name__ == "__main__":
    sys.exit(main())
