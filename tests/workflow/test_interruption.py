"""Whenever a run ends, the output folder holds a whole result."""

import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from hevesy.errors import OutputError
from hevesy.workflow import exchange as exchanging
from hevesy.workflow import folder as folders
from hevesy.workflow.folder import carry_over, staged_folder
from hevesy.workflow.lock import take_lock
from hevesy.workflow.run import run_study


def write(folder, name, text):
    (folder / name).parent.mkdir(parents=True, exist_ok=True)
    (folder / name).write_text(text)


def in_child(work):
    """Run in a process of its own, and give how that ended."""
    child = os.fork()
    if child == 0:
        try:
            work()
        finally:
            os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def replace_result(out):
    with staged_folder(out, marker="results.json") as stage:
        write(stage, "results.json", "new")
        write(stage, "table.csv", "new")
        carry_over(out, stage, frozenset({"results.json", "table.csv"}))


def die(*_, **__):
    os.kill(os.getpid(), signal.SIGKILL)


def after(function):
    def call(*arguments, **options):
        function(*arguments, **options)
        die()

    return call


@pytest.mark.parametrize("exchange", [True, False], ids=["exchange", "two-renames"])
@pytest.mark.parametrize(
    "point", ["take_lock", "sync_tree", "exchange", "after-exchange", "first-rename", "sync", "leftovers"]
)
def test_a_kill_at_every_step_of_the_swap(tmp_path, monkeypatch, point, exchange):
    out = tmp_path / "out"
    for name, text in (("results.json", "old"), ("table.csv", "old"), ("mine.txt", "mine")):
        write(out, name, text)

    def killed():
        if not exchange:
            monkeypatch.setattr(folders, "exchange", lambda *_: False)
        elif point == "after-exchange":
            monkeypatch.setattr(folders, "exchange", after(exchanging.exchange))
        if point == "first-rename":
            monkeypatch.setattr(Path, "rename", after(Path.rename))
        elif hasattr(folders, point):
            monkeypatch.setattr(folders, point, die)
        replace_result(out)

    status = in_child(killed)
    reached = not (point in {"after-exchange"} and not exchange) and not (point == "first-rename" and exchange)
    assert status == (-signal.SIGKILL if reached else 0)
    if exchange or point != "first-rename":
        texts = {(out / name).read_text() for name in ("results.json", "table.csv")}
        assert texts in ({"old"}, {"new"})
        assert (out / "mine.txt").read_text() == "mine"
    replace_result(out)
    assert (out / "results.json").read_text() == "new"
    assert (out / "mine.txt").read_text() == "mine"
    assert [p.name for p in tmp_path.iterdir()] == ["out"]


def test_two_runs_into_one_folder_are_refused(tmp_path):
    with staged_folder(tmp_path / "out", marker="results.json") as stage:
        with (
            pytest.raises(OutputError, match=f"process {os.getpid()} does"),
            staged_folder(tmp_path / "out", marker="results.json"),
        ):
            pass
        assert stage.is_dir()
        write(stage, "results.json", "new")
    assert [p.name for p in tmp_path.iterdir()] == ["out"]


def test_the_lock_of_a_dead_process_does_not_block(tmp_path):
    assert in_child(lambda: (take_lock(tmp_path / "lock", tmp_path), die())) == -signal.SIGKILL
    assert (tmp_path / "lock").is_file()
    take_lock(tmp_path / "lock", tmp_path).release()
    assert not (tmp_path / "lock").exists()


def test_folders_of_others_are_left_alone(tmp_path):
    write(tmp_path, ".out.run-mine/keep.txt", "x")
    write(tmp_path, ".out.backup/keep.txt", "x")
    write(tmp_path, ".outer.run-12345678/keep.txt", "x")
    write(tmp_path, ".out.run-12345678/half.txt", "x")
    replace_result(tmp_path / "out")
    assert sorted(p.name for p in tmp_path.iterdir()) == [".out.backup", ".out.run-mine", ".outer.run-12345678", "out"]


