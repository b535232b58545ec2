"""Every DICOM object of a whole patient and of the results, judged by dciodvfy and kept by Orthanc."""

from __future__ import annotations

import pytest

from hevesy.simulate import Options, Size, default_scenario, simulate
from hevesy.workflow import run_study

pytestmark = [pytest.mark.slow, pytest.mark.peer]


@pytest.fixture(scope="session")
def everything(tmp_path_factory):
    base = tmp_path_factory.mktemp("archive")
    folder = simulate(default_scenario("lu177-dotatate"), base / "patient", Options(1, size=Size.SMALL))
    run_study(folder / "study.yaml", base / "results")
    files = sorted([*base.rglob("*.dcm")])
    assert len(files) > 100
    return files


def test_dciodvfy_reports_no_error_but_the_known_one(everything, dciodvfy):
    for path in everything:
        assert not [line for line in dciodvfy(path) if "Laterality" not in line], path.name


def test_orthanc_stores_and_returns_every_object(everything, assert_returned):
    for path in everything:
        assert_returned(path)
