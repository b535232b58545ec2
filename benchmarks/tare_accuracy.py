"""How far doses of verified virtual radioembolisations lie from their truth, as Markdown tables.

Usage: python benchmarks/tare_accuracy.py [--seeds 1 2 3] [--therapies tare-y90 tare-ho166] [--engine local]

Each patient is simulated, its image verified with recovery by shape, and for holmium the last MR measured. Doses of an
engine are compared with the truth by the same engine: local deposition shows activity and volume only, the kernel also
what blur does to the crossfire of electrons.
"""

from __future__ import annotations

import argparse
import json
import shutil
import tempfile
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean, stdev

from hevesy.simulate import Size
from hevesy.simulate.tare import TareOptions, default_tare_scenario, simulate_tare
from hevesy.workflow.holmium_mri import holmium_mri
from hevesy.workflow.tare.verify.job import verified

MRI_LIMIT = 0.15
TRUTH = {"local": "absorbed_dose_gy", "kernel": "absorbed_dose_kernel_gy"}


@dataclass(frozen=True)
class Compared:
    """One volume of one patient."""

    method: str
    volume: str
    ratio: float
    """Found over true absorbed dose."""
    stated: float
    """Relative standard uncertainty."""
    size_ml: float

    @property
    def within_two(self) -> bool:
        """Whether the truth lies within two standard uncertainties."""
        return abs(self.ratio - 1.0) <= 2.0 * self.stated * self.ratio


def compared(therapy: str, seed: int, chosen: argparse.Namespace, folder: Path) -> Iterator[Compared]:
    """Simulate one patient, measure it, and compare."""
    options = TareOptions(seed, Size(chosen.size))
    patient = simulate_tare(default_tare_scenario(therapy), folder / f"{therapy}_{seed}", options)
    file, expected = patient / "verify.yaml", TRUTH[chosen.engine]
    file.write_text(file.read_text(encoding="utf-8").replace("engine: local", f"engine: {chosen.engine}"))
    truth = json.loads((patient / "truth.json").read_text(encoding="utf-8"))
    regions = {region["name"]: region for region in truth["regions"]}
    document = verified(file).document
    method = "PET" if therapy == "tare-y90" else "SPECT"
    for name, volume in document["volumes"].items():
        region = regions.get(_truth_name(name))
        found = volume["self_calibrated"]
        if region is not None and found is not None and region[expected] is not None:
            dose = found["absorbed_dose_gy"]
            yield _row(method, name, dose["value"], dose["standard_uncertainty"], region, region[expected])
    if therapy == "tare-ho166" and chosen.engine == "local":
        yield from _by_mri(patient, regions, folder / f"mri_{seed}")
    shutil.rmtree(patient)


def _by_mri(patient: Path, regions: dict[str, dict[str, float]], out: Path) -> Iterator[Compared]:
    """Activities of voxels with a value and lower bounds of the others, over the drawn volumes."""
    found = holmium_mri(patient / "holmium_mri.yaml", out)
    for name, one in {**found["regions"], "Liver": found["whole"]}.items():
        activity = one["activity_bq"]["value"] + one["activity_in_voids_at_least_bq"]
        truth = regions[name]
        concentration = activity / one["volume_ml"]
        uncertainty = one["activity_bq"]["standard_uncertainty"] / one["volume_ml"]
        yield _row("MRI", name, concentration, uncertainty, truth, truth["activity_bq"] / truth["volume_ml"])


def _row(
    method: str, name: str, value: float, uncertainty: float, truth: dict[str, float], expected: float
) -> Compared:
    return Compared(method, _truth_name(name), value / expected, uncertainty / value, truth["volume_ml"])


def _truth_name(volume: str) -> str:
    """Name in truth.json of a volume of a verification."""
    kind, _, rest = volume.partition(":")
    names = {"tumour": rest, "normal_perfused": f"normal:{rest}", "whole_liver": "Liver", "lung": "lungs"}
    names["perfused"] = "Territory_" + rest.replace(" ", "_")
    return names.get(kind, volume)


def limit_of(one: Compared) -> float | None:
    """What is asked of a volume, relative; None where nothing is."""
    if one.method == "MRI":
        return MRI_LIMIT if one.size_ml >= 20.0 else None
    if one.volume.startswith("T") and not one.volume.startswith("Territory"):
        return 0.08 if one.size_ml > 50.0 else 0.12 if one.size_ml >= 20.0 else None
    return 0.05 if "normal" in one.volume else None


def table(rows: list[Compared]) -> Iterator[str]:
    """Lines of a Markdown table, one for each method and volume."""
    yield "| image | volume | [ml] | mean found/true | spread | largest deviation | asked | stated u | within 2 u |"
    yield "|---|---|---|---|---|---|---|---|---|"
    groups: dict[tuple[str, str], list[Compared]] = defaultdict(list)
    for row in rows:
        groups[row.method, row.volume].append(row)
    for (method, volume), found in groups.items():
        ratios = [one.ratio for one in found]
        spread = f"{stdev(ratios):.3f}" if len(ratios) > 1 else "–"
        worst, limit = max(abs(ratio - 1.0) for ratio in ratios), limit_of(found[0])
        asked = "–" if limit is None else f"{limit:.0%} {'met' if worst <= limit else 'not met'}"
        inside = sum(one.within_two for one in found)
        stated = fmean(one.stated for one in found)
        yield (
            f"| {method} | {volume} | {found[0].size_ml:.0f} | {fmean(ratios):.3f} | {spread} | {worst:.1%} "
            f"| {asked} | {stated:.1%} | {inside} of {len(found)} |"
        )


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, nargs="+", default=[1, 2, 3, 4, 5, 6])
    parser.add_argument("--therapies", nargs="+", default=["tare-y90", "tare-ho166"])
    parser.add_argument("--engine", default="local", choices=list(TRUTH))
    parser.add_argument("--size", default="full", choices=[str(size) for size in Size])
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        rows = [
            row
            for therapy in chosen.therapies
            for seed in chosen.seeds
            for row in compared(therapy, seed, chosen, Path(folder))
        ]
    print("\n".join(table(rows)))


if __name__ == "__main__":
    main()
