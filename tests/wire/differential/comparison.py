"""Decides whether two raw replies are equal enough, by the comparator that a step names."""

import json
import re

from case_file import unescape
from resp import parse

CLOSED = b"(closed)"
SILENT = b"(no reply)"


def same(step, protocol, subject, reference):
    """Whether the subject's reply is what it should be, given the reference's."""
    if SILENT in (subject, reference):
        return False
    if subject == CLOSED or reference == CLOSED:
        return subject == reference
    return COMPARATORS[step.comparator](step, protocol, subject, reference)


def matches_expected(step, protocol, reply):
    """Whether a reply is one of those written below the step (or none is written)."""
    texts = step.expected_for(protocol)
    if not texts:
        return True
    body = reply.removesuffix(b"\r\n")
    if step.comparator == "pattern":
        return any(re.fullmatch(text.encode(), body, re.DOTALL) for text in texts)
    if step.comparator == "docs":
        return any(json.loads(text) == _documented(parse(reply)) for text in texts)
    return any(unescape(text) == body for text in texts)


def _bytes(step, protocol, subject, reference):
    return subject == reference


def _shape(step, protocol, subject, reference):
    return _same_shape(parse(subject), parse(reference))


def _same_shape(a, b):
    if a.kind != b.kind or (a.value is None) != (b.value is None):
        return False
    if not isinstance(a.value, list):
        return True
    return len(a.value) == len(b.value) and all(map(_same_shape, a.value, b.value))


def _unordered(step, protocol, subject, reference):
    return _sorted(parse(subject)) == _sorted(parse(reference))


def _sorted(node):
    """A reply with the elements of all its arrays, sets and maps in one order."""
    if not isinstance(node.value, list):
        return node.raw
    elements = [_sorted(element) for element in node.value]
    if node.kind == b"%":
        elements = [key + value for key, value in zip(elements[::2], elements[1::2])]
    return b"%b%d\r\n%b" % (node.kind, len(elements), b"".join(sorted(elements)))


def _near(step, protocol, subject, reference):
    return _all_near(parse(subject), parse(reference), step.tolerance)


def _all_near(a, b, tolerance):
    if a.kind != b.kind:
        return False
    if isinstance(a.value, list):
        return len(a.value) == len(b.value) and all(_all_near(x, y, tolerance) for x, y in zip(a.value, b.value))
    if a.raw == b.raw:
        return True
    return _is_integer(a) and _is_integer(b) and abs(int(a.value) - int(b.value)) <= tolerance


def _is_integer(node):
    return node.value is not None and re.fullmatch(rb"-?\d+", node.value) is not None


def _pattern(step, protocol, subject, reference):
    return matches_expected(step, protocol, subject) and matches_expected(step, protocol, reference)


# INFO fields of 7.2 that 7.0 does not have.
NEWER_FIELDS = set(
    """listener total_blocking_keys total_blocking_keys_on_nokey acl_access_denied_auth acl_access_denied_channel
    acl_access_denied_cmd acl_access_denied_key eventloop_cycles eventloop_duration_cmd_sum eventloop_duration_sum
    instantaneous_eventloop_cycles_per_sec instantaneous_eventloop_duration_usec""".split()
)


def _fields(step, protocol, subject, reference):
    return not field_faults(step, protocol, subject, reference)


def field_faults(step, protocol, subject, reference):
    """What is wrong with an INFO text: the names below the step must be there; any other name, in
    a section that the reference has too, must be one of Redis's."""
    ours, theirs = _sections(parse(subject).value), _sections(parse(reference).value)
    required = set(map(_family, " ".join(step.expected_for(protocol)).split()))
    present = set().union(*ours.values())
    faults = [f"missing field {name}" for name in sorted(required - present)]
    for section in ours.keys() & theirs.keys():
        faults += [f"unknown field {name}" for name in sorted(ours[section] - theirs[section] - NEWER_FIELDS)]
    return faults


def _sections(text):
    """The field names of an INFO text by section. Of families (cmdstat_get, db3) the family's name."""
    sections, names = {}, set()
    for line in text.decode().removeprefix("txt:").splitlines():
        if line.startswith("# "):
            names = sections.setdefault(line[2:], set())
        elif ":" in line:
            names.add(_family(line.split(":")[0]))
    return sections


def _family(name):
    return re.sub(r"^(cmdstat|errorstat|latency_percentiles_usec|db|listener)[_\d].*", r"\1", name)


def _values(step, protocol, subject, reference):
    return _chosen_lines(step, subject) == _chosen_lines(step, reference)


def _chosen_lines(step, reply):
    lines = parse(reply).value.decode().removeprefix("txt:").splitlines()
    return [line for line in lines if line.split(":")[0] in step.chosen_fields]


def _docs(step, protocol, subject, reference):
    return _documented(parse(subject)) == _documented(parse(reference))


# What is prose, or was added by a later version than the reference's.
UNCOMPARED_DOCS = {"summary", "complexity", "display_text", "history", "replaced_by"}


def _documented(node):
    """COMMAND DOCS as nested Python values, without the prose."""
    if not isinstance(node.value, list):
        return node.value.decode()
    if node.kind == b"%" or _looks_like_map(node):
        pairs = ((key.value.decode(), value) for key, value in node.pairs())
        return {key: _documented(value) for key, value in pairs if key not in UNCOMPARED_DOCS}
    return [_documented(element) for element in node.value]


def _looks_like_map(node):
    """In RESP2 a map is a flat array; those of COMMAND DOCS alternate names and values."""
    return len(node.value) % 2 == 0 and len(node.value) >= 2 and all(
        isinstance(key.value, bytes) and key.kind == b"$" for key in node.value[::2]
    )


COMPARATORS = {
    "bytes": _bytes,
    "shape": _shape,
    "unordered": _unordered,
    "near": _near,
    "pattern": _pattern,
    "fields": _fields,
    "values": _values,
    "docs": _docs,
}
