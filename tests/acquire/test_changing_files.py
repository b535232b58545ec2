"""A file that is not the one that was inspected, or changes while it is read, is refused; results never mix."""

from __future__ import annotations

import hashlib
import os

import numpy as np
import pytest

from hevesy.acquire import files, inspect_folder, load_image, load_roi_set, read_headers, series_sha256
from hevesy.acquire.files import file_sha256, opened, read_whole
from hevesy.errors import ReadError


@pytest.fixture
def scan(build, tmp_path):
    path = build.write(build.nm(), tmp_path / "in" / "nm")
    return path, inspect_folder([path.parent]).series[0]


def other_pixels(path):
    data = bytearray(path.read_bytes())
    data[-1] ^= 1
    return bytes(data)


def test_the_hash_is_of_the_bytes_that_were_read(scan):
    path, series = scan
    load_image(series)
    one = hashlib.sha256(path.read_bytes()).hexdigest()
    assert series_sha256(series) == hashlib.sha256(one.encode()).hexdigest()


@pytest.mark.parametrize("use", [load_image, series_sha256, read_headers])
@pytest.mark.parametrize("keep_times", [False, True])
def test_other_bytes_of_the_same_length_are_refused(scan, use, keep_times):
    path, series = scan
    before = path.stat()
    path.write_bytes(other_pixels(path))
    if keep_times:
        os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    with pytest.raises(ReadError, match="nm: expected the file that was inspected, but it has changed since"):
        use(series)


def test_another_file_of_the_same_content_is_another_file(scan):
    path, series = scan
    whole = path.read_bytes()
    path.rename(path.with_name("kept"))
    path.write_bytes(whole)
    with pytest.raises(ReadError, match="has changed since"):
        load_image(series)


def test_a_young_file_is_known_by_its_hash_as_well(scan, monkeypatch):
    path, series = scan
    assert series.stamps[0].sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
    path.write_bytes(other_pixels(path))
    status = path.stat()
    same = (series.stamps[0].size, status.st_mtime_ns, status.st_ctime_ns, status.st_ino)
    known = type(series.stamps[0])(*same, series.stamps[0].sha256)
    with pytest.raises(ReadError, match="has changed since"):
        read_whole(path, known)
    monkeypatch.setattr(files, "_YOUNG_NS", -(10**18))
    assert inspect_folder([path.parent]).series[0].stamps[0].sha256 == ""


def test_a_file_that_vanishes_is_refused(scan):
    path, series = scan
    path.unlink()
    for use in (load_image, series_sha256):
        with pytest.raises(ReadError, match="nm: expected a readable file"):
            use(series)


@pytest.mark.parametrize("damage", ["append", "replace"])
def test_a_file_that_changes_while_it_is_read(scan, damage):
    path, _ = scan

    def spoil():
        if damage == "append":
            with path.open("ab") as stream:
                stream.write(b"more")
        else:
            path.with_name("new").write_bytes(b"other")
            path.with_name("new").rename(path)

    with pytest.raises(ReadError, match="nm: expected a file at rest, but it changed while it was read"), opened(path):
        spoil()


def test_a_file_that_changes_between_header_and_pixels(scan, monkeypatch):
    path, series = scan
    from hevesy.acquire import image

    original = image.read_with_pixels

    def late(where, *rest, **more):
        path.write_bytes(other_pixels(path))
        return original(where, *rest, **more)

    monkeypatch.setattr(image, "read_with_pixels", late)
    with pytest.raises(ReadError, match="has changed since"):
        load_image(series)


def test_one_slice_of_many(build, tmp_path):
    paths = build.write_all(build.pt(), tmp_path / "in")
    series = inspect_folder([tmp_path / "in"]).series[0]
    assert len(series.stamps) == 6
    paths[3].write_bytes(other_pixels(paths[3]))
    with pytest.raises(ReadError, match="IM0003: expected the file that was inspected"):
        load_image(series)


def test_regions_that_change(build, tmp_path):
    square = np.array([[0, 0, 0], [9, 0, 0], [9, 9, 0], [0, 9, 0.0]])
    path = build.write(build.rtstruct({"Liver": [square]}), tmp_path / "in" / "rs")
    series = inspect_folder([path.parent]).series[0]
    assert len(load_roi_set(series).rois) == 1
    path.write_bytes(path.read_bytes().replace(b"9.0", b"8.0"))
    with pytest.raises(ReadError, match="has changed since"):
        load_roi_set(series)


def test_hash_without_a_stamp(scan):
    path, _ = scan
    assert file_sha256(path) == hashlib.sha256(path.read_bytes()).hexdigest()
