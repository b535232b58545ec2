"""Every committed table says where it comes from, and is what its note says."""

import hashlib
import tomllib
from pathlib import Path

import pytest

import hevesy.physdata

TABLES = Path(hevesy.physdata.__file__).parent / "tables"
FOLDERS = sorted(note.parent for note in TABLES.glob("*/SOURCE.toml"))
MINE = [
    TABLES / name
    for name in (
        "endfb81",
        "tissues_icru",
        "chain_ends_icrp107",
        "photon_conversion_icrp74",
        "air_nist5632",
    )
]


def test_folders_are_there():
    assert set(MINE) <= set(FOLDERS)


@pytest.mark.parametrize("folder", MINE, ids=lambda folder: folder.name)
def test_source_note(folder):
    note = tomllib.loads((folder / "SOURCE.toml").read_text(encoding="utf-8"))
    assert {"title", "edition", "licence", "part", "script", "citation"} <= set(note)
    for name, digest in note.get("output", {}).items():
        assert hashlib.sha256((folder / name).read_bytes()).hexdigest() == digest
    if "input" in note:
        assert (folder / "LICENSE.txt").exists()
        assert note["input"]["members"]
