"""The figures of docs/tables.md, between its two marks, out of the results of compare.py.

    /usr/bin/python3 bench/tables/table.py experiments/results/tables.json docs/tables.md
"""
import json
import re
import sys

MODELS = ("quadric", "linear", "mlp", "boosting")
SMALL = 2000


def mean(values):
    return sum(values) / len(values)


def rows_of(tables):
    for name, table in tables.items():
        error = {model: mean([split[model]["error"] for split in table["splits"]]) for model in MODELS}
        covers = [split["quadric"]["coverage"] for split in table["splits"] if "coverage" in split["quadric"]]
        least = lambda model: min((time[model]["cpu"] for time in table["times"]), default=None)
        yield {
            "name": name,
            "rows": table["rows"],
            "error": error,
            "coverage": mean(covers) if covers else None,
            "seconds": {model: least(model) for model in ("quadric", "mlp")},
        }


def table_of(rows):
    head = ["table", "rows", *MODELS, "inside 90 %", "seconds", "seconds of the MLP"]
    lines = [f"| {' | '.join(head)} |", f"| {' | '.join('---' for _ in head)} |"]
    for row in rows:
        best = min(row["error"].values())
        errors = [f"**{e:.4g}**" if e == best else f"{e:.4g}" for e in row["error"].values()]
        covers = "" if row["coverage"] is None else f"{100 * row['coverage']:.1f} %"
        times = ["–" if s is None else f"{s:.1f}" for s in row["seconds"].values()]
        lines.append(f"| {' | '.join([row['name'], format(row['rows'], ','), *errors, covers, *times])} |")
    return lines


def listed(rows, ratio):
    return ", ".join(f"{row['name']} by {100 * (ratio(row) - 1):.1f} %" for row in rows)


def summary_of(rows):
    against = lambda model: (lambda row: row["error"]["quadric"] / row["error"][model])
    worse = [row for row in rows if against("linear")(row) > 1]
    behind = [row for row in rows if against("mlp")(row) > 1]
    small = [row for row in rows if row["rows"] < SMALL]
    ahead = [row for row in small if against("boosting")(row) < 1]
    covers = [row for row in rows if row["coverage"] is not None]
    outside = [row for row in covers if not 0.87 <= row["coverage"] <= 0.93]
    timed = [row for row in rows if row["seconds"]["mlp"] is not None]
    faster = [row for row in timed if row["seconds"]["quadric"] <= row["seconds"]["mlp"]]
    slower = [row for row in timed if row["seconds"]["quadric"] > row["seconds"]["mlp"]]
    pace = lambda row: row["seconds"]["quadric"] / row["seconds"]["mlp"]
    percent = lambda row: f"{row['name']} {100 * row['coverage']:.1f} %"
    return [
        f"- Above ridge or logistic regression on {len(worse)} of {len(rows)}{': ' + listed(worse, against('linear')) if worse else ''}.",
        f"- Below the MLP on {len(rows) - len(behind)} of {len(rows)}; above it on {listed(behind, against('mlp')) or 'none'}.",
        f"- Below boosting on {len(ahead)} of the {len(small)} tables of fewer than {SMALL:,} rows.",
        f"- Intervals of 90 % hold 87 to 93 % of the test rows on {len(covers) - len(outside)} of {len(covers)}{'; not on ' + ', '.join(map(percent, outside)) if outside else ''}.",
        f"- At most the MLP's seconds on {len(faster)} of {len(timed)}{'; more on ' + listed(slower, pace) if slower else ''}.",
    ]


def main():
    results, page = sys.argv[1:]
    record = json.load(open(results))
    rows = list(rows_of(record["tables"]))
    text = "\n".join([*table_of(rows), "", *summary_of(rows)])
    begin, end = "<!-- figures -->", "<!-- end of figures -->"
    old = open(page, encoding="utf-8").read()
    new = re.sub(f"{begin}.*?{end}", lambda _: f"{begin}\n{text}\n{end}", old, flags=re.S)
    open(page, "w", encoding="utf-8").write(new)


main()
