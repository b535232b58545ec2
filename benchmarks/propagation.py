"""How analytic and Monte Carlo propagation agree, as a table, from the results of a run with ``propagation: both``.

The page on uncertainty has the commands.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path


def main(folder: Path) -> None:
    """Print one row for each region and quantity."""
    results = json.loads((folder / "results.json").read_text(encoding="utf-8"))
    used = results["uncertainty"]
    print(f"{used['samples']} draws, seed {used['seed']}\n")
    print("| region | quantity | u by Monte Carlo over analytic | lower end | upper end |\n|---|---|---|---|---|")
    for one in used["agreement"]:
        ends = f"{one['lower_end_difference']:+.2f} | {one['upper_end_difference']:+.2f}"
        print(f"| {one['region']} | {one['quantity']} | {one['ratio_of_standard_uncertainties']:.2f} | {ends} |")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
