"""Ratios of two sides that ran beside each other. The machine is faster or slower from one minute to the
next, so each ratio is of runs of the same moment, and the median of many such ratios counts."""

import statistics

FIGURES = ("seconds", "cpu_seconds", "server_cpu_seconds", "bytes")


def spread(values):
    """Lowest, lower quartile, upper quartile, highest."""
    values = sorted(values)
    lower, _, upper = (
        statistics.quantiles(values, n=4, method="inclusive") if len(values) > 1 else values * 3
    )
    return [round(value, 3) for value in (values[0], lower, upper, values[-1])]


def pair(name, ours, peer_name, theirs):
    """One row: medians of both sides, and how many times as fast ours is, by wall and by CPU time."""
    row = {"name": name, "peer": peer_name, "turns": len(ours)}
    for side, runs in (("picdesk", ours), (peer_name, theirs)):
        row[side] = {
            key: round(statistics.median(run[key] for run in runs), 3)
            for key in FIGURES
            if key in runs[0]
        }
    both = list(zip(ours, theirs))
    ratios = {
        "ratio": [peer["seconds"] / own["seconds"] for own, peer in both],
        "cpu_ratio": [peer["cpu_seconds"] / own["cpu_seconds"] for own, peer in both],
    }
    if "start_seconds" in theirs[0]:
        ratios["ratio_with_start"] = [
            (peer["seconds"] + peer["start_seconds"]) / own["seconds"] for own, peer in both
        ]
    for key, values in ratios.items():
        row[key] = round(statistics.median(values), 3)
        row[f"{key}_spread"] = spread(values)
    return row


def table(rows):
    """Lines for people."""
    if rows:
        yield (
            f"{'':41}{'picdesk s':>10}{'peer s':>8}{'x':>7}{'cpu x':>7}"
            "   quartiles and extremes of x"
        )
    for row in rows:
        line = (
            f"{row['name'] + ' / ' + row['peer']:41}{row['picdesk']['seconds']:10.2f}"
            f"{row[row['peer']]['seconds']:8.2f}{row['ratio']:7.2f}{row['cpu_ratio']:7.2f}"
        )
        if "ratio_spread" in row:
            lowest, lower, upper, highest = row["ratio_spread"]
            line += f"   {lower:.2f}..{upper:.2f}  {lowest:.2f}..{highest:.2f}  of {row['turns']}"
        yield line
