"""A tiny patient: three scans of two warm boxes, in one frame of reference, with regions drawn on the first."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

SHAPE = (16, 16, 16)
HALF_LIFE_H = 159.5268
TIMES_H = (4.0, 24.0, 96.0)
STARTS = (("20240304", "130000"), ("20240305", "090000"), ("20240308", "090000"))
STUDY = """
hevesy_study: 1
patient: {label: tiny}
images: dicom
administration: {relative_standard_uncertainty: "2 %"}
calibration: {method: file, relative_standard_uncertainty: "3 %", source: test}
recovery: {method: none, reason: test}
alignment: {method: identity, reference: 1}
regions:
  drawn_on: 1
  boundary_standard_uncertainty: "0.5 mm"
  density: "1.05 g/ml"
  items:
    - {name: Liver, kind: organ, side: none, alpha_beta: "2.5 Gy", repair_half_time: "2.5 h"}
    - {name: Kidney_L, kind: organ, side: left}
curves: {model: auto, scatter_between_scans: "2 %"}
transport: {region_engine: mird-self-dose, map_engine: local}
dose_map: {recovery_corrected: false}
"""


def box(build, first, last):
    """Contours around voxels first..last along z, y, x."""
    (z0, y0, x0), (z1, y1, x1) = first, last
    dz, dy, dx = build.SPACING
    ox, oy, oz = build.ORIGIN
    xs, ys = (ox + (x0 - 0.5) * dx, ox + (x1 + 0.5) * dx), (oy + (y0 - 0.5) * dy, oy + (y1 + 0.5) * dy)
    return [
        np.array([[x, y, oz + k * dz] for x, y in ((xs[0], ys[0]), (xs[1], ys[0]), (xs[1], ys[1]), (xs[0], ys[1]))])
        for k in range(z0, z1 + 1)
    ]


LIVER = ((3, 3, 3), (7, 12, 12))
KIDNEY = ((10, 4, 4), (13, 11, 11))


class TinyStudy:
    """A folder with a study file and its images, to be spoilt by tests."""

    def __init__(self, folder: Path, build) -> None:
        self.folder, self.build, self.text = folder, build, STUDY
        self.scans = [self.scan(n) for n in range(len(TIMES_H))]
        self.structures = [build.rtstruct({"Liver": box(build, *LIVER), "Kidney_L": box(build, *KIDNEY)})]

    def scan(self, n, **changes):
        values = np.zeros(SHAPE, dtype=np.uint16)
        for (first, last), at_start, half_life in ((LIVER, 30000, 60.0), (KIDNEY, 20000, 50.0)):
            window = tuple(slice(a, b + 1) for a, b in zip(first, last, strict=True))
            values[window] = round(at_start * 2 ** (-TIMES_H[n] / half_life))
        date, time = STARTS[n]
        attributes = {
            "AcquisitionDate": date,
            "AcquisitionTime": time,
            "SeriesDate": date,
            "SeriesTime": time,
            "StudyDate": date,
            "DecayCorrection": "START",
            "CorrectedImage": ["ATTN", "SCAT", "DECY"],
            "RadiopharmaceuticalInformationSequence": self.build.drug(
                RadionuclideTotalDose="7400000000", RadiopharmaceuticalStartDateTime="20240304090000"
            ),
        }
        return self.build.pt(values, **{**attributes, **changes})

    def replace(self, old, new):
        assert old in self.text
        self.text = self.text.replace(old, new)

    def write(self) -> Path:
        for n, scan in enumerate(self.scans):
            self.build.write_all(scan, self.folder / "dicom" / f"scan_{n}")
        self.build.write_all(self.structures, self.folder / "dicom" / "regions")
        path = self.folder / "study.yaml"
        path.write_text(self.text)
        return path


@pytest.fixture(scope="session")
def plain_results(tmp_path_factory, build):
    """Results of the tiny study as it is."""
    from hevesy.workflow import compute_study

    return compute_study(TinyStudy(tmp_path_factory.mktemp("plain"), build).write()).results


@pytest.fixture
def tiny(tmp_path, build):
    """A tiny study that a test may spoil before it is written."""
    return TinyStudy(tmp_path / "patient", build)
