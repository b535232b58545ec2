"""Files that promise more than they hold, or hold more than anybody can use: refused with a reason, in bounded memory."""

from __future__ import annotations

import gzip
import resource
import struct
import subprocess
import sys
import time
import zlib

import nibabel
import numpy as np
import pytest
from pydicom.uid import DeflatedExplicitVRLittleEndian, RLELossless

from hevesy.acquire import inspect_folder, load_image, load_nifti_image, load_roi_set
from hevesy.acquire.memory import available_bytes, expected_bytes, held_bytes, require_memory
from hevesy.domain import Quantity
from hevesy.errors import ReadError


def codes(report):
    return {
        f.code
        for f in (*report.unreadable, *report.contradictions, *(f for s in report.series for f in s.contradictions))
    }


def inspected(folder):
    """The finding codes of a folder, or the message of the refusal; in a second and 300 MB more."""
    began, before = time.process_time(), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    try:
        found = codes(inspect_folder([folder]))
    except ReadError as error:
        found = str(error)
    assert time.process_time() - began < 5
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 1_200_000
    return found


def element(tag, vr, value):
    long = vr in {b"SQ", b"OB", b"OW", b"UN", b"UT"}
    length = struct.pack("<HL", 0, len(value)) if long else struct.pack("<H", len(value))
    return struct.pack("<HH", tag >> 16, tag & 0xFFFF) + vr + length + value


def raw(build, *elements):
    """A file of explicit little endian with these elements behind an NM header's beginning."""
    meta = element(0x00020010, b"UI", b"1.2.840.10008.1.2.1\0")
    body = element(0x00080016, b"UI", build.CLASSES["NM"].encode() + b"\0" * (len(build.CLASSES["NM"]) % 2))
    return b"\0" * 128 + b"DICM" + meta + body + b"".join(elements)


@pytest.mark.parametrize(
    "changes", [{"NumberOfFrames": 10**9}, {"Rows": 65535, "Columns": 65535, "NumberOfFrames": 30000}]
)
def test_absurd_dimensions(build, tmp_path, changes):
    build.write(build.nm(**changes), tmp_path / "in" / "nm")
    assert {"truncated-file", "absurd-dimensions"} & inspected(tmp_path / "in")


def test_a_deflated_bomb(build, tmp_path):
    ds = build.nm()
    ds.file_meta.TransferSyntaxUID = DeflatedExplicitVRLittleEndian
    whole = build.write(ds, tmp_path / "in" / "nm").read_bytes()
    start = 132 + 12 + int.from_bytes(whole[140:144], "little")
    packer = zlib.compressobj(1, zlib.DEFLATED, -zlib.MAX_WBITS)
    body = zlib.decompress(whole[start:], -zlib.MAX_WBITS)
    packed = packer.compress(body) + b"".join(packer.compress(bytes(1 << 24)) for _ in range(17)) + packer.flush()
    (tmp_path / "in" / "nm").write_bytes(whole[:start] + packed)
    assert len(packed) < 1 << 22
    assert "inflates to more than 256 MiB" in inspected(tmp_path / "in")


def test_compressed_pixels_that_cannot_hold_the_promise(build, tmp_path):
    ds = build.nm()
    ds.compress(RLELossless, generate_instance_uid=False)
    ds.Rows = ds.Columns = 65535
    build.write(ds, tmp_path / "in" / "nm")
    assert "truncated-file" in inspected(tmp_path / "in")
    with pytest.raises(ReadError, match="compressed bytes cannot hold them"):
        load_image(inspect_folder([tmp_path / "in"]).series[0])


def test_fewer_compressed_frames_than_promised(build, tmp_path):
    ds = build.nm()
    ds.compress(RLELossless, generate_instance_uid=False)
    ds.NumberOfFrames, ds.NumberOfSlices, ds.SliceVector = 9, 9, list(range(1, 10))
    build.write(ds, tmp_path / "in" / "nm")
    report = inspect_folder([tmp_path / "in"])
    assert "expected 9 compressed frames, but 6 are there" in report.unreadable[0].message


def test_sequences_nested_a_thousand_deep(build, tmp_path):
    inner = b""
    for _ in range(1000):
        inner = element(0x00081140, b"SQ", struct.pack("<HHL", 0xFFFE, 0xE000, len(inner)) + inner)
    (tmp_path / "deep").write_bytes(raw(build, inner))
    assert "nested deeper than" in inspected(tmp_path)


