"""Make the example workbook from the Ukraine Support Tracker and the tables in ``coalition/``.

usage: make_coalition.py TRACKER [OUTPUT]
TRACKER is the tracker's workbook, 7th release; OUTPUT is coalition.xlsx beside this script unless named (a name that
ends in .json gives a problem file). The rows left out are listed, with reasons, in coalition/left_out.csv.
"""

from __future__ import annotations

import csv
import sys
from collections import Counter
from pathlib import Path

from coalition.build import coalition
from coalition.data import HERE, Row
from coalition.offers import read_promises, sort_out
from pledgeway.formats import write_problem


def write_left_out(left_out: list[Row], path: Path) -> None:
    """Write the rows left out, with reasons, as CSV."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(left_out[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(left_out)


def main(arguments: list[str]) -> int:
    """Make the workbook, say what was left out; return the exit status."""
    if len(arguments) not in (1, 2):
        print(__doc__)
        return 2
    beside = Path(__file__).parent
    output = Path(arguments[1]) if len(arguments) == 2 else beside / "coalition.xlsx"
    promises = read_promises(Path(arguments[0]))
    problem = coalition(promises)
    _, left_out = sort_out(promises)
    write_problem(problem, output)
    write_left_out(left_out, output.with_name("left_out.csv") if len(arguments) == 2 else HERE / "left_out.csv")
    print(f"{output}: {', '.join(f'{len(frame)} {name}' for name, frame in problem.tables().items())}")
    print(f"{len(left_out)} of {len(promises)} rows left out:")
    for reason, count in Counter(row["reason"] for row in left_out).most_common():
        print(f"  {count:3d} {reason}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
