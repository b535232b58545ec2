from __future__ import annotations

import json

import numpy as np
import pytest
from click.testing import CliRunner

from hevesy.cli.app import app
from hevesy.errors import ReadError

SQUARE = np.array([[0, 0, 100], [10, 0, 100], [10, 10, 100]], dtype=float)


@pytest.fixture
def folder(build, tmp_path):
    datasets = [build.nm(), *build.ct(), build.rtstruct({"Liver [x]": [SQUARE]})]
    for number, ds in enumerate(datasets, start=1):
        # random identifiers may hold any digits, also those of a birth date
        ds.SOPInstanceUID, ds.SeriesInstanceUID = (
            f"1.2.3.{number}",
            f"1.2.4.{ds.Modality == 'CT':d}.{ds.Modality == 'NM':d}",
        )
    build.write_all(datasets, tmp_path / "in")
    return tmp_path / "in"


def run(*arguments):
    return CliRunner().invoke(app, ["inspect", *map(str, arguments)])


def test_json(folder):
    result = run(folder, "--json")
    assert result.exit_code == 0
    document = json.loads(result.stdout)
    assert document["administration"] == {
        "radionuclide": "Lu-177",
        "radiopharmaceutical": None,
        "activity_bq": 7.4e9,
        "start": "2024-03-04T09:00:00",
    }
    assert document["time_points"][0] == {
        "index": 1,
        "emission": "S1",
        "alternatives": [],
        "ct": "S2",
        "structures": ["S3"],
        "start": "2024-03-05T10:00:00",
        "time_h": 25.0,
    }
    nm, ct, regions = document["series"]
    assert (nm["modality"], nm["units"], nm["scale_source"], nm["decay_corrected_to"]) == (
        "NM",
        "counts",
        "stored-counts",
        "none",
    )
    assert nm["geometry"]["orientation"] == "LPH"
    assert nm["nuclide_half_life_s"] == pytest.approx(nm["half_life_s"], rel=1e-3)
    assert ct["units"] == "HU"
    assert regions["regions"] == ["Liver [x]"]
    for series in document["series"]:
        assert isinstance(series["contradictions"], list)
        assert isinstance(series["missing"], list)


@pytest.mark.parametrize("option", [[], ["--json"]])
def test_nothing_names_the_patient(folder, option):
    shown = run(folder, *option).stdout
    assert not any(secret in shown for secret in ("Secret", "SECRET", "19600102", "1960"))


def test_report_for_people(folder):
    result = run(folder)
    assert result.exit_code == 0
    for words in ("S1 NM NM series", "axes to LPH", "counts (stored-counts)", "Liver [x]", "25.000", "Contradictions"):
        assert words in result.stdout


def test_findings_do_not_fail_the_report(build, folder):
    build.write(build.nm(RadiopharmaceuticalInformationSequence=None, AcquisitionDate="20240306"), folder / "second")
    (folder / "empty").write_bytes(b"")
    result = run(folder, "--json")
    assert result.exit_code == 0
    document = json.loads(result.stdout)
    assert {"code", "message", "blocking"} == set(document["unreadable"][0])
    assert any(name.startswith("S2: injection time") for name in document["missing"])


def test_findings_of_every_series_are_told_at_the_top(build, folder):
    build.write(build.nm(Units="GML", AcquisitionDate="20240306"), folder / "second")
    document = json.loads(run(folder, "--json").stdout)
    assert "unsupported-units" in {f["code"] for f in document["contradictions"] if f["blocking"]}


def test_empty_or_absent_folder(tmp_path):
    for folder in (tmp_path, tmp_path / "none"):
        result = run(folder)
        assert isinstance(result.exception, ReadError)
        assert result.stdout == ""
