"""The point sources: where they are, how wide they are, and how they are written."""

import json

import numpy as np
import pytest

from hevesy.acquire import inspect_folder, load_image
from hevesy.domain import Grid
from hevesy.simulate import Options, Size, simulate
from hevesy.simulate.options import MATRICES
from hevesy.simulate.resolution import (
    PointSources,
    Source,
    place_sources,
    resolution_grid,
    resolution_truth,
    scan_sources,
)
from hevesy.simulate.scanner import Scanner

PHANTOM, SCANNER = PointSources(), Scanner()


@pytest.fixture(scope="module")
def scanned():
    grid = resolution_grid(MATRICES[Size.FULL], "1.2")
    sources = place_sources(PHANTOM, grid, seed=2)
    return grid, sources, scan_sources(PHANTOM, sources, grid, SCANNER, seed=2).astype(np.float64)


def around(image, grid, source, reach_mm=22.0):
    """Points and counts of the voxels near a source."""
    points = grid.points(np.argwhere(image > 0)[:, ::-1].astype(float))
    near = (np.abs(points - source.position_mm) < reach_mm).all(axis=1)
    return points[near], image[image > 0][near]


def test_all_counts_are_there(scanned):
    _, sources, image = scanned
    expected = len(sources) * PHANTOM.activity_bq * SCANNER.sensitivity_cps_per_bq * PHANTOM.duration_s
    assert image.sum() == pytest.approx(expected, rel=0.01)
    assert len(sources) == 15


def test_counts_do_not_depend_on_the_voxels(scanned):
    grid = resolution_grid(MATRICES[Size.SMALL], "1.2")
    coarse = scan_sources(PHANTOM, place_sources(PHANTOM, grid, seed=2), grid, SCANNER, seed=2)
    assert coarse.sum(dtype=np.float64) == pytest.approx(scanned[2].sum(), rel=1e-4)


def test_sources_are_where_and_as_wide_as_they_should_be(scanned):
    """Centroid to 0.1 mm; variance that of the resolution, of the voxel and of the cube of 0.96 mm, FWHM to 1 %."""
    grid, sources, image = scanned
    for source in sources:
        points, counts = around(image, grid, source)
        centroid = np.average(points, axis=0, weights=counts)
        assert np.abs(centroid - source.position_mm).max() < 0.1
        variance = np.average((points - centroid) ** 2, axis=0, weights=counts)
        own = variance - (4.8**2 + 0.96**2) / 12
        expected = SCANNER.fwhm_mm(np.array([source.radius_mm]))[0]
        assert np.sqrt(8 * np.log(2) * own) == pytest.approx(np.full(3, expected), rel=0.01)


def test_profile_through_the_peak_has_the_width_at_half_maximum():
    """On voxels of 1 mm, to 2 % (the cube and the voxel widen it by 1 %)."""
    fine = Grid((48, 48, 48), (1.0, 1.0, 1.0), (100.5, 0.5, 0.5))
    source = Source((124.5, 24.5, 24.5))
    counts = scan_sources(PHANTOM, (source,), fine, SCANNER, seed=1)
    profile = counts[24, 24].astype(np.float64)
    above = np.interp(profile.max() / 2, profile[:25], np.arange(25.0))
    told = resolution_truth(PHANTOM, (source,), SCANNER)["sources"][0]
    assert 2 * (24 - above) == pytest.approx(told["width_at_half_maximum_mm"], rel=0.02)
    assert told["width_at_half_maximum_mm"] < 0.97 * told["fwhm_mm"]


def test_places_cover_the_radii_anywhere_in_a_voxel(scanned):
    grid, sources, _ = scanned
    radii = np.array([s.radius_mm for s in sources]).reshape(3, 5)
    assert np.abs(radii - np.array(PHANTOM.radii_mm)).max() < grid.spacing_mm[0]
    within = np.array([grid.indices(np.array(s.position_mm)) for s in sources]) % 1.0
    assert np.ptp(within) > 0.5


def test_written_object_is_an_acquisition_for_quality_control(tmp_path, one_scan, dciodvfy, monkeypatch):
    monkeypatch.setattr("hevesy.simulate.run._write_regions", lambda *_: None)
    out = simulate(one_scan, tmp_path / "p", Options(4, size=Size.SMALL))
    file = out / "calibration" / "resolution" / "nm.dcm"
    assert [line for line in dciodvfy(file) if "Laterality" not in line] == []
    told = json.loads((out / "truth.json").read_text())["resolution_phantom"]
    assert (out / told["file"]) == file
    report = inspect_folder([file.parent])
    assert [s.is_phantom for s in report.series] == [True]
    image = load_image(report.series[0])
    brightest = image.grid.points(np.array(np.unravel_index(image.values.argmax(), image.values.shape))[::-1])
    distance = min(np.abs(brightest - s["position_mm"]).max() for s in told["sources"])
    assert distance <= image.grid.spacing_mm[0] / 2 + 1e-6
    for source in told["sources"]:
        assert 0.94 * source["fwhm_mm"] < source["width_at_half_maximum_mm"] <= source["fwhm_mm"] + 1e-9
