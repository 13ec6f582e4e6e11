"""A table, for a person in a terminal and for a Markdown page: the same text."""
from dataclasses import dataclass, field

from bench.harness.maths import WIDE, summary

WIDE_MARK = "~"
WIDE_NOTE = (f"{WIDE_MARK}: the repeats lie more than {WIDE:.0%} apart; "
             "measure again on a quieter machine.")


@dataclass
class Table:
    title: str
    header: list
    rows: list
    notes: list = field(default_factory=list)

    def markdown(self):
        texts = [[str(value) for value in row] for row in [self.header, *self.rows]]
        widths = [max(len(row[i]) for row in texts) for i in range(len(self.header))]

        def line(cells):
            return "| " + " | ".join(cell.ljust(w) for cell, w in zip(cells, widths)) + " |"
        lines = [line(texts[0]), "|" + "|".join("-" * (w + 2) for w in widths) + "|",
                 *map(line, texts[1:])]
        notes = list(self.notes)
        if any(WIDE_MARK in cell for row in texts[1:] for cell in row):
            notes.append(WIDE_NOTE)
        return "\n".join([f"**{self.title}**", "", *lines, *([""] if notes else []), *notes])


def number(value, digits=2):
    """Enough digits to compare, and no more."""
    return f"{value:,.{digits}f}"


def beside_names(points):
    """The columns of what beside_cells() makes."""
    return [f"{point} {when}" for point in points for when in ("alone", "beside")]


def beside_cells(rows, points):
    """Latencies alone and beside something, in µs: medians of the repeats."""
    return [of_repeats([row[f"latency_us_{when}"][point] for row in rows], 0)
            for point in points for when in ("alone", "beside")]


def of_repeats(values, digits=2):
    """The median, marked if the repeats disagree."""
    if not values:
        return "-"
    result = summary(values)
    return number(result["median"], digits) + (WIDE_MARK if result["wide"] else "")


def ratio(values):
    """The median of ratios, and between which they lay."""
    if not values:
        return "-"
    result = summary(values)
    return (of_repeats(values) if len(values) == 1 else
            f"{of_repeats(values)} ({result['least']:.2f}-{result['most']:.2f})")
