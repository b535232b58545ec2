"""Every public function of a stage says what its numbers are."""

import importlib
import inspect
import re

import pytest

IN_THE_NAME = re.compile(r"_(?:s|h|mm|ml|g|kg|hu|gy|bq|kev|mev|deg|per_s|fraction)$")
STAGES = (
    "acquire",
    "quantify",
    "align",
    "delineate",
    "integrate",
    "population",
    "transport",
    "biology",
    "decide.tare",
    "report",
)
NUMERIC = re.compile(r"\b(?:float|NDArray|ndarray)\b")
UNIT = re.compile(
    r"\[[^\]\n]{1,24}\]"  # [Gy], [Bq s], [1/s]
    r"|\b(?:Gy|Bq|Sv|HU|mm|ml|keV|MeV|cps|counts|seconds?|hours?|fraction|factor|ratio|coefficient|probability)\b"
    r"|\bper cent\b|%|voxel|index|indices|shape",
    re.I,
)


def public_functions():
    for stage in STAGES:
        package = importlib.import_module(f"hevesy.{stage}")
        for name in getattr(package, "__all__", ()):
            item = getattr(package, name)
            if inspect.isfunction(item):
                yield pytest.param(item, id=f"{stage}.{name}")


@pytest.mark.parametrize("function", list(public_functions()))
def test_says_what_it_does_and_in_which_units(function):
    text = inspect.getdoc(function)
    assert text
    numeric = [name for name, kind in function.__annotations__.items() if NUMERIC.search(str(kind))]
    if not all(IN_THE_NAME.search(name) for name in numeric):
        assert UNIT.search(text), "numbers without a unit"


@pytest.mark.parametrize("stage", STAGES)
def test_stage_names_what_is_public(stage):
    assert importlib.import_module(f"hevesy.{stage}").__all__
