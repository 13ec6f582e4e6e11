"""The runner's own tests: it reads what README.md says, and it finds what it is there to find."""

import unittest

import comparison
from case_file import Placeholder, read_step, split_arguments, unescape
from resp import parse


def equal(line, subject, reference):
    return comparison.same(read_step("here:1", line), 2, subject, reference)


class CaseLines(unittest.TestCase):
    def test_words_are_quoted_as_in_redis_cli(self):
        line = r'SET k "a \x00\n\"" ' + "'b c' \"\""
        self.assertEqual(split_arguments(line), [b"SET", b"k", b'a \0\n"', b"b c", b""])

    def test_braces_stand_for_something_unless_quoted(self):
        words = [Placeholder("now+5"), b"{now+5}", Placeholder("x*3")]
        self.assertEqual(split_arguments('{now+5} "{now+5}" {x*3}'), words)

    def test_unbalanced_quotes_are_refused(self):
        self.assertRaises(ValueError, split_arguments, 'GET "k')

    def test_prefixes_combine(self):
        step = read_step("here:1", "@2 ~7.2 ~near 5 TTL k")
        self.assertEqual((step.connection, step.newer, step.comparator, step.tolerance), ("2", True, "near", 5))
        self.assertEqual(step.arguments, [b"TTL", b"k"])

    def test_an_unknown_prefix_is_refused(self):
        self.assertRaises(ValueError, read_step, "here:1", "~nearly TTL k")

    def test_replies_are_written_as_on_the_wire(self):
        self.assertEqual(unescape(r"$1\r\n\xff\\"), b"$1\r\n\xff\\")


class Comparators(unittest.TestCase):
    def test_bytes_are_bytes(self):
        self.assertTrue(equal("GET k", b"+OK\r\n", b"+OK\r\n"))
        self.assertFalse(equal("GET k", b"+OK\r\n", b"$2\r\nOK\r\n"))

    def test_no_reply_is_never_right(self):
        self.assertFalse(equal("~shape GET k", comparison.SILENT, comparison.SILENT))

    def test_a_closed_connection_is_only_equal_to_another(self):
        self.assertTrue(equal("!closed", comparison.CLOSED, comparison.CLOSED))
        self.assertFalse(equal("!closed", b"+OK\r\n", comparison.CLOSED))

    def test_shape_compares_types_and_lengths(self):
        self.assertTrue(equal("~shape X", b"*2\r\n:1\r\n$1\r\na\r\n", b"*2\r\n:9\r\n$2\r\nbb\r\n"))
        self.assertFalse(equal("~shape X", b"*1\r\n:1\r\n", b"*2\r\n:1\r\n:1\r\n"))
        self.assertFalse(equal("~shape X", b"$-1\r\n", b"$1\r\na\r\n"))

    def test_unordered_compares_elements(self):
        self.assertTrue(equal("~unordered X", b"*2\r\n:1\r\n:2\r\n", b"*2\r\n:2\r\n:1\r\n"))
        self.assertTrue(equal("~unordered X", b"*1\r\n*2\r\n:1\r\n:2\r\n", b"*1\r\n*2\r\n:2\r\n:1\r\n"))
        self.assertFalse(equal("~unordered X", b"%1\r\n:1\r\n:2\r\n", b"%1\r\n:2\r\n:1\r\n"))
        self.assertFalse(equal("~unordered X", b"*2\r\n:1\r\n:1\r\n", b"*2\r\n:2\r\n:1\r\n"))

    def test_near_allows_as_much_as_it_says(self):
        self.assertTrue(equal("~near 5 X", b":10\r\n", b":15\r\n"))
        self.assertFalse(equal("~near 5 X", b":10\r\n", b":16\r\n"))

    def test_fields_must_be_known_and_the_named_ones_there(self):
        step = read_step("here:1", "~fields INFO")
        step.expected = [(None, "used_memory")]
        reference = b"$33\r\n# Memory\r\nused_memory:1\r\nrest:2\r\n\r\n"
        self.assertEqual(comparison.field_faults(step, 2, reference, reference), [])
        unknown = b"$33\r\n# Memory\r\nused_memory:1\r\nmine:2\r\n\r\n"
        self.assertEqual(comparison.field_faults(step, 2, unknown, reference), ["unknown field mine"])
        missing = b"$18\r\n# Memory\r\nrest:2\r\n\r\n"
        self.assertEqual(comparison.field_faults(step, 2, missing, reference), ["missing field used_memory"])


class Replies(unittest.TestCase):
    def test_a_reply_is_taken_apart(self):
        node = parse(b"%1\r\n$1\r\na\r\n*2\r\n:1\r\n_\r\n")
        ((key, value),) = node.pairs()
        self.assertEqual(key.value, b"a")
        self.assertEqual([element.raw for element in value.value], [b":1\r\n", b"_\r\n"])

    def test_what_follows_a_reply_is_an_error(self):
        self.assertRaises(ValueError, parse, b":1\r\n:2\r\n")


if __name__ == "__main__":
    unittest.main()
