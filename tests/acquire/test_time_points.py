from __future__ import annotations

import numpy as np

SQUARE = np.array([[0, 0, 100], [10, 0, 100], [10, 10, 100]], dtype=float)


def points(report):
    return [(p.emission, p.alternatives, p.ct, p.structures) for p in report.time_points]


def told(report):
    return {f.code: f.blocking for f in report.contradictions}


def test_two_scans_with_ct_and_regions(build, read):
    second = {"FrameOfReferenceUID": "1.9.9", "AcquisitionDate": "20240306"}
    report = read(build.nm(), *build.ct(), build.rtstruct({"Liver": [SQUARE]}), build.nm(**second), *build.ct(**second))
    by_uid = {s.id: s.modality for s in report.series}
    assert [by_uid[i] for i in ("S1", "S2", "S3", "S4", "S5")] == ["NM", "NM", "CT", "CT", "RTSTRUCT"]
    assert points(report) == [("S1", (), "S3", ("S5",)), ("S2", (), "S4", ())]
    assert [p.time_h for p in report.time_points] == [25.0, 49.0]
    assert told(report) == {"frames-of-reference-differ": False, "not-cubic": False}
    assert report.missing == ()


def test_several_reconstructions_of_one_scan(build, read):
    later = build.nm(AcquisitionTime="100500")
    report = read(build.nm(), later)
    assert points(report) == [("S1", ("S2",), None, ())]
    assert told(report) == {"several-reconstructions": False, "not-cubic": False}


def test_one_frame_of_reference_a_day_apart_is_two_scans(build, read):
    report = read(build.nm(), build.nm(AcquisitionDate="20240306"))
    assert len(report.time_points) == 2


def test_ct_of_another_day_is_not_taken(build, read):
    report = read(build.nm(), *build.ct(AcquisitionDate="20240307"))
    assert report.time_points[0].ct is None
    assert any(name.startswith("CT of time point 1") for name in report.missing)
    assert "regions (RTSTRUCT or SEG)" in report.missing


def test_nearest_ct_is_taken_and_no_localizer(build, read):
    report = read(
        build.nm(),
        *build.ct(AcquisitionTime="093000"),
        *build.ct(AcquisitionTime="101000"),
        *build.ct(AcquisitionTime="100100", ImageType=["ORIGINAL", "PRIMARY", "LOCALIZER"]),
    )
    chosen = report.by_id(report.time_points[0].ct)
    assert chosen.acquisition_start.hour == 10
    assert chosen.acquisition_start.minute == 10


def test_regions_that_name_a_series_belong_to_its_scan_only(build, read):
    second = build.nm(AcquisitionDate="20240306")
    report = read(build.nm(), second, build.rtstruct({"Liver": [SQUARE]}, series=[second.SeriesInstanceUID]))
    assert [p.structures for p in report.time_points] == [(), ("S3",)]


def test_regions_that_name_no_series_here_go_by_frame_of_reference(build, read):
    report = read(
        build.nm(), build.nm(AcquisitionDate="20240306"), build.rtstruct({"Liver": [SQUARE]}, series=["1.2.3"])
    )
    assert [p.structures for p in report.time_points] == [("S3",), ("S3",)]


def test_each_region_object_is_its_own_series(build, read):
    report = read(
        build.nm(),
        build.seg({"Liver": build.counts() > 0}, SeriesInstanceUID="1.2.3"),
        build.seg({"Spleen": build.counts() > 0}, SeriesInstanceUID="1.2.3"),
    )
    assert sorted(s.roi_names for s in report.series[1:]) == [("Liver",), ("Spleen",)]
    assert report.time_points[0].structures == ("S2", "S3")


def test_no_emission_at_all(build, read):
    report = read(*build.ct())
    assert report.time_points == ()
    assert report.administration is None
    assert report.missing == ("emission images (NM RECON TOMO or PET)",)


def test_camera(build, read):
    camera = read(build.nm()).series[0].camera
    assert (camera.manufacturer, camera.model, camera.serial, camera.collimator) == ("ACME", "Gamma", "7", "MEGP")
    assert [(w.lower_kev, w.upper_kev) for w in camera.windows] == [(187.0, 229.0)]
    assert camera.reconstruction == "OSEM 8i10s"
    assert camera.corrections == ("ATTN", "SCAT")


def test_what_a_calibration_cannot_be_matched_by_is_missing(build, read):
    series = read(build.nm(DeviceSerialNumber=None, ReconstructionMethod=None)).series[0]
    assert {"camera serial number (DeviceSerialNumber)", "reconstruction (ReconstructionMethod)"} <= set(series.missing)


def test_a_pet_reprojection_is_no_scan(build, read):
    report = read(build.nm(), *build.pt(SeriesType=["STATIC", "REPROJECTION"], AcquisitionDate="20240306"))
    assert [p.emission for p in report.time_points] == ["S1"]
    assert report.by_id("S2").grid is None
