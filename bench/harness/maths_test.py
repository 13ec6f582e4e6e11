import unittest

from bench.harness.maths import is_wide, lags, of_turns, paired_ratios, quantile, spread, summary


class Spread(unittest.TestCase):
    def test_is_relative_to_the_median(self):
        self.assertAlmostEqual(spread([9, 10, 12]), 0.3)
        self.assertEqual(spread([5]), 0)
        self.assertEqual(spread([0, 0]), 0)

    def test_says_when_it_is_wide(self):
        self.assertFalse(is_wide([10, 10.5, 11]))
        self.assertTrue(is_wide([10, 10.5, 12]))

    def test_belongs_to_the_summary(self):
        self.assertEqual(summary([3, 1, 2]), {"median": 2, "least": 1, "most": 3, "spread": 1,
                                              "wide": True})


class OfTurns(unittest.TestCase):
    def test_are_medians_but_the_longest_of_all(self):
        turns = [{"p50": 1, "max": 9}, {"p50": 3, "max": 4}, {"p50": 2, "max": 5}]
        self.assertEqual(of_turns(turns), {"p50": 2, "max": 9})


class PairedRatios(unittest.TestCase):
    def test_compare_what_was_measured_together(self):
        self.assertEqual(paired_ratios([1, 2], [2, 4]), [0.5, 0.5])

    def test_need_as_many_of_each(self):
        with self.assertRaises(ValueError):
            paired_ratios([1], [1, 2])


class Lags(unittest.TestCase):
    def test_count_from_due_to_seen(self):
        self.assertEqual(lags([1, 2, 3], [(0, 0), (1.5, 1), (4, 3)]), [0.5, 2, 1])

    def test_do_not_depend_on_the_order_of_writing(self):
        self.assertEqual(lags([3, 1, 2], [(1.5, 1), (4, 3)]), [0.5, 2, 1])

    def test_are_none_for_what_was_never_seen(self):
        self.assertEqual(lags([1, 2], [(1, 1), (50, 1)]), [0, None])

    def test_are_not_negative(self):
        self.assertEqual(lags([2], [(1, 1)]), [0])


class Quantile(unittest.TestCase):
    def test_is_a_value_that_occurred(self):
        values = list(range(100, 0, -1))
        self.assertEqual(quantile(values, 0.5), 50)
        self.assertEqual(quantile(values, 0.99), 99)
        self.assertEqual(quantile(values, 1), 100)
        self.assertEqual(quantile(values, 0.07), 7)
        self.assertEqual(quantile([4], 0.5), 4)


if __name__ == "__main__":
    unittest.main()
