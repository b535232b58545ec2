"""The lung shunt from planar views: polygons on a whole-body image of two detectors."""

import copy
import re
from pathlib import Path

import numpy as np
import pytest
import yaml

from hevesy.errors import InputError
from hevesy.workflow.tare import plan_document, read_plan, write_plan

EXAMPLE = Path(__file__).resolve().parents[2] / "examples" / "tare-one-patient" / "plan.yaml"
ANTERIOR, POSTERIOR = ("399321004", "SCT", "Anterior projection"), ("399001007", "SCT", "Posterior projection")
FRONT, BACK = [1, 0, 0, 0, 0, -1], [-1, 0, 0, 0, 0, -1]
LUNG, LIVER, BESIDE = (slice(2, 8), slice(3, 13)), (slice(9, 14), slice(4, 10)), (slice(15, 18), slice(0, 16))
AREAS = {
    ("lung", "region"): LUNG, ("lung", "background"): BESIDE, ("liver", "region"): LIVER, ("liver", "background"): BESIDE,
}  # fmt: skip


def views():
    """A background of 5 a pixel; the liver is seen better from the front; the posterior view is mirrored."""
    front, back = np.full((20, 16), 5), np.full((20, 16), 5)
    front[LUNG] += 20
    back[LUNG] += 45
    front[LIVER] += 1600
    back[LIVER] += 400
    return np.stack([front, back[:, ::-1]]).astype(np.uint16)


def polygons(areas):
    lines = ["region,part,row,column"]
    for (region, part), (rows, columns) in areas.items():
        top, bottom, left, right = rows.start - 0.5, rows.stop - 0.5, columns.start - 0.5, columns.stop - 0.5
        for row, column in ((top, left), (top, right), (bottom, right), (bottom, left)):
            lines.append(f"{region},{part},{row},{column}")
    return "\n".join(lines) + "\n"


@pytest.fixture
def write(build, multiframe, tmp_path):
    def detector(view, orientation):
        return build.item(ViewCodeSequence=build.code(*view), ImageOrientationPatient=orientation)

    def write(areas=AREAS, **changes):
        ds = multiframe.planar(
            build, "WHOLE BODY", views(), NumberOfDetectors=2, FrameIncrementPointer=[0x00540010, 0x00540020],
            EnergyWindowVector=[1, 1], DetectorVector=[1, 2], ScanLength=1950,
            DetectorInformationSequence=build.sequence(detector(ANTERIOR, FRONT), detector(POSTERIOR, BACK)),
        )  # fmt: skip
        build.write(ds, tmp_path / "planar" / "one.dcm")
        (tmp_path / "rois.csv").write_text(polygons(areas), encoding="utf-8")
        content = copy.deepcopy(yaml.safe_load(EXAMPLE.read_text(encoding="utf-8")))
        for key in ("shunt", "shunt_standard_uncertainty"):
            del content["lung"][key]
        content["lung"]["counts"] = {"series": "planar", "window_kev": [187, 229], "polygons": "rois.csv", **changes}
        path = tmp_path / "plan.yaml"
        path.write_text(yaml.safe_dump(content), encoding="utf-8")
        return path

    return write


def test_geometric_means_of_both_views(write):
    """Per pixel 30 in 60 pixels of lung, 800 in 30 pixels of liver."""
    patient = plan_document(read_plan(write()))["patient"]
    assert patient["lung_shunt_fraction"] == pytest.approx(1800 / (1800 + 24000))
    assert 0.0 < patient["lung_shunt_standard_uncertainty"] < 0.1 * patient["lung_shunt_fraction"]
    assert patient["lung_shunt_method"] == "planar"


def test_views_and_polygons_are_hashed(write, tmp_path):
    plan = write()
    told = write_plan(plan, tmp_path / "out")["provenance"]["inputs"]
    assert {one["name"] for one in told} == {"plan.yaml", "one.dcm", "rois.csv"}


WRONG = {
    "no views": ({"series": "nothing"}, "it does not exist"),
    "another window": ({"window_kev": [126, 154]}, "one ANT view in the window"),
    "no polygons": ({"polygons": "nothing.csv"}, "nothing.csv"),
    "unknown key": ({"rois": "x"}, "unknown key 'rois'"),
    "no background": (
        {"areas": {key: area for key, area in AREAS.items() if key != ("liver", "background")}}, "no background of the liver"
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", WRONG)
def test_refused_in_one_line(write, case):
    change, said = WRONG[case]
    with pytest.raises(InputError, match=re.escape(said)) as refused:
        read_plan(write(**change))
    assert "\n" not in str(refused.value)
