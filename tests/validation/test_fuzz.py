"""Two thousand damaged files, each among its sound siblings, through ``inspect``: part of ``make validate``."""

from __future__ import annotations

import importlib.util
import os
import sys
from collections import Counter
from pathlib import Path

import pytest

from hevesy.simulate import Options, Size, Units, default_scenario, simulate

pytestmark = [pytest.mark.slow, pytest.mark.timeout(7200)]
SEED, N = 20240304, 2000
SIBLINGS = ["spect_1", "spect_2", "spect_3", "spect_4", "ct_1", "rtstruct", "seg"]
SIMULATED = [  # case, units, siblings, files that are damaged, share of all
    ("nm-counts", "counts", SIBLINGS, "spect_1/*", 0.2),
    ("ct", "counts", SIBLINGS, "ct_1/*", 0.125),
    ("rtstruct", "counts", SIBLINGS, "rtstruct/*", 0.05),
    ("seg", "counts", SIBLINGS, "seg/*", 0.075),
    ("nm-rwvm", "rwvm", SIBLINGS, "spect_1/*", 0.175),
    ("pt", "rescale", ["spect_1", "spect_2"], "spect_1/*", 0.15),
]
REAL = {"lu177_two_scans": 0.075, "nm_mediso_phantom": 0.125, "nm_heart": 0.025}
NUMBERS = {
    "nm-counts": ("PixelSpacing", "SpacingBetweenSlices", "ImagePositionPatient", "ImageOrientationPatient", "Rows"),
    "nm-rwvm": ("RealWorldValueSlope", "RealWorldValueIntercept", "CodeValue", "ImagePositionPatient"),
    "pt": ("RescaleSlope", "RescaleIntercept", "PixelSpacing", "ImagePositionPatient", "Units", "DecayCorrection"),
    "ct": ("RescaleSlope", "RescaleIntercept", "PixelSpacing", "ImagePositionPatient", "ImageOrientationPatient"),
    "seg": ("PixelSpacing", "SpacingBetweenSlices", "ImageOrientationPatient"),
}


@pytest.fixture(scope="module")
def fuzzing():
    path = Path(__file__).parents[1] / "acquire" / "fuzzing.py"
    spec = importlib.util.spec_from_file_location("fuzzing", path)
    sys.modules["fuzzing"] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(sys.modules["fuzzing"])
    return sys.modules["fuzzing"]


@pytest.fixture(scope="module")
def simulated(fuzzing, tmp_path_factory):
    base = tmp_path_factory.mktemp("fuzz")
    made = {
        units: simulate(
            default_scenario("lu177-dotatate"), base / units / "patient", Options(1, Units(units), size=Size.SMALL)
        )
        for units in ("counts", "rwvm", "rescale")
    }
    return [
        fuzzing.gather(made[units], name, siblings, [pattern], share)
        for name, units, siblings, pattern, share in SIMULATED
    ]


@pytest.fixture(scope="module")
def cases(fuzzing, simulated, request):
    if not (Path(__file__).resolve().parents[3] / "shared").is_dir():
        return simulated
    unpack = request.getfixturevalue("real")
    scanned = []
    for name, share in REAL.items():
        folder = unpack(name)
        files = sorted(p.relative_to(folder) for p in folder.rglob("*") if p.is_file())
        scanned.append(fuzzing.Case(name, folder, files, share))
    return [*simulated, *scanned]


def told(fuzzing, outcomes, title):
    """Print what a reader of the log wants to know, and give the silent ones."""
    silent = fuzzing.silent(outcomes)
    changed = [o for o in outcomes if "value" in o.changed.values()]
    lines = [
        f"{title}: {len(outcomes)} files, longest {max(o.seconds for o in outcomes):.2f} s, geometry, units or scale "
        f"changed in {len(changed)}, silently in {len(silent)}",
        *(f"  silent {n}: {case}, {place}" for (case, place), n in Counter((o.case, o.place) for o in silent).items()),
    ]
    sys.stderr.write("\n" + "\n".join(lines) + "\n")
    kept = os.environ.get("HEVESY_VALIDATION")
    if kept:
        Path(kept, f"fuzz-{title.replace(' ', '-')}.txt").write_text("\n".join(lines) + "\n")
    return silent


def sound(fuzzing, outcomes):
    assert not [o for o in outcomes if o.error]
    assert max(o.seconds for o in outcomes) < fuzzing.SECONDS


def test_two_thousand_damaged_files(fuzzing, cases):
    outcomes = fuzzing.run_parallel(cases, fuzzing.jobs(cases, N, SEED), 2)
    assert len(outcomes) == N
    silent = told(fuzzing, outcomes, "damaged at random")
    sound(fuzzing, outcomes)
    assert not [o for o in silent if not fuzzing.explained(o)]
    assert len(silent) <= N // 100


def test_every_byte_of_the_numbers_that_matter(fuzzing, simulated):
    work = [job for case in simulated for job in fuzzing.attack(case, NUMBERS.get(case.name, ()), SEED)]
    outcomes = fuzzing.run_parallel(simulated, work, 2)
    silent = told(fuzzing, outcomes, "numbers attacked")
    sound(fuzzing, outcomes)
    assert not [o for o in silent if not fuzzing.explained(o)]
