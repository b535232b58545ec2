"""Several images in one series: energy windows, reconstructions, time frames, localizers."""

from __future__ import annotations

import numpy as np
import pytest
from pydicom import dcmread

from hevesy.acquire import load_image, read_headers
from hevesy.domain import ImageKind, Region, RegionKind, Side
from hevesy.errors import GeometryError
from hevesy.report.dicom import write_segmentation


def codes(series):
    return {finding.code for finding in series.contradictions if finding.blocking}


@pytest.mark.parametrize("interleaved", [False, True])
def test_energy_windows_of_one_object_are_never_mixed(build, multiframe, read, interleaved):
    peak, scatter = build.counts(0), build.counts(1)
    ds = multiframe.windows(build, [peak, scatter], interleaved=interleaved)
    report = read(ds)
    first, second = report.series
    assert [s.series_uid for s in report.series] == [f"{ds.SeriesInstanceUID}#window-{n}" for n in (1, 2)]
    assert [s.part for s in report.series] == ["energy window 1, 187-229 keV", "energy window 2, 101-125 keV"]
    assert [[(w.lower_kev, w.upper_kev) for w in s.camera.windows] for s in report.series] == [
        [(187.0, 229.0)],
        [(101.0, 125.0)],
    ]
    assert np.array_equal(load_image(first).values, peak)
    assert np.array_equal(load_image(second).values, scatter)
    assert load_image(first).grid == load_image(second).grid
    (point,) = report.time_points
    assert (point.emission, point.alternatives) == ("S1", ("S2",))
    (told,) = [f for f in report.contradictions if f.code == "several-reconstructions"]
    assert "187-229 keV" in told.message
    assert "101-125 keV" in told.message


def test_windows_in_series_of_their_own_are_told(build, read):
    window = build.item(EnergyWindowLowerLimit="101", EnergyWindowUpperLimit="125")
    other = build.sequence(build.item(EnergyWindowRangeSequence=build.sequence(window)))
    report = read(build.nm(), build.nm(build.counts(1), EnergyWindowInformationSequence=other))
    assert report.time_points[0].alternatives == ("S2",)
    (told,) = [f for f in report.contradictions if f.code == "several-reconstructions"]
    assert "187-229 keV" in told.message
    assert "101-125 keV" in told.message


def test_only_the_window_that_the_frames_are_of_is_the_cameras(build, multiframe, read):
    ds = multiframe.windows(build, [build.counts()], limits=((187, 229),))
    both = multiframe.windows(build, [build.counts(), build.counts()])
    ds.EnergyWindowInformationSequence = both.EnergyWindowInformationSequence
    series = read(ds).series[0]
    assert series.part == ""
    assert [(w.lower_kev, w.upper_kev) for w in series.camera.windows] == [(187.0, 229.0)]


def test_a_window_with_a_missing_slice_is_refused_alone(build, multiframe, read):
    ds = multiframe.windows(build, [build.counts(0), build.counts(1)])
    ds.SliceVector = [1, 2, 3, 4, 5, 6, 1, 2, 3, 4, 5, 5]
    first, second = read(ds).series
    assert codes(first) == set()
    assert codes(second) == {"slice-vector"}


def test_gates_are_refused_by_name(build, read):
    ds = build.nm(FrameIncrementPointer=[0x00540070, 0x00540080], TimeSlotVector=[1, 1, 1, 2, 2, 2])
    series = read(ds).series[0]
    with pytest.raises(GeometryError, match="TimeSlotVector varies"):
        load_image(series)


def test_a_segmentation_on_one_window_refers_to_the_object(build, multiframe, read, tmp_path):
    series = read(multiframe.windows(build, [build.counts(0), build.counts(1)])).series[1]
    mask = np.ones(build.SHAPE, dtype=bool)
    region = Region("Spleen", RegionKind.ORGAN, Side.NONE, mask, series.grid, 1.0)
    path = write_segmentation([region], read_headers(series), tmp_path / "seg.dcm", label="x")
    groups = dcmread(path).PerFrameFunctionalGroupsSequence
    assert len(groups) == 6
    for group in groups:
        z = float(group.PlanePositionSequence[0].ImagePositionPatient[2])
        slice_number = round((z - build.ORIGIN[2]) / build.SPACING[0]) + 1
        source = group.DerivationImageSequence[0].SourceImageSequence[0]
        assert source.ReferencedFrameNumber in (slice_number, slice_number + 6)


def test_an_attenuation_map_is_no_emission_scan(build, read):
    report = read(build.nm(), build.nm(ImageType=["ORIGINAL", "PRIMARY", "RECON TOMO", "TRANSMISSION"]))
    assert [p.emission for p in report.time_points] == [report.time_points[0].emission]
    assert report.time_points[0].alternatives == ()
    assert sorted(s.kind for s in report.series) == [ImageKind.TOMOGRAM, ImageKind.TRANSMISSION]


def test_a_pet_attenuation_map_is_no_emission_scan(build, read):
    report = read(*build.pt(CountsSource="TRANSMISSION"))
    assert report.time_points == ()
    assert codes(report.series[0]) == set()


def two(first, second, **changes):
    """The second volume put into the series of the first."""
    for ds in second:
        ds.SeriesInstanceUID = first[0].SeriesInstanceUID
        for keyword, value in changes.items():
            setattr(ds, keyword, value)
    return [*first, *second]


