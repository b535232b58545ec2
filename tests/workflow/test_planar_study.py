"""A study of planar images alone, with regions drawn on the views, from its file to its results; and spoilt ones."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from datetime import datetime, timedelta

import numpy as np
import pytest
from click.testing import CliRunner

from hevesy.cli.app import app
from hevesy.domain import Grid
from hevesy.errors import InputError
from hevesy.physdata import attenuation_per_mm, material
from hevesy.simulate.dicom_base import Series, Subject, write
from hevesy.simulate.dicom_tracer import EmissionSeries, Tracer
from hevesy.simulate.nm_planar import flood_object, planar_object
from hevesy.simulate.planar import PlanarScan, Projections, scatter_windows
from hevesy.simulate.scanner import Scanner
from hevesy.simulate.seeds import uid
from hevesy.workflow import run_study
from hevesy.workflow.planar_study import compute_planar_study
from hevesy.workflow.study_file import read_planar_study

ROWS, COLUMNS, PIXEL = 40, 30, 8.0
START = datetime.fromisoformat("2024-03-04T09:00:00")
TIMES_H = (4.0, 24.0, 96.0)
HALF_LIFE_H, PHYSICAL_S = 50.0, 574301.0
SENSITIVITY, SECONDS = 1e-5, 600.0
BODY_MM, LIVER_MM, KIDNEY_MM, KIDNEY_DEPTH_MM = 200.0, 120.0, 50.0, 60.0
LIVER_BQ, KIDNEY_BQ = 6e8, 1e8
SOURCES = {"Liver": ((8, 16), (4, 12)), "Kidney_L": ((18, 24), (19, 23))}
STUDY = """
hevesy_study: 1
patient: {label: planar}
images: dicom
administration: {relative_standard_uncertainty: "2 %"}
planar:
  method: planar
  scans: {kind: static}
  photopeak: {window_kev: [187.6, 229.2], energy: "208.4 keV"}
  scatter: {method: triple, lower_kev: [166.76, 187.6], upper_kev: [229.2, 250.04], relative_standard_uncertainty: "10 %"}
  sensitivity: {method: stated, factor: "10 cps/MBq", relative_standard_uncertainty: "3 %", source: test}
  attenuation: {method: transmission, images: flood/patient.dcm, blank: flood/blank.dcm, energy: "122.1 keV", relative_standard_uncertainty: "3 %"}
  dead_time: {method: none, accepted: "the images were made without losses"}
  rois:
    method: drawn
    polygons: rois.csv
    items:
      Liver: {thickness: "120 mm", thickness_standard_uncertainty: "5 mm", background: drawn}
      Kidney_L: {thickness: "50 mm", thickness_standard_uncertainty: "5 mm", background: none, view: posterior, depth: "60 mm", depth_standard_uncertainty: "5 mm"}
    background_relative_standard_uncertainty: "20 %"
    overlap_relative_standard_uncertainty: "20 %"
    position_standard_uncertainty: "2 mm"
    model_relative_standard_uncertainty: "5 %"
    maximum_shift: "30 mm"
  masses:
    Liver: {mass: "1800 g", relative_standard_uncertainty: "5 %"}
    Kidney_L: {mass: "150 g", relative_standard_uncertainty: "5 %"}
regions:
  drawn_on: 1
  boundary_standard_uncertainty: "1 mm"
  density: "1.05 g/ml"
  items:
    - {name: Liver, kind: organ, side: none}
    - {name: Kidney_L, kind: organ, side: left, alpha_beta: "2.5 Gy", repair_half_time: "2.8 h"}
