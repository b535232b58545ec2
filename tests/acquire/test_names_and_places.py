"""Names, links and things that are no files: nothing is waited for, followed out or printed raw."""

from __future__ import annotations

import io
import json
import os
import socket

import pytest
from click.testing import CliRunner
from rich.console import Console

from hevesy.acquire import inspect_folder, load_image
from hevesy.acquire.files import opened
from hevesy.cli.app import app
from hevesy.cli.inspect import print_report, report_document
from hevesy.errors import ReadError, printable

ODD = ["new\nline", "bell\x07", "\x1b[31mred", "-rf", "ü\u202etxt", "a" * 240, " ", "'; drop"]


def shown(report):
    out = io.StringIO()
    print_report(report, Console(file=out, width=80))
    text = out.getvalue()
    assert all(c == "\n" or c.isprintable() for c in text)
    document = json.dumps(report_document(report), allow_nan=False, ensure_ascii=False)
    assert json.loads(document.encode("utf-8"))
    return text


@pytest.mark.parametrize("name", [os.fsencode(name) for name in ODD] + [b"\xff\xfe.dcm", b"x\xed\xa0\x80.nii"])
def test_odd_names_are_shown_printable(build, tmp_path, name):
    build.write(build.nm(), tmp_path / "in" / "nm")
    (tmp_path / "in" / os.fsdecode(name)).write_bytes(b"not DICOM" * 40)
    report = inspect_folder([tmp_path / "in"])
    (finding,) = report.unreadable
    assert finding.message.isprintable()
    assert shown(report)


@pytest.mark.parametrize("name", [b"\xff\xfe.dcm", b"a\nb\x1b[2J"])
def test_a_sound_file_of_an_odd_name_is_read_and_refused_printable(build, tmp_path, name):
    path = build.write(build.nm(), tmp_path / "in" / "nm")
    odd = tmp_path / "in" / os.fsdecode(name)
    path.rename(odd)
    report = inspect_folder([tmp_path / "in"])
    assert load_image(report.series[0]).values.any()
    odd.write_bytes(odd.read_bytes()[:-20])
    report = inspect_folder([tmp_path / "in"])
    assert shown(report)
    with pytest.raises(ReadError) as caught:
        load_image(report.series[0])
    assert str(caught.value).isprintable()


def test_texts_of_a_file_that_steer_a_terminal(build, tmp_path):
    ds = build.nm(SeriesDescription="two?[31m", ReconstructionMethod="OS&EM", SeriesInstanceUID="1.22.33.1.2")
    path = build.write(ds, tmp_path / "in" / "nm")
    whole = path.read_bytes().replace(b"two?", b"two\x1b").replace(b"OS&EM", b"OS\x07EM")
    path.write_bytes(whole.replace(b"1.22.33.1.2", b"../../1.2\x1b\n"))
    assert "\\x1b[31m" in shown(inspect_folder([tmp_path / "in"]))


def test_every_letter_keeps_its_place():
    assert printable("Leber µ 肝\n\x1b\udcff\u2028") == "Leber µ 肝\\n\\x1b\\udcff\\u2028"


def test_pipes_sockets_and_devices_are_not_opened(build, tmp_path, monkeypatch):
    folder = tmp_path / "in"
    build.write(build.nm(), folder / "nm.dcm")
    os.mkfifo(folder / "pipe.dcm")
    os.mkfifo(folder / "pipe.nii")
    (folder / "zero").symlink_to("/dev/zero")
    with socket.socket(socket.AF_UNIX) as server:
        monkeypatch.chdir(folder)  # the path of a socket must be short
        server.bind("sock")
        report = inspect_folder([folder])
    assert sorted(f.code for f in report.unreadable) == ["link-outside", *["special-file"] * 3]
    assert len(report.series) == 1
    with pytest.raises(ReadError, match="a pipe, socket, device"), opened(folder / "pipe.dcm"):
        pass


def test_a_file_that_becomes_a_pipe_is_not_waited_for(build, tmp_path):
    path = build.write(build.nm(), tmp_path / "in" / "nm")
    (series,) = inspect_folder([path.parent]).series
    path.unlink()
    os.mkfifo(path)
    with pytest.raises(ReadError, match="nm: expected a regular file"):
        load_image(series)


def test_loops_dangling_links_and_folders_with_the_name_of_a_file(build, tmp_path):
    folder = tmp_path / "in"
    build.write(build.nm(), folder / "series.dcm" / "nm")
    (folder / "loop").symlink_to("loop")
    (folder / "up").symlink_to(folder)
    (folder / "one").symlink_to("other")
    (folder / "other").symlink_to("one")
    (folder / "gone").symlink_to("nowhere")
    report = inspect_folder([folder])
    assert len(report.series) == 1
    assert {f.code for f in report.unreadable} == {"unreadable-file"}
    assert len(report.unreadable) == 4


def test_a_folder_that_cannot_be_listed_is_told(build, tmp_path, monkeypatch):
    folder = tmp_path / "in"
    build.write(build.nm(), folder / "nm")
    (folder / "closed").mkdir()
    scandir = os.scandir

    def refusing(path):
        if os.fspath(path).endswith("closed"):
            raise PermissionError(13, "Permission denied", os.fspath(path))
        return scandir(path)

    monkeypatch.setattr(os, "scandir", refusing)
    (finding,) = inspect_folder([folder]).unreadable
    assert (finding.code, finding.message) == (
        "unreadable-folder",
        "closed: expected a readable folder, but Permission denied came",
    )


def test_a_file_that_cannot_be_opened_is_told(build, tmp_path, monkeypatch):
    folder = tmp_path / "in"
    build.write(build.nm(), folder / "nm")
    build.write(build.nm(), folder / "closed")
    open_ = os.open

    def refusing(path, *rest, **more):
        if os.fspath(path).endswith("closed"):
            raise PermissionError(13, "Permission denied", os.fspath(path))
        return open_(path, *rest, **more)

    monkeypatch.setattr(os, "open", refusing)
    (finding,) = inspect_folder([folder]).unreadable
    assert finding.message == "closed: expected a readable file, but Permission denied came"


def test_an_index_is_not_followed(build, tmp_path):
    ds = build.base("NM")
    ds.DirectoryRecordSequence = build.sequence(build.item(ReferencedFileID=["AA", "AA", "SECRET"]))
    path = build.write(ds, tmp_path / "in" / "DICOMDIR")
    path.write_bytes(path.read_bytes().replace(b"AA\\AA", b"..\\.."))
    build.write(build.nm(), tmp_path / "in" / "nm")
    assert [f.code for f in inspect_folder([tmp_path / "in"]).unreadable] == ["dicom-directory"]


def test_the_command_with_odd_names(build, tmp_path):
    folder = tmp_path / "in\x1b[31m"
    build.write(build.nm(), folder / "nm\n")
    done = CliRunner().invoke(app, ["inspect", "--json", str(folder)])
    assert done.exit_code == 0
    assert len(json.loads(done.stdout)["series"]) == 1
