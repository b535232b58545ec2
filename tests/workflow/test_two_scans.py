"""The example study on real scanner files."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.shared
EXAMPLE = Path(__file__).parents[2] / "examples" / "lu177-two-scans" / "study.yaml"
VOLUMES_ML = {"lesion1 liver R lobe": (107.0, 107.9, 0.02), "lesion2 liver L lateral": (2.86, 2.91, 0.04)}
AS_STORED_KBQ_ML = {"lesion1 liver R lobe": (1142.5, 1446.8), "lesion2 liver L lateral": (1474.7, 2159.0)}
AT_SCAN_KBQ_ML = {"lesion1 liver R lobe": (1124, 1283), "lesion2 liver L lateral": (1451, 1914)}
"""An independent rasterisation of the same contours, from the notes on the files; at scan time by decay."""


@pytest.fixture(scope="module")
def study(real, tmp_path_factory):
    folder = tmp_path_factory.mktemp("two_scans")
    shutil.copy(EXAMPLE, folder)
    (folder / "lu177_two_scans").symlink_to(real("lu177_two_scans") / "lu177_two_scans")
    return folder / "study.yaml"


def run(study, out):
    command = [sys.executable, "-m", "hevesy", "run", str(study), "--out", str(out), "--json"]
    return subprocess.run(command, capture_output=True, text=True, check=False)


@pytest.fixture(scope="module")
def results(study, tmp_path_factory):
    done = run(study, tmp_path_factory.mktemp("results") / "out")
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.mark.parametrize("name", VOLUMES_ML)
def test_volumes_and_concentrations(results, name):
    region = next(r for r in results["regions"] if r["name"] == name)
    for n, point in enumerate(region["time_points"]):
        assert point["volume_ml"]["value"] == pytest.approx(VOLUMES_ML[name][n], rel=VOLUMES_ML[name][2])
        stored = point["activity_concentration_as_stored_bq_ml"]["value"] / 1e3
        assert stored == pytest.approx(AS_STORED_KBQ_ML[name][n], rel=0.02)
        assert point["activity_concentration_bq_ml"]["value"] / 1e3 == pytest.approx(AT_SCAN_KBQ_ML[name][n], rel=0.02)


def test_times_and_decay_state(results):
    assert [p["time_h"] for p in results["time_points"]] == pytest.approx([3.7411, 27.7254], abs=1e-3)
    assert {p["decay_corrected_to"] for p in results["time_points"]} == {"administration"}
    assert all(any("Decay Factor" in text for text in p["contradictions"]) for p in results["time_points"])


def test_the_dose_is_the_integral_to_the_last_scan_and_the_tail(results):
    for region in results["regions"]:
        whole = region["time_integrated_activity_bq_s"]["value"]
        before = region["time_integrated_activity_to_last_scan_bq_s"]["value"]
        tail = region["time_integrated_activity_tail_bq_s"]
        assert whole == pytest.approx(before + tail["value"])
        assert tail["standard_uncertainty"] > 0
        assert region["absorbed_dose_gy"]["budget"]["tail"] > 0


def test_without_alignment_there_is_no_map(results):
    assert not results["dose_map"]["made"]
    assert not {"rtdose", "dose_nifti"} & set(results["files"])


def test_without_the_tail_the_doses_are_null_with_the_reason(study, tmp_path):
    text = study.read_text()
    start, end = text.index("  # Both lesions"), text.index("transport:")
    bare = study.with_name("no_tail.yaml")
    bare.write_text(text[:start] + text[end:])
    done = run(bare, tmp_path / "out")
    assert done.returncode == 3
    for region in json.loads(done.stdout)["regions"]:
        assert region["absorbed_dose_gy"]["value"] is None
        assert "rising" in region["absorbed_dose_gy"]["reason"]
