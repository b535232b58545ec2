"""``results.json`` is strict JSON that says what the model holds."""

import json

import pytest
from pydantic import ValidationError

from hevesy.report import Results, results_json, results_schema
from hevesy.report.estimate_model import EstimateModel


def refuse(name):
    raise AssertionError(name)


def test_round_trip_without_loss(results):
    text = results_json(results)
    assert Results.model_validate(json.loads(text, parse_constant=refuse)) == results
    assert results_json(results) == text


def test_names_are_unchanged(results):
    names = [region["name"] for region in json.loads(results_json(results))["regions"]]
    assert 'Liver metastasis <1> & "hot"' in names


def test_not_a_number_is_refused(results):
    with pytest.raises(ValidationError):
        EstimateModel(value=float("nan"), unit="Gy")
    settings = results.provenance.model_copy(update={"settings": {"tolerance": float("inf")}})
    with pytest.raises(ValueError, match="Out of range"):
        results_json(results.model_copy(update={"provenance": settings}))


def test_the_schema_knows_every_top_level_key(results):
    schema = results_schema()
    assert schema["$schema"].startswith("https://json-schema.org/")
    assert set(schema["properties"]) == set(json.loads(results_json(results)))
    assert schema["additionalProperties"] is False
