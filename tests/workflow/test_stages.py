"""Stages kept by what they follow from."""

import enum
from dataclasses import dataclass

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from hevesy.domain import Grid, Image, Quantity
from hevesy.errors import OutputError
from hevesy.workflow import Means, RunOptions, StageStore, compute_study, run_study
from hevesy.workflow.stage_codec import Codec
from hevesy.workflow.stage_key import digest


class Colour(enum.Enum):
    RED = "red"


@dataclass(frozen=True)
class Thing:
    name: str
    numbers: tuple[float, ...]
    values: np.ndarray
    by_name: dict[str, Colour]
    mask: np.ndarray | None = None


CODEC = Codec(Thing, (Colour,))
PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=6,
)


def thing(**changes):
    given = {
        "name": "é",
        "numbers": (0.1, float("inf"), -0.0),
        "values": np.arange(6, dtype=np.float32).reshape(2, 3),
        "by_name": {"a": Colour.RED},
        "mask": np.array([[True, False, True]]),
    }
    return Thing(**{**given, **changes})


@given(PLAIN, PLAIN)
def test_two_values_have_one_digest_only_if_they_are_one(one, other):
    assert (digest(one) == digest(other)) == (repr(canonical(one)) == repr(canonical(other)))


def canonical(value):
    if isinstance(value, dict):
        return sorted((key, repr(canonical(item))) for key, item in value.items()), "dict"
    return [canonical(item) for item in value] if isinstance(value, list) else value


@given(arrays(np.float64, (2, 3), elements=st.floats(-1e6, 1e6)))
def test_the_digest_of_an_array_is_of_its_content(values):
    assert digest(values) == digest(np.asfortranarray(values))
    assert digest(values) != digest(values.astype(np.float32))
    assert digest(values) != digest(values.reshape(3, 2))


@pytest.mark.parametrize("pair", [(1, 1.0), (1, True), ("1", 1), (None, "None"), (["ab", "c"], ["a", "bc"])])
def test_types_and_borders_count(pair):
    assert digest(pair[0]) != digest(pair[1])


def test_what_has_no_content_is_refused():
    for value in (print, object(), np.array([object()])):
        with pytest.raises(TypeError):
            digest(value)


def test_every_field_comes_back():
    back = CODEC.unpack(CODEC.pack(thing()))
    assert digest(back) == digest(thing())
    assert back.mask.dtype == bool
    assert back.numbers == (0.1, float("inf"), 0.0)


def test_a_class_that_is_not_named_is_refused():
    with pytest.raises(TypeError, match="expected one of Thing in a stored stage, but Colour"):
        Codec(Thing).pack(thing())
    with pytest.raises(TypeError, match="objects"):
        CODEC.pack(thing(values=np.array([object()])))
    with pytest.raises(ValueError, match="stored stage"):
        CODEC.unpack(b"PK nothing")


class Counting:
    """A store, and how often its one stage was made."""

    def __init__(self, target, sources=()):
        self.told = []
        self.store = StageStore(target, sources, self.told.append)
        self.made = 0

    def get(self, **parts):
        def make():
            self.made += 1
            return thing()

        return self.store.get_or_make("thing", parts, make, CODEC)


def test_a_stored_stage_is_reused_for_the_same_parts_only(tmp_path):
    first = Counting(tmp_path / "1")
    one = first.get(a=1)
    second = Counting(tmp_path / "2", [tmp_path / "1"])
    assert digest(second.get(a=1)) == digest(one)
    second.get(a=2)
    assert (first.made, second.made) == (1, 1)
    assert second.store.reused == ["thing"]
    third = Counting(tmp_path / "3", [tmp_path / "2"])
    third.get(a=2)
    assert third.made == 0
    assert len(list((tmp_path / "3").iterdir())) == 1  # what the run did not use has fallen away


@pytest.mark.parametrize("damage", [lambda b: b[:-1], lambda b: b[:200] + bytes([b[200] ^ 1]) + b[201:], lambda _: b""])
def test_a_damaged_stage_is_made_again_and_told(tmp_path, damage):
    Counting(tmp_path / "1").get(a=1)
    (entry,) = (tmp_path / "1").iterdir()
    entry.write_bytes(damage(entry.read_bytes()))
    again = Counting(tmp_path / "2", [tmp_path / "1"])
    again.get(a=1)
    assert again.made == 1
    assert "damaged" in again.told[0].note


def test_a_stage_of_another_program_is_not_reused(tmp_path, monkeypatch):
    Counting(tmp_path / "1").get(a=1)
    monkeypatch.setattr("hevesy.workflow.stage_key.program_sha256", lambda: "another")
    again = Counting(tmp_path / "2", [tmp_path / "1"])
    again.get(a=1)
    assert again.made == 1