curves: {model: mono, scatter_between_scans: "3 %"}
transport: {region_engine: mird-self-dose}
"""


def square(region, part, rows, columns):
    corners = ((rows[0], columns[0]), (rows[0], columns[1]), (rows[1], columns[1]), (rows[1], columns[0]))
    return "".join(f"{region},{part},{r - 0.5},{c - 0.5}\n" for r, c in corners)


ROIS = "region,part,row,column\n" + "".join(
    (
        square("Liver", "region", (7, 17), (3, 13)),
        square("Liver", "background", (20, 30), (4, 12)),
        square("Kidney_L", "region", (17, 25), (18, 24)),
    )
)


def seen(time_h):
    """Counts of both views of two boxes in a slab, without background, and scatter of 30 % of them."""
    mu = attenuation_per_mm(material("water"), 0.2084)
    views = np.zeros((2, ROWS, COLUMNS))
    for name, bq, thick, depth in (
        ("Liver", LIVER_BQ, LIVER_MM, 80.0),
        ("Kidney_L", KIDNEY_BQ, KIDNEY_MM, BODY_MM - KIDNEY_DEPTH_MM),
    ):
        rows, columns = SOURCES[name]
        area = (rows[1] - rows[0]) * (columns[1] - columns[0])
        own = bq * 2 ** (-time_h / HALF_LIFE_H) / area * SENSITIVITY * SECONDS
        x = mu * thick / 2
        for view, middle in enumerate((depth, BODY_MM - depth)):
            views[view, slice(*rows), slice(*columns)] += own * math.exp(-mu * middle) * math.sinh(x) / x
    return views


class PlanarFolder:
    """A study with its images, to be spoilt by tests."""

    def __init__(self, folder):
        self.folder, self.text, self.rois = folder, STUDY, ROIS
        self.grid = Grid(
            (ROWS, 1, COLUMNS), (PIXEL, PIXEL, PIXEL), (-100.0, 0.0, -100.0), frame_of_reference=uid(1, "f")
        )
        self.scan = PlanarScan("STATIC", 0.0, SECONDS, SECONDS, self.grid)
        self.scale = 1.0
        self.flood_s = SECONDS

    def series(self, role, start):
        subject = Subject("TEST", "T1", "", "O", None)
        return Series(subject, Scanner(), uid(1, "study"), uid(1, role), uid(1, "f"), start, start, 1, role, role)

    def write(self):
        tracer = Tracer("Lu-177", "[177Lu]Lu-DOTATATE", None, 7.4e9, START, None, PHYSICAL_S)
        windows = scatter_windows(Scanner().window_kev)
        for n, time_h in enumerate(TIMES_H):
            unscattered = self.scale * seen(time_h + SECONDS / 7200)
            scatter = 0.3 * unscattered
            side = 20.84 / 41.6 * scatter  # windows on a flat spectrum
            frames = np.rint(np.stack([side, unscattered + scatter, side], axis=1)).astype(np.uint16)
            own = self.series(f"scan {n}", START + timedelta(hours=time_h))
            ds = planar_object(
                Projections(frames[0], frames[1][:, :, ::-1], 0.0, 0.0, 0.0), self.scan,
                EmissionSeries(own, tracer, SECONDS), windows=windows, sop_uid=uid(1, "sop", n),
            )  # fmt: skip
            write(ds, self.folder / "dicom" / f"{n}.dcm")
        through = np.full((ROWS, COLUMNS), 20000.0)
        through *= math.exp(-attenuation_per_mm(material("water"), 0.1221) * BODY_MM)
        for name, counts, seconds in (
            ("patient", through, self.flood_s),
            ("blank", np.full_like(through, 20000.0), SECONDS),
        ):
            emission = EmissionSeries(self.series(name, START - timedelta(hours=1)), tracer, seconds)
            scan = replace(self.scan, duration_s=seconds)
            ds = flood_object(
                np.rint(counts).astype(np.uint16), scan, emission, window=(110.0, 134.0), sop_uid=uid(1, name)
            )
            write(ds, self.folder / "flood" / f"{name}.dcm")
        (self.folder / "rois.csv").write_text(self.rois)
        path = self.folder / "study.yaml"
        path.write_text(self.text)
        return path

    def replace(self, old, new):
        assert old in self.text
        self.text = self.text.replace(old, new)


@pytest.fixture
def planar(tmp_path):
    return PlanarFolder(tmp_path / "patient")


def computed(path):
    return compute_planar_study(read_planar_study(path), path).results


def test_planar_study_writes_its_results(planar, tmp_path):
    """Both sources within 1 % (the margin of the liver's ROI holds none of it, so the overlap is nothing)."""
    results = run_study(planar.write(), tmp_path / "out")
    by_name = {region.name: region for region in results.regions}
    for name, bq in (("Liver", LIVER_BQ), ("Kidney_L", KIDNEY_BQ)):
        expected = bq * HALF_LIFE_H * 3600 / math.log(2)
        estimate = by_name[name].time_integrated_activity_bq_s
        assert estimate.value == pytest.approx(expected, rel=0.01)
        assert {"calibration", "attenuation", "scatter", "planar-model", "counts", "thickness"} <= set(estimate.budget)
        assert by_name[name].absorbed_dose_gy.value > 0
    assert by_name["Kidney_L"].bed_gy.value > by_name["Kidney_L"].absorbed_dose_gy.value
    document = json.loads((tmp_path / "out" / "results.json").read_text())
    assert document["planar"]["method"] == "planar"
    assert document["planar"]["views"] == {"Liver": "conjugate", "Kidney_L": "posterior"}
    assert any("dead time" in limit for limit in document["planar"]["limits"])
    point = document["regions"][0]["planar"][0]
    assert point["scatter_counts"][0] == pytest.approx(0.3 / 1.3 * point["gross_counts"][0], rel=1e-3)
    assert any(item["name"] == "rois.csv" for item in document["provenance"]["inputs"])
    html = (tmp_path / "out" / "report.html").read_text()
    assert "Planar images" in html
    assert "MIRD Pamphlet No. 16" in html


def test_missing_corrections_are_limits_only_where_the_study_accepts_them(planar):
    planar.replace('{method: triple, lower_kev: [166.76, 187.6], upper_kev: [229.2, 250.04], relative_standard_uncertainty: "10 %"}',
                   '{method: none, accepted: "no windows were acquired"}')  # fmt: skip
    results = computed(planar.write())
    assert any("not corrected for scatter: no windows were acquired" in f for f in results.findings)
    assert results.regions[0].time_integrated_activity_bq_s.value == pytest.approx(
        1.3 * LIVER_BQ * HALF_LIFE_H * 3600 / math.log(2), rel=0.01
    )


def test_a_region_without_net_counts_is_a_finding_and_the_other_is_delivered(planar):
    planar.rois = planar.rois.replace(square("Kidney_L", "region", (17, 25), (18, 24)),
                                      square("Kidney_L", "region", (30, 36), (18, 24)))  # fmt: skip
    results = computed(planar.write())
    liver, kidney = results.regions
    assert liver.absorbed_dose_gy.value is not None
    assert kidney.time_integrated_activity_bq_s.value is None
    assert "net counts in the posterior view" in kidney.time_integrated_activity_bq_s.reason


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("flood/blank.dcm", "flood/none.dcm", "a blank scan beside the transmission scan"),
        ("images: flood/patient.dcm", "images: dicom/0.dcm", "of a transmission scan"),
        ("lower_kev: [166.76, 187.6]", "lower_kev: [166.76, 195]", "overlaps"),
        ('energy: "208.4 keV"', 'energy: "113 keV"', "within the photopeak"),
        ("window_kev: [187.6, 229.2]", "window_kev: [190, 229.2]", "one ANT view in the window"),
        ("kind: static", 'kind: whole-body, time_per_point: "1 s", detector_length: "1 mm", direction: head-first', "whole-body planar images"),
        ('thickness: "120 mm"', 'thickness: "420 mm"', "thinner than the body"),
        ("background: none, view", "background: drawn, view", "a polygon of the background"),
        ('dead_time: {method: none, accepted: "the images were made without losses"}', "dead_time: {method: none}", "accepted"),
        ("    Kidney_L: {mass", "    Kidney_R: {mass", "the mass of a region"),
        ("drawn_on: 1\n", "drawn_on: 1\n  remainder: {name: Rest}\n", "whole_body"),
    ],
)  # fmt: skip
def test_spoilt_studies_are_refused_in_one_line(planar, old, new, words):
    planar.replace(old, new)
    path = planar.write()
    found = CliRunner().invoke(app, ["run", str(path), "--out", str(path.parent / "out")])
    assert found.exit_code != 0
    with pytest.raises(InputError, match=words) as raised:
        run_study(path, path.parent / "out")
    assert "\n" not in str(raised.value)
    assert not (path.parent / "out").exists()


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        (square("Liver", "region", (7, 17), (25, 35)), "corners within the view"),
        ("Liver,region,1,1\nLiver,region,2,2\n", "at least three corners"),
        (square("Liver", "lung", (7, 17), (3, 13)), "'region' or 'background'"),
        (square("Liver", "region", (7, 17), (3, 13)) + square("Liver", "background", (8, 12), (4, 8)), "lies over its own"),
    ],
)  # fmt: skip
def test_spoilt_polygons_are_refused(planar, rows, words):
    rest = square("Kidney_L", "region", (17, 25), (18, 24))
    planar.rois = "region,part,row,column\n" + rows + rest
    with pytest.raises(InputError, match=words):
        computed(planar.write())


def test_transmission_and_blank_of_different_duration_are_refused(planar):
    planar.flood_s = 300.0
    with pytest.raises(InputError, match="of one duration"):
        computed(planar.write())
