"""What the reports compute from repeats."""
from statistics import median

# A figure whose repeats lie further apart than this share of their median says so.
WIDE = 0.15


def spread(values):
    """How far the values lie apart, as a share of their median."""
    values = list(values)
    middle = median(values)
    return (max(values) - min(values)) / middle if middle else 0.0


def is_wide(values):
    return spread(values) > WIDE


def summary(values):
    """The median of repeats and what it is worth."""
    values = list(values)
    return {"median": median(values), "least": min(values), "most": max(values),
            "spread": spread(values), "wide": is_wide(values)}


def of_turns(latencies):
    """Of the latencies of several turns, by point: medians, but of `max` the largest."""
    return {point: (max if point == "max" else median)(turn[point] for turn in latencies)
            for point in latencies[0]}


def paired_ratios(ours, theirs):
    """Repeat by repeat: machines drift, and what was measured together drifted together."""
    return [a / b for a, b in zip(ours, theirs, strict=True) if b]


def lags(due, observations):
    """How late each of several events was seen.

    `due`: when each was due. `observations`: (time, how many had happened by then), in order. The
    nth that happened is taken for the nth that was due. What never happened is None.
    """
    result = []
    rest = iter(observations)
    seen = (float("-inf"), 0)
    for count, moment in enumerate(sorted(due), start=1):
        while seen is not None and seen[1] < count:
            seen = next(rest, None)
        result.append(None if seen is None else max(0.0, seen[0] - moment))
    return result


def quantile(values, share):
    """The least of the values that `share` of them do not exceed."""
    ordered = sorted(values)
    # Without the margin, 0.07 * 100 would be above 7.
    count = -(-(share * len(ordered) - 1e-9) // 1)
    return ordered[max(int(count), 1) - 1]
