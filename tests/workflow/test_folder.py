"""The output folder is the earlier result or the new one."""

from pathlib import Path

import pytest

from hevesy.errors import OutputError
from hevesy.workflow.folder import carry_over, check_folder, staged_folder


def write(folder, name, text):
    (folder / name).parent.mkdir(parents=True, exist_ok=True)
    (folder / name).write_text(text)


def test_new_result_moves_into_place(tmp_path):
    out = tmp_path / "out"
    with staged_folder(out, marker="results.json") as stage:
        write(stage, "results.json", "new")
        assert not out.exists()
    assert (out / "results.json").read_text() == "new"
    assert [p.name for p in tmp_path.iterdir()] == ["out"]


def test_failure_leaves_the_earlier_result(tmp_path):
    out = tmp_path / "out"
    out.mkdir()
    write(out, "results.json", "old")

    def fail():
        with staged_folder(out, marker="results.json") as stage:
            write(stage, "results.json", "half")
            raise KeyError

    with pytest.raises(KeyError):
        fail()
    assert (out / "results.json").read_text() == "old"
    assert [p.name for p in tmp_path.iterdir()] == ["out"]


def test_the_users_own_files_are_carried_over(tmp_path):
    out = tmp_path / "out"
    out.mkdir()
    write(out, "results.json", "old")
    write(out, "old.csv", "old")
    write(out, "notes/mine.txt", "mine")
    with staged_folder(out, marker="results.json") as stage:
        write(stage, "results.json", "new")
        carry_over(out, stage, frozenset({"results.json", "old.csv"}))
    assert sorted(str(p.relative_to(out)) for p in out.rglob("*") if p.is_file()) == ["notes/mine.txt", "results.json"]
    assert (out / "results.json").read_text() == "new"


def test_foreign_folder_and_file_are_refused(tmp_path):
    write(tmp_path, "foreign/photo.txt", "precious")
    with pytest.raises(OutputError, match="other files"), staged_folder(tmp_path / "foreign", marker="results.json"):
        pass
    write(tmp_path, "file", "x")
    with pytest.raises(OutputError, match="a file"), staged_folder(tmp_path / "file", marker="results.json"):
        pass
    assert (tmp_path / "foreign/photo.txt").read_text() == "precious"


def test_a_swap_cut_off_in_the_middle_is_repaired(tmp_path):
    write(tmp_path, ".out.previous/results.json", "old")
    with staged_folder(tmp_path / "out", marker="results.json") as stage:
        assert (tmp_path / "out/results.json").read_text() == "old"
        write(stage, "results.json", "new")
    assert (tmp_path / "out/results.json").read_text() == "new"
    assert [p.name for p in tmp_path.iterdir()] == ["out"]


@pytest.mark.parametrize("out", ["/", "x" * 300])
def test_folders_that_cannot_be_made_are_refused(out):
    with pytest.raises(OutputError):
        check_folder(Path(out), marker="results.json")


def test_a_folder_among_the_input_is_refused(tmp_path):
    for out in (tmp_path / "images", tmp_path / "images" / "results"):
        with pytest.raises(OutputError, match="outside the images"):
            check_folder(out, marker="results.json", apart_from=[tmp_path / "images"])
    check_folder(tmp_path / "results", marker="results.json", apart_from=[tmp_path / "images"])


def test_an_interrupted_replacement_is_taken_back(tmp_path):
    write(tmp_path, ".out.previous/results.json", "old")
    with pytest.raises(KeyError), staged_folder(tmp_path / "out", marker="results.json"):
        raise KeyError
    assert (tmp_path / "out" / "results.json").read_text() == "old"