def test_undefined_sequences_nested_a_thousand_deep(build, tmp_path):
    one = struct.pack("<HH2sHL", 0x0008, 0x1140, b"SQ", 0, 0xFFFFFFFF) + struct.pack("<HHL", 0xFFFE, 0xE000, 0xFFFFFFFF)
    (tmp_path / "deep").write_bytes(raw(build, one * 1000))
    assert "nested deeper than" in inspected(tmp_path)


def test_a_length_beyond_the_file(build, tmp_path):
    path = build.write(build.nm(), tmp_path / "in" / "nm")
    whole = path.read_bytes()
    at = whole.index(struct.pack("<HH", 0x0054, 0x0016) + b"SQ")
    path.write_bytes(whole[: at + 8] + struct.pack("<L", 0xFFFFFFF0) + whole[at + 12 :])
    assert "damaged-structure" in inspected(path.parent)
    with pytest.raises(ReadError):
        load_image(inspect_folder([path.parent]).series[0])


def test_millions_of_elements(build, tmp_path, monkeypatch):
    monkeypatch.setattr("hevesy.acquire.structure.MAX_ELEMENTS", 20_000)
    (tmp_path / "many").write_bytes(raw(build, element(0x00080018, b"UI", b"1.") * 30_000))
    assert "more than 20000 elements" in inspected(tmp_path)


def test_a_structure_set_of_a_hundred_thousand_points(build, tmp_path):
    angle = np.linspace(0, 2 * np.pi, 2000)
    rings = [np.round(np.column_stack([50 * np.cos(angle), 50 * np.sin(angle), 0 * angle + z]), 1) for z in range(50)]
    path = build.write(build.rtstruct({"Liver": rings}), tmp_path / "in" / "rs")
    report = inspect_folder([path.parent])
    began = time.process_time()
    (roi,) = load_roi_set(report.series[0]).rois
    assert time.process_time() - began < 10
    assert len(roi.contours) == 50
    assert np.array_equal(roi.contours[7].points_mm, rings[7])
    with pytest.raises(ReadError, match=r"rs: expected an object that fits 0\.00 GiB of available memory"):
        load_roi_set(report.series[0], available=5_000_000)


def test_a_contour_with_a_broken_number_is_refused(build, tmp_path):
    square = np.array([[0, 0, 0], [9, 0, 0], [9, 9, 0], [0, 9, 0.0]])
    path = build.write(build.rtstruct({"Liver": [square]}), tmp_path / "in" / "rs")
    path.write_bytes(path.read_bytes().replace(b"9.0\\9.0", b"9.0\\9x0"))
    with pytest.raises(ReadError, match="4 contour points"):
        load_roi_set(inspect_folder([path.parent]).series[0])


def test_many_segments_are_weighed_first(build, tmp_path):
    masks = {f"s{n}": np.pad(np.ones((1, 5, 4), dtype=bool), ((n % 6, 5 - n % 6), (0, 0), (0, 0))) for n in range(400)}
    build.write(build.seg(masks), tmp_path / "in" / "seg")
    (series,) = inspect_folder([tmp_path / "in"]).series
    assert expected_bytes(series) > 400 * 120
    assert len(load_roi_set(series).rois) == 400
    with pytest.raises(ReadError, match="of available memory, but reading it needs"):
        load_roi_set(series, available=100_000)


def test_a_segment_slice_far_away(build, tmp_path):
    ds = build.seg({"Liver": build.counts() > 2000})
    ds.PerFrameFunctionalGroupsSequence[0].PlanePositionSequence[0].ImagePositionPatient = [-10, -20, 4e12]
    build.write(ds, tmp_path / "in" / "seg")
    assert "segmentation-geometry" in inspected(tmp_path / "in")


def nifti(path, shape=(4, 5, 6)):
    image = nibabel.Nifti1Image(np.arange(np.prod(shape), dtype=np.int16).reshape(shape), np.diag([2.0, 3.0, 4.0, 1.0]))
    image.header.set_xyzt_units("mm")
    nibabel.save(image, path)
    return path


