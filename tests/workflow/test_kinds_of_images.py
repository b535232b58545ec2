"""The tiny patient as enhanced PET and as NM with two energy windows gives the same doses."""

from __future__ import annotations

import numpy as np
import pydicom
import pytest

from hevesy.errors import InputError
from hevesy.workflow import compute_study, run_study


def doses(computed):
    return [region.absorbed_dose_gy.value for region in computed.results.regions]


def volume(slices):
    return np.stack([ds.pixel_array for ds in slices])


def moment(slices):
    return slices[0].AcquisitionDate + slices[0].AcquisitionTime


@pytest.fixture
def classic(tiny, tmp_path):
    """Doses of the classic series."""
    return doses(compute_study(tiny.write()))


def rewritten(tiny, objects):
    """The same study with other objects for its scans."""
    for path in (tiny.folder / "dicom").glob("scan_*/*"):
        path.unlink()
    tiny.scans = [[ds] for ds in objects]
    return tiny.write()


def as_enhanced(build, multiframe, slices):
    start = moment(slices)
    values = volume(slices)
    frame = {"FrameAcquisitionDateTime": start}
    return multiframe.enhanced(
        build,
        "PT",
        values,
        order=list(range(len(values)))[::-1],
        content=dict.fromkeys(range(len(values)), frame),
        AcquisitionDateTime=start,
        DecayCorrectionDateTime=start,
        StudyDate=start[:8],
    )


def test_enhanced_pet_gives_the_doses_of_the_classic_series(tiny, build, multiframe, classic, tmp_path):
    path = rewritten(tiny, [as_enhanced(build, multiframe, slices) for slices in tiny.scans])
    assert doses(compute_study(path)) == pytest.approx(classic, rel=1e-12)
    run_study(path, tmp_path / "out")
    (seg,) = [f for f in (tmp_path / "out").rglob("*.dcm") if pydicom.dcmread(f).Modality == "SEG"]
    assert {item.SegmentLabel for item in pydicom.dcmread(seg).SegmentSequence} >= {"Liver", "Kidney_L"}


def as_windows(build, multiframe, slices):
    values = volume(slices)
    return multiframe.windows(
        build,
        [values, values // 3],
        AcquisitionDate=slices[0].AcquisitionDate,
        AcquisitionTime=slices[0].AcquisitionTime,
        StudyDate=slices[0].AcquisitionDate,
        DecayCorrection="START",
        CorrectedImage=["ATTN", "SCAT", "DECY"],
        RealWorldValueMappingSequence=build.mapping(),
        NumberOfSlices=len(values),
    )


def test_energy_windows_are_refused_until_the_study_names_one(tiny, build, multiframe, classic, tmp_path):
    objects = [as_windows(build, multiframe, slices) for slices in tiny.scans]
    path = rewritten(tiny, objects)
    with pytest.raises(InputError, match=r"#window-1 \(energy window 1, 187-229 keV\), .*#window-2 .*101-125 keV"):
        compute_study(path)
    for window, factor in ((1, 1.0), (2, 1 / 3)):
        chosen = "\n".join(f'  - {{emission: "{ds.SeriesInstanceUID}#window-{window}"}}' for ds in objects)
        path.write_text(f"{tiny.text}time_points:\n{chosen}\n")
        assert doses(compute_study(path)) == pytest.approx([factor * dose for dose in classic], rel=2e-3)
    run_study(path, tmp_path / "out")
    assert (tmp_path / "out" / "results.json").exists()
