from __future__ import annotations

import contextlib
import shutil

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydicom.dataset import FileMetaDataset
from pydicom.uid import DeflatedExplicitVRLittleEndian, ImplicitVRLittleEndian, RLELossless

from hevesy.acquire import inspect_folder, load_image, read_headers, series_sha256
from hevesy.errors import HevesyError, ReadError


def unread(report):
    return {finding.code: finding.message for finding in report.unreadable}


def test_what_is_no_image_is_counted_with_its_reason(build, tmp_path):
    folder = tmp_path / "in"
    build.write(build.nm(), folder / "nm")
    (folder / "study.yaml").write_text("hevesy_study: 1\n" * 30)
    (folder / "empty.dcm").write_bytes(b"")
    (folder / "random").write_bytes(bytes(range(256)) * 4)
    (folder / "cut.dcm").write_bytes((folder / "nm").read_bytes()[:300])
    report = inspect_folder([folder])
    assert report.n_files == 5
    assert len(report.series) == 1
    messages = [f.message for f in report.unreadable]
    assert "study.yaml: not DICOM or NIfTI" in messages
    assert "random: not DICOM or NIfTI" in messages
    assert "empty.dcm: expected a DICOM file, but it is empty (zero bytes)" in messages
    assert unread(report)["truncated-header"].startswith("cut.dcm: ")


@pytest.mark.parametrize("kept", [0.99, 0.6, 0.2])
def test_truncated_pixels_are_found_from_the_header(build, tmp_path, kept):
    paths = build.write_all(build.pt(), tmp_path / "in")
    whole = paths[2].read_bytes()
    n_pixels = 5 * 4 * 2
    paths[2].write_bytes(whole[: len(whole) - n_pixels + int(kept * n_pixels)])
    report = inspect_folder([tmp_path / "in"])
    assert unread(report) == {
        "truncated-file": f"IM0002: expected 40 bytes of pixels, but {int(kept * 40)} are there: the file is truncated"
    }
    (finding,) = [f for f in report.series[0].contradictions if f.blocking]
    assert finding.code == "truncated-file"
    with pytest.raises(ReadError, match=r"IM0002.*expected 40 bytes"):
        load_image(report.series[0])


def test_pixels_cut_away_completely(build, tmp_path):
    ds = build.nm()
    path = build.write(ds, tmp_path / "in" / "nm")
    whole = path.read_bytes()
    path.write_bytes(whole[: whole.rindex(b"\xe0\x7f\x10\x00")])
    report = inspect_folder([tmp_path / "in"])
    assert "without them" in unread(report)["truncated-file"]


def test_file_without_preamble_and_meta(build, tmp_path):
    ds = build.nm()
    ds.file_meta = FileMetaDataset()
    path = tmp_path / "in" / "old"
    path.parent.mkdir()
    ds.save_as(path, implicit_vr=True, little_endian=True, enforce_file_format=False)
    series = inspect_folder([path.parent]).series[0]
    assert np.array_equal(load_image(series).values, build.counts())


@pytest.mark.parametrize("syntax", [ImplicitVRLittleEndian, DeflatedExplicitVRLittleEndian, RLELossless])
def test_transfer_syntaxes(build, tmp_path, syntax):
    ds = build.nm()
    if syntax == RLELossless:
        ds.compress(RLELossless, generate_instance_uid=False)
    ds.file_meta.TransferSyntaxUID = syntax
    build.write(ds, tmp_path / "in" / "nm")
    report = inspect_folder([tmp_path / "in"])
    assert unread(report) == {}
    assert np.array_equal(load_image(report.series[0]).values, build.counts())


def test_truncated_compressed_file(build, tmp_path):
    ds = build.nm()
    ds.compress(RLELossless, generate_instance_uid=False)
    path = build.write(ds, tmp_path / "in" / "nm")
    path.write_bytes(path.read_bytes()[:-40])
    assert "truncated-file" in unread(inspect_folder([path.parent]))


def test_copies_are_read_once_and_told(build, tmp_path):
    paths = build.write_all(build.pt(), tmp_path / "in")
    shutil.copytree(tmp_path / "in", tmp_path / "in" / "copy")
    report = inspect_folder([tmp_path / "in"])
    assert len(report.series[0].files) == len(paths)
    assert [(f.code, f.blocking) for f in report.series[0].contradictions] == [("duplicate-file", False)]
    assert np.array_equal(load_image(report.series[0]).values, build.counts() * 25.0)


def test_different_files_under_one_uid_are_refused(build, tmp_path):
    build.write(build.nm(SOPInstanceUID="1.2.3", SeriesInstanceUID="1.2"), tmp_path / "in" / "a")
    build.write(build.nm(build.counts(1), SOPInstanceUID="1.2.3", SeriesInstanceUID="1.2"), tmp_path / "in" / "b")
    series = inspect_folder([tmp_path / "in"]).series[0]
    assert [(f.code, f.blocking) for f in series.contradictions] == [("duplicate-instance", True)]
    with pytest.raises(ReadError):
        load_image(series)


def test_links_out_of_the_folder_are_not_followed(build, tmp_path):
    build.write(build.nm(), tmp_path / "in" / "nm")
    outside = build.write(build.nm(AcquisitionDate="20240306"), tmp_path / "out" / "nm")
    (tmp_path / "in" / "link").symlink_to(outside)
    (tmp_path / "in" / "folder").symlink_to(outside.parent)
    (tmp_path / "in" / "inside").symlink_to(tmp_path / "in" / "nm")
    report = inspect_folder([tmp_path / "in"])
    assert len(report.series) == 1
    assert list(unread(report)) == ["link-outside"]