def test_links_and_folders_of_the_user_come_along(tmp_path):
    out = tmp_path / "out"
    write(out, "results.json", "old")
    write(out, ".stages/old.npz", "x")
    write(tmp_path, "elsewhere/data.txt", "x")
    (out / "link").symlink_to(tmp_path / "elsewhere")
    with staged_folder(out, marker="results.json") as stage:
        write(stage, "results.json", "new")
        carry_over(out, stage, frozenset({"results.json", ".stages"}))
    assert (out / "link").is_symlink()
    assert not (out / ".stages").exists()
    assert (tmp_path / "elsewhere/data.txt").is_file()


def test_a_link_to_the_results_is_followed(tmp_path):
    write(tmp_path, "there/results.json", "old")
    (tmp_path / "out").symlink_to(tmp_path / "there")
    replace_result(tmp_path / "out")
    assert (tmp_path / "out").is_symlink()
    assert (tmp_path / "there/results.json").read_text() == "new"


def test_killed_runs_leave_a_whole_result_and_the_next_completes(tiny, tmp_path, interrupted):
    study, out = tiny.write(), tmp_path / "results"
    took = interrupted.complete(study, out)
    write(out, interrupted.NOTE, "mine")
    for share, how in ((0.5, signal.SIGKILL), (0.7, signal.SIGINT), (0.9, signal.SIGTERM)):
        tiny.text = tiny.text.replace("label: ", f"label: {how.value}-")
        tiny.write()
        interrupted.kill(study, out, share * took, how)
    interrupted.complete(study, out)
    interrupted.check_result(out)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["patient", "results"]


def limited(study, out, *, file_bytes):
    """Run where no file may grow beyond some bytes: what a full disk does, for the superuser too."""
    script = (
        "import resource, sys; "
        f"resource.setrlimit(resource.RLIMIT_FSIZE, ({file_bytes}, {file_bytes})); "
        "from hevesy.cli import main; "
        f"sys.argv = ['hevesy', 'run', {str(study)!r}, '--out', {str(out)!r}]; main()"
    )
    return subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=300, check=False)


def test_a_disk_that_is_full_leaves_the_earlier_result(tiny, tmp_path, interrupted):
    study, out = tiny.write(), tmp_path / "results"
    write(out, "results.json", "{}")
    done = limited(study, out, file_bytes=30_000)
    assert done.returncode == 2
    assert done.stderr.splitlines()[-1].startswith("hevesy: ")
    assert "File too large" in done.stderr
    assert "Traceback" not in done.stderr
    assert (out / "results.json").read_text() == "{}"
    assert sorted(p.name for p in tmp_path.iterdir()) == ["patient", "results"]


@pytest.fixture
def tiny_disk(tmp_path):
    """A file system for eight files; only the superuser can make one."""
    (tmp_path / "disk").mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=100m,nr_inodes=8", "tmpfs", str(tmp_path / "disk")]
    if shutil.which("mount") is None or subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("needs the right to mount a file system")
    yield tmp_path / "disk"
    subprocess.run(["umount", str(tmp_path / "disk")], check=True)


def test_a_disk_that_takes_no_more_files_is_one_line(tiny, tiny_disk):
    with pytest.raises(OutputError, match="No space left on device"):
        run_study(tiny.write(), tiny_disk / "results")
    assert list(tiny_disk.iterdir()) == []


@pytest.mark.parametrize("out", ["/proc/results", "/sys/results"])
def test_a_folder_that_nobody_can_make_is_one_line(out):
    with pytest.raises(OutputError, match="expected"), staged_folder(Path(out), marker="results.json"):
        pass


def test_a_folder_that_vanishes_is_one_line(tmp_path):
    out = tmp_path / "gone" / "out"

    def vanish():
        with staged_folder(out, marker="results.json") as stage:
            stage.rmdir()
            (out.parent / ".out.lock").unlink()
            out.parent.rmdir()

    with pytest.raises(OutputError, match="No such file"):
        vanish()
    assert list(tmp_path.iterdir()) == []
