"""Point kernels by medium, and their cache."""

import dataclasses

import numpy as np
import pytest

from hevesy.errors import InputError
from hevesy.transport.kernels import store
from hevesy.transport.kernels.point_table import table_bytes, table_from_bytes

WATER = store.point_kernel_table("water")


@pytest.fixture
def cache(tmp_path, monkeypatch):
    """An empty cache; computing takes no time and is counted."""
    made = []

    def derived(medium, settings, report):
        made.append(medium.name)
        return dataclasses.replace(WATER, medium=medium.name, density_g_ml=medium.density_g_ml)

    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setattr(store, "_derived", derived)
    return made


def same(a, b):
    return all(
        np.array_equal(getattr(x, f.name), getattr(y, f.name))
        for x, y in ((a.electrons, b.electrons), (a.photons, b.photons))
        for f in dataclasses.fields(x)
    )


def test_a_table_survives_its_bytes():
    again = table_from_bytes(table_bytes(WATER))
    assert same(WATER, again)
    assert (again.medium, again.density_g_ml) == ("water", 1.0)
    assert table_bytes(again) == table_bytes(WATER)


@pytest.mark.parametrize("damage", [b"", b"no table", table_bytes(WATER)[:5000]])
def test_damaged_bytes_are_no_table(damage):
    with pytest.raises(ValueError, match="damaged"):
        table_from_bytes(damage)


def test_water_comes_with_the_package(cache):
    assert store.point_kernel_table("water") is WATER
    assert cache == []


def test_other_media_are_computed_once(cache, tmp_path):
    first, second = (store.point_kernel_table("lung") for _ in range(2))
    assert cache == ["lung"]
    assert same(first, second)
    assert [path.name[:5] for path in (tmp_path / "hevesy" / "point_kernels").iterdir()] == ["lung-"]


@pytest.mark.parametrize("content", [b"", b"0" * 64 + b"other", None])
def test_a_damaged_file_is_computed_again_with_a_word(cache, tmp_path, content):
    store.point_kernel_table("lung")
    (path,) = (tmp_path / "hevesy" / "point_kernels").iterdir()
    path.write_bytes(path.read_bytes()[:-9] if content is None else content)
    said = []
    assert store.point_kernel_table("lung", message=said.append).medium == "lung"
    assert len(cache) == 2
    assert "damaged" in said[0]
    assert store.point_kernel_table("lung", message=said.append).medium == "lung"
    assert (len(cache), len(said)) == (2, 1)


def test_a_cache_that_cannot_be_written_is_said(cache, tmp_path):
    (tmp_path / "hevesy").write_text("a file", encoding="utf-8")
    said = []
    assert store.point_kernel_table("lung", message=said.append).medium == "lung"
    assert "could not be kept" in said[0]


def test_cache_lies_under_home_without_a_stated_folder(monkeypatch, tmp_path):
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    assert store.cache_folder() == tmp_path / ".cache" / "hevesy" / "point_kernels"


def test_unknown_media_are_refused():
    with pytest.raises(InputError, match="water"):
        store.point_kernel_table("cheese")
