"""Turn published effective half-lives into population priors, or check that the committed ones are what this makes.

    python tools/derive_priors.py [--check]

A publication prints the mean and the standard deviation, or the median and the range, of effective half-lives. Both are
taken as log-normal (``hevesy.numerics.log_normal``). The prior's parameter is the logarithm of the biological washout
rate, ln 2/T less physical decay: its median is that of the half-life, its spread half the difference between the
half-lives at minus and plus one logarithmic standard deviation. Nothing is said about the uptake (flat), and regions
are independent, as no publication prints their correlation.
"""

from __future__ import annotations

import hashlib
import math
import sys
import tempfile
import tomllib
from pathlib import Path
from typing import Any

import numpy as np

from hevesy.domain import Citation, PopulationPrior, RegionPrior
from hevesy.numerics.kinetic_model import KINETIC_MODELS
from hevesy.numerics.log_normal import from_mean, log_deviation_from_range
from hevesy.physdata import decay_data, write_prior

FOLDER = Path(__file__).resolve().parents[1] / "src" / "hevesy" / "physdata" / "priors"


def derived(folder: Path) -> PopulationPrior:
    """The prior of one folder's published numbers."""
    published = tomllib.loads((folder / "published.toml").read_text(encoding="utf-8"))
    note = tomllib.loads((folder / "SOURCE.toml").read_text(encoding="utf-8"))
    regions = published["regions"]
    physical_h = decay_data(published["nuclide"], folder.name).half_life_s / 3600.0
    washout = [log_washout(*log_normal(region), physical_h) for region in regions]
    size = 2 * len(regions)
    mean, between, of_mean = np.zeros(size), np.zeros((size, size)), np.zeros((size, size))
    for k, ((centre, spread), region) in enumerate(zip(washout, regions, strict=True)):
        mean[2 * k + 1] = centre
        between[2 * k + 1, 2 * k + 1] = spread**2
        of_mean[2 * k + 1, 2 * k + 1] = spread**2 / region["n"]
    model = KINETIC_MODELS["mono"]
    residual = published["residual_relative_standard_deviation"]
    return PopulationPrior(
        ligand=published["ligand"],
        nuclide=published["nuclide"],
        activity_unit="not said by the source",
        fraction_of_administered_per_unit=None,
        regions=tuple(RegionPrior(r["name"], model.name, model.parameters, residual) for r in regions),
        mean=mean.round(6),
        mean_covariance=of_mean.round(9),
        between_patients=between.round(9),
        between_cycles=None,
        uninformative=(True, False) * len(regions),
        covariates=(),
        patients=published["patients"],
        source=f"{note['title']}. {note['status']}",
        citation=Citation(folder.name, note["citation"], note.get("doi")),
    )


def log_normal(region: dict[str, Any]) -> tuple[float, float]:
    """Median [h] and logarithmic standard deviation of a region's effective half-life."""
    if "median_h" in region:
        return region["median_h"], log_deviation_from_range(*region["range_h"], region["n"])
    return from_mean(region["mean_h"], region["standard_deviation_h"])


def log_washout(median_h: float, deviation: float, physical_h: float) -> tuple[float, float]:
    """Mean and standard deviation of the logarithm of the biological washout rate [1/h]."""

    def at(half_life_h: float) -> float:
        return math.log(math.log(2.0) / half_life_h - math.log(2.0) / physical_h)

    spread = (at(median_h * math.exp(-deviation)) - at(median_h * math.exp(deviation))) / 2.0
    return at(median_h), spread


def main() -> int:
    """Write every prior, or compare."""
    check = "--check" in sys.argv[1:]
    wrong = 0
    for folder in sorted(path.parent for path in FOLDER.glob("*/published.toml")):
        target = folder / "prior.json"
        with tempfile.TemporaryDirectory() as scratch:
            made = Path(scratch) / target.name
            write_prior(derived(folder), made)
            text = made.read_text(encoding="utf-8")
        same = target.exists() and target.read_text(encoding="utf-8") == text
        wrong += check and not same
        if not check:
            target.write_text(text, encoding="utf-8")
        print(f"{folder.name}: {'same' if same else 'differs'}")
        for name in ("published.toml", "prior.json"):
            print(f'  "{name}" = "{hashlib.sha256((folder / name).read_bytes()).hexdigest()}"')
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
