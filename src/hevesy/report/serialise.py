"""``results.json`` and its JSON Schema as text."""

from __future__ import annotations

import json
from typing import Any

from hevesy.report.model import Results


def results_json(results: Results) -> str:
    """The results as strict JSON: UTF-8 text, keys in the order of the schema, no NaN and no infinity.

    Raises
    ------
    ValueError
        If a number is not finite.
    """
    return json.dumps(results.model_dump(mode="json"), ensure_ascii=False, allow_nan=False, indent=2) + "\n"


def results_schema() -> dict[str, Any]:
    """JSON Schema (draft 2020-12) of ``results.json``."""
    schema = Results.model_json_schema(mode="serialization")
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema}
