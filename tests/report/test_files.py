"""Files are whole or not there."""

import pytest

from hevesy.errors import OutputError
from hevesy.report import write_atomically


def test_bytes_and_functions_arrive_whole(tmp_path):
    first = write_atomically(tmp_path / "new" / "a.bin", b"abc")
    second = write_atomically(tmp_path / "b.nii.gz", lambda path: path.write_bytes(path.name[-7:].encode()) and None)
    assert first.read_bytes() == b"abc"
    assert second.read_bytes() == b".nii.gz"


def test_a_failure_leaves_the_former_file_and_nothing_else(tmp_path):
    target = tmp_path / "a.txt"
    target.write_text("former")

    def fail(path):
        path.write_text("half")
        raise RuntimeError("stopped")

    with pytest.raises(RuntimeError, match="stopped"):
        write_atomically(target, fail)
    assert target.read_text() == "former"
    assert list(tmp_path.iterdir()) == [target]


def test_a_refusing_file_system_is_told_in_one_line(tmp_path):
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(OutputError, match=r"expected to write the file, but .* came") as caught:
        write_atomically(tmp_path / "file" / "a.txt", b"")
    assert "\n" not in str(caught.value)