@pytest.mark.parametrize(
    ("changes", "uid"),
    [
        ({"ImageType": ["DERIVED", "SECONDARY"]}, "image-type"),
        ({"AcquisitionNumber": 2}, "acquisition"),
        ({"TemporalPositionIdentifier": 2}, "temporal-position"),
        ({"ReconstructionMethod": "FBP"}, "reconstruction"),
        ({"FrameReferenceTime": 1800000.0, "AcquisitionTime": "103000"}, "frame-reference-time"),
    ],
)
def test_two_volumes_in_one_series_are_two_images(build, read, changes, uid):
    said = {"AcquisitionNumber": 1, "TemporalPositionIdentifier": 1, "FrameReferenceTime": 0.0}
    first = build.pt(**said)
    report = read(*two(first, build.pt(build.counts(1), **said), **changes))
    assert sorted(s.series_uid for s in report.series) == [f"{first[0].SeriesInstanceUID}#{uid}-{n}" for n in (1, 2)]
    totals = sorted(load_image(s).values.sum(dtype=np.float64) for s in report.series)
    assert totals == sorted(25.0 * build.counts(seed).sum(dtype=np.float64) for seed in (0, 1))
    assert all(codes(s) == set() for s in report.series)
    assert len({p.emission for p in report.time_points} | set(report.time_points[0].alternatives)) == 2


@pytest.mark.parametrize(("state", "refused"), [("START", True), ("ADMIN", False), ("NONE", False)])
def test_a_later_time_frame_corrected_to_the_start_of_the_series_is_refused(build, read, state, refused):
    said = {"DecayCorrection": state, "CorrectedImage": ["ATTN", "SCAT"] + ["DECY"] * (state != "NONE")}
    later = {"FrameReferenceTime": 1800000.0, "AcquisitionTime": "103000"}
    report = read(*two(build.pt(FrameReferenceTime=0.0, **said), build.pt(build.counts(1), **said), **later))
    first, second = sorted(report.series, key=lambda s: s.acquisition_start)
    assert codes(first) == set()
    assert codes(second) == ({"decay-correction-contradiction"} if refused else set())


def test_two_matrices_in_one_series_are_told_apart(build, read):
    coarse = build.ct(build.counts(1, (6, 3, 2)), PixelSpacing=[6.0, 4.0], ConvolutionKernel="smooth")
    report = read(*two(build.ct(ConvolutionKernel="sharp"), coarse))
    assert {s.part: s.grid.shape for s in report.series} == {"kernel sharp": (6, 5, 4), "kernel smooth": (6, 3, 2)}


def test_gates_told_apart_by_two_attributes(build, read):
    slices = []
    for number, (position, kind) in enumerate([(1, "A"), (1, "B"), (2, "A"), (2, "B")]):
        volume = build.ct(build.counts(number), TemporalPositionIdentifier=position, ConvolutionKernel=kind)
        slices = two(slices, volume) if slices else volume
    report = read(*slices)
    assert len(report.series) == 4
    assert {s.part for s in report.series} == {
        f"temporal position {n}, kernel {kernel}" for n in (1, 2) for kernel in "AB"
    }


def test_an_attribute_that_differs_from_slice_to_slice_tells_nothing(build, read):
    first, second = build.ct(), build.ct(build.counts(1))
    for number, ds in enumerate([*first, *second]):
        ds.AcquisitionNumber = number
    series = read(*two(first, second)).series[0]
    assert codes(series) == {"duplicate-slice"}


def test_slices_of_two_acquisitions_make_one_volume(build, read):
    slices = build.ct()
    for number, ds in enumerate(slices):
        ds.AcquisitionNumber = number // 3
    (series,) = read(*slices).series
    assert series.grid.shape == build.SHAPE


def test_a_gap_between_two_acquisitions_is_a_missing_slice(build, read):
    slices = build.ct()
    for number, ds in enumerate(slices):
        ds.AcquisitionNumber = number // 4
    (series,) = read(*slices[:3], *slices[4:]).series
    assert codes(series) == {"missing-slice"}


def test_a_localizer_in_a_ct_series_is_an_image_of_its_own(build, read):
    slices = build.ct()
    scout = build.ct(build.counts()[:1], ImageType=["ORIGINAL", "PRIMARY", "LOCALIZER"])[0]
    scout.SeriesInstanceUID = slices[0].SeriesInstanceUID
    scout.ImageOrientationPatient = [1, 0, 0, 0, 0, -1]
    report = read(build.nm(), *slices, scout)
    (ct,) = [s for s in report.series if s.modality == "CT" and s.kind is ImageKind.TOMOGRAM]
    (localizer,) = [s for s in report.series if s.kind is ImageKind.LOCALIZER]
    assert localizer.series_uid == f"{ct.series_uid}#localizer"
    assert localizer.grid is None
    assert ct.grid.shape == build.SHAPE
    assert report.time_points[0].ct == ct.id


def test_many_frames_in_a_classic_pet_object_are_refused(build, read):
    ds = build.pt()[0]
    build.pixels(ds, build.counts())
    ds.NumberOfFrames = 6
    series = read(ds).series[0]
    with pytest.raises(GeometryError, match="6 frames came"):
        load_image(series)


def test_an_absurd_number_of_frames_takes_no_memory(build, multiframe, read):
    planar = multiframe.planar(build, "STATIC", build.counts(1, (2, 8, 8)), NumberOfFrames=2**31 - 1)
    pet = build.pt(NumberOfFrames=2**31 - 1)
    report = read(planar, *pet)
    assert {code for s in report.series for code in codes(s)} >= {"truncated-file", "absurd-dimensions"}