def test_the_size_is_bounded(tmp_path, monkeypatch):
    monkeypatch.setattr("hevesy.workflow.stage_store._LARGEST_BYTES", 10)
    full = Counting(tmp_path / "1")
    full.get(a=1)
    assert full.store.size_bytes == 0
    assert "not kept" in full.told[0].note


def compute(study, target, *sources):
    """Compute with stages; give everything that would be written, and what was reused."""
    store = StageStore(target, sources)
    output = compute_study(study, means=Means(store=store))
    provenance = output.results.provenance.model_copy(update={"reused": []})
    results = output.results.model_copy(update={"provenance": provenance})
    return digest([results, output.images, output.dose, list(output.objects.segmented)]), store.reused


PLACED = [f"regions on time point {n}" for n in (1, 2, 3)]


@pytest.mark.parametrize(
    ("old", "new", "kept"),
    [
        ("label: tiny", "label: small", {*PLACED, "dose map"}),
        ('alpha_beta: "2.5 Gy"', 'alpha_beta: "3 Gy"', {*PLACED, "dose map"}),
        ('"1.05 g/ml"', '"1.06 g/ml"', set(PLACED)),
        ("recovery_corrected: false", "recovery_corrected: true", set(PLACED)),
        ("name: Kidney_L, kind: organ", "name: Kidney_L, kind: lesion", {"dose map"}),
    ],
)
def test_only_what_follows_from_a_setting_is_made_again(tiny, tmp_path, old, new, kept):
    compute(tiny.write(), tmp_path / "1")
    tiny.replace(old, new)
    study = tiny.write()
    output, reused = compute(study, tmp_path / "2", tmp_path / "1")
    assert set(reused) == kept
    assert compute(study, None) == (output, [])


def test_a_changed_scan_makes_its_own_regions_again(tiny, tmp_path):
    compute(tiny.write(), tmp_path / "1")
    for dataset in tiny.scans[1]:
        dataset.PixelData = bytes(len(dataset.PixelData) - 2) + b"\x01\x00"
    _, reused = compute(tiny.write(), tmp_path / "2", tmp_path / "1")
    assert reused == [PLACED[0], PLACED[2]]


def run(study, out, *, fresh=False):
    told = []
    results = run_study(study, out, options=RunOptions(fresh=fresh, tell=told.append))
    assert results.provenance.reused == [use.stage for use in told if use.reused]
    return results, len(results.provenance.reused)


def files(out):
    names = [p for p in out.rglob("*") if p.is_file() and ".stages" not in p.parts and p.name != "results.json"]
    return {p.relative_to(out).as_posix(): p.read_bytes() for p in names}


def test_a_rerun_writes_the_same_bytes(tiny, tmp_path):
    study = tiny.write()
    assert run(study, tmp_path / "out")[1] == 0
    before = files(tmp_path / "out")
    assert run(study, tmp_path / "out")[1] == 4
    assert files(tmp_path / "out") == before
    assert run(study, tmp_path / "out", fresh=True)[1] == 0


def test_regions_of_the_results_come_back_under_a_name_of_their_own(tiny, tmp_path):
    study = tiny.write()
    first, _ = run(study, tmp_path / "out")
    segmentation = (tmp_path / "out" / "dicom" / "seg.dcm").read_bytes()
    tiny.replace("  drawn_on", "  from: ../out/dicom/seg.dcm\n  drawn_on")
    study = tiny.write()
    with pytest.raises(OutputError, match="copy it"):
        run(study, tmp_path / "out")
    (tmp_path / "out" / "edited.dcm").write_bytes(segmentation)
    study.write_text(study.read_text().replace("dicom/seg.dcm", "edited.dcm"))
    second, _ = run(study, tmp_path / "out")
    for one, other in zip(first.regions, second.regions, strict=True):
        assert other.absorbed_dose_gy.value == pytest.approx(one.absorbed_dose_gy.value, rel=1e-6)
    assert (tmp_path / "out" / "edited.dcm").read_bytes() == segmentation


def test_without_a_store_nothing_is_kept(tiny):
    means = Means()
    compute_study(tiny.write(), means=means)
    assert means.store.size_bytes == 0
    assert means.store.reused == []


def test_images_travel_through_the_codec():
    image = Image(Grid((1, 2, 3), (1.0, 1.0, 1.0), (0.0, 0.0, 0.0)), np.ones((1, 2, 3)), Quantity.ABSORBED_DOSE)
    codec = Codec(Image, (Grid, Quantity))
    assert digest(codec.unpack(codec.pack(image))) == digest(image)