def test_overlapping_folders_are_read_once(build, tmp_path):
    build.write_all(build.pt(), tmp_path / "in" / "deep")
    report = inspect_folder([tmp_path / "in", tmp_path / "in" / "deep"])
    assert report.n_files == 6
    assert report.series[0].contradictions == ()


def test_nothing_to_read(tmp_path):
    with pytest.raises(ReadError, match="does not exist"):
        inspect_folder([tmp_path / "none"])
    with pytest.raises(ReadError, match="it is empty"):
        inspect_folder([tmp_path])
    (tmp_path / "notes.txt").write_text("nothing")
    with pytest.raises(ReadError, match=r"none of 1 files is; the first: notes\.txt"):
        inspect_folder([tmp_path])
    with pytest.raises(ReadError, match="it is a file"):
        inspect_folder([tmp_path / "notes.txt"])


def test_order_and_names_change_nothing(build, tmp_path):
    slices, nm = build.pt(AcquisitionTime="200000"), build.nm()
    build.write_all([nm, *slices], tmp_path / "a")
    build.write_all([nm, *slices], tmp_path / "b", order=[4, 2, 6, 0, 1, 5, 3])
    one, other = inspect_folder([tmp_path / "a"]), inspect_folder([tmp_path / "b"])
    assert [s.series_uid for s in one.series] == [s.series_uid for s in other.series]
    assert [series_sha256(s) for s in one.series] == [series_sha256(s) for s in other.series]
    assert series_sha256(one.series[0]) != series_sha256(one.series[1])


def test_headers_in_slice_order_without_pixels(build, read):
    headers = read_headers(read(*build.pt()[::-1]).series[0])
    assert [int(h.InstanceNumber) for h in headers] == [1, 2, 3, 4, 5, 6]
    assert not any("PixelData" in h for h in headers)


def test_odd_values_warn_nobody_and_break_nothing(build, tmp_path):
    ds = build.nm(RetrieveAETitle="x")
    path = build.write(ds, tmp_path / "in" / "nm")
    whole = path.read_bytes()
    whole = whole.replace(b"20240305100000", b"2024.X.05nonsens").replace(b"OSEM 8i10s", b"\xff\xfe\xfd 8i10s")
    path.write_bytes(whole.replace(b"20240304090000", b"2024-3-04T09:0"))
    report = inspect_folder([path.parent])
    assert report.series[0].administration_start is None
    assert len(read_headers(report.series[0])) == 1


def test_progress_is_told(build, tmp_path):
    build.write_all(build.pt(), tmp_path / "in")
    calls = []
    inspect_folder([tmp_path / "in"], progress=lambda *call: calls.append(call))
    assert calls[0] == ("reading headers", 0, 6)
    assert calls[-1] == ("reading headers", 6, 6)


@pytest.fixture(scope="session")
def sound(build, tmp_path_factory):
    folder = tmp_path_factory.mktemp("fuzz")
    nm = build.write(build.nm(RealWorldValueMappingSequence=build.mapping()), folder / "nm").read_bytes()
    seg = build.write(build.seg({"Liver": build.counts() > 2000}), folder / "seg").read_bytes()
    return folder, (nm, seg)


@settings(max_examples=150, deadline=None)
@given(data=st.data())
def test_damaged_bytes_never_crash(sound, data):
    folder, originals = sound
    damaged = bytearray(data.draw(st.sampled_from(originals)))
    for _ in range(data.draw(st.integers(0, 6))):
        damaged[data.draw(st.integers(132, len(damaged) - 1))] = data.draw(st.integers(0, 255))
    cut = data.draw(st.integers(100, len(damaged)))
    target = folder / "fuzzed"
    target.mkdir(exist_ok=True)
    (target / "file").write_bytes(bytes(damaged[: cut if data.draw(st.booleans()) else len(damaged)]))
    with contextlib.suppress(HevesyError):
        report = inspect_folder([target])
        for series in report.series:
            load_image(series)


def test_a_file_that_changes_after_inspection_is_refused(build, tmp_path):
    path = build.write(build.nm(), tmp_path / "in" / "nm")
    series = inspect_folder([path.parent]).series[0]
    whole = path.read_bytes()
    path.write_bytes(whole[:-10])
    with pytest.raises(ReadError, match="nm: expected the file that was inspected"):
        load_image(series)
    path.unlink()
    with pytest.raises(ReadError, match="nm: expected a readable file"):
        load_image(series)


def test_damaged_compressed_pixels_are_refused(build, tmp_path):
    ds = build.nm()
    ds.compress(RLELossless, generate_instance_uid=False)
    path = build.write(ds, tmp_path / "in" / "nm")
    whole = bytearray(path.read_bytes())
    at = whole.rindex(b"\xe0\x7f\x10\x00")
    for k in range(at + 60, len(whole) - 8):
        whole[k] = 0x7F
    path.write_bytes(bytes(whole))
    series = inspect_folder([path.parent]).series[0]
    with pytest.raises(ReadError, match=r"cannot be decoded|truncated"):
        load_image(series)


def test_colour_pictures_are_no_images(build, read):
    ds = build.nm(SamplesPerPixel=3, PhotometricInterpretation="RGB", PlanarConfiguration=0, NumberOfFrames=2)
    ds.update(build.item(SliceVector=[1, 2], NumberOfSlices=2))
    with pytest.raises(ReadError, match="one value for each pixel"):
        load_image(read(ds).series[0])
