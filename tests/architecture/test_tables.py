"""A number without a source is a bug: every table folder says where it comes from and holds just that."""

import hashlib
import tomllib

import pytest

from .repository import ROOT, SOURCE

FOLDERS = sorted(
    path for kind in ("tables", "priors") for path in (SOURCE / "physdata" / kind).iterdir() if path.is_dir()
)
REQUIRED = ("title", "edition", "licence", "part", "citation", "script")


def name(folder):
    return folder.name


def source(folder):
    return tomllib.loads((folder / "SOURCE.toml").read_text(encoding="utf-8"))


def test_there_are_tables():
    assert FOLDERS


@pytest.mark.parametrize("folder", FOLDERS, ids=name)
def test_source_is_named(folder):
    note = source(folder)
    assert [key for key in REQUIRED if not note.get(key)] == []


@pytest.mark.parametrize("folder", FOLDERS, ids=name)
def test_files_are_those_of_the_source_note(folder):
    stated = source(folder).get("output", {})
    data = [p for p in folder.iterdir() if p.is_file() and p.name != "SOURCE.toml" and not p.name.startswith("LICENSE")]
    assert {p.name: hashlib.sha256(p.read_bytes()).hexdigest() for p in data} == stated


@pytest.mark.parametrize("folder", FOLDERS, ids=name)
def test_script_that_made_it_is_here(folder):
    script = source(folder)["script"]
    assert script.startswith("none") or (ROOT / script).is_file()


@pytest.mark.parametrize("folder", FOLDERS, ids=name)
def test_files_are_text_or_arrays(folder):
    assert {p.suffix for p in folder.iterdir()} <= {".json", ".toml", ".csv", ".txt", ".npz"}
