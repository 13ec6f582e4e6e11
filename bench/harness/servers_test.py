"""What servers.py says of servers that it did not start."""
import unittest

from bench.harness.servers import wait_until_idle


class Busy:
    """Uses all of a core for so many looks at its CPU time."""

    def __init__(self, looks):
        self.looks = looks
        self.seconds = 0.0

    def cpu_seconds(self):
        if self.looks > 0:
            self.looks -= 1
            self.seconds += 1
        return self.seconds


class WaitUntilIdleTest(unittest.TestCase):
    def test_returns_when_all_are_at_rest(self):
        servers = [Busy(0), Busy(5)]
        wait_until_idle(servers, window_s=0)
        self.assertEqual(servers[1].looks, 0)

    def test_gives_up_on_one_that_never_rests(self):
        with self.assertRaisesRegex(RuntimeError, "rest"):
            wait_until_idle([Busy(10**9)], window_s=0, patience_s=0.01)


if __name__ == "__main__":
    unittest.main()
