"""Reads case files: see README.md for the format."""

import re
from dataclasses import dataclass, field
from pathlib import Path


class BadCase(Exception):
    """A line that the format does not know, with its place."""


@dataclass
class Step:
    """One line: what is sent, on which connection, and how the replies are compared."""

    place: str
    text: str
    action: str  # command, noreply, send, read, raw, closed, until, scan
    arguments: list
    connection: str = "1"
    comparator: str = "bytes"
    tolerance: int = 0
    chosen_fields: list = field(default_factory=list)  # ~values
    newer: bool = False  # ~7.2
    difference: str = None  # an entry of docs/differences.md
    save_as: str = None
    save_pattern: str = None  # what of the reply is saved: the first group
    expected: list = field(default_factory=list)  # (protocol or None, text of the line)

    def expected_for(self, protocol):
        return [text for only, text in self.expected if only in (None, protocol)]


@dataclass
class Case:
    place: str
    line: int
    title: str
    steps: list = field(default_factory=list)
    protocols: tuple = (2, 3)


@dataclass
class CaseFile:
    name: str
    cases: list
    server_arguments: list


@dataclass(frozen=True)
class Placeholder:
    """An argument that is known only when it is sent: the text between the braces."""

    text: str


ACTIONS = ("send", "read", "raw", "closed", "until", "scan")
COMPARATORS = ("shape", "unordered", "pattern", "fields", "docs")
EXPECTED = re.compile(r"\s+=([23])? ?(.*)")


def load(path, protocols=(2, 3)):
    return _Reader(Path(path), protocols).read()


class _Reader:
    def __init__(self, path, protocols):
        self._path = path
        self._server_arguments = []
        self._file_protocols = protocols
        self._cases = []
        self._case = None

    def read(self):
        for number, line in enumerate(self._path.read_text().splitlines(), 1):
            try:
                self._read_line(number, line)
            except ValueError as error:
                raise BadCase(f"{self._path}:{number}: {error}") from None
        self._finish_case()
        return CaseFile(self._path.stem, self._cases, self._server_arguments)

    def _read_line(self, number, line):
        if not line.strip():
            self._finish_case()
        elif line.startswith("#"):
            self._read_title(number, line[1:].strip())
        elif line[0].isspace():
            self._read_expected(line)
        elif line.startswith("!server "):
            self._server_arguments = [word.decode() for word in split_arguments(line)[1:]]
        elif line.startswith("!only "):
            self._read_only(number, int(line.split()[1]))
        else:
            self._case_at(number).steps.append(read_step(f"{self._path.name}:{number}", line))

    def _read_title(self, number, title):
        if self._case and not self._case.steps:
            self._case.title += " " + title
            return
        self._finish_case()
        self._case_at(number).title = title

    def _read_expected(self, line):
        match = EXPECTED.fullmatch(line)
        if not match or not self._case or not self._case.steps:
            raise ValueError("an indented line is a reply: '  = +OK', below a command")
        protocol, text = match.groups()
        self._case.steps[-1].expected.append((int(protocol) if protocol else None, text))

    def _read_only(self, number, protocol):
        if not self._cases and not self._case:
            self._file_protocols = (protocol,)
        else:
            self._case_at(number).protocols = (protocol,)

    def _case_at(self, number):
        if not self._case:
            self._case = Case(f"{self._path.name}:{number}", number, "", protocols=self._file_protocols)
        return self._case

    def _finish_case(self):
        if self._case and self._case.steps:
            _check(self._case)
            self._cases.append(self._case)
        self._case = None


def _check(case):
    for step in case.steps:
        if step.newer and not step.expected:
            raise ValueError(f"{step.place}: ~7.2 needs a line with the reply")
        if step.comparator == "pattern" and not step.expected:
            raise ValueError(f"{step.place}: ~pattern needs a line with the expression")


def read_step(place, line):
    step = Step(place, line, "command", [])
    rest = _read_prefixes(step, line)
    tokens = split_arguments(rest)
    if tokens and isinstance(tokens[0], bytes) and rest.startswith("!"):
        step.action = tokens.pop(0)[1:].decode()
        if step.action not in ACTIONS:
            raise ValueError(f"no such action: !{step.action}")
    elif not tokens:
        raise ValueError("a prefix without a command")
    step.arguments = tokens
    return step


def _read_prefixes(step, line):
    """Takes the ~ and @ words off the line and returns the rest."""
    while line[:1] in ("~", "@"):
        word, _, line = line.partition(" ")
        line = line.lstrip()
        name = word[1:]
        if word[0] == "@":
            step.connection = name
        elif name in COMPARATORS:
            step.comparator = name
        elif name == "noreply":
            step.action = "noreply"
        elif name == "7.2":
            step.newer = True
        elif name in ("near", "values", "differs", "as"):
            value, _, line = line.partition(" ")
            _read_valued_prefix(step, name, value)
        else:
            raise ValueError(f"no such prefix: {word}")
    return line


def _read_valued_prefix(step, name, value):
    if name == "near":
        step.comparator, step.tolerance = "near", int(value)
    elif name == "values":
        step.comparator, step.chosen_fields = "values", value.split(",")
    elif name == "differs":
        step.difference = value
    else:
        step.save_as, _, step.save_pattern = value.partition(":")
        step.comparator = "shape"


# --- Quoting ---------------------------------------------------------------------------------

TOKEN = re.compile(r'"((?:[^"\\]|\\.)*)"(?=\s|$)|' r"'((?:[^'\\]|\\.)*)'(?=\s|$)|" r"(\S+)")
ESCAPE = re.compile(rb"\\(x[0-9a-fA-F]{2}|.)", re.DOTALL)
ESCAPED = {b"n": b"\n", b"r": b"\r", b"t": b"\t", b"b": b"\b", b"a": b"\a"}


def unescape(text):
    """Bytes of a text in which \\n, \\xff and the like stand for one byte."""

    def replace(match):
        code = match.group(1)
        if len(code) == 3:
            return bytes([int(code[1:], 16)])
        return ESCAPED.get(code, code)

    return ESCAPE.sub(replace, text.encode())


def split_arguments(line):
    """The words of a line in redis-cli's quoting: bytes, or a Placeholder for {...}."""
    words, position = [], 0
    while match := re.compile(r"\s*").match(line, position):
        position = match.end()
        if position == len(line):
            return words
        token = TOKEN.match(line, position)
        words.append(_word(token))
        position = token.end()
    return words


def _word(token):
    double, single, bare = token.groups()
    if double is not None:
        return unescape(double)
    if single is not None:
        return single.replace("\\'", "'").encode()
    if bare[0] in "\"'":
        raise ValueError(f"unbalanced quotes: {bare}")
    if re.fullmatch(r"\{(now(ms)?([+-]\d+)?|.+\*\d+|[a-z_]+)\}", bare):
        return Placeholder(bare[1:-1])
    return bare.encode()