@pytest.mark.parametrize("name", ["a.nii", "a.nii.gz"])
def test_nifti_that_promises_too_much(tmp_path, name):
    path = nifti(tmp_path / name)
    data = bytearray(gzip.decompress(path.read_bytes()) if name.endswith("gz") else path.read_bytes())
    data[42:48] = struct.pack("<3h", 30000, 30000, 30000)
    path.write_bytes(gzip.compress(bytes(data)) if name.endswith("gz") else bytes(data))
    assert "truncated or damaged" in inspected(tmp_path)


def test_nifti_with_a_bomb_before_its_voxels(tmp_path):
    path = nifti(tmp_path / "a.nii.gz")
    data = bytearray(gzip.decompress(path.read_bytes()))
    data[108:112] = struct.pack("<f", 2e9)
    path.write_bytes(gzip.compress(bytes(data)))
    assert "voxels soon after the header" in inspected(tmp_path)


def test_nifti_weighed_before_it_is_read(tmp_path):
    path = nifti(tmp_path / "a.nii")
    (series,) = inspect_folder([tmp_path]).series
    assert load_nifti_image(path, Quantity.COUNTS, known=series.stamps[0]).values.shape == (6, 5, 4)
    assert expected_bytes(series) == 32 * 120
    with pytest.raises(ReadError, match="available memory"):
        load_nifti_image(path, Quantity.COUNTS, available=1000)


def test_memory_is_named_in_gib_and_can_be_stated(build, tmp_path):
    build.write(build.nm(), tmp_path / "in" / "nm")
    (series,) = inspect_folder([tmp_path / "in"]).series
    assert held_bytes(series) == 120 * 8 if series.stamps[0].size > 360 else 120 * 4
    assert load_image(series, available=expected_bytes(series)).values.nbytes <= held_bytes(series)
    with pytest.raises(ReadError, match=r"series S1: expected an object that fits 0\.00 GiB .* needs 0\.00 GiB"):
        load_image(series, available=100)
    with pytest.raises(ReadError, match=r"x: .*2\.00 GiB of available memory, but reading it needs 3\.50 GiB"):
        require_memory(7 << 29, "x", 2 << 30)


def test_what_the_machine_has():
    found = available_bytes()
    assert found is not None
    assert 1 << 20 < found < 1 << 50
    code = (
        "import resource; resource.setrlimit(resource.RLIMIT_AS, (3 << 30, 3 << 30));"
        "from hevesy.acquire.memory import available_bytes; print(available_bytes())"
    )
    limited = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert int(limited.stdout) < 3 << 30


def test_memory_of_control_groups(tmp_path, monkeypatch):
    from hevesy.acquire import memory

    group = tmp_path / "a" / "b"
    group.mkdir(parents=True)
    for folder, limit, used in ((tmp_path / "a", "1000", "400"), (group, "max", "100")):
        (folder / "memory.max").write_text(f"{limit}\n")
        (folder / "memory.current").write_text(f"{used}\n")
    (tmp_path / "a" / "memory.stat").write_text("anon 1\ninactive_file 50\n")
    assert list(memory._group(tmp_path, "/a/b", ("memory.max", "memory.current", "inactive_file"))) == [650]


def test_the_least_limit_counts(tmp_path):
    def write(name, text):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)

    assert available_bytes(tmp_path) is None
    write("proc/meminfo", f"MemTotal: 1 kB\nMemAvailable: {8 * 2**30 // 1024} kB\n")
    assert available_bytes(tmp_path) == 8 * 2**30
    write("proc/self/cgroup", "0::/a/b\n")
    write("sys/fs/cgroup/a/b/memory.max", "max\n")
    assert available_bytes(tmp_path) == 8 * 2**30
    write("sys/fs/cgroup/a/memory.max", f"{4 * 2**30}\n")
    write("sys/fs/cgroup/a/memory.current", f"{2**30}\n")
    assert available_bytes(tmp_path) == 3 * 2**30
    write("proc/self/cgroup", "4:cpu,memory:/job\n0::/\n")
    write("sys/fs/cgroup/memory/job/memory.limit_in_bytes", f"{2 * 2**30}\n")
    write("sys/fs/cgroup/memory/job/memory.usage_in_bytes", f"{2**30}\n")
    assert available_bytes(tmp_path) == 2**30
